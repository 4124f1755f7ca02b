"""Labelled messages: the phrases written for the project, and how a line of theirs becomes a message. Called by training."""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.routing.triage.console import message_of
from services.routing.triage.message import Message

PHRASES = Path(__file__).parent.parent / "phrases"
FLAGS = ("ready", "crisis", "complaint", "suggestion", "spam", "quote_ok")
KINDS = ("direct", "comment", "mention", "review", "email", "post")
FOLDS = 5
_FIRST_SHARE = 0.7


@dataclass(frozen=True, slots=True)
class Example:
    """One message and what is known of it: per head the share of each label. `weight` says how much it counts."""

    message: Message
    labels: Mapping[str, Mapping[str, float]]
    source: str
    weight: float = 1.0
    fold: int = field(default=0)

    @property
    def text(self) -> str:
        """What was written."""
        return self.message.text or ""


def fold_of(text: str) -> int:
    """In which of the `FOLDS` a text is measured: by its letters, so that a copy is never on both sides."""
    return zlib.crc32("".join(text.lower().split()).encode("utf-8", "replace")) % FOLDS


def read_phrases(folder: Path = PHRASES) -> list[Example]:
    """Every phrase of every language, by file and line. Raises ValueError that names the line which is not so."""
    found: list[Example] = []
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            try:
                found.append(phrase(json.loads(line), language=path.stem.partition("-")[0]))
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(f"{path.name}, line {number}: {error}") from error
    return found


def phrase(row: Mapping[str, Any], *, language: str) -> Example:
    """One line. Raises ValueError, KeyError."""
    kind, text = row.get("kind", "direct"), row["text"]
    flags = set(row.get("flags", ()))
    if unknown := (flags - {*FLAGS, "silent"}) | ({kind} - set(KINDS)):
        raise ValueError(f"unknown {sorted(unknown)}")
    message = message_of(str(fold_of(text)), text=text, kind=kind, public=None, bought_before=row.get("bought"))
    labels: dict[str, Mapping[str, float]] = {flag: _yes(given=flag in flags) for flag in FLAGS}
    labels["deserves_answer"] = _yes(given="silent" not in flags)
    labels["discipline"] = _shares(row["discipline"])
    labels["phase"] = _shares(row["phase"])
    labels["sentiment"] = {row.get("sentiment", "neutral"): 1.0}
    labels["urgency"] = {"low" if "silent" in flags else row.get("urgency", "normal"): 1.0}
    return Example(message, labels, source=f"phrases-{language}", fold=fold_of(text))


def plain(text: str, *, labels: Mapping[str, Mapping[str, float]], source: str, weight: float = 1.0, kind: str = "direct") -> Example:
    """A text of a public set, of which only some labels are known."""
    message = message_of("0", text=text, kind=kind, public=None, bought_before=None)
    return Example(message, labels, source=source, weight=weight, fold=fold_of(text))


def _yes(*, given: bool) -> dict[str, float]:
    return {"yes" if given else "no": 1.0}


def _shares(said: str | Sequence[str]) -> dict[str, float]:
    if isinstance(said, str):
        return {said: 1.0}
    if len(said) == 1:
        return {said[0]: 1.0}
    first, second = said[:2]
    return {first: _FIRST_SHARE, second: 1.0 - _FIRST_SHARE}
