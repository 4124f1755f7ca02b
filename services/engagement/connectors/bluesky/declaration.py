"""What Bluesky can do. Data only; the words for people are in README.md.

Lexicons: app.bsky.feed.post, app.bsky.embed.images, chat.bsky.convo.defs#messageInput; https://docs.bsky.app/docs/advanced-guides/rate-limits.
"""

from services.contracts.vocabulary import Kind
from services.engagement.protocol import (
    Declaration,
    Field,
    MediaKind,
    MediaLimit,
    Quality,
    RateLimit,
    SignIn,
    SigningSecret,
    TextLimit,
    TextUnit,
)

POST_LIMIT_BYTES = 3_000
MESSAGE_LIMIT_BYTES = 10_000
IMAGE_LIMIT_BYTES = 2_000_000
_POST_LIMIT = TextLimit(limit=300, unit=TextUnit.GRAPHEMES)
# A record that is made costs 3 points, of 5,000 an hour and 35,000 a day.
_RECORDS_AN_HOUR = 1_666
_RECORDS_A_DAY = 11_666

DECLARATION = Declaration(
    platform="bluesky",
    title="Bluesky",
    receives=frozenset(
        {
            Kind.DIRECT,
            Kind.COMMENT,
            Kind.MENTION,
            Kind.POST,
            Kind.REACTION,
            Kind.UNREACTION,
            Kind.FOLLOW,
            Kind.UNFOLLOW,
            Kind.EDIT,
            Kind.DELETION,
        }
    ),
    text_limits={
        Kind.COMMENT: _POST_LIMIT,
        Kind.MENTION: _POST_LIMIT,
        Kind.POST: _POST_LIMIT,
        Kind.DIRECT: TextLimit(limit=1_000, unit=TextUnit.GRAPHEMES),
    },
    media=MediaLimit(
        kinds=frozenset({MediaKind.IMAGE}),
        count=4,
        types={MediaKind.IMAGE: frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})},
        sizes={MediaKind.IMAGE: IMAGE_LIMIT_BYTES},
    ),
    rate_limits=(
        RateLimit(per="channel", count=_RECORDS_AN_HOUR, seconds=3_600),
        RateLimit(per="channel", count=_RECORDS_A_DAY, seconds=86_400),
    ),
    begins=frozenset({Kind.DIRECT}),
    credentials=(
        Field(name="app_password", description="An app password that may read direct messages", secret=True, unless="oauth"),
        Field(name="oauth", description="What signing in gives, instead of an app password; nothing to do", secret=True, required=False),
    ),
    settings=(
        Field(name="identifier", description="The account's handle, such as acme.bsky.social, or its e-mail address"),
        Field(
            name="service",
            description="Address of the server that keeps the account (default https://bsky.social)",
            required=False,
            form="address",
        ),
        Field(
            name="jetstream",
            description="Address of a Jetstream, such as wss://jetstream2.us-east.bsky.network: tells what people take back",
            required=False,
        ),
        Field(
            name="watch",
            description="Accounts whose posts are heard over it, by handle or DID, with blanks or commas between (100 at most)",
            required=False,
        ),
        Field(name="account", description="The account's DID; found by itself when the channel is checked", required=False),
        Field(name="handle", description="The account's handle; found by itself when the channel is checked", required=False),
    ),
    sign_in=SignIn(registration=(), asks=("identifier",)),
    signing=SigningSecret(made_by="nobody"),
    docs=("https://docs.bsky.app", "https://atproto.com/specs/xrpc"),
    quality=Quality(
        received="answers, mentions, quotes, likes, reposts, followers, direct messages and reactions, what colleagues post in the app",
        sent="answers and posts with up to four pictures, direct messages; like, delete, hide",
        verified="nothing is delivered: the account's server is polled over TLS",
        backfill="notifications, own posts and direct messages since any day",
        lookup="posts by a record key that we choose, direct messages by their text",
        last_checked="2026-11-23",
    ),
)
