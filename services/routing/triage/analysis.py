"""The one entry of triage: a batch of messages in, as many results out, in order. Called by routing and the console.

Deterministic; a batch says what each message alone would get. Rules go first where safety asks for it; the trained heads decide the rest;
unsure means owed.
"""

from collections.abc import Sequence

from services.routing.triage.deciding import decide
from services.routing.triage.engine import reckon, signals_for
from services.routing.triage.features import hash_texts
from services.routing.triage.heads import probabilities, shipped_model
from services.routing.triage.message import Message, TriageResult
from services.routing.triage.telling import telling_words

VERSION = "rules-2"
_CHUNK = 64


def analyse(batch: Sequence[Message]) -> list[TriageResult]:
    """One result a message, in order. Equal messages get equal results; what cannot be judged stays owed, at service."""
    return [result for at in range(0, len(batch), _CHUNK) for result in _judged(batch[at : at + _CHUNK])]


def _judged(batch: Sequence[Message]) -> list[TriageResult]:
    model = shipped_model()
    reckonings = [reckon(message) for message in batch]
    hashed = hash_texts([each.reading.text for each in reckonings])
    shares = probabilities(model, hashed, signals_for(reckonings))
    told = telling_words(model, hashed, chosen=shares["discipline"].argmax(axis=1))
    rows = [{name: found[row].tolist() for name, found in shares.items()} for row in range(len(batch))]
    heads = model.heads()
    return [
        decide(reckoning, shares=row, told=words, heads=heads, version=f"{VERSION}+{model.version}")
        for reckoning, row, words in zip(reckonings, rows, told, strict=True)
    ]
