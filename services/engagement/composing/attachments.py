"""What a member attaches, as the connector will get it: an address, a file of ours, or again what stands in the history. Called by REST.

Whether the platform takes it is checked with the reply, by its declaration. Nothing is fetched here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg

from services.contracts.interaction import Attachment
from services.engagement.composing.errors import AttachmentRefusedError
from services.engagement.outbound import attachments_of
from services.engagement.protocol import MediaKind, MediaLimit
from services.engagement.registry import ConnectedChannel
from services.engagement.statements import media, reading
from services.kit.db import Connection

MOST = 10
_KINDS: Mapping[str, MediaKind] = {"image": MediaKind.IMAGE, "video": MediaKind.VIDEO, "audio": MediaKind.AUDIO}
URL_LIMIT_CHARS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """One thing to attach: by `url`, a file of ours by `media`, or the `position`th (from 0) of an interaction's own."""

    kind: MediaKind | None = None
    url: str | None = None
    name: str | None = None
    content_type: str | None = None
    interaction: UUID | None = None
    position: int = 0
    media: UUID | None = None


async def find_attachments(connection: Connection, channel: ConnectedChannel, *, attached: Sequence[Attached]) -> tuple[Attachment, ...]:
    """What is attached, in order. Raises AttachmentRefusedError."""
    workspace = channel.workspace_id
    wanted = {each.interaction for each in attached if each.interaction is not None}
    rows = await reading.whole_interactions(connection, workspace, sorted(wanted)) if wanted else []
    # A platform's own handle of a file is good in the channel that it came by.
    known = {row["id"]: attachments_of(row["attachments"]) for row in rows if row["channel_id"] == channel.id}
    ids = {each.media for each in attached if each.media is not None}
    files = {row["id"]: row for row in await media.media_by_id(connection, workspace, sorted(ids))} if ids else {}
    return tuple(_found(each, channel, known=known, files=files) for each in attached)


def _found(
    attached: Attached, channel: ConnectedChannel, *, known: Mapping[UUID, Sequence[Attachment]], files: Mapping[UUID, asyncpg.Record]
) -> Attachment:
    if sum(each is not None for each in (attached.url, attached.interaction, attached.media)) > 1:
        raise AttachmentRefusedError("Name an address, a file of ours, or an interaction: one of them.")
    if attached.media is not None:
        return _by_media(attached, attached.media, files.get(attached.media), limit=channel.connector.declaration.media)
    if attached.interaction is not None:
        return _again(attached, known.get(attached.interaction, ()))
    return _by_url(attached)


def _by_media(attached: Attached, wanted: UUID, file: asyncpg.Record | None, *, limit: MediaLimit) -> Attachment:
    if file is None:
        raise AttachmentRefusedError(
            "There is no such file: upload it with POST /v1/media and name the id that is answered.", media_id=str(wanted)
        )
    if file["state"] != "stored":
        raise AttachmentRefusedError("This file is not here yet, or could not be fetched: look at its `state`.", media_id=str(wanted))
    kind = attached.kind or _fitting_kind(file["type"], limit=limit)
    name = attached.name or file["name"] or None
    return Attachment(kind=kind.value, name=name, content_type=file["type"], size_bytes=file["size_bytes"], media_id=wanted)


def _fitting_kind(type_: str, *, limit: MediaLimit) -> MediaKind:
    """As what a file goes where nobody says: what it is, if the channel takes such a one, else as a file."""
    kind = _KINDS.get(type_.partition("/")[0], MediaKind.FILE)
    return kind if limit.takes(kind, type_=type_) else MediaKind.FILE


def _by_url(attached: Attached) -> Attachment:
    url = attached.url
    if url is None or attached.kind is None:
        raise AttachmentRefusedError(
            "Name an address with its kind, a file of ours, or an interaction of this channel.", kinds=[each.value for each in MediaKind]
        )
    parts = urlsplit(url) if url.isprintable() and " " not in url else None
    if parts is None or parts.scheme != "https" or not parts.hostname or len(url) > URL_LIMIT_CHARS:
        raise AttachmentRefusedError(f"An address begins with https:// and has at most {URL_LIMIT_CHARS} characters.")
    return Attachment(kind=attached.kind.value, url=url, name=attached.name, content_type=attached.content_type)


def _again(attached: Attached, known: Sequence[Attachment]) -> Attachment:
    if attached.position >= len(known):
        raise AttachmentRefusedError("This channel's history has no such attachment.", interaction_id=str(attached.interaction))
    return known[attached.position]
