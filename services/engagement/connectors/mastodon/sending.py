"""A reply as a status: whom it names, who may see it, what it hangs on. Called by the connector; I/O only by the injected network.

Vendor's pages: https://docs.joinmastodon.org/methods/statuses/#create, #edit, /user/posting/ (how length is counted).
"""

import re
from urllib.parse import quote

import msgspec

from services.contracts.interaction import Author
from services.contracts.vocabulary import Kind
from services.engagement.connectors.mastodon.calls import ask, call, read_entity
from services.engagement.connectors.mastodon.declaration import TEXT_LIMIT
from services.engagement.connectors.mastodon.payloads import Ident, Status
from services.engagement.connectors.mastodon.statuses import ident
from services.engagement.connectors.mastodon.uploading import Uploads
from services.engagement.protocol import ChannelAccess, InDoubtError, Net, OutboundReply, Sent, UnsendableError, text_length

_STATUS_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LEADING_MENTIONS = re.compile(r"(?:@[\w.-]+(?:@[\w.-]+)?\s+)+")
_VISIBILITIES = frozenset({"public", "unlisted", "private", "direct"})
_NARROW = {"list": "private", "local": "unlisted", "mutuals_only": "private"}
# Who answered to something of unknown visibility ought not to be shown to more people than it was.
_UNKNOWN = "unlisted"


class Source(msgspec.Struct):
    """https://docs.joinmastodon.org/entities/StatusSource/."""

    id: Ident | None = None
    text: str | None = None
    spoiler_text: str | None = None


async def post_status(reply: OutboundReply, *, uploads: Uploads, channel: ChannelAccess, net: Net) -> Sent:
    """Post it. The reply's id is the Idempotency-Key: the same reply again within an hour is answered with the same status."""
    form = form_of(reply, limit_chars=TEXT_LIMIT.of(channel.config))
    if media := await uploads.all_of(reply, channel=channel, net=net):
        form["media_ids"] = media
    headers = {"idempotency-key": reply.id}
    answer = await call("POST", "/api/v1/statuses", channel=channel, net=net, json=form, headers=headers, now=reply.attempted_at)
    key = ident(read_entity(answer, into=Status).id)
    if key is None:
        raise InDoubtError("the server took it without saying under which id")
    return Sent(external_id=key, echo_reference=key)


async def change_status(external_id: str, *, text: str, channel: ChannelAccess, net: Net) -> None:
    """Replace the words; whom it names, its warning and its files stay: an edit without them would take them away."""
    path = status_path(external_id)
    source = read_entity(await ask(f"{path}/source", channel=channel, net=net), into=Source)
    status = read_entity(await ask(path, channel=channel, net=net), into=Status)
    names = _LEADING_MENTIONS.match(source.text or "")
    prefix = names.group(0) if names and not text.startswith("@") else ""
    form: dict[str, object] = {"status": prefix + text}
    _refuse_long(prefix + text, limit_chars=TEXT_LIMIT.of(channel.config))
    if source.spoiler_text:
        form["spoiler_text"] = source.spoiler_text
    if media := [key for each in status.media_attachments if (key := ident(each.id))]:
        form["media_ids"] = media
    await call("PUT", path, channel=channel, net=net, json=form)


def form_of(reply: OutboundReply, *, limit_chars: int) -> dict[str, object]:
    """The JSON of a reply. Raises `UnsendableError` where it is too long with the name before it, or not known whom it speaks to."""
    answering = reply.answering
    person = reply.recipient or (answering.author if answering else None)
    text = _named(reply.text, person=person)
    if person is None or not person.handle:
        if reply.kind is Kind.DIRECT:
            raise UnsendableError("it is not known whom to write to: their @name is missing")
        text = reply.text
    _refuse_long(text, limit_chars=limit_chars)
    form: dict[str, object] = {"status": text, "visibility": _visibility(reply)}
    if answering and _STATUS_ID.fullmatch(answering.external_id):
        form["in_reply_to_id"] = answering.external_id
    elif reply.kind is not Kind.DIRECT:
        raise UnsendableError("a public reply answers a post")
    return form


def status_id(external_id: str) -> str:
    """The id of a status. Raises `UnsendableError` for the id of anything else (a favourite, a chat)."""
    if not _STATUS_ID.fullmatch(external_id):
        raise UnsendableError(f"{external_id[:60]} is no post")
    return external_id


def status_path(external_id: str) -> str:
    """Where the API keeps a status."""
    return f"/api/v1/statuses/{quote(status_id(external_id), safe='')}"


def _named(text: str, *, person: Author | None) -> str:
    """With the person's @name before it, without which they would not hear of it; once is enough."""
    handle = person.handle.lstrip("@") if person and person.handle else ""
    if not handle or re.search(rf"(?<![\w@/])@{re.escape(handle)}(?![\w@])", text, re.IGNORECASE):
        return text
    return f"@{handle} {text}".rstrip()


def _visibility(reply: OutboundReply) -> str:
    """Private stays private; in public, who saw what is answered sees the answer."""
    if reply.kind is Kind.DIRECT:
        return "direct"
    given = reply.answering.extra.get("visibility", "") if reply.answering else ""
    return given if given in _VISIBILITIES else _NARROW.get(given, _UNKNOWN)


def _refuse_long(text: str, *, limit_chars: int) -> None:
    length = text_length(text, unit=TEXT_LIMIT.unit)
    if length > limit_chars:
        raise UnsendableError(f"with the name before it the text has {length} characters, the server takes {limit_chars}")
