"""The linear heads: arrays read once from `model/`, checked against their sums, applied to a whole batch. Called by analysis.

Weights are small whole numbers, so that a text gets the same points alone, in any batch and on any machine.
"""

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.routing.triage.features import BITS, Block, Hashed, Numbers

FOLDER = Path(__file__).parent / "model"
Points = NDArray[np.float32]
_SIGNAL_UNIT = 1.0 / 8_000.0  # eighths of a signal times thousandths of a weight


class DamagedModelError(Exception):
    """The trained arrays are not those that were shipped: install the product again, or train anew."""


@dataclass(frozen=True, slots=True)
class Head:
    """One question to a text. A yes or no has one column, that of "yes". `temperature` softens; from `threshold` on "yes" is said."""

    name: str
    labels: tuple[str, ...]
    columns: tuple[int, int]
    temperature: float
    threshold: float


@dataclass(frozen=True, slots=True)
class Group:
    """Heads that share arrays: `weights` [2**bits, columns] times `scales`, `signals` [signals, columns] in thousandths, `biases`."""

    bits: int
    weights: NDArray[np.int8]
    scales: Points
    signals: NDArray[np.int64]
    biases: Points
    heads: tuple[Head, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """Everything that was learned. `signals` names the rows of every group's signals; `version` begins every verdict."""

    version: str
    signals: tuple[str, ...]
    groups: tuple[Group, ...]

    def heads(self) -> dict[str, Head]:
        """Every head by its name."""
        return {head.name: head for group in self.groups for head in group.heads}


@cache
def shipped_model() -> Model:
    """The model that ships with the product. Raises DamagedModelError."""
    return load_model(FOLDER)


def load_model(folder: Path) -> Model:
    """Raises DamagedModelError."""
    try:
        card: dict[str, Any] = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        arrays = {name: _checked(folder / name, expected) for name, expected in card["sums"].items()}
    except (OSError, ValueError, KeyError) as error:
        raise DamagedModelError(f"{folder}: {type(error).__name__}; install the product again, or train anew") from error
    groups = tuple(_group(each, arrays=arrays) for each in card["groups"])
    return Model(version=card["version"], signals=tuple(card["signals"]), groups=groups)


def probabilities(model: Model, hashed: Hashed, signals: NDArray[np.int64]) -> dict[str, Points]:
    """Per head [texts, labels]: how likely each label is, calibrated. `signals` is [texts, len(model.signals)]."""
    found: dict[str, Points] = {}
    for group in model.groups:
        points = points_of(group, hashed, signals)
        for head in group.heads:
            found[head.name] = _likely(points[:, slice(*head.columns)] / head.temperature, binary=len(head.labels) == 2)
    return found


def points_of(group: Group, hashed: Hashed, signals: NDArray[np.int64]) -> Points:
    """[texts, columns] before softening."""
    words = _summed(group, hashed.words, size=hashed.size) * hashed.word_scale[:, None]
    pieces = _summed(group, hashed.pieces, size=hashed.size) * hashed.piece_scale[:, None]
    context = (signals @ group.signals) * _SIGNAL_UNIT
    return ((words + pieces) * group.scales + context + group.biases).astype(np.float32)


def narrowed(columns: Numbers, *, bits: int) -> Numbers:
    """The same features in a smaller table."""
    return columns >> (BITS - bits)


def _summed(group: Group, blocks: Sequence[Block], *, size: int) -> NDArray[np.int32]:
    total = np.zeros((size, group.weights.shape[1]), dtype=np.int32)
    for block in blocks:
        if not len(block.rows):
            continue
        firsts = np.concatenate(([0], np.flatnonzero(np.diff(block.rows)) + 1))
        taken = group.weights[narrowed(block.columns, bits=group.bits)]
        total[block.rows[firsts]] += np.add.reduceat(taken, firsts, axis=0, dtype=np.int32)
    return total


def _likely(points: Points, *, binary: bool) -> Points:
    if binary:
        yes = 1.0 / (1.0 + np.exp(-np.clip(points, -30.0, 30.0)))
        return np.concatenate([1.0 - yes, yes], axis=1)
    powers = np.exp(points - points.max(axis=1, keepdims=True))
    shares: Points = powers / powers.sum(axis=1, keepdims=True)
    return shares


def _checked(path: Path, expected: str) -> NDArray[Any]:
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != expected:
        raise DamagedModelError(f"{path.name} is not what was shipped; install the product again, or train anew")
    array: NDArray[Any] = np.load(io.BytesIO(content), allow_pickle=False)
    return array


def _group(card: Mapping[str, Any], *, arrays: Mapping[str, NDArray[Any]]) -> Group:
    parts = {part: arrays[f"{card['name']}_{part}.npy"] for part in ("weights", "scales", "signals", "biases")}
    heads = tuple(
        Head(each["name"], tuple(each["labels"]), (each["columns"][0], each["columns"][1]), each["temperature"], each["threshold"])
        for each in card["heads"]
    )
    return Group(bits=card["bits"], heads=heads, **parts)
