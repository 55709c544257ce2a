"""Hip-abduction capacity of a model, and its calibration to measured strength.

Capacity is the active isometric abduction torque of all muscles that have an abduction arm, fully active, in standing
with the hips slightly adducted. Generic models are nearly twice as strong as people, so that weakening them would
change nothing. One factor scales the muscles of the group ``hip_abductors`` (gluteus medius, minimus, tensor fasciae
latae, piriformis, sartorius, and the two parts of gluteus maximus that abduct); rectus femoris and iliacus also abduct
a little, but are hip flexors whose strength this measurement says nothing about: they count and stay as they are.
"""

from __future__ import annotations

import numpy as np
import opensim as osim

from gluteweak.errors import InputError
from gluteweak.opensim_model.path_geometry import set_pose
from gluteweak.opensim_model.weakness import scale_max_isometric_force
from gluteweak.parameters import HIP_ABDUCTION_CAPACITY, HIP_ABDUCTION_TEST_ADDUCTION
from gluteweak.walker_tables import SIDES, WalkerTables

MEASURED = "measured"
NONE = "none"
CALIBRATED_GROUP = "hip_abductors"

_STEP_RAD = 1e-4


def abduction_torques_nm(model: osim.Model, tables: WalkerTables, side: str) -> dict[str, float]:
    """Muscle -> isometric hip-abduction torque in the test posture at full activation; only those that abduct."""
    state = model.initSystem()
    adduction = float(np.asarray(HIP_ABDUCTION_TEST_ADDUCTION.value))
    coordinate = f"hip_adduction_{side}"
    set_pose(model, state, tables, {f"hip_adduction_{s}": adduction for s in SIDES})
    muscles = {name: model.getMuscles().get(name) for name in (m.muscle for m in tables.muscles)}
    ours = {name: muscle for name, muscle in muscles.items() if name.endswith(f"_{side}")}
    for muscle in ours.values():
        osim.DeGrooteFregly2016Muscle.safeDownCast(muscle).setActivation(state, 1.0)
    model.realizeDynamics(state)
    # Strength is what activation adds: tests of strength subtract what the resting limb resists.
    force = {name: muscle.getActiveFiberForceAlongTendon(state) for name, muscle in ours.items()}
    length = {}
    for step in (-_STEP_RAD, _STEP_RAD):
        set_pose(model, state, tables, {coordinate: adduction + step})
        model.realizePosition(state)
        length[step] = {name: muscle.getPath().getLength(state) for name, muscle in ours.items()}
    # A muscle that gets longer in adduction pulls towards abduction: torque = F dL/dq.
    torque = {
        name: force[name] * (length[_STEP_RAD][name] - length[-_STEP_RAD][name]) / (2.0 * _STEP_RAD) for name in ours
    }
    return {name: value for name, value in torque.items() if value > 0.0}


def abduction_capacity_nm_kg(model: osim.Model, tables: WalkerTables, side: str) -> float:
    """Hip-abduction capacity per body mass."""
    return sum(abduction_torques_nm(model, tables, side).values()) / tables.mass_kg


def calibrate_abductors(model: osim.Model, tables: WalkerTables) -> dict[str, float]:
    """Scale the abductors of ``model`` to the measured capacity.

    Returns
    -------
    dict
        Muscle -> factor, 1 for muscles that are left alone.

    Raises
    ------
    InputError
        If no factor reaches the measured capacity.
    """
    target = float(np.asarray(HIP_ABDUCTION_CAPACITY.value)) * tables.mass_kg * len(SIDES)
    torques = {name: value for side in SIDES for name, value in abduction_torques_nm(model, tables, side).items()}
    group = set(tables.muscles_of(CALIBRATED_GROUP))
    scaled = sum(value for name, value in torques.items() if name in group)
    kept = sum(value for name, value in torques.items() if name not in group)
    if scaled <= 0.0 or kept >= target:
        raise InputError(
            f"The abductors of walker '{tables.name}' cannot be scaled to {HIP_ABDUCTION_CAPACITY.value} Nm/kg: "
            f"muscles outside the group '{CALIBRATED_GROUP}' (models/{tables.name}/muscles.csv) already give "
            f"{kept / len(SIDES) / tables.mass_kg:.2f} Nm/kg; put them into the group or use calibration 'none'."
        )
    factor = (target - kept) / scaled
    factors = {m.muscle: factor if m.muscle in group else 1.0 for m in tables.muscles}
    scale_max_isometric_force(model, {name: value for name, value in factors.items() if name in group})
    return factors
