"""Pose the whole body along a solved motion: where OpenSim places bodies, joints and muscle paths in ground.

Paths come from the healthy model, whose muscles wrap over cylinders; a weak muscle runs where a strong one does.
Pictures read what is written here and need no OpenSim.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import opensim as osim
from numpy.typing import NDArray
from scipy.interpolate import CubicHermiteSpline, PchipInterpolator
from scipy.spatial.transform import Rotation

from gluteweak.errors import InputError
from gluteweak.opensim_model.loading import load_model
from gluteweak.opensim_model.replay import Motion, Replay
from gluteweak.opensim_model.solution import read_solution
from gluteweak.plant import PROGRESSION
from gluteweak.provenance import sha256_file, versions_json
from gluteweak.storage import read_file, write_file
from gluteweak.variables import POSE_VARIABLES

FloatArray = NDArray[np.float64]

#: Instants of the cycle, its start and its end included: one a per cent.
N_INSTANTS = 101
_SIDE_SUFFIX = {"right": "_r", "left": "_l"}
_AXES = range(3)
#: What is stored is for pictures: on grids of powers of two, which compress (0.06 mm, 0.007 deg, 0.06 N).
_GRID_M, _GRID_QUATERNION, _GRID_ACTIVATION, _GRID_N = 2.0**-14, 2.0**-14, 2.0**-12, 2.0**-4
#: Below this a foot carries nothing, and its centre of pressure is where rounding puts it.
_CARRIES_N = 1.0
#: Attributes of the solution that say which scenario it is.
_NAMING = ("scenario_id", "strength_fraction", "adaptation")
_START, _MIDDLE, _END = 0, 1, 2

#: A point of a path: its name, or the cylinder and which part of the arc on it.
Key = tuple[str, int]


@dataclass(frozen=True)
class Poses:
    """A body at some instants, in ground axes (x forward, y up, z right).

    Attributes
    ----------
    body, joint
        Names.
    rotation : (body, instant, 3, 3)
        Columns are the body's axes.
    origin_m : (body, instant, 3)
    joint_bodies
        Parent and child body of each joint.
    joint_center_m : (joint, 3)
        Origins of the joint frames that are fixed in the child bodies, in the axes of the child.
    point_muscle, point_body : (path_point,)
        Indices of the muscle and the body that each path point belongs to; points of a muscle are in order.
    point_local_m : (path_point, instant, 3)
        In the axes of the point's body.
    """

    body: tuple[str, ...]
    joint: tuple[str, ...]
    joint_bodies: tuple[tuple[str, str], ...]
    rotation: FloatArray
    origin_m: FloatArray
    joint_center_m: FloatArray
    point_muscle: NDArray[np.int64]
    point_body: NDArray[np.int64]
    point_local_m: FloatArray


def write_poses(model: Path, solution: Path, out: Path) -> None:
    """Pose a solved motion and write ``poses.h5``.

    Parameters
    ----------
    model
        Healthy ``model.osim``, with its wrapped muscle paths.
    solution
        ``solution.h5`` of a scenario.
    out
        What to write.

    Raises
    ------
    InputError
        If a file is missing or broken, or they do not belong together.
    """
    solved = read_solution(solution)
    attributes = solved.attributes
    duration_s = _attribute(attributes, "duration_s", solution)
    distance_m = _attribute(attributes, "distance_m", solution)
    instant_s = np.linspace(0.0, duration_s, N_INSTANTS)
    motion = at_instants(solved.motion, solved.time_s, instant_s, distance_m)
    replay = Replay(load_model(model), motion)
    poses = pose(replay)
    named = {
        name: attributes[name] for name in ("scenario_id", "strength_fraction", "adaptation") if name in attributes
    }
    write_file(
        out,
        {
            "instant_s": instant_s,
            "body": list(poses.body),
            "joint": list(poses.joint),
            "muscle": list(motion.muscle),
            "side": list(_SIDE_SUFFIX),
            "body_quaternion": _rounded(_quaternions(poses.rotation), _GRID_QUATERNION),
            "body_origin_m": _rounded(poses.origin_m),
            "joint_parent_body": [parent for parent, _ in poses.joint_bodies],
            "joint_child_body": [child for _, child in poses.joint_bodies],
            "joint_center_m": poses.joint_center_m,
            "path_point_muscle_index": poses.point_muscle,
            "path_point_body_index": poses.point_body,
            "path_point_m": _rounded(poses.point_local_m),
            "muscle_activation": _rounded(motion.activation, _GRID_ACTIVATION),
            "muscle_tendon_force_n": _rounded(
                _series(solved.time_s, np.asarray(solved.values["muscle_tendon_force_n"]), instant_s), _GRID_N
            ),
            "muscle_strength_fraction": solved.values["muscle_strength_fraction"],
            **_ground_reactions(solution, solved.time_s, instant_s, distance_m),
        },
        {
            **named,
            "duration_s": duration_s,
            "distance_m": distance_m,
            "body_mass_kg": _attribute(attributes, "body_mass_kg", solution),
            "gravity_m_s2": _attribute(attributes, "gravity_m_s2", solution),
            "model_sha256": sha256_file(Path(model)),
            "solution_sha256": sha256_file(Path(solution)),
            "versions": versions_json(),
        },
        table=POSE_VARIABLES,
    )


def _attribute(attributes: Mapping[str, Any], name: str, path: Path) -> float:
    if name not in attributes:
        raise InputError(f"{path} has no attribute '{name}': run the simulation again.")
    return float(attributes[name])


def at_instants(motion: Motion, time_s: FloatArray, instant_s: FloatArray, distance_m: float) -> Motion:
    """The motion at other instants of its cycle.

    Values are the cubic curves that take the stored values *and* speeds at the collocation points; activations the
    shape-preserving ones, which stay within [0, 1].

    Parameters
    ----------
    motion
        At the collocation points ``time_s`` (time,), the last of which is the end of the cycle.
    instant_s : (instant,)
        In [0, end of the cycle].
    distance_m
        What the walker advances by in a cycle.
    """
    shift = np.array([distance_m if name == PROGRESSION else 0.0 for name in motion.coordinate])
    knots = np.concatenate([[0.0], time_s])
    value = np.concatenate([motion.value[-1:] - shift, motion.value])
    speed = np.concatenate([motion.speed[-1:], motion.speed])
    curve = CubicHermiteSpline(knots, value, speed)
    return Motion(
        coordinate=motion.coordinate,
        muscle=motion.muscle,
        actuator=motion.actuator,
        contact_sphere=motion.contact_sphere,
        value=curve(instant_s),
        speed=curve.derivative()(instant_s),
        acceleration=_series(time_s, motion.acceleration, instant_s),
        activation=_series(time_s, motion.activation, instant_s),
        actuator_torque_nm=_series(time_s, motion.actuator_torque_nm, instant_s),
    )


def _series(time_s: FloatArray, values: FloatArray, instant_s: FloatArray) -> FloatArray:
    """A periodic series at other instants, without new peaks."""
    duration = time_s[-1]
    knots = np.concatenate([time_s - duration, time_s, time_s + duration])
    result: FloatArray = PchipInterpolator(knots, np.concatenate([values] * 3))(instant_s)
    return result


def _rounded(values: FloatArray, grid: float = _GRID_M) -> NDArray[np.float32]:
    return (np.round(values / grid) * grid).astype(np.float32)


def _quaternions(rotation: FloatArray) -> FloatArray:
    """Unit quaternions (body, instant, 4), w x y z, without jumps of sign along the motion."""
    bodies, count = rotation.shape[:2]
    # scipy puts the scalar last.
    found = np.roll(Rotation.from_matrix(rotation.reshape(-1, 3, 3)).as_quat(), 1, axis=1).reshape(bodies, count, 4)
    turns = np.where((found[:, 1:] * found[:, :-1]).sum(axis=-1) < 0.0, -1.0, 1.0)
    found[:, 1:] *= np.cumprod(turns, axis=1)[..., None]
    return np.asarray(found)


def _ground_reactions(
    path: Path, time_s: FloatArray, instant_s: FloatArray, distance_m: float
) -> dict[str, NDArray[np.float32]]:
    """Force on each foot and where it acts; a point that carries nothing is the origin."""
    values, _ = read_file(path, ("contact_sphere", "contact_force_n", "contact_point_m"))
    shift = np.array([distance_m, 0.0, 0.0])
    forces: list[FloatArray] = []
    points: list[FloatArray] = []
    for suffix in _SIDE_SUFFIX.values():
        mine = np.array([str(name).endswith(suffix) for name in values["contact_sphere"]])
        force = values["contact_force_n"][:, mine]
        # A mean weighted by the vertical forces: the centre of pressure up to the height of the sole.
        weight = np.maximum(force[..., 1:2], 0.0)
        total = np.maximum(weight.sum(axis=1), _CARRIES_N)
        moment = (weight * values["contact_point_m"][:, mine]).sum(axis=1)
        # Between instants forces and moments of forces may be interpolated, quotients of them not.
        knots = np.concatenate([[0.0], time_s])
        forces.append(_series(time_s, force.sum(axis=1), instant_s))
        start = moment[-1:] - shift * weight.sum(axis=1)[-1:]
        summed = PchipInterpolator(knots, np.concatenate([start, moment]))(instant_s)
        carried = PchipInterpolator(knots, np.concatenate([total[-1:], total]))(instant_s)
        points.append(np.where(forces[-1][:, 1:2] > _CARRIES_N, summed / carried, 0.0))
    return {
        "ground_reaction_n": _rounded(np.array(forces), _GRID_N),
        "center_of_pressure_m": _rounded(np.array(points)),
    }


def pose(replay: Replay) -> Poses:
    """Pose the model at every instant of the replay's motion."""
    model, state = replay.model, replay.state
    bodies = [model.getBodySet().get(i) for i in range(model.getBodySet().getSize())]
    joints = [model.getJointSet().get(i) for i in range(model.getJointSet().getSize())]
    # Paths that are functions have no points; such a muscle is not drawn.
    paths = [osim.GeometryPath.safeDownCast(muscle.getPath()) for muscle in replay.muscles]
    count = len(replay.motion.value)
    rotation = np.empty((len(bodies), count, 3, 3))
    origin = np.empty((len(bodies), count, 3))
    seen: list[list[dict[Key, tuple[str, FloatArray]]]] = [[] for _ in paths]
    for instant, value in enumerate(replay.motion.value):
        replay.set_values(value)
        model.realizePosition(state)
        for index, body in enumerate(bodies):
            transform = body.getTransformInGround(state)
            rotation[index, instant] = [[transform.R().get(i, j) for j in _AXES] for i in _AXES]
            origin[index, instant] = _vector(transform.p())
        for points, path in zip(seen, paths, strict=True):
            points.append(_current_points(path, state) if path is not None else {})
    names = tuple(body.getName() for body in bodies)
    frames = {"ground": (np.broadcast_to(np.eye(3), (count, 3, 3)), np.zeros((count, 3)))}
    frames |= {name: (rotation[i], origin[i]) for i, name in enumerate(names)}
    muscle, body_index, local = [], [], []
    for index, points in enumerate(seen):
        for at_body, places in _slots(points, frames):
            muscle.append(index)
            body_index.append(names.index(at_body) if at_body in names else -1)
            local.append(places)
    return Poses(
        body=names,
        joint=tuple(joint.getName() for joint in joints),
        rotation=rotation,
        origin_m=origin,
        joint_bodies=tuple((_base(joint.getParentFrame()), _base(joint.getChildFrame())) for joint in joints),
        joint_center_m=np.array([_vector(joint.getChildFrame().findTransformInBaseFrame().p()) for joint in joints]),
        point_muscle=np.array(muscle, dtype=np.int64),
        point_body=np.array(body_index, dtype=np.int64),
        point_local_m=np.array(local).reshape(-1, count, 3),
    )


