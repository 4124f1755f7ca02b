"""What Facebook can do. Data only; the words for people are in README.md.

Vendor's pages: https://developers.facebook.com/docs/messenger-platform/reference/send-api, .../messenger-platform/policy/policy-overview,
.../docs/graph-api/reference/page/messages, .../docs/messenger-platform/overview/rate-limiting.
"""

from datetime import timedelta

from services.contracts.vocabulary import Kind
from services.engagement.families.meta_choices import CHOICES
from services.engagement.protocol import (
    Declaration,
    Field,
    MediaKind,
    MediaLimit,
    Quality,
    RateLimit,
    ReplyWindow,
    SignIn,
    SigningSecret,
    TextLimit,
)

HUMAN_AGENT = "HUMAN_AGENT"
ALLOWED = (f"the {HUMAN_AGENT} tag, for 7 days", "the person writing again")
MEGABYTE = 1_000_000

DECLARATION = Declaration(
    platform="facebook",
    title="Facebook",
    receives=frozenset(
        {
            Kind.DIRECT,
            Kind.COMMENT,
            Kind.MENTION,
            Kind.POST,
            Kind.REVIEW,
            Kind.REACTION,
            Kind.UNREACTION,
            Kind.FOLLOW,
            Kind.UNFOLLOW,
            Kind.CLICK,
            Kind.PURCHASE,
            Kind.RECEIPT,
            Kind.EDIT,
            Kind.DELETION,
        }
    ),
    text_limits={
        Kind.DIRECT: TextLimit(limit=2000),
        Kind.COMMENT: TextLimit(limit=8000),
        Kind.POST: TextLimit(limit=8000),
        Kind.MENTION: TextLimit(limit=8000),
        Kind.REVIEW: TextLimit(limit=8000),
    },
    media=MediaLimit(
        kinds=frozenset({MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.AUDIO, MediaKind.VOICE, MediaKind.FILE, MediaKind.STICKER}),
        count=10,
        alone=frozenset(MediaKind) - {MediaKind.IMAGE},
        public=1,
        caption=TextLimit(limit=0),
        types={MediaKind.IMAGE: frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})},
        sizes={
            MediaKind.IMAGE: 8 * MEGABYTE,
            MediaKind.VIDEO: 25 * MEGABYTE,
            MediaKind.AUDIO: 25 * MEGABYTE,
            MediaKind.VOICE: 25 * MEGABYTE,
            MediaKind.FILE: 25 * MEGABYTE,
            MediaKind.STICKER: 8 * MEGABYTE,
        },
    ),
    windows=(
        ReplyWindow(
            kind=Kind.DIRECT,
            length=timedelta(hours=24),
            afterwards=ALLOWED,
            setting="human_agent",
            longer=timedelta(days=7),
        ),
    ),
    rate_limits=(RateLimit(per="channel", count=300, seconds=1),),
    private_answers={Kind.COMMENT: timedelta(days=7), Kind.POST: timedelta(days=7)},
    echoes_reference=True,
    credentials=(
        Field(
            name="token", description="The Page's access token (long-lived), with pages_messaging and pages_manage_engagement", secret=True
        ),
        Field(
            name="verify_token",
            description="A word of your own that Meta has to name when it tries the webhook",
            secret=True,
            required=False,
        ),
    ),
    settings=(
        Field(name="page_name", description="The Page's name; found by itself when the channel is checked", required=False),
        Field(name="app_id", description="The Meta app's id: echoes of other apps are then a colleague's words at once", required=False),
        Field(
            name="human_agent",
            description="true: the app may use the Human Agent tag, so a person may be answered for 7 days instead of 24 hours",
            required=False,
            form="flag",
        ),
        Field(
            name="api_base",
            description="Another address of the Graph API (default https://graph.facebook.com)",
            required=False,
            form="address",
        ),
    ),
    sign_in=SignIn(app="meta"),
    signing=SigningSecret(made_by="platform", description="The Meta app's secret (App settings, Basic, App secret)", app_setting="app_id"),
    docs=(
        "https://developers.facebook.com/docs/messenger-platform",
        "https://developers.facebook.com/docs/graph-api/webhooks/reference/page",
    ),
    templates=True,
    choices=CHOICES,
    quality=Quality(
        received="messages, echoes, edits, receipts, reactions, postbacks, opt-ins, referrals; posts, comments, mentions, recommendations",
        sent="text, one attachment or ten pictures; private replies; comments and answers to recommendations; edit, delete, hide, like",
        verified="X-Hub-Signature-256 over the raw body, constant time, current and previous app secret; hub.challenge",
        backfill="conversations, posts with comments, recommendations, posts that name the Page",
        lookup="messages of the conversation and comments under the post, by text and time",
        last_checked="2026-11-23",
    ),
)
