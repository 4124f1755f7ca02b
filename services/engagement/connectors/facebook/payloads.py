"""The slice of Facebook's payloads that is read: Messenger items, changes of a Page, objects of the Graph API. Called by their readers.

Every field may be missing, null, or of another type than the pages say. Vendor's pages:
https://developers.facebook.com/docs/messenger-platform/reference/webhook-events, .../docs/graph-api/webhooks/reference/page,
.../docs/graph-api/reference/comment, /post, /message and /page/ratings.
"""

from typing import TypeVar

import msgspec

from services.engagement.protocol import salvage

_Read = TypeVar("_Read", bound=msgspec.Struct)


def typed(raw: dict[str, object], *, into: type[_Read]) -> _Read:
    """A payload at once where it is well-formed, else field by field."""
    try:
        return msgspec.convert(raw, into, strict=False)
    except (msgspec.ValidationError, RecursionError):
        return salvage(raw, into=into)


class Person(msgspec.Struct):
    """Whoever is named: in Messenger by an id of this Page's, or (before they wrote) by the `user_ref` of a plugin."""

    id: str | None = None
    name: str | None = None
    user_ref: str | None = None
    email: str | None = None


class AdContext(msgspec.Struct):
    """What an ad showed that led here."""

    ad_title: str | None = None
    post_id: str | None = None
    product_id: str | None = None


class Product(msgspec.Struct):
    """What of a shop a person asks about."""

    id: str | None = None


class Referral(msgspec.Struct):
    """Where somebody came from: a link, an ad, a plugin, a shop."""

    ref: str | None = None
    source: str | None = None
    type: str | None = None
    ad_id: str | None = None
    referer_uri: str | None = None
    ads_context_data: AdContext | None = None
    product: Product | None = None


class QuickReply(msgspec.Struct):
    """The button under a message that was pressed instead of writing."""

    payload: str | None = None


class ReplyTo(msgspec.Struct):
    """The message that is answered."""

    mid: str | None = None


class Message(msgspec.Struct):
    """A message of Messenger, or its echo."""

    mid: str | None = None
    text: str | None = None
    is_echo: bool | None = None
    is_deleted: bool | None = None
    is_unsupported: bool | None = None
    app_id: str | None = None
    metadata: str | None = None
    sticker_id: str | None = None
    quick_reply: QuickReply | None = None
    reply_to: ReplyTo | None = None
    referral: Referral | None = None
    attachments: object = None


class Delivered(msgspec.Struct):
    """What arrived at the person: some messages by id, and all before the watermark."""

    mids: list[str] = []
    watermark: object = None


class Read(msgspec.Struct):
    """Until when the person has read."""

    watermark: object = None
    mid: str | None = None


class Reaction(msgspec.Struct):
    """An emoji on a message, given or taken back."""

    mid: str | None = None
    action: str | None = None
    emoji: str | None = None
    reaction: str | None = None


class Postback(msgspec.Struct):
    """A button, an entry of the menu, or Get Started was pressed."""

    mid: str | None = None
    title: str | None = None
    payload: str | None = None
    referral: Referral | None = None


class Optin(msgspec.Struct):
    """Somebody agreed to be written to."""

    ref: str | None = None
    user_ref: str | None = None
    type: str | None = None
    payload: str | None = None
    title: str | None = None
    notification_messages_status: str | None = None
    notification_messages_frequency: str | None = None


class MessageEdit(msgspec.Struct):
    """A message's new text."""

    mid: str | None = None
    text: str | None = None
    num_edit: str | None = None


class Amount(msgspec.Struct):
    """Money."""

    currency: str | None = None
    amount: str | None = None


class Requested(msgspec.Struct):
    """What a buyer told of themselves."""

    contact_name: str | None = None
    contact_email: str | None = None
    contact_phone: str | None = None


class Payment(msgspec.Struct):
    """Something was bought in Messenger."""

    payload: str | None = None
    requested_user_info: Requested | None = None
    amount: Amount | None = None


class ResponseFeedback(msgspec.Struct):
    """A thumb up or down for a message of ours."""

    feedback: str | None = None
    mid: str | None = None


class Prior(msgspec.Struct):
    """By what a person was known before they wrote."""

    source: str | None = None
    identifier: str | None = None


class MessagingItem(msgspec.Struct):
    """One thing that happened in Messenger; exactly one of the later fields says what."""

    sender: Person | None = None
    recipient: Person | None = None
    timestamp: object = None
    message: Message | None = None
    delivery: Delivered | None = None
    read: Read | None = None
    reaction: Reaction | None = None
    postback: Postback | None = None
    referral: Referral | None = None
    optin: Optin | None = None
    message_edit: MessageEdit | None = None
    payment: Payment | None = None
    response_feedback: ResponseFeedback | None = None
    messaging_feedback: object = None
    prior_message: Prior | None = None


class PostFacts(msgspec.Struct):
    """What a change says of the post it is under."""

    id: str | None = None
    permalink_url: str | None = None
    status_type: str | None = None


class Change(msgspec.Struct):
    """The value of a change of `feed`, `mention`, `ratings` or `group_feed`. Names of people are in one of five forms."""

    item: str | None = None
    verb: str | None = None
    from_: Person | None = msgspec.field(default=None, name="from")
    sender: Person | None = None
    sender_id: str | None = None
    sender_name: str | None = None
    reviewer_id: str | None = None
    reviewer_name: str | None = None
    user_id: str | None = None
    post_id: str | None = None
    comment_id: str | None = None
    parent_id: str | None = None
    share_id: str | None = None
    album_id: str | None = None
    photo_id: str | None = None
    video_id: str | None = None
    open_graph_story_id: str | None = None
    created_time: object = None
    message: str | None = None
    story: str | None = None
    reaction_type: str | None = None
    rating: float | None = None
    recommendation_type: str | None = None
    review_text: str | None = None
    link: str | None = None
    photo: str | None = None
    photos: list[str] = []
    video: str | None = None
    published: int | None = None
    group_id: str | None = None
    post: PostFacts | None = None
    permalink_url: str | None = None


class Tag(msgspec.Struct):
    """Somebody named in a text."""

    id: str | None = None
    name: str | None = None
    type: str | None = None


class GraphObject(msgspec.Struct):
    """A comment, post, message, recommendation or conversation as the Graph API tells it."""

    id: str | None = None
    message: str | None = None
    story: str | None = None
    description: str | None = None
    name: str | None = None
    created_time: object = None
    updated_time: object = None
    tagged_time: object = None
    from_: Person | None = msgspec.field(default=None, name="from")
    to: object = None
    parent: Person | None = None
    object_: Person | None = msgspec.field(default=None, name="object")
    permalink_url: str | None = None
    link: str | None = None
    full_picture: str | None = None
    picture: str | None = None
    source: str | None = None
    embed_html: str | None = None
    images: object = None
    sticker: str | None = None
    attachment: object = None
    attachments: object = None
    shares: object = None
    tags: object = None
    message_tags: object = None
    comments: object = None
    messages: object = None
    participants: object = None
    is_hidden: bool | None = None
    reviewer: Person | None = None
    rating: float | None = None
    recommendation_type: str | None = None
    review_text: str | None = None
    open_graph_story: Person | None = None
