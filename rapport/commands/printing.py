"""Rows for people as a table, for programs as JSON lines. Called by the commands; decides nothing."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table

Row = Mapping[str, object]


def show(rows: Sequence[Row], *, columns: Sequence[str], as_json: bool, empty: str) -> None:
    """A table of some columns, or every field as JSON lines; `empty` says what to do where there is nothing."""
    if as_json:
        for row in rows:
            sys.stdout.write(orjson.dumps({name: _plain(value) for name, value in row.items()}).decode() + "\n")
        return
    if not rows:
        print(empty)
        return
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for name in columns:
        table.add_column(name.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(escape(_words(row[name])) for name in columns))
    Console().print(table)


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
