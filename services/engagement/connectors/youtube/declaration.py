"""What YouTube can do. Data only; the words for people are in README.md.

Vendor's pages: https://developers.google.com/youtube/v3/docs/comments/insert, https://developers.google.com/youtube/v3/getting-started#quota,
https://developers.google.com/youtube/v3/guides/push_notifications.
"""

from services.contracts.vocabulary import Kind
from services.engagement.families.google import API_BASE, CREDENTIALS, SIGN_IN
from services.engagement.protocol import Declaration, Field, Quality, SigningSecret, TextLimit

DECLARATION = Declaration(
    platform="youtube",
    title="YouTube",
    receives=frozenset({Kind.COMMENT, Kind.POST, Kind.EDIT, Kind.DELETION, Kind.FOLLOW, Kind.PURCHASE}),
    text_limits={Kind.COMMENT: TextLimit(limit=10_000)},
    echoes_reference=False,
    credentials=CREDENTIALS,
    sign_in=SIGN_IN,
    settings=(
        Field(name="account", description="The channel's id (UC...); found by itself when the channel is checked", required=False),
        Field(name="handle", description="The channel's handle, without @; found by itself when the channel is checked", required=False),
        Field(name="poll_seconds", description="How often to look for comments, 15 or more (default 60)", required=False),
        API_BASE,
    ),
    signing=SigningSecret(made_by="us", description="hub.secret: the hub signs new videos with it"),
    docs=("https://developers.google.com/youtube/v3/docs", "https://developers.google.com/youtube/v3/guides/push_notifications"),
    quality=Quality(
        received="comments, replies, edits, held comments (polled); new and deleted videos (pushed)",
        sent="replies to comments, comments under videos; edit, delete, hide",
        verified="X-Hub-Signature, constant time, current and previous; a wrong one is answered 200 and ignored, as WebSub wants",
        backfill="comment threads since a day, with all their replies",
        lookup="the thread's replies by our channel, by their text",
        last_checked="2026-11-23",
    ),
)
