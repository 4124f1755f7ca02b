"""Labelled phrases as messages. Called by the triage tests; judges nothing."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.contracts.vocabulary import Addressed, Control, Kind
from services.routing.triage import Message, TriageResult, analyse

_FOLDER = Path(__file__).parent
_CASTS = {"kind": lambda value: Kind.DIRECT if value == "email" else Kind(value), "addressed": Addressed, "control": Control}


@dataclass(frozen=True)
class Phrase:
    """One message and every label that people would accept."""

    message: Message
    disciplines: tuple[str, ...]
    phases: tuple[str, ...]
    deserves_answer: bool


@dataclass(frozen=True)
class Accuracy:
    """Shares of right labels, 0 to 1."""

    discipline: float
    phase: float
    deserves_answer: float


def read_phrases(name: str) -> list[Phrase]:
    return [_phrase(json.loads(line)) for line in (_FOLDER / name).read_text(encoding="utf-8").splitlines()]


def measure(phrases: Sequence[Phrase]) -> Accuracy:
    results = analyse([phrase.message for phrase in phrases])
    pairs = list(zip(phrases, results, strict=True))
    return Accuracy(
        discipline=sum(is_sorted(phrase, result) for phrase, result in pairs) / len(pairs),
        phase=sum(result.phase in phrase.phases for phrase, result in pairs) / len(pairs),
        deserves_answer=sum(result.deserves_answer == phrase.deserves_answer for phrase, result in pairs) / len(pairs),
    )


def is_sorted(phrase: Phrase, result: TriageResult) -> bool:
    return result.discipline in phrase.disciplines


def _phrase(row: dict[str, Any]) -> Phrase:
    context = {key: _CASTS[key](value) if key in _CASTS else value for key, value in row["context"].items()}
    message = Message(id=row["id"], text=row["text"], **context)
    return Phrase(message, tuple(row["discipline"]), tuple(row["phase"]), row["deserves_answer"])
