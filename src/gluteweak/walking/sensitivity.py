"""How a solved motion would change with the strength of each muscle: exact derivatives, without solving again.

A converged motion w with multipliers l satisfies the barrier problem's optimality conditions F(w, l; s) = 0 for the
strengths s. Differentiating them gives one linear system for each muscle,

    [W + S  J'] [dw/ds]     [d(J'l)/ds]
    [J      0 ] [dl/ds] = - [dr/ds    ]

with the matrix that the solver's last Newton step had (Fiacco 1983, chapter 2): one factorisation, 80 right-hand sides.
S holds the bounds: strongly active ones are as good as fixed, inactive ones do not count. Strength enters the equations
of motion r only, and linearly (it scales tendon force), so dr/ds and dJ/ds are differences over a whole unit, exact to
round-off.

An activation bound that is about to become active or to let go makes the answer one-sided: on one side of the present
strength the motion changes at another rate than on the other. The barrier gives something in between; how much it
matters shows when all such bounds are held, and when all are free (``bound_share``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import casadi as ca
import numpy as np

from gluteweak.errors import InputError, SolveError
from gluteweak.plant import FloatArray
from gluteweak.walking.derivatives import BoundDerivatives, Derivatives, RecordedFunction
from gluteweak.walking.iterate import Bounds, Solution
from gluteweak.walking.point import ACCELERATION_SCALE
from gluteweak.walking.problem import Programme
from gluteweak.walking.solution import evaluate_report
from gluteweak.walking.staged_kkt import NotConvexError, PointBlocks, StagedKKT
from gluteweak.walking.tape import record
from gluteweak.walking.transcription import Transcription

#: Least barrier parameter (room to a bound times its multiplier), where a motion leaves none to read.
_LEAST_BARRIER = 1e-9
#: A multiplier above this is that of an active bound, whose room times multiplier is the barrier parameter.
_ACTIVE = 1e-3
#: Largest error of the optimality conditions of a motion that may be differentiated; solves end at 1e-6.
_LARGEST_ERROR = 1e-4
#: The falling limit is a lower one, the rising limit an upper one.
_LIMIT_SIGN = np.array([1.0, -1.0])[:, None, None]
#: A bound is weakly active where its curvature lies within this factor of the cost's own curvature in that activation:
#: it neither fixes the activation nor leaves it alone.
_WEAK_FACTOR = 10.0
#: Curvature of a weakly active bound that is held for comparison.
_HELD = 1e6


@dataclass(frozen=True)
class MotionDerivative:
    """Derivatives by the strength fraction of each muscle.

    Attributes
    ----------
    w : (n_muscles, n_points, n_point)
        Of the solver's unknowns.
    objective : (n_muscles,)
        Of the cost. Without motor habit it is positive only where a muscle damps more than it helps.
    weak_bounds
        Number of activation bounds and limits that are neither clearly active nor clearly inactive.
    bound_share : (n_muscles,)
        How much of the change of the coordinates hangs on them: root mean square difference between all held and all
        free, relative to the derivative. Small: the derivative serves both directions.
    relative_error
        Largest residual of the linear systems, relative to their right-hand sides.
    """

    w: FloatArray
    objective: FloatArray
    weak_bounds: int
    bound_share: FloatArray
    relative_error: float


@dataclass(frozen=True)
class _Barrier:
    """Curvature that bounds add: of unknowns (n_points, n_point) and activation limits (2, n_points, n_muscles).

    ``weak_*`` say where it comes from weakly active bounds.
    """

    own: FloatArray
    limits: FloatArray
    weak_own: Any
    weak_limits: Any

    @property
    def count(self) -> int:
        """Number of weakly active bounds and limits."""
        return int(np.count_nonzero(self.weak_own) + np.count_nonzero(self.weak_limits))

    def with_weak(self, curvature: float) -> _Barrier:
        """The same with all weakly active bounds set to one curvature."""
        own, limits = np.where(self.weak_own, curvature, self.own), np.where(self.weak_limits, curvature, self.limits)
        return _Barrier(own, limits, self.weak_own, self.weak_limits)


def motion_derivative(
    programme: Programme, solution: Solution, parameters: FloatArray, bounds: Bounds
) -> MotionDerivative:
    """Derivatives of a solution by the strength of every muscle.

    Parameters
    ----------
    programme
        With recorded point functions.
    parameters : (n_points, n_parameters)
        Those that the solution was found with.

    Raises
    ------
    InputError
        If the solution does not satisfy the optimality conditions of these parameters.
    SolveError
        If the solution is no strict local minimum.
    """
    tr = programme.transcription
    if programme.recorded is None:
        raise InputError("The study's problem holds no recorded functions: make it again with 'gluteweak problem'.")
    source = Derivatives(tr, programme.recorded)
    functions = source.bind(parameters)
    shape = (tr.grid.n_points, tr.n_point)
    w = solution.w.reshape(shape)
    n_dynamics = tr.grid.n_points * tr.layout.n_free
    multiplier = solution.constraint_multiplier[:n_dynamics].reshape(tr.grid.n_points, -1)
    first = functions.first(w)
    _check_optimal(functions, solution, first.gradient, first.jacobian, first.residual)
    blocks = functions.second(w, multiplier, first.jacobian)
    barrier = _barrier(programme, solution, bounds, blocks.hessian_a)
    strength = tr.layout.parameters["strength"]
    sides = []
    for column in range(strength.start, strength.stop):
        changed = parameters.copy()
        changed[:, column] += 1.0
        stronger = source.bind(changed).first(w)
        gradient = functions.transposed(stronger.jacobian - first.jacobian, multiplier)
        sides.append((gradient, stronger.residual - first.residual))
    system = _System(functions, blocks, first.jacobian, StagedKKT(tr))
    steps, error = system.solve(barrier, sides)
    held, _ = system.solve(barrier.with_weak(_HELD), sides, refine=False)
    loose, _ = system.solve(barrier.with_weak(0.0), sides, refine=False)
    value = tr.point_variables["value"]
    size = np.sqrt(np.mean(steps[:, :, value] ** 2, axis=(1, 2)))
    apart = np.sqrt(np.mean((held - loose)[:, :, value] ** 2, axis=(1, 2)))
    return MotionDerivative(
        steps,
        np.array([float(np.sum(multiplier * residual)) for _, residual in sides]),
        barrier.count,
        np.divide(apart, size, out=np.zeros_like(size), where=size > 0),
        error,
    )


@dataclass(frozen=True)
class _System:
    """The linear system of the optimality conditions."""

    functions: BoundDerivatives
    blocks: PointBlocks
    jacobian: FloatArray
    kkt: StagedKKT

    def solve(
        self, barrier: _Barrier, sides: list[tuple[FloatArray, FloatArray]], *, refine: bool = True
    ) -> tuple[FloatArray, float]:
        """Steps (n_sides, n_points, n_point) for all right-hand sides, and the largest relative residual left.

        Raises
        ------
        SolveError
            If the solution is no strict local minimum.
        """
        try:
            self.kkt.factorise(self.blocks, barrier.own, barrier.limits, self.functions.rate_weight)
        except (NotConvexError, np.linalg.LinAlgError):
            raise SolveError(
                "The motion is no strict local minimum of its cost, so it has no derivative by strength: simulate it "
                "again."
            ) from None
        steps, error = [], 0.0
        for gradient, residual in sides:
            step, change = self.kkt.solve(gradient, residual)
            if refine:
                # The active bounds make the matrix ill-conditioned, though in harmless directions.
                more, correction = self.kkt.solve(*self._left(barrier, step, change, gradient, residual))
                step, change = step + more, change + correction
                left, missing = self._left(barrier, step, change, gradient, residual)
                size = max(np.abs(gradient).max(), np.abs(residual).max(), np.finfo(float).tiny)
                error = max(error, float(max(np.abs(left).max(), np.abs(missing).max()) / size))
            steps.append(step)
        return np.array(steps), error

    def _left(
        self, barrier: _Barrier, step: FloatArray, change: FloatArray, gradient: FloatArray, residual: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """What the system leaves: rows of the unknowns and of the equations of motion."""
        functions, tr = self.functions, self.functions.source.transcription
        rows = np.asarray(tr.activation_limits @ step.ravel()).reshape(barrier.limits.shape)
        columns = np.asarray(tr.activation_limits.T @ (barrier.limits * rows).ravel()).reshape(step.shape)
        left = functions.hessian_times(self.blocks, step) + barrier.own * step + columns
        left = left + functions.transposed(self.jacobian, change) + gradient
        return _clear_speed_rows(tr, left), functions.times(self.jacobian, step) + residual


def _clear_speed_rows(tr: Transcription, gradient: FloatArray) -> FloatArray:
    """The gradient with the multipliers of the collocation equations chosen to clear its speed part."""
    speed = tr.point_variables["speed"]
    collocation = gradient[:, speed] / tr.grid.interval_s
    cleared: FloatArray = gradient + (tr.speed_defect.T @ collocation.ravel()).reshape(gradient.shape)
    return cleared


def _check_optimal(
    functions: BoundDerivatives, solution: Solution, gradient: FloatArray, jacobian: FloatArray, residual: FloatArray
) -> None:
    """Refuse a motion that these parameters do not make optimal: its derivative would be one of another problem."""
    tr = functions.source.transcription
    n_dynamics = residual.size
    multiplier = solution.constraint_multiplier
    limits = tr.activation_limits.T @ multiplier[2 * n_dynamics :]
    total = gradient + functions.transposed(jacobian, multiplier[:n_dynamics].reshape(residual.shape))
    total = total + (limits + solution.bound_multiplier).reshape(gradient.shape)
    total = _clear_speed_rows(tr, total)
    error = float(max(np.abs(total).max(), np.abs(residual).max()))
    if not error <= _LARGEST_ERROR:
        raise InputError(
            f"The motion misses the optimality conditions of its scenario by {error:.1e} (at most "
            f"{_LARGEST_ERROR:.0e}): it was solved for another study, healthy gait or scenario; simulate it again."
        )


def _barrier(programme: Programme, solution: Solution, bounds: Bounds, effort: FloatArray) -> _Barrier:
    """Multiplier over room of every bound, on the central path where the solver stopped.

    Parameters
    ----------
    effort : (n_points, n_muscles)
        Curvature of the cost in each activation.
    """
    tr = programme.transcription
    n_dynamics = tr.grid.n_points * tr.layout.n_free
    shape, limit_shape = (tr.grid.n_points, tr.n_point), (2, tr.grid.n_points, tr.layout.n_muscles)
    w, bound = solution.w, solution.bound_multiplier
    limit_room = np.asarray(tr.activation_limits @ w).reshape(limit_shape)
    limit_room[1] = 1.0 - limit_room[1]
    limit_multiplier = solution.constraint_multiplier[2 * n_dynamics :].reshape(limit_shape) * -_LIMIT_SIGN
    pairs = [
        (w - bounds.lower, np.maximum(-bound, 0.0)),
        (bounds.upper - w, np.maximum(bound, 0.0)),
        (limit_room, np.maximum(limit_multiplier, 0.0)),
    ]
    products = np.concatenate([(room * multiplier)[multiplier > _ACTIVE] for room, multiplier in pairs])
    parameter = max(_LEAST_BARRIER / 100, float(np.median(products))) if len(products) else _LEAST_BARRIER
    lower, upper, limits = (_curvature(*pair, parameter) for pair in pairs)
    own = (lower + upper).reshape(shape)
    activation = tr.point_variables["activation"]
    weak_own = np.zeros(shape, dtype=bool)
    weak_own[:, activation] = _is_weak(own[:, activation], effort)
    return _Barrier(own, limits, weak_own, _is_weak(limits, effort))


def _curvature(room: FloatArray, multiplier: FloatArray, barrier: float) -> FloatArray:
    """Multiplier over room, on the central path."""
    # The smaller of the two is known to the solver's tolerance only: it follows from the larger one.
    larger = np.maximum(np.maximum(room, multiplier), np.sqrt(barrier))
    return np.where(multiplier > room, larger**2 / barrier, barrier / larger**2)


def _is_weak(curvature: FloatArray, effort: FloatArray) -> Any:
    return (curvature > effort / _WEAK_FACTOR) & (curvature < effort * _WEAK_FACTOR)


def derivative_values(
    programme: Programme, report: Any, solution: Solution, parameters: FloatArray, derivative: MotionDerivative
) -> dict[str, Any]:
    """Everything of ``variables.MOTION_SENSITIVITY`` for a derivative.

    Tendon and contact forces are differentiated along each direction by CasADi's forward mode, exactly.

    Parameters
    ----------
    report
        CasADi's point function of that name.
    parameters : (n_points, n_parameters)
        Those that the solution was found with.
    """
    tr = programme.transcription
    layout, plant = tr.layout, tr.layout.plant
    n_points, n_muscles = tr.grid.n_points, layout.n_muscles
    forward = _forward(report)
    local = (tr.expansion @ solution.w).reshape(n_points, layout.n_variables)
    free = layout.free
    coordinates = {
        name: np.zeros((n_muscles, n_points, len(plant.coordinate))) for name in ("value", "speed", "acceleration")
    }
    activation = np.zeros((n_muscles, n_points, n_muscles))
    tendon = np.zeros((n_muscles, n_points, n_muscles))
    force = np.zeros((n_muscles, n_points, len(plant.contact_sphere), 3))
    point = np.zeros_like(force)
    strength = layout.parameters["strength"].start
    for k in range(n_muscles):
        direction = (tr.expansion @ derivative.w[k].ravel()).reshape(n_points, layout.n_variables)
        stronger = np.zeros_like(parameters)
        stronger[:, strength + k] = 1.0
        tendon[k], force[k], point[k], *_ = evaluate_report(
            forward, layout, np.hstack([local, direction]), np.hstack([parameters, stronger])
        )
        coordinates["value"][k][:, free] = direction[:, layout.variables["value"]]
        coordinates["speed"][k][:, free] = direction[:, layout.variables["speed"]]
        coordinates["acceleration"][k][:, free] = direction[:, layout.variables["acceleration"]] * ACCELERATION_SCALE
        activation[k] = direction[:, layout.variables["activation"]]
    return {
        "strength_muscle": np.array(plant.muscle, dtype=object),
        **{f"coordinate_{name}_per_strength": values for name, values in coordinates.items()},
        "muscle_activation_per_strength": activation,
        "muscle_tendon_force_n_per_strength": tendon,
        "contact_force_n_per_strength": force,
        "contact_point_m_per_strength": point,
        "objective_per_strength": derivative.objective,
        "weakly_active_bounds": derivative.weak_bounds,
        "bound_share_of_motion": derivative.bound_share,
    }


def _forward(report: Any) -> RecordedFunction:
    """Directional derivative of the point function ``report`` as a function of (z, dz, p, dp), recorded."""
    z, p = ca.SX.sym("z", report.size1_in(0)), ca.SX.sym("p", report.size1_in(1))
    dz, dp = ca.SX.sym("dz", z.numel()), ca.SX.sym("dp", p.numel())
    results = ca.vertcat(*[ca.vec(r) for r in report.call([z, p])])
    moved = ca.densify(ca.jtimes(results, ca.vertcat(z, p), ca.vertcat(dz, dp)))
    function = ca.Function("forward", [z, dz, p, dp], [moved], {"cse": True})
    return RecordedFunction(record(function), np.arange(0), np.arange(0))
