"""`rapport workspaces`: list, create. Called by the command line."""

import secrets
from typing import Annotated

import typer

from rapport.commands.options import DEFAULT_FOLDER, AsJson, Data
from rapport.commands.printing import row_of, show
from rapport.commands.reaching import reach, run
from services.contracts.views import WorkspaceView
from services.identity.admin import FirstAdmin

app = typer.Typer(no_args_is_help=True)
PASSWORD_BYTES = 15


@app.command("list")
def list_workspaces(data: Data = DEFAULT_FOLDER, *, as_json: AsJson = False) -> None:
    """All workspaces, by short name."""
    to = reach(data)

    async def ask() -> list[WorkspaceView]:
        async with to.identity() as people:
            return await people.list_workspaces()

    rows = [row_of(each) for each in run(ask())]
    show(rows, columns=("slug", "name", "created_at"), as_json=as_json, empty="No workspace yet: rapport workspaces create SLUG NAME")


@app.command("create")
def create_workspace(
    slug: Annotated[str, typer.Argument(help="Short name, used to sign in: lower-case letters, digits, hyphens.")],
    name: Annotated[str, typer.Argument(help="The company's name.")],
    admin_email: Annotated[str, typer.Option("--admin", help="E-mail address of the first member, an administrator.")],
    data: Data = DEFAULT_FOLDER,
) -> None:
    """Make a workspace with its first administrator, whose password is shown once; neither where one of them cannot be."""
    to, password = reach(data), secrets.token_urlsafe(PASSWORD_BYTES)

    async def make() -> None:
        async with to.identity() as people:
            await people.create_workspace(slug=slug, name=name, admin=FirstAdmin(email=admin_email, password=password))

    run(make())
    print(f"Workspace {slug} is made.\nSign in as {admin_email} with the password {password} (shown only now).")
