"""A Telegram message as a neutral event: private chats are direct, groups are comments, channels are posts.

Called by updates; pure.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from services.contracts.interaction import Author, Claimed, NeutralEvent, Parent
from services.contracts.vocabulary import Addressed, Control, Direction, Kind
from services.engagement.connectors.telegram.content import attachments_of, is_command, mentions_of, referral_of, text_of
from services.engagement.connectors.telegram.payloads import Chat, Message, Origin
from services.engagement.connectors.telegram.people import (
    NETWORK,
    NOBODY,
    author_of,
    author_of_chat,
    bot_of,
    is_private,
    message_key,
    speaker_of,
    venue_of,
)
from services.engagement.protocol import ChannelFacts, read_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What the update around a message says: its channel, when it came, and whether it is a business or a guest message."""

    channel: ChannelFacts
    received_at: datetime
    update_key: str
    business: bool = False
    guest: bool = False


def event_of(message: Message, *, setting: Setting) -> NeutralEvent | None:
    """The event, or None where the message has nothing to say (a service message, or a kind not known)."""
    text, attachments = text_of(message), attachments_of(message)
    chat = message.chat or Chat()
    author = speaker_of(message)
    if (text is None and not attachments) or (author is None and message.message_id is None and text is None):
        return None
    author = nobody_or(author)
    kind = kind_of(message, guest=setting.guest)
    root, thread = _thread(message, kind=kind, setting=setting)
    outbound = _is_ours(message, setting=setting)
    event = NeutralEvent(
        id=key_of(message, setting=setting),
        occurred_at=read_time(message.date, otherwise=setting.received_at),
        kind=kind,
        author=_with_phone(author, message=message),
        venue=venue_of(chat, channel=setting.channel, control=Control.THIRD_PARTY if setting.guest else Control.OURS),
        public=kind is not Kind.DIRECT and not is_private(chat),
        direction=Direction.OUTBOUND if outbound else Direction.INBOUND,
        text=text,
        attachments=attachments,
        in_reply_to=_parent(message, setting=setting),
        mentions=mentions_of(message, channel=setting.channel),
        recipient=_recipient(message, kind=kind) if outbound else None,
        referral_code=referral_of(message),
        echo_of=key_of(message, setting=setting) if message.sender_business_bot or _is_our_bot(message, setting=setting) else None,
        thread=thread,
        root=root,
        extra=_extra(message),
    )
    return replace(event, addressed=_addressed(message, event=event, setting=setting))


def edit_of(message: Message, *, setting: Setting) -> NeutralEvent | None:
    """The change of an earlier message; None as above."""
    event = event_of(message, setting=setting)
    if event is None:
        return None
    edited_at = read_time(message.edit_date, otherwise=event.occurred_at)
    return replace(event, id=f"{event.id}:edit:{setting.update_key}", kind=Kind.EDIT, occurred_at=edited_at, target=event.id)


def kind_of(message: Message, *, guest: bool = False) -> Kind:
    """What a message in this chat is."""
    chat = message.chat or Chat()
    if is_private(chat) and not (guest and message.from_ and message.from_.id != chat.id):
        return Kind.DIRECT
    if guest:
        return Kind.MENTION
    if chat.is_direct_messages:
        return Kind.DIRECT
    if chat.type == "channel" or message.is_automatic_forward:
        return Kind.POST
    return Kind.COMMENT


def key_of(message: Message, *, setting: Setting) -> str:
    """The event id of a message."""
    business = (message.business_connection_id or "unnamed") if setting.business else None
    number = message.message_id if message.message_id is not None else f"update-{setting.update_key}"
    return message_key(message.chat.id if message.chat else None, number, business=business)


def _thread(message: Message, *, kind: Kind, setting: Setting) -> tuple[str | None, str | None]:
    """(root, thread) of the conversation key; see the README for what Telegram tells and what it does not."""
    chat = message.chat or Chat()
    if kind is Kind.DIRECT:
        topic = message.direct_messages_topic
        if topic and topic.topic_id is not None:
            return None, f"{chat.id}:{topic.topic_id}"
        if chat.id is None:
            return None, None
        return None, f"business:{message.business_connection_id or 'unnamed'}:{chat.id}" if setting.business else str(chat.id)
    own = key_of(message, setting=setting)
    if kind is not Kind.COMMENT:
        return own, None
    answered = _answered(message)
    top = own
    if answered and not answered.is_automatic_forward:
        top = message_key(chat.id, answered.message_id)
    if message.message_thread_id is not None:
        return message_key(chat.id, message.message_thread_id), top
    return top, top


