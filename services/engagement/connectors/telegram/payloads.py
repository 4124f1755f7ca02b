"""The slice of the Bot API's JSON that is read. Every field may be missing or odd: see protocol.lenient.

Vendor's pages: https://core.telegram.org/bots/api#update, #message, #messagereactionupdated, #chatmemberupdated.
"""

import msgspec
from msgspec import field

from services.engagement.connectors.telegram.keyboards import Keyboard

Ident = int | str
Seconds = int | float


class User(msgspec.Struct):
    """https://core.telegram.org/bots/api#user."""

    id: Ident | None = None
    is_bot: bool = False
    first_name: str | None = None
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None


class Chat(msgspec.Struct):
    """https://core.telegram.org/bots/api#chat."""

    id: Ident | None = None
    type: str | None = None
    title: str | None = None
    username: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    is_forum: bool = False
    is_direct_messages: bool = False


class Entity(msgspec.Struct):
    """https://core.telegram.org/bots/api#messageentity: offset and length count UTF-16 units."""

    type: str | None = None
    offset: int = 0
    length: int = 0
    url: str | None = None
    user: User | None = None


class Media(msgspec.Struct):
    """What photo sizes, videos, voices, documents, stickers... have in common."""

    file_id: str | None = None
    file_name: str | None = None
    mime_type: str | None = None
    file_size: int | None = None
    width: int | None = None
    height: int | None = None
    title: str | None = None
    emoji: str | None = None


class Contact(msgspec.Struct):
    """https://core.telegram.org/bots/api#contact: `user_id` is the owner of the number, where Telegram knows."""

    phone_number: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    user_id: Ident | None = None


class Location(msgspec.Struct):
    """https://core.telegram.org/bots/api#location."""

    latitude: float | None = None
    longitude: float | None = None


class Place(msgspec.Struct):
    """https://core.telegram.org/bots/api#venue."""

    location: Location | None = None
    title: str | None = None
    address: str | None = None


class Option(msgspec.Struct):
    """An option of a poll, or a task of a checklist."""

    text: str | None = None


class Poll(msgspec.Struct):
    """https://core.telegram.org/bots/api#poll."""

    id: Ident | None = None
    question: str | None = None
    options: list[Option] = field(default_factory=list)


class Checklist(msgspec.Struct):
    """https://core.telegram.org/bots/api#checklist."""

    title: str | None = None
    tasks: list[Option] = field(default_factory=list)


class Dice(msgspec.Struct):
    """https://core.telegram.org/bots/api#dice."""

    emoji: str | None = None
    value: int | None = None


class Titled(msgspec.Struct):
    """Games, invoices and giveaways, as far as they matter here."""

    title: str | None = None
    description: str | None = None


class Story(msgspec.Struct):
    """https://core.telegram.org/bots/api#story."""

    chat: Chat | None = None
    id: Ident | None = None


class RichMessage(msgspec.Struct):
    """https://core.telegram.org/bots/api#richmessage: blocks nest texts at any depth."""

    blocks: list[object] = field(default_factory=list)


class WebAppData(msgspec.Struct):
    """https://core.telegram.org/bots/api#webappdata."""

    data: str | None = None
    button_text: str | None = None


class Payment(msgspec.Struct):
    """https://core.telegram.org/bots/api#successfulpayment: `total_amount` in the smallest unit of the currency."""

    currency: str | None = None
    total_amount: int | None = None
    invoice_payload: str | None = None
    telegram_payment_charge_id: str | None = None


class Quote(msgspec.Struct):
    """https://core.telegram.org/bots/api#textquote."""

    text: str | None = None


class Origin(msgspec.Struct):
    """https://core.telegram.org/bots/api#messageorigin."""

    type: str | None = None
    sender_user: User | None = None
    sender_user_name: str | None = None
    sender_chat: Chat | None = None
    chat: Chat | None = None
    message_id: Ident | None = None


class ExternalReply(msgspec.Struct):
    """https://core.telegram.org/bots/api#externalreplyinfo."""

    origin: Origin | None = None
    chat: Chat | None = None
    message_id: Ident | None = None


class Topic(msgspec.Struct):
    """https://core.telegram.org/bots/api#directmessagestopic."""

    topic_id: Ident | None = None
    user: User | None = None


class PaidMedia(msgspec.Struct):
    """One item of https://core.telegram.org/bots/api#paidmedia."""

    type: str | None = None
    photo: list[Media] = field(default_factory=list)
    video: Media | None = None


class PaidMediaInfo(msgspec.Struct):
    """https://core.telegram.org/bots/api#paidmediainfo."""

    paid_media: list[PaidMedia] = field(default_factory=list)


