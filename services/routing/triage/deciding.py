"""From what the rules and the heads say to one result: who is believed in what. Called by analysis; pure.

Tiers: rules of safety and silence, then the heads, then the rules where the heads are unsure.
"""

from collections.abc import Mapping, Sequence

from services.contracts.events import Evidence
from services.contracts.vocabulary import Addressed, Discipline, Kind, Phase, Sentiment, Urgency
from services.routing.triage import colours
from services.routing.triage.deadlines import find_deadline
from services.routing.triage.engine import Reckoning
from services.routing.triage.folding import fold
from services.routing.triage.heads import Head
from services.routing.triage.message import Judgement, TriageResult
from services.routing.triage.reading import Reading
from services.routing.triage.rules import shipped_rules
from services.routing.triage.sentence import explain
from services.routing.triage.urgency import weigh

Shares = Mapping[str, Sequence[float]]
Span = tuple[int, int]

LEAST_SALES = 0.25
_SURE_OF_SILENCE = {
    "reaction": 1.0,
    "emoji": 0.97,
    "spam": 0.85,
    "closing": 0.9,
    "tag": 0.8,
    "peer": 0.7,
    "not_to_us": 0.7,
    "news": 0.6,
}
_MAY_CONCERN = frozenset({"news", "not_to_us"})  # nobody is owed an answer, yet the news is for somebody
_ALWAYS_SILENT = frozenset({"reaction", "emoji", "closing"})
_TROUBLE = ("fault", "not_arrived", "support_bad", "wrong_charge", "danger", "leak")
_OWED_AFTER_ALL = 0.8
_OWED_NO_MORE = 0.4
_SURE_SPAM = 0.9
_UNSURE = 0.3
_AT_RANDOM = 0.25
_RULES_WEIGHT = 0.2
_FEW_POINTS = 0.8
_RULES_SURE = 0.6
_FEW_WORDS = 2
_FULL_SCORE = 4.0
_NO_JOURNEY = frozenset({Discipline.PR, Discipline.HR, Discipline.CORPORATE_COMMUNICATIONS})
_DISCIPLINES = tuple(Discipline)
_PHASES = tuple(Phase)
_LOCAL = "local"
_SHOWN = 3  # a label and two alternatives


def decide(reckoning: Reckoning, *, shares: Shares, told: Sequence[Span], heads: Mapping[str, Head], version: str) -> TriageResult:
    """The verdict on one message."""
    reading = reckoning.reading
    yes = {name: shares[name][1] >= heads[name].threshold for name in ("spam", "ready", "crisis", "complaint", "suggestion")}
    exempt = _exemption(reckoning, shares=shares, spam=yes["spam"])
    discipline, confidence = _discipline(reckoning, shares["discipline"], exempt=exempt)
    told = told if confidence > _AT_RANDOM else ()
    phase = Phase.NONE if exempt else _phase(shares["phase"], discipline=discipline)
    sentiment, feeling = _sentiment(reading, shares["sentiment"])
    crisis = exempt in (None, "news") and (yes["crisis"] or colours.is_crisis(reading))
    urgency, reasons = _urgency(reading, shares["urgency"], discipline=discipline, owed=not exempt, crisis=crisis)
    intents = ranked_intents(reading)
    evidence = _evidence(reading, told=told, discipline=discipline, version=version)
    return TriageResult(
        id=reading.message.id,
        discipline=discipline,
        phase=phase,
        sentiment=sentiment,
        urgency=urgency,
        urgency_reasons=reasons,
        language=reading.language,
        intents=tuple(intents),
        topics=topics_of(intents),
        confidence=round(confidence, 3),
        deserves_answer=exempt is None,
        exempt_reason=exempt,
        ready=yes["ready"] and exempt is None and shares["discipline"][_DISCIPLINES.index(Discipline.SALES)] >= LEAST_SALES,
        crisis=crisis,
        complaint=not exempt and (yes["complaint"] or reading.ironic),
        suggestion=not exempt and yes["suggestion"],
        spam=exempt == "spam" or yes["spam"],
        confidential=not exempt and (discipline is Discipline.HR or reading.any_of("staff", least=2.0)),
        deadline=None if exempt else find_deadline(fold(reading.text), said_at=reading.message.said_at),
        evidence=evidence,
        why=explain(reading, discipline=discipline, phase=phase, exempt=exempt, told=told),
        version=version,
        sentiment_confidence=round(feeling, 3),
        intent_confidences=tuple(round(reading.of(intent) / _FULL_SCORE, 3) for intent in intents),
        fields=_fields(reading, shares, heads=heads, version=version, evidence=evidence, exempt=exempt),
    )


def ranked_intents(reading: Reading) -> list[str]:
    """What is heard, the strongest first."""
    known = shipped_rules().intents
    return sorted((intent for intent in reading.scores if intent in known), key=lambda intent: (-reading.scores[intent], intent))


def topics_of(intents: Sequence[str]) -> tuple[str, ...]:
    """What the intents are about, each once."""
    rules = shipped_rules().intents
    return tuple(dict.fromkeys(rules[intent].topic for intent in intents))


