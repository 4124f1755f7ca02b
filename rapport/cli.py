"""The command line: `rapport up` runs everything; the other commands are the operator's hands. Nothing is imported before it is needed."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="rapport",
    help="Knows who a person is on every network, keeps what was said, and says who of us should act.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
Folder = Annotated[Path, typer.Option("--data", envvar="RAPPORT_DATA", help="Folder of all data of this deployment.")]
DEFAULT_FOLDER = Path(".rapport")
MARK_LIMIT_CHARS = 20


@app.command()
def up(  # noqa: PLR0913 - options of one command
    data: Folder = DEFAULT_FOLDER,
    host: Annotated[str, typer.Option(envvar="RAPPORT_HOST", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="RAPPORT_PORT", min=1, max=65535, help="The one port.")] = 8080,
    public_url: Annotated[str | None, typer.Option(envvar="PUBLIC_URL", help="Address at which people and platforms reach it.")] = None,
    *,
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


def main() -> None:
    """The `rapport` command."""
    app(prog_name="rapport")


if __name__ == "__main__":
    main()
