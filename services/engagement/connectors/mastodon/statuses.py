"""A status as a neutral event: direct, comment, mention or post; ours or somebody's; edited or deleted. Called by reading; pure.

What tells that a status is ours: the channel's account, else what servers show to the writer alone (`pinned`, the source in `text`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from services.contracts.interaction import Attachment, Author, NeutralEvent, Parent, Venue
from services.contracts.vocabulary import Addressed, Direction, Kind
from services.engagement.connectors.mastodon.payloads import Account, Ancestor, Media, Status
from services.engagement.connectors.mastodon.people import author_of, nobody, our_venue, us, venue_of
from services.engagement.connectors.mastodon.texts import plain_text
from services.engagement.protocol import ChannelFacts, MediaKind

CLIENT_NAME = "Rapport"
# Pleroma's, Pixelfed's and kmyblue's names beside Mastodon's.
_PRIVATE = frozenset({"private", "direct", "list", "mutuals_only", "limited", "mutual", "circle", "personal", "followers", "specified"})
_MEDIA = {
    "image": MediaKind.IMAGE,
    "gifv": MediaKind.VIDEO,
    "video": MediaKind.VIDEO,
    "audio": MediaKind.AUDIO,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What is known around a status: its channel, when it came, how it was heard, and the statuses above it (topmost first).

    `names_us`: it came as a mention. `ours`: whether we wrote it, where the surroundings tell; `author`: who did, where it says not.
    """

    channel: ChannelFacts
    received_at: datetime
    names_us: bool = False
    ours: bool | None = None
    author: Account | None = None
    above: Sequence[Ancestor] = ()


def event_of(status: Status, *, setting: Setting) -> NeutralEvent | None:
    """The event, or None for a status without an id."""
    key = ident(status.id)
    if key is None:
        return None
    channel, ours = setting.channel, is_ours(status, setting=setting)
    account = status.account or setting.author
    kind = _kind(status, setting=setting, ours=ours)
    root, thread, ancestors = _place(status, key=key, kind=kind, setting=setting)
    mentions = tuple(author for each in status.mentions if (author := author_of(each, channel=channel)))
    event = NeutralEvent(
        id=key,
        occurred_at=read_date(status.created_at, otherwise=setting.received_at),
        kind=kind,
        author=author_of(account, channel=channel) or (us(channel) if ours else nobody(channel)),
        venue=_venue(status, account=account, kind=kind, ours=ours, setting=setting),
        public=(status.visibility or "public") not in _PRIVATE,
        direction=Direction.OUTBOUND if ours else Direction.INBOUND,
        text=_text(status),
        attachments=attachments_of(status),
        in_reply_to=_parent(status, setting=setting),
        mentions=mentions,
        root=root,
        thread=thread,
        ancestors=ancestors,
        automatic="automated account" if account and account.bot and not ours else None,
        extra=_extra(status),
    )
    return replace(
        _outbound(event, status=status, setting=setting) if ours else event, addressed=_addressed(status, event, setting=setting)
    )


def edit_of(status: Status, *, setting: Setting) -> NeutralEvent | None:
    """The change of an earlier status, with what it says now."""
    event = event_of(status, setting=setting)
    if event is None:
        return None
    version = status.edited_at or "unknown"
    at = read_date(status.edited_at, otherwise=setting.received_at)
    return replace(event, id=f"{event.id}:edit:{version}", kind=Kind.EDIT, occurred_at=at, target=event.id, echo_of=None)


def deletion_of(key: str, *, setting: Setting, status: Status | None = None) -> NeutralEvent:
    """A status is gone; who wrote it is told only in the answer to our own deletion."""
    channel = setting.channel
    author = author_of(status.account, channel=channel) if status else None
    return NeutralEvent(
        id=f"{key}:deleted",
        occurred_at=setting.received_at,
        kind=Kind.DELETION,
        author=author or nobody(channel),
        venue=our_venue(channel),
        direction=Direction.OUTBOUND if status else Direction.INBOUND,
        public=bool(status) and (status.visibility or "public") not in _PRIVATE if status else False,
        target=key,
    )


def is_ours(status: Status, *, setting: Setting) -> bool:
    """Whether we wrote it."""
    account = status.account or setting.author
    if setting.channel.account:
        return account is not None and ident(account.id) == setting.channel.account
    if setting.ours is not None:
        return setting.ours
    shown_to_writer = status.pinned is not None and status.pleroma is None
    return not setting.names_us and shown_to_writer


def ident(raw: object) -> str | None:
    """An id as text, whatever it came as."""
    return str(raw) if isinstance(raw, int | str) and not isinstance(raw, bool) and str(raw).strip() else None


def read_date(text: str | None, *, otherwise: datetime) -> datetime:
    """A date of the API (ISO 8601) in UTC; a bare day is its midnight."""
    try:
        at = datetime.fromisoformat(text or "")
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return otherwise


def attachments_of(status: Status) -> tuple[Attachment, ...]:
    """Its media, and its poll with the answers as name."""
    media = [attachment for each in status.media_attachments if (attachment := attachment_of(each))]
    if status.poll and (titles := [option.title for option in status.poll.options if option.title]):
        media.append(Attachment(kind=MediaKind.POLL, reference=ident(status.poll.id), name=" / ".join(titles)))
    return tuple(media)


def attachment_of(media: Media) -> Attachment | None:
    """One file, its description as name; None where there is neither address nor id."""
    url, reference = media.url or media.remote_url or media.preview_url, ident(media.id)
    if not url and not reference:
        return None
    kind = _MEDIA.get(media.type or "", MediaKind.FILE)
    return Attachment(kind=kind, url=url, reference=reference, name=media.description or None)


