"""The one entry of triage: a batch of messages in, as many results out, in order. Called by routing and the console."""

from collections.abc import Sequence

from services.contracts.vocabulary import Discipline, Phase, Sentiment, Urgency
from services.routing.triage.message import Message, TriageResult

VERSION = "rules-1"


def analyse(batch: Sequence[Message]) -> list[TriageResult]:
    """One result a message, in order. Equal messages get equal results; what cannot be judged stays owed, at service."""
    return [_unsure(message) for message in batch]


def _unsure(message: Message) -> TriageResult:
    return TriageResult(
        id=message.id,
        discipline=Discipline.SERVICE,
        phase=Phase.NONE,
        sentiment=Sentiment.NEUTRAL,
        urgency=Urgency.NORMAL,
        language="und",
        intents=(),
        topics=(),
        confidence=0.0,
        deserves_answer=True,
        exempt_reason=None,
        ready=False,
        crisis=False,
        complaint=False,
        suggestion=False,
        spam=False,
        confidential=False,
        deadline=None,
        evidence=(),
        why="No rule could judge this message, so service answers it.",
        version=VERSION,
    )
