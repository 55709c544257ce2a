"""Weak muscles in an unchanged gait: who takes over, and from which strength on the gait is no longer possible.

With the motion given, contact forces are known and a rigid tendon's force is linear in activation, so the equations of
motion are linear in activations and actuator controls. The activations of the whole cycle are then the solution of a
convex quadratic programme with the healthy walk's own effort and smoothness,

    minimise    effort |a|^2 + actuator |c|^2 + activation_rate |da/dt|^2 + penalty |reserve|^2
    subject to  gain_k (a, c)_k + reserve_k = needed_k at every point k, on every joint coordinate,
                a and c within their bounds, activation dynamics within their limits, |reserve| <= allowed.

Muscles do not cross from pelvis to ground: the six equations of the pelvis hold by the ground reaction alone, as they
do in the healthy gait, and need no reserve; this is checked and not assumed. A linear programme of the same
constraints finds the smallest peak reserve with which there is a solution at all; ``allowed`` is that peak, so that
nothing is left to a penalty's weight: where the gait is possible, reserves are nil.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import casadi as ca
import numpy as np
import scipy  # a submodule loads when it is first used: 0.2 s that scenarios do not need
import scipy.sparse as sp
from numpy.typing import NDArray

from gluteweak.errors import InputError, SolveError
from gluteweak.plant import FloatArray, IntArray
from gluteweak.walking.healthy_gait import Reference
from gluteweak.walking.point import FORCE_SCALE
from gluteweak.walking.problem import Programme, to_casadi
from gluteweak.walking.reference import HEALTHY_COST
from gluteweak.walking.setup import MINIMUM_ACTIVATION
from gluteweak.walking.solve import Solution

BoolArray = NDArray[np.bool_]

#: Peak reserves below this, in N m/kg, count as none: a thousandth of the hip abduction moment of walking.
NEGLIGIBLE_NM_KG = 1e-3
#: Cost of a mean squared reserve of 1 N m/kg: ten thousand times that of full activation of every muscle.
_RESERVE_PENALTY = 1e4
#: Room above the least peak reserve, relative and in N m/kg, so that the quadratic programme has an interior.
_RELATIVE_ROOM, _ROOM_NM_KG = 1e-3, 1e-5
#: Accuracy asked of the convex solver, absolute and relative.
_PRECISION = 1e-9
#: Largest force in N or N m that may be missing on the pelvis; the solver's own tolerance leaves 1e-4.
_PELVIS_TOLERANCE = 1e-2


@dataclass(frozen=True)
class FixedGait:
    """The linear mechanics of one strength: ``gain @ supply + reserve = needed`` at every point.

    Attributes
    ----------
    joint : (n_joints,)
        Free coordinates that muscles or actuators drive, as rows of the free coordinates.
    gain : (n_points, n_joints, n_muscles + n_actuators)
        Generalised force in N m for unit activation or control.
    needed : (n_points, n_joints)
        Generalised force in N m that the motion takes, contact and passive tissue taken off.
    pelvis_missing : float
        Largest force (N) or moment (N m) missing from the equations that no muscle enters.
    """

    programme: Programme
    strength: FloatArray
    joint: IntArray
    gain: FloatArray
    needed: FloatArray
    pelvis_missing: float

    @property
    def joint_names(self) -> tuple[str, ...]:
        """Names of the coordinates in ``joint``."""
        names = self.programme.transcription.layout.plant.free_coordinates
        return tuple(names[int(i)] for i in self.joint)


@dataclass(frozen=True)
class FixedGaitSolution:
    """Activations that keep the gait, and what is missing.

    ``activation`` and ``control`` are (n_points, .), ``reserve_nm`` (n_points, n_joints). ``duality_gap`` is the
    relative difference of the primal and the dual objective; 0 proves the optimum.
    """

    activation: FloatArray
    control: FloatArray
    reserve_nm: FloatArray
    least_peak_reserve_nm_kg: float
    possible: bool
    objective: float
    duality_gap: float
    wall_s: float


def fixed_gait_mechanics(programme: Programme, jacobian: Any, reference: Reference, strength: FloatArray) -> FixedGait:
    """Linear mechanics of the healthy motion at a strength.

    Parameters
    ----------
    jacobian
        The point function of that name.
    strength : (n_muscles,)

    Raises
    ------
    InputError
        If the equations without muscles do not hold: then the gait is not in balance to begin with.
    """
    tr, layout = programme.transcription, programme.transcription.layout
    n = tr.grid.n_points
    instants = (tr.expansion @ reference.values["nlp_primal"]).reshape(n, layout.n_variables)
    where = layout.variables
    supply = np.r_[where["activation"], where["control"]]
    instants[:, supply] = 0.0
    table = np.array(reference.values["healthy_parameter"])
    table[:, layout.parameters["strength"]] = strength
    residual, blocks = jacobian.map(n)(instants.T, np.ascontiguousarray(table.T))
    # Blocks stand side by side: (n_free, n * n_variables).
    dense = np.array(blocks).reshape(layout.n_free, n, layout.n_variables).transpose(1, 0, 2)
    gain = -FORCE_SCALE * dense[:, :, supply]
    needed = FORCE_SCALE * np.array(residual).T
    driven = set(layout.plant.actuator)
    for path in layout.plant.path_length.values():
        driven |= {layout.plant.coordinate[int(i)] for i in path.polynomial_coordinate_index}
    joint = np.array([i for i, name in enumerate(layout.plant.free_coordinates) if name in driven])
    others = np.setdiff1d(np.arange(layout.n_free), joint)
    missing = float(np.abs(needed[:, others]).max(initial=0.0))
    if missing > _PELVIS_TOLERANCE:
        worst = layout.plant.free_coordinates[int(others[np.abs(needed[:, others]).max(axis=0).argmax()])]
        raise InputError(
            f"The healthy gait misses {missing:.3g} N or N m on {worst}, which no muscle drives: settle it again with "
            "'gluteweak healthy'."
        )
    return FixedGait(programme, strength, joint, gain[:, joint], needed[:, joint], missing)


@dataclass(frozen=True)
class QuadraticProgramme:
    """``min x'Hx/2  s.t.  lower <= Ax <= upper, x_lower <= x <= x_upper``, x = all supplies, then all reserves."""

    hessian: sp.csc_matrix
    matrix: sp.csc_matrix
    lower: FloatArray
    upper: FloatArray
    x_lower: FloatArray
    x_upper: FloatArray


