"""Cells that a spreadsheet would run as a formula: made harmless on the way out, bare again on the way in. Pure.

Source: OWASP, CSV Injection. An apostrophe is put before a cell that begins with a sign of a formula, and before one that begins with
apostrophes and then such a sign, so that taking one away always gives back what it was.
"""

import re

_RISKY = re.compile(r"'*[=+\-@\t\r\n]")


def harmless(cell: str) -> str:
    """The cell as it may be opened by a spreadsheet."""
    return f"'{cell}" if _RISKY.match(cell) else cell


def bared(cell: str) -> str:
    """The cell without the apostrophe that made it harmless."""
    return cell[1:] if cell.startswith("'") and _RISKY.match(cell, 1) else cell
