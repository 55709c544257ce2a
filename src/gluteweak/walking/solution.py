"""A converged motion as the quantities of ``solution.h5``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from gluteweak.plant import FloatArray
from gluteweak.walking.cost_record import cost_record
from gluteweak.walking.derivatives import RecordedFunction
from gluteweak.walking.iterate import Solution
from gluteweak.walking.point import ACCELERATION_SCALE, SIDES, WEIGHTS, PointLayout
from gluteweak.walking.transcription import Transcription

#: Motion of the prescribed coordinates: value, speed, acceleration, each (n_points, n_prescribed).
Prescribed = tuple[FloatArray, FloatArray, FloatArray]


def excitation(activation: FloatArray, rate: FloatArray, rise_s: FloatArray, fall_s: FloatArray) -> FloatArray:
    """Excitation that gives an activation its rate, by ``da/dt = (e - a) (e / rise + (1 - e) / fall)``.

    This is the law whose limits are the problem's activation constraints: e = 0 gives ``da/dt = -a / fall``, e = 1
    gives ``(1 - a) / rise`` (De Groote et al. 2009, Comput Methods Biomech Biomed Engin 12:563). It is a quadratic in
    e, of which this is the root that lies in [0, 1] where the constraints hold; solver tolerance may leave it outside
    by as much.

    Parameters
    ----------
    activation, rate : (n_times, n_muscles)
        Activation and its time derivative in 1/s.
    rise_s, fall_s : (n_muscles,)
        Activation and deactivation time constants.
    """
    slope = 1 / rise_s - 1 / fall_s
    # (e - a) (1 / fall + slope e) = rate, written as slope e^2 + b e + c = 0.
    b = 1 / fall_s - slope * activation
    c = -activation / fall_s - rate
    root = np.sqrt(np.maximum(b**2 - 4 * slope * c, 0.0))
    # Two forms of one root: the first also serves equal time constants (slope 0), the second b <= 0.
    first = b > 0
    return np.where(first, -2 * c, root - b) / np.where(first, b + root, 2 * slope)


class Report(NamedTuple):
    """Results of the point function ``report`` over a motion, each (n_points, ...).

    ``tendon_force_n`` (muscle); ``contact_force_n`` and ``contact_point_m`` (sphere, axis); ``ground_reaction_bw``
    (side, axis); ``foot_lateral_m`` (side), the mean z of the foot's spheres; ``joint_force`` (free coordinate), what
    muscles, actuators and passive tissue supply; ``ground_moment_bw_m`` (leg joint, axis), moment of the ground
    reaction about the place ``leg_joint_m`` of each of ``PointLayout.leg_joints``.
    """

    tendon_force_n: FloatArray
    contact_force_n: FloatArray
    contact_point_m: FloatArray
    ground_reaction_bw: FloatArray
    foot_lateral_m: FloatArray
    joint_force: FloatArray
    ground_moment_bw_m: FloatArray
    leg_joint_m: FloatArray


def evaluate_report(report: Any, layout: PointLayout, local: FloatArray, parameters: FloatArray) -> Report:
    """Results of the point function ``report``.

    Parameters
    ----------
    report
        CasADi function or its recorded tape.
    local, parameters : (n_points, n_variables), (n_points, n_parameters)
    """
    n_points, n_spheres = len(local), len(layout.plant.contact_sphere)
    # Two of the results are matrices (sphere, axis), which CasADi keeps column by column.
    n_sides = len(SIDES)
    shapes = [(layout.n_muscles,), (3, n_spheres), (3, n_spheres), (n_sides, 3), (n_sides,), (layout.n_free,)]
    shapes += [(len(layout.leg_joints), 3)] * 2
    if isinstance(report, RecordedFunction):
        flat = report.tape(np.vstack([local.T, parameters.T])).T
    else:
        parts = report.map(n_points)(local.T, np.ascontiguousarray(parameters.T))
        flat = np.hstack([np.array(m).T.reshape(n_points, -1) for m in parts])
    pieces = np.split(flat, np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1], axis=1)
    results = [piece.reshape(n_points, *shape) for piece, shape in zip(pieces, shapes, strict=True)]
    for matrix in (1, 2):
        results[matrix] = results[matrix].swapaxes(1, 2)
    return Report(*results)


def report_function(point: Mapping[str, Any]) -> Any:
    """The tape of ``report`` where there is one: CasADi's own functions take a second to load."""
    recorded = getattr(point, "recorded", None)
    return recorded["report"] if recorded else point["report"]