def _constraints(gait: FixedGait) -> tuple[sp.csc_matrix, FloatArray, FloatArray]:
    """Equations of motion, then the limits of activation dynamics; x = [supply of all points, reserves in N m/kg]."""
    tr = gait.programme.transcription
    n, n_joints, _ = gait.gain.shape
    mass = tr.layout.plant.mass_kg
    equations = sp.hstack([sp.block_diag(list(gait.gain / mass)), sp.identity(n * n_joints)])
    limits = tr.activation_limits[:, _supply_columns(gait)]
    limits = sp.hstack([limits, sp.csr_matrix((limits.shape[0], n * n_joints))])
    n_limits = limits.shape[0] // 2
    needed = gait.needed.ravel() / mass
    return (
        sp.vstack([equations, limits]).tocsc(),
        np.concatenate([needed, np.zeros(n_limits), np.full(n_limits, -np.inf)]),
        np.concatenate([needed, np.full(n_limits, np.inf), np.ones(n_limits)]),
    )


def _supply_columns(gait: FixedGait) -> Any:
    """Columns of ``w`` that hold activations and controls, point by point."""
    tr = gait.programme.transcription
    own = np.r_[tr.point_variables["activation"], tr.point_variables["control"]]
    return (tr.n_point * np.arange(tr.grid.n_points)[:, None] + own[None, :]).ravel()


def _supply_bounds(gait: FixedGait) -> tuple[FloatArray, FloatArray]:
    layout, n = gait.programme.transcription.layout, len(gait.gain)
    n_actuators = len(layout.plant.actuator)
    lower = np.concatenate([np.full(layout.n_muscles, MINIMUM_ACTIVATION), np.full(n_actuators, -1.0)])
    return np.tile(lower, n), np.ones(n * len(lower))


