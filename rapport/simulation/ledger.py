"""The ledger: one JSON line for everything that a simulated platform sent or received. Written by it, read by tests and the demo.

An entry of kind `event` is one attempt to deliver an event to us; one of kind `reply` is one call of ours and what became of it.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

Entry = dict[str, Any]


class Ledger:
    """Appends lines; each is handed to the operating system before the call returns, so that killing the process loses none."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: TextIO = path.open("a", encoding="utf-8")
        self._count = 0

    def write(self, kind: str, **facts: object) -> None:
        """Append one entry; `n` counts within this process."""
        self._count += 1
        entry = {"n": self._count, "at": datetime.now(UTC).isoformat(), "entry": kind, **facts}
        self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def read_ledger(path: Path) -> list[Entry]:
    """All entries so far; a line that is still being written is left out."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").split("\n")[:-1]
    return [json.loads(line) for line in lines if line]
