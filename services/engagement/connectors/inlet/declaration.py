"""What the generic inlet can do: whatever the partner behind it can. Data only; the words for people are in README.md."""

from services.contracts.vocabulary import Kind
from services.engagement.protocol import Declaration, Field, MediaKind, MediaLimit, Quality, SigningSecret, TextLimit

TEXT_LIMIT = TextLimit(limit=20_000)

DECLARATION = Declaration(
    platform="inlet",
    title="Generic inlet",
    receives=frozenset(set(Kind) - {Kind.STAGE, Kind.ASSIGNMENT, Kind.RECORD}),
    text_limits=dict.fromkeys((Kind.DIRECT, Kind.COMMENT, Kind.MENTION, Kind.REVIEW), TEXT_LIMIT),
    media=MediaLimit(kinds=frozenset(MediaKind), count=10),
    echoes_reference=True,
    begins=frozenset({Kind.DIRECT}),
    credentials=(),
    settings=(
        Field(
            name="reply_url", description="Where replies are POSTed; without it the channel only receives", required=False, form="address"
        ),
        Field(
            name="events_url",
            description="Where GET shows events since a time; without it nothing is back-filled",
            required=False,
            form="address",
        ),
        Field(name="lookup", description='"true" if GET reply_url/{reply id} says whether a reply arrived', required=False, form="flag"),
    ),
    signing=SigningSecret(made_by="us", description="whsec_..., shared with the partner; signs both directions"),
    docs=("https://www.standardwebhooks.com",),
    quality=Quality(
        received="every kind but stage and assignment, one event or up to 1,000 at once",
        sent="direct, comment, mention, review, with up to ten attachments by address",
        verified="Standard Webhooks v1, 300 seconds, current and previous secret",
        backfill="GET events_url, hourly and on demand, where the channel names one",
        lookup="GET reply_url/{reply id}, where the channel says so",
        last_checked="2026-11-22",
    ),
)
