"""`rapport people`: what an operator does about one person, and about how people are matched. Called by the command line."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar
from uuid import UUID

import typer

from rapport.commands.options import DEFAULT_FOLDER, Data, Workspace
from rapport.commands.reaching import Reach, fail, reach, run, workspace_called
from services.contracts.ids import ContactId, WorkspaceId
from services.contracts.views import ErasureView, HoldView, PersonExportView
from services.contracts.vocabulary import ErasureReason

app = typer.Typer(help="Single people, and how they are matched: export, erase, hold, release, reindex.", no_args_is_help=True)
AGAIN_SECONDS = 0.3
T = TypeVar("T")
Contact = Annotated[UUID, typer.Argument(help="The contact's id.")]
Wait = Annotated[float, typer.Option(min=0, help="How many seconds to wait for the services.")]


@app.command()
def export(
    contact: Contact,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Where to write the file; else it is person-CONTACT.json.")] = None,
    *,
    wait: Wait = 120,
    workspace: Workspace = None,
    data: Data = DEFAULT_FOLDER,
) -> None:
    """Write all that every service keeps of a person into one file of JSON, for the person."""
    to = reach(data)
    target = out or Path(f"person-{contact}.json")

    async def work() -> PersonExportView:
        place = await _place(to, workspace)
        async with to.persons() as hands:
            asked = await hands.export(place, ContactId(contact))
            shown = await _awaited(lambda: hands.exported(place, asked.id), lambda each: each.completed_at is not None, seconds=wait)
            if shown.completed_at is not None:
                chunks = await hands.file(place, shown.id)
                with target.open("wb") as file:
                    async for chunk in chunks:
                        file.write(chunk)
            return shown

    shown = run(work())
    missing = [each.service for each in shown.services if each.acknowledged_at is None]
    if missing:
        fail(f"{' and '.join(missing)} told nothing yet. Is Rapport running? GET /v1/person-exports/{shown.id} says how far it is.")
    typer.echo(f"{target} holds {sum(each.items for each in shown.services):,} things that are kept of the person.")


@app.command()
def erase(
    contact: Contact,
    reason: Annotated[ErasureReason, typer.Option(help="Why; the certificate keeps it.")] = ErasureReason.REQUEST,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
    wait: Wait = 120,
    workspace: Workspace = None,
    data: Data = DEFAULT_FOLDER,
) -> None:
    """Erase a person from every service, for good. Ends with 1 where a service has not said in time that it is done."""
    to = reach(data)
    if not yes:
        typer.confirm(f"Erase the contact {contact} for good?", abort=True)

    async def work() -> ErasureView:
        place = await _place(to, workspace)
        async with to.persons() as hands:
            asked = await hands.erase(place, ContactId(contact), reason=reason)
            return await _awaited(lambda: hands.certificate(place, asked.id), lambda each: each.completed_at is not None, seconds=wait)

    shown = run(work())
    for share in shown.services:
        told = ", ".join(f"{each.count:,} {each.kind.replace('_', ' ')}" for each in share.removed) or "nothing"
        typer.echo(f"{share.service}: {told if share.acknowledged_at else 'not done yet'}")
    if shown.completed_at is None:
        fail(f"The erasure {shown.id} is under way, and goes on once Rapport runs. GET /v1/erasures/{shown.id} is its certificate.")
    typer.echo(f"Erased. The certificate is GET /v1/erasures/{shown.id}.")


@app.command()
def hold(
    contact: Contact,
    reason: Annotated[str, typer.Argument(help="Why they are kept.")],
    *,
    workspace: Workspace = None,
    data: Data = DEFAULT_FOLDER,
) -> None:
    """Keep a person from being erased, and from growing old."""
    to = reach(data)

    async def work() -> HoldView:
        place = await _place(to, workspace)
        async with to.persons() as hands:
            return await hands.hold(place, ContactId(contact), reason=reason)

    shown = run(work())
    typer.echo(f"The contact {shown.contact_id} is held since {shown.set_at:%Y-%m-%d %H:%M} UTC: {shown.reason}")


@app.command()
def release(contact: Contact, *, workspace: Workspace = None, data: Data = DEFAULT_FOLDER) -> None:
    """Lift the hold: the person may be erased again."""
    to = reach(data)

    async def work() -> None:
        place = await _place(to, workspace)
        async with to.persons() as hands:
            await hands.release(place, ContactId(contact))

    run(work())
    typer.echo(f"The contact {contact} is not held any more.")


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


async def _place(to: Reach, workspace: str | None) -> WorkspaceId:
    async with to.identity() as admin:
        _, place = await workspace_called(admin, workspace)
    return place


async def _awaited(show: Callable[[], Awaitable[T]], is_done: Callable[[T], bool], *, seconds: float) -> T:
    """What is shown once it is done, or as it stands after so long."""
    end = asyncio.get_running_loop().time() + seconds
    shown = await show()
    while not is_done(shown) and asyncio.get_running_loop().time() < end:
        await asyncio.sleep(AGAIN_SECONDS)
        shown = await show()
    return shown
