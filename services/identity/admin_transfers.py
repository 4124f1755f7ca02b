"""What the command line may ask of identity's files of people: begin an import, help it along, its report; exports.

Called by `rapport` only. An import that a command began is helped by it and by any running service; whoever ends, the other goes on.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from services.contracts.ids import ImportId, WorkspaceId
from services.contracts.views import ImportView
from services.contracts.vocabulary import ImportKind
from services.identity.settings import IdentitySettings
from services.identity.transfer.beginning import Wish, begin_import
from services.identity.transfer.errors import ImportRefusedError
from services.identity.transfer.exporting import Selection, export_people
from services.identity.transfer.jobs import get_import
from services.identity.transfer.pieces import SIZE_LIMIT_BYTES
from services.identity.transfer.showing import import_view, report_of
from services.identity.transfer.uploading import channels_of, columns_of
from services.identity.transfer.working import ImportWorker
from services.kit.clock import Clock, SystemClock
from services.kit.db import Database
from services.kit.errors import TooLargeError
from services.kit.ids import new_id

__all__ = ["Selection", "Transfers", "Wish", "channels_of", "columns_of", "transfers"]
READ_BYTES = 256 * 1024
CHATWOOT_FILES = ("inboxes", "agents", "labels", "contacts", "conversations", "messages")
"""Of a folder, in the order in which they are read: what later ones name comes first."""


class Transfers:
    """The operator's hands for files. `app` works under row-level security."""

    def __init__(self, app: Database, *, worker: Database, deployment_key: bytes, most: int, clock: Clock) -> None:
        self._app = app
        self._most = most
        self._clock = clock
        self._worker = ImportWorker(app, worker=worker, deployment_key=deployment_key, published=_relay_polls, clock=clock)

    async def begin(self, workspace: WorkspaceId, file: Path, wish: Wish) -> ImportView:
        """Hand a file in. Raises ImportRefusedError, TooManyImportsError, TooLargeError, OSError."""
        files = await asyncio.to_thread(_files_of, file, wish.kind)
        size = sum([(await asyncio.to_thread(each.stat)).st_size for each in files])
        if size > SIZE_LIMIT_BYTES:
            raise TooLargeError(f"A file has at most {SIZE_LIMIT_BYTES >> 20} MiB; split it, each part with the same first line.")
        chunks = _chunks(files)
        begun = await begin_import(
            self._app, workspace, wish, chunks, import_=ImportId(new_id()), member=None, most=self._most, clock=self._clock
        )
        return import_view(begun.row)

    async def advance(self, workspace: WorkspaceId) -> bool:
        """Do a chunk of the workspace's oldest import that nobody else works on; whether there was one."""
        return await self._worker.work(workspace)

    async def show(self, workspace: WorkspaceId, import_: ImportId) -> ImportView:
        """How far it is. Raises ImportNotFoundError."""
        async with self._app.transaction(workspace) as connection:
            return import_view(await get_import(connection, workspace, import_))

    def report(self, workspace: WorkspaceId, import_: ImportId, *, as_csv: bool) -> AsyncIterator[bytes]:
        """The rows that were not taken as they were, as a file."""
        return report_of(self._app, workspace, import_, as_csv=as_csv)

    def export(self, workspace: WorkspaceId, selection: Selection, *, as_csv: bool) -> AsyncIterator[bytes]:
        """People as a file."""
        return export_people(self._app, workspace, selection, as_csv=as_csv)


@asynccontextmanager
async def transfers(settings: IdentitySettings, *, clock: Clock | None = None) -> AsyncIterator[Transfers]:
    """The operator's hands for the length of a command."""
    app = Database(settings.role_url("identity", role="app"), name="identity-transfers", size=2)
    worker = Database(settings.role_url("identity", role="worker"), name="identity-transfers", size=1)
    await app.open()
    await worker.open()
    try:
        key, most = settings.deployment_key(), settings.imports_limit
        yield Transfers(app, worker=worker, deployment_key=key, most=most, clock=clock or SystemClock())
    finally:
        await worker.close()
        await app.close()


def _files_of(file: Path, kind: ImportKind) -> list[Path]:
    """A file is itself; a folder of a Chatwoot's are its files, those first whose lines others name. Raises ImportRefusedError."""
    if not file.is_dir():
        return [file]
    if kind is not ImportKind.CHATWOOT:
        raise ImportRefusedError("A folder is taken of a Chatwoot only: --kind chatwoot.")
    found = [file / f"{name}.ndjson" for name in CHATWOOT_FILES]
    there = [each for each in found if each.is_file()]
    if not there:
        raise ImportRefusedError(f"The folder has none of {', '.join(each.name for each in found)}.")
    return there


async def _chunks(files: Sequence[Path]) -> AsyncIterator[bytes]:
    """The bytes of files behind one another, each from a new line on."""
    for file in files:
        opened = await asyncio.to_thread(file.open, "rb")
        try:
            while chunk := await asyncio.to_thread(opened.read, READ_BYTES):
                yield chunk
        finally:
            opened.close()
        if len(files) > 1:
            yield b"\n"


def _relay_polls() -> None:
    """A command has no relay of its own; the service's finds the events by its poll."""
