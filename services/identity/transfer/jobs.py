"""Imports as jobs: begun with a whole file, advanced a chunk of rows at a time, cancelled. Called by the upload, the worker and REST.

In the caller's transaction: a chunk's people, its refused rows and the place behind it are written together or not at all.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from uuid import UUID

import asyncpg
import msgspec

from services.contracts.events import Entered
from services.contracts.ids import ImportId, ProfileId, WorkspaceId, profile_id
from services.contracts.stakeholders import Encounter
from services.contracts.vocabulary import ImportState, Kind
from services.identity.profiles import learn_profiles
from services.identity.sightings import Sighting, fold
from services.identity.statements import archives
from services.identity.statements import imports as statements
from services.identity.telling import tell_entered
from services.identity.transfer.attributes import keep_attributes
from services.identity.transfer.chatwoot.objects import Object, read_objects
from services.identity.transfer.chatwoot.taking import take_objects
from services.identity.transfer.errors import ImportEndedError, ImportNotFoundError
from services.identity.transfer.following import keep_follows
from services.identity.transfer.pieces import PIECE_BYTES
from services.identity.transfer.records import Record, Splitter
from services.identity.transfer.rows import Person, Reading, RowRefusedError, read_row
from services.identity.transfer.sifting import Refusal, Rows, Sieve
from services.kit.db import Connection

CHUNK_ROWS = 500
CHUNK_BYTES = 1 << 20
SOURCE = "import"


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive records of a file, where the next ones begin, and whether there are none."""

    records: Sequence[Record]
    position: int
    line: int
    ended: bool


async def claim_import(connection: Connection, workspace: WorkspaceId, *, now: datetime) -> asyncpg.Record | None:
    """The oldest unfinished import that is due and nobody works on, held for the rest of the transaction."""
    return await statements.claimed_import(connection, workspace, now=now)


async def advance_import(
    connection: Connection, workspace: WorkspaceId, job: asyncpg.Record, *, deployment_key: bytes, now: datetime
) -> asyncpg.Record | None:
    """Take the next rows of a claimed import; those that cannot be written go into the report, and the others stay."""
    reading = msgspec.convert(job["reading"], Reading)
    chunk = await read_chunk(connection, workspace, job, reading=reading, rows=CHUNK_ROWS)
    if reading.chatwoot:
        told = await _sift_objects(connection, workspace, job, chunk, reading=reading, deployment_key=deployment_key, now=now)
    else:
        told = await _sift_people(connection, workspace, job, chunk, reading=reading, deployment_key=deployment_key, now=now)
    await statements.told_refusals(connection, workspace, job["id"], rows=told)
    refused = sum(not kept for *_, kept in told)
    return await _counted(connection, workspace, job, chunk, done=len(chunk.records) - refused, now=now)


async def _sift_people(  # noqa: PLR0913 - each is one thing that is said
    connection: Connection,
    workspace: WorkspaceId,
    job: asyncpg.Record,
    chunk: Chunk,
    *,
    reading: Reading,
    deployment_key: bytes,
    now: datetime,
) -> list[Refusal]:
    people, refusals = read_rows(chunk.records, reading=reading)

    async def take(rows: Rows) -> list[Refusal]:
        return await _learn(connection, workspace, rows, reading=reading, deployment_key=deployment_key, at=job["created_at"], now=now)

    sieve = Sieve(connection, take)
    await sieve.sift(people)
    return refusals + sieve.told


async def _sift_objects(  # noqa: PLR0913 - each is one thing that is said
    connection: Connection,
    workspace: WorkspaceId,
    job: asyncpg.Record,
    chunk: Chunk,
    *,
    reading: Reading,
    deployment_key: bytes,
    now: datetime,
) -> list[Refusal]:
    objects, refusals = read_objects(chunk.records, reading=reading)

    async def take(rows: Sequence[tuple[int, Object]]) -> list[Refusal]:
        return await take_objects(connection, workspace, job, rows, reading=reading, deployment_key=deployment_key, now=now)

    sieve = Sieve(connection, take)
    await sieve.sift(objects)
    return refusals + sieve.told


