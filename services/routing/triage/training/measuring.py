"""How good a head is on texts it has not seen: accuracy, recall, alarms, and whether its confidence tells the truth. Called by training."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.routing.triage.training.fitting import Floats
from services.routing.triage.training.plan import HeadPlan

Flags = NDArray[np.bool_]
_BINS = 10
_MOST_ALARMS = 0.017


@dataclass(frozen=True, slots=True)
class Measure:
    """Shares, 0 to 1. `recall` is the mean over the labels, or that of "yes"; `alarms` are false "yes" among all that is "no"."""

    head: str
    source: str
    count: int
    accuracy: float
    recall: float
    precision: float
    alarms: float
    calibration_error: float

    def __str__(self) -> str:
        return (
            f"{self.head:16} {self.source:12} {self.count:6,}  accuracy {self.accuracy:.3f}  recall {self.recall:.3f}  "
            f"precision {self.precision:.3f}  false alarms {self.alarms:.3f}  calibration error {self.calibration_error:.3f}"
        )


def measured(plan: HeadPlan, source: str, shares: Floats, targets: Floats, *, threshold: float, allowed: Flags) -> Measure:
    """Of a message with two labels both are right, as people would say."""
    if targets.shape[1] == 1:
        return _yes_or_no(plan, source, shares[:, 0], targets[:, 0] > 0.5, said=(shares[:, 0] >= threshold) & allowed)
    said = shares.argmax(axis=1)
    right = targets[np.arange(len(said)), said] > 0
    best = targets.argmax(axis=1)
    recalls = [float(right[best == label].mean()) for label in np.unique(best)]
    precisions = [float(right[said == label].mean()) for label in np.unique(said)]
    return Measure(
        plan.name,
        source,
        len(said),
        accuracy=float(right.mean()),
        recall=float(np.mean(recalls)),
        precision=float(np.mean(precisions)),
        alarms=0.0,
        calibration_error=calibration_error(shares.max(axis=1), right),
    )


def calibration_error(confidence: Floats, right: Flags) -> float:
    """The mean distance between how sure it was and how often it was right, over ten bins of confidence."""
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    total = 0.0
    for each in np.unique(bins):
        inside = bins == each
        total += abs(float(confidence[inside].mean()) - float(right[inside].mean())) * float(inside.mean())
    return total


def best_threshold(shares: Floats, targets: Floats, *, aim: str, allowed: Flags) -> float:
    """From which share on "yes" is said: most right, the best balance of recall and precision, or the most recall with few false alarms.

    `allowed` are the texts of which "yes" may be said at all.
    """
    yes, share = targets[:, 0] > 0.5, shares[:, 0]
    best, best_value = 0.5, -1.0
    for step in range(3, 96):
        threshold = step / 100
        said = (share >= threshold) & allowed
        value = _value(said, yes, aim=aim) - abs(threshold - 0.5) * 0.01
        if value > best_value:
            best, best_value = threshold, value
    return best


def _value(said: Flags, yes: Flags, *, aim: str) -> float:
    if aim == "accuracy":
        return float((said == yes).mean())
    hits = float((said & yes).sum())
    if aim == "balance":
        return 2 * hits / max(1.0, float(said.sum() + yes.sum()))
    alarms = float((said & ~yes).sum()) / max(1.0, float((~yes).sum()))
    return hits / max(1.0, float(yes.sum())) - 10 * max(0.0, alarms - _MOST_ALARMS)


def _yes_or_no(plan: HeadPlan, source: str, share: Floats, yes: Flags, *, said: Flags) -> Measure:
    hits = float((said & yes).sum())
    return Measure(
        plan.name,
        source,
        len(yes),
        accuracy=float((said == yes).mean()) if len(yes) else 0.0,
        recall=hits / max(1.0, float(yes.sum())),
        precision=hits / max(1.0, float(said.sum())),
        alarms=float((said & ~yes).sum()) / max(1.0, float((~yes).sum())),
        calibration_error=calibration_error(np.maximum(share, 1 - share), (share >= 0.5) == yes) if len(yes) else 0.0,
    )
