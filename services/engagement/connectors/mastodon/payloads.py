"""The slice of Mastodon's entities that is read. Every field may be missing or odd: see protocol.lenient.

Vendor's pages: https://docs.joinmastodon.org/entities/Status/, /Account/, /Notification/, /Conversation/, /MediaAttachment/, /Poll/.
"""

import msgspec
from msgspec import field

Ident = int | str


class ProfileField(msgspec.Struct):
    """https://docs.joinmastodon.org/entities/Account/#Field: HTML; verified once the site links back."""

    name: str | None = None
    value: str | None = None
    verified_at: str | None = None


class Account(msgspec.Struct):
    """https://docs.joinmastodon.org/entities/Account/: `acct` is without a host for accounts of the server that was asked."""

    id: Ident | None = None
    username: str | None = None
    acct: str | None = None
    fqn: str | None = None
    display_name: str | None = None
    url: str | None = None
    avatar: str | None = None
    note: str | None = None
    bot: bool | None = None
    followers_count: int | None = None
    fields: list[ProfileField] = field(default_factory=list)


class Media(msgspec.Struct):
    """https://docs.joinmastodon.org/entities/MediaAttachment/: image, gifv, video, audio or unknown."""

    id: Ident | None = None
    type: str | None = None
    url: str | None = None
    remote_url: str | None = None
    preview_url: str | None = None
    description: str | None = None


class PollOption(msgspec.Struct):
    """One answer to choose."""

    title: str | None = None


class Poll(msgspec.Struct):
    """https://docs.joinmastodon.org/entities/Poll/."""

    id: Ident | None = None
    options: list[PollOption] = field(default_factory=list)


class Application(msgspec.Struct):
    """The program that it was written with; servers show it where the writer allows."""

    name: str | None = None


class PleromaStatus(msgspec.Struct):
    """What Pleroma and Akkoma put beside a status."""

    in_reply_to_account_acct: str | None = None


class Quote(msgspec.Struct):
    """https://docs.joinmastodon.org/entities/Quote/: with the quoted status, or (shallow) its id; `id`: it is the status itself."""

    state: str | None = None
    quoted_status_id: Ident | None = None
    quoted_status: dict[str, object] | None = None
    id: Ident | None = None


class Status(msgspec.Struct):
    """https://docs.joinmastodon.org/entities/Status/: `text` is the source, there only in the answer to a deletion."""

    id: Ident | None = None
    created_at: str | None = None
    edited_at: str | None = None
    in_reply_to_id: Ident | None = None
    in_reply_to_account_id: Ident | None = None
    spoiler_text: str | None = None
    visibility: str | None = None
    language: str | None = None
    uri: str | None = None
    url: str | None = None
    content: str | None = None
    text: str | None = None
    application: Application | None = None
    account: Account | None = None
    media_attachments: list[Media] = field(default_factory=list)
    mentions: list[Account] = field(default_factory=list)
    poll: Poll | None = None
    quote: Quote | None = None
    quote_id: Ident | None = None
    pinned: bool | None = None
    pleroma: PleromaStatus | None = None
    reblog: dict[str, object] | None = None


class ChatMessage(msgspec.Struct):
    """Pleroma's chats: https://docs.pleroma.social/backend/development/API/chats/."""

    id: Ident | None = None
    chat_id: Ident | None = None
    content: str | None = None
    created_at: str | None = None
    account_id: Ident | None = None
    attachment: Media | None = None


class Chat(msgspec.Struct):
    """Pleroma's, with the account at its other side."""

    id: Ident | None = None
    account: Account | None = None
    last_message: ChatMessage | None = None


class Notification(msgspec.Struct):
    """https://docs.joinmastodon.org/entities/Notification/. `emoji` and `chat_message` are Pleroma's, `emoji_reaction` Fedibird's."""

    id: Ident | None = None
    type: str | None = None
    created_at: str | None = None
    account: Account | None = None
    status: Status | None = None
    emoji: object = None
    emoji_reaction: dict[str, object] | None = None
    chat_message: ChatMessage | None = None


class Group(msgspec.Struct):
    """https://docs.joinmastodon.org/methods/grouped_notifications/#NotificationGroup."""

    group_key: str | None = None
    notifications_count: int | None = None
    type: str | None = None
    most_recent_notification_id: Ident | None = None
    latest_page_notification_at: str | None = None
    sample_account_ids: list[str] = field(default_factory=list)
    status_id: Ident | None = None


class Grouped(msgspec.Struct):
    """https://docs.joinmastodon.org/methods/grouped_notifications/#get-grouped: groups point into the two other lists."""

    accounts: list[Account] = field(default_factory=list)
    partial_accounts: list[Account] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    notification_groups: list[Group] = field(default_factory=list)


class Conversation(msgspec.Struct):
    """https://docs.joinmastodon.org/entities/Conversation/: `accounts` are the others in it, never the one who asks."""

    id: Ident | None = None
    accounts: list[Account] = field(default_factory=list)
    last_status: Status | None = None


class Ancestor(msgspec.Struct):
    """A status further up in a thread, as our listener keeps it beside an answer."""

    id: Ident | None = None
    account: Account | None = None


class Wrapped(msgspec.Struct):
    """What our listener stores for an answer: the bare entity, and the statuses above it, the topmost first."""

    rapport_thread: list[Ancestor] = field(default_factory=list)


class StreamEvent(msgspec.Struct):
    """https://docs.joinmastodon.org/methods/streaming/#events: `payload` is mostly JSON as text."""

    event: str | None = None
    payload: object = None


class Push(msgspec.Struct):
    """https://docs.joinmastodon.org/methods/push/: the decrypted message. It also holds an access token, which is never read."""

    notification_id: Ident | None = None
    notification_type: str | None = None
    title: str | None = None
    body: str | None = None
    preferred_locale: str | None = None