async def _learn(  # noqa: PLR0913 - each is one thing that is said
    connection: Connection,
    workspace: WorkspaceId,
    people: Rows,
    *,
    reading: Reading,
    deployment_key: bytes,
    at: datetime,
    now: datetime,
) -> list[Refusal]:
    """Let people be known by their rows; gives what was left out of each, as rows of the report."""
    sightings = [_sighting(person, reading=reading, at=at) for _, person in people]
    known = fold(sightings, workspace=workspace, deployment_key=deployment_key)
    await learn_profiles(connection, workspace=workspace, known=known, now=now)
    named = [(_profile_of(person, workspace=workspace, deployment_key=deployment_key), person) for _, person in people]
    await keep_follows(connection, workspace, named, reading=reading, at=at)
    await tell_entered(connection, workspace, [_entered(*each, reading=reading, at=at) for each in named], now=now)
    unkept = await keep_attributes(connection, workspace, named, source=SOURCE, at=at)
    told = [(line, person.key, [*person.left_out, *problems]) for (line, person), problems in zip(people, unkept, strict=True)]
    return [(line, key, "; ".join(problems), True) for line, key, problems in told if problems]


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


def _profile_of(person: Person, *, workspace: WorkspaceId, deployment_key: bytes) -> ProfileId:
    author = person.author
    return profile_id(deployment_key, workspace=workspace, network=author.network, scope=author.scope, external_id=author.external_id)


def _entered(profile: ProfileId, person: Person, *, reading: Reading, at: datetime) -> Entered:
    """What the list says: that the person follows, or is a row of it; since the row's time, else since the file came in."""
    kind, of = (Kind.FOLLOW, reading.of) if reading.followers else (Kind.RECORD, "")
    network, scope = person.author.network, person.author.scope
    return Entered(profile_id=profile, kind=kind, at=min(person.at or at, at), network=network, scope=scope, of=of)


async def _counted(
    connection: Connection, workspace: WorkspaceId, job: asyncpg.Record, chunk: Chunk, *, done: int, now: datetime
) -> asyncpg.Record | None:
    """The place behind the chunk; at the end the file goes, for nobody needs it any more."""
    advanced = await statements.advanced_import(
        connection,
        workspace,
        job["id"],
        position=chunk.position,
        line=chunk.line,
        done=done,
        refused=len(chunk.records) - done,
        ended=chunk.ended,
        now=now,
    )
    if chunk.ended:
        await _forget(connection, workspace, job["upload_id"])
    return advanced


async def read_chunk(connection: Connection, workspace: WorkspaceId, job: asyncpg.Record, *, reading: Reading, rows: int) -> Chunk:
    """The next records, at most so many and about a MiB; never more than a piece and a record are held beside them."""
    splitter = Splitter(delimiter=reading.delimiter, position=job["position"], line=job["line"])
    number, skip = divmod(job["position"], PIECE_BYTES)
    records: list[Record] = []
    size = 0
    while True:
        piece = await statements.find_piece(connection, workspace, job["upload_id"], number=number)
        fed = splitter.feed((piece or b"")[skip:], last=piece is None)
        # In a thread: a piece full of quotation marks keeps nobody else waiting.
        for record in await asyncio.to_thread(list, islice(fed, rows - len(records))):
            records.append(record)
            size += len(record.body)
            if len(records) == rows or size >= CHUNK_BYTES:
                return Chunk(records, record.end, record.next_line, ended=False)
        if piece is None:
            return Chunk(records, job["size_bytes"], job["line"], ended=True)
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


async def cancel_import(connection: Connection, workspace: WorkspaceId, import_: ImportId, *, now: datetime) -> asyncpg.Record:
    """End an import where it is; what it did stays. Raises ImportNotFoundError, ImportEndedError."""
    ended = await end_import(connection, workspace, import_, state=ImportState.CANCELLED, reason="", now=now)
    if ended is not None:
        return ended
    await get_import(connection, workspace, import_)
    raise ImportEndedError


async def end_import(
    connection: Connection, workspace: WorkspaceId, import_: ImportId, *, state: ImportState, reason: str, now: datetime
) -> asyncpg.Record | None:
    """End an unfinished import and let its file go; None where there is none."""
    ended = await statements.ended_import(connection, workspace, import_, state=state.value, reason=reason, now=now)
    if ended is not None:
        await _forget(connection, workspace, ended["upload_id"])
    return ended


async def _forget(connection: Connection, workspace: WorkspaceId, upload: UUID) -> None:
    await statements.forgotten_pieces(connection, workspace, upload)
    await archives.forgotten_references(connection, workspace, upload)


async def get_import(connection: Connection, workspace: WorkspaceId, import_: UUID) -> asyncpg.Record:
    """One import. Raises ImportNotFoundError."""
    rows = await statements.imports_by_id(connection, workspace, [import_])
    if not rows:
        raise ImportNotFoundError
    return rows[0]
