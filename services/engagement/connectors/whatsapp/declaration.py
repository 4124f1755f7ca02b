"""What WhatsApp can do. Data only; the words for people are in README.md.

Vendor's pages: https://developers.facebook.com/documentation/business-messaging/whatsapp, there messages/send-messages,
business-phone-numbers/media (types and sizes), throughput, support/error-codes.
"""

from datetime import timedelta

from services.contracts.vocabulary import Kind
from services.engagement.protocol import (
    REGISTERED,
    ChoiceForm,
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

# What we put before our reply's id, so that nobody else's tracking is taken for it.
REFERENCE = "rapport:"
# Before that of a message which is not the last of its reply.
PART = "rapport-part:"
AFTERWARDS = ("a template that WhatsApp has approved", "the person writing again")

DECLARATION = Declaration(
    platform="whatsapp",
    title="WhatsApp",
    receives=frozenset(
        {
            Kind.DIRECT,
            Kind.EDIT,
            Kind.DELETION,
            Kind.REACTION,
            Kind.UNREACTION,
            Kind.RECEIPT,
            Kind.CLICK,
            Kind.PURCHASE,
            Kind.FOLLOW,
            Kind.UNFOLLOW,
            Kind.NOTE,
        }
    ),
    text_limits={Kind.DIRECT: TextLimit(limit=4096)},
    media=MediaLimit(
        kinds=frozenset({MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.AUDIO, MediaKind.VOICE, MediaKind.FILE, MediaKind.STICKER}),
        count=5,
        caption=TextLimit(limit=1024),
        types={
            MediaKind.IMAGE: frozenset({"image/jpeg", "image/png"}),
            MediaKind.VIDEO: frozenset({"video/mp4", "video/3gpp"}),
            MediaKind.AUDIO: frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"}),
            MediaKind.VOICE: frozenset({"audio/ogg"}),
            MediaKind.STICKER: frozenset({"image/webp"}),
        },
        sizes={
            MediaKind.IMAGE: 5_000_000,
            MediaKind.VIDEO: 16_000_000,
            MediaKind.AUDIO: 16_000_000,
            MediaKind.VOICE: 16_000_000,
            MediaKind.FILE: 100_000_000,
            MediaKind.STICKER: 500_000,
        },
    ),
    windows=(ReplyWindow(kind=Kind.DIRECT, length=timedelta(hours=24), afterwards=AFTERWARDS),),
    rate_limits=(
        RateLimit(per="channel", count=80, seconds=1),
        RateLimit(per="conversation", count=1, seconds=6),
    ),
    begins=frozenset({Kind.DIRECT}),
    credentials=(
        Field(name="token", description="Access token of a system user with whatsapp_business_messaging and _management", secret=True),
        Field(name="verify_token", description="Any text; the same stands in the app's webhook settings", secret=True),
    ),
    settings=(
        Field(name="account", description="The phone number id of our number (not the number itself)"),
        Field(name="business_account", description="The id of the WhatsApp Business Account; needed to subscribe", required=False),
        Field(name="display_phone_number", description="Our number; found by itself when the channel is checked", required=False),
        Field(
            name="mark_read",
            description="true: before an answer, what it answers is marked as read and the typing sign is shown",
            required=False,
            form="flag",
        ),
        Field(
            name="api_base",
            description="Address of the Graph API, or of a provider that speaks it (default https://graph.facebook.com)",
            required=False,
            form="address",
        ),
    ),
    signing=SigningSecret(made_by="platform", description="The app secret, from the app's basic settings"),
    sign_in=SignIn(
        app="meta",
        registration=(
            *REGISTERED,
            Field(
                name="whatsapp_config_id",
                description="The id of the Facebook Login for Business configuration for WhatsApp (embedded signup)",
                required=False,
            ),
        ),
    ),
    docs=("https://developers.facebook.com/documentation/business-messaging/whatsapp",),
    templates=True,
    choices=(
        ChoiceForm(name="buttons", count=3, title=20, id_bytes=256, text=1024),
        ChoiceForm(name="a list", count=10, title=24, id_bytes=200, description=72, label=20, text=1024),
        ChoiceForm(name="a button that opens an address", count=1, title=20, addresses="all", text=1024),
    ),
    quality=Quality(
        received="messages of every type, statuses, edits and deletions, groups, echoes and history of the WhatsApp Business app",
        sent="text, a template with its places and buttons, images, videos, audio, files, stickers; a thumbs-up; read marks",
        verified="X-Hub-Signature-256, constant time, current and previous app secret; hub.challenge",
        backfill="none: the API tells no history; the app's history arrives once, when its number is connected",
        lookup="none: a reply in doubt is settled by its first status, which carries our reference",
        last_checked="2026-11-23",
    ),
)
