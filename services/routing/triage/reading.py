"""A message read once: its words, language, cues and surface. Called by analysis; every rule judges a `Reading`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.routing.triage.cues import Hit, find_hits, scores_of
from services.routing.triage.folding import ASK, LONGEST_TEXT_CHARS, STOP, Word, fold, split_words
from services.routing.triage.language import detect_language
from services.routing.triage.lexicon import LANGUAGES, lexicon_of
from services.routing.triage.message import Message

_TAG = re.compile(r"(?<!\w)@[\w.]+")
_LINK = re.compile(r"https?://|www\.|\{link\}|\b[\w-]{1,63}\.(?:com|net|info|biz|xyz|shop|online|top|ly|example)\b", re.IGNORECASE)
_PHONE = re.compile(r"\+\d[\d\s-]{7,}")
_TROUBLE = ("fault", "not_arrived", "support_bad", "wrong_charge", "repeat", "checkout")


@dataclass(frozen=True, slots=True)
class Reading:
    """What the rules know of one message. `scores` are 0 to 4 per intent; `ironic`: praise that stands beside trouble."""

    message: Message
    text: str
    words: Sequence[Word]
    language: str
    language_confidence: float
    hits: Sequence[Hit]
    scores: dict[str, float]
    asks: bool
    tags: int
    begins_with_tag: bool
    has_link: bool
    ironic: bool

    def of(self, intent: str) -> float:
        """The score of one intent, 0 where it is not heard."""
        return self.scores.get(intent, 0.0)

    def any_of(self, *intents: str, least: float = 1.0) -> bool:
        """Whether any of these is heard at least so strongly."""
        return any(self.scores.get(intent, 0.0) >= least for intent in intents)

    @property
    def word_count(self) -> int:
        """Words beside tags, stops and question marks."""
        return sum(word.text not in (STOP, ASK) for word in self.words)


def read(message: Message) -> Reading:
    """Reads the first 4,000 characters: a longer text has said by then what it is about. Tags and links are hidden from the cues."""
    text = (message.text or "")[:LONGEST_TEXT_CHARS]
    bare = _LINK.sub(_blank, _TAG.sub(_blank, text))
    words = split_words(fold(bare))
    language, sure = detect_language(bare, words=words)
    hits = _hits_in(words, language=language)
    scores = scores_of(hits)
    ironic = scores.get("praise", 0.0) > 0 and any(scores.get(intent, 0.0) >= 2 for intent in _TROUBLE)
    return Reading(
        message=message,
        text=text,
        words=words,
        language=language,
        language_confidence=sure,
        hits=hits,
        scores=scores,
        asks=_asks(words, hits=hits),
        tags=max(len(_TAG.findall(text)), message.mentions),
        begins_with_tag=text.lstrip().startswith("@"),
        has_link=bool(_LINK.search(text) or _PHONE.search(text)),
        ironic=ironic,
    )


def _blank(found: re.Match[str]) -> str:
    return " " * len(found.group())


def _hits_in(words: Sequence[Word], *, language: str) -> list[Hit]:
    if language in LANGUAGES:
        return find_hits(words, lexicon=lexicon_of(language))
    readings = [find_hits(words, lexicon=lexicon_of(candidate)) for candidate in LANGUAGES] if words else [[]]
    return max(readings, key=lambda hits: sum(hit.weight for hit in hits))


def _asks(words: Sequence[Word], *, hits: Sequence[Hit]) -> bool:
    """A question mark, a plea, or a sentence that begins with a question word."""
    if any(word.text == ASK for word in words):
        return True
    begins = {0} | {place + 1 for place, word in enumerate(words) if word.text == STOP}
    return any(hit.intent == "request" or (hit.intent == "question" and hit.first in begins) for hit in hits)
