"""`rapport triage`: what triage makes of texts, a JSON line in, a JSON line out. Called by the command line; needs no server."""

import sys
from collections.abc import Sequence
from io import BufferedReader, BytesIO
from typing import BinaryIO

from services.routing.triage.console import triage_lines

_READ_BYTES = 65_536


def triage_stream(source: BinaryIO, *, target: BinaryIO, explain: bool) -> None:
    """What has come is judged together, as soon as it comes; blank lines are passed over."""
    rest = b""
    while piece := _next_piece(source):
        *lines, rest = (rest + piece).split(b"\n")
        _answer(lines, target=target, explain=explain)
    _answer([rest], target=target, explain=explain)


def _next_piece(source: BinaryIO) -> bytes:
    """What is there now; waits only where nothing is."""
    return source.read1(_READ_BYTES) if isinstance(source, BufferedReader | BytesIO) else source.readline()


def _answer(lines: Sequence[bytes], *, target: BinaryIO, explain: bool) -> None:
    target.writelines(answer + b"\n" for answer in triage_lines([line for line in lines if line.strip()], explain=explain))
    target.flush()


def triage_standard_input(*, explain: bool) -> None:
    """From standard input to standard output."""
    triage_stream(sys.stdin.buffer, target=sys.stdout.buffer, explain=explain)
