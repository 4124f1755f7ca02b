"""What goes out: messages, private replies, comments, answers to recommendations, and what is done to them later. Called by the connector.

Vendor's pages: https://developers.facebook.com/docs/messenger-platform/reference/send-api, .../discovery/private-replies,
.../docs/graph-api/reference/object/comments, .../docs/graph-api/reference/comment.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import orjson

from services.contracts.interaction import Attachment
from services.contracts.vocabulary import Kind
from services.engagement.connectors.facebook.declaration import ALLOWED, DECLARATION, HUMAN_AGENT, MEGABYTE
from services.engagement.connectors.facebook.messaging import REFERENCE
from services.engagement.families.meta import Graph, Meaning, Meanings, graph_for
from services.engagement.families.meta_choices import with_choices
from services.engagement.protocol import (
    Answered,
    ChannelAccess,
    MediaKind,
    Net,
    OutboundReply,
    Sent,
    UnsendableError,
    form_of,
)

MEANINGS: Meanings = {
    # Pages that may write to nobody at all, or not with this tag.
    (10, 2018109): Meaning.REJECTED,
    (10, 2018108): Meaning.GONE,
    (100, 2018109): Meaning.REJECTED,
    # A private reply comes too late, or a second time.
    (10900, None): Meaning.WINDOW,
    (10903, None): Meaning.GONE,
    (1893047, None): Meaning.GONE,
}
_FREELY = timedelta(hours=24)
_UPLOAD_BYTES = 25 * MEGABYTE
_TYPES = {
    MediaKind.IMAGE: "image",
    MediaKind.STICKER: "image",
    MediaKind.VIDEO: "video",
    MediaKind.AUDIO: "audio",
    MediaKind.VOICE: "audio",
}
_PRIVATELY = {Kind.COMMENT: "comment_id", Kind.POST: "post_id"}


def graph_of(channel: ChannelAccess, *, net: Net) -> Graph:
    """The Graph API with the Page's token. Raises `CredentialsExpiredError` where there is none."""
    return graph_for(channel, net=net, meanings=MEANINGS, allowed=ALLOWED)


def is_message(external_id: str) -> bool:
    """Whether an id is a message's of Messenger."""
    return external_id.startswith(("m_", "mid.", "aWdf"))


async def send_message(reply: OutboundReply, *, channel: ChannelAccess, graph: Graph) -> Sent:
    """A message of Messenger, or a private reply to a comment or a visitor's post. Our id goes along and comes back in the echo."""
    if reply.answering is not None and reply.answering.kind in _PRIVATELY:
        graph = replace(graph, allowed=("a comment under it", "the person writing to the Page"))
    parts: dict[str, object] = {
        "recipient": _recipient(reply),
        **_manner(reply, channel=channel),
        "message": _message(reply, channel=channel),
    }
    answer = await _post(f"{channel.account or 'me'}/messages", parts, field="filedata", reply=reply, channel=channel, graph=graph)
    told = answer.get("message_id")
    return Sent(external_id=told if isinstance(told, str) and told else None, echo_reference=reply.id)


async def send_comment(reply: OutboundReply, *, channel: ChannelAccess, graph: Graph) -> Sent:
    """A comment under what is answered; the Graph API takes no reference of ours."""
    if reply.answering is None:
        raise UnsendableError("a public reply answers a comment, a post or a recommendation")
    parts: dict[str, object] = {"message": reply.text} if reply.text else {}
    attachment = next(iter(reply.attachments), None)
    if attachment is not None:
        parts |= _beside_comment(attachment, channel=channel)
    path = f"{_above(reply.answering)}/comments"
    answer = await _post(path, parts, field="source", reply=reply, channel=channel, graph=graph)
    told = answer.get("id")
    number = told if isinstance(told, str) and told else None
    return Sent(external_id=number, echo_reference=number)


async def edit_comment(external_id: str, *, text: str, graph: Graph) -> None:
    """Replace the text of a comment or post of ours."""
    _refuse_message(external_id, what="changed")
    await graph.call("POST", external_id, json={"message": text})


async def delete_comment(external_id: str, *, graph: Graph) -> None:
    """Delete a comment, ours or under our posts."""
    _refuse_message(external_id, what="taken back")
    await graph.call("DELETE", external_id)


async def hide_comment(external_id: str, *, hidden: bool, graph: Graph) -> None:
    """Hide a comment from all but its author and the author's friends, or show it again."""
    _refuse_message(external_id, what="hidden")
    await graph.call("POST", external_id, json={"is_hidden": hidden})


