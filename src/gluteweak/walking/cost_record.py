"""What a solution was asked for, written out: the references and weights of every term of its cost.

A solution's objective is the sum of ``weight * mean over the cycle of sum over columns of (quantity - reference)**2``
over these terms, so that anyone can recompute it, or pose the same problem to another solver, without this package.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gluteweak.plant import FloatArray
from gluteweak.walking.point import (
    ACCELERATION_SCALE,
    ACTIVATION_UNIT,
    FOOT_PLACEMENT_UNIT_M,
    GROUND_MOMENT_UNIT_BW_M,
    GROUND_REACTION_UNIT_BW,
    SIDES,
    TRUNK_LEAN_UNIT,
    WEIGHTS,
    PointLayout,
)
from gluteweak.walking.transcription import ACTIVATION_RATE_UNIT_PER_S


def cost_record(layout: PointLayout, parameters: FloatArray) -> dict[str, Any]:
    """Datasets ``cost_*`` of ``variables.SOLUTION``.

    Parameters
    ----------
    parameters : (n_points, n_parameters)
        Parameters that the solution was found with; weights do not change over the cycle.
    """
    plant, where = layout.plant, layout.parameters
    n_points = len(parameters)
    weight = dict(zip(WEIGHTS, parameters[0, where["weights"]], strict=True))
    value = np.zeros((n_points, len(plant.coordinate)))
    value_weight = np.zeros(len(plant.coordinate))
    value[:, layout.free] = parameters[:, where["value_reference"]]
    acceleration = np.zeros_like(value)
    acceleration[:, layout.free] = parameters[:, where["acceleration_reference"]] * ACCELERATION_SCALE
    value_weight[layout.free] = parameters[0, where["value_weight"]]
    reaction = parameters[:, where["ground_reaction_reference"]].reshape(n_points, len(SIDES), -1)
    moment = parameters[:, where["ground_moment_reference"]].reshape(n_points, len(layout.leg_joints), 3)
    n_reactions = reaction[0].size
    force_unit, moment_unit = np.array(GROUND_REACTION_UNIT_BW), np.array(GROUND_MOMENT_UNIT_BW_M)
    return {
        "cost_coordinate_value": value,
        "cost_coordinate_weight": value_weight,
        "cost_activation": parameters[:, where["activation_reference"]],
        "cost_activation_weight": weight["motor_habit"] / ACTIVATION_UNIT**2 / layout.n_muscles,
        "cost_effort_weight": weight["effort"] / layout.n_muscles,
        "cost_activation_rate_weight": weight["activation_rate"] / ACTIVATION_RATE_UNIT_PER_S**2 / layout.n_muscles,
        "cost_control_weight": weight["actuator"] / max(len(plant.actuator), 1),
        "cost_acceleration": acceleration,
        "cost_acceleration_weight": weight["acceleration"] / ACCELERATION_SCALE**2 / layout.n_free,
        "cost_ground_reaction_bw": reaction,
        "cost_ground_reaction_weight": weight["ground_reaction"] / force_unit**2 / n_reactions,
        "cost_ground_moment_bw_m": moment,
        "cost_ground_moment_weight": weight["ground_moment"] / moment_unit**2 / max(moment[0].size, 1),
        "cost_trunk_lean_tangent": parameters[:, where["trunk_reference"].start],
        "cost_trunk_lean_weight": weight["trunk_lean"] / TRUNK_LEAN_UNIT**2,
        "cost_foot_lateral_m": parameters[:, where["foot_reference"]],
        "cost_foot_lateral_weight": weight["foot_placement"] / FOOT_PLACEMENT_UNIT_M**2 / len(SIDES),
    }
