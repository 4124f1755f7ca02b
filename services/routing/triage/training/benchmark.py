"""The same features and the same fit on public sets of many intents: how good the engine is. Called by `evaluate`; nothing of it ships."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from services.routing.triage.features import BITS
from services.routing.triage.signals import NAMES
from services.routing.triage.training.examples import FOLDS, fold_of
from services.routing.triage.training.fitting import Design, Floats, featurised, fit_head, likely, softened
from services.routing.triage.training.measuring import calibration_error

_SOFTNESS = 20.0
_ROUNDS = 30
_OUT_OF_SCOPE = "oos"


@dataclass(frozen=True, slots=True)
class Intents:
    """Texts with one label each."""

    texts: Sequence[str]
    labels: Sequence[str]

    def where(self, keep: Sequence[bool]) -> "Intents":
        """Some of them."""
        chosen = [pair for pair, kept in zip(zip(self.texts, self.labels, strict=True), keep, strict=True) if kept]
        return Intents([text for text, _ in chosen], [label for _, label in chosen])


def read_intents(path: Path) -> Intents:
    """A .csv or .tsv whose header names its text (text) and label (category, intent or label). What is out of scope is left out."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t" if path.suffix == ".tsv" else ","))
    label = next(name for name in ("category", "intent", "label") if name in rows[0])
    kept = [row for row in rows if row[label] != _OUT_OF_SCOPE]
    return Intents([row["text"] for row in kept], [row[label] for row in kept])


def parted(intents: Intents) -> tuple[Intents, Intents]:
    """One fold is set aside where no test is given."""
    aside = [fold_of(text) == FOLDS - 1 for text in intents.texts]
    return intents.where([not each for each in aside]), intents.where(aside)


def accuracy_of(train: Intents, test: Intents) -> tuple[float, float]:
    """Share of right labels and calibration error on `test` of a head fitted on `train`, a label at a time against all others."""
    labels = sorted(set(train.labels))
    design, measured = _design(train), _design(test)
    points = np.concatenate(
        [_points(design, measured, np.array([[float(each == label)] for each in train.labels])) for label in labels], axis=1
    )
    targets = np.array([[float(each == label) for label in labels] for each in test.labels])
    right = points.argmax(axis=1) == targets.argmax(axis=1)
    half = np.arange(len(test.texts)) % 2 == 0
    softness = softened(points[half], targets[half], weights=np.ones(int(half.sum())))
    confidence = likely(points[~half] / softness).max(axis=1)
    return float(right.mean()), calibration_error(confidence, right[~half])


def _design(intents: Intents) -> Design:
    return Design(featurised(intents.texts, bits=BITS), np.zeros((len(intents.texts), len(NAMES))))


def _points(design: Design, measured: Design, targets: Floats) -> Floats:
    fit = fit_head(design, targets, weights=np.ones(len(targets)), softness=_SOFTNESS, rounds=_ROUNDS)
    return fit.points(measured)
