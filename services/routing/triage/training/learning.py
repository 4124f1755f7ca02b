"""From examples to a model: fits every head, measures it on what it did not see, softens it and writes the arrays. Called by `train`."""

import hashlib
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from services.routing.triage.engine import reckon, signals_for
from services.routing.triage.features import BITS
from services.routing.triage.signals import NAMES
from services.routing.triage.training.examples import FOLDS, Example
from services.routing.triage.training.fitting import Design, Fit, Floats, design_of, featurised, fit_head, likely, softened
from services.routing.triage.training.measuring import Flags, Measure, best_threshold, measured
from services.routing.triage.training.plan import GROUPS, HEADS, HeadPlan

Tell = Callable[[str], None]
_ROUNDS = 60
_MANY = 20_000
_STEPS = 127


@dataclass(frozen=True, slots=True)
class Learned:
    """One head, fitted on everything, with what was measured on parts that it had not seen.

    `unseen` [examples, columns]: the shares it gave to what it had not seen, NaN elsewhere.
    """

    plan: HeadPlan
    fit: Fit
    temperature: float
    threshold: float
    measures: Sequence[Measure]
    unseen: Floats


def learn(examples: Sequence[Example], *, tell: Tell) -> list[Learned]:
    """Every head of the plan."""
    wide = featurised([each.text for each in examples], bits=BITS)
    signals = signals_for([reckon(each.message) for each in examples])
    tell(f"{len(examples):,} texts read")
    designs = {name: design_of(_folded(wide, bits=bits), signals) for name, bits in GROUPS.items()}
    learned: list[Learned] = []
    for plan in HEADS:
        learned.append(_learned(plan, examples, designs[plan.group], allowed=_allowed(plan, learned, size=len(examples))))
        for each in learned[-1].measures:
            tell(str(each))
    return learned


def save(learned: Sequence[Learned], folder: Path, *, sources: Sequence[str]) -> str:
    """Writes the arrays, then their card. Gives the version."""
    files: dict[str, bytes] = {}
    cards = []
    for name, bits in GROUPS.items():
        heads = [each for each in learned if each.plan.group == name]
        arrays, card = _packed(heads)
        files |= {f"{name}_{part}.npy": _bytes_of(array) for part, array in arrays.items()}
        cards.append({"name": name, "bits": bits, "heads": card})
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
    version = "linear-" + hashlib.sha256("".join(sums.values()).encode()).hexdigest()[:8]
    whole = {"version": version, "signals": list(NAMES), "groups": cards, "sources": list(sources), "sums": sums}
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / "model.json").write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return version


def targets_of(plan: HeadPlan, examples: Sequence[Example]) -> Floats:
    """[examples, columns]: shares of labels; of "yes" alone for a yes or no."""
    shares = np.array([[each.labels[plan.name].get(label, 0.0) for label in plan.labels] for each in examples])
    return shares[:, 1:] if len(plan.labels) == 2 else shares


def _allowed(plan: HeadPlan, before: Sequence[Learned], *, size: int) -> Flags:
    """Of which texts "yes" may be said at all."""
    if plan.beside is None:
        return np.ones(size, dtype=np.bool_)
    name, label, least = plan.beside
    head = next(each for each in before if each.plan.name == name)
    allowed: Flags = head.unseen[:, head.plan.labels.index(label)] >= least
    return allowed


