"""Which words moved the head of disciplines most: the evidence where no rule heard anything. Called by analysis; pure."""

import numpy as np
from numpy.typing import NDArray

from services.routing.triage.features import Block, Hashed
from services.routing.triage.heads import Group, Model, narrowed

Span = tuple[int, int]
_MOST_WORDS = 3
_LEAST_SHARE = 0.12
_HEAD = "discipline"


def telling_words(model: Model, hashed: Hashed, *, chosen: NDArray[np.int64]) -> list[list[Span]]:
    """Per text the places of up to three words that spoke for the chosen discipline, the strongest first."""
    group = next(group for group in model.groups if any(head.name == _HEAD for head in group.heads))
    strength = _strengths(group, hashed, chosen=chosen + model.heads()[_HEAD].columns[0])
    found: list[list[Span]] = [[] for _ in range(hashed.size)]
    total = np.bincount(hashed.token_rows, weights=np.maximum(strength, 0.0), minlength=hashed.size)
    for place in np.argsort(-strength, kind="stable"):
        row = hashed.token_rows[place]
        if strength[place] <= 0.0:
            break
        if len(found[row]) < _MOST_WORDS and strength[place] >= _LEAST_SHARE * total[row]:
            found[row].append(hashed.spans[place])
    return found


def _strengths(group: Group, hashed: Hashed, *, chosen: NDArray[np.int64]) -> NDArray[np.float64]:
    """Per token, the points that its features gave to the chosen column of its text."""
    strength = np.zeros(len(hashed.spans))
    for blocks, scale in ((hashed.words, hashed.word_scale), (hashed.pieces, hashed.piece_scale)):
        for block in blocks:
            strength += np.bincount(block.places, weights=_points(group, block, chosen=chosen) * scale[block.rows], minlength=len(strength))
    return strength


def _points(group: Group, block: Block, *, chosen: NDArray[np.int64]) -> NDArray[np.float64]:
    taken: NDArray[np.float64] = group.weights[narrowed(block.columns, bits=group.bits), chosen[block.rows]].astype(np.float64)
    return taken