def _base(frame: Any) -> str:
    return str(frame.findBaseFrame().getName())


def _vector(vec3: Any) -> list[float]:
    return [vec3.get(axis) for axis in _AXES]


def _current_points(path: Any, state: Any) -> dict[Key, tuple[str, FloatArray]]:
    """Points of a path in order: name -> body and place in it; an arc gets a point at its middle too."""
    found: dict[Key, tuple[str, FloatArray]] = {}
    current = path.getCurrentPath(state)
    arc: list[tuple[str, str, FloatArray]] = []
    for index in range(current.getSize()):
        point = current.get(index)
        body, place = point.getParentFrame().getName(), np.array(_vector(point.getLocation(state)))
        wrap = osim.PathWrapPoint.safeDownCast(point)
        if wrap is None:
            found[point.getName(), _START] = body, place
            continue
        arc.append((wrap.getWrapObject().getName(), body, place))
        if len(arc) == 2:  # where the path meets the cylinder, and where it leaves it
            (name, body, start), (_, _, end) = arc
            found[name, _START] = body, start
            found[name, _MIDDLE] = body, _middle(wrap.getWrapPath(state), start, end)
            found[name, _END] = body, end
            arc = []
    return found


def _middle(curve: Any, start: FloatArray, end: FloatArray) -> FloatArray:
    """The point halfway along an arc; of its chord, where OpenSim gives no points between."""
    points = np.array([_vector(curve.get(i)) for i in range(curve.getSize())]).reshape(-1, 3)
    if len(points) < 3:
        return 0.5 * (start + end)
    run = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    return np.array([np.interp(0.5 * run[-1], run, points[:, axis]) for axis in _AXES])


