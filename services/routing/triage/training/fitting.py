"""Fitting one head: a linear model by L-BFGS on sparse features. Called by training; the same data give the same weights."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize, minimize_scalar

from services.routing.triage.features import Hashed, hash_texts
from services.routing.triage.heads import narrowed
from services.routing.triage.signals import UNIT

Floats = NDArray[np.float64]
_CHUNK = 2_000
_MEMORY = 8
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Design:
    """What a head learns from, a row per text: hashed features, then signals."""

    features: sparse.csr_matrix
    signals: Floats

    def rows(self, which: NDArray[np.int64]) -> "Design":
        """Some of the texts."""
        return Design(self.features[which], self.signals[which])


@dataclass(frozen=True, slots=True)
class Fit:
    """Weights of features [width, columns] and signals [signals, columns], and biases."""

    weights: Floats
    signals: Floats
    biases: Floats

    def points(self, design: Design) -> Floats:
        """[texts, columns]."""
        found: Floats = design.features @ self.weights + design.signals @ self.signals + self.biases
        return found


def featurised(texts: Sequence[str], *, bits: int) -> sparse.csr_matrix:
    """[texts, 2**bits]: the features with the scales that heads apply at run time."""
    parts = [_sparse(hash_texts(texts[at : at + _CHUNK]), bits=bits) for at in range(0, len(texts), _CHUNK)]
    return sparse.vstack(parts).tocsr() if parts else sparse.csr_matrix((0, 1 << bits))


def design_of(features: sparse.csr_matrix, signals: NDArray[np.int64]) -> Design:
    """Signals in eighths become shares of one."""
    return Design(features, signals.astype(np.float64) / UNIT)


def fit_head(design: Design, targets: Floats, *, weights: Floats, softness: float, rounds: int) -> Fit:
    """Logistic regression: `targets` [texts, columns] are shares of labels; one column means yes. `softness`: how big weights may get."""
    used = np.flatnonzero(np.asarray(design.features.getnnz(axis=0)).ravel() > 0)
    matrix = sparse.hstack([design.features[:, used], sparse.csr_matrix(design.signals)]).tocsr()
    solution = _solve(matrix, targets, weights=weights / weights.sum(), penalty=1.0 / (softness * weights.sum()), rounds=rounds)
    size, columns = matrix.shape[1], targets.shape[1]
    learned = solution[: size * columns].reshape(size, columns)
    spread = np.zeros((design.features.shape[1], columns))
    spread[used] = learned[: len(used)]
    return Fit(spread, learned[len(used) :], solution[size * columns :])


def likely(points: Floats) -> Floats:
    """Shares of labels: of "yes" alone where there is one column."""
    if points.shape[1] == 1:
        single: Floats = 1.0 / (1.0 + np.exp(-np.clip(points, -30, 30)))
        return single
    powers = np.exp(points - points.max(axis=1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=1, keepdims=True)
    return shares


def loss_of(points: Floats, targets: Floats, *, weights: Floats) -> float:
    """The weighted mean of the surprise."""
    shares = likely(points)
    each = (targets * np.log(shares + _TINY)).sum(axis=1)
    if points.shape[1] == 1:
        each = each + ((1.0 - targets) * np.log(1.0 - shares + _TINY)).sum(axis=1)
    return float(-(weights * each).sum() / weights.sum())


def softened(points: Floats, targets: Floats, *, weights: Floats) -> float:
    """The temperature at which confidence tells the truth on points that the head did not learn from."""
    found = minimize_scalar(lambda log: loss_of(points / np.exp(log), targets, weights=weights), bounds=(-1.5, 2.5), method="bounded")
    return float(np.round(np.exp(found.x), 4))


def _solve(matrix: sparse.csr_matrix, targets: Floats, *, weights: Floats, penalty: float, rounds: int) -> Floats:
    size, columns = matrix.shape[1], targets.shape[1]
    turned = matrix.T.tocsr()

    def cost(flat: Floats) -> tuple[float, Floats]:
        learned, biases = flat[: size * columns].reshape(size, columns), flat[size * columns :]
        points = matrix @ learned + biases
        slope = (likely(points) - targets) * weights[:, None]
        loss = loss_of(points, targets, weights=weights) + 0.5 * penalty * float((learned**2).sum())
        return loss, np.concatenate([(turned @ slope + penalty * learned).ravel(), slope.sum(axis=0)])

    start = np.zeros((size + 1) * columns)
    found = minimize(cost, start, jac=True, method="L-BFGS-B", options={"maxiter": rounds, "maxcor": _MEMORY})
    solution: Floats = found.x
    return solution


def _sparse(hashed: Hashed, *, bits: int) -> sparse.csr_matrix:
    total = sparse.csr_matrix((hashed.size, 1 << bits))
    for blocks, scale in ((hashed.words, hashed.word_scale), (hashed.pieces, hashed.piece_scale)):
        for block in blocks:
            cells = (scale[block.rows].astype(np.float64), (block.rows, narrowed(block.columns, bits=bits)))
            total = total + sparse.csr_matrix(cells, shape=total.shape)
    return total