def least_peak_reserve_nm_kg(gait: FixedGait) -> float:
    """Smallest peak reserve, over all joints and times, with which the gait is possible at all.

    Raises
    ------
    SolveError
        If the linear programme is not solved.
    """
    matrix, lower, upper = _constraints(gait)
    n_reserves = gait.needed.size
    n_supply = matrix.shape[1] - n_reserves
    n_limits = (matrix.shape[0] - n_reserves) // 2
    supply_lower, supply_upper = _supply_bounds(gait)
    equations, limits = matrix[:n_reserves], matrix[n_reserves:, :n_supply]
    # |needed - gain x| <= peak, with the reserve eliminated; the last unknown is the peak.
    gain = equations[:, :n_supply]
    column = -np.ones((n_reserves, 1))
    none = sp.csr_matrix((n_limits, 1))
    rows = sp.vstack(
        [
            sp.hstack([-gain, column]),
            sp.hstack([gain, column]),
            sp.hstack([-limits[:n_limits], none]),
            sp.hstack([limits[n_limits:], none]),
        ]
    ).tocsr()
    needed = lower[:n_reserves]
    right = np.concatenate([-needed, needed, np.zeros(n_limits), upper[n_reserves + n_limits :]])
    cost = np.zeros(n_supply + 1)
    cost[-1] = 1.0
    bounds = np.column_stack([np.append(supply_lower, 0.0), np.append(supply_upper, np.inf)])
    done = scipy.optimize.linprog(cost, A_ub=rows, b_ub=right, bounds=bounds, method="highs")
    if done.status != 0:
        raise SolveError(f"HiGHS did not find the least reserve of the fixed gait: {done.message}")
    return float(done.fun)


def quadratic_programme(gait: FixedGait, allowed_nm_kg: float) -> QuadraticProgramme:
    """The programme of the module's first lines, reserves within ``allowed_nm_kg``."""
    tr = gait.programme.transcription
    layout = tr.layout
    matrix, lower, upper = _constraints(gait)
    n_reserves = gait.needed.size
    n_actuators = len(layout.plant.actuator)
    share = np.concatenate(
        [
            np.full(layout.n_muscles, HEALTHY_COST["effort"] / layout.n_muscles),
            np.full(n_actuators, HEALTHY_COST["actuator"] / max(n_actuators, 1)),
        ]
    )
    diagonal = 2 * np.concatenate(
        [
            np.outer(tr.grid.quadrature, share).ravel(),
            np.repeat(tr.grid.quadrature, len(gait.joint)) * _RESERVE_PENALTY,
        ]
    )
    columns = _supply_columns(gait)
    rate = HEALTHY_COST["activation_rate"] * tr.weighted_activation_rate[columns][:, columns]
    hessian = sp.diags(diagonal) + sp.block_diag([rate, sp.csr_matrix((n_reserves, n_reserves))])
    supply_lower, supply_upper = _supply_bounds(gait)
    reserve = np.full(n_reserves, allowed_nm_kg)
    return QuadraticProgramme(
        hessian.tocsc(),
        matrix,
        lower,
        upper,
        np.concatenate([supply_lower, -reserve]),
        np.concatenate([supply_upper, reserve]),
    )


def solve_fixed_gait(gait: FixedGait) -> FixedGaitSolution:
    """Activations of least effort that keep the gait, with reserves no larger than they must be.

    Raises
    ------
    SolveError
        If a programme is not solved.
    """
    wall = time.perf_counter()
    least = least_peak_reserve_nm_kg(gait)
    possible = least < NEGLIGIBLE_NM_KG
    problem = quadratic_programme(gait, 0.0 if least <= _ROOM_NM_KG else least * (1 + _RELATIVE_ROOM) + _ROOM_NM_KG)
    x, duality_gap, objective = _solve_convex(problem)
    n, n_joints, n_supply = gait.gain.shape
    n_muscles = gait.programme.transcription.layout.n_muscles
    supply = x[: n * n_supply].reshape(n, n_supply)
    reserve = x[n * n_supply :].reshape(n, n_joints) * gait.programme.transcription.layout.plant.mass_kg
    return FixedGaitSolution(
        supply[:, :n_muscles],
        supply[:, n_muscles:],
        reserve,
        least,
        possible,
        objective,
        duality_gap,
        time.perf_counter() - wall,
    )


