"""`rapport keys`: list, create, revoke API keys. Called by the command line."""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import typer

import services.identity.admin as identity
from rapport.commands.options import DEFAULT_FOLDER, AsJson, Data, Workspace
from rapport.commands.printing import Row, row_of, show
from rapport.commands.reaching import reach, run, workspace_called
from services.contracts.ids import KeyId

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_keys(workspace: Workspace = None, data: Data = DEFAULT_FOLDER, *, as_json: AsJson = False) -> None:
    """All API keys of a workspace, ended ones too; never their secrets."""
    to = reach(data)

    async def ask() -> list[Row]:
        async with to.identity() as people:
            slug, _ = await workspace_called(people, workspace)
            return [row_of(each) for each in await people.list_api_keys(workspace=slug)]

    columns = ("id", "name", "prefix", "scopes", "created_at", "expires_at", "revoked_at", "last_used_at")
    show(
        run(ask()),
        columns=columns,
        as_json=as_json,
        empty="No API key yet: rapport keys create NAME --scope ...",
    )


@app.command("create")
def create_key(
    name: Annotated[str, typer.Argument(help="Who or what will use it.")],
    scope: Annotated[list[str], typer.Option(help="A permission, such as conversations:read; may be repeated.")],
    days: Annotated[int | None, typer.Option(min=1, help="Ends after so many days; without it the key does not end by itself.")] = None,
    workspace: Workspace = None,
    data: Data = DEFAULT_FOLDER,
) -> None:
    """Make an API key; it is shown once."""
    to = reach(data)
    expires_at = None if days is None else datetime.now(UTC) + timedelta(days=days)

    async def make() -> identity.NewApiKey:
        async with to.identity() as people:
            slug, _ = await workspace_called(people, workspace)
            return await people.create_api_key(workspace=slug, name=name, scopes=scope, expires_at=expires_at)

    made = run(make())
    print(f"{made.token}\nShown only now. Send it as `Authorization: Bearer ...`; its id is {made.key.id}.")


@app.command("revoke")
def revoke_key(
    key: Annotated[UUID, typer.Argument(help="The key's id, as `rapport keys list` shows it.")],
    workspace: Workspace = None,
    data: Data = DEFAULT_FOLDER,
) -> None:
    """End an API key everywhere within seconds."""
    to = reach(data)

    async def revoke() -> None:
        async with to.identity() as people:
            slug, _ = await workspace_called(people, workspace)
            await people.revoke_api_key(workspace=slug, key=KeyId(key))

    run(revoke())
    print("The key has ended.")
