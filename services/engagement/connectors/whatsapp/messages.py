"""A message as a neutral event: of a person, of a colleague in the app, of the past; changes and reactions. Called by parsing; pure.

Vendor's pages: .../whatsapp/webhooks/reference/messages, smb_message_echoes, history.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from services.contracts.interaction import Attachment, Author, Claimed, NeutralEvent, Parent
from services.contracts.vocabulary import Direction, Kind, Source
from services.engagement.connectors.whatsapp.content import SILENT, UNREADABLE, attachments_of, facts_of, text_of
from services.engagement.connectors.whatsapp.deliveries import HISTORY, Unit, digest_of
from services.engagement.connectors.whatsapp.payloads import Contact, Message, Named, read, read_message
from services.engagement.connectors.whatsapp.people import NETWORK, NOBODY, ids_of, is_ours, ourselves, person, phones_of, venue_of
from services.engagement.protocol import ChannelFacts, MediaKind, Parsed, read_time

_MILLISECONDS_FROM = 100_000_000_000
_MOVED = frozenset({"user_changed_number", "customer_changed_number", "user_changed_user_id"})
_EDITED = frozenset({"edit", "edited"})
_REVOKED = frozenset({"revoke", "revoked", "deleted"})
_ECHOES = frozenset({"smb_message_echoes", "message_echoes"})
_AUTOMATIC = "notice of the platform"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A unit with the channel that it came to, and when."""

    unit: Unit
    channel: ChannelFacts
    received_at: datetime

    def time(self, told: object) -> datetime:
        """What a platform's time says: seconds, milliseconds, digits in quotes, or ISO 8601; else when it came."""
        return time_of(told, otherwise=self.received_at)


def time_of(told: object, *, otherwise: datetime) -> datetime:
    """Seconds, milliseconds, digits in quotes, or ISO 8601, as an aware UTC time."""
    if isinstance(told, str) and told.strip().isascii() and told.strip().isdigit() and len(told) < 20:
        told = int(told)
    if isinstance(told, int) and not isinstance(told, bool) and told >= _MILLISECONDS_FROM:
        told = told / 1000
    return read_time(told, otherwise=otherwise).astimezone(UTC)


def read_unit(setting: Setting) -> Parsed:
    """What a message means, in either direction."""
    message = read_message(setting.unit.item)
    if message.type is None and message.from_ is None and message.from_user_id is None and not _says_something(message):
        return Parsed(ignored="the API's answer to a message that we sent")
    if message.type == "media_placeholder":
        return Parsed(ignored="a file of the past; WhatsApp tells of those of the last 14 days once more, with their files")
    if message.type == "system" or message.system:
        return _notice(message, setting=setting)
    return _spoken(message, setting=setting)


def _spoken(message: Message, *, setting: Setting) -> Parsed:
    base = _base(message, setting=setting)
    if message.type == "reaction" or message.reaction:
        return _reaction(message, base=base)
    if message.type in _EDITED or message.edit:
        return _edit(message, base=base)
    if message.type in _REVOKED or message.revoke:
        return _revocation(message, base=base)
    if message.type == "request_welcome":
        return Parsed(events=(replace(base, kind=Kind.CLICK),))
    answer = message.interactive
    if answer and (answer.call_permission_reply or answer.type == "call_permission_reply"):
        leave = answer.call_permission_reply.response if answer.call_permission_reply else None
        return Parsed(events=(replace(base, kind=Kind.CLICK, text=leave),))
    return _said(message, base=base)


def _said(message: Message, *, base: NeutralEvent) -> Parsed:
    """Words and what lies beside them; what WhatsApp cannot show is there all the same, for somebody has to ask what it was."""
    what = (message.unsupported.type if message.unsupported else None) if message.type in UNREADABLE else message.type
    if what in SILENT:
        return Parsed(ignored=f"a {what} that WhatsApp does not show")
    text, attachments = text_of(message), attachments_of(message)
    if text is None and not attachments and message.type is None:
        attachments = (Attachment(kind=MediaKind.OTHER, name="message"),)
    if text is None and not attachments:
        return Parsed(unknown=f"message of kind {str(message.type)[:100]}")
    return Parsed(events=(replace(base, text=text, attachments=attachments),))


def _base(message: Message, *, setting: Setting) -> NeutralEvent:
    """What all events of a message have in common, as a direct message without words."""
    unit, channel = setting.unit, setting.channel
    outbound = _is_outbound(message, setting=setting)
    phone, user_id = _partner(message, outbound=outbound, setting=setting)
    who = person(unit, phone=phone, user_id=user_id)
    referral = message.referral
    return NeutralEvent(
        id=message.id or f"unnamed:{digest_of(unit)}",
        occurred_at=setting.time(message.timestamp),
        kind=Kind.DIRECT,
        author=ourselves(unit, channel=channel) if outbound else _with_shared_number(who or NOBODY, message=message),
        venue=venue_of(unit, channel=channel, group=message.group_id),
        direction=Direction.OUTBOUND if outbound else Direction.INBOUND,
        in_reply_to=_parent(message, who=who, setting=setting),
        recipient=who if outbound else None,
        campaign=(referral.source_id if referral else None) or None,
        referral_code=(referral.ctwa_clid if referral else None) or None,
        source=Source.BACKFILL if unit.topic == HISTORY else Source.LIVE,
        thread=message.group_id or None,
        extra={**facts_of(message), **ids_of(unit, phone=phone, user_id=user_id)},
    )


