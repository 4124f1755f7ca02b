"""The command line: `rapport up` runs everything; the other commands are the operator's hands. Nothing is imported before it is needed."""

import asyncio
import os
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from rapport.commands.options import DEFAULT_FOLDER, AsJson, Data, Workspace
from rapport.topics import LazyTopics, announce

app = typer.Typer(
    name="rapport",
    cls=LazyTopics,
    help="Knows who a person is on every network, keeps what was said, and says who of us should act.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
Folder = Annotated[Path, typer.Option("--data", envvar="RAPPORT_DATA", help="Folder of all data of this deployment.")]
MARK_LIMIT_CHARS = 20


@app.command()
def up(  # noqa: PLR0913 - options of one command
    data: Folder = DEFAULT_FOLDER,
    host: Annotated[str, typer.Option(envvar="RAPPORT_HOST", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="RAPPORT_PORT", min=1, max=65535, help="The one port.")] = 8080,
    public_url: Annotated[str | None, typer.Option(envvar="PUBLIC_URL", help="Address at which people and platforms reach it.")] = None,
    *,
    gateways: Annotated[int, typer.Option(envvar="RAPPORT_GATEWAYS", min=1, max=64, help="Processes that share the port.")] = 2,
    single_process: Annotated[bool, typer.Option("--single-process", help="All parts in one process, for small machines.")] = False,
    sample: Annotated[bool, typer.Option(help="Make a sample workspace at the first start.")] = True,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", envvar="ALLOW_PRIVATE_ADDRESSES", help="Let connectors call inside addresses.")
    ] = False,
) -> None:
    """Start everything and keep it running. Ctrl-C drains and stops; a second one kills.

    PostgreSQL and NATS are embedded unless DATABASE_URL (or DATABASE_URL_IDENTITY, _ENGAGEMENT, _ROUTING) and NATS_URL name others.
    """
    from rapport import upping  # noqa: PLC0415 - `--help` must not load the product
    from rapport.deployment import Deployment  # noqa: PLC0415 - as above

    deployment = Deployment(
        folder=data,
        host=host,
        port=port,
        public_url=public_url,
        gateways=gateways,
        single_process=single_process,
        allow_private_addresses=allow_private,
        secret_key=os.environ.get("RAPPORT_SECRET_KEY"),
        database_urls=upping.external_databases(os.environ),
        nats_url=os.environ.get("NATS_URL"),
        log_level=os.environ.get("LOG_LEVEL", "warning"),
    )
    raise typer.Exit(asyncio.run(upping.keep_up(deployment, sample=sample)))


@app.command()
def demo(
    seed: Annotated[int, typer.Option(help="Draws names, texts and order; any seed passes.")] = 1,
    keep: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Keep data and logs here; must not exist yet.")] = None,
    mark: Annotated[str, typer.Option(hidden=True, help="A word woven into every name, text, address and secret.")] = "",
) -> None:
    """Play a story against simulated platforms, with throw-away data, and check that all of it came true.

    Two people write over three channels; one of them is the same person on two networks. Ends with 0 only if every check holds.
    """
    from rapport.demo.performance import perform  # noqa: PLC0415 - see up

    if keep is not None and keep.exists():
        raise typer.BadParameter(f"{keep} exists already; name a new folder", param_hint="--keep")
    if mark and not (mark.isascii() and mark.isalnum() and len(mark) <= MARK_LIMIT_CHARS):
        raise typer.BadParameter(f"letters and digits, at most {MARK_LIMIT_CHARS}", param_hint="--mark")
    raise typer.Exit(asyncio.run(perform(seed, mark=mark, keep=keep)))


@app.command()
def migrate() -> None:
    """Bring the databases to the newest revision; `up` does this by itself. Needs DATABASE_URL and RAPPORT_SECRET_KEY."""
    from rapport import operating  # noqa: PLC0415 - see up

    asyncio.run(operating.migrate_all(os.environ))


