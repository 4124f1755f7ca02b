"""What a mailbox can do. Data only; the words for people are in README.md."""

from services.contracts.vocabulary import Kind
from services.engagement.protocol import Declaration, Field, MediaKind, MediaLimit, Quality, SigningSecret, TextLimit

_SECURITY = "tls, starttls, or none (only to a server inside)"

ATTACHMENT_LIMIT_BYTES = 10 * 1024 * 1024
# Base64 makes a third more of it, and many servers take no mail of more than 25 MB.
TOTAL_LIMIT_BYTES = 18 * 1024 * 1024
_ENCLOSED = frozenset({MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.AUDIO, MediaKind.VOICE, MediaKind.FILE})

DECLARATION = Declaration(
    platform="email",
    title="E-mail",
    receives=frozenset({Kind.DIRECT, Kind.RECEIPT}),
    text_limits={Kind.DIRECT: TextLimit(limit=100_000)},
    media=MediaLimit(
        kinds=_ENCLOSED,
        count=10,
        sizes=dict.fromkeys(_ENCLOSED, ATTACHMENT_LIMIT_BYTES),
        total_bytes=TOTAL_LIMIT_BYTES,
    ),
    echoes_reference=True,
    credentials=(
        Field(name="password", description="The mailbox's password; where there is one for programs (app password), that", secret=True),
        Field(name="smtp_password", description="For sending, where it is another", secret=True, required=False),
    ),
    settings=(
        Field(name="account", description="The mailbox's address, such as help@acme.example"),
        Field(name="imap_host", description="The server that mail is read from"),
        Field(name="smtp_host", description="The server that mail is sent by"),
        Field(name="imap_port", description="Left out: 993, or 143 without tls", required=False, form="port"),
        Field(name="imap_security", description=f"{_SECURITY}; left out: tls", required=False),
        Field(name="smtp_port", description="Left out: 587; 465 with tls, 25 with none", required=False, form="port"),
        Field(name="smtp_security", description=f"{_SECURITY}; left out: starttls", required=False),
        Field(name="username", description="Who signs in; left out: the address", required=False),
        Field(name="smtp_username", description="Who signs in for sending; left out: as for reading", required=False),
        Field(name="from_name", description="The name beside the address in what is sent", required=False),
        Field(name="reply_to", description="Where answers go, if not to the address", required=False),
        Field(name="folder", description="The folder that is read; left out: INBOX", required=False),
        Field(name="sent_folder", description="Where sent mail is kept; left out: found by itself", required=False),
        Field(
            name="save_sent",
            description='"true": put what is sent into that folder, where the server does not do so',
            required=False,
            form="flag",
        ),
        Field(name="trusted_authserv_id", description="How your server names itself in Authentication-Results", required=False),
        Field(name="trusted_certificate", description="PEM of the authority that signed your servers' certificates", required=False),
    ),
    signing=SigningSecret(made_by="nobody"),
    docs=("https://www.rfc-editor.org/rfc/rfc5322", "https://www.rfc-editor.org/rfc/rfc3501", "https://www.rfc-editor.org/rfc/rfc5321"),
    quality=Quality(
        received="mail of people, automatic replies, lists, bounces and read receipts, mail sent by colleagues from the same mailbox",
        sent="text with up to ten attachments, in the thread that it answers",
        verified="sender's address by DMARC, SPF or DKIM, as your own server judged them",
        backfill="the folder and sent mail since any day",
        lookup="in the folder of sent mail",
        last_checked="2026-11-23",
    ),
)
