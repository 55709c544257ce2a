"""Radau collocation of a periodic cycle: constant sparse matrices around the functions of single instants.

Unknowns of a collocation point: values and speeds of the free coordinates, activations and actuator controls. The
acceleration is the derivative of the speed polynomial of the interval and is not an unknown: the vector of all
instants' variables is ``Z = E w`` with a constant sparse ``E``, so the problem's Jacobian and Hessian are fixed linear
re-assemblies of the instants' blocks. The start of an interval is the last point of the one before (of the last one
for the first), which makes the motion periodic; only pelvis_tx advances, by the distance of the cycle.

Activation dynamics (Raasch et al. 1997, De Groote et al. 2009) are linear inequalities without excitations:
``a + tau_d da/dt >= 0`` and ``a + tau_a da/dt <= 1`` hold where the rate lies between that of no and that of full
excitation; an excitation within [0, 1] then exists. (Above a = tau_a / (tau_d - tau_a) the law lets some excitation
between 0 and 1 deactivate a muscle faster than none does; the limits leave that out, as De Groote et al. do.)
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import casadi as ca
import numpy as np
import scipy.sparse as sp

from gluteweak.plant import PROGRESSION, FloatArray, IntArray
from gluteweak.walking.point import ACCELERATION_SCALE, PointLayout

#: Activation rate that counts as one unit in the cost.
ACTIVATION_RATE_UNIT_PER_S = 10.0


@dataclass(frozen=True)
class Grid:
    """Radau points over one cycle of given duration.

    ``differentiation`` is (degree + 1, degree): the derivative at point j times the interval length is
    ``sum_m differentiation[m, j] x_m`` with x_0 the value at the interval's start.
    """

    intervals: int
    degree: int
    duration_s: float

    @cached_property
    def _collocation(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        points = ca.collocation_points(self.degree, "radau")
        derivative, _, _ = ca.collocation_coeff(points)
        # Radau's own weights (CasADi's count the start of an interval as a point): exact for powers below the degree.
        powers = np.arange(self.degree)
        weights = np.linalg.solve(np.power.outer(points, powers).T, 1 / (powers + 1))
        return np.array(points), np.array(derivative), weights

    @property
    def differentiation(self) -> FloatArray:
        """Differentiation matrix of one interval of unit length."""
        return self._collocation[1]

    @property
    def n_points(self) -> int:
        """Number of collocation points in the cycle."""
        return self.intervals * self.degree

    @property
    def interval_s(self) -> float:
        """Length of one interval."""
        return self.duration_s / self.intervals

    @cached_property
    def time_s(self) -> FloatArray:
        """(n_points,) collocation points from the start of the cycle; the last one is its end."""
        inside = self._collocation[0]
        return self.interval_s * (np.arange(self.intervals)[:, None] + inside[None, :]).ravel()

    @cached_property
    def quadrature(self) -> FloatArray:
        """(n_points,) weights of the mean over the cycle."""
        return np.tile(self._collocation[2], self.intervals) / self.intervals

    def stencil(self, point: int) -> tuple[IntArray, FloatArray]:
        """Points and coefficients whose weighted sum is the time derivative at ``point``."""
        i, j = divmod(point, self.degree)
        start = (i * self.degree - 1) % self.n_points
        points = np.array([start, *range(i * self.degree, (i + 1) * self.degree)])
        return points, self.differentiation[:, j] / self.interval_s

    @cached_property
    def derivative(self) -> sp.csr_matrix:
        """(n_points, n_points) time derivative of a periodic quantity at the collocation points."""
        rows, columns, values = [], [], []
        for k in range(self.n_points):
            points, coefficients = self.stencil(k)
            rows += [k] * len(points)
            columns += points.tolist()
            values += coefficients.tolist()
        return sp.csr_matrix((values, (rows, columns)), shape=(self.n_points,) * 2)

    @cached_property
    def starts_first_interval(self) -> IntArray:
        """Points of the first interval, whose start lies one cycle (and its distance) back."""
        return np.arange(self.degree)


@dataclass(frozen=True)
class Transcription:
    """Where the unknowns sit in ``w`` and the constant matrices of the problem."""

    layout: PointLayout
    grid: Grid
    activation_time_s: FloatArray
    deactivation_time_s: FloatArray

    @cached_property
    def point_variables(self) -> dict[str, slice]:
        """Slices of the unknowns of one point."""
        nq, nm = self.layout.n_free, self.layout.n_muscles
        na = len(self.layout.plant.actuator)
        return {
            "value": slice(0, nq),
            "speed": slice(nq, 2 * nq),
            "activation": slice(2 * nq, 2 * nq + nm),
            "control": slice(2 * nq + nm, 2 * nq + nm + na),
        }

    @property
    def n_point(self) -> int:
        """Unknowns of one point."""
        return int(self.point_variables["control"].stop)

    @property
    def n_unknowns(self) -> int:
        """Length of ``w``."""
        return self.n_point * self.grid.n_points

    @cached_property
    def expansion(self) -> sp.csr_matrix:
        """``E``: (n_points * n_variables, n_unknowns), from the unknowns to the variables of all instants."""
        local = self.layout.variables
        own = sp.lil_matrix((self.layout.n_variables, self.n_point))
        speed_to_acceleration = sp.lil_matrix((self.layout.n_variables, self.n_point))
        for name, where in self.point_variables.items():
            own[local[name], where] = sp.identity(where.stop - where.start)
        speed = self.point_variables["speed"]
        speed_to_acceleration[local["acceleration"], speed] = sp.identity(self.layout.n_free) / ACCELERATION_SCALE
        return (
            sp.kron(sp.identity(self.grid.n_points), own) + sp.kron(self.grid.derivative, speed_to_acceleration)
        ).tocsr()

    def _select(self, name: str) -> sp.csr_matrix:
        """Rows that pick one kind of unknown of a single point."""
        where = self.point_variables[name]
        size = where.stop - where.start
        return sp.csr_matrix(
            (np.ones(size), (np.arange(size), np.arange(where.start, where.stop))), shape=(size, self.n_point)
        )

    @cached_property
    def speed_defect(self) -> sp.csr_matrix:
        """(interval length) * (d value/dt - speed) at all points; equals ``speed_defect_target``."""
        identity = sp.identity(self.grid.n_points)
        defect = sp.kron(self.grid.derivative, self._select("value")) - sp.kron(identity, self._select("speed"))
        return (self.grid.interval_s * defect).tocsr()

    def speed_defect_target(self, distance_m: float) -> FloatArray:
        """Right-hand side of the collocation equations: the walk's advance between two cycles."""
        target = np.zeros((self.grid.n_points, self.layout.n_free))
        column = self.layout.plant.free_coordinates.index(PROGRESSION)
        for k in self.grid.starts_first_interval:
            _, coefficients = self.grid.stencil(int(k))
            target[k, column] = self.grid.interval_s * coefficients[0] * distance_m
        return target.ravel()

    @cached_property
    def activation_rate(self) -> sp.csr_matrix:
        """(n_points * n_muscles, n_unknowns): time derivative of the activations."""
        return sp.kron(self.grid.derivative, self._select("activation")).tocsr()

    @cached_property
    def activation_limits(self) -> sp.csr_matrix:
        """Rows ``a + tau_d da/dt`` (>= 0) of all points, then ``a + tau_a da/dt`` (<= 1)."""
        own = sp.kron(sp.identity(self.grid.n_points), self._select("activation"))
        rows = []
        for time_constant in (self.deactivation_time_s, self.activation_time_s):
            scale = sp.diags(np.tile(time_constant, self.grid.n_points))
            rows.append(own + scale @ self.activation_rate)
        return sp.vstack(rows).tocsr()

    @cached_property
    def weighted_activation_rate(self) -> sp.csr_matrix:
        """Matrix Q of the mean square activation rate ``w' Q w / 2`` over cycle and muscles, in units of 10/s."""
        unit = self.layout.n_muscles * ACTIVATION_RATE_UNIT_PER_S**2
        scale = np.repeat(self.grid.quadrature, self.layout.n_muscles) / unit
        return (2 * self.activation_rate.T @ sp.diags(scale) @ self.activation_rate).tocsc()

    def pack(self, value: FloatArray, speed: FloatArray, activation: FloatArray, control: FloatArray) -> FloatArray:
        """Unknowns ``w`` from (n_points, .) arrays."""
        return np.hstack([value, speed, activation, control]).ravel()

    def unpack(self, w: FloatArray) -> dict[str, FloatArray]:
        """(n_points, .) arrays of value, speed, activation and control."""
        table = np.asarray(w).reshape(self.grid.n_points, self.n_point)
        return {name: table[:, where] for name, where in self.point_variables.items()}