def _answered(message: Message) -> Message | None:
    """The message in this chat that this one answers; every message of a topic "answers" the topic's creation, which says nothing."""
    answered = message.reply_to_message
    if answered is None or answered.message_id is None:
        return None
    creation = message.is_topic_message and (answered.forum_topic_created or answered.message_id == message.message_thread_id)
    return None if creation else answered


def _parent(message: Message, *, setting: Setting) -> Parent | None:
    chat_id = message.chat.id if message.chat else None
    answered = _answered(message)
    if answered:
        business = (message.business_connection_id or "unnamed") if setting.business else None
        return Parent(external_id=message_key(chat_id, answered.message_id, business=business), author=speaker_of(answered))
    if message.reply_to_story:
        story = message.reply_to_story
        author = author_of_chat(story.chat)
        return Parent(external_id=f"{story.chat.id if story.chat else chat_id}:story:{story.id}", author=author)
    elsewhere = message.external_reply
    if elsewhere and elsewhere.message_id is not None and elsewhere.chat:
        return Parent(external_id=message_key(elsewhere.chat.id, elsewhere.message_id), author=_origin_author(elsewhere.origin))
    return None


def _origin_author(origin: Origin | None) -> Author | None:
    if origin is None:
        return None
    return author_of(origin.sender_user) or author_of_chat(origin.sender_chat) or author_of_chat(origin.chat)


def _with_phone(author: Author, *, message: Message) -> Author:
    """A number counts as the writer's own only where Telegram says that it belongs to the writer's account."""
    contact = message.contact
    own = contact and contact.user_id is not None and str(contact.user_id) == author.external_id
    if not contact or not own or not contact.phone_number:
        return author
    number = contact.phone_number if contact.phone_number.startswith("+") else f"+{contact.phone_number}"
    return replace(author, phones=(Claimed(value=number, verified=True),))


def _is_ours(message: Message, *, setting: Setting) -> bool:
    """Whether we speak: our bot, our channel, our group in its own name, or the owner of a business account."""
    chat = message.chat or Chat()
    if kind_of(message, guest=setting.guest) is Kind.POST or _is_our_bot(message, setting=setting):
        return True
    if message.sender_chat and message.sender_chat.id is not None and message.sender_chat.id == chat.id:
        return True
    sender = message.from_.id if message.from_ else None
    return is_private(chat) and not setting.guest and sender is not None and str(sender) != str(chat.id)


def _is_our_bot(message: Message, *, setting: Setting) -> bool:
    sender = message.from_
    if not setting.channel.account:
        # Bots are not told what other bots write.
        own_chat = message.chat is not None and sender is not None and sender.id == message.chat.id
        return bool(sender and sender.is_bot and not own_chat and message.sender_chat is None)
    return sender is not None and str(sender.id) == setting.channel.account


def _recipient(message: Message, *, kind: Kind) -> Author | None:
    """Whom an outbound message speaks to: the other side of the chat, or whom it answers."""
    topic = message.direct_messages_topic
    if kind is Kind.DIRECT:
        return (author_of(topic.user) if topic else None) or author_of_chat(message.chat)
    answered = _answered(message)
    return speaker_of(answered) if answered else None


def _addressed(message: Message, *, event: NeutralEvent, setting: Setting) -> Addressed:
    """In private everything speaks to us; in a group what names us, answers us, or answers nobody in particular."""
    bot = bot_of(setting.channel)
    named = any(mention.external_id == bot.external_id for mention in event.mentions)
    if event.kind is Kind.DIRECT or setting.guest or named or is_command(message):
        return Addressed.US
    answered = _answered(message)
    if answered is None:
        return Addressed.OTHERS if event.mentions else Addressed.US
    us = answered.is_automatic_forward or _is_ours(answered, setting=setting)
    return Addressed.US if us else Addressed.OTHERS


def _extra(message: Message) -> dict[str, str]:
    """Facts without a column: where it was forwarded from, what it quotes, which album it belongs to."""
    origin = message.forward_origin
    forwarded = _origin_author(origin) or author_of(message.forward_from) or author_of_chat(message.forward_from_chat)
    hidden = (origin.sender_user_name if origin else None) or message.forward_sender_name
    facts = {
        "forwarded_from": f"{NETWORK}:{forwarded.external_id}" if forwarded else None,
        "forwarded_from_name": (forwarded.name if forwarded else None) or hidden,
        "quote": message.quote.text if message.quote else None,
        "album": message.media_group_id,
        "via_bot": message.via_bot.username if message.via_bot else None,
        "signature": message.author_signature,
        "button": message.web_app_data.button_text if message.web_app_data else None,
    }
    return {name: value for name, value in facts.items() if value}


def nobody_or(author: Author | None) -> Author:
    """An author for events whose actor Telegram keeps to itself."""
    return author or NOBODY
