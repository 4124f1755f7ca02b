"""Begins an import: keeps the file, says how its rows are read, makes the job. Called by REST's upload and the command line.

What cannot be read at all is refused here, before any row is taken; nothing is then kept.
"""

import csv
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from services.contracts.ids import ImportId, MemberId, WorkspaceId
from services.contracts.vocabulary import ImportKind
from services.identity.statements import imports as statements
from services.identity.transfer.encodings import delimiter_of, fields_of, is_json, text_of
from services.identity.transfer.errors import ImportRefusedError, TooManyImportsError
from services.identity.transfer.mapping import is_header, mapped
from services.identity.transfer.pieces import Keeper, KeptFile
from services.identity.transfer.records import Splitter
from services.identity.transfer.rows import NETWORK, Reading
from services.kit.clock import Clock
from services.kit.db import Connection, Database
from services.kit.errors import MalformedError
from services.kit.ids import new_id

CRM = "crm"
CHATWOOT = "chatwoot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is said of a file. `columns` maps columns of a CSV file to fields; `delimiter` is found by itself where it is empty.

    `of` is the account that the people of a list of followers follow, by its id on the network. `channels` are channels of ours by the
    numbers of Chatwoot's inboxes whose history they get; an inbox without one gets a channel of its own, which only keeps.
    """

    kind: ImportKind = ImportKind.PROFILES
    name: str = ""
    network: str = ""
    scope: str = ""
    of: str = ""
    delimiter: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    channels: Mapping[str, UUID] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """The job's row, and whether it was begun before by the same request."""

    row: asyncpg.Record
    replayed: bool


async def begin_import(  # noqa: PLR0913 - each is one thing that is said
    database: Database,
    workspace: WorkspaceId,
    wish: Wish,
    chunks: AsyncIterator[bytes],
    *,
    import_: ImportId,
    member: MemberId | None,
    most: int,
    clock: Clock,
) -> Begun:
    """Keep the file and make the job, or give the one of this id. `most` is how many unfinished ones the workspace may have.

    Raises ImportRefusedError, TooManyImportsError, MalformedError for an id used otherwise.
    """
    upload = new_id()
    refuse_unfit(wish)
    await _refuse_crowd(database, workspace, import_, most=most)
    try:
        kept = await Keeper(database, workspace, upload, clock=clock).keep(chunks)
        reading, position, line = reading_of(kept, wish=wish)
        mark = hashlib.sha256(kept.sha256 + msgspec.json.encode(wish)).digest()
        job = _Job(import_, upload, msgspec.to_builtins(reading), position, line, mark, member)
        async with database.transaction(workspace) as connection:
            made = await _make(connection, workspace, wish, job, size_bytes=kept.size_bytes, most=most, now=clock.now())
        if made is not None:
            return Begun(row=made, replayed=False)
    except BaseException:
        await _forget(database, workspace, upload)
        raise
    await _forget(database, workspace, upload)
    return Begun(row=await _earlier(database, workspace, import_, mark=mark), replayed=True)


@dataclass(frozen=True, slots=True)
class _Job:
    id: ImportId
    upload: UUID
    reading: Mapping[str, object]
    position: int
    line: int
    mark: bytes
    member: MemberId | None


async def _make(  # noqa: PLR0913 - each is one thing that is said
    connection: Connection, workspace: WorkspaceId, wish: Wish, job: _Job, *, size_bytes: int, most: int, now: datetime
) -> asyncpg.Record | None:
    """The job's row; None where there is one of this id. Raises TooManyImportsError."""
    await statements.beginning_lock(connection, workspace)
    made = await statements.inserted_import(
        connection,
        workspace,
        job.id,
        upload=job.upload,
        kind=wish.kind.value,
        name=wish.name,
        reading=job.reading,
        sha256=job.mark,
        size_bytes=size_bytes,
        position=job.position,
        line=job.line,
        member=job.member,
        now=now,
    )
    if made is not None and await statements.unfinished_imports(connection, workspace) > most:
        raise TooManyImportsError(most)
    return made


