"""The next rows of a file, read and normalised: all that can be known of a chunk before it is written. Called by `working`.

While the database writes a chunk the one behind it is prepared. Writes nothing, and decides nothing that another process may change.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from uuid import UUID

import asyncpg

from services.contracts.ids import ImportId, ProfileId, WorkspaceId
from services.contracts.stakeholders import Encounter
from services.identity.sightings import Folding, Known, Sighting, fold
from services.identity.statements import imports as statements
from services.identity.transfer.chatwoot.objects import Object, read_objects
from services.identity.transfer.pieces import PIECE_BYTES
from services.identity.transfer.records import Record, Splitter
from services.identity.transfer.rows import Person, Reading, RowRefusedError, read_row
from services.identity.transfer.sifting import Refusal, Rows
from services.kit.db import Connection

CHUNK_ROWS = 500
CHUNK_BYTES = 1 << 20
SLICE_ROWS = 10
SOURCE = "import"


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive records of a file, where the next ones begin, and whether there are none."""

    records: Sequence[Record]
    position: int
    line: int
    ended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in which import the next chunk begins."""

    import_: ImportId
    upload: UUID
    position: int
    line: int
    size_bytes: int
    created_at: datetime

    @classmethod
    def of(cls, job: asyncpg.Record) -> "Place":
        """Where a claimed import is."""
        return cls(
            import_=ImportId(job["id"]),
            upload=job["upload_id"],
            position=job["position"],
            line=job["line"],
            size_bytes=job["size_bytes"],
            created_at=job["created_at"],
        )

    def behind(self, chunk: Chunk) -> "Place":
        """Where the chunk after this one begins."""
        return replace(self, position=chunk.position, line=chunk.line)


@dataclass(slots=True, kw_only=True)
class Prepared:
    """A chunk and what its rows say: of a Chatwoot file `objects`, else `people` with their profiles by line. `refusals` are no rows."""

    place: Place
    reading: Reading
    chunk: Chunk
    refusals: list[Refusal] = field(default_factory=list)
    objects: list[tuple[int, Object]] = field(default_factory=list)
    people: list[tuple[int, Person]] = field(default_factory=list)
    profile_of: dict[int, ProfileId] = field(default_factory=dict)
    known: list[Known] = field(default_factory=list)


async def prepare_rows(chunk: Chunk, *, workspace: WorkspaceId, place: Place, reading: Reading, deployment_key: bytes) -> Prepared:
    """Normalise what the records of a chunk say, a few at a time: whatever else there is to do, such as its turn, comes between."""
    prepared = Prepared(place=place, reading=reading, chunk=chunk)
    folding = Folding(workspace=workspace, deployment_key=deployment_key)
    for start in range(0, len(chunk.records), SLICE_ROWS):
        records = chunk.records[start : start + SLICE_ROWS]
        if reading.chatwoot:
            objects, refusals = read_objects(records, reading=reading)
            prepared.objects += objects
        else:
            people, refusals = read_rows(records, reading=reading)
            prepared.people += people
            for line, person in people:
                prepared.profile_of[line] = folding.add(_sighting(person, reading=reading, at=place.created_at))
        prepared.refusals += refusals
        await asyncio.sleep(0)
    prepared.known = folding.known()
    return prepared


def known_of(people: Rows, *, reading: Reading, workspace: WorkspaceId, deployment_key: bytes, at: datetime) -> list[Known]:
    """What rows say of profiles."""
    sightings = [_sighting(person, reading=reading, at=at) for _, person in people]
    return fold(sightings, workspace=workspace, deployment_key=deployment_key)


def _sighting(person: Person, *, reading: Reading, at: datetime) -> Sighting:
    """All by which people are told apart: beside the account, where somebody lives, a date of birth, a CRM's key of the person."""
    return Sighting(
        author=person.author,
        at=at,
        source=SOURCE,
        location=person.location,
        attributes=person.attributes,
        encounter=Encounter.FOLLOWED if reading.followers else Encounter.RECORDED,
    )


async def read_chunk(connection: Connection, workspace: WorkspaceId, place: Place, *, reading: Reading, rows: int = CHUNK_ROWS) -> Chunk:
    """The next records, at most so many and about a MiB; never more than a piece and a record are held beside them."""
    splitter = Splitter(delimiter=reading.delimiter, position=place.position, line=place.line)
    number, skip = divmod(place.position, PIECE_BYTES)
    records: list[Record] = []
    size = 0
    while True:
        piece = await statements.find_piece(connection, workspace, place.upload, number=number)
        fed = splitter.feed((piece or b"")[skip:], last=piece is None)
        # In a thread: a piece full of quotation marks keeps nobody else waiting.
        for record in await asyncio.to_thread(list, islice(fed, rows - len(records))):
            records.append(record)
            size += len(record.body)
            if len(records) == rows or size >= CHUNK_BYTES:
                return Chunk(records, record.end, record.next_line, ended=False)
        if piece is None:
            return Chunk(records, place.size_bytes, place.line, ended=True)
        number, skip = number + 1, 0


def read_rows(records: Sequence[Record], *, reading: Reading) -> tuple[list[tuple[int, Person]], list[Refusal]]:
    """The people of records by their lines, and what was refused, as rows of the report."""
    people: list[tuple[int, Person]] = []
    refusals: list[Refusal] = []
    for record in records:
        try:
            people.append((record.line, read_row(record, reading=reading)))
        except RowRefusedError as refused:
            refusals.append((record.line, refused.key, refused.reason, False))
    return people, refusals
