"""Parameters and bounds of the walking problem that the healthy gait and the scenarios share."""

from __future__ import annotations

import numpy as np

from gluteweak.plant import FloatArray, Plant
from gluteweak.walking.point import PointLayout
from gluteweak.walking.rigid_body import carried_parameters
from gluteweak.walking.solve import Bounds
from gluteweak.walking.transcription import Transcription

#: Least activation; a muscle at rest is not quite silent, and logarithmic barriers need room.
MINIMUM_ACTIVATION = 1e-3
#: How far free coordinates without a muscle path may leave their reference: the pelvis in ground.
_REACH_M = 0.3
_REACH_RAD = 0.6
_MAX_SPEED = 20.0
#: Friction transition (see ``contact``): a solve finds its way with a smooth one, on which exact Hessians do not cycle,
#: and ends with a sharp one, with which OpenSim's law agrees (``friction``).
SMOOTH_FRICTION = 8.0
SHARP_FRICTION = 32.0


def carried_segments(plant: Plant, value: FloatArray, speed: FloatArray, acceleration: FloatArray) -> FloatArray:
    """(n_points, n) load of the prescribed segments on their carriers along a motion of all plant coordinates."""
    blocks = []
    for carrier, bodies in PointLayout(plant).carriers.items():
        function = carried_parameters(plant, carrier, bodies)
        blocks.append(np.array([function(q, v, a) for q, v, a in zip(value, speed, acceleration, strict=True)]))
    return np.hstack(blocks) if blocks else np.zeros((len(value), 0))


def make_bounds(transcription: Transcription, reference_value: FloatArray, distance_m: float) -> Bounds:
    """Bounds around a reference motion.

    Parameters
    ----------
    reference_value : (n_points, n_free)
        Values of the free coordinates that the pelvis may leave by 0.3 m and 0.6 rad; joints move over the range in
        which the plant's muscle paths were fitted.
    distance_m
        Advance of pelvis_tx in a cycle.
    """
    tr, plant = transcription, transcription.layout.plant
    n_points, n_muscles = tr.grid.n_points, tr.layout.n_muscles
    where = tr.point_variables
    lower, upper = np.empty((n_points, tr.n_point)), np.empty((n_points, tr.n_point))
    crossed = {int(i) for path in plant.path_length.values() for i in path.polynomial_coordinate_index}
    for n, i in enumerate(tr.layout.free):
        if int(i) in crossed:
            lower[:, n], upper[:, n] = plant.coordinate_range[i]
        else:
            reach = _REACH_RAD if plant.coordinate_is_rotation[i] else _REACH_M
            lower[:, n], upper[:, n] = reference_value[:, n] - reach, reference_value[:, n] + reach
    lower[:, where["speed"]], upper[:, where["speed"]] = -_MAX_SPEED, _MAX_SPEED
    lower[:, where["activation"]], upper[:, where["activation"]] = MINIMUM_ACTIVATION, 1.0
    lower[:, where["control"]], upper[:, where["control"]] = -1.0, 1.0
    target = tr.speed_defect_target(distance_m)
    dynamics = np.zeros(n_points * tr.layout.n_free)
    n_limits = n_points * n_muscles
    return Bounds(
        lower.ravel(),
        upper.ravel(),
        np.concatenate([dynamics, target, np.zeros(n_limits), np.full(n_limits, -np.inf)]),
        np.concatenate([dynamics, target, np.full(n_limits, np.inf), np.ones(n_limits)]),
    )