def _solve_convex(problem: QuadraticProgramme) -> tuple[FloatArray, float, float]:
    """Optimum, relative duality gap and objective.

    PIQP took 0.7 s for the adult (4 900 unknowns, 8 750 rows), IPOPT 1.8 s with an exact constant Hessian; OSQP and
    ProxQP did not reach 1e-7.
    """
    hessian, matrix = to_casadi(problem.hessian), to_casadi(problem.matrix)
    solver = ca.conic(
        "fixed_gait",
        "piqp",
        {"h": hessian.sparsity(), "a": matrix.sparsity()},
        {"error_on_fail": False, "piqp": {"eps_abs": _PRECISION, "eps_rel": _PRECISION}},
    )
    done = solver(h=hessian, a=matrix, lba=problem.lower, uba=problem.upper, lbx=problem.x_lower, ubx=problem.x_upper)
    if not solver.stats()["success"]:
        raise SolveError(f"PIQP stopped with '{solver.stats()['return_status']}'")
    x, row, column = (np.array(done[name]).ravel() for name in ("x", "lam_a", "lam_x"))
    curvature = x @ (problem.hessian @ x)
    # Lagrange's dual of a convex quadratic programme; CasADi's multipliers are positive at upper limits.
    dual = -curvature / 2 - sum(
        np.maximum(multiplier, 0) @ np.where(np.isfinite(upper), upper, 0)
        + np.minimum(multiplier, 0) @ np.where(np.isfinite(lower), lower, 0)
        for multiplier, lower, upper in (
            (row, problem.lower, problem.upper),
            (column, problem.x_lower, problem.x_upper),
        )
    )
    return x, float((curvature / 2 - dual) / max(curvature / 2, 1e-12)), float(curvature / 2)


def as_motion(gait: FixedGait, reference: Reference, held: FixedGaitSolution) -> tuple[Solution, FloatArray]:
    """The healthy motion with the new activations, as a solution and its parameters; without multipliers."""
    tr = gait.programme.transcription
    healthy = tr.unpack(np.asarray(reference.values["nlp_primal"]))
    w = tr.pack(healthy["value"], healthy["speed"], held.activation, held.control)
    parameters = np.array(reference.values["healthy_parameter"])
    parameters[:, tr.layout.parameters["strength"]] = gait.strength
    none = np.zeros(0)
    # The convex solver counts no iterations that compare with IPOPT's.
    return Solution(w, none, none, held.objective, 0, "solved by PIQP", held.wall_s, held.wall_s), parameters


def reserve_torques_nm(gait: FixedGait, held: FixedGaitSolution) -> FloatArray:
    """(n_points, n_coordinates) reserves of all coordinates of the plant, zero where there is none."""
    layout = gait.programme.transcription.layout
    table = np.zeros((len(held.reserve_nm), len(layout.plant.coordinate)))
    table[:, layout.free[gait.joint]] = held.reserve_nm
    return table


def no_certificate(scenario_id: str, held: FixedGaitSolution) -> dict[str, Any]:
    """What stands where a certificate would: that there is none, and why."""
    why = (
        "the motion is held and no reserve torque is needed; OpenSim was not asked (gluteweak certify does)"
        if held.possible
        else f"reserve torques of up to {held.least_peak_reserve_nm_kg:.3g} N m/kg hold the motion, which no model has"
    )
    return {"scenario_id": scenario_id, "certified": False, "applicable": False, "objections": [why]}


def least_possible_percent(
    programme: Programme, jacobian: Any, reference: Reference, weak: BoolArray, precision: float = 0.5
) -> float | None:
    """Least strength, in %, at which the weak muscles still allow the healthy gait; None if even the healthy do not.

    Parameters
    ----------
    weak : (n_muscles,)
        True for each muscle that loses strength.
    precision
        Of the bisection, in % of strength. Less strength never needs less reserve (what a weak muscle can do, a strong
        one can do with less activation).
    """

    def possible(percent: float) -> bool:
        strength = np.where(weak, percent / 100, 1.0)
        gait = fixed_gait_mechanics(programme, jacobian, reference, strength)
        return least_peak_reserve_nm_kg(gait) < NEGLIGIBLE_NM_KG

    low, high = 0.0, 100.0
    if possible(low):
        return low
    if not possible(high):
        return None
    while high - low > precision:
        middle = (low + high) / 2
        low, high = (low, middle) if possible(middle) else (middle, high)
    return high
