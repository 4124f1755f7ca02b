"""What Telegram can do. Data only; the words for people are in README.md.

Vendor's pages: https://core.telegram.org/bots/api#sendmessage, #sendphoto, #sendaudio, #sendvoice, #sendvideo, #sendsticker,
#sendmediagroup, #sending-files, https://core.telegram.org/bots/faq#broadcasting-to-users, https://core.telegram.org/stickers (their size).
"""

from services.contracts.vocabulary import Kind
from services.engagement.connectors.telegram.files import UPLOAD_LIMIT_BYTES
from services.engagement.connectors.telegram.keyboards import CHOICE_BYTES
from services.engagement.protocol import ChoiceForm, Declaration, Field, MediaKind, MediaLimit, Quality, RateLimit, SigningSecret, TextLimit

DECLARATION = Declaration(
    platform="telegram",
    title="Telegram",
    receives=frozenset(
        {
            Kind.DIRECT,
            Kind.COMMENT,
            Kind.MENTION,
            Kind.POST,
            Kind.EDIT,
            Kind.DELETION,
            Kind.REACTION,
            Kind.UNREACTION,
            Kind.FOLLOW,
            Kind.UNFOLLOW,
            Kind.CLICK,
            Kind.PURCHASE,
        }
    ),
    text_limits={Kind.DIRECT: TextLimit(limit=4096), Kind.COMMENT: TextLimit(limit=4096)},
    media=MediaLimit(
        kinds=frozenset({MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.AUDIO, MediaKind.VOICE, MediaKind.FILE, MediaKind.STICKER}),
        count=10,
        alone=frozenset({MediaKind.VOICE, MediaKind.STICKER}),
        caption=TextLimit(limit=1024),
        types={
            MediaKind.IMAGE: frozenset({"image/jpeg", "image/png", "image/webp"}),
            MediaKind.VIDEO: frozenset({"video/mp4"}),
            MediaKind.AUDIO: frozenset({"audio/mpeg"}),
            MediaKind.VOICE: frozenset({"audio/ogg", "audio/mpeg"}),
            MediaKind.STICKER: frozenset({"image/webp"}),
        },
        sizes={MediaKind.IMAGE: 10_000_000, MediaKind.STICKER: 512_000},
        total_bytes=UPLOAD_LIMIT_BYTES,
    ),
    rate_limits=(
        RateLimit(per="channel", count=30, seconds=1),
        RateLimit(per="conversation", count=1, seconds=1),
    ),
    echoes_reference=False,
    numbers_events=True,
    credentials=(Field(name="token", description="The bot's token, from @BotFather", secret=True),),
    settings=(
        Field(
            name="api_base",
            description="Address of a Bot API server of your own (default https://api.telegram.org)",
            required=False,
            form="address",
        ),
        Field(name="username", description="The bot's @name; found by itself when the channel is checked", required=False),
    ),
    signing=SigningSecret(made_by="us", description="The secret token that setWebhook hands to Telegram"),
    docs=("https://core.telegram.org/bots/api",),
    choices=(ChoiceForm(name="buttons", count=100, title=64, id_bytes=CHOICE_BYTES, addresses="each"),),
    quality=Quality(
        received="every update kind of Bot API 10.1",
        sent="text; photos, videos, audios and files, up to ten as an album; a voice message or sticker; edit, delete, like",
        verified="secret token, constant time, current and previous",
        backfill="none: Telegram keeps undelivered updates for a day and tells no history; a missing update_id is noticed",
        lookup="none: a reply in doubt goes to a person",
        last_checked="2026-11-22",
    ),
)
