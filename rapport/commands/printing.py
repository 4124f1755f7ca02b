"""Rows for people as a table, for programs as JSON lines. Called by the commands; decides nothing."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from textwrap import wrap
from uuid import UUID

import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table

Row = Mapping[str, object]
MEASURED_CHARS = 10_000  # wider than any table, so that it is measured as it is
LEAST_CHARS = 20


def show(rows: Sequence[Row], *, columns: Sequence[str], as_json: bool, empty: str) -> None:
    """A table of some columns, or every field as JSON lines; `empty` says what to do where there is nothing.

    Where the terminal is too narrow for the table, a field a line instead: ids stay whole, to be copied.
    """
    if as_json:
        for row in rows:
            sys.stdout.write(orjson.dumps({name: _plain(value) for name, value in row.items()}).decode() + "\n")
        return
    if not rows:
        print(empty)
        return
    console = Console()
    titles = [name.replace("_", " ") for name in columns]
    cells = [[_words(row[name]) for name in columns] for row in rows]
    table = _table(titles, cells)
    if console.measure(table, options=console.options.update(width=MEASURED_CHARS)).maximum <= console.width:
        console.print(table)
        return
    for number, row_cells in enumerate(cells):
        print(end="\n" if number else "")
        _print_beneath(console, titles, row_cells)


def _table(titles: Sequence[str], cells: Sequence[Sequence[str]]) -> Table:
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for title in titles:
        table.add_column(title, no_wrap=True)
    for row in cells:
        table.add_row(*map(escape, row))
    return table


def _print_beneath(console: Console, titles: Sequence[str], row: Sequence[str]) -> None:
    """One row where a table is too wide: a field a line; prose is wrapped, an id or an address never broken."""
    margin = max(map(len, titles)) + 2
    for title, cell in zip(titles, row, strict=True):
        lines = wrap(cell, max(console.width - margin, LEAST_CHARS), break_long_words=False, break_on_hyphens=False) or [cell]
        for number, line in enumerate(lines):
            label = "" if number else title
            console.out(f"{label:<{margin}}{line}", highlight=False)


def row_of(value: object, **more: object) -> Row:
    """A dataclass as a row, with further fields."""
    if not is_dataclass(value) or isinstance(value, type):
        raise TypeError(f"{type(value).__name__} has no fields")
    return {**{field.name: getattr(value, field.name) for field in fields(value)}, **more}


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple | list | frozenset):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, UUID) else value


def _words(value: object) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, tuple | list | frozenset):
        return ", ".join(_words(each) for each in value) or "-"
    return str(_plain(value))