def _is_outbound(message: Message, *, setting: Setting) -> bool:
    """Whether a colleague speaks: every echo, and of the past what names a recipient or comes from another than the chat's person."""
    unit = setting.unit
    if unit.name == "message_echoes" or (unit.topic in _ECHOES and bool(message.to or message.to_user_id)):
        return True
    if unit.topic != HISTORY:
        return False
    if message.to or message.to_user_id or is_ours(message.from_, unit=unit, channel=setting.channel):
        return True
    partner = unit.thread.get("id") if unit.thread else None
    return bool(message.from_) and partner is not None and str(partner) != message.from_


def _partner(message: Message, *, outbound: bool, setting: Setting) -> tuple[str | None, str | None]:
    """Number and user id of the person at the other end."""
    if not outbound:
        return message.from_ or None, message.from_user_id or None
    if message.to and message.from_ and is_ours(message.to, unit=setting.unit, channel=setting.channel):
        return message.from_, message.from_user_id or None
    thread = setting.unit.thread or {}
    context = read(thread.get("context"), into=Contact)
    number = message.to or (str(thread["id"]) if thread.get("id") else None) or context.wa_id
    return number or None, message.to_user_id or context.user_id or None


def _parent(message: Message, *, who: Author | None, setting: Setting) -> Parent | None:
    """What it answers, and who said that: we, the person, or another of the group."""
    context = message.context
    answered = (context.id or context.message_id) if context else None
    if context is None or not answered:
        return None
    speaker = context.from_ or context.from_user_id
    if is_ours(speaker, unit=setting.unit, channel=setting.channel):
        return Parent(external_id=answered, author=ourselves(setting.unit, channel=setting.channel))
    if who and speaker == who.external_id:
        return Parent(external_id=answered, author=who)
    return Parent(external_id=answered, author=Author(network=NETWORK, external_id=speaker) if speaker else None)


def _with_shared_number(author: Author, *, message: Message) -> Author:
    """Whoever shows us a username only may share their number when we ask for it; nobody vouches for what the card says."""
    origin = message.origin or next((card.origin for card in message.contacts if card.origin), "")
    if author.phones or not (origin or "").startswith("contact_request"):
        return author
    numbers = [phone.wa_id or phone.phone for card in message.contacts[:1] for phone in card.phones]
    shared = tuple(Claimed(value=claimed.value) for number in numbers for claimed in phones_of(number))
    return replace(author, phones=shared)


def _reaction(message: Message, *, base: NeutralEvent) -> Parsed:
    """An emoji on a message, or the end of one: WhatsApp does not say of which."""
    reaction = message.reaction
    target = (reaction.message_id or reaction.messsage_id) if reaction else None
    if reaction is None or not target:
        return Parsed(ignored="a reaction to no message")
    kind = Kind.REACTION if reaction.emoji else Kind.UNREACTION
    event = replace(base, kind=kind, text=reaction.emoji or None, in_reply_to=Parent(external_id=target), target=target)
    return Parsed(events=(event,))


def _edit(message: Message, *, base: NeutralEvent) -> Parsed:
    change = message.edit or Named()
    if not change.target:
        return Parsed(ignored="an edit of no message")
    now = read_message(change.message)
    event = replace(base, kind=Kind.EDIT, target=change.target, text=text_of(now), attachments=attachments_of(now))
    return Parsed(events=(event,))


def _revocation(message: Message, *, base: NeutralEvent) -> Parsed:
    target = message.revoke.target if message.revoke else None
    if not target:
        return Parsed(ignored="a deletion of no message")
    return Parsed(events=(replace(base, kind=Kind.DELETION, target=target),))


def _notice(message: Message, *, setting: Setting) -> Parsed:
    """WhatsApp reports that a person has another number: the author as they were, with the number that is theirs now."""
    system = message.system
    if system is None or (system.type or "") not in _MOVED:
        return Parsed(ignored=f"service message {(system.type if system else None) or 'of no kind'}"[:200])
    old = system.customer or message.from_ or message.from_user_id
    new = system.new_wa_id or system.wa_id or system.user_id
    message.from_ = old
    base = _base(message, setting=setting)
    author = replace(base.author, phones=(*base.author.phones, *phones_of(new)))
    extra = {**base.extra, **({"moved_to": new} if new else {})}
    event = replace(base, kind=Kind.NOTE, author=author, text=system.body, automatic=_AUTOMATIC, extra=extra)
    return Parsed(events=(event,))


def _says_something(message: Message) -> bool:
    return text_of(message) is not None or bool(attachments_of(message)) or bool(message.errors)