def _learned(plan: HeadPlan, examples: Sequence[Example], design: Design, *, allowed: Flags) -> Learned:
    known = np.array([place for place, each in enumerate(examples) if plan.name in each.labels])
    chosen = [examples[place] for place in known]
    seen = np.zeros(len(NAMES))
    seen[plan.signals()] = 1.0
    design = Design(design.features[known], design.signals[known] * seen)
    targets, folds = targets_of(plan, chosen), np.array([each.fold for each in chosen])
    weights = _weights(plan, chosen, targets)
    points = np.full(targets.shape, np.nan)
    for part in range(1 if len(chosen) > _MANY else FOLDS):
        inside, outside = np.flatnonzero(folds != part), np.flatnonzero(folds == part)
        if len(outside):
            fit = fit_head(design.rows(inside), targets[inside], weights=weights[inside], softness=plan.softness, rounds=_ROUNDS)
            points[outside] = fit.points(design.rows(outside))
    kept = np.flatnonzero(~np.isnan(points[:, 0]))
    temperature, threshold, measures = _judged(
        plan, [chosen[place] for place in kept], points[kept], targets[kept], allowed=allowed[known[kept]]
    )
    unseen = np.full((len(examples), targets.shape[1]), np.nan)
    unseen[known[kept]] = likely(points[kept] / temperature)
    fit = fit_head(design, targets, weights=weights, softness=plan.softness, rounds=_ROUNDS)
    return Learned(plan, fit, temperature, threshold, measures, unseen)


def _judged(
    plan: HeadPlan, examples: Sequence[Example], points: Floats, targets: Floats, *, allowed: Flags
) -> tuple[float, float, list[Measure]]:
    """Temperature, threshold and measures from what the fits had not seen. Phrases decide when "yes" is said; for spam all sets."""
    temperature = softened(points, targets, weights=np.array([each.weight for each in examples]))
    shares = likely(points / temperature)
    sources = np.array([each.source.partition("-")[0] for each in examples])
    telling = np.flatnonzero((sources == "phrases") | (plan.name == "spam"))
    threshold = 0.5
    if len(plan.labels) == 2:
        threshold = best_threshold(shares[telling], targets[telling], aim=plan.aim, allowed=allowed[telling])
    parts = [("all", np.arange(len(examples)))] + [(str(name), np.flatnonzero(sources == name)) for name in np.unique(sources)]
    measures = [measured(plan, name, shares[which], targets[which], threshold=threshold, allowed=allowed[which]) for name, which in parts]
    return temperature, threshold, measures


def _weights(plan: HeadPlan, examples: Sequence[Example], targets: Floats) -> Floats:
    weights = np.array([each.weight for each in examples])
    if plan.balanced:
        best = targets.argmax(axis=1)
        totals = np.bincount(best, weights=weights, minlength=targets.shape[1])
        weights = weights * (weights.sum() / (targets.shape[1] * np.maximum(totals, 1.0)))[best]
    return weights


def _folded(wide: sparse.csr_matrix, *, bits: int) -> sparse.csr_matrix:
    """The same features in a smaller table."""
    narrow = wide.copy()
    narrow.indices >>= BITS - bits
    narrow.resize(wide.shape[0], 1 << bits)
    narrow.sum_duplicates()
    return narrow


def _packed(heads: Sequence[Learned]) -> tuple[dict[str, NDArray[Any]], list[dict[str, Any]]]:
    weights = np.concatenate([each.fit.weights for each in heads], axis=1)
    scales = np.maximum(np.abs(weights).max(axis=0), 1e-9) / _STEPS
    card, at = [], 0
    for each in heads:
        end = at + each.fit.weights.shape[1]
        card.append(
            {
                "name": each.plan.name,
                "labels": list(each.plan.labels),
                "columns": [at, end],
                "temperature": each.temperature,
                "threshold": each.threshold,
            }
        )
        at = end
    arrays = {
        "weights": np.round(weights / scales).astype(np.int8),
        "scales": scales.astype(np.float32),
        "signals": np.round(np.concatenate([each.fit.signals for each in heads], axis=1) * 1000).astype(np.int64),
        "biases": np.concatenate([each.fit.biases for each in heads]).astype(np.float32),
    }
    return arrays, card


def _bytes_of(array: NDArray[Any]) -> bytes:
    written = io.BytesIO()
    np.save(written, array, allow_pickle=False)
    return written.getvalue()
