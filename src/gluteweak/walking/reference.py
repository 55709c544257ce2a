"""The healthy gait: a measured cycle tracked by the muscle-driven model, periodic and free of residual forces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gluteweak.errors import InputError
from gluteweak.plant import FloatArray, Plant
from gluteweak.walking import setup
from gluteweak.walking.friction import solve_sharp
from gluteweak.walking.measurement import MeasuredCycle, SampledCycle, sample_cycle
from gluteweak.walking.point import SIDES, weight_vector
from gluteweak.walking.problem import Programme
from gluteweak.walking.solution import cycle_values, evaluate_report, report_function
from gluteweak.walking.solve import Bounds, Solution, Start

#: Weights of the healthy walk, whose ratios every scenario keeps (see ``scenario``). Ground reactions are tracked as
#: well as angles: with angles alone the optimiser narrowed the step and leaned the trunk until a third of the measured
#: hip abduction moment was left, before any weakness. Their moments about the joints of the leg are tracked too: where
#: the force passes hip and knee is what the abductors answer to. Accelerations cost enough that neighbouring
#: collocation points do not ring: at a twenty-fifth of this weight pelvis and trunk zigzagged by half a degree, at a
#: half the hip abduction moment of a single interval still jumped by 0.3 Nm/kg.
HEALTHY_COST = {
    "effort": 1.0,
    "actuator": 0.06,
    "acceleration": 0.5,
    "activation_rate": 1e-3,
    "ground_reaction": 0.2,
    "ground_moment": 0.3,
}
#: Deviation that counts as one unit in tracking.
_TRACKING_UNIT = 0.014
_FIRST_ACTIVATION = 0.05
#: A ground reaction that passes a joint of its leg further away than this acts on another foot, or in other units;
#: looked at where a foot carries.
_REACH_M = 0.3
_STANDING_BW = 0.2


@dataclass(frozen=True)
class HealthyGait:
    """A tracked gait with the parameters it was found with."""

    solution: Solution
    parameters: FloatArray
    measured: MeasuredCycle
    sampled: SampledCycle


def healthy_cost(ground_reaction_bw: FloatArray) -> dict[str, float]:
    """Weights of the walker's own cost; ground reactions that were not measured (all zero) are not tracked."""
    if np.any(ground_reaction_bw):
        return dict(HEALTHY_COST)
    return {name: 0.0 if name.startswith("ground_") else weight for name, weight in HEALTHY_COST.items()}


def tracking_parameters(programme: Programme, sampled: SampledCycle) -> FloatArray:
    """(n_points, n_parameters) of the tracking problem."""
    layout = programme.transcription.layout
    plant, where = layout.plant, layout.parameters
    table = np.zeros((programme.transcription.grid.n_points, layout.n_parameters))
    closeness = plant.coordinate_closeness[layout.free]
    weight = sampled.is_measured * closeness / _TRACKING_UNIT**2 / layout.n_free
    table[:, where["strength"]] = 1.0
    table[:, where["value_reference"]] = sampled.value
    table[:, where["value_weight"]] = weight
    table[:, where["ground_reaction_reference"]] = sampled.ground_reaction_bw.reshape(len(table), -1)
    table[:, where["carried"]] = _carried(plant, sampled)
    weights = {**healthy_cost(sampled.ground_reaction_bw), "friction_sharpness": setup.SHARP_FRICTION}
    table[:, where["weights"]] = weight_vector(weights)
    about_origin = sampled.ground_moment_bw_m
    if about_origin is None:
        table[:, where["weights"]] = weight_vector({**weights, "ground_moment": 0.0})
    else:
        table[:, where["ground_moment_reference"]] = _moment_about_joints(programme, sampled, about_origin, table)
    return table


