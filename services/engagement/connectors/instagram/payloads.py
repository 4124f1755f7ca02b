"""The slice of Instagram's webhook JSON that is read. Every field may be missing or odd: see protocol.lenient.

Vendor's pages: https://developers.facebook.com/docs/graph-api/webhooks/reference/instagram and
https://developers.facebook.com/docs/instagram-platform/webhooks/examples.
"""

import msgspec
from msgspec import field

Ident = int | str
Time = int | float | str


class Party(msgspec.Struct):
    """Who sent or got a message: the Instagram-scoped id of a person, or the id of our account."""

    id: Ident | None = None
    username: str | None = None
    name: str | None = None
    self_ig_scoped_id: Ident | None = None


class Point(msgspec.Struct):
    """A place on the map."""

    lat: float | None = None
    long: float | None = None


class Element(msgspec.Struct):
    """One card of a template."""

    title: str | None = None
    subtitle: str | None = None
    image_url: str | None = None


class Elements(msgspec.Struct):
    """The cards of a template."""

    elements: list[Element] = field(default_factory=list)


class AttachmentPayload(msgspec.Struct):
    """What an attachment holds; which fields are there depends on its type."""

    url: str | None = None
    title: str | None = None
    text: str | None = None
    reel_video_id: Ident | None = None
    ig_post_media_id: Ident | None = None
    story_media_url: str | None = None
    story_media_id: Ident | None = None
    sticker_id: Ident | None = None
    coordinates: Point | None = None
    elements: list[Element] = field(default_factory=list)
    generic: Elements | None = None
    product: Elements | None = None


class MessageAttachment(msgspec.Struct):
    """Media, a shared post or reel, a mention in a story, a heart, a template."""

    type: str | None = None
    payload: AttachmentPayload | str | None = None
    title: str | None = None
    url: str | None = None

    @property
    def held(self) -> AttachmentPayload:
        """The payload; a text in its place is its address."""
        return AttachmentPayload(url=self.payload) if isinstance(self.payload, str) else self.payload or AttachmentPayload()


class AttachedAlone(MessageAttachment):
    """What stands in place of a list: the only attachment, or a page of them."""

    data: list[MessageAttachment] = field(default_factory=list)


class Story(msgspec.Struct):
    """A story of ours that a message answers; `link` is what the conversation API calls `url`."""

    id: Ident | None = None
    url: str | None = None
    link: str | None = None


class ReplyTo(msgspec.Struct):
    """What a message answers: another one, or a story."""

    mid: Ident | None = None
    story: Story | None = None


class QuickReply(msgspec.Struct):
    """The button that the text of a message came from."""

    payload: str | None = None


class Product(msgspec.Struct):
    """A product in a shop."""

    id: Ident | None = None


class AdContext(msgspec.Struct):
    """What an advertisement showed."""

    ad_title: str | None = None


class Referral(msgspec.Struct):
    """Whence a person came into the conversation: a link with a code, an advertisement, a shop."""

    ref: str | None = None
    source: str | None = None
    type: str | None = None
    ad_id: Ident | None = None
    ads_context_data: AdContext | None = None
    product: Product | None = None


class Message(msgspec.Struct):
    """A message of either side."""

    mid: Ident | None = None
    text: str | None = None
    is_echo: bool = False
    is_deleted: bool = False
    is_unsupported: bool = False
    is_self: bool = False
    app_id: Ident | None = None
    metadata: str | None = None
    attached: list[MessageAttachment] | AttachedAlone = field(default_factory=list, name="attachments")
    quick_reply: QuickReply | None = None
    reply_to: ReplyTo | None = None
    referral: Referral | None = None
    sticker_id: Ident | None = None

    @property
    def attachments(self) -> list[MessageAttachment]:
        """All of them."""
        if isinstance(self.attached, list):
            return self.attached
        return self.attached.data or ([self.attached] if self.attached.type or self.attached.payload else [])


class MessageEdit(msgspec.Struct):
    """The new text of a message; `num_edit` counts its edits."""

    mid: Ident | None = None
    text: str | None = None
    num_edit: Ident | None = None
    from_: Party | None = field(default=None, name="from")
    sender: Party | None = None
    recipient: Party | None = None
    timestamp: Time | None = None


class Reaction(msgspec.Struct):
    """An emoji put under a message, or taken back. `verb` is the word of the newer notifications for `action`."""

    mid: Ident | None = None
    action: str | None = None
    verb: str | None = None
    reaction: str | None = None
    emoji: str | None = None
    sender: Party | None = None
    from_: Party | None = field(default=None, name="from")
    recipient: Party | None = None
    timestamp: Time | None = None


class Postback(msgspec.Struct):
    """A pressed button: an icebreaker, a menu item, the button of a card."""

    mid: Ident | None = None
    title: str | None = None
    payload: str | None = None
    referral: Referral | None = None


class Read(msgspec.Struct):
    """The last message that the person has seen, or until when they have seen all."""

    mid: Ident | None = None
    watermark: Time | None = None


class Delivered(msgspec.Struct):
    """Messages that arrived."""

    mids: list[Ident] = field(default_factory=list)
    watermark: Time | None = None


class Optin(msgspec.Struct):
    """Consent to further messages, or a button with a code."""

    type: str | None = None
    ref: str | None = None
    title: str | None = None
    payload: str | None = None


class Feedback(msgspec.Struct):
    """What a person thinks of an automatic answer."""

    mid: Ident | None = None
    feedback: str | None = None


class Messaging(msgspec.Struct):
    """One element of `messaging` or `standby`."""

    sender: Party | None = None
    recipient: Party | None = None
    timestamp: Time | None = None
    is_self: bool = False
    message: Message | None = None
    message_edit: MessageEdit | None = None
    reaction: Reaction | None = None
    postback: Postback | None = None
    read: Read | None = None
    delivery: Delivered | None = None
    referral: Referral | None = None
    optin: Optin | None = None
    response_feedback: Feedback | None = None


class CommentMedia(msgspec.Struct):
    """What was commented on; the `ad_` fields where it was shown as an advertisement."""

    id: Ident | None = None
    media_product_type: str | None = None
    ad_id: Ident | None = None
    ad_title: str | None = None
    original_media_id: Ident | None = None
    permalink: str | None = None


class Replies(msgspec.Struct):
    """A page of objects inside another one."""

    data: list[object] = field(default_factory=list)


class Comment(msgspec.Struct):
    """A comment: the value of a notification, or an IG Comment of the API."""

    id: Ident | None = None
    comment_id: Ident | None = None
    text: str | None = None
    from_: Party | None = field(default=None, name="from")
    username: str | None = None
    user: Party | None = None
    parent_id: Ident | None = None
    media: CommentMedia | None = None
    media_id: Ident | None = None
    verb: str | None = None
    timestamp: Time | None = None
    created_time: Time | None = None
    replies: Replies | None = None
