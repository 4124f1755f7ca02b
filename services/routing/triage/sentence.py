"""The one sentence that tells people why: it quotes the words that counted. Called by analysis."""

from collections.abc import Sequence

from services.contracts.vocabulary import Discipline, Phase
from services.routing.triage.cues import Hit
from services.routing.triage.exemptions import REASONS
from services.routing.triage.reading import Reading
from services.routing.triage.rules import shipped_rules

_NAMES = {Discipline.PR: "PR", Discipline.HR: "HR", Discipline.CORPORATE_COMMUNICATIONS: "Corporate communications"}
_PHASES = {Phase.PRE: " before a purchase", Phase.PURCHASE: " at the purchase", Phase.POST: " after a purchase", Phase.NONE: ""}
_QUOTES = 3
_QUOTE_CHARS = 60


def explain(reading: Reading, *, discipline: Discipline, phase: Phase, exempt: str | None, told: Sequence[tuple[int, int]] = ()) -> str:
    """For example: Service after a purchase: "stopped working" (fault), "my order" (order)."""
    if exempt:
        return f"No answer is owed: {REASONS[exempt]}."
    name = _NAMES.get(discipline, discipline.value.capitalize())
    quotes = _quotes(reading, discipline=discipline) or [f'"{_shown(reading, start, end)}"' for start, end in told]
    if reading.message.rating is not None:
        quotes.append(f"a rating of {reading.message.rating:g}")
    return (
        f"{name}{_PHASES[phase]}: {', '.join(quotes)}." if quotes else f"{name}{_PHASES[phase]}, unsure: no word tells, so it stays owed."
    )


def _quotes(reading: Reading, *, discipline: Discipline) -> list[str]:
    """The strongest words, each once: several signs may rest on the same ones."""
    found = [f'"{quoted(reading, hit=hit)}" ({_topic(hit)})' for hit in telling_hits(reading, discipline=discipline)]
    return list(dict.fromkeys(found))[:_QUOTES]


def telling_hits(reading: Reading, *, discipline: Discipline) -> Sequence[Hit]:
    """The hits that spoke for the discipline, the strongest first."""
    intents = shipped_rules().intents

    def strength(hit: Hit) -> float:
        rule = intents.get(hit.intent)
        return hit.weight * rule.disciplines.get(discipline, 0.0) if rule else 0.0

    return sorted((hit for hit in reading.hits if strength(hit) > 0), key=lambda hit: (-strength(hit), hit.first))


def quoted(reading: Reading, *, hit: Hit) -> str:
    """The writer's own words, on one line."""
    return _shown(reading, reading.words[hit.first].start, reading.words[hit.last].end)


def _shown(reading: Reading, start: int, end: int) -> str:
    words = " ".join(reading.text[start:end].split())
    return words if len(words) <= _QUOTE_CHARS else words[: _QUOTE_CHARS - 1] + "…"


def _topic(hit: Hit) -> str:
    return shipped_rules().intents[hit.intent].topic
