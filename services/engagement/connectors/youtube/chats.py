"""Live chat as neutral events: what is said is a comment, what is paid a purchase, what is taken back a deletion.

Called by resources; pure. Vendor's page: https://developers.google.com/youtube/v3/live/docs/liveChatMessages.
"""

from collections.abc import Mapping
from dataclasses import replace

from services.contracts.interaction import Author, NeutralEvent
from services.contracts.vocabulary import Direction, Kind
from services.engagement.connectors.youtube.payloads import ChatMessage, ChatSnippet, Money, SuperChat
from services.engagement.connectors.youtube.people import NOBODY, channel_id_in, chatter, is_us, venue
from services.engagement.connectors.youtube.setting import Setting
from services.engagement.connectors.youtube.texts import mentions_in
from services.engagement.protocol import Parsed, salvage

_SAID = {"textMessageEvent", "superChatEvent", "fanFundingEvent", "memberMilestoneChatEvent"}
_PAID = {"superChatEvent", "superStickerEvent", "fanFundingEvent", "newSponsorEvent", "membershipGiftingEvent", "giftEvent"}
_SILENT = {
    "chatEndedEvent": "the live chat has ended",
    "userBannedEvent": "somebody was banned from the live chat",
    "sponsorOnlyModeStartedEvent": "the live chat is for members only now",
    "sponsorOnlyModeEndedEvent": "the live chat is open to everybody again",
    "giftMembershipReceivedEvent": "a membership was received; who gave it is told by membershipGiftingEvent",
    "pollEvent": "a poll in the live chat names nobody",
}


def read_chat_message(raw: Mapping[str, object], setting: Setting) -> Parsed:
    """One event of a live chat."""
    bare = "snippet" not in raw and "liveChatId" in raw
    message = salvage({"snippet": raw} if bare else dict(raw), into=ChatMessage)
    kind = message.snippet.type or ("textMessageEvent" if _said(message.snippet) else "")
    if kind in _SILENT:
        return Parsed(ignored=_SILENT[kind])
    if kind in {"messageDeletedEvent", "messageRetractedEvent", "tombstone"}:
        return _ended(message, setting=setting)
    if kind not in _SAID | _PAID:
        return Parsed(unknown=f"live chat event {kind[:100]}") if kind else Parsed(ignored="a chat message without its snippet")
    event, text = _event(message, setting=setting), _said(message.snippet)
    said = (replace(event, text=text, mentions=mentions_in(text, channel=setting.channel)),) if kind in _SAID and text else ()
    paid = (_purchase(event, message.snippet, kind=kind),) if kind in _PAID else ()
    return Parsed(events=(*said, *paid)) if said or paid else Parsed(ignored="a milestone of a member who said nothing")


def read_super_chat(raw: Mapping[str, object], setting: Setting) -> Parsed:
    """A Super Chat or Super Sticker, as superChatEvents.list tells it afterwards."""
    found = salvage(dict(raw), into=SuperChat)
    snippet = found.snippet
    supporter = chatter(snippet.supporter_details)
    if supporter is NOBODY and snippet.created_at is None:
        return Parsed(ignored="a Super Chat without its snippet")
    number = found.id or setting.made_id("superchat", supporter.external_id, snippet.created_at)
    event = NeutralEvent(
        id=number,
        occurred_at=setting.time(snippet.created_at),
        kind=Kind.COMMENT,
        author=supporter,
        venue=venue(snippet.channel_id, channel=setting.channel),
        public=True,
        text=snippet.comment_text or None,
    )
    money = Money(amount_micros=snippet.amount_micros, currency=snippet.currency, amount_display_string=snippet.display_string)
    paid = replace(event, id=f"{number}:purchase", kind=Kind.PURCHASE, extra=_amount(money))
    return Parsed(events=(event, paid) if event.text else (paid,))


def _event(message: ChatMessage, *, setting: Setting) -> NeutralEvent:
    """A message without what it says. All that a person says in one chat is one conversation."""
    snippet, channel = message.snippet, setting.channel
    author = _author(message)
    number = message.id or setting.made_id("chat", snippet.live_chat_id, author.external_id, snippet.published_at, snippet.display_message)
    ours = is_us(author, channel=channel) or message.author_details.is_chat_owner
    return NeutralEvent(
        id=number,
        occurred_at=setting.time(snippet.published_at),
        kind=Kind.COMMENT,
        author=author,
        venue=venue(None, channel=channel),
        public=True,
        direction=Direction.OUTBOUND if ours else Direction.INBOUND,
        echo_of=number if ours else None,
        thread=f"{snippet.live_chat_id}:{author.external_id}" if snippet.live_chat_id else None,
        root=snippet.live_chat_id,
        extra={"live_chat": snippet.live_chat_id} if snippet.live_chat_id else {},
    )


def _author(message: ChatMessage) -> Author:
    return chatter(message.author_details, author_channel_id=message.snippet.author_channel_id)


def _said(snippet: ChatSnippet) -> str | None:
    """What the person typed; what YouTube shows is that with the amount before it."""
    details = (snippet.super_chat_details, snippet.fan_funding_event_details, snippet.member_milestone_chat_details)
    typed = [snippet.text_message_details.message_text] if snippet.text_message_details else []
    typed += [each.user_comment for each in details if each]
    shown = snippet.display_message if snippet.type in {None, "textMessageEvent"} else None
    return next((text for text in typed if text), None) or shown


def _purchase(event: NeutralEvent, snippet: ChatSnippet, *, kind: str) -> NeutralEvent:
    money = snippet.super_chat_details or snippet.super_sticker_details or snippet.fan_funding_event_details or Money()
    level = snippet.new_sponsor_details.member_level_name if snippet.new_sponsor_details else None
    given = snippet.membership_gifting_details
    facts = {
        **_amount(money),
        "what": kind.removesuffix("Event"),
        "level": level or (given.gift_memberships_level_name if given else None),
        "count": str(given.gift_memberships_count) if given and given.gift_memberships_count is not None else None,
    }
    extra = {**event.extra, **{name: value for name, value in facts.items() if value}}
    return replace(event, id=f"{event.id}:purchase", kind=Kind.PURCHASE, extra=extra, echo_of=None)


def _amount(money: Money) -> dict[str, str]:
    facts = {"currency": money.currency, "amount_micros": money.amount_micros, "amount": money.amount_display_string}
    return {name: str(value) for name, value in facts.items() if value is not None}


def _ended(message: ChatMessage, *, setting: Setting) -> Parsed:
    """A message that is gone: deleted by a moderator, taken back by its writer, or found as a gravestone."""
    snippet = message.snippet
    gone = snippet.message_deleted_details or snippet.message_retracted_details
    target = (gone.deleted_message_id or gone.retracted_message_id) if gone else None
    target = target or (message.id if snippet.type == "tombstone" else None)
    if target is None:
        return Parsed(ignored="a deletion that names no message")
    event = NeutralEvent(
        id=f"{target}:deleted",
        occurred_at=setting.time(snippet.published_at),
        kind=Kind.DELETION,
        author=_author(message) if channel_id_in(snippet.author_channel_id) else NOBODY,
        venue=venue(None, channel=setting.channel),
        public=True,
        root=snippet.live_chat_id,
        target=target,
    )
    return Parsed(events=(event,))
