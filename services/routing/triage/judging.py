"""Whose job a message is and where on the journey it stands: points of its intents, moved by its context. Called by analysis; pure."""

from services.contracts.vocabulary import Addressed, Control, Discipline, Kind, Phase
from services.routing.triage.reading import Reading
from services.routing.triage.rules import shipped_rules

_BAD_RATING = 2.5
_GOOD_RATING = 4.0
_NO_JOURNEY = frozenset({Discipline.PR, Discipline.HR, Discipline.CORPORATE_COMMUNICATIONS, Discipline.ADVERTISING, Discipline.NONE})
_DEFAULT_PHASE = {Discipline.SERVICE: Phase.POST, Discipline.SALES: Phase.PRE, Discipline.MARKETING: Phase.PRE}
_IRONY = 0.2
_DOUBT = 0.8


def discipline_points(reading: Reading) -> dict[Discipline, float]:
    """Points of every discipline but `none`; never negative."""
    rules = shipped_rules()
    points = dict.fromkeys(Discipline, 0.0)
    points[Discipline.SERVICE] = rules.service_prior
    for intent, score in reading.scores.items():
        rule = rules.intents.get(intent)
        if rule:
            heard = score * (_IRONY if reading.ironic and intent in ("praise", "advocacy") else 1.0)
            for discipline, each in rule.disciplines.items():
                points[discipline] += heard * each
    for pair in rules.pairs:
        if reading.any_of(pair.first) and reading.any_of(pair.second):
            for discipline, extra in pair.disciplines.items():
                points[discipline] += extra
    _add_context(points, reading=reading)
    del points[Discipline.NONE]
    return points


def choose_discipline(points: dict[Discipline, float]) -> tuple[Discipline, float]:
    """The best discipline and how sure it is, 0 to 1: its lead over the second and over silence."""
    first, second = sorted(points, key=lambda each: -points[each])[:2]
    best, next_best = points[first], points[second]
    return first, best / (best + next_best + _DOUBT) if best > 0 else 0.0


def choose_phase(reading: Reading, *, discipline: Discipline) -> Phase:
    """Where on the journey; `none` for the disciplines that have no buyer before them."""
    if discipline in _NO_JOURNEY:
        return Phase.NONE
    points = dict.fromkeys((Phase.PRE, Phase.PURCHASE, Phase.POST), 0.0)
    rules = shipped_rules()
    for intent, score in reading.scores.items():
        if rule := rules.intents.get(intent):
            for phase, each in rule.phases.items():
                points[phase] += score * each
    message = reading.message
    if message.kind is Kind.REVIEW or message.rating is not None:
        points[Phase.POST] += 3.0
    if message.bought_before is not None:
        points[Phase.POST if message.bought_before else Phase.PRE] += 0.8
    points[_DEFAULT_PHASE[discipline]] += 0.4
    return max(points, key=points.__getitem__)


def _add_context(points: dict[Discipline, float], *, reading: Reading) -> None:
    message = reading.message
    if message.rating is not None:
        if message.rating <= _BAD_RATING:
            points[Discipline.SERVICE] += 2.0
        elif message.rating >= _GOOD_RATING:
            points[Discipline.MARKETING] += 2.0
    if message.bought_before:
        points[Discipline.SERVICE] += 0.4
    elsewhere = message.control is not Control.OURS or message.addressed is Addressed.ABOUT_US
    if elsewhere and message.public:
        points[Discipline.PR] += 1.2 if reading.any_of("news", "verdict", "rumour", "press") else 0.3
    if reading.asks and message.kind is Kind.COMMENT and not reading.any_of("own", "fault", "order", "howto"):
        points[Discipline.SALES] += 0.4
        points[Discipline.MARKETING] += 0.3
    if reading.asks and reading.any_of("occupation") and not reading.any_of("own", "fault", "blame", "praise", "order", "support_bad"):
        points[Discipline.HR] += 1.6  # a trade named in a question is a job sought more often than a driver complained of