def _kind(status: Status, *, setting: Setting, ours: bool) -> Kind:
    """A comment hangs on a post of ours; what speaks to us, or is said by us, in the thread of somebody else is a mention."""
    if status.visibility == "direct":
        return Kind.DIRECT
    to_us = _names_us(status, setting=setting)
    if ident(status.in_reply_to_id) is None:
        return Kind.MENTION if to_us and not ours else Kind.POST
    topmost = setting.above[0].account if setting.above else None
    if topmost is not None and setting.channel.account:
        elsewhere = ident(topmost.id) != setting.channel.account
        return Kind.MENTION if elsewhere and (ours or to_us or _answers_us(status, setting=setting)) else Kind.COMMENT
    return Kind.MENTION if to_us and not ours and not _answers_us(status, setting=setting) else Kind.COMMENT


def _answers_us(status: Status, *, setting: Setting) -> bool:
    return bool(setting.channel.account) and ident(status.in_reply_to_account_id) == setting.channel.account


def _names_us(status: Status, *, setting: Setting) -> bool:
    account = setting.channel.account
    return setting.names_us or (bool(account) and any(ident(each.id) == account for each in status.mentions))


def _place(status: Status, *, key: str, kind: Kind, setting: Setting) -> tuple[str | None, str | None, tuple[str, ...]]:
    """(root, thread, ancestors): exactly where the statuses above are known, else what the status alone tells."""
    answered = ident(status.in_reply_to_id)
    if kind is Kind.DIRECT:
        return None, None, ()
    if answered is None:
        return key, None, ()
    above = [name for each in setting.above if (name := ident(each.id))]
    if not above:
        return answered, key, () if kind is Kind.COMMENT and _answers_us(status, setting=setting) else (answered,)
    if kind is Kind.MENTION:
        return above[0], None, tuple(reversed(above))
    return above[0], [*above, key][1], tuple(reversed(above[1:]))


def _venue(status: Status, *, account: Account | None, kind: Kind, ours: bool, setting: Setting) -> Venue:
    """Whose page it hangs on: the topmost status's, else the answered account's, else the writer's; ours in private."""
    channel = setting.channel
    if kind is Kind.DIRECT or (ours and not ident(status.in_reply_to_id)):
        return our_venue(channel)
    topmost = setting.above[0].account if setting.above else None
    return venue_of(topmost or _answered(status, setting=setting) or account, channel=channel)


def _answered(status: Status, *, setting: Setting) -> Account | None:
    """The account that is answered, as far as the status names it."""
    who = ident(status.in_reply_to_account_id)
    if who is None:
        return None
    known = [*status.mentions, *([status.account] if status.account else []), *(each.account for each in setting.above if each.account)]
    named = next((each for each in known if ident(each.id) == who), None)
    return named or Account(id=who, acct=status.pleroma.in_reply_to_account_acct if status.pleroma else None)


def _parent(status: Status, *, setting: Setting) -> Parent | None:
    answered = ident(status.in_reply_to_id)
    if answered is None:
        return None
    account = _answered(status, setting=setting)
    if account is not None and setting.channel.account and ident(account.id) == setting.channel.account:
        return Parent(external_id=answered, author=us(setting.channel))
    return Parent(external_id=answered, author=author_of(account, channel=setting.channel))


def _outbound(event: NeutralEvent, *, status: Status, setting: Setting) -> NeutralEvent:
    """Ours: to whom, and whether it may be an echo. A program of another name is a colleague's; where none is named it may be ours."""
    parent = event.in_reply_to.author if event.in_reply_to else None
    others = [each for each in event.mentions if each.external_id != event.author.external_id]
    recipient = parent if parent and parent.external_id != event.author.external_id else next(iter(others), None)
    program = status.application.name if status.application else None
    echo = program in (None, "", setting.channel.config.get("client_name") or CLIENT_NAME)
    text = _without_mention(event.text, recipient=recipient) if echo else event.text
    return replace(event, recipient=recipient, echo_of=event.id if echo and recipient else None, text=text)


def _without_mention(text: str | None, *, recipient: Author | None) -> str | None:
    """What a member wrote: sending puts the handle before it, and HTML shows it without the host."""
    if not text or not recipient or not recipient.handle:
        return text
    for handle in (f"@{recipient.handle}", f"@{recipient.handle.split('@', maxsplit=1)[0]}"):
        if text.lower().startswith(f"{handle.lower()} "):
            return text[len(handle) :].strip() or text
    return text


def _addressed(status: Status, event: NeutralEvent, *, setting: Setting) -> Addressed:
    if event.direction is Direction.OUTBOUND or event.kind is Kind.DIRECT or _names_us(status, setting=setting):
        return Addressed.US
    return Addressed.US if _answers_us(status, setting=setting) else Addressed.OTHERS


def _text(status: Status) -> str | None:
    return plain_text(status.content) or (status.text.strip() or None if status.text else None)


def _extra(status: Status) -> dict[str, str]:
    """Facts without a column. An answer takes the visibility from here."""
    quoted = status.quote
    told = (quoted.quoted_status_id, (quoted.quoted_status or {}).get("id"), quoted.id) if quoted else ()
    quoted_id = next((name for each in (*told, status.quote_id) if (name := ident(each))), None)
    facts = {
        "visibility": status.visibility,
        "content_warning": status.spoiler_text,
        "language": status.language,
        "url": status.url or status.uri,
        "application": status.application.name if status.application else None,
        "quotes": quoted_id,
    }
    return {name: value for name, value in facts.items() if value}
