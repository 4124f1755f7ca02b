"""The table of rules.toml: what each intent says of discipline, phase and topic. Called by judging and by the sentence; read once."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from services.contracts.vocabulary import Discipline, Phase

_TABLE = Path(__file__).parent / "rules.toml"


@dataclass(frozen=True, slots=True)
class IntentRule:
    """Points per discipline and phase for each point of one intent, and what it is about."""

    topic: str
    disciplines: Mapping[Discipline, float]
    phases: Mapping[Phase, float]


@dataclass(frozen=True, slots=True)
class PairRule:
    """Points per discipline when both intents are heard in one message."""

    first: str
    second: str
    disciplines: Mapping[Discipline, float]


@dataclass(frozen=True, slots=True)
class Rules:
    """The whole table."""

    service_prior: float
    intents: Mapping[str, IntentRule] = field(default_factory=dict)
    pairs: tuple[PairRule, ...] = ()


@cache
def shipped_rules() -> Rules:
    """The rules that ship with the product."""
    table = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    return Rules(
        service_prior=table["service_prior"],
        intents={name: _intent(entry) for name, entry in table["intents"].items()},
        pairs=tuple(_pair(entry) for entry in table["pairs"]),
    )


def _intent(entry: Mapping[str, Any]) -> IntentRule:
    phases = {Phase(name): float(points) for name, points in entry.get("phases", {}).items()}
    return IntentRule(entry["topic"], _points(entry), phases)


def _pair(entry: Mapping[str, Any]) -> PairRule:
    first, second = entry["both"]
    return PairRule(first, second, _points(entry))


def _points(entry: Mapping[str, Any]) -> dict[Discipline, float]:
    return {Discipline(name): float(points) for name, points in entry["disciplines"].items()}
