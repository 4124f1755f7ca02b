"""Triage of what engagement received: which events have content, what each is about, and a verdict even where triage fails.

Called by subscribers before their transaction. Touches no database; drops nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg
import msgspec
import structlog

from services.contracts.events import Evidence, InteractionCompleted, InteractionReceived, InteractionTriaged
from services.contracts.vocabulary import Direction, Discipline, Kind, Ledger, Phase, Sentiment, StakeholderKind, Urgency
from services.routing.triage import VERSION, Message, TriageResult

Analyse = Callable[[Sequence[Message]], Sequence[TriageResult]]

CONTENT = frozenset({Kind.DIRECT, Kind.COMMENT, Kind.MENTION, Kind.POST, Kind.REVIEW})
FALLBACK_CONFIDENCE = 0.1

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One received interaction and what it is about. `judged` is False where nobody had to look: ours, or without content.

    `approval`: whoever wrote is not answered unless a person approves. `kinds`: what the writer is to the company there and then.
    """

    received: InteractionReceived
    result: TriageResult
    judged: bool
    approval: bool = False
    kinds: frozenset[StakeholderKind] = frozenset()

    @property
    def calls_for_work(self) -> bool:
        """Whether somebody has to act: an answer is due, it is not history, and engagement has not said that it owes nothing."""
        return self.deserves_work and self.received.ledger is not Ledger.EXEMPT

    @property
    def deserves_work(self) -> bool:
        """Whether somebody has to act once engagement owes it: an answer is due, and it is not history."""
        return not self.received.historic and self.result.deserves_answer and self.result.exempt_reason is None


def judge(batch: Sequence[InteractionReceived], *, analyse: Analyse) -> list[Verdict]:
    """A verdict per event, in order. What `analyse` fails on stays owed, at service."""
    content = [received for received in batch if _has_content(received)]
    said = [received for received in content if not received.incomplete]
    results = {each.interaction_id: result for each, result in zip(said, _analysed(said, analyse), strict=True)}
    results |= {received.interaction_id: _unsaid(received) for received in content if received.incomplete}
    return [
        Verdict(
            received=received,
            result=results.get(received.interaction_id) or _ignored(received),
            judged=received.interaction_id in results,
        )
        for received in batch
    ]


def whole(completed: InteractionCompleted) -> InteractionReceived:
    """What a completed interaction would have been, had all been said at once."""
    return InteractionReceived(
        interaction_id=completed.interaction_id,
        profile_id=completed.profile_id,
        channel_id=completed.channel_id,
        conversation_id=completed.conversation_id,
        event=completed.event,
        received_at=completed.received_at,
        ledger=completed.ledger,
        historic=completed.historic,
        answers_us=completed.answers_us,
    )


def triaged(verdict: Verdict) -> InteractionTriaged:
    """The event that tells of a verdict."""
    received, result = verdict.received, verdict.result
    return InteractionTriaged(
        interaction_id=received.interaction_id,
        profile_id=received.profile_id,
        conversation_id=received.conversation_id,
        discipline=result.discipline,
        phase=result.phase,
        sentiment=result.sentiment,
        urgency=result.urgency,
        language=result.language,
        intents=result.intents,
        confidence=result.confidence,
        deserves_answer=result.deserves_answer,
        exempt_reason=result.exempt_reason,
        version=result.version,
        evidence=result.evidence,
        ready=result.ready,
        crisis=result.crisis,
        complaint=result.complaint,
        suggestion=result.suggestion,
        spam=result.spam,
    )


def triaged_again(row: asyncpg.Record) -> InteractionTriaged:
    """The event that tells of a verdict that is stored already."""
    return InteractionTriaged(
        interaction_id=row["interaction_id"],
        profile_id=row["profile_id"],
        conversation_id=row["conversation_id"],
        discipline=Discipline(row["discipline"]),
        phase=Phase(row["phase"]),
        sentiment=Sentiment(row["sentiment"]),
        urgency=Urgency(row["urgency"]),
        language=row["language"],
        intents=tuple(row["intents"]),
        confidence=row["confidence"],
        deserves_answer=row["deserves_answer"],
        exempt_reason=row["exempt_reason"],
        version=row["version"],
        evidence=tuple(msgspec.convert(row["evidence"], list[Evidence])),
        ready=row["ready"],
        crisis=row["crisis"],
        complaint=row["complaint"],
        suggestion=row["suggestion"],
        spam=row["spam"],
    )


