"""`rapport journal`: what platforms delivered and what became of it; read it again after a fix. Called by the command line."""

from typing import Annotated, Literal
from uuid import UUID

import typer

import services.engagement.admin as engagement
from rapport.commands.options import DEFAULT_FOLDER, AsJson, Data, Workspace
from rapport.commands.printing import row_of, show
from rapport.commands.reaching import fail, reach, run, workspace_called

app = typer.Typer(no_args_is_help=True)
State = Literal["waiting", "done", "ignored", "unknown", "parked", "failed"]


@app.command("list")
def list_journal(
    state: Annotated[State | None, typer.Option(help="Only these; parked ones wait for what they are about.")] = None,
    workspace: Workspace = None,
    data: Data = DEFAULT_FOLDER,
    *,
    as_json: AsJson = False,
) -> None:
    """Deliveries, the newest first, at most 1,000; never what they say."""
    to = reach(data)

    async def ask() -> list[engagement.JournalRow]:
        async with to.identity() as people:
            _, place = await workspace_called(people, workspace)
        async with to.engagement() as admin:
            return await admin.list_journal(place, state=state)

    columns = ("id", "received_at", "channel_id", "state", "attempts", "reason")
    show([row_of(each) for each in run(ask())], columns=columns, as_json=as_json, empty="Nothing was delivered.")


@app.command("replay")
def replay_journal(
    item: Annotated[UUID | None, typer.Argument(help="One delivery; without it all that failed or were not understood.")] = None,
    workspace: Workspace = None,
    data: Data = DEFAULT_FOLDER,
) -> None:
    """Read deliveries again after a fix; what they had already led to stays as it is."""
    to = reach(data)

    async def replay() -> int:
        async with to.identity() as people:
            _, place = await workspace_called(people, workspace)
        async with to.engagement() as admin:
            return await admin.replay_journal(place, item=item)

    count = run(replay())
    if item is not None and count == 0:
        fail("There is no such delivery in this workspace; `rapport journal list` shows those there are.")
    print(f"{count} {'delivery is' if count == 1 else 'deliveries are'} read again.")
