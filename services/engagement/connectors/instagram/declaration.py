"""What Instagram can do. Data only; the words for people are in README.md.

Vendor's pages: https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/messaging-api,
.../instagram-platform/private-replies, .../instagram-platform/instagram-graph-api/reference/ig-comment/replies.
"""

from datetime import timedelta

from services.contracts.vocabulary import Kind
from services.engagement.families.meta_choices import CHOICES
from services.engagement.protocol import (
    REGISTERED,
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
    TextUnit,
)

FREE_WINDOW = timedelta(hours=24)
HUMAN_WINDOW = timedelta(days=7)
COMMENT_LIMIT_CHARS = 300
HUMAN_AGENT = "HUMAN_AGENT"
ALLOWED = (f"the {HUMAN_AGENT} tag, for 7 days", "the person writing again")
_MEGABYTE = 1024 * 1024

# The app has one webhook for all its accounts, and so one such word.
VERIFY_TOKEN = Field(
    name="verify_token",
    description="The word that Meta has to name when it tries the webhook; any text of yours",
    secret=True,
    required=False,
)

DECLARATION = Declaration(
    platform="instagram",
    title="Instagram",
    receives=frozenset(
        {
            Kind.DIRECT,
            Kind.COMMENT,
            Kind.MENTION,
            Kind.POST,
            Kind.REACTION,
            Kind.UNREACTION,
            Kind.CLICK,
            Kind.EDIT,
            Kind.DELETION,
            Kind.RECEIPT,
        }
    ),
    text_limits={
        Kind.DIRECT: TextLimit(limit=1000, unit=TextUnit.BYTES),
        Kind.COMMENT: TextLimit(limit=COMMENT_LIMIT_CHARS),
        Kind.MENTION: TextLimit(limit=COMMENT_LIMIT_CHARS),
    },
    media=MediaLimit(
        kinds=frozenset({MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.AUDIO, MediaKind.VOICE, MediaKind.FILE, MediaKind.STICKER}),
        count=10,
        alone=frozenset(MediaKind) - {MediaKind.IMAGE},
        public=1,
        # A message is a text or an attachment, never both.
        caption=TextLimit(limit=0),
        types={
            MediaKind.IMAGE: frozenset({"image/jpeg", "image/png", "image/gif"}),
            MediaKind.VIDEO: frozenset({"video/mp4", "video/ogg", "video/x-msvideo", "video/quicktime", "video/webm"}),
            MediaKind.AUDIO: frozenset({"audio/aac", "audio/mp4", "audio/x-m4a", "audio/wav", "audio/x-wav", "audio/mpeg"}),
            MediaKind.VOICE: frozenset({"audio/aac", "audio/mp4", "audio/x-m4a", "audio/wav", "audio/x-wav", "audio/mpeg"}),
            MediaKind.FILE: frozenset({"application/pdf"}),
            MediaKind.STICKER: frozenset(),
        },
        sizes={
            MediaKind.IMAGE: 8 * _MEGABYTE,
            MediaKind.VIDEO: 25 * _MEGABYTE,
            MediaKind.AUDIO: 25 * _MEGABYTE,
            MediaKind.VOICE: 25 * _MEGABYTE,
            MediaKind.FILE: 25 * _MEGABYTE,
        },
    ),
    windows=(ReplyWindow(kind=Kind.DIRECT, length=FREE_WINDOW, afterwards=ALLOWED, setting="human_agent", longer=HUMAN_WINDOW),),
    rate_limits=(RateLimit(per="channel", count=300, seconds=1),),
    private_answers={Kind.COMMENT: timedelta(days=7)},
    echoes_reference=False,
    credentials=(
        Field(name="token", description="The account's access token (Instagram login), or the page's (Facebook login)", secret=True),
        VERIFY_TOKEN,
    ),
    settings=(
        Field(name="login", description='"instagram" (default) or "facebook": by which login the token was made', required=False),
        Field(name="username", description="The account's @name; found by itself when the channel is checked", required=False),
        Field(name="page_id", description="The Facebook page behind the account (Facebook login); found by itself", required=False),
        Field(name="app_id", description="The Meta app's id; by Facebook login the webhook is then registered by a call", required=False),
        Field(
            name="human_agent",
            description="true: the app may use the Human Agent tag, so a person may be answered for 7 days instead of 24 hours",
            required=False,
            form="flag",
        ),
        Field(
            name="api_base",
            description="Address of the Graph API (default https://graph.instagram.com, or https://graph.facebook.com)",
            required=False,
            form="address",
        ),
    ),
    sign_in=SignIn(registration=(*REGISTERED, VERIFY_TOKEN)),
    signing=SigningSecret(made_by="platform", description="The app's secret: Meta signs every delivery with it", app_setting="app_id"),
    docs=("https://developers.facebook.com/docs/instagram-platform",),
    templates=True,
    choices=CHOICES,
    quality=Quality(
        received="messages, story replies and mentions, reactions, edits, unsends, reads, buttons; comments (live too), mentions",
        sent="messages, one attachment or ten pictures, private replies, comments, answers to mentions; hide, delete, like",
        verified="X-Hub-Signature-256, constant time, current and previous",
        backfill="messages (20 of a conversation), comments under the 50 latest posts; posts in which we are tagged (Facebook login)",
        lookup="messages and comments by text and time; what is not found stays in doubt",
        last_checked="2026-11-23",
    ),
)
