"""How long a message may wait, by the table of urgency.toml, and why. Called by deciding; pure."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from services.contracts.vocabulary import Discipline, Urgency
from services.routing.triage.deadlines import find_hour
from services.routing.triage.folding import fold
from services.routing.triage.reading import Reading

_TABLE = Path(__file__).parent / "urgency.toml"
_LEAST = 2.0
_TOLD = 0.5


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; an empty condition asks for nothing."""

    reason: str
    points: float
    heard: tuple[tuple[str, ...], ...] = ()
    also: tuple[str, ...] = ()
    disciplines: tuple[Discipline, ...] = ()
    deadline: bool = False
    crisis: bool = False
    sure: Urgency | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """The rows and the points from which a message is high, and to which it is low."""

    high: float
    low: float
    rows: tuple[Row, ...]


def weigh(reading: Reading, shares: Mapping[Urgency, float], *, discipline: Discipline, crisis: bool) -> tuple[Urgency, tuple[str, ...]]:
    """The urgency of a message that is owed an answer, and the reasons of the rows that led there, the weightiest first."""
    table = shipped_table()
    counted = [(_points(row, reading, shares, discipline=discipline, crisis=crisis), row.reason) for row in table.rows]
    total = sum(points for points, _ in counted)
    found = Urgency.HIGH if total >= table.high else Urgency.LOW if total <= table.low else Urgency.NORMAL
    sign = {Urgency.HIGH: 1.0, Urgency.LOW: -1.0}.get(found)
    if sign is None:
        return found, ()
    told = sorted(((sign * points, reason) for points, reason in counted if sign * points > _TOLD), key=lambda pair: -pair[0])
    return found, tuple(reason for _, reason in told)


@cache
def shipped_table() -> Table:
    """The table that ships with the product."""
    table = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    return Table(table["high"], table["low"], tuple(_row(entry) for entry in table["points"]))


def _points(row: Row, reading: Reading, shares: Mapping[Urgency, float], *, discipline: Discipline, crisis: bool) -> float:
    if row.sure is not None:
        return row.points * shares[row.sure]
    applies = (
        (crisis or not row.crisis)
        and (not row.disciplines or discipline in row.disciplines)
        and all(reading.any_of(*group, least=_LEAST) for group in row.heard)
        and (not row.also or reading.any_of(*row.also))
        and (not row.deadline or _names_limit(reading))
    )
    return row.points if applies else 0.0


def _names_limit(reading: Reading) -> bool:
    return reading.any_of("deadline", least=_LEAST) or find_hour(fold(reading.text)) is not None


def _row(entry: Mapping[str, Any]) -> Row:
    return Row(
        entry["reason"],
        float(entry["points"]),
        heard=tuple(tuple(group) for group in entry.get("heard", ())),
        also=tuple(entry.get("also", ())),
        disciplines=tuple(Discipline(each) for each in entry.get("disciplines", ())),
        deadline=entry.get("deadline", False),
        crisis=entry.get("crisis", False),
        sure=Urgency(entry["sure"]) if "sure" in entry else None,
    )
