"""Conditions as data: read with clear errors, judged with the reasons. Pure; called by REST and `trying`.

A condition is {"all": [...]}, {"any": [...]}, {"not": {...}}, or a field with one test: {"field": "urgency", "is": "high"},
{"field": "language", "in": ["de", "fr"]}, {"field": "intents", "has": "price"}, {"field": "confidence", "at_least": 0.8} or "below".
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from services.contracts.vocabulary import Discipline, Phase, Sentiment, Urgency
from services.routing.errors import ConditionRefusedError

MOST_TESTS, DEEPEST = 100, 10
CLOSED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "discipline": frozenset(Discipline),
        "phase": frozenset(Phase),
        "sentiment": frozenset(Sentiment),
        "urgency": frozenset(Urgency),
    }
)
TEXTS = frozenset({*CLOSED, "language"})
LISTS = frozenset({"intents", "topics"})
NUMBERS = frozenset({"confidence"})
FLAGS = frozenset({"deserves_answer", "ready", "crisis", "complaint", "suggestion", "spam"})
FIELDS = tuple(sorted({*TEXTS, *LISTS, *NUMBERS, *FLAGS}))

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Check:
    """One field, one test."""

    field: str
    test: str
    value: Any

    def judge(self, facts: Facts) -> tuple[bool, tuple[str, ...]]:
        """Whether it holds, and, where it does, that as words."""
        if not _TESTS[self.test](facts[self.field], self.value):
            return False, ()
        return True, (f"{self.field} {self.test.replace('_', ' ')} {_words(self.value)}",)


@dataclass(frozen=True, slots=True)
class Every:
    """Holds where all do."""

    parts: tuple["Condition", ...]

    def judge(self, facts: Facts) -> tuple[bool, tuple[str, ...]]:
        """As Check.judge."""
        judged = [part.judge(facts) for part in self.parts]
        holds = all(held for held, _ in judged)
        return holds, tuple(why for _, reasons in judged for why in reasons) if holds else ()


@dataclass(frozen=True, slots=True)
class Some:
    """Holds where one does."""

    parts: tuple["Condition", ...]

    def judge(self, facts: Facts) -> tuple[bool, tuple[str, ...]]:
        """As Check.judge."""
        judged = [part.judge(facts) for part in self.parts]
        return any(held for held, _ in judged), tuple(why for held, reasons in judged if held for why in reasons)


@dataclass(frozen=True, slots=True)
class Not:
    """Holds where the other does not."""

    part: "Condition"

    def judge(self, facts: Facts) -> tuple[bool, tuple[str, ...]]:
        """As Check.judge."""
        held, _ = self.part.judge(facts)
        return not held, () if held else (f"not ({told(self.part)})",)


Condition = Check | Every | Some | Not

_TESTS: Mapping[str, Callable[[Any, Any], bool]] = MappingProxyType(
    {
        "is": lambda found, value: found == value,
        "in": lambda found, value: found in value,
        "has": lambda found, value: value in found,
        "at_least": lambda found, value: found >= value,
        "below": lambda found, value: found < value,
    }
)


def told(condition: Condition) -> str:
    """The condition as words."""
    match condition:
        case Check(field, test, value):
            return f"{field} {test.replace('_', ' ')} {_words(value)}"
        case Every(parts):
            return " and ".join(f"({told(part)})" for part in parts)
        case Some(parts):
            return " or ".join(f"({told(part)})" for part in parts)
        case Not(part):
            return f"not ({told(part)})"


def read_condition(data: object) -> Condition:
    """The condition that JSON says. Raises ConditionRefusedError, which says where and what to write instead."""
    condition = _read(data, where="condition", depth=1)
    if _size(condition) > MOST_TESTS:
        raise ConditionRefusedError(f"condition: more than {MOST_TESTS} tests; make several rules of it.")
    return condition


def _read(data: object, *, where: str, depth: int) -> Condition:
    if depth > DEEPEST:
        raise ConditionRefusedError(f"{where}: deeper than {DEEPEST}; take brackets away.")
    match data:
        case {"all": parts, **rest} if not rest:
            return Every(_parts(parts, where=f"{where}.all", depth=depth))
        case {"any": parts, **rest} if not rest:
            return Some(_parts(parts, where=f"{where}.any", depth=depth))
        case {"not": part, **rest} if not rest:
            return Not(_read(part, where=f"{where}.not", depth=depth + 1))
        case {"field": str(field), **rest} if len(rest) == 1:
            ((test, value),) = rest.items()
            return _test(field, str(test), value, where=where)
    raise ConditionRefusedError(f'{where}: write one of "all", "any", "not", or "field" with one test.')


def _parts(parts: object, *, where: str, depth: int) -> tuple[Condition, ...]:
    if not isinstance(parts, list) or not 0 < len(parts) <= MOST_TESTS:
        raise ConditionRefusedError(f"{where}: a list of 1 to {MOST_TESTS} conditions.")
    return tuple(_read(part, where=f"{where}[{number}]", depth=depth + 1) for number, part in enumerate(parts))


def _test(field: str, test: str, value: object, *, where: str) -> Check:
    if field in TEXTS:
        able: tuple[str, ...] = ("is", "in")
    elif field in LISTS:
        able = ("has",)
    elif field in NUMBERS:
        able = ("at_least", "below")
    elif field in FLAGS:
        able = ("is",)
    else:
        raise ConditionRefusedError(f"{where}: there is no field {field[:50]!r}; there are {', '.join(FIELDS)}.")
    if test not in able:
        raise ConditionRefusedError(f"{where}: {field} can be tested by {', '.join(able)}, not by {test[:50]!r}.")
    if field in FLAGS and not isinstance(value, bool):
        raise ConditionRefusedError(f"{where}.{test}: true or false.")
    if field in NUMBERS and (isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1):
        raise ConditionRefusedError(f"{where}.{test}: a number from 0 to 1.")
    if field in TEXTS | LISTS:
        _refuse_values(field, test, value, where=f"{where}.{test}")
    return Check(field, test, tuple(value) if isinstance(value, list) else value)


def _refuse_values(field: str, test: str, value: object, *, where: str) -> None:
    values = value if test == "in" else [value]
    if not isinstance(values, list) or not 0 < len(values) <= MOST_TESTS or not all(isinstance(each, str) for each in values):
        wanted = f"a list of 1 to {MOST_TESTS} texts" if test == "in" else "a text"
        raise ConditionRefusedError(f"{where}: {wanted}.")
    unknown = sorted(set(values) - CLOSED[field]) if field in CLOSED else []
    if unknown:
        raise ConditionRefusedError(f"{where}: {field} is never {unknown[0][:50]!r}; it is one of {', '.join(sorted(CLOSED[field]))}.")


def _size(condition: Condition) -> int:
    match condition:
        case Every(parts) | Some(parts):
            return sum(map(_size, parts))
        case Not(part):
            return _size(part)
        case Check():
            return 1


def _words(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(value) if isinstance(value, Sequence) and not isinstance(value, str) else str(value)
