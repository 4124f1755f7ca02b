"""What Mastodon can do. Data only; the words for people are in README.md.

Vendor's pages: https://docs.joinmastodon.org/methods/statuses/#create, /methods/media/#v2, /api/rate-limits/, /user/posting/.
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

TEXT_LIMIT = TextLimit(limit=500, unit=TextUnit.SHORTENED, setting="max_characters")

DECLARATION = Declaration(
    platform="mastodon",
    title="Mastodon",
    receives=frozenset(
        {Kind.DIRECT, Kind.COMMENT, Kind.MENTION, Kind.POST, Kind.REACTION, Kind.FOLLOW, Kind.EDIT, Kind.DELETION},
    ),
    text_limits={Kind.DIRECT: TEXT_LIMIT, Kind.COMMENT: TEXT_LIMIT, Kind.MENTION: TEXT_LIMIT},
    media=MediaLimit(
        kinds=frozenset({MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.AUDIO, MediaKind.VOICE}),
        count=4,
        types={
            MediaKind.IMAGE: frozenset({"image/jpeg", "image/png", "image/gif", "image/webp", "image/heic", "image/heif", "image/avif"})
        },
        sizes={MediaKind.IMAGE: 16_777_216, MediaKind.VIDEO: 103_809_024, MediaKind.AUDIO: 103_809_024, MediaKind.VOICE: 103_809_024},
    ),
    rate_limits=(RateLimit(per="channel", count=300, seconds=10_800),),
    begins=frozenset({Kind.DIRECT}),
    credentials=(
        Field(
            name="access_token",
            description="On your server: Preferences, Development, your application, Your access token; or by signing in",
            secret=True,
        ),
    ),
    settings=(
        Field(name="instance", description="The address of your server, such as https://social.example", form="address"),
        Field(name="max_characters", description="How long a post may be there; found when the channel is checked", required=False),
        Field(name="vapid_key", description="The key that the server signs pushes with; found when the channel is checked", required=False),
        Field(name="acct", description="Our @name there; found by itself when the channel is checked", required=False),
        Field(
            name="client_name",
            description="The application's name under Development, where it is not Rapport: tells our posts from colleagues'",
            required=False,
        ),
    ),
    sign_in=SignIn(registration=(), asks=("instance",)),
    signing=SigningSecret(made_by="us", description="Opens web pushes; nothing to do: the server is told"),
    docs=("https://docs.joinmastodon.org/methods/",),
    quality=Quality(
        received="every notification type of Mastodon 4.7, posts, direct posts, edits, deletions",
        sent="direct posts, answers to comments and mentions with the visibility of what they answer, up to four files; edit, delete, like",
        verified="the server is streamed from and asked over TLS; web pushes by opening them and by the server's key",
        backfill="notifications and own posts since any time",
        lookup="among our own posts",
        last_checked="2026-11-23",
    ),
)
