"""The built-in adult: where OpenSim's forward dynamics moves it, the replay must find nothing missing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

osim = pytest.importorskip("opensim")

from gluteweak.opensim_model.build import build_opensim_model  # noqa: E402
from gluteweak.opensim_model.replay import Motion, Replay  # noqa: E402
from gluteweak.opensim_model.weakness import scale_max_isometric_force  # noqa: E402
from gluteweak.walker_tables import read_tables  # noqa: E402

pytestmark = pytest.mark.opensim

ADULT = Path(__file__).parents[2] / "models/adult"
WEAK = ("glmed1_r", "glmed2_r", "glmed3_r")


def names_in(collection):
    return [collection.get(i).getName() for i in range(collection.getSize())]


def test_nothing_is_missing_along_forward_dynamics_of_the_paralysed_adult():
    model = build_opensim_model(read_tables(ADULT))
    scale_max_isometric_force(model, dict.fromkeys(WEAK, 0.0))
    state = model.initSystem()
    coordinates = model.getCoordinateSet()
    coordinate = tuple(name for name in names_in(coordinates) if not name.endswith("_beta"))
    muscle = tuple(names_in(model.getMuscles()))
    actuator = ("lumbar_extension", "lumbar_bending", "lumbar_rotation")
    sphere = tuple(name for name in names_in(model.getContactGeometrySet()) if name != "floor")
    rng = np.random.default_rng(11)
    count = 3
    value = rng.uniform(-0.15, 0.15, (count, len(coordinate)))
    # Feet in the ground, knees bent, everything moving fast.
    value[:, coordinate.index("pelvis_ty")] = 0.93
    for knee in ("knee_angle_r", "knee_angle_l"):
        value[:, coordinate.index(knee)] = rng.uniform(0.1, 0.6, count)
    speed = rng.uniform(-2.0, 2.0, value.shape)
    activation = rng.uniform(0.01, 0.9, (count, len(muscle)))
    torque = rng.uniform(-50.0, 50.0, (count, 3))
    acceleration = np.zeros_like(value)
    for k in range(count):
        for c, name in enumerate(coordinate):
            # The kneecap's coordinate equals the knee angle.
            for moved in (name, f"{name}_beta") if name.startswith("knee_angle") else (name,):
                coordinates.get(moved).setValue(state, float(value[k, c]), False)
                coordinates.get(moved).setSpeedValue(state, float(speed[k, c]))
        for m, name in enumerate(muscle):
            model.getMuscles().get(name).setActivation(state, float(activation[k, m]))
        model.realizeVelocity(state)
        controls = osim.Vector(model.getNumControls(), 0.0)
        for name, moment in zip(actuator, torque[k], strict=True):
            driver = osim.CoordinateActuator.safeDownCast(model.getForceSet().get(name))
            driver.setControls(osim.Vector(1, float(moment) / driver.getOptimalForce()), controls)
        model.setControls(state, controls)
        model.realizeAcceleration(state)
        acceleration[k] = [coordinates.get(name).getAccelerationValue(state) for name in coordinate]
    motion = Motion(coordinate, muscle, actuator, sphere, value, speed, acceleration, activation, torque)
    verdict = Replay(model, motion).judge()
    assert np.abs(verdict.missing).max() < 1e-6
    assert verdict.contact_force_n[:, :, 1].max() > 1000.0
    tendon = dict(zip(muscle, verdict.tendon_force_n.max(axis=0), strict=True))
    assert all(tendon[name] < 2e-3 for name in WEAK)
    assert tendon["glmed1_l"] > 50.0
