"""Which cues stand in a text, where, and how strongly they speak once negation is heard. Called by analysis; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.routing.triage.folding import STOP, Word
from services.routing.triage.lexicon import GAP, Cue, Lexicon, word_matches

_GAP_WORDS = 3
_REACH_WORDS = 4
_FULL_SCORE = 4.0
_NEGATED = {"works": "fault", "arrives": "not_arrived", "answers": "support_bad"}
_TURNED = {"praise": "blame", "advocacy": "blame", "staff_praise": "blame", "blame": "praise", "buy_now": "later"}
_WEAK_TURN = 0.5


@dataclass(frozen=True, slots=True)
class Hit:
    """One cue found: words [first, last] by index, and its weight."""

    intent: str
    weight: float
    first: int
    last: int


def find_hits(words: Sequence[Word], *, lexicon: Lexicon) -> list[Hit]:
    """All hits in order of place; of one intent's overlapping hits only the heaviest, then longest stays."""
    found = [
        Hit(cue.intent, cue.weight, place, last)
        for place, word in enumerate(words)
        for cue in lexicon.cues_from(word.text, following=words[place + 1].text if place + 1 < len(words) else "")
        if (last := _end_of(cue, words=words, place=place)) is not None
    ]
    return _without_negated(_without_overlaps(found), words=words)


def scores_of(hits: Sequence[Hit]) -> dict[str, float]:
    """How strongly each intent is heard: the sum of its weights, at most 4."""
    scores: dict[str, float] = {}
    for hit in hits:
        scores[hit.intent] = min(_FULL_SCORE, scores.get(hit.intent, 0.0) + hit.weight)
    return scores


def _end_of(cue: Cue, *, words: Sequence[Word], place: int) -> int | None:
    at, reach = place, 0
    for pattern in cue.rest:
        if pattern == GAP:
            reach = _GAP_WORDS
            continue
        step = _next_match(pattern, words=words, after=at, reach=reach)
        if step is None:
            return None
        at, reach = step, 0
    return at


def _next_match(pattern: str, *, words: Sequence[Word], after: int, reach: int) -> int | None:
    for place in range(after + 1, min(len(words), after + reach + 2)):
        if words[place].text == STOP:
            return None
        if word_matches(pattern, words[place].text):
            return place
    return None


def _without_overlaps(found: list[Hit]) -> list[Hit]:
    kept: list[Hit] = []
    taken: dict[str, set[int]] = {}
    for hit in sorted(found, key=lambda hit: (-hit.weight, hit.first - hit.last, hit.first)):
        places = taken.setdefault(hit.intent, set())
        span = range(hit.first, hit.last + 1)
        if places.isdisjoint(span):
            places.update(span)
            kept.append(hit)
    return sorted(kept, key=lambda hit: (hit.first, hit.intent))


def _without_negated(hits: list[Hit], *, words: Sequence[Word]) -> list[Hit]:
    """Negation turns "works" into a fault and praise into blame; "not ready" is no readiness."""
    negators = frozenset(hit.first for hit in hits if hit.intent == "negator")
    heard = []
    for hit in hits:
        if hit.intent in _NEGATED:
            negator = _find_negator(hit, negators=negators, words=words, before=_REACH_WORDS, behind=_REACH_WORDS)
            if negator is not None:
                heard.append(Hit(_NEGATED[hit.intent], 2.0, min(hit.first, negator), max(hit.last, negator)))
        elif hit.intent in _TURNED and _find_negator(hit, negators=negators, words=words, before=_REACH_WORDS - 1, behind=0) is not None:
            weight = hit.weight * (_WEAK_TURN if hit.intent == "blame" else 1.0)
            heard.append(Hit(_TURNED[hit.intent], weight, hit.first, hit.last))
        elif hit.intent != "negator":
            heard.append(hit)
    return heard


def _find_negator(hit: Hit, *, negators: frozenset[int], words: Sequence[Word], before: int, behind: int) -> int | None:
    """The place of a negator of the same sentence, so many words before the hit or, where the verb comes first, behind it."""
    for places in (range(hit.first - 1, hit.first - before - 1, -1), range(hit.last + 1, hit.last + behind + 1)):
        for place in places:
            if not 0 <= place < len(words) or words[place].text == STOP:
                break
            if place in negators:
                return place
    return None
