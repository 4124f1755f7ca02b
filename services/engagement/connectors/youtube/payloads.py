"""The slice of the YouTube Data API's JSON that is read. Every field may be missing or odd: see protocol.lenient.

Vendor's pages: https://developers.google.com/youtube/v3/docs/comments, /commentThreads, /videos, /subscriptions, and
https://developers.google.com/youtube/v3/live/docs/liveChatMessages. `authorChannelId` is an object in comments and text in chats.
"""

import msgspec
from msgspec import field


class Payload(msgspec.Struct, rename="camel"):
    """Base: names as the API writes them."""


class CommentSnippet(Payload):
    """https://developers.google.com/youtube/v3/docs/comments#snippet."""

    author_display_name: str | None = None
    author_profile_image_url: str | None = None
    author_channel_url: str | None = None
    author_channel_id: object = None
    channel_id: str | None = None
    video_id: str | None = None
    parent_id: str | None = None
    text_display: str | None = None
    text_original: str | None = None
    moderation_status: str | None = None
    published_at: str | None = None
    updated_at: str | None = None
    image_url: str | None = None


class TopComment(Payload):
    """The first comment of a thread."""

    id: str | None = None
    snippet: CommentSnippet = field(default_factory=CommentSnippet)


class ThreadSnippet(Payload):
    """https://developers.google.com/youtube/v3/docs/commentThreads#snippet."""

    channel_id: str | None = None
    video_id: str | None = None
    top_level_comment: TopComment | None = None
    is_public: bool | None = None
    total_reply_count: int = 0


class Comment(TopComment):
    """A comment or reply. `in_thread` is ours: what the thread around a reply said (see items.py)."""

    in_thread: ThreadSnippet | None = None


class Replies(Payload):
    """The replies that come along with a thread: not always all of them."""

    comments: list[Comment] = field(default_factory=list)


class Thread(Payload):
    """https://developers.google.com/youtube/v3/docs/commentThreads#resource-representation."""

    id: str | None = None
    snippet: ThreadSnippet = field(default_factory=ThreadSnippet)
    replies: Replies = field(default_factory=Replies)


class ResourceId(Payload):
    """What another resource is named by."""

    kind: str | None = None
    video_id: str | None = None
    channel_id: str | None = None


class Snippet(Payload):
    """What videos, uploads, search results, activities and subscriptions have in common."""

    published_at: str | None = None
    channel_id: str | None = None
    channel_title: str | None = None
    title: str | None = None
    description: str | None = None
    type: str | None = None
    playlist_id: str | None = None
    resource_id: ResourceId | None = None
    video_owner_channel_id: str | None = None
    video_owner_channel_title: str | None = None


class Profile(Payload):
    """A channel as chats, members and subscribers show it: `title` and `displayName` mean the same."""

    channel_id: str | None = None
    channel_url: str | None = None
    title: str | None = None
    display_name: str | None = None
    profile_image_url: str | None = None
    description: str | None = None
    is_chat_owner: bool = False


class Upload(Payload):
    """What an activity says of an upload, and a playlist of its video."""

    video_id: str | None = None


class ContentDetails(Payload):
    """The part of activities and playlist items that names a video."""

    video_id: str | None = None
    video_published_at: str | None = None
    upload: Upload | None = None


class VideoStatus(Payload):
    """https://developers.google.com/youtube/v3/docs/videos#status."""

    privacy_status: str | None = None


class Resource(Payload):
    """A video, upload, search result, activity or subscription. The id of a search result is an object."""

    id: object = None
    snippet: Snippet | None = None
    content_details: ContentDetails | None = None
    status: VideoStatus | None = None
    subscriber_snippet: Profile | None = None


class Money(Payload):
    """What a person paid: amounts in millionths of the currency."""

    amount_micros: int | None = None
    currency: str | None = None
    amount_display_string: str | None = None
    user_comment: str | None = None
    tier: int | None = None


class ChatText(Payload):
    """A text in a live chat."""

    message_text: str | None = None


class Ended(Payload):
    """Which message a moderator deleted, or its writer took back."""

    deleted_message_id: str | None = None
    retracted_message_id: str | None = None


class Membership(Payload):
    """A membership: begun, celebrated, given or received."""

    member_level_name: str | None = None
    user_comment: str | None = None
    gift_memberships_count: int | None = None
    gift_memberships_level_name: str | None = None


class ChatSnippet(Payload):
    """https://developers.google.com/youtube/v3/live/docs/liveChatMessages#snippet."""

    type: str | None = None
    live_chat_id: str | None = None
    author_channel_id: object = None
    published_at: str | None = None
    display_message: str | None = None
    text_message_details: ChatText | None = None
    message_deleted_details: Ended | None = None
    message_retracted_details: Ended | None = None
    super_chat_details: Money | None = None
    super_sticker_details: Money | None = None
    fan_funding_event_details: Money | None = None
    new_sponsor_details: Membership | None = None
    member_milestone_chat_details: Membership | None = None
    membership_gifting_details: Membership | None = None


class ChatMessage(Payload):
    """A message, or another event, of a live chat."""

    id: str | None = None
    snippet: ChatSnippet = field(default_factory=ChatSnippet)
    author_details: Profile = field(default_factory=Profile)


class SuperChatSnippet(Payload):
    """https://developers.google.com/youtube/v3/live/docs/superChatEvents#snippet."""

    channel_id: str | None = None
    supporter_details: Profile = field(default_factory=Profile)
    comment_text: str | None = None
    created_at: str | None = None
    amount_micros: int | None = None
    currency: str | None = None
    display_string: str | None = None


class SuperChat(Payload):
    """A Super Chat or Super Sticker of the last 30 days."""

    id: str | None = None
    snippet: SuperChatSnippet = field(default_factory=SuperChatSnippet)


class MemberLevel(Payload):
    """The level that a member pays for."""

    highest_accessible_level_display_name: str | None = None


class MemberDuration(Payload):
    """Since when somebody has been a member."""

    member_since: str | None = None


class Memberships(Payload):
    """https://developers.google.com/youtube/v3/docs/members#snippet.membershipsDetails."""

    highest_accessible_level_display_name: str | None = None
    memberships_duration: MemberDuration = field(default_factory=MemberDuration)


class MemberSnippet(Payload):
    """https://developers.google.com/youtube/v3/docs/members#snippet."""

    creator_channel_id: str | None = None
    member_details: Profile = field(default_factory=Profile)
    memberships_details: Memberships = field(default_factory=Memberships)


class Member(Payload):
    """A paying member of a channel."""

    snippet: MemberSnippet = field(default_factory=MemberSnippet)
