"""What the widget sends, and what it is answered. Called by the door; holds no behaviour but rendering."""

from collections.abc import Callable
from typing import Annotated, Literal
from uuid import UUID

import asyncpg
import msgspec

from services.engagement.visitors.messages import Mail
from services.engagement.visitors.uploads import MOST_FILES
from services.kit.http import BareBody
from services.kit.pagination import encode_cursor

TEXT_LIMIT_CHARS = 4_000
MOST_RECEIPTS = 100
_NOTHING = "a message needs `text` or `files`"

Text = Annotated[str, msgspec.Meta(max_length=TEXT_LIMIT_CHARS)]
FileToken = Annotated[str, msgspec.Meta(max_length=300)]
ClientId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
Secret = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{16,64}$")]
# Gives the address of a file of ours.
Link = Callable[[UUID], str]
EntryId = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class PageBody(BareBody):
    """Where on the site it is written."""

    url: Annotated[str, msgspec.Meta(max_length=2_000)] | None = None
    title: Annotated[str, msgspec.Meta(max_length=300)] | None = None

    def told(self) -> dict[str, str]:
        """Only what is there."""
        return {name: value for name, value in (("url", self.url), ("title", self.title)) if value}


class SessionBody(BareBody):
    """Nothing, or the site's word for who is signed in, with the secret of this browser."""

    identity: Annotated[str, msgspec.Meta(max_length=8_000)] | None = None
    browser: Secret | None = None


class MessageBody(BareBody):
    """A message; `id` is made by the widget and the same whenever it is sent again. `files` are what `uploads` gave leave for."""

    id: ClientId
    text: Text = ""
    page: PageBody = msgspec.field(default_factory=PageBody)
    files: Annotated[list[FileToken], msgspec.Meta(max_length=MOST_FILES)] = msgspec.field(default_factory=list)

    def __post_init__(self) -> None:
        """Neither words nor files is nothing to send."""
        if not self.text.strip() and not self.files:
            raise ValueError(_NOTHING)


class UploadBody(BareBody):
    """A file that a visitor has chosen."""

    size_bytes: Annotated[int, msgspec.Meta(ge=1)]


class ReceiptsBody(BareBody):
    """Which of our messages arrived in the widget, or were seen."""

    ids: Annotated[list[EntryId], msgspec.Meta(min_length=1, max_length=MOST_RECEIPTS)]
    state: Literal["delivered", "read"]


class TypingBody(BareBody):
    """Whether the visitor is writing; said again every few seconds."""

    typing: bool


def entry_view(row: asyncpg.Record, *, link: Link) -> dict[str, object]:
    """One entry of the mailbox as its visitor may see it."""
    deleted = row["deleted_at"] is not None
    return {
        "id": row["id"],
        "position": row["position"],
        "from": "visitor" if row["inbound"] else "us",
        "text": "" if deleted else row["text"],
        "attachments": [] if deleted else [_attachment(each, link=link) for each in row["attachments"] or ()],
        "at": row["at"],
        "edited": row["edited_at"] is not None,
        "deleted": deleted,
        "read": row["read_at"] is not None,
    }


def mail_view(mail: Mail, *, link: Link, typing: bool, retry_seconds: float) -> dict[str, object]:
    """A page of the mailbox; `retry_seconds` is how long the widget should stay away before it asks again, `typing` that a member types."""
    return {
        "entries": [entry_view(row, link=link) for row in mail.entries],
        "cursor": encode_cursor(mail.cursor),
        "more": mail.more,
        "recorded": mail.recorded,
        "typing": typing,
        "retry_seconds": retry_seconds,
    }


def _attachment(stored: dict[str, object], *, link: Link) -> dict[str, object]:
    """As it was stored; the link to a file of ours is made anew each time, for links end and mailboxes stay."""
    told = {name: stored.get(name) for name in ("kind", "url", "name", "content_type")}
    media = stored.get("media_id")
    return told if media is None else {**told, "url": link(UUID(str(media)))}
