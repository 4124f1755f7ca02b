"""Every kind of update of the Bot API as neutral events, or as ignored with the reason. Called by the connector; pure.

The table at the end is the table of contents: an update kind that is not in it is unknown, kept and counted.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from services.contracts.interaction import Author, NeutralEvent, Parent, Venue
from services.contracts.vocabulary import Kind
from services.engagement.connectors.telegram.keyboards import pressed
from services.engagement.connectors.telegram.messages import Setting, edit_of, event_of, nobody_or
from services.engagement.connectors.telegram.payloads import Chat, Message, ReactionType, Update, User
from services.engagement.connectors.telegram.people import author_of, author_of_chat, is_private, message_key, speaker_of, venue_of
from services.engagement.connectors.telegram.service_messages import BASE_FIELDS, SERVICE_FIELDS
from services.engagement.protocol import ChannelFacts, Parsed, read_time

# An empty object says something: that a topic was closed, for one.
_NOTHING: tuple[object, ...] = (None, "", [])
_PRESENT = {"member", "administrator", "creator"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """One update with its surroundings. `raw` is the same update as plain JSON, to name what is not modelled."""

    update: Update
    raw: dict[str, object]
    channel: ChannelFacts
    received_at: datetime
    key: str

    def setting(self, *, business: bool = False, guest: bool = False) -> Setting:
        """For messages inside the update."""
        return Setting(channel=self.channel, received_at=self.received_at, update_key=self.key, business=business, guest=guest)


def read_update(arrived: Arrived) -> Parsed:
    """What one update means."""
    for name, read in READERS.items():
        if arrived.raw.get(name) is not None:
            return read(arrived)
    for name, reason in IGNORED.items():
        if name in arrived.raw:
            return Parsed(ignored=reason)
    kinds = sorted(name for name, value in arrived.raw.items() if name != "update_id" and value is not None)
    if not kinds:
        return Parsed(ignored="an update without content")
    return Parsed(unknown=f"update kind {', '.join(kinds)[:200]}")


def _message(arrived: Arrived, *, name: str, message: Message | None, setting: Setting) -> Parsed:
    """A new message: a purchase, people who came or went, content, or a service message."""
    if message is None:
        return Parsed(unknown=f"{name} is not an object")
    special = _purchase(message, arrived=arrived) or tuple(_comings_and_goings(message, arrived=arrived))
    if special:
        return Parsed(events=special)
    event = event_of(message, setting=setting)
    return Parsed(events=(event,)) if event else _contentless(arrived, name=name)


def _edited(arrived: Arrived, *, name: str, message: Message | None, setting: Setting) -> Parsed:
    if message is None:
        return Parsed(unknown=f"{name} is not an object")
    event = edit_of(message, setting=setting)
    return Parsed(events=(event,)) if event else _contentless(arrived, name=name)


def _contentless(arrived: Arrived, *, name: str) -> Parsed:
    """A message that says nothing: one of the service messages, or a kind of message that is newer than this code."""
    raw = arrived.raw.get(name)
    fields = {field for field, value in raw.items() if value not in _NOTHING} if isinstance(raw, dict) else set()
    service = sorted(fields & SERVICE_FIELDS)
    if service:
        return Parsed(ignored=f"service message {service[0]}")
    others = sorted(fields - BASE_FIELDS)
    return Parsed(unknown=f"message of kind {', '.join(others)[:200]}") if others else Parsed(ignored="a message without content")


def _purchase(message: Message, *, arrived: Arrived) -> tuple[NeutralEvent, ...]:
    payment, author = message.successful_payment, speaker_of(message)
    if payment is None or author is None:
        return ()
    facts = {"currency": payment.currency, "amount_minor": payment.total_amount, "payload": payment.invoice_payload}
    return (
        NeutralEvent(
            id=f"purchase:{payment.telegram_payment_charge_id or arrived.key}",
            occurred_at=read_time(message.date, otherwise=arrived.received_at),
            kind=Kind.PURCHASE,
            author=author,
            venue=venue_of(message.chat, channel=arrived.channel),
            extra={name: str(value) for name, value in facts.items() if value is not None},
        ),
    )


def _comings_and_goings(message: Message, *, arrived: Arrived) -> Iterator[NeutralEvent]:
    """Joining and leaving told by a service message; the same ids as `chat_member` gives, so that both are one event."""
    at = read_time(message.date, otherwise=arrived.received_at)
    chat = message.chat or Chat()
    for user in message.new_chat_members or _former(message.new_chat_member, message.new_chat_participant):
        author = author_of(user)
        if author and not user.is_bot:
            yield _membership(Kind.FOLLOW, author=author, chat=chat, at=at, channel=arrived.channel)
    left = message.left_chat_member or message.left_chat_participant
    author = author_of(left)
    if left and author and not left.is_bot:
        yield _membership(Kind.UNFOLLOW, author=author, chat=chat, at=at, channel=arrived.channel)


def _former(*users: User | None) -> list[User]:
    """Who joined, by the names that the field had until 2017."""
    return [user for user in users if user][:1]


def _membership(kind: Kind, *, author: Author, chat: Chat, at: datetime, channel: ChannelFacts) -> NeutralEvent:
    return NeutralEvent(
        id=f"{chat.id}:{kind.value}:{author.external_id}:{int(at.timestamp())}",
        occurred_at=at,
        kind=kind,
        author=author,
        venue=venue_of(chat, channel=channel),
        public=not is_private(chat),
    )


def _deleted(arrived: Arrived) -> Parsed:
    deleted = arrived.update.deleted_business_messages
    if deleted is None or not deleted.message_ids:
        return Parsed(ignored="a deletion of no message")
    business, chat = deleted.business_connection_id or "unnamed", deleted.chat or Chat()
    keys = [message_key(chat.id, message_id, business=business) for message_id in deleted.message_ids]
    return Parsed(
        events=tuple(
            NeutralEvent(
                id=f"{key}:deleted",
                occurred_at=arrived.received_at,
                kind=Kind.DELETION,
                author=nobody_or(author_of_chat(chat)),
                venue=venue_of(chat, channel=arrived.channel),
                thread=f"business:{business}:{chat.id}",
                target=key,
            )
            for key in keys
        )
    )


def _reaction(arrived: Arrived) -> Parsed:
    """The difference between the emoji before and now. The same emoji of the same person has one id, so taking it back finds it."""
    reaction = arrived.update.message_reaction
    actor = (author_of(reaction.user) or author_of_chat(reaction.actor_chat)) if reaction else None
    if reaction is None or actor is None:
        return Parsed(ignored="a reaction without a person")
    before = {_emoji(kind) for kind in reaction.old_reaction}
    now = {_emoji(kind) for kind in reaction.new_reaction}
    message = message_key(reaction.chat.id if reaction.chat else None, reaction.message_id)
    venue, public = venue_of(reaction.chat, channel=arrived.channel), bool(reaction.chat and not is_private(reaction.chat))
    at = read_time(reaction.date, otherwise=arrived.received_at)

    def event(emoji: str, kind: Kind) -> NeutralEvent:
        key = f"{message}:reaction:{actor.external_id}:{emoji}"
        ended = kind is Kind.UNREACTION
        return NeutralEvent(
            id=f"{key}:ended:{arrived.key}" if ended else key,
            occurred_at=at,
            kind=kind,
            author=actor,
            venue=venue,
            public=public,
            text=emoji,
            in_reply_to=Parent(external_id=message),
            target=key if ended else message,
        )

    events = [event(emoji, Kind.UNREACTION) for emoji in sorted(before - now)]
    events += [event(emoji, Kind.REACTION) for emoji in sorted(now - before)]
    return Parsed(events=tuple(events)) if events else Parsed(ignored="a reaction that did not change")


def _emoji(kind: ReactionType) -> str:
    return kind.emoji or (f"custom:{kind.custom_emoji_id}" if kind.custom_emoji_id else kind.type or "?")


def _callback(arrived: Arrived) -> Parsed:
    """Someone pressed a button under a message of ours."""
    query = arrived.update.callback_query
    author = author_of(query.from_) if query else None
    if query is None or author is None:
        return Parsed(unknown="callback_query without a person")
    message = query.message
    chat = message.chat if message else None
    parent = query.inline_message_id
    if message and message.message_id is not None:
        business = message.business_connection_id
        parent = message_key(chat.id if chat else None, message.message_id, business=business)
    text, extra = pressed(query.data, keyboard=message.reply_markup if message else None)
    key = f"callback:{query.id or arrived.key}"
    said = _click(arrived, key=key, author=author, chat=chat, text=text or query.game_short_name, parent=parent)
    return replace(said, events=tuple(replace(event, extra=extra) for event in said.events))


def _chosen(arrived: Arrived) -> Parsed:
    """Someone picked one of our inline results in a chat that we do not see."""
    chosen = arrived.update.chosen_inline_result
    author = author_of(chosen.from_) if chosen else None
    if chosen is None or author is None:
        return Parsed(unknown="chosen_inline_result without a person")
    return _click(arrived, key=f"chosen:{arrived.key}", author=author, chat=None, text=chosen.query, parent=chosen.inline_message_id)


def _click(arrived: Arrived, *, key: str, author: Author, chat: Chat | None, text: str | None, parent: str | None) -> Parsed:
    return Parsed(
        events=(
            NeutralEvent(
                id=key,
                occurred_at=arrived.received_at,
                kind=Kind.CLICK,
                author=author,
                venue=venue_of(chat, channel=arrived.channel),
                public=bool(chat and not is_private(chat)),
                text=text,
                in_reply_to=Parent(external_id=parent) if parent else None,
            ),
        )
    )


def _poll_answer(arrived: Arrived) -> Parsed:
    """A vote in a poll that shows its voters; an empty one takes the vote back."""
    answer = arrived.update.poll_answer
    author = (author_of(answer.user) or author_of_chat(answer.voter_chat)) if answer else None
    if answer is None or author is None:
        return Parsed(ignored="a vote without a person")
    key = f"poll:{answer.poll_id}:{author.external_id}"
    options = ",".join(str(option) for option in answer.option_ids)
    ended = not options
    return Parsed(
        events=(
            NeutralEvent(
                id=f"{key}:{'ended' if ended else options}:{arrived.key}",
                occurred_at=arrived.received_at,
                kind=Kind.UNREACTION if ended else Kind.REACTION,
                author=author,
                venue=_bot_venue(arrived),
                text=options or None,
                in_reply_to=Parent(external_id=f"poll:{answer.poll_id}"),
                target=f"poll:{answer.poll_id}",
            ),
        )
    )


def _bot_member(arrived: Arrived) -> Parsed:
    """In private: someone started, or blocked, the bot. Elsewhere it is news about ourselves."""
    change = arrived.update.my_chat_member
    if change is None or change.chat is None or not is_private(change.chat):
        return Parsed(ignored="our own membership changed")
    return _member_change(arrived, name="my_chat_member", person=author_of(change.from_))


def _chat_member(arrived: Arrived) -> Parsed:
    change = arrived.update.chat_member
    member = change.new_chat_member if change else None
    return _member_change(arrived, name="chat_member", person=author_of(member.user) if member else None)


def _member_change(arrived: Arrived, *, name: str, person: Author | None) -> Parsed:
    change = arrived.update.my_chat_member if name == "my_chat_member" else arrived.update.chat_member
    if change is None or person is None:
        return Parsed(unknown=f"{name} without a person")
    before, now = (_is_present(member) for member in (change.old_chat_member, change.new_chat_member))
    if before == now:
        return Parsed(ignored="a membership that only changed its rights")
    at = read_time(change.date, otherwise=arrived.received_at)
    kind = Kind.FOLLOW if now else Kind.UNFOLLOW
    return Parsed(events=(_membership(kind, author=person, chat=change.chat or Chat(), at=at, channel=arrived.channel),))


def _is_present(member: object) -> bool:
    status = getattr(member, "status", None)
    return status in _PRESENT or (status == "restricted" and getattr(member, "is_member", None) is not False)


def _boost(arrived: Arrived) -> Parsed:
    """Someone gives our chat a boost, or takes it back: a reaction to the chat itself."""
    added, removed = arrived.update.chat_boost, arrived.update.removed_chat_boost
    change = added or removed
    boost = added.boost if added else None
    source = (boost.source if boost else None) or (change.source if change else None)
    author = author_of(source.user) if source else None
    if change is None or author is None:
        return Parsed(ignored="a boost without a person")
    key = f"boost:{boost.boost_id if boost else change.boost_id}"
    seconds = boost.add_date if boost else change.remove_date
    return Parsed(
        events=(
            NeutralEvent(
                id=key if added else f"{key}:ended",
                occurred_at=read_time(seconds, otherwise=arrived.received_at),
                kind=Kind.REACTION if added else Kind.UNREACTION,
                author=author,
                venue=venue_of(change.chat, channel=arrived.channel),
                public=True,
                text="boost",
                target=None if added else key,
            ),
        )
    )


def _paid_media(arrived: Arrived) -> Parsed:
    purchase = arrived.update.purchased_paid_media
    author = author_of(purchase.from_) if purchase else None
    if purchase is None or author is None:
        return Parsed(unknown="purchased_paid_media without a person")
    extra = {"payload": purchase.paid_media_payload} if purchase.paid_media_payload else {}
    event = NeutralEvent(
        id=f"purchase:{arrived.key}",
        occurred_at=arrived.received_at,
        kind=Kind.PURCHASE,
        author=author,
        venue=_bot_venue(arrived),
        extra=extra,
    )
    return Parsed(events=(event,))


def _bot_venue(arrived: Arrived) -> Venue:
    return venue_of(None, channel=arrived.channel)


READERS: dict[str, Callable[[Arrived], Parsed]] = {
    "message": lambda arrived: _message(arrived, name="message", message=arrived.update.message, setting=arrived.setting()),
    "edited_message": lambda arrived: _edited(
        arrived, name="edited_message", message=arrived.update.edited_message, setting=arrived.setting()
    ),
    "channel_post": lambda arrived: _message(arrived, name="channel_post", message=arrived.update.channel_post, setting=arrived.setting()),
    "edited_channel_post": lambda arrived: _edited(
        arrived, name="edited_channel_post", message=arrived.update.edited_channel_post, setting=arrived.setting()
    ),
    "business_message": lambda arrived: _message(
        arrived, name="business_message", message=arrived.update.business_message, setting=arrived.setting(business=True)
    ),
    "edited_business_message": lambda arrived: _edited(
        arrived, name="edited_business_message", message=arrived.update.edited_business_message, setting=arrived.setting(business=True)
    ),
    "guest_message": lambda arrived: _message(
        arrived, name="guest_message", message=arrived.update.guest_message, setting=arrived.setting(guest=True)
    ),
    "deleted_business_messages": _deleted,
    "message_reaction": _reaction,
    "callback_query": _callback,
    "chosen_inline_result": _chosen,
    "poll_answer": _poll_answer,
    "my_chat_member": _bot_member,
    "chat_member": _chat_member,
    "chat_boost": _boost,
    "removed_chat_boost": _boost,
    "purchased_paid_media": _paid_media,
}

IGNORED: dict[str, str] = {
    "business_connection": "our bot was connected to a business account, or its rights changed",
    "message_reaction_count": "counts of anonymous reactions name nobody",
    "inline_query": "someone is typing a query; what they choose arrives as chosen_inline_result",
    "shipping_query": "a checkout in progress; the purchase arrives as successful_payment",
    "pre_checkout_query": "a checkout in progress; the purchase arrives as successful_payment",
    "poll": "counts of a poll name nobody",
    "chat_join_request": "a request to join; the joining arrives as chat_member",
    "managed_bot": "a managed bot changed",
    "subscription": "a paid subscription changed its state; payments arrive as successful_payment",
    "stopped_message_generation": "someone stopped an answer that was being written",
}
# Kinds that are known, and newer than the version of the Bot API that setWebhook is asked by.
UNASKED = frozenset({"subscription", "stopped_message_generation"})
