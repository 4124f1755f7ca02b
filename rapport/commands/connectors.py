"""`rapport connectors`: which platforms can be connected, and what payload files mean. Called by the command line; needs no server."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer

from rapport.commands.options import AsJson
from rapport.commands.printing import row_of, show
from rapport.commands.reaching import fail
from services.engagement.admin_connectors import COLUMNS, UnknownPlatformError, list_connectors, parse_file

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_all(*, as_json: AsJson = False) -> None:
    """Every platform: what is received and sent, how it is verified, its limits, when it was last checked."""
    show([row_of(each) for each in list_connectors()], columns=COLUMNS, as_json=as_json, empty="No connectors.")


@app.command("parse")
def parse(
    platform: Annotated[str, typer.Argument(help="Such as telegram or inlet.")],
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="A raw body, or an object with headers and body.")],
) -> None:
    """Print the neutral events of payload files as JSON lines, each with `file` and `kind`.

    What carries no event prints kind handshake or ignored with a reason, what is not understood kind unknown.
    Ends with 1 only where a file cannot be read at all.
    """
    unreadable = []
    for file in files:
        try:
            lines = parse_file(platform, path=file, received_at=datetime.now(UTC))
        except UnknownPlatformError as error:
            fail(f"{error}.")
        except OSError as error:
            unreadable.append(f"{file} cannot be read: {error.strerror}.")
            continue
        for line in lines:
            sys.stdout.buffer.write(orjson.dumps(line) + b"\n")
    sys.stdout.buffer.flush()
    if unreadable:
        fail("\n".join(unreadable))
