"""Triage of one JSON line, as `rapport triage` prints it. Called by the command line; needs no server and no database.

In: {"id", "text", "context"?: {"kind": direct|comment|mention|review|email|post, "public", "bought_before"}}. A line that is not so
becomes {"id": null, "error": "..."}; no line raises.
"""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from services.contracts.vocabulary import Addressed, Control, Kind
from services.routing.triage.analysis import analyse
from services.routing.triage.folding import LONGEST_TEXT_CHARS, STOP, fold, split_words
from services.routing.triage.message import Message, TriageResult

_KINDS = {
    "direct": Kind.DIRECT,
    "email": Kind.DIRECT,
    "comment": Kind.COMMENT,
    "mention": Kind.MENTION,
    "review": Kind.REVIEW,
    "post": Kind.POST,
}


class _Context(msgspec.Struct):
    kind: Literal["direct", "comment", "mention", "review", "email", "post"] = "direct"
    public: bool | None = None
    bought_before: bool | None = None


class _Line(msgspec.Struct):
    id: str | int
    text: str | None
    context: _Context | None = None


def triage_line(line: bytes, *, explain: bool = False) -> bytes:
    """The result of one line, without a line end; with `explain` also how sure it is and which words said so."""
    return triage_lines([line], explain=explain)[0]


def triage_lines(lines: Sequence[bytes], *, explain: bool = False) -> list[bytes]:
    """The results of lines, in order: judged together, they cost less."""
    said = [_read(line) for line in lines]
    results = iter(analyse([_message(each) for each in said if isinstance(each, _Line)]))
    return [_told(each, next(results), explain=explain) if isinstance(each, _Line) else each for each in said]


def _read(line: bytes) -> _Line | bytes:
    """What a line says, or the answer to one that says nothing."""
    try:
        return msgspec.json.decode(line, type=_Line)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        return msgspec.json.encode({"id": None, "error": str(error)[:200] or type(error).__name__})


def _message(said: _Line) -> Message:
    context = said.context or _Context()
    return message_of(str(said.id), text=said.text, kind=context.kind, public=context.public, bought_before=context.bought_before)


def _told(said: _Line, result: TriageResult, *, explain: bool) -> bytes:
    shown = _shown(result, given_id=said.id)
    return msgspec.json.encode({**shown, **_explained(result, text=said.text or "")} if explain else shown)


def message_of(identifier: str, *, text: str | None, kind: str, public: bool | None, bought_before: bool | None) -> Message:
    """A message of which a line tells no more than its kind; a text found by listening is about us where it shows a name."""
    listened = kind == "post"
    named = listened and _names_somebody((text or "")[:LONGEST_TEXT_CHARS])
    return Message(
        id=identifier,
        text=text,
        kind=_KINDS[kind],
        public=kind not in ("direct", "email") if public is None else public,
        addressed=(Addressed.ABOUT_US if named else Addressed.OTHERS) if listened else Addressed.US,
        control=Control.THIRD_PARTY if listened else Control.OURS,
        answers_us=True,  # a line does not tell; so the words alone say whether a thread is closed
        bought_before=bought_before,
    )


def _names_somebody(text: str) -> bool:
    """Whether a text found by listening shows a name: a tag, or a capital inside a sentence."""
    if "@" in text:
        return True
    starts = True
    for word in split_words(fold(text)):
        shown = text[word.start : word.end]
        if not starts and shown[:1].isupper() and shown not in ("I", "OK"):
            return True
        starts = word.text == STOP
    return False


def _shown(result: TriageResult, *, given_id: str | int) -> dict[str, Any]:
    intents = zip(result.intents, result.intent_confidences, strict=True)
    return {
        "id": given_id,
        "language": result.language,
        "sentiment": {"label": result.sentiment, "confidence": result.sentiment_confidence},
        "intents": [{"label": label, "confidence": confidence} for label, confidence in intents],
        "urgency": result.urgency,
        "phase": result.phase,
        "discipline": result.discipline,
        "ready": result.ready,
        "crisis": result.crisis,
        "complaint": result.complaint,
        "suggestion": result.suggestion,
        "spam": result.spam,
        "deserves_answer": result.deserves_answer,
        "why": result.why,
    }


def _explained(result: TriageResult, *, text: str) -> dict[str, Any]:
    said = [{"label": each.label, "words": text[each.start : each.end], "source": each.source} for each in result.evidence]
    return {
        "confidence": result.confidence,
        "topics": result.topics,
        "urgency_reasons": result.urgency_reasons,
        "exempt_reason": result.exempt_reason,
        "deadline": result.deadline,
        "evidence": said,
        "fields": {
            name: {"label": each.label, "confidence": each.confidence, "alternatives": dict(each.alternatives), "source": each.source}
            for name, each in result.fields.items()
        },
        "version": result.version,
    }
