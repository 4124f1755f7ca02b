"""`rapport dead-letters`: events between services that failed to the end; hand them over once more. Called by the command line."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Annotated, Protocol
from uuid import UUID

import typer

from rapport.commands.options import DEFAULT_FOLDER, AsJson, Data, Workspace
from rapport.commands.printing import Row, row_of, show
from rapport.commands.reaching import Reach, fail, reach, run, workspace_called
from services.contracts.ids import WorkspaceId
from services.kit.dead_letters import NOWHERE, DeadLetter

app = typer.Typer(no_args_is_help=True)


class Graveyard(Protocol):
    """What each service's admin can do with its letters."""

    async def list_dead_letters(self, workspace: WorkspaceId) -> Sequence[DeadLetter]:
        """The newest first."""

    async def redrive_dead_letter(self, workspace: WorkspaceId, letter: UUID) -> None:
        """Raises where there is no such letter, and what the consumer raises."""


@app.command("list")
def list_dead_letters(workspace: Workspace = None, data: Data = DEFAULT_FOLDER, *, as_json: AsJson = False) -> None:
    """Letters of all services, those of no readable workspace too; never what they say."""
    to = reach(data)

    async def ask() -> list[Row]:
        place = await _workspace(to, workspace)
        async with _graveyards(to) as services:
            return [
                row_of(letter, service=name)
                for name, service in services.items()
                for owner in (place, WorkspaceId(NOWHERE))
                for letter in await service.list_dead_letters(owner)
            ]

    columns = ("id", "service", "consumer", "type", "attempts", "failed_at", "redriven_at", "reason")
    show(run(ask()), columns=columns, as_json=as_json, empty="No dead letters.")


@app.command("redrive")
def redrive(
    letter: Annotated[UUID | None, typer.Argument(help="One letter; without it all that were not redriven yet.")] = None,
    workspace: Workspace = None,
    data: Data = DEFAULT_FOLDER,
) -> None:
    """Hand letters to their consumer once more, after a fix. One that fails again stays, and the command ends with 1."""
    to = reach(data)

    async def hand_over() -> tuple[int, list[str]]:
        place = await _workspace(to, workspace)
        done = 0
        failed: list[str] = []
        async with _graveyards(to) as services:
            for service in services.values():
                for each in await service.list_dead_letters(place):
                    if each.id != letter and (letter is not None or each.redriven_at is not None):
                        continue
                    trouble = await _redriven(service, place, each.id)
                    done, failed = (done, [*failed, f"{each.id}: {trouble}"]) if trouble else (done + 1, failed)
        return done, failed

    done, failed = run(hand_over())
    if letter is not None and done + len(failed) == 0:
        fail("There is no such letter in this workspace; `rapport dead-letters list` shows those there are.")
    print(f"{done} redriven.")
    if failed:
        fail("\n".join((f"{len(failed)} failed again and stay:", *failed)))


async def _redriven(service: Graveyard, place: WorkspaceId, letter: UUID) -> str | None:
    """The kind of trouble, None where there was none. One letter's trouble does not keep the others waiting."""
    try:
        await service.redrive_dead_letter(place, letter)
    except Exception as error:  # noqa: BLE001 - the edge: whatever a consumer raises is told, once
        return type(error.__cause__ or error).__name__
    return None


@asynccontextmanager
async def _graveyards(to: Reach) -> AsyncIterator[dict[str, Graveyard]]:
    async with AsyncExitStack() as stack:
        yield {
            "identity": await stack.enter_async_context(to.identity()),
            "engagement": await stack.enter_async_context(to.engagement()),
            "routing": await stack.enter_async_context(to.routing()),
        }


async def _workspace(to: Reach, slug: str | None) -> WorkspaceId:
    async with to.identity() as people:
        return (await workspace_called(people, slug))[1]
