"""Sparse multivariate polynomials: as few terms as keep the error below given tolerances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: How many candidate terms are tried for removal before the search ends.
_PATIENCE = 12
#: What "not noticeably worse" means.
_SLACK = 1.02


@dataclass(frozen=True)
class Target:
    """What one set of rows should equal, and how closely.

    Attributes
    ----------
    derivative : int or None
        Variable by which the polynomial is differentiated; None for the polynomial itself.
    values : (n_samples, n_components)
    tolerance : float
        Root mean square error allowed in each component.
    """

    derivative: int | None
    values: FloatArray
    tolerance: float


@dataclass(frozen=True)
class Fit:
    """``sum_t coefficient[t] * prod_v x[v]**exponent[t, v]``.

    Attributes
    ----------
    exponent : (n_terms, n_variables)
    coefficient : (n_terms, n_components)
    reached : bool
        Whether every tolerance holds on the samples of the fit.
    """

    exponent: IntArray
    coefficient: FloatArray
    reached: bool


def exponents(variables: int, degree: int) -> IntArray:
    """All exponents of total degree at most ``degree`` (n_terms, n_variables)."""
    return np.array([e for e in product(range(degree + 1), repeat=variables) if sum(e) <= degree], dtype=np.int64)


def monomials(x: FloatArray, exponent: IntArray, derivative: int | None = None) -> FloatArray:
    """Values (n_samples, n_terms) of the monomials at ``x`` (n_samples, n_variables), or of one partial derivative."""
    factor = np.ones(len(exponent))
    if derivative is not None:
        factor = exponent[:, derivative].astype(float)
        exponent = exponent.copy()
        exponent[:, derivative] = np.maximum(exponent[:, derivative] - 1, 0)
    powers = x[:, None, :] ** np.arange(exponent.max(initial=0) + 1)[:, None]
    result = np.broadcast_to(factor, (len(x), len(factor))).copy()
    for variable in range(x.shape[1]):
        result *= powers[:, exponent[:, variable], variable]
    return result


def evaluate(fit: Fit, x: FloatArray, derivative: int | None = None) -> FloatArray:
    """Values (n_samples, n_components) of the polynomial or of one partial derivative."""
    return monomials(x, fit.exponent, derivative) @ fit.coefficient


def fit_sparse(x: FloatArray, targets: Sequence[Target], degrees: Sequence[int], slack: float = _SLACK) -> Fit:
    """The polynomial with the fewest terms found that meets every tolerance.

    The lowest total degree that meets the tolerances, and the next one, are thinned by backward elimination; the
    smaller result counts. If no degree meets them, the highest is thinned without getting worse than by ``slack``.

    Parameters
    ----------
    x : (n_samples, n_variables)
    targets
        Rows to be met together.
    degrees
        Total degrees to try, ascending.
    slack
        How much worse, as a factor, the thinned polynomial may be where no degree meets the tolerances.
    """
    candidates: list[Fit] = []
    for degree in degrees:
        found = _Elimination(x, targets, exponents(x.shape[1], degree))
        if found.worst_ratio() <= 1.0:
            candidates.append(found.run(1.0))
            if len(candidates) == 2:
                break
    if not candidates:
        # A kink of the wrapped path that no polynomial follows: keep what the highest degree reaches.
        candidates.append(found.run(slack * found.worst_ratio()))
    return min(candidates, key=lambda fit: len(fit.exponent))


class _Elimination:
    """Backward elimination on the normal equations, every block weighted by its tolerance."""

    def __init__(self, x: FloatArray, targets: Sequence[Target], exponent: IntArray) -> None:
        self.x, self.targets, self.exponent = x, targets, exponent
        blocks = [(monomials(x, exponent, t.derivative) / t.tolerance, t.values / t.tolerance) for t in targets]
        self.scale = np.sqrt(sum(np.sum(a**2, axis=0) for a, _ in blocks))
        # Each block is compressed to a triangle once: all later steps are independent of the number of samples.
        self.blocks = [_compress(a / self.scale, y) for a, y in blocks]
        self.samples = len(x)
        self.kept = np.arange(len(exponent))
        stacked = np.vstack([a for a, _ in self.blocks])
        right = np.vstack([y for _, y in self.blocks])
        inverse = np.linalg.pinv(stacked, rcond=1e-13)
        self.covariance = inverse @ inverse.T
        self.coefficient = inverse @ right

    def worst_ratio(self, kept: IntArray | None = None, coefficient: FloatArray | None = None) -> float:
        """Largest RMS error over blocks and components, in tolerances."""
        kept = self.kept if kept is None else kept
        coefficient = self.coefficient if coefficient is None else coefficient
        errors = [np.sum((a[:, kept] @ coefficient - y) ** 2, axis=0) for a, y in self.blocks]
        return float(np.sqrt(np.max(errors) / self.samples))

    def run(self, limit: float) -> Fit:
        while len(self.kept) > 1 and self._remove_one(limit):
            pass
        exponent = self.exponent[self.kept]
        rows = np.vstack([monomials(self.x, exponent, t.derivative) / t.tolerance for t in self.targets])
        values = np.vstack([t.values / t.tolerance for t in self.targets])
        coefficient = np.linalg.lstsq(rows / self.scale[self.kept], values, rcond=None)[0]
        return Fit(exponent, coefficient / self.scale[self.kept, None], limit <= 1.0)

    def _remove_one(self, limit: float) -> bool:
        growth = np.sum(self.coefficient**2, axis=1) / np.diag(self.covariance)
        for j in np.argsort(growth)[:_PATIENCE]:
            column = self.covariance[:, j] / self.covariance[j, j]
            coefficient = np.delete(self.coefficient - np.outer(column, self.coefficient[j]), j, axis=0)
            kept = np.delete(self.kept, j)
            if self.worst_ratio(kept, coefficient) <= limit:
                covariance = self.covariance - np.outer(column, self.covariance[j])
                self.covariance = np.delete(np.delete(covariance, j, axis=0), j, axis=1)
                self.coefficient, self.kept = coefficient, kept
                return True
        return False


def _compress(a: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    triangle: FloatArray = np.asarray(np.linalg.qr(np.hstack([a, y]), mode="r"))
    return triangle[:, : a.shape[1]], triangle[:, a.shape[1] :]