def cycle_values(
    transcription: Transcription,
    report: Any,
    solution: Solution,
    parameters: FloatArray,
    prescribed: Prescribed,
) -> dict[str, Any]:
    """Everything of ``variables.SOLUTION`` for a solution.

    Parameters
    ----------
    report
        The point function of that name, or its recorded tape.
    parameters : (n_points, n_parameters)
        Parameters that the solution was found with.
    """
    tr, layout, plant = transcription, transcription.layout, transcription.layout.plant
    n_points = tr.grid.n_points
    parts = tr.unpack(solution.w)
    local = (tr.expansion @ solution.w).reshape(n_points, layout.n_variables)
    acceleration = local[:, layout.variables["acceleration"]] * ACCELERATION_SCALE
    tendon, force, point, *_ = evaluate_report(report, layout, local, parameters)
    rate = np.asarray(tr.activation_rate @ solution.w).reshape(n_points, layout.n_muscles)
    free, held = layout.free, [plant.coordinate.index(n) for n in plant.prescribed_coordinates]

    def all_coordinates(moving: FloatArray, given: FloatArray) -> FloatArray:
        table = np.empty((n_points, len(plant.coordinate)))
        table[:, free], table[:, held] = moving, given
        return table

    return {
        "coordinate": np.array(plant.coordinate, dtype=object),
        "muscle": np.array(plant.muscle, dtype=object),
        "actuator": np.array(plant.actuator, dtype=object),
        "contact_sphere": np.array(plant.contact_sphere, dtype=object),
        "time_s": tr.grid.time_s,
        "quadrature_weight": tr.grid.quadrature,
        "coordinate_value": all_coordinates(parts["value"], prescribed[0]),
        "coordinate_speed": all_coordinates(parts["speed"], prescribed[1]),
        "coordinate_acceleration": all_coordinates(acceleration, prescribed[2]),
        "muscle_activation": parts["activation"],
        "muscle_activation_rate": rate,
        "muscle_excitation": excitation(
            parts["activation"],
            rate,
            tr.activation_time_s,
            tr.deactivation_time_s,
        ),
        "muscle_tendon_force_n": tendon,
        "actuator_torque_nm": parts["control"] * plant.actuator_optimal_force_nm,
        "contact_force_n": force,
        "contact_point_m": point,
        "friction_sharpness": parameters[0, layout.parameters["weights"].start + WEIGHTS.index("friction_sharpness")],
        "muscle_strength_fraction": parameters[0, layout.parameters["strength"]],
        **cost_record(layout, parameters),
        "nlp_primal": solution.w,
        "nlp_constraint_multiplier": solution.constraint_multiplier,
        "nlp_bound_multiplier": solution.bound_multiplier,
    }


#: Datasets that `read_start` needs.
START_NAMES = ("nlp_primal", "nlp_constraint_multiplier", "nlp_bound_multiplier")


def read_start(values: Mapping[str, Any]) -> Solution:
    """The solver's part of a stored solution, as a start for a neighbouring problem."""
    return Solution(
        values["nlp_primal"],
        values["nlp_constraint_multiplier"],
        values["nlp_bound_multiplier"],
        objective=float("nan"),
        iterations=0,
        status="stored",
        wall_s=0.0,
        cpu_s=0.0,
    )
