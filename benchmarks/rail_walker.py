"""A walker small enough for Moco to converge: a trolley on rails that drags two jointed legs over the floor.

Five coordinates (pelvis_tx, and a hip and a knee on each side), eight muscles (hams crosses two joints), one motor and
one contact sphere on each leg. Its numbers are invented. It goes through the exporter of the real walkers, and its
motion is asked for in the same terms: angles, ground reactions, effort, controls and accelerations.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gluteweak import walker_tables as t
from gluteweak.plant import FloatArray, Plant

THIGH_M = SHANK_M = 0.4
FOOT_RADIUS_M = 0.03
#: A straight leg under the hip presses its foot this deep into the floor.
INDENTATION_M = 0.03
DURATION_S, DISTANCE_M = 1.2, 1.2
INTERVALS, DEGREE = 10, 2
#: Vertical ground reaction that is tracked, at its largest, in body weights.
PEAK_REACTION_BW = 0.15
#: Time constants so short that they limit nothing: OpenSim's law of activation is another than gluteweak's.
ACTIVATION_TIME_S = 0.01
#: Weight of each squared deviation from the asked angle (1/rad^2) or place (1/m^2), and of the other terms.
POSTURE_WEIGHT = 1000.0
WEIGHTS = {"effort": 100.0, "actuator": 10.0, "acceleration": 2.0, "ground_reaction": 0.2}

_ZERO = (0.0, 0.0, 0.0)
_DIRECTIONS = {"1": (1.0, 0.0, 0.0), "2": (0.0, 1.0, 0.0), "3": (0.0, 0.0, 1.0)}
#: Muscle -> tendon slack length, and its two points: body, x, y.
_MUSCLES: dict[str, tuple[float, tuple[str, float, float], tuple[str, float, float]]] = {
    "iliacus_r": (0.03, ("pelvis", 0.05, 0.05), ("femur_r", 0.04, -0.08)),
    "glmax_r": (0.03, ("pelvis", -0.06, 0.05), ("femur_r", -0.05, -0.07)),
    "hams_r": (0.32, ("pelvis", -0.06, -0.03), ("tibia_r", -0.04, -0.05)),
    "vasti_r": (0.15, ("femur_r", 0.05, -0.2), ("tibia_r", 0.05, -0.05)),
}


def tables() -> t.WalkerTables:
    """Its tables, both sides."""
    rows: dict[str, tuple[Any, ...]] = {
        "bodies": (
            t.Body("pelvis", 20.0, (0.0, 0.1, 0.0), (0.3, 0.3, 0.3), _ZERO),
            t.Body("femur_r", 6.0, (0.0, -0.17, 0.0), (0.1, 0.02, 0.1), _ZERO),
            t.Body("tibia_r", 3.0, (0.0, -0.2, 0.0), (0.05, 0.01, 0.05), _ZERO),
        ),
        "joints": (
            t.Joint("rail", "custom", "ground", _ZERO, _ZERO, "pelvis", _ZERO, _ZERO),
            t.Joint("hip_r", "pin", "pelvis", _ZERO, _ZERO, "femur_r", _ZERO, _ZERO),
            t.Joint("knee_r", "pin", "femur_r", (0.0, -THIGH_M, 0.0), _ZERO, "tibia_r", _ZERO, _ZERO),
        ),
        "transform_axes": _rail(),
        "coordinates": (
            t.Coordinate("pelvis_tx", "rail", t.FREE, "", 0.0, -5.0, 5.0, -5.0, 5.0, 0.02, "invented"),
            t.Coordinate("hip_flexion_r", "hip_r", t.FREE, "", 0.0, -0.8, 0.8, -0.8, 0.8, 0.1, "invented"),
            t.Coordinate("knee_angle_r", "knee_r", t.FREE, "", 0.0, -1.2, 0.2, -1.2, 0.2, 0.1, "invented"),
        ),
        "muscles": tuple(
            t.Muscle(m, 1000.0, 0.1, slack, 0.1, 10.0, 0.6, 0.05, ()) for m, (slack, *_) in _MUSCLES.items()
        ),
        "path_points": tuple(
            t.PathPoint(muscle, body, (x, y, 0.0)) for muscle, (_, *points) in _MUSCLES.items() for body, x, y in points
        ),
        "contact_spheres": (
            t.ContactSphere(
                "foot_r", "tibia_r", (0.0, -SHANK_M, 0.0), FOOT_RADIUS_M, 1e5, 2.0, 0.8, 0.8, 0.5, 0.2, 100.0, 50.0
            ),
        ),
        "passive_torques": (
            t.PassiveTorque("hip_flexion_r", 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 2.0, 0.5),
            t.PassiveTorque("knee_angle_r", 3.0, -10.0, -1.0, -3.0, 10.0, 0.1, 0.0, 0.5),
        ),
        "actuators": (t.Actuator("pelvis_tx", 200.0),),
    }
    return t.both_sides("rail_walker", rows)


def _rail() -> tuple[t.TransformAxis, ...]:
    """The pelvis slides along x at the height of legs that press into the floor."""
    moved = {
        "translation1": ("pelvis_tx", (0.0, 1.0)),
        "translation2": ("", (THIGH_M + SHANK_M + FOOT_RADIUS_M - INDENTATION_M,)),
    }
    return tuple(
        t.TransformAxis("rail", axis, _DIRECTIONS[axis[-1]], *moved.get(axis, ("", (0.0,))), "", 1.0) for axis in t.AXES
    )


def asked_motion(plant: Plant) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Times, values (time, coordinate) and ground reactions in body weights (time, side, axis) that are tracked."""
    time_s = np.linspace(0.0, DURATION_S, 201)
    phase = 2 * np.pi * time_s / DURATION_S
    by_name = {"pelvis_tx": DISTANCE_M * time_s / DURATION_S}
    reaction_bw = np.zeros((len(time_s), len(t.SIDES), 3))
    for s, side in enumerate(t.SIDES):
        own = phase + np.pi * s
        by_name[f"hip_flexion_{side}"] = 0.35 * np.cos(own)
        # The hip moves back first: then the leg is nearly straight; the knee bends while the leg swings forward.
        by_name[f"knee_angle_{side}"] = -0.35 + 0.3 * np.sin(own)
        reaction_bw[:, s, 1] = PEAK_REACTION_BW * np.maximum(np.sin(own), 0.0) ** 4
    return time_s, np.column_stack([by_name[name] for name in plant.coordinate]), reaction_bw
