"""OpenSim's own joint reactions along a solved motion: same values, speeds, accelerations and muscle forces.

The scenario models carry function-based paths, which have no line of action, so the healthy model with its wrapped
paths is taken and every muscle is made to pull with the solution's tension. All coordinates are prescribed: the
accelerations are then the solution's too, however stiff or light a body is (forward dynamics would turn a newton that
is missing at a toe into a hundred rad/s^2 of it). Ground contact is OpenSim's own, in the same state.
"""

from __future__ import annotations

import numpy as np
import opensim as osim

JOINTS = tuple(f"{joint}_{side}" for side in "rl" for joint in ("hip", "walker_knee", "patellofemoral"))


def prescribed_model(path, *, without=()):
    """The model with its couplers off; muscles in ``without`` do not pull."""
    osim.Logger.setLevelString("Error")
    model = osim.Model(str(path))
    constraints = model.updConstraintSet()
    for i in range(constraints.getSize()):
        constraints.get(i).set_isEnforced(False)
    for name in without:
        model.updMuscles().get(name).set_appliesForce(False)
    return model


def followed():
    """Kneecap coordinates and the knee angles that they equal."""
    return {f"knee_angle_{side}_beta": f"knee_angle_{side}" for side in "rl"}


def reactions(path, plant, solution, *, without=()):
    """Joint -> force and moment (n_times, 6) of the parent on the child about the joint centre, in ground axes."""
    made = {name: np.empty((len(solution.time_s), 6)) for name in JOINTS}
    model = prescribed_model(path, without=without)
    names = {**{name: name for name in plant.coordinate}, **followed()}
    columns = {name: plant.coordinate.index(of) for name, of in names.items()}
    for t in range(len(solution.time_s)):
        motion = np.array([getattr(solution, f"coordinate_{w}")[t] for w in ("value", "speed", "acceleration")])
        for name, i in columns.items():
            q, v, a = motion[:, i]
            coordinate = model.updCoordinateSet().get(name)
            # value, speed and acceleration at time 0 of a t^2 / 2 + v t + q
            coordinate.setPrescribedFunction(osim.PolynomialFunction(osim.Vector([0.5 * a, v, q])))
            coordinate.setDefaultIsPrescribed(True)
        # OpenSim reads prescribed functions when it makes the system only.
        state = model.initSystem()
        for name, i in columns.items():
            model.getCoordinateSet().get(name).setValue(state, motion[0, i], False)
            model.getCoordinateSet().get(name).setSpeedValue(state, motion[1, i])
        for name, tension in zip(plant.muscle, solution.muscle_tendon_force_n[t], strict=True):
            muscle = model.getMuscles().get(name)
            muscle.overrideActuation(state, True)
            muscle.setOverrideActuation(state, float(tension))
        model.realizeAcceleration(state)
        reached = np.array([model.getCoordinateSet().get(name).getAccelerationValue(state) for name in columns])
        np.testing.assert_allclose(reached, motion[2, list(columns.values())], rtol=1e-6, atol=1e-6)
        for name, row in made.items():
            pair = model.getJointSet().get(name).calcReactionOnChildExpressedInGround(state)
            row[t] = [pair.get(k).get(i) for k in (1, 0) for i in range(3)]
    return made
