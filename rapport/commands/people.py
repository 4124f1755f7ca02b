"""`rapport people`: what an operator does about how people are matched. Called by the command line."""

from typing import Annotated
from uuid import UUID

import typer

from rapport.commands.options import DEFAULT_FOLDER, Data, Workspace
from rapport.commands.reaching import reach, run, workspace_called

app = typer.Typer(help="People and how they are matched: reindex.", no_args_is_help=True)


@app.command()
def reindex(
    after: Annotated[UUID | None, typer.Option(help="Go on behind the profile of this id, which a stopped run told last.")] = None,
    *,
    workspace: Workspace = None,
    data: Data = DEFAULT_FOLDER,
) -> None:
    """Derive anew what people are compared by, and join whom the rules join now.

    Once after an upgrade whose notes ask for it. The service may run meanwhile; doing it again changes nothing.
    """
    to = reach(data)

    async def work() -> tuple[int, int]:
        async with to.identity() as people:
            slug, _ = await workspace_called(people, workspace)
            last, profiles, moved = after, 0, 0
            while True:
                done = await people.reindex(slug, after=last)
                if done.last is None:
                    return profiles, moved
                last, profiles, moved = done.last, profiles + done.profiles, moved + done.moved
                typer.echo(f"{profiles} read, {moved} moved; stopped, it goes on with --after {last}", err=True)

    profiles, moved = run(work())
    typer.echo(f"{profiles} profiles read anew, {moved} moved to another contact. Suggestions follow within minutes.")
