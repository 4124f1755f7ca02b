"""`rapport members`: list, add, reset-password, deactivate, activate. Called by the command line."""

import secrets
from typing import Annotated

import typer

from rapport.commands.options import DEFAULT_FOLDER, AsJson, Data, Workspace
from rapport.commands.printing import row_of, show
from rapport.commands.reaching import reach, run, workspace_called
from services.contracts.views import MemberView
from services.contracts.vocabulary import Discipline, Role

app = typer.Typer(no_args_is_help=True)
PASSWORD_BYTES = 15
Email = Annotated[str, typer.Argument(help="The member's e-mail address.")]


@app.command("list")
def list_members(workspace: Workspace = None, data: Data = DEFAULT_FOLDER, *, as_json: AsJson = False) -> None:
    """Everybody of a workspace, in the order in which they joined."""
    to = reach(data)

    async def ask() -> list[MemberView]:
        async with to.identity() as people:
            slug, _ = await workspace_called(people, workspace)
            return await people.list_members(workspace=slug)

    columns = ("email", "name", "role", "disciplines", "languages", "active")
    show([row_of(each) for each in run(ask())], columns=columns, as_json=as_json, empty="No member yet: rapport members add EMAIL NAME")


@app.command("add")
def add_member(  # noqa: PLR0913 - the parts of a member
    email: Email,
    name: Annotated[str, typer.Argument(help="The person's name.")],
    role: Annotated[Role, typer.Option(help="What the person may do.")] = Role.AGENT,
    discipline: Annotated[list[Discipline] | None, typer.Option(help="What the person works on; may be repeated.")] = None,
    language: Annotated[list[str] | None, typer.Option(help="A language the person answers in, such as en; may be repeated.")] = None,
    *,
    workspace: Workspace = None,
    data: Data = DEFAULT_FOLDER,
) -> None:
    """Add a member with a new password, which is shown once."""
    to, password = reach(data), secrets.token_urlsafe(PASSWORD_BYTES)

    async def add() -> None:
        async with to.identity() as people:
            slug, _ = await workspace_called(people, workspace)
            await people.create_member(
                workspace=slug,
                email=email,
                name=name,
                password=password,
                role=role,
                disciplines=discipline or (),
                languages=language or (),
            )

    run(add())
    print(f"{name} can sign in as {email} with the password {password} (shown only now).")


@app.command("reset-password")
def reset_password(email: Email, workspace: Workspace = None, data: Data = DEFAULT_FOLDER) -> None:
    """Give a member a new password, shown once, and end all their sessions."""
    to, password = reach(data), secrets.token_urlsafe(PASSWORD_BYTES)

    async def reset() -> None:
        async with to.identity() as people:
            slug, _ = await workspace_called(people, workspace)
            await people.reset_password(workspace=slug, email=email, password=password)

    run(reset())
    print(f"The new password of {email} is {password} (shown only now); all sessions have ended.")


@app.command("deactivate")
def deactivate(email: Email, workspace: Workspace = None, data: Data = DEFAULT_FOLDER) -> None:
    """Keep a member out: sessions end, what they wrote stays."""
    _set_active(email, workspace=workspace, data=data, active=False)
    print(f"{email} is kept out. `rapport members activate {email}` lets them in again.")


@app.command("activate")
def activate(email: Email, workspace: Workspace = None, data: Data = DEFAULT_FOLDER) -> None:
    """Let a member in again."""
    _set_active(email, workspace=workspace, data=data, active=True)
    print(f"{email} can sign in again.")


def _set_active(email: str, *, workspace: str | None, data: Data, active: bool) -> None:
    to = reach(data)

    async def change() -> None:
        async with to.identity() as people:
            slug, _ = await workspace_called(people, workspace)
            await people.set_active(workspace=slug, email=email, active=active)

    run(change())
