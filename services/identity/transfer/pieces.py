"""Keeps a file in the database as it comes in, a piece a transaction, and looks at its beginning. Called by uploading; decides nothing.

All pieces of a file are of one size but the last, so that any place in it is found by its number.
"""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from services.contracts.ids import WorkspaceId
from services.identity.statements import imports as statements
from services.identity.transfer.encodings import Recoder
from services.identity.transfer.errors import ImportRefusedError
from services.kit.clock import Clock
from services.kit.db import Database

PIECE_BYTES = 256 * 1024
SIZE_LIMIT_BYTES = 256 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    """A whole file: its pieces' name, its size as kept, its beginning (a piece at most), its encoding, and the sha256 of what came."""

    upload: UUID
    size_bytes: int
    head: bytes
    encoding: str
    sha256: bytes


class Keeper:
    """Takes a file's chunks, whatever their size. `database` is of the role `app`."""

    def __init__(self, database: Database, workspace: WorkspaceId, upload: UUID, *, clock: Clock) -> None:
        self._database = database
        self._workspace = workspace
        self._upload = upload
        self._clock = clock
        self._recoder = Recoder()
        self._digest = hashlib.sha256()
        self._held = bytearray()
        self._head = b""
        self._pieces = 0
        self._size = 0

    async def keep(self, chunks: AsyncIterator[bytes]) -> KeptFile:
        """Keep all of it. Raises ImportRefusedError where it is empty, and whatever the chunks raise."""
        async for chunk in chunks:
            self._digest.update(chunk)
            self._held += self._recoder.feed(chunk)
            while len(self._held) >= PIECE_BYTES:
                await self._put(bytes(self._held[:PIECE_BYTES]))
                del self._held[:PIECE_BYTES]
        self._held += self._recoder.feed(b"", last=True)
        if self._held:
            # What the last bytes become may be more than one piece.
            for start in range(0, len(self._held), PIECE_BYTES):
                await self._put(bytes(self._held[start : start + PIECE_BYTES]))
        if not self._head.strip():
            raise ImportRefusedError("The file is empty.")
        return KeptFile(
            upload=self._upload,
            size_bytes=self._size,
            head=self._head,
            encoding=self._recoder.encoding,
            sha256=self._digest.digest(),
        )

    async def _put(self, body: bytes) -> None:
        async with self._database.transaction(self._workspace) as connection:
            await statements.kept_piece(connection, self._workspace, self._upload, number=self._pieces, body=body, now=self._clock.now())
        self._head = self._head or body
        self._pieces += 1
        self._size += len(body)