def _slots(
    seen: Sequence[Mapping[Key, tuple[str, FloatArray]]], frames: Mapping[str, tuple[FloatArray, FloatArray]]
) -> list[tuple[str, FloatArray]]:
    """Body and places (instant, 3) of every point that the path has at some instant, in order.

    A path that is off a cylinder lacks the points on it: they are put on the straight line that it takes instead, so
    that the line drawn through all points is the path at every instant.
    """
    order: list[Key] = []
    for points in seen:
        last = -1
        for key in points:
            if key not in order:
                order.insert(last + 1, key)
            last = order.index(key)
    body_of = {key: body for points in seen for key, (body, _) in points.items()}
    places = {key: np.empty((len(seen), 3)) for key in order}
    for instant, points in enumerate(seen):
        present = [i for i, key in enumerate(order) if key in points]
        for key, (_, place) in points.items():
            places[key][instant] = place
        for before, after in itertools.pairwise(present):
            ends = [_to_ground(points[order[i]], frames, instant) for i in (before, after)]
            for k in range(before + 1, after):
                share = (k - before) / (after - before)
                rotation, origin = (part[instant] for part in frames[body_of[order[k]]])
                places[order[k]][instant] = rotation.T @ ((1.0 - share) * ends[0] + share * ends[1] - origin)
    return [(body_of[key], places[key]) for key in order]


def _to_ground(
    point: tuple[str, FloatArray], frames: Mapping[str, tuple[FloatArray, FloatArray]], instant: int
) -> FloatArray:
    body, place = point
    rotation, origin = (part[instant] for part in frames[body])
    result: FloatArray = rotation @ place + origin
    return result