def _moment_about_joints(
    programme: Programme, sampled: SampledCycle, about_origin: FloatArray, parameters: FloatArray
) -> FloatArray:
    """(n_points, .) measured moments of the ground reactions about the measured places of the joints of the legs.

    Raises
    ------
    InputError
        If the centres of pressure are nowhere near the feet.
    """
    layout = programme.transcription.layout
    local = np.zeros((len(sampled.value), layout.n_variables))
    local[:, layout.variables["value"]] = sampled.value
    joint_m = evaluate_report(report_function(programme.point), layout, local, parameters).leg_joint_m
    moment = np.zeros_like(joint_m)
    for n, (side, j) in enumerate(layout.leg_joints):
        force = sampled.ground_reaction_bw[:, side]
        moment[:, n] = about_origin[:, side] - np.cross(joint_m[:, n], force)
        standing = force[:, 1] > _STANDING_BW
        off = np.abs(moment[standing, n][:, [0, 2]]) / force[standing, 1, None]
        if standing.any() and np.median(off, axis=0).max() > _REACH_M:
            raise InputError(
                f"The measured ground reaction of side '{SIDES[side]}' passes joint '{layout.plant.joint[j]}' at "
                f"{np.median(off, axis=0).max():.3g} m: the centres of pressure ('ground_force_*_p*') must be in m, in "
                "the frame of the coordinates."
            )
    return moment.reshape(len(moment), -1)


def _carried(plant: Plant, sampled: SampledCycle) -> FloatArray:
    """Load of the prescribed segments along the measured cycle."""
    held = [plant.coordinate.index(n) for n in plant.prescribed_coordinates]
    motion = np.zeros((3, len(sampled.value), len(plant.coordinate)))
    for order in range(3):
        motion[order][:, held] = sampled.prescribed[order]
    return setup.carried_segments(plant, *motion)


def track(
    programme: Programme,
    measured: MeasuredCycle,
    *,
    tolerance: float,
    max_iterations: int,
    start: Start | None = None,
) -> HealthyGait:
    """Solve the tracking problem, from ``start`` or from the measured angles and a muscle guess that knows nothing.

    Raises
    ------
    SolveError
        If it does not converge.
    """
    tr = programme.transcription
    sampled = sample_cycle(tr.layout.plant, measured, tr.grid)
    parameters = tracking_parameters(programme, sampled)
    bounds = setup.make_bounds(tr, sampled.value, sampled.distance_m)
    solution = solve_sharp(
        programme,
        parameters,
        bounds,
        start or _cold_start(programme, sampled, bounds),
        tolerance=tolerance,
        max_iterations=max_iterations,
    )
    return HealthyGait(solution, parameters, measured, sampled)


def _cold_start(programme: Programme, sampled: SampledCycle, bounds: Bounds) -> Start:
    tr = programme.transcription
    n_points = tr.grid.n_points
    guess = tr.pack(
        sampled.value,
        sampled.speed,
        np.full((n_points, tr.layout.n_muscles), _FIRST_ACTIVATION),
        np.zeros((n_points, len(tr.layout.plant.actuator))),
    )
    return Start(np.clip(guess, bounds.lower, bounds.upper))


def reference_values(programme: Programme, point: Mapping[str, Any], gait: HealthyGait) -> dict[str, Any]:
    """Datasets of ``reference_gait.h5``: the solution, and what was measured."""
    tr = programme.transcription
    n_points, layout = tr.grid.n_points, tr.layout
    local = (tr.expansion @ gait.solution.w).reshape(n_points, layout.n_variables)
    report = report_function(point)
    found = evaluate_report(report, layout, local, gait.parameters)
    error = np.zeros(len(layout.plant.coordinate))
    difference = tr.unpack(gait.solution.w)["value"] - gait.sampled.value
    error[layout.free] = gait.sampled.is_measured * np.sqrt(np.mean(difference**2, axis=0))
    return {
        **cycle_values(tr, report, gait.solution, gait.parameters, gait.sampled.prescribed),
        **gait.measured.datasets(),
        "tracking_rms_error": error,
        "ground_reaction_bw": found.ground_reaction_bw,
        "foot_lateral_m": found.foot_lateral_m,
        "healthy_parameter": gait.parameters,
    }