def result_row(verdict: Verdict, *, now: datetime) -> tuple[object, ...]:
    """In the order of statements.triage.RESULT_COLUMNS."""
    received, result = verdict.received, verdict.result
    return (
        received.interaction_id,
        received.conversation_id,
        received.profile_id,
        result.discipline,
        result.phase,
        result.sentiment,
        result.urgency,
        result.language,
        _json(result.intents),
        _json(result.topics),
        result.confidence,
        result.deserves_answer,
        result.exempt_reason,
        result.ready,
        result.crisis,
        result.complaint,
        result.suggestion,
        result.spam,
        result.confidential,
        _json(result.evidence),
        storable(result.why),
        result.version,
        now,
        received.channel_id,
    )


def storable(text: str) -> str:
    """Text that PostgreSQL takes: sentences quote people, who send NUL and halves of surrogate pairs."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _has_content(received: InteractionReceived) -> bool:
    return received.event.direction is Direction.INBOUND and received.event.kind in CONTENT


def _analysed(content: Sequence[InteractionReceived], analyse: Analyse) -> list[TriageResult]:
    try:
        return _checked([Message.of(received) for received in content], analyse)
    except Exception as error:  # noqa: BLE001 - the edge to a classifier: one message that breaks it must not hold up the others
        log.warning("triage_batch_failed", size=len(content), error=type(error).__name__)
        return [_analysed_alone(received, analyse) for received in content]


def _analysed_alone(received: InteractionReceived, analyse: Analyse) -> TriageResult:
    try:
        return _checked([Message.of(received)], analyse)[0]
    except Exception as error:  # noqa: BLE001 - as above: whatever it raises, the message stays owed
        log.error("triage_failed", interaction_id=str(received.interaction_id), error=type(error).__name__)  # noqa: TRY400 - a trace could quote the text
        return _fallback(received)


def _checked(messages: Sequence[Message], analyse: Analyse) -> list[TriageResult]:
    results = list(analyse(messages))
    if [result.id for result in results] != [message.id for message in messages]:
        message = "triage answered for other messages than it was asked about"
        raise ValueError(message)
    return results


def _fallback(received: InteractionReceived) -> TriageResult:
    """Failed triage is owed: service finds out what it is."""
    return _plain(
        received,
        discipline=Discipline.SERVICE,
        urgency=Urgency.NORMAL,
        confidence=FALLBACK_CONFIDENCE,
        exempt_reason=None,
        why="The automatic triage failed on this message, so customer service finds out what it needs.",
    )


def _unsaid(received: InteractionReceived) -> TriageResult:
    """That nothing is known of it is no reason to let it go: service looks at the platform, unless the words come before."""
    return _plain(
        received,
        discipline=Discipline.SERVICE,
        urgency=Urgency.NORMAL,
        confidence=FALLBACK_CONFIDENCE,
        exempt_reason=None,
        why="The platform has not told what was said, so customer service finds out there what it needs.",
    )


def _ignored(received: InteractionReceived) -> TriageResult:
    """What we said ourselves, and what has no words to judge."""
    ours = received.event.direction is Direction.OUTBOUND
    reason = "outbound" if ours else received.event.kind.value
    return _plain(
        received,
        discipline=Discipline.NONE,
        urgency=Urgency.LOW,
        confidence=1.0,
        exempt_reason=reason,
        why="We said this ourselves." if ours else f"There is nothing to answer: {reason}.",
    )


def _plain(
    received: InteractionReceived,
    *,
    discipline: Discipline,
    urgency: Urgency,
    confidence: float,
    exempt_reason: str | None,
    why: str,
) -> TriageResult:
    return TriageResult(
        id=str(received.interaction_id),
        discipline=discipline,
        phase=Phase.NONE,
        sentiment=Sentiment.NEUTRAL,
        urgency=urgency,
        language="und",
        intents=(),
        topics=(),
        confidence=confidence,
        deserves_answer=exempt_reason is None,
        exempt_reason=exempt_reason,
        ready=False,
        crisis=False,
        complaint=False,
        suggestion=False,
        spam=False,
        confidential=False,
        deadline=None,
        evidence=(),
        why=why,
        version=VERSION,
    )
