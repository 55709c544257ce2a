"""The walking problem as a nonlinear programme with exact first and second derivatives.

Strength, reference, weights and everything else that differs between scenarios are *parameters*: one problem is built
for a study, and its functions are stored in a file that every scenario loads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import casadi as ca
import numpy as np
import scipy.sparse as sp

from gluteweak.plant import FloatArray, IntArray
from gluteweak.walking.point import WEIGHTS
from gluteweak.walking.transcription import Transcription


def to_casadi(matrix: sp.spmatrix) -> Any:
    """The same sparse matrix as a CasADi constant."""
    matrix = sp.csc_matrix(matrix)
    matrix.sort_indices()
    pattern = ca.Sparsity(*matrix.shape, matrix.indptr.tolist(), matrix.indices.tolist())
    return ca.DM(pattern, matrix.data)


@dataclass(frozen=True)
class _Assembly:
    """A fixed linear map from the nonzeros of all instants' blocks to those of a matrix of the whole problem."""

    pattern: sp.csc_matrix
    map: sp.csr_matrix

    def expression(self, block_nonzeros: Any, constant: sp.csc_matrix | None = None) -> Any:
        """The assembled matrix (plus ``constant`` of the same pattern) as an expression of the nonzeros."""
        values = to_casadi(self.map) @ block_nonzeros
        if constant is not None:
            values = values + ca.DM(constant.data)
        sparsity = ca.Sparsity(*self.pattern.shape, self.pattern.indptr.tolist(), self.pattern.indices.tolist())
        return ca.MX(sparsity, values)


def _block_nonzeros(sparsity: Any, n_points: int) -> tuple[IntArray, IntArray, IntArray]:
    """Instant, row and column of every nonzero of ``n_points`` blocks side by side (column-major, as CasADi maps)."""
    rows, columns = np.array(sparsity.row()), np.repeat(np.arange(sparsity.size2()), np.diff(sparsity.colind()))
    instant = np.repeat(np.arange(n_points), len(rows))
    return instant, np.tile(rows, n_points), np.tile(columns, n_points)


def _collect(
    rows: IntArray,
    columns: IntArray,
    source: IntArray,
    factor: FloatArray,
    shape: tuple[int, int],
    n_source: int,
    constant: sp.spmatrix,
) -> tuple[_Assembly, sp.csc_matrix]:
    """Assembly of ``matrix[rows, columns] += factor * nonzero[source]`` on a pattern that also holds ``constant``."""
    constant = sp.csc_matrix(constant)
    constant.sort_indices()
    fixed = constant.tocoo()
    key = np.concatenate([columns, fixed.col]).astype(np.int64) * shape[0] + np.concatenate([rows, fixed.row])
    unique, slot = np.unique(key, return_inverse=True)
    indptr = np.searchsorted(unique // shape[0], np.arange(shape[1] + 1))
    pattern = sp.csc_matrix((np.ones(len(unique)), unique % shape[0], indptr), shape=shape)
    split = len(rows)
    assembly = sp.csr_matrix((factor, (slot[:split], source)), shape=(len(unique), n_source))
    held = np.zeros(len(unique))
    held[slot[split:]] = fixed.data
    return _Assembly(pattern, assembly), sp.csc_matrix((held, pattern.indices, pattern.indptr), shape=shape)


def _jacobian_assembly(tr: Transcription, sparsity: Any, linear: sp.spmatrix) -> tuple[_Assembly, sp.csc_matrix]:
    """Jacobian of [equations of motion; linear constraints]."""
    n_rows, n_local = sparsity.shape
    expansion = tr.expansion
    instant, row, column = _block_nonzeros(sparsity, tr.grid.n_points)
    expanded_row = instant * n_local + column
    counts = np.diff(expansion.indptr)[expanded_row]
    source = np.repeat(np.arange(len(row)), counts)
    position = _ranges(expansion.indptr[expanded_row], counts)
    offset = n_rows * tr.grid.n_points
    fixed = sp.vstack([sp.csr_matrix((offset, tr.n_unknowns)), linear])
    return _collect(
        (instant * n_rows + row)[source],
        expansion.indices[position],
        source,
        expansion.data[position],
        (offset + linear.shape[0], tr.n_unknowns),
        len(row),
        fixed,
    )


def _hessian_assembly(tr: Transcription, sparsity: Any, constant: sp.spmatrix) -> tuple[_Assembly, sp.csc_matrix]:
    """Upper half of the Hessian ``E' blkdiag(H) E + constant``."""
    n_local = sparsity.size1()
    expansion = tr.expansion
    instant, row, column = _block_nonzeros(sparsity, tr.grid.n_points)
    source = np.arange(len(row))
    mirrored = row != column
    # The upper half of a block stands for both halves of a symmetric one.
    first = np.concatenate([instant * n_local + row, (instant * n_local + column)[mirrored]])
    second = np.concatenate([instant * n_local + column, (instant * n_local + row)[mirrored]])
    source = np.concatenate([source, source[mirrored]])
    counts = np.diff(expansion.indptr)
    n_first = counts[first]
    pair = np.repeat(np.arange(len(first)), n_first)
    left = _ranges(expansion.indptr[first], n_first)
    n_second = counts[second[pair]]
    both = np.repeat(np.arange(len(pair)), n_second)
    right = _ranges(expansion.indptr[second[pair]], n_second)
    left, source = left[both], source[pair][both]
    i, j = expansion.indices[left], expansion.indices[right]
    upper = i <= j
    return _collect(
        i[upper],
        j[upper],
        source[upper],
        (expansion.data[left] * expansion.data[right])[upper],
        (tr.n_unknowns, tr.n_unknowns),
        len(row),
        sp.triu(constant),
    )


def _ranges(starts: IntArray, counts: IntArray) -> IntArray:
    """Concatenated ``start, start + 1, ..., start + count - 1``."""
    ends = np.cumsum(counts)
    return np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - counts, counts) + np.repeat(starts, counts)


