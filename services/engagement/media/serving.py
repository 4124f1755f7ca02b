"""The routes through which files come and go: upload by members, download by whoever has a link. Bare ASGI, piece by piece.

Called by `main`. A file is shown in place only where browsers run nothing of it; everything else is a download.
"""

import hashlib
import re
from collections.abc import AsyncIterator
from typing import Annotated
from urllib.parse import parse_qs, quote
from uuid import UUID

import asyncpg
import msgspec

from services.contracts.ids import WorkspaceId
from services.contracts.views import BATCH_LIMIT
from services.contracts.views.media import MediaView
from services.engagement.errors import MediaNotFoundError
from services.engagement.media.links import Links
from services.engagement.media.receiving import NAME_LIMIT_CHARS, SIZE_LIMIT_BYTES, Upload, spooled, take_in
from services.engagement.media.sniffing import PASSIVE
from services.engagement.media.storage import Storage, key_of
from services.engagement.statements import media as statements
from services.kit.access import Caller, authenticate, permit
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import BadRequestError
from services.kit.http import BareBody, BareRequest
from services.kit.http.bare import Endpoint
from services.kit.ids import new_id
from services.kit.port import Answer, Streamed

UPLOAD_SECONDS = 110.0
_FIT_KEY = re.compile(rb"[\x21-\x7e]{1,255}")
# Nothing that a file brings may run, be framed elsewhere, or call anybody.
_GUARDS = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "cross-origin",
    "referrer-policy": "no-referrer",
    "cache-control": "private, max-age=3600, immutable",
}


class _ByIds(BareBody):
    ids: Annotated[list[UUID], msgspec.Meta(max_length=BATCH_LIMIT)]


class MediaRoutes:
    """The routes; `database` is of the role `app`."""

    def __init__(self, database: Database, *, storage: Storage, links: Links, clock: Clock) -> None:
        self._database = database
        self._storage = storage
        self._links = links
        self._clock = clock

    def exact(self) -> dict[tuple[str, str], Endpoint]:
        """Routes by their paths."""
        return {("POST", "/v1/media"): self.upload, ("POST", "/internal/media/by-ids"): self.by_ids}

    def prefixes(self) -> dict[tuple[str, str], Endpoint]:
        """Routes by the beginnings of their paths."""
        return {("GET", "/media/"): self.download}

    async def upload(self, request: BareRequest) -> Answer:
        """Keep the body as a file, called by the query's `name`; 201 with the file, or with the earlier one of the same key."""
        caller = await authenticate(request.scope)
        permit(caller, "conversations:write")
        upload = _upload_of(request, caller)
        async with spooled(request.chunks(cap_bytes=SIZE_LIMIT_BYTES, timeout_seconds=UPLOAD_SECONDS)) as file:
            row, replayed = await take_in(self._database, self._storage, caller.workspace_id, upload, file, now=self._clock.now())
        headers = {"content-type": "application/json", **({"idempotency-replayed": "true"} if replayed else {})}
        return Answer(201, headers, msgspec.json.encode(self.view(caller.workspace_id, row)))

    async def by_ids(self, request: BareRequest) -> bytes:
        """What is known of files, aligned with the ids asked for."""
        caller = await authenticate(request.scope)
        permit(caller, "conversations:read")
        asked = await request.json(_ByIds)
        async with self._database.transaction(caller.workspace_id) as connection:
            rows = await statements.media_by_id(connection, caller.workspace_id, asked.ids)
        found = {row["id"]: self.view(caller.workspace_id, row) for row in rows}
        return msgspec.json.encode([found.get(id_) for id_ in asked.ids])

    async def download(self, request: BareRequest) -> Streamed:
        """The file of a link. A link that is wrong, has ended, or whose file is gone is the same 404."""
        grant = self._links.read(request.tail, now=self._clock.now())
        if grant is None:
            raise MediaNotFoundError
        async with self._database.transaction(grant.workspace) as connection:
            rows = await statements.media_by_id(connection, grant.workspace, [grant.media])
        if not rows or rows[0]["state"] != "stored":
            raise MediaNotFoundError
        headers = {**_GUARDS, **_shown_as(rows[0]), "content-length": str(rows[0]["size_bytes"])}
        chunks = self._storage.get(key_of(grant.workspace, grant.media))
        # What the store refuses is told before the answer begins.
        first = await anext(chunks, b"")
        return Streamed(200, headers, _with_first(first, chunks))

    def view(self, workspace: WorkspaceId, row: asyncpg.Record) -> MediaView:
        """What is told of a file, with a link to it where it is there."""
        stored = row["state"] == "stored"
        return MediaView(
            id=row["id"],
            state=row["state"],
            source=row["source"],
            name=row["name"],
            type=row["type"],
            size_bytes=row["size_bytes"],
            width=row["width"],
            height=row["height"],
            url=self._links.make(workspace, row["id"], now=self._clock.now()) if stored else None,
            reason=row["reason"],
            created_at=row["created_at"],
        )


def _upload_of(request: BareRequest, caller: Caller) -> Upload:
    query = parse_qs(request.scope["query_string"].decode("ascii", "replace"), max_num_fields=20)
    name = query.get("name", [""])[0]
    if len(name) > NAME_LIMIT_CHARS:
        raise BadRequestError(f"A name has at most {NAME_LIMIT_CHARS} characters.")
    key = request.header(b"idempotency-key")
    if key is not None and not _FIT_KEY.fullmatch(key):
        raise BadRequestError("An Idempotency-Key has 1 to 255 visible ASCII characters.")
    id_ = new_id() if key is None else _id_of(caller, key)
    return Upload(id=id_, name=plain_name(name), member=caller.member_id, repeatable=key is not None)


def _id_of(caller: Caller, key: bytes) -> UUID:
    """The same id for the same key of the same caller, so that a repeated upload meets its first (a UUIDv8)."""
    digest = hashlib.sha256(b"media:" + caller.workspace_id.bytes + caller.caller_id.bytes + key).digest()
    return UUID(int=int.from_bytes(digest[:16], "big") & ~(0xF << 76) & ~(0x3 << 62) | 0x8 << 76 | 0x2 << 62)


def plain_name(name: str) -> str:
    """A name without what would be a path, end a header, or turn its reading around."""
    return "".join(sign for sign in name.replace("\\", "/").rpartition("/")[2] if sign.isprintable())


def _shown_as(row: asyncpg.Record) -> dict[str, str]:
    passive = row["type"] in PASSIVE
    name = quote(row["name"] or str(row["id"]), safe="")
    text = "; charset=utf-8" if row["type"] == "text/plain" else ""
    return {
        "content-type": row["type"] + text if passive else "application/octet-stream",
        "content-disposition": f"{'inline' if passive else 'attachment'}; filename*=UTF-8''{name}",
    }


async def _with_first(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk
