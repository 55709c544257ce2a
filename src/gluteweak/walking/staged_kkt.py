"""Direct solution of the Newton system of a periodic collocation problem, interval by interval.

The optimality system of the walking problem is banded in time and closed to a ring. Within an interval the equations of
motion determine the positions, as in an integrator step, so they and the collocation equations are eliminated first;
what is left is a linear-quadratic control problem with the state (value, speed, activation) at the interval borders. A
backward recursion (Riccati) eliminates the interior unknowns by Cholesky factorisations of one fixed size. The ring is
closed by a multiplier on "the end state is the start state", carried through the recursion as a parameter.

The inertia of all pivots, which comes with the factors, tells whether the Newton step is one of descent: the test that
an interior-point method needs, at no cost.

Sources: Wright (1993) J Optim Theory Appl 77:161 (partitioned dynamic programming); Rao, Wright, Rawlings (1998)
J Optim Theory Appl 99:723 (interior points for control problems); the periodic closure is written out here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.linalg import blas, lapack

from gluteweak.plant import FloatArray
from gluteweak.walking.point import ACCELERATION_SCALE
from gluteweak.walking.transcription import ACTIVATION_RATE_UNIT_PER_S, Transcription


class NotConvexError(Exception):
    """The reduced Hessian is not positive definite; the Newton step needs more regularisation."""


@dataclass(frozen=True)
class PointBlocks:
    """Dense blocks of all points; ``m`` is (value, speed, scaled acceleration) of the free coordinates.

    hessian_mm (n, m, m), hessian_ma (n, m, n_muscles), hessian_a (n, n_muscles), hessian_c (n, n_actuators),
    jacobian_m (n, n_free, m), jacobian_a (n, n_free, n_muscles), jacobian_c (n, n_free, n_actuators).
    """

    hessian_mm: FloatArray
    hessian_ma: FloatArray
    hessian_a: FloatArray
    hessian_c: FloatArray
    jacobian_m: FloatArray
    jacobian_a: FloatArray
    jacobian_c: FloatArray


@dataclass(frozen=True)
class _Stage:
    """Eliminated interior unknowns of one interval.

    Where their Hessian ``S`` is positive definite, ``factor`` is its Cholesky factor L and ``kept``, ``driven`` are
    L^-1 times the coupling to the state and to the closing parameter. Where it is not (a motion that is not closed may
    lower the cost), ``factor`` holds Bunch-Kaufman's factors, and ``kept``, ``driven`` are S^-1 times the couplings.
    """

    factor: FloatArray
    pivots: Any
    kept: FloatArray
    driven: FloatArray
    negative: int

    @property
    def is_indefinite(self) -> bool:
        return self.pivots is not None

    @classmethod
    def eliminate(cls, matrix: FloatArray, kept: FloatArray, driven: FloatArray) -> _Stage:
        both = np.hstack([kept, driven])
        n = kept.shape[1]
        # A symmetric matrix is its own transpose, and the transpose of a C array is what LAPACK reads without a copy.
        factor, info = lapack.dpotrf(matrix.T, lower=1, clean=0)
        if info != 0:
            factor, pivots, info = lapack.dsytrf(matrix.T, lower=1)
            if info != 0:
                raise NotConvexError
            both, _ = lapack.dsytrs(factor, pivots, both, lower=1)
            return cls(factor, pivots, both[:, :n], both[:, n:], _negative_pivots(factor, pivots))
        both = blas.dtrsm(1.0, factor, both.T, side=1, lower=1, trans_a=1, overwrite_b=1).T
        return cls(factor, None, both[:, :n], both[:, n:], 0)

    def forward(self, row: FloatArray) -> FloatArray:
        """What ``kept`` and ``driven`` are to be multiplied with for a right-hand side."""
        return row if self.is_indefinite else np.asarray(blas.dtrsv(self.factor, row, lower=1))

    def backward(self, state: FloatArray, closing: FloatArray, forwarded: FloatArray) -> FloatArray:
        """Interior unknowns from the state at the start and the closing parameter."""
        driven = self.kept @ state + self.driven @ closing
        if self.is_indefinite:
            inside: FloatArray = driven + lapack.dsytrs(self.factor, self.pivots, forwarded, lower=1)[0].ravel()
        else:
            inside = blas.dtrsv(self.factor, driven + forwarded, lower=1, trans=1)
        return -inside


class StagedKKT:
    """Factorises and solves the Newton system of a ``Transcription``."""

    def __init__(self, transcription: Transcription) -> None:
        """Prepare the constant matrices."""
        self.transcription = transcription
        layout, grid = transcription.layout, transcription.grid
        self.nq, self.nm = layout.n_free, layout.n_muscles
        self.nc = len(layout.plant.actuator)
        self.degree, self.intervals = grid.degree, grid.intervals
        self.h = grid.interval_s
        d, nq, nm, nc = self.degree, self.nq, self.nm, self.nc
        c = grid.differentiation
        # Rows (q_j, v_j, acceleration_j) in terms of (q_0, v_0, q_1 .. q_d).
        speed = np.zeros((d, 2 + d))
        speed[:, 0] = c[0] / self.h
        speed[:, 2:] = c[1:].T / self.h
        start_speed = np.zeros(2 + d)
        start_speed[1] = 1.0
        self._motion = np.zeros((d, 3, 2 + d))
        for j in range(d):
            self._motion[j, 0, 2 + j] = 1.0
            self._motion[j, 1] = speed[j]
            self._motion[j, 2] = (c[0, j] * start_speed + c[1:, j] @ speed) / self.h / ACCELERATION_SCALE
        self._end = np.zeros((2, 2 + d))
        self._end[0, 1 + d] = 1.0
        self._end[1] = speed[d - 1]
        self._end_matrix = np.kron(self._end, np.eye(nq))
        # Interior unknowns U: activations of all points but the last, controls of all points, activations of the last.
        self._activation_slot = [slice(j * nm, (j + 1) * nm) for j in range(d - 1)]
        controls = (d - 1) * nm
        self._control_slot = [slice(controls + j * nc, controls + (j + 1) * nc) for j in range(d)]
        last = controls + d * nc
        self._activation_slot.append(slice(last, last + nm))
        self.n_interior = last + nm
        self.n_mechanical = 2 * nq
        self.n_state = 2 * nq + nm

    @cached_property
    def _rate(self) -> FloatArray:
        """(degree, degree + 1): activation rate at each point from the activations a_0 .. a_d."""
        return self.transcription.grid.differentiation.T / self.h

    def factorise(
        self,
        blocks: PointBlocks,
        diagonal: FloatArray,
        slack_weight: FloatArray,
        rate_weight: float,
    ) -> None:
        """Factorise; afterwards ``solve`` may be called any number of times.

        Parameters
        ----------
        blocks
            Derivatives at the present iterate.
        diagonal : (n_points, n_point)
            Barrier and regularisation terms of the unknowns.
        slack_weight : (2, n_points, n_muscles)
            Barrier terms of the activation limits (falling, rising).
        rate_weight
            Weight of the mean square activation rate.

        Raises
        ------
        NotConvexError
            If the reduced Hessian is not positive definite.
        """
        self._reduce(blocks, diagonal)
        chain = self._activation_chain(blocks, diagonal, slack_weight, rate_weight)
        self._recursion(chain)
        self._close_ring()

    # -- batched over intervals ---------------------------------------------------------------------------------------

    def _by_interval(self, array: FloatArray) -> FloatArray:
        return array.reshape(self.intervals, self.degree, *array.shape[1:])

    def _reduce(self, blocks: PointBlocks, diagonal: FloatArray) -> None:
        """Eliminate positions and speeds inside the intervals: Hessians over (border state, interior unknowns)."""
        n, d, nq, nx, nu = self.intervals, self.degree, self.nq, self.n_mechanical, self.n_interior
        where = self.transcription.point_variables
        jc = self._by_interval(blocks.jacobian_c)
        ja = self._by_interval(blocks.jacobian_a)
        own = self._by_interval(diagonal)
        size = (2 + d) * nq
        hessian = self._local_hessian(blocks, own)
        coupling = np.zeros((n, size, nu))
        rows = np.empty((n, d, nq, size))
        control = np.zeros((n, d, nq, nu))
        ma, jm = self._by_interval(blocks.hessian_ma), self._by_interval(blocks.jacobian_m)
        for j in range(d):
            coupling[:, :, self._activation_slot[j]] = self._from_motion(j, ma[:, j])
            rows[:, j] = self._from_motion(j, jm[:, j].transpose(0, 2, 1)).transpose(0, 2, 1)
            control[:, j, :, self._activation_slot[j]] = ja[:, j]
            control[:, j, :, self._control_slot[j]] = jc[:, j]
        self._hessian = hessian
        self._coupling = coupling
        jacobian = rows.reshape(n, d * nq, size)
        right = np.concatenate([jacobian[:, :, :nx], control.reshape(n, d * nq, nu)], axis=2)
        # Needed for several right-hand sides an iteration; what it costs in digits, the interior point refines.
        self._inverse: FloatArray = np.asarray(np.linalg.inv(jacobian[:, :, nx:]), dtype=np.float64)
        inside = -(self._inverse @ right)
        phi = np.zeros((n, size, nx + nu))
        phi[:, :nx, :nx] = np.eye(nx)
        phi[:, nx:] = inside
        self._phi = phi
        # phi' H phi + phi' C + C' phi is Y + Y' with Y = phi' (H phi / 2 + C); the upper rows of phi are the identity.
        half = hessian[:, :, nx:] @ inside
        half[:, :, :nx] += hessian[:, :, :nx]
        half *= 0.5
        half[:, :, nx:] += coupling
        product = inside.transpose(0, 2, 1) @ half[:, nx:]
        product[:, :nx] += half[:, :nx]
        reduced = product + product.transpose(0, 2, 1)
        controls = own[:, :, where["control"]] + self._by_interval(blocks.hessian_c)
        for j, slot in enumerate(self._control_slot):
            at = nx + np.arange(slot.start, slot.stop)
            reduced[:, at, at] += controls[:, j]
        self._reduced = reduced
        self._psi = (self._end @ phi.reshape(n, 2 + d, nq * (nx + nu))).reshape(n, nx, nx + nu)

    def _local_hessian(self, blocks: PointBlocks, own: FloatArray) -> FloatArray:
        """(intervals, (2 + degree) n_free, same): Hessian over (q_0, v_0, q_1 ..), barrier terms included."""
        nq, where = self.nq, self.transcription.point_variables
        mm = self._by_interval(blocks.hessian_mm)
        hessian: FloatArray = np.zeros((self.intervals, (2 + self.degree) * nq, (2 + self.degree) * nq))
        for j in range(self.degree):
            weighted = mm[:, j].copy()
            for kind, name in enumerate(("value", "speed")):
                at = kind * nq + np.arange(nq)
                weighted[:, at, at] += own[:, j, where[name]]
            half = self._from_motion(j, weighted)
            hessian += self._from_motion(j, half.transpose(0, 2, 1))
        return hessian

    def _from_motion(self, j: int, rows: FloatArray) -> FloatArray:
        """Rows (intervals, 3 n_free, any) over the motion at point ``j``, gathered over (q_0, v_0, q_1 ..).

        The transposed ``_motion`` does the same to every coordinate, so it never becomes a large matrix.
        """
        n, _, width = rows.shape
        flat = np.ascontiguousarray(rows).reshape(n, 3, self.nq * width)
        return np.asarray((self._motion[j].T @ flat).reshape(n, (2 + self.degree) * self.nq, width))

    def _activation_chain(
        self, blocks: PointBlocks, diagonal: FloatArray, slack_weight: FloatArray, rate_weight: float
    ) -> FloatArray:
        """(intervals, degree + 1, degree + 1, n_muscles): what couples the activations a_0 .. a_d of a muscle."""
        n, d, nm = self.intervals, self.degree, self.nm
        tr = self.transcription
        chain = np.zeros((n, d + 1, d + 1, nm))
        own = self._by_interval(diagonal)[:, :, tr.point_variables["activation"]] + self._by_interval(blocks.hessian_a)
        slack = slack_weight.reshape(2, n, d, nm)
        quadrature = self._by_interval(tr.grid.quadrature)
        rate = self._rate
        for j in range(d):
            chain[:, j + 1, j + 1] += own[:, j]
            smooth = 2 * rate_weight / ACTIVATION_RATE_UNIT_PER_S**2 / nm * quadrature[:, j]
            chain += smooth[:, None, None, None] * np.outer(rate[j], rate[j])[None, :, :, None]
            for limit, time_constant in enumerate((tr.deactivation_time_s, tr.activation_time_s)):
                row = time_constant[None, :] * rate[j][:, None]
                row[j + 1] += 1.0
                chain += slack[limit][:, j][:, None, None, :] * (row[:, None, :] * row[None, :, :])[None]
        return chain

    # -- recursion over intervals -------------------------------------------------------------------------------------

    def _recursion(self, chain: FloatArray) -> None:
        """Eliminate the interior unknowns from the last interval to the first."""
        nx, nm, nu, ns = self.n_mechanical, self.nm, self.n_interior, self.n_state
        last = self._activation_slot[-1]
        end_activation = slice(nx + last.start, nx + last.stop)
        muscles = np.arange(nm)
        # The last border's cost-to-go is nothing but the closing multiplier times its state.
        p, parameter, gamma = np.zeros((ns, ns)), np.eye(ns), np.zeros((ns, ns))
        self._value, self._parameter = [p], [parameter]
        self._stage: list[_Stage] = []
        self._negative = 0
        for i in range(self.intervals - 1, -1, -1):
            psi = self._psi[i]
            s = self._reduced[i] + psi.T @ (p[:nx, :nx] @ psi)
            mixed = psi.T @ p[:nx, nx:]
            s[:, end_activation] += mixed
            s[end_activation, :] += mixed.T
            s[end_activation, end_activation] += p[nx:, nx:]
            kept = np.zeros((nu, ns))
            kept[:, :nx] = s[nx:, :nx]
            for j, slot in enumerate(self._activation_slot):
                rows = slot.start + muscles
                kept[rows, nx + muscles] = chain[i, j + 1, 0]
                for m, other in enumerate(self._activation_slot):
                    s[nx + rows, nx + other.start + muscles] += chain[i, j + 1, m + 1]
            lifted = psi.T @ parameter[:nx]
            lifted[end_activation] += parameter[nx:]
            stage = _Stage.eliminate(s[nx:, nx:], kept, lifted[nx:])
            self._negative += stage.negative
            left, driving = (kept, lifted[nx:]) if stage.is_indefinite else (stage.kept, stage.driven)
            new = np.zeros((ns, ns))
            new[:nx, :nx] = s[:nx, :nx]
            new[nx + muscles, nx + muscles] = chain[i, 0, 0]
            p = new - left.T @ stage.kept
            # Round-off that is not symmetric would grow from interval to interval.
            p = (p + p.T) / 2
            parameter = -left.T @ stage.driven
            parameter[:nx] += lifted[:nx]
            gamma += driving.T @ stage.driven
            self._stage.append(stage)
            self._value.append(p)
            self._parameter.append(parameter)
        for stored in (self._stage, self._value, self._parameter):
            stored.reverse()
        self._gamma = gamma

    def _close_ring(self) -> None:
        """Join the first border to the last one, and count the inertia of the whole system."""
        closing = self._parameter[0] - np.eye(self.n_state)
        matrix = np.block([[self._value[0], closing], [closing.T, -self._gamma]])
        self._ring, self._ring_pivots, info = lapack.dsytrf(matrix, lower=1)
        if info != 0 or self._negative + _negative_pivots(self._ring, self._ring_pivots) != self.n_state:
            raise NotConvexError

    # -- right-hand sides ---------------------------------------------------------------------------------------------

    def solve(self, gradient: FloatArray, residual: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Step and multipliers of ``min g'dw + dw'W dw / 2  s.t.  r + J dw = 0, D dw = 0``.

        Parameters
        ----------
        gradient : (n_points, n_point)
        residual : (n_points, n_free)
            Of the equations of motion. Residuals of the collocation equations are to be moved into both beforehand.

        Returns
        -------
        step : (n_points, n_point)
        multiplier : (n_points, n_free)
            Of the equations of motion.
        """
        mechanical, interior = self._gather(gradient)
        offset = self._offset(residual)
        pull = mechanical + _times(self._hessian, offset)
        linear = _times(self._phi.transpose(0, 2, 1), pull)
        linear[:, self.n_mechanical :] += interior + _times(self._coupling.transpose(0, 2, 1), offset)
        shift = offset @ self._end_matrix.T
        forwarded, vectors, gamma = self._backward_pass(linear, shift)
        right = -np.concatenate([vectors[0], gamma])
        both, info = lapack.dsytrs(self._ring, self._ring_pivots, right, lower=1)
        if info != 0:
            raise NotConvexError
        state, closing = both[: self.n_state].ravel(), both[self.n_state :].ravel()
        unknowns, costate = self._forward_pass(state, closing, forwarded, vectors, shift)
        inside = unknowns[:, self.n_mechanical :]
        positions = _times(self._phi, unknowns) + offset
        force = mechanical + _times(self._hessian, positions) + _times(self._coupling, inside)
        force = (force + costate @ self._end_matrix)[:, self.n_mechanical :]
        multiplier = -_times(self._inverse.transpose(0, 2, 1), force)
        return self._scatter(positions, inside), np.asarray(multiplier.reshape(-1, self.nq), dtype=np.float64)

    def _gather(self, gradient: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Gradient over (q_0, v_0, q_1 ..) with the speeds eliminated, and over the interior unknowns."""
        where = self.transcription.point_variables
        g = self._by_interval(gradient)
        mechanical = np.zeros((self.intervals, 2 + self.degree, self.nq))
        interior = np.zeros((self.intervals, self.n_interior))
        for j in range(self.degree):
            for kind, name in enumerate(("value", "speed")):
                mechanical += self._motion[j, kind][None, :, None] * g[:, j, where[name]][:, None, :]
            interior[:, self._activation_slot[j]] = g[:, j, where["activation"]]
            interior[:, self._control_slot[j]] = g[:, j, where["control"]]
        return mechanical.reshape(self.intervals, -1), interior

    def _offset(self, residual: FloatArray) -> FloatArray:
        """Change of (q_0, v_0, q_1 ..) that clears the residual with nothing else moved."""
        n, rows = self.intervals, self.degree * self.nq
        offset = np.zeros((n, (2 + self.degree) * self.nq))
        offset[:, self.n_mechanical :] = -_times(self._inverse, residual.reshape(n, rows))
        return offset

    def _backward_pass(
        self, linear: FloatArray, shift: FloatArray
    ) -> tuple[list[FloatArray], list[FloatArray], FloatArray]:
        """Linear terms of the recursion: interior rows, cost-to-go at every border, closing residual."""
        nx, last = self.n_mechanical, self._activation_slot[-1]
        vector = np.zeros(self.n_state)
        gamma = np.zeros(self.n_state)
        vectors, forwarded = [vector], []
        for i in range(self.intervals - 1, -1, -1):
            stage = self._stage[i]
            border = self._value[i + 1][:, :nx] @ shift[i] + vector
            row = linear[i] + self._psi[i].T @ border[:nx]
            row[nx + last.start : nx + last.stop] += border[nx:]
            gamma += self._parameter[i + 1][:nx].T @ shift[i]
            eliminated = stage.forward(row[nx:])
            vector = -stage.kept.T @ eliminated
            vector[:nx] += row[:nx]
            gamma -= stage.driven.T @ eliminated
            vectors.append(vector)
            forwarded.append(eliminated)
        return forwarded[::-1], vectors[::-1], gamma

    def _forward_pass(
        self,
        state: FloatArray,
        closing: FloatArray,
        forwarded: list[FloatArray],
        vectors: list[FloatArray],
        shift: FloatArray,
    ) -> tuple[FloatArray, FloatArray]:
        """Border states with interior unknowns, and the multiplier of each interval's end."""
        n, nx, last = self.intervals, self.n_mechanical, self._activation_slot[-1]
        unknowns = np.empty((n, nx + self.n_interior))
        costate = np.empty((n, nx))
        for i in range(n):
            inside = self._stage[i].backward(state, closing, forwarded[i])
            unknowns[i] = np.concatenate([state[:nx], inside])
            state = np.concatenate([self._psi[i] @ unknowns[i] + shift[i], inside[last]])
            costate[i] = self._value[i + 1][:nx] @ state + vectors[i + 1][:nx]
            costate[i] += self._parameter[i + 1][:nx] @ closing
        return unknowns, costate

    def _scatter(self, positions: FloatArray, inside: FloatArray) -> FloatArray:
        """Step of the unknowns of all points."""
        where = self.transcription.point_variables
        step = np.zeros((self.intervals, self.degree, self.transcription.n_point))
        local = positions.reshape(self.intervals, 2 + self.degree, self.nq)
        for j in range(self.degree):
            step[:, j, where["value"]] = local[:, 2 + j]
            step[:, j, where["speed"]] = np.einsum("k,nka->na", self._motion[j, 1], local)
            step[:, j, where["activation"]] = inside[:, self._activation_slot[j]]
            step[:, j, where["control"]] = inside[:, self._control_slot[j]]
        return step.reshape(-1, self.transcription.n_point)


def _times(matrices: FloatArray, vectors: FloatArray) -> FloatArray:
    """Matrix times vector for every interval."""
    return (matrices @ vectors[:, :, None])[:, :, 0]


def _negative_pivots(factor: FloatArray, pivots: FloatArray) -> int:
    """Number of negative eigenvalues of a matrix from LAPACK's dsytrf (lower)."""
    count, i = 0, 0
    n = len(pivots)
    while i < n:
        if pivots[i] >= 0:
            count += factor[i, i] < 0
            i += 1
        else:  # a 2 x 2 pivot of Bunch-Kaufman is indefinite
            count += 1
            i += 2
    return int(count)
