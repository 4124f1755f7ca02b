"""`rapport triage`: what triage makes of texts, a JSON line in, a JSON line out. Called by the command line; needs no server."""

import sys
from typing import BinaryIO

from services.routing.triage.console import triage_line


def triage_stream(source: BinaryIO, *, target: BinaryIO, explain: bool) -> None:
    """Each line as it comes; blank lines are passed over."""
    for line in source:
        if line.strip():
            target.write(triage_line(line, explain=explain) + b"\n")
            target.flush()


def triage_standard_input(*, explain: bool) -> None:
    """From standard input to standard output."""
    triage_stream(sys.stdin.buffer, target=sys.stdout.buffer, explain=explain)