def refuse_unfit(wish: Wish) -> None:
    """Raises ImportRefusedError."""
    if wish.network and not NETWORK.fullmatch(wish.network):
        raise ImportRefusedError("A network has 1 to 40 small letters, digits, dots, dashes or underscores.")
    if wish.kind is ImportKind.FOLLOWERS and not wish.network:
        raise ImportRefusedError("A list of followers needs the network that they are on, such as network=instagram.")
    if wish.of and wish.kind is not ImportKind.FOLLOWERS:
        raise ImportRefusedError("`of` names whom followers follow; it goes with kind=followers.")
    if wish.channels and wish.kind is not ImportKind.CHATWOOT:
        raise ImportRefusedError("`channel` names whose history a channel gets; it goes with kind=chatwoot.")
    if len(wish.delimiter) > 1 or (wish.delimiter and (not wish.delimiter.isascii() or wish.delimiter in '"\r\n')):
        raise ImportRefusedError("A delimiter is one ASCII character.")


def reading_of(kept: KeptFile, *, wish: Wish) -> tuple[Reading, int, int]:
    """How the rows are read, and the place and line of the first. Raises ImportRefusedError."""
    if wish.kind is ImportKind.CHATWOOT and is_json(kept.head):
        return Reading(encoding=kept.encoding, network=CHATWOOT, scope=wish.scope, chatwoot=True, channels=wish.channels), 0, 1
    followers = wish.kind is ImportKind.FOLLOWERS
    network = wish.network or (CHATWOOT if wish.kind is ImportKind.CHATWOOT else CRM)
    if is_json(kept.head):
        return Reading(encoding=kept.encoding, network=network, scope=wish.scope, followers=followers, of=wish.of), 0, 1
    if kept.head.lstrip().startswith(b"["):
        raise ImportRefusedError("This is one JSON array. Write one object a line (NDJSON): jq -c '.[]' FILE.")
    first = text_of(kept.head[: 64 * 1024].lstrip().split(b"\n", 1)[0], encoding=kept.encoding)
    delimiter = wish.delimiter or delimiter_of(first)
    record = next(Splitter(delimiter=delimiter, position=0, line=1).feed(kept.head, last=True))
    try:
        header = fields_of(text_of(record.body, encoding=kept.encoding), delimiter=delimiter)
    except csv.Error as error:
        raise ImportRefusedError(f"The first line cannot be read as CSV: {error}. Save the file as CSV in UTF-8 again.") from error
    columns, position, line = _columns(header, wish=wish), record.end, record.next_line
    if columns is None:
        columns, position, line = ("handle", *["-"] * (len(header) - 1)), 0, 1
    reading = Reading(
        encoding=kept.encoding, network=network, scope=wish.scope, delimiter=delimiter, columns=columns, followers=followers, of=wish.of
    )
    return reading, position, line


def _columns(header: Sequence[str], *, wish: Wish) -> tuple[str, ...] | None:
    """The field of each column; None where the file is a bare list of handles."""
    if not wish.columns and not is_header(header):
        if wish.kind is ImportKind.FOLLOWERS:
            return None
        raise ImportRefusedError(
            f"No column has a name that is known: {', '.join(header)[:500]}. Say which is which, such as map=COLUMN=external_id."
        )
    columns = mapped(header, told=wish.columns)
    needed = {"external_id", "handle"} if wish.kind is ImportKind.FOLLOWERS else _KEYS
    if not needed & set(columns):
        raise ImportRefusedError(f"No column says whose row it is; one of {', '.join(sorted(needed))} is needed (map=COLUMN=external_id).")
    return columns


_KEYS = {"external_id", "email", "verified_email", "phone", "verified_phone"}


async def _refuse_crowd(database: Database, workspace: WorkspaceId, import_: ImportId, *, most: int) -> None:
    """Before a file is kept in vain. One that was begun already may be sent again."""
    async with database.transaction(workspace) as connection:
        crowded = await statements.unfinished_imports(connection, workspace) >= most
        if crowded and not await statements.imports_by_id(connection, workspace, [import_]):
            raise TooManyImportsError(most)


async def _forget(database: Database, workspace: WorkspaceId, upload: UUID) -> None:
    async with database.transaction(workspace) as connection:
        await statements.forgotten_pieces(connection, workspace, upload)


async def _earlier(database: Database, workspace: WorkspaceId, import_: ImportId, *, mark: bytes) -> asyncpg.Record:
    async with database.transaction(workspace) as connection:
        (row,) = await statements.imports_by_id(connection, workspace, [import_])
    if row["sha256"] != mark:
        raise MalformedError("This Idempotency-Key was used for another file.")
    return row
