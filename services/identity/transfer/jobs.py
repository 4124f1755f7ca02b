"""Imports as jobs: begun with a whole file, advanced a chunk of rows at a time, cancelled. Called by the upload, the worker and REST.

In the caller's transaction: a chunk's people, its refused rows and the place behind it are written together or not at all.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.events import Entered
from services.contracts.ids import ImportId, ProfileId, WorkspaceId
from services.contracts.vocabulary import ImportState, Kind
from services.identity.profiles import learn_profiles
from services.identity.statements import archives
from services.identity.statements import imports as statements
from services.identity.telling import tell_entered
from services.identity.transfer.attributes import keep_attributes
from services.identity.transfer.chatwoot.objects import Object
from services.identity.transfer.chatwoot.taking import take_objects
from services.identity.transfer.errors import ImportEndedError, ImportNotFoundError
from services.identity.transfer.following import keep_follows
from services.identity.transfer.preparing import SOURCE, Chunk, Prepared, known_of
from services.identity.transfer.rows import Person, Reading
from services.identity.transfer.sifting import Refusal, Rows, Sieve
from services.kit.db import Connection


async def claim_import(connection: Connection, workspace: WorkspaceId, *, now: datetime) -> asyncpg.Record | None:
    """The oldest unfinished import that is due and nobody works on, held for the rest of the transaction."""
    return await statements.claimed_import(connection, workspace, now=now)


async def advance_import(
    connection: Connection, workspace: WorkspaceId, job: asyncpg.Record, prepared: Prepared, *, deployment_key: bytes, now: datetime
) -> asyncpg.Record | None:
    """Take the next rows of a claimed import; those that cannot be written go into the report, and the others stay."""
    taking = _Taking(connection, workspace, job, prepared, deployment_key=deployment_key, now=now)
    told = [*prepared.refusals, *await (taking.objects() if prepared.reading.chatwoot else taking.people())]
    await statements.told_refusals(connection, workspace, job["id"], rows=told)
    refused = sum(not kept for *_, kept in told)
    return await _counted(connection, workspace, job, prepared.chunk, done=len(prepared.chunk.records) - refused, now=now)


class _Taking:
    """Writes the rows of a chunk; each gives the report's rows."""

    def __init__(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        job: asyncpg.Record,
        prepared: Prepared,
        *,
        deployment_key: bytes,
        now: datetime,
    ) -> None:
        self._connection = connection
        self._workspace = workspace
        self._job = job
        self._prepared = prepared
        self._deployment_key = deployment_key
        self._now = now

    async def people(self) -> list[Refusal]:
        """People, all at once where that goes; what was prepared is of all of them."""
        prepared = self._prepared
        sieve = Sieve(self._connection, self._learn)
        await sieve.sift(prepared.people)
        return sieve.told

    async def objects(self) -> list[Refusal]:
        """Objects of Chatwoot's."""
        sieve = Sieve(self._connection, self._take)
        await sieve.sift(self._prepared.objects)
        return sieve.told

    async def _take(self, rows: Sequence[tuple[int, Object]]) -> list[Refusal]:
        return await take_objects(
            self._connection,
            self._workspace,
            self._job,
            rows,
            reading=self._prepared.reading,
            deployment_key=self._deployment_key,
            now=self._now,
        )

    async def _learn(self, people: Rows) -> list[Refusal]:
        """Let people be known by their rows; gives what was left out of each, as rows of the report."""
        connection, workspace, reading, at, now = (
            self._connection,
            self._workspace,
            self._prepared.reading,
            self._job["created_at"],
            self._now,
        )
        known = self._prepared.known
        if len(people) < len(self._prepared.people):
            known = known_of(people, reading=reading, workspace=workspace, deployment_key=self._deployment_key, at=at)
        await learn_profiles(connection, workspace=workspace, known=known, now=now)
        named = [(self._prepared.profile_of[line], person) for line, person in people]
        await keep_follows(connection, workspace, named, reading=reading, at=at)
        await tell_entered(connection, workspace, [_entered(*each, reading=reading, at=at) for each in named], now=now)
        unkept = await keep_attributes(connection, workspace, named, source=SOURCE, at=at)
        told = [(line, person.key, [*person.left_out, *problems]) for (line, person), problems in zip(people, unkept, strict=True)]
        return [(line, key, "; ".join(problems), True) for line, key, problems in told if problems]


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