class Message(msgspec.Struct):
    """https://core.telegram.org/bots/api#message."""

    message_id: Ident | None = None
    date: Seconds | None = None
    edit_date: Seconds | None = None
    chat: Chat | None = None
    from_: User | None = field(default=None, name="from")
    sender_chat: Chat | None = None
    sender_business_bot: User | None = None
    business_connection_id: str | None = None
    message_thread_id: Ident | None = None
    is_topic_message: bool = False
    is_automatic_forward: bool = False
    direct_messages_topic: Topic | None = None
    author_signature: str | None = None
    media_group_id: str | None = None
    via_bot: User | None = None
    forward_origin: Origin | None = None
    forward_from: User | None = None
    forward_from_chat: Chat | None = None
    forward_sender_name: str | None = None
    reply_to_message: "Message | None" = None
    external_reply: ExternalReply | None = None
    reply_to_story: Story | None = None
    quote: Quote | None = None
    text: str | None = None
    entities: list[Entity] = field(default_factory=list)
    caption: str | None = None
    caption_entities: list[Entity] = field(default_factory=list)
    rich_message: RichMessage | None = None
    photo: list[Media] = field(default_factory=list)
    animation: Media | None = None
    audio: Media | None = None
    document: Media | None = None
    live_photo: Media | None = None
    sticker: Media | None = None
    video: Media | None = None
    video_note: Media | None = None
    voice: Media | None = None
    paid_media: PaidMediaInfo | None = None
    story: Story | None = None
    contact: Contact | None = None
    location: Location | None = None
    venue: Place | None = None
    poll: Poll | None = None
    checklist: Checklist | None = None
    dice: Dice | None = None
    game: Titled | None = None
    reply_markup: Keyboard | None = None
    invoice: Titled | None = None
    giveaway: Titled | None = None
    web_app_data: WebAppData | None = None
    successful_payment: Payment | None = None
    new_chat_members: list[User] = field(default_factory=list)
    new_chat_member: User | None = None
    new_chat_participant: User | None = None
    left_chat_member: User | None = None
    left_chat_participant: User | None = None
    forum_topic_created: Titled | None = None


class CallbackQuery(msgspec.Struct):
    """https://core.telegram.org/bots/api#callbackquery."""

    id: Ident | None = None
    from_: User | None = field(default=None, name="from")
    message: Message | None = None
    inline_message_id: str | None = None
    data: str | None = None
    game_short_name: str | None = None


class ChosenInlineResult(msgspec.Struct):
    """https://core.telegram.org/bots/api#choseninlineresult."""

    result_id: str | None = None
    from_: User | None = field(default=None, name="from")
    query: str | None = None
    inline_message_id: str | None = None


class ReactionType(msgspec.Struct):
    """https://core.telegram.org/bots/api#reactiontype."""

    type: str | None = None
    emoji: str | None = None
    custom_emoji_id: str | None = None


class Reaction(msgspec.Struct):
    """https://core.telegram.org/bots/api#messagereactionupdated."""

    chat: Chat | None = None
    message_id: Ident | None = None
    user: User | None = None
    actor_chat: Chat | None = None
    date: Seconds | None = None
    old_reaction: list[ReactionType] = field(default_factory=list)
    new_reaction: list[ReactionType] = field(default_factory=list)


class Member(msgspec.Struct):
    """https://core.telegram.org/bots/api#chatmember."""

    status: str | None = None
    user: User | None = None
    is_member: bool | None = None


class MemberUpdate(msgspec.Struct):
    """https://core.telegram.org/bots/api#chatmemberupdated."""

    chat: Chat | None = None
    from_: User | None = field(default=None, name="from")
    date: Seconds | None = None
    old_chat_member: Member | None = None
    new_chat_member: Member | None = None


class PollAnswer(msgspec.Struct):
    """https://core.telegram.org/bots/api#pollanswer."""

    poll_id: Ident | None = None
    user: User | None = None
    voter_chat: Chat | None = None
    option_ids: list[Ident] = field(default_factory=list)


class BoostSource(msgspec.Struct):
    """https://core.telegram.org/bots/api#chatboostsource."""

    user: User | None = None


class Boost(msgspec.Struct):
    """https://core.telegram.org/bots/api#chatboost."""

    boost_id: str | None = None
    add_date: Seconds | None = None
    source: BoostSource | None = None


class BoostUpdate(msgspec.Struct):
    """https://core.telegram.org/bots/api#chatboostupdated and #chatboostremoved."""

    chat: Chat | None = None
    boost: Boost | None = None
    boost_id: str | None = None
    remove_date: Seconds | None = None
    source: BoostSource | None = None


class PaidMediaPurchase(msgspec.Struct):
    """https://core.telegram.org/bots/api#paidmediapurchased."""

    from_: User | None = field(default=None, name="from")
    paid_media_payload: str | None = None


class DeletedBusinessMessages(msgspec.Struct):
    """https://core.telegram.org/bots/api#businessmessagesdeleted."""

    business_connection_id: str | None = None
    chat: Chat | None = None
    message_ids: list[Ident] = field(default_factory=list)


class Update(msgspec.Struct):
    """https://core.telegram.org/bots/api#update: at most one of the others is there."""

    update_id: Ident | None = None
    message: Message | None = None
    edited_message: Message | None = None
    channel_post: Message | None = None
    edited_channel_post: Message | None = None
    business_message: Message | None = None
    edited_business_message: Message | None = None
    guest_message: Message | None = None
    deleted_business_messages: DeletedBusinessMessages | None = None
    message_reaction: Reaction | None = None
    callback_query: CallbackQuery | None = None
    chosen_inline_result: ChosenInlineResult | None = None
    poll_answer: PollAnswer | None = None
    my_chat_member: MemberUpdate | None = None
    chat_member: MemberUpdate | None = None
    chat_boost: BoostUpdate | None = None
    removed_chat_boost: BoostUpdate | None = None
    purchased_paid_media: PaidMediaPurchase | None = None


class FetchedUpdates(msgspec.Struct):
    """https://core.telegram.org/bots/api#getupdates: each update exactly as it was written."""

    result: list[msgspec.Raw] = field(default_factory=list)
