"""What a service keeps of a person, cut into sealed pieces that fit into events, and read again. Called by each service's export.

The pieces of a part behind one another are JSON: an array of `{"kind", "data"}`. Knows no table and no event.
"""

import base64
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

import orjson

from services.contracts.ids import WorkspaceId
from services.kit.crypto import Vault

PURPOSE = "person-exports"
PIECE_BYTES = 256 * 1024
"""Before it is compressed: what does not compress stays below what a message may weigh."""

Item = tuple[str, Mapping[str, object]]
"""A kind and its columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Piece `number` of a part, from 0; `items` began in it, and after the `last` the part is whole."""

    number: int
    last: bool
    items: int
    sealed: str


class Packer:
    """Makes one service's part of one export. Feed it what there is, then end it."""

    def __init__(self, vault: Vault, workspace: WorkspaceId, export: UUID, service: str) -> None:
        self._vault = vault
        self._place = (workspace, export, service)
        self._held = bytearray(b"[")
        self._number = 0
        self._items = 0
        self._any = False

    def add(self, items: Iterable[Item]) -> Iterator[Piece]:
        """Take items in; gives the pieces that are full."""
        for kind, data in items:
            self._held += b",\n" if self._any else b"\n"
            self._held += orjson.dumps({"kind": kind, "data": data})
            self._any = True
            self._items += 1
            while len(self._held) >= PIECE_BYTES:
                yield self._cut(PIECE_BYTES, last=False)

    def end(self) -> Piece:
        """The last piece: there is one even where nothing was kept."""
        self._held += b"\n]"
        return self._cut(len(self._held), last=True)

    def _cut(self, size: int, *, last: bool) -> Piece:
        told = bytes(self._held[:size])
        del self._held[:size]
        bound_to = _bound_to(*self._place, self._number)
        sealed = base64.b64encode(self._vault.seal(zlib.compress(told), bound_to=bound_to)).decode()
        piece = Piece(number=self._number, last=last, items=self._items, sealed=sealed)
        self._number += 1
        self._items = 0
        return piece


def unpacked(vault: Vault, workspace: WorkspaceId, export: UUID, *, service: str, number: int, sealed: str) -> bytes:
    """The text of a piece. Raises SealBrokenError where it was made for another place."""
    return zlib.decompress(vault.open(base64.b64decode(sealed), bound_to=_bound_to(workspace, export, service, number)))


def _bound_to(workspace: WorkspaceId, export: UUID, service: str, number: int) -> bytes:
    return workspace.bytes + export.bytes + f"{service}:{number}".encode()
