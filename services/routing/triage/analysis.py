"""The one entry of triage: a batch of messages in, as many results out, in order. Called by routing and the console.

Pure and deterministic. Unsure means owed, at service, with low confidence.
"""

from collections.abc import Sequence

from services.contracts.events import Evidence
from services.contracts.vocabulary import Discipline, Phase
from services.routing.triage import colours
from services.routing.triage.deadlines import find_deadline
from services.routing.triage.exemptions import find_exemption
from services.routing.triage.folding import fold
from services.routing.triage.judging import choose_discipline, choose_phase, discipline_points
from services.routing.triage.message import Message, TriageResult
from services.routing.triage.reading import Reading, read
from services.routing.triage.rules import shipped_rules
from services.routing.triage.sentence import explain

VERSION = "rules-1"
_EXEMPT_CONFIDENCE = {
    "reaction": 1.0,
    "emoji": 0.95,
    "spam": 0.85,
    "closing": 0.85,
    "tag": 0.8,
    "peer": 0.7,
    "not_to_us": 0.7,
    "news": 0.55,
}
_FULL_SCORE = 4.0


def analyse(batch: Sequence[Message]) -> list[TriageResult]:
    """One result a message, in order. Equal messages get equal results; what cannot be judged stays owed, at service."""
    return [_judge(read(message)) for message in batch]


def _judge(reading: Reading) -> TriageResult:
    exempt = find_exemption(reading)
    discipline, confidence = choose_discipline(discipline_points(reading))
    if exempt:
        discipline, confidence = Discipline.NONE, _EXEMPT_CONFIDENCE[exempt]
    phase = Phase.NONE if exempt else choose_phase(reading, discipline=discipline)
    sentiment, sentiment_confidence = colours.feel_sentiment(reading)
    crisis = not exempt and colours.is_crisis(reading)
    intents = _ranked_intents(reading)
    return TriageResult(
        id=reading.message.id,
        discipline=discipline,
        phase=phase,
        sentiment=sentiment,
        urgency=colours.weigh_urgency(reading, discipline=discipline, owed=not exempt, crisis=crisis),
        language=reading.language,
        intents=tuple(intents),
        topics=_topics_of(intents),
        confidence=round(confidence, 3),
        deserves_answer=exempt is None,
        exempt_reason=exempt,
        ready=not exempt and colours.is_ready(reading),
        crisis=crisis,
        complaint=not exempt and colours.is_complaint(reading, discipline=discipline),
        suggestion=not exempt and colours.is_suggestion(reading),
        spam=exempt == "spam",
        confidential=not exempt and (discipline is Discipline.HR or reading.any_of("staff", least=2.0)),
        deadline=None if exempt else find_deadline(fold(reading.text), said_at=reading.message.said_at),
        evidence=_evidence_of(reading),
        why=explain(reading, discipline=discipline, phase=phase, exempt=exempt),
        version=VERSION,
        sentiment_confidence=round(sentiment_confidence, 3),
        intent_confidences=tuple(round(reading.of(intent) / _FULL_SCORE, 3) for intent in intents),
    )


def _ranked_intents(reading: Reading) -> list[str]:
    known = shipped_rules().intents
    return sorted((intent for intent in reading.scores if intent in known), key=lambda intent: (-reading.scores[intent], intent))


def _topics_of(intents: Sequence[str]) -> tuple[str, ...]:
    rules = shipped_rules().intents
    return tuple(dict.fromkeys(rules[intent].topic for intent in intents))


def _evidence_of(reading: Reading) -> tuple[Evidence, ...]:
    known = shipped_rules().intents
    source = f"lexicon:{reading.language}"
    return tuple(
        Evidence(label=hit.intent, start=reading.words[hit.first].start, end=reading.words[hit.last].end, source=source)
        for hit in reading.hits
        if hit.intent in known
    )