async def like(external_id: str, *, liked: bool, graph: Graph) -> None:
    """Like a comment or post as the Page, or take the like back."""
    _refuse_message(external_id, what="liked")
    await graph.call("POST" if liked else "DELETE", f"{external_id}/likes")


def _refuse_message(external_id: str, *, what: str) -> None:
    if is_message(external_id):
        raise UnsendableError(f"a message of Messenger cannot be {what}")


def _recipient(reply: OutboundReply) -> dict[str, str]:
    """The person; for a private reply the comment or post, whose author Facebook finds."""
    answered = reply.answering
    if answered is not None and answered.kind in _PRIVATELY:
        return {_PRIVATELY[answered.kind]: answered.external_id}
    person = reply.recipient or (answered.author if answered else None)
    if person is None or person.external_id == "unknown":
        raise UnsendableError("it is not known whom to write to")
    reference = person.external_id.removeprefix("user_ref:")
    return {"user_ref": reference} if reference != person.external_id else {"id": person.external_id}


def _manner(reply: OutboundReply, *, channel: ChannelAccess) -> dict[str, object]:
    """An answer within a day; later by a person, where the app may say so and the channel says that it may."""
    told = reply.template is not None and reply.template.name.upper() == HUMAN_AGENT
    answered = reply.answering
    late = answered is not None and answered.kind not in _PRIVATELY and reply.attempted_at - answered.occurred_at > _FREELY
    if told or (late and channel.config.get("human_agent") == "true"):
        return {"messaging_type": "MESSAGE_TAG", "tag": HUMAN_AGENT}
    return {"messaging_type": "RESPONSE"}


def _message(reply: OutboundReply, *, channel: ChannelAccess) -> dict[str, object]:
    reference = {"metadata": f"{REFERENCE}{reply.id}"}
    if reply.choices:
        return {**with_choices(reply, declaration=DECLARATION), **reference}
    attachment = next(iter(reply.attachments), None)
    if attachment is None:
        return {"text": reply.text, **reference}
    if len(reply.attachments) > 1:
        return {"attachments": [_picture(each, channel=channel) for each in reply.attachments], **reference}
    payload: dict[str, object] = {}
    if attachment.reference:
        payload = {"attachment_id": attachment.reference}
    elif not attachment.media_id:
        payload = {"url": attachment.url, "is_reusable": False}
    kind = next((name for each, name in _TYPES.items() if each == attachment.kind), "file")
    return {"attachment": {"type": kind, "payload": payload}, **reference}


def _picture(attachment: Attachment, *, channel: ChannelAccess) -> dict[str, object]:
    """One of several: Meta fetches them all from their addresses, ours as well."""
    address = attachment.url
    if attachment.media_id is not None and channel.files is not None:
        address = channel.files.link(attachment.media_id)
    payload = {"attachment_id": attachment.reference} if attachment.reference else {"url": address}
    return {"type": "image", "payload": payload}


def _beside_comment(attachment: Attachment, *, channel: ChannelAccess) -> dict[str, object]:
    """A picture beside a comment: ours is uploaded, another is fetched from its address."""
    if attachment.kind not in {MediaKind.IMAGE, MediaKind.STICKER}:
        raise UnsendableError("a comment takes pictures only")
    if attachment.reference:
        return {"attachment_id": attachment.reference}
    uploaded = attachment.media_id is not None and channel.files is not None
    return {} if uploaded else {"attachment_url": attachment.url}


def _above(answered: Answered) -> str:
    """What a comment goes under. Facebook has two levels: an answer to an answer goes under the topmost comment."""
    return (answered.thread if answered.kind is Kind.COMMENT else None) or answered.external_id


async def _post(
    path: str, parts: Mapping[str, object], *, field: str, reply: OutboundReply, channel: ChannelAccess, graph: Graph
) -> dict[str, object]:
    """JSON, or a form where a file of ours goes along."""
    attachment = next(iter(reply.attachments), None)
    several = len(reply.attachments) > 1
    if attachment is None or several or attachment.media_id is None or attachment.reference or channel.files is None:
        return await graph.call("POST", path, json=dict(parts))
    content = await channel.files.read(attachment.media_id, max_bytes=_UPLOAD_BYTES)
    texts = {name: value if isinstance(value, str) else orjson.dumps(value).decode() for name, value in parts.items()}
    body, kind = form_of(texts, field=field, attachment=attachment, content=content)
    return await graph.call("POST", path, data=body, content_type=kind)