@dataclass(frozen=True)
class Programme:
    """The nonlinear programme ``min f(w, p)  s.t.  lower <= g(w, p) <= upper`` of a whole cycle.

    ``recorded`` holds the tapes of the point functions for the project's own solver, if there are any; CasADi's
    functions of the whole cycle are assembled when they are first asked for.
    """

    transcription: Transcription
    point: Mapping[str, Any]
    recorded: Mapping[str, Any] | None = None

    def with_duration(self, duration_s: float) -> Programme:
        """The same walker and mesh on a cycle of another duration."""
        transcription = self.transcription
        grid = transcription.grid
        if duration_s == grid.duration_s:
            return self
        return replace(self, transcription=replace(transcription, grid=replace(grid, duration_s=duration_s)))

    @cached_property
    def _assembled(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return _assemble(self.transcription, self.point)

    @property
    def nlp(self) -> dict[str, Any]:
        """Expressions x, p, f, g as ``casadi.nlpsol`` takes them."""
        return self._assembled[0]

    @property
    def functions(self) -> dict[str, Any]:
        """Exact ``grad_f``, ``jac_g`` and ``hess_lag`` as options of ``casadi.nlpsol``."""
        return self._assembled[1]


def assemble(transcription: Transcription, point: Mapping[str, Any]) -> Programme:
    """Whole-cycle programme from the functions of one instant (``point.point_functions`` or a stored set of them)."""
    return Programme(transcription, point, getattr(point, "recorded", None))


def _assemble(transcription: Transcription, point: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    tr = transcription
    n, n_local = tr.grid.n_points, tr.layout.n_variables
    n_parameters = tr.layout.n_parameters
    w, p = ca.MX.sym("w", tr.n_unknowns), ca.MX.sym("p", n_parameters * n)
    expansion = to_casadi(tr.expansion)
    variables = ca.reshape(expansion @ w, n_local, n)
    parameters = ca.reshape(p, n_parameters, n)
    quadrature = ca.DM(tr.grid.quadrature)

    linear = sp.vstack([tr.speed_defect, tr.activation_limits]).tocsr()
    linear_rows = to_casadi(linear) @ w
    rate = tr.weighted_activation_rate
    rate_weight = parameters[tr.layout.parameters["weights"].start + WEIGHTS.index("activation_rate"), 0]
    rate_gradient = rate_weight * (to_casadi(rate) @ w)
    rate_cost = ca.dot(w, rate_gradient) / 2

    residual = point["residual"].map(n)(variables, parameters)
    cost = ca.dot(quadrature, point["cost"].map(n)(variables, parameters).T) + rate_cost
    constraints = ca.vertcat(ca.vec(residual), linear_rows)

    point_cost, point_gradient = point["gradient"].map(n)(variables, parameters)
    weighted = ca.vec(point_gradient * ca.repmat(quadrature.T, n_local, 1))
    gradient = to_casadi(tr.expansion.T) @ weighted + rate_gradient
    gradient_cost = ca.dot(quadrature, point_cost.T) + rate_cost

    jacobian_residual, blocks = point["jacobian"].map(n)(variables, parameters)
    jacobian_map, jacobian_fixed = _jacobian_assembly(tr, point["jacobian"].sparsity_out(1), linear)
    jacobian = jacobian_map.expression(blocks.nz[:], jacobian_fixed)

    n_rows = point["residual"].size1_out(0)
    sigma, multiplier = ca.MX.sym("sigma"), ca.MX.sym("lambda", constraints.numel())
    block_multiplier = ca.reshape(multiplier[: n_rows * n], n_rows, n)
    hessian_blocks = point["hessian"].map(n)(variables, parameters, block_multiplier, sigma * quadrature.T)
    hessian_map, hessian_fixed = _hessian_assembly(tr, point["hessian"].sparsity_out(0), rate)
    hessian_values = to_casadi(hessian_map.map) @ hessian_blocks.nz[:] + sigma * rate_weight * ca.DM(hessian_fixed.data)
    pattern = hessian_map.pattern
    hessian = ca.MX(ca.Sparsity(*pattern.shape, pattern.indptr.tolist(), pattern.indices.tolist()), hessian_values)

    functions = {
        "grad_f": ca.Function("nlp_grad_f", [w, p], [gradient_cost, gradient], ["x", "p"], ["f", "grad_f_x"]),
        "jac_g": ca.Function(
            "nlp_jac_g",
            [w, p],
            [ca.vertcat(ca.vec(jacobian_residual), linear_rows), jacobian],
            ["x", "p"],
            ["g", "jac_g_x"],
        ),
        "hess_lag": ca.Function(
            "nlp_hess_l",
            [w, p, sigma, multiplier],
            [hessian],
            ["x", "p", "lam_f", "lam_g"],
            ["triu_hess_gamma_x_x"],
        ),
    }
    return {"x": w, "p": p, "f": cost, "g": constraints}, functions
