"""`rapport import` and `rapport export`: people from a file, and people as a file. Called by the command line."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from rapport.commands.printing import row_of, show
from rapport.commands.reaching import Reach, fail, reach, run, workspace_called
from services.contracts.ids import WorkspaceId
from services.contracts.views import ImportView
from services.contracts.vocabulary import ImportKind, ImportState
from services.identity.admin_transfers import Selection, Transfers, Wish, channels_of, columns_of
from services.kit.errors import MalformedError

REFUSED_CODE = 3
AGAIN_SECONDS = 0.3
Tell = Callable[[ImportView], None]


def import_people(file: Path, wish: Wish, *, workspace: str | None, data: Path, report: Path | None, as_json: bool) -> None:
    """Bring the people of a file in, and wait until all are. Ends with 3 where rows were refused, with 1 where it failed."""
    to = reach(data)
    target = report or Path(f"{file.stem}.report.ndjson")

    async def work() -> tuple[ImportView, int]:
        place = await _place(to, workspace)
        async with to.transfers() as hands:
            begun = await hands.begin(place, file, wish)
            with _shown(quiet=as_json) as tell:
                ended = await _helped(hands, place, begun, tell)
            return ended, await _kept(hands.report(place, ended.id, as_csv=target.suffix == ".csv"), target)

    ended, size = run(work())
    if as_json:
        show([row_of(ended, report=str(target) if size else None)], columns=(), as_json=True, empty="")
    else:
        _say(ended, report=target if size else None)
    if ended.state is not ImportState.DONE:
        raise typer.Exit(1)
    if ended.rows_refused:
        raise typer.Exit(REFUSED_CODE)


def export_people(*, as_csv: bool, out: Path | None, selection: Selection, workspace: str | None, data: Path) -> None:
    """Write everybody, or some, to a file or standard output."""
    to = reach(data)

    async def work() -> int:
        place = await _place(to, workspace)
        async with to.transfers() as hands:
            chunks = hands.export(place, selection, as_csv=as_csv)
            return await (_written(chunks, sys.stdout.buffer) if out is None else _kept(chunks, out))

    size = run(work())
    if out is not None:
        print(f"{out} has {size:,} bytes.")


def wish_of(  # noqa: PLR0913 - options of one command
    file: Path, *, kind: str, network: str, scope: str, of: str, delimiter: str, columns: list[str], channels: list[str]
) -> Wish:
    """What is said of the file. Ends the command where that cannot be."""
    if kind not in set(ImportKind):
        raise typer.BadParameter(f"one of {', '.join(ImportKind)}", param_hint="--kind")
    try:
        told = columns_of(columns)
    except MalformedError as error:
        raise typer.BadParameter(error.detail, param_hint="--map") from error
    try:
        mapped = channels_of(channels)
    except MalformedError as error:
        raise typer.BadParameter(error.detail, param_hint="--channel") from error
    sign = "\t" if delimiter == "tab" else delimiter
    return Wish(
        kind=ImportKind(kind), name=file.name, network=network.lower(), scope=scope, of=of, delimiter=sign, columns=told, channels=mapped
    )


def selection_of(label: UUID | None, contacts: list[UUID] | None) -> Selection:
    """Whose profiles."""
    return Selection(label=label, contacts=contacts or None)


async def _place(to: Reach, workspace: str | None) -> WorkspaceId:
    async with to.identity() as admin:
        _, place = await workspace_called(admin, workspace)
    return place


async def _helped(hands: Transfers, place: WorkspaceId, begun: ImportView, tell: Tell) -> ImportView:
    """Work beside the services until the import has ended."""
    shown = begun
    while shown.finished_at is None:
        if not await hands.advance(place):
            await asyncio.sleep(AGAIN_SECONDS)
        shown = await hands.show(place, begun.id)
        tell(shown)
    return shown


class _shown:  # noqa: N801 - read as a function: with _shown(...) as tell
    """A bar on standard error, where that is a terminal and no program reads along."""

    def __init__(self, *, quiet: bool) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=Console(stderr=True), disable=quiet, transient=True)

    def __enter__(self) -> Tell:
        self._progress.__enter__()
        task = self._progress.add_task("rows", total=None)

        def tell(shown: ImportView) -> None:
            done = shown.rows_done + shown.rows_refused
            self._progress.update(task, completed=done, total=shown.rows_estimated or None)

        return tell

    def __exit__(self, *_: object) -> None:
        self._progress.stop()


def _say(ended: ImportView, *, report: Path | None) -> None:
    print(f"{ended.rows_done:,} rows taken, {ended.rows_refused:,} refused, {ended.rows_per_second:,.0f} a second.")
    if report is not None:
        print(f"{report} names each row that was refused or not taken whole, and why.")
    if ended.state is not ImportState.DONE:
        print(f"The import {ended.id} ended as {ended.state.value}. {ended.reason}".strip())


async def _kept(chunks: AsyncIterator[bytes], target: Path) -> int:
    """Write a file, unless there is nothing to write; gives its size in bytes."""
    first = await anext(chunks, b"")
    if not first:
        return 0
    try:
        with target.open("wb") as opened:
            opened.write(first)
            return len(first) + await _written(chunks, opened)
    except OSError as error:
        fail(f"{target} cannot be written: {error.strerror}.")


async def _written(chunks: AsyncIterator[bytes], opened: BinaryIO) -> int:
    size = 0
    async for chunk in chunks:
        opened.write(chunk)
        size += len(chunk)
    opened.flush()
    return size