def _exemption(reckoning: Reckoning, *, shares: Shares, spam: bool) -> str | None:
    """The rules' reason unless the heads are sure that an answer is owed; theirs only where a stranger may be left alone."""
    reading, ruled, owed = reckoning.reading, reckoning.exempt, shares["deserves_answer"][1]
    message = reading.message
    known = message.answers_peer or message.addressed is Addressed.OTHERS  # what no phrase tells the heads
    if ruled in _ALWAYS_SILENT or (ruled and (known or owed < _OWED_AFTER_ALL)):
        return ruled
    if message.rating is not None or message.has_attachment:
        return None
    alone = message.kind is Kind.DIRECT and not message.public
    if spam and (not alone or shares["spam"][1] >= _SURE_SPAM):
        return "spam"
    trouble = reading.any_of(*_TROUBLE, least=2.0)
    if alone or trouble or message.kind is Kind.REVIEW or owed >= _OWED_NO_MORE or not reading.word_count:
        return None
    return _guessed_reason(reading)


def _guessed_reason(reading: Reading) -> str:
    """The reason that fits where it was said."""
    if reading.message.addressed is Addressed.OTHERS:
        return "not_to_us"
    if reading.message.kind is Kind.COMMENT:
        return "tag" if reading.begins_with_tag else "peer"
    return "news"


def _discipline(reckoning: Reckoning, shares: Sequence[float], *, exempt: str | None) -> tuple[Discipline, float]:
    if exempt in _MAY_CONCERN:
        share, best = max(zip(shares, _DISCIPLINES, strict=True), key=lambda pair: pair[0])
        return best, share
    if exempt:
        return Discipline.NONE, _SURE_OF_SILENCE[exempt]
    total = sum(reckoning.points.values()) + _FEW_POINTS
    mixed = [share + _RULES_WEIGHT * reckoning.points.get(each, 0.0) / total for share, each in zip(shares, _DISCIPLINES, strict=True)]
    ranked = sorted(zip(mixed, shares, _DISCIPLINES, strict=True), key=lambda found: -found[0])
    _, share, best = next(found for found in ranked if found[2] is not Discipline.NONE)
    if reckoning.confidence >= _RULES_SURE and reckoning.discipline is Discipline.MARKETING:
        return Discipline.MARKETING, max(shares[_DISCIPLINES.index(Discipline.MARKETING)], reckoning.confidence)
    if _is_strange(reckoning.reading, share=share):
        return Discipline.SERVICE, min(_AT_RANDOM, shares[_DISCIPLINES.index(Discipline.SERVICE)])
    return best, share


def _is_strange(reading: Reading, *, share: float) -> bool:
    """No rule heard anything, and the heads are unsure, or saw too little to be sure of."""
    return not reading.hits and (share < _UNSURE or (reading.word_count <= _FEW_WORDS and reading.text.isascii()))


def _phase(shares: Sequence[float], *, discipline: Discipline) -> Phase:
    if discipline in _NO_JOURNEY:
        return Phase.NONE
    return max(zip(shares, _PHASES, strict=True), key=lambda pair: pair[0])[1]


def _sentiment(reading: Reading, shares: Sequence[float]) -> tuple[Sentiment, float]:
    if reading.message.rating is not None or reading.ironic:
        return colours.feel_sentiment(reading)
    share, label = max(zip(shares, tuple(Sentiment), strict=True), key=lambda pair: pair[0])
    return label, share


def _urgency(
    reading: Reading, shares: Sequence[float], *, discipline: Discipline, owed: bool, crisis: bool
) -> tuple[Urgency, tuple[str, ...]]:
    """What owes no answer can wait; a crisis cannot."""
    if not owed:
        return (Urgency.HIGH, ("a crisis",)) if crisis else (Urgency.LOW, ())
    return weigh(reading, dict(zip(Urgency, shares, strict=True)), discipline=discipline, crisis=crisis)


def _evidence(reading: Reading, *, told: Sequence[Span], discipline: Discipline, version: str) -> tuple[Evidence, ...]:
    known = shipped_rules().intents
    source = f"lexicon:{reading.language}"
    heard = [
        Evidence(label=hit.intent, start=reading.words[hit.first].start, end=reading.words[hit.last].end, source=source)
        for hit in reading.hits
        if hit.intent in known
    ]
    return (*heard, *(Evidence(label=discipline, start=start, end=end, source=version) for start, end in told))


def _fields(
    reading: Reading, shares: Shares, *, heads: Mapping[str, Head], version: str, evidence: tuple[Evidence, ...], exempt: str | None
) -> dict[str, Judgement]:
    """Every head's labels with their shares; language apart. The labels of the result may differ where a rule of safety goes before."""
    found = {"language": Judgement(reading.language, round(reading.language_confidence, 3), source=_LOCAL, version=version)}
    for name, head in heads.items():
        ranked = sorted(zip(shares[name], head.labels, strict=True), reverse=True)[:_SHOWN]
        pairs = tuple([(label, round(share, 3)) for share, label in ranked])
        said = evidence if name == "discipline" and not exempt else ()
        found[name] = Judgement(pairs[0][0], pairs[0][1], pairs[1:], _LOCAL, version, said)
    return found
