"""One entry of web chat as it stands in the journal: what the visitors' door writes and a site's server may post. Data only.

Documented for site developers in README.md; there is no vendor.
"""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Short = Annotated[str, msgspec.Meta(max_length=1_000)]
Long = Annotated[str, msgspec.Meta(max_length=20_000)]
Time = Annotated[datetime, msgspec.Meta(tz=True)]
Few = msgspec.Meta(max_length=10)


class Strict(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A misspelt field is refused, never silently lost."""


class VisitorPayload(Strict):
    """Who writes: our id of the visitor, and what the site says of a signed-in one."""

    id: Id
    subject: Short | None = None
    name: Short | None = None
    email: Short | None = None
    email_verified: bool = False
    phone: Short | None = None
    phone_verified: bool = False
    language: Short | None = None


class PagePayload(Strict):
    """Where on the site it was written."""

    url: Annotated[str, msgspec.Meta(max_length=2_000)] | None = None
    title: Short | None = None


class AttachmentPayload(Strict):
    """Media by address, or a file that a visitor handed in."""

    kind: Literal["image", "video", "audio", "file", "link"]
    url: Annotated[str, msgspec.Meta(max_length=4_000)] | None = None
    content_type: Short | None = None
    name: Short | None = None
    size_bytes: int | None = None
    media_id: UUID | None = None


class ReceiptPayload(Strict):
    """News of a reply of ours, by its id."""

    message: Id
    state: Literal["delivered", "read"]


class EntryPayload(Strict):
    """One entry; which kind needs which field is said in entries.py."""

    id: Id
    kind: Literal["message", "receipt", "edit", "deletion"]
    at: Time
    visitor: VisitorPayload
    text: Long | None = None
    attachments: Annotated[list[AttachmentPayload], Few] = []
    page: PagePayload | None = None
    target: Id | None = None
    receipt: ReceiptPayload | None = None
