"""`rapport registrations`: a company's own registrations at platforms' houses, for signing in. Called by the command line."""

from typing import Annotated

import typer

from rapport.commands.channels import pairs
from rapport.commands.options import DEFAULT_FOLDER, AsJson, Data, Workspace
from rapport.commands.printing import show
from rapport.commands.reaching import reach, run, workspace_called

app = typer.Typer(no_args_is_help=True)
App = Annotated[str, typer.Argument(metavar="APP", help="Whose it is, such as google; `GET /v1/connectors` names it as sign_in.app.")]


@app.command("list")
def list_registrations(workspace: Workspace = None, data: Data = DEFAULT_FOLDER, *, as_json: AsJson = False) -> None:
    """For what the company has registrations of its own; never their values. The deployment's are in its environment, as OAUTH_..."""
    to = reach(data)

    async def ask() -> list[str]:
        async with to.identity() as people, to.engagement() as admin:
            return await admin.list_registrations((await workspace_called(people, workspace))[1])

    show([{"app": each} for each in run(ask())], columns=("app",), as_json=as_json, empty="None: the deployment's hold.")


@app.command("set")
def keep_registration(
    name: App,
    value: Annotated[list[str], typer.Option(metavar="NAME=VALUE", help="Such as client_id=...; NAME=@FILE reads it from a file.")],
    workspace: Workspace = None,
    data: Data = DEFAULT_FOLDER,
) -> None:
    """Give the company a registration of its own, in place of the deployment's. It is sealed and never shown again."""
    values, to = pairs(value), reach(data)

    async def keep() -> None:
        async with to.identity() as people, to.engagement() as admin:
            await admin.keep_registration((await workspace_called(people, workspace))[1], name, values)

    run(keep())
    print(f"From now on accounts are connected by the company's own registration for {name}.")


@app.command("forget")
def forget_registration(name: App, workspace: Workspace = None, data: Data = DEFAULT_FOLDER) -> None:
    """Forget it; the deployment's holds again."""
    to = reach(data)

    async def forget() -> bool:
        async with to.identity() as people, to.engagement() as admin:
            return await admin.forget_registration((await workspace_called(people, workspace))[1], name)

    print(f"The registration for {name} is forgotten." if run(forget()) else f"There was no registration for {name}.")