@app.command()
def triage(*, explain: Annotated[bool, typer.Option("--explain", help="Also how sure it is, and which words said so.")] = False) -> None:
    """Sort texts: JSON lines {"id", "text", "context"?} on standard input, one JSON result a line. Needs no server."""
    from rapport.commands.triage import triage_standard_input  # noqa: PLC0415 - see up

    triage_standard_input(explain=explain)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where to write it; holds everything that people said, so keep it safe.")],
    data: Data = DEFAULT_FOLDER,
) -> None:
    """Write everything of a running deployment to one file, while it works.

    The secret key is not in it, and a restore needs it: keep the data folder's file `secret-key` in another place.
    """
    from rapport.commands.files import back_up_to  # noqa: PLC0415 - see up

    back_up_to(file, data=data)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `rapport backup` wrote.", exists=True, dir_okay=False)],
    data: Folder = DEFAULT_FOLDER,
) -> None:
    """Fill an empty deployment that does not run from a backup, and bring it to this release.

    Into the folder of a new deployment, or into the databases that DATABASE_URL names. Needs the secret key of the deployment that
    was backed up: RAPPORT_SECRET_KEY, or its file `secret-key` in the folder.
    """
    from rapport.commands.files import restore_from  # noqa: PLC0415 - see up

    restore_from(file, data=data)


@app.command("import")
def import_(  # noqa: PLR0913 - options of one command
    file: Annotated[
        Path, typer.Argument(help="A CSV file or JSON lines, in any usual encoding; of a Chatwoot, a folder of them.", exists=True)
    ],
    kind: Annotated[
        str,
        typer.Option(
            help="profiles: people and CRM rows; followers: those who follow somebody; chatwoot: a Chatwoot's people and history."
        ),
    ] = "profiles",
    column: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="COLUMN=FIELD", help="For a column without a usual name; FIELD may be attribute:NAME, or -."),
    ] = None,
    network: Annotated[str, typer.Option(help="The network of rows that name none; crm where left out. Followers need it.")] = "",
    scope: Annotated[str, typer.Option(help="The scope of rows that name none, such as a server.")] = "",
    *,
    of: Annotated[str, typer.Option(help="Whom followers follow: the account's id on the network, so that it is kept.")] = "",
    channel: Annotated[
        list[str] | None,
        typer.Option(metavar="INBOX=CHANNEL", help="The channel here that gets the history of Chatwoot's inbox of this number."),
    ] = None,
    delimiter: Annotated[str, typer.Option(help="One character, or tab; found by itself where left out.")] = "",
    report: Annotated[Path | None, typer.Option(help="Where to write what was refused; .csv for a table. NAME.report.ndjson.")] = None,
    as_json: AsJson = False,
    workspace: Workspace = None,
    data: Data = DEFAULT_FOLDER,
) -> None:
    """Bring people in from a file: CRM rows, accounts on networks, followers. The same file again changes nothing.

    Ends with 0 where every row was taken, 3 where some were refused (the report says why), 1 where it failed. Killed, it goes on by
    itself in the running deployment.
    """
    from rapport.commands.transfers import import_people, wish_of  # noqa: PLC0415 - see up

    wish = wish_of(file, kind=kind, network=network, scope=scope, of=of, delimiter=delimiter, columns=column or [], channels=channel or [])
    import_people(file, wish, workspace=workspace, data=data, report=report, as_json=as_json)


@app.command()
def export(
    form: Annotated[str, typer.Option("--format", help="csv, or ndjson for JSON lines.")] = "csv",
    out: Annotated[Path | None, typer.Option(help="The file to write; standard output where left out.")] = None,
    label: Annotated[UUID | None, typer.Option(help="Only contacts with the label of this id.")] = None,
    contact: Annotated[list[UUID] | None, typer.Option(help="Only the contact of this id; may be repeated.")] = None,
    *,
    workspace: Workspace = None,
    data: Data = DEFAULT_FOLDER,
) -> None:
    """Write everybody who is known to a file that may be imported again: a row for each profile, with its contact's id.

    A cell that a spreadsheet would run as a formula begins with an apostrophe; an import takes it away again.
    """
    from rapport.commands.transfers import export_people, selection_of  # noqa: PLC0415 - see up

    if form not in {"csv", "ndjson"}:
        raise typer.BadParameter("csv or ndjson", param_hint="--format")
    selection = selection_of(label, contact)
    export_people(as_csv=form == "csv", out=out, selection=selection, workspace=workspace, data=data)


announce(app)


def main() -> None:
    """The `rapport` command."""
    app(prog_name="rapport")


if __name__ == "__main__":
    main()
