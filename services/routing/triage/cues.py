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
        for cue in lexicon.cues_from(word.text)
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
    negators = [hit.first for hit in hits if hit.intent == "negator"]
    heard = []
    for hit in hits:
        if hit.intent in _NEGATED:
            if negator := _negator_near(hit, negators=negators, words=words, behind=_REACH_WORDS):
                heard.append(Hit(_NEGATED[hit.intent], 2.0, min(hit.first, negator[0]), max(hit.last, negator[0])))
        elif hit.intent in _TURNED and _negator_near(hit, negators=negators, words=words, behind=0):
            weight = hit.weight * (_WEAK_TURN if hit.intent == "blame" else 1.0)
            heard.append(Hit(_TURNED[hit.intent], weight, hit.first, hit.last))
        elif hit.intent != "negator":
            heard.append(hit)
    return heard


def _negator_near(hit: Hit, *, negators: Sequence[int], words: Sequence[Word], behind: int) -> list[int]:
    """The nearest negator before the hit (three words) or, where the verb comes first, `behind` it; in the same sentence."""
    for place in reversed(negators):
        before = 0 < hit.first - place <= _REACH_WORDS - (1 if not behind else 0)
        after = 0 < place - hit.last <= behind
        if (before or after) and not _crosses_stop(words, low=min(place, hit.first), high=max(place, hit.last)):
            return [place]
    return []


def _crosses_stop(words: Sequence[Word], *, low: int, high: int) -> bool:
    return any(word.text == STOP for word in words[low:high])
