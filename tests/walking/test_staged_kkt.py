"""The Newton system solved interval by interval against a sparse LU of the whole system."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg as la
import scipy.sparse as sp
import scipy.sparse.linalg as sl

from gluteweak.walking.point import PointLayout
from gluteweak.walking.staged_kkt import NotConvexError, PointBlocks, StagedKKT
from gluteweak.walking.transcription import Grid, Transcription

pytestmark = pytest.mark.casadi
RATE_WEIGHT = 0.7


def random_system(plant, degree, curvature=0.0, seed=0):
    """A transcription and random blocks; ``curvature`` is taken off the mechanical Hessian."""
    rng = np.random.default_rng(seed)
    tr = Transcription(
        PointLayout(plant),
        Grid(4, degree, 1.1),
        plant.muscle_activation_time_constant_s,
        plant.muscle_deactivation_time_constant_s,
    )
    n, nq, nm = tr.grid.n_points, tr.layout.n_free, tr.layout.n_muscles
    nc, m = len(plant.actuator), 3 * tr.layout.n_free

    def positive(size):
        a = rng.normal(size=(size, size))
        return a @ a.T / size + np.eye(size)

    inertia = np.array([np.hstack([np.zeros((nq, 2 * nq)), positive(nq)]) for _ in range(n)])
    blocks = PointBlocks(
        np.array([positive(m) - curvature * np.eye(m) for _ in range(n)]),
        0.05 * rng.normal(size=(n, m, nm)),
        rng.uniform(0.5, 1.0, (n, nm)),
        rng.uniform(0.5, 1.0, (n, nc)),
        0.1 * rng.normal(size=(n, nq, m)) + inertia,
        0.3 * rng.normal(size=(n, nq, nm)),
        0.3 * rng.normal(size=(n, nq, nc)),
    )
    diagonal = rng.uniform(0.1, 1.0, (n, tr.n_point))
    slack = rng.uniform(0.0, 2.0, (2, n, nm))
    return tr, blocks, diagonal, slack, rng


def whole_system(tr, blocks, diagonal, slack):
    """KKT matrix as one sparse matrix, from the definition."""
    var, m = tr.layout.variables, slice(0, tr.layout.variables["acceleration"].stop)
    a, c = var["activation"], var["control"]
    hessians, jacobians = [], []
    for k in range(tr.grid.n_points):
        h = np.zeros((tr.layout.n_variables,) * 2)
        h[m, m], h[m, a], h[a, m] = blocks.hessian_mm[k], blocks.hessian_ma[k], blocks.hessian_ma[k].T
        h[a, a], h[c, c] = np.diag(blocks.hessian_a[k]), np.diag(blocks.hessian_c[k])
        j = np.zeros((tr.layout.n_free, tr.layout.n_variables))
        j[:, m], j[:, a], j[:, c] = blocks.jacobian_m[k], blocks.jacobian_a[k], blocks.jacobian_c[k]
        hessians.append(h)
        jacobians.append(j)
    e, limits = tr.expansion, tr.activation_limits
    w = e.T @ sp.block_diag(hessians) @ e + sp.diags(diagonal.ravel()) + RATE_WEIGHT * tr.weighted_activation_rate
    w = w + limits.T @ sp.diags(slack.ravel()) @ limits
    j = sp.vstack([sp.block_diag(jacobians) @ e, tr.speed_defect])
    return sp.bmat([[w, j.T], [j, None]]).tocsc()


@pytest.mark.parametrize("degree", [1, 2, 3])
def test_solution_is_that_of_the_whole_system(small_plant, degree):
    tr, blocks, diagonal, slack, rng = random_system(small_plant, degree)
    kkt = StagedKKT(tr)
    kkt.factorise(blocks, diagonal, slack, RATE_WEIGHT)
    n, nq = tr.grid.n_points, tr.layout.n_free
    for _ in range(2):  # one factorisation serves several right-hand sides
        gradient, residual = rng.normal(size=(n, tr.n_point)), rng.normal(size=(n, nq))
        step, multiplier = kkt.solve(gradient, residual)
        right = -np.concatenate([gradient.ravel(), residual.ravel(), np.zeros(n * nq)])
        expected = sl.spsolve(whole_system(tr, blocks, diagonal, slack), right)
        scale = np.abs(expected).max()
        np.testing.assert_allclose(step.ravel(), expected[: tr.n_unknowns], rtol=0, atol=1e-10 * scale)
        dynamics = expected[tr.n_unknowns : tr.n_unknowns + n * nq]
        np.testing.assert_allclose(multiplier.ravel(), dynamics, rtol=0, atol=1e-10 * np.abs(dynamics).max())


def negative_eigenvalues(matrix):
    return int((la.eigvalsh(matrix.toarray()) < 0).sum())


@pytest.mark.parametrize("curvature", [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 6.0])
def test_convexity_is_judged_by_the_inertia_of_the_whole_system(small_plant, curvature):
    tr, blocks, diagonal, slack, _ = random_system(small_plant, 2, curvature, seed=4)
    constraints = 2 * tr.grid.n_points * tr.layout.n_free
    is_convex = negative_eigenvalues(whole_system(tr, blocks, diagonal, slack)) == constraints
    kkt = StagedKKT(tr)
    if is_convex:
        kkt.factorise(blocks, diagonal, slack, RATE_WEIGHT)
    else:
        with pytest.raises(NotConvexError):
            kkt.factorise(blocks, diagonal, slack, RATE_WEIGHT)


def test_both_verdicts_occur_above(small_plant):
    verdicts = set()
    for curvature in (0.0, 6.0):
        tr, blocks, diagonal, slack, _ = random_system(small_plant, 2, curvature, seed=4)
        negative = negative_eigenvalues(whole_system(tr, blocks, diagonal, slack))
        verdicts.add(negative == 2 * tr.grid.n_points * tr.layout.n_free)
    assert verdicts == {True, False}
