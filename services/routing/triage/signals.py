"""What the rules, the lists of feelings and the context say of a message, as whole numbers in a fixed order. Called by the engine.

One unit is 1/8; the order of `NAMES` is part of the trained model, which refuses to load where it differs.
"""

import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from services.contracts.vocabulary import Addressed, Control, Discipline, Kind, Phase
from services.routing.triage.exemptions import REASONS
from services.routing.triage.feelings import feel
from services.routing.triage.matters import heard, matters, scenes, seen
from services.routing.triage.reading import Reading
from services.routing.triage.rules import shipped_rules

UNIT = 8
_HAPPY = frozenset("😍❤👍🔥😊🎉🥰😀😁💕💯👏🙌😂🤣😘💪✨")
_ANGRY = frozenset("😡🤬👎😠💩😤🤮😒🙄😢😭😞💔🤦")
_SMILES = re.compile(r"(?:^|\s)[:;=]-?[)D\]pP]|<3|\(:|xD|\^\^")
_FROWNS = re.compile(r"(?:^|\s)[:;=]'?-?[(/\[|]")
_MANY = re.compile(
    r"\d[\d.,]*\s?(?:k|m|mil|mio|tsd|mille|thousand|million\w*|milh\w+|mill\w+|mila|tausend)\b|\b[1-9]\d{0,2}(?:[.,]\d{3})+\b",
    re.IGNORECASE,
)
_COLOURS = (
    "spam_words",
    "question",
    "request",
    "you",
    "look",
    "peer",
    "thanks",
    "closing",
    "mass",
    "deadline",
    "occupation",
    "wish_own",
    "verdict",
    "repeat",
    "own",
    "legal",
    "leaving",
)
INTENTS = tuple(dict.fromkeys([*shipped_rules().intents, *_COLOURS]))
WORDS = [
    "good",
    "bad",
    "last",
    "best",
    "worst",
    "turned",
    "felt_good",
    "felt_bad",
    "unfelt",
    "torn",
    "smiles",
    "frowns",
    "happy",
    "angry",
    "shouts",
    "asks_much",
    "capitals",
    "short",
    "long",
    "link",
    "tags",
    "begins_with_tag",
    "asks",
    "ironic",
    "wordless",
    "numbers",
    "many_counted",
]
CONTEXT = (
    *(f"kind_{kind}" for kind in ("direct", "comment", "mention", "review", "post")),
    *(
        "public",
        "bought",
        "not_bought",
        "about_us",
        "to_others",
        "elsewhere",
        "answers_us",
        "answers_peer",
        "rated_low",
        "rated_high",
        "attached",
    ),
)
NAMES = (
    *WORDS,
    *(f"intent_{intent}" for intent in INTENTS),
    *(f"discipline_{discipline}" for discipline in Discipline),
    *(f"phase_{phase}" for phase in Phase),
    *(f"matter_{matter}" for matter in matters()),
    *(f"scene_{scene}" for scene in scenes()),
    *(f"exempt_{reason}" for reason in REASONS),
    *(f"language_{language}" for language in ("en", "es", "fr", "de", "pt", "it", "ar", "hi")),
    *CONTEXT,
)
_PLACES = {name: place for place, name in enumerate(NAMES)}


def signals_of(
    readings: Sequence[Reading],
    *,
    points: Sequence[Mapping[Discipline, float]],
    phases: Sequence[Phase],
    exemptions: Sequence[str | None],
) -> NDArray[np.int64]:
    """[messages, len(NAMES)]: how much of each, in eighths."""
    found = np.zeros((len(readings), len(NAMES)), dtype=np.int64)
    for row, (reading, scores, phase, exempt) in enumerate(zip(readings, points, phases, exemptions, strict=True)):
        said = _words_of(reading) | _context_of(reading) | {f"phase_{phase}": 1.0}
        said |= {f"intent_{intent}": min(score, 4.0) / 4.0 for intent, score in reading.scores.items()}
        counts = heard((word.text for word in reading.words), language=reading.language)
        said |= {f"matter_{matter}": min(count, 3) / 2 for matter, count in counts.items()}
        said |= {f"scene_{scene}": 1.0 for scene in seen(counts)}
        total = sum(scores.values()) + 0.8
        said |= {f"discipline_{discipline}": score / total for discipline, score in scores.items()}
        if exempt:
            said[f"exempt_{exempt}"] = 1.0
        for name, value in said.items():
            place = _PLACES.get(name)
            if place is not None:
                found[row, place] = round(value * UNIT)
    return found


def _words_of(reading: Reading) -> dict[str, float]:
    text, words = reading.text, [word.text for word in reading.words]
    felt = feel(words, language=reading.language)
    length = max(1, len(words)) ** 0.5
    return {
        "good": felt.good / 3,
        "bad": felt.bad / 3,
        "last": felt.last / 3,
        "best": felt.best / 2,
        "worst": felt.worst / 2,
        "turned": felt.turned / 2,
        "felt_good": felt.good / length,
        "felt_bad": felt.bad / length,
        "unfelt": felt.good == felt.bad == 0.0,
        "torn": felt.good > 0 and felt.bad > 0,
        "smiles": min(2, len(_SMILES.findall(text))) / 2,
        "frowns": min(2, len(_FROWNS.findall(text))) / 2,
        "happy": min(3, sum(character in _HAPPY for character in text[:500])) / 2,
        "angry": min(3, sum(character in _ANGRY for character in text[:500])) / 2,
        "shouts": min(3, text.count("!")) / 3,
        "asks_much": min(3, text.count("?")) / 3,
        "capitals": min(4, sum(word.isupper() and len(word) > 2 for word in text[:500].split())) / 4,
        "short": reading.word_count <= 4,
        "long": min(60, reading.word_count) / 30,
        "link": reading.has_link,
        "tags": min(3, reading.tags) / 2,
        "begins_with_tag": reading.begins_with_tag,
        "asks": reading.asks,
        "ironic": reading.ironic,
        "wordless": reading.word_count == 0,
        "many_counted": bool(_MANY.search(text[:500])),
        "numbers": any(word.isdigit() for word in words),
    }


def _context_of(reading: Reading) -> dict[str, float]:
    message = reading.message
    return {
        f"kind_{message.kind}": 1.0,
        "public": message.public,
        "bought": message.bought_before is True,
        "not_bought": message.bought_before is False,
        "about_us": message.addressed is Addressed.ABOUT_US,
        "to_others": message.addressed is Addressed.OTHERS,
        "elsewhere": message.control in (Control.THIRD_PARTY, Control.COMPETITOR),
        "answers_us": message.answers_us,
        "answers_peer": message.answers_peer,
        "rated_low": message.rating is not None and message.rating <= 2.5,
        "rated_high": message.rating is not None and message.rating >= 4.0,
        "attached": message.has_attachment,
    }


def is_direct(reading: Reading) -> bool:
    """Whether it was written to us alone."""
    return reading.message.kind is Kind.DIRECT and not reading.message.public
