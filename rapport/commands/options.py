"""Options that several commands share, with their words. Imported by the commands and the command line; imports only typer."""

from pathlib import Path
from typing import Annotated

import typer

DEFAULT_FOLDER = Path(".rapport")
Data = Annotated[
    Path,
    typer.Option("--data", envvar="RAPPORT_DATA", help="Folder of a running `rapport up`; not used where DATABASE_URL names the database."),
]
Workspace = Annotated[
    str | None,
    typer.Option(
        "--workspace", "-w", envvar="RAPPORT_WORKSPACE", help="The workspace's short name; may be left out where there is only one."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")]
