"""What web chat can do, and what its channel is told. Data only; the words for people are in README.md."""

from services.contracts.vocabulary import Kind
from services.engagement.protocol import Declaration, Field, MediaKind, MediaLimit, Quality, SigningSecret, TextLimit

TEXT_LIMIT_CHARS = 4_000

DECLARATION = Declaration(
    platform="webchat",
    title="Web chat",
    receives=frozenset({Kind.DIRECT, Kind.RECEIPT, Kind.EDIT, Kind.DELETION}),
    text_limits={Kind.DIRECT: TextLimit(limit=TEXT_LIMIT_CHARS)},
    media=MediaLimit(kinds=frozenset({MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.AUDIO, MediaKind.FILE, MediaKind.LINK}), count=10),
    echoes_reference=True,
    credentials=(),
    settings=(
        Field(name="origins", description="The sites that may show the widget, such as https://shop.example; separated by spaces"),
        Field(name="title", description="What the panel is called", required=False),
        Field(name="greeting", description="The first line, before anything was said", required=False),
        Field(name="demo", description='"true" serves a page to try the widget, for development only', required=False, form="flag"),
    ),
    signing=SigningSecret(made_by="us", description="wcs_..., kept by your site's server: it proves who is signed in there"),
    docs=("https://www.rfc-editor.org/rfc/rfc7519",),
    quality=Quality(
        received="messages, receipts (delivered, read); from a server also attachments, edits and deletions",
        sent="direct messages with links to attachments; edits and deletions of them",
        verified="signed visitor tokens and JWTs (HS256) of your site; HMAC-SHA256 for what your server posts itself",
        backfill="none needed: the history is ours",
        lookup="exact: a reply is in the mailbox or it is not",
        last_checked="2026-11-23",
    ),
)
