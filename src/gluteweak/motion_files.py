"""OpenSim's tables of motion (``.sto``, ``.mot``) without OpenSim: read, write, and the two tables of a scenario.

Angles are stored in radians. ``solution.sto`` is what ``opensim.MocoTrajectory`` reads; ``ground_reaction.sto`` has the
columns of an OpenSim external-loads file. Both carry the collocation points as they are, nothing is interpolated.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gluteweak.errors import InputError
from gluteweak.plant import Plant
from gluteweak.storage import atomic_path

FloatArray = NDArray[np.float64]

#: Enough digits for a double to come back unchanged.
_NUMBER = "%.17g"
_FOLLOWER_SUFFIX = "_beta"
#: File attribute of a plant: its dependent coordinates.
FOLLOWERS_ATTRIBUTE = "followers_json"
_SIDES = ("r", "l")


@dataclass(frozen=True)
class MotionTable:
    """A table over time: ``values`` is (time, label); ``in_degrees`` tells how the file gives angles."""

    path: Path
    labels: tuple[str, ...]
    time_s: FloatArray
    values: FloatArray
    in_degrees: bool

    def column(self, label: str) -> FloatArray:
        """One column, (time,).

        Raises
        ------
        InputError
            If the table has no such column, or it holds NaN or infinity.
        """
        if label not in self.labels:
            raise InputError(
                f"{self.path} has no column '{label}' (it has {_listing(self.labels)}): add it, or name another file."
            )
        values = self.values[:, self.labels.index(label)]
        bad = np.flatnonzero(~np.isfinite(values))
        if bad.size:
            raise InputError(
                f"{self.path}: column '{label}' holds {values[bad[0]]} at {self.time_s[bad[0]]:g} s; "
                "fill the gap or cut the trial."
            )
        return values


def read_motion(path: Path) -> MotionTable:
    """Read a ``.sto`` or ``.mot`` file: header up to ``endheader``, one line of labels, then one line a time.

    Raises
    ------
    InputError
        If the file is missing, has no ``endheader``, its rows are broken or fewer than announced, or time does not
        increase. NaN in other columns is an error only once the column is asked for.
    """
    path = Path(path)
    header, body, first = _split_header(path)
    labels = body[0].split() if body else []
    if not labels or labels[0].lower() != "time":
        raise InputError(f"{path}: the line after 'endheader' must name the columns, 'time' first.")
    repeated = sorted({label for label in labels if labels.count(label) > 1})
    if repeated:
        raise InputError(f"{path}: column '{repeated[0]}' stands there twice; remove one.")
    table = _numbers(path, body[1:], len(labels), first + 1)
    announced = header.get("nrows", header.get("datarows", ""))
    if announced.isdigit() and int(announced) != len(table):
        raise InputError(
            f"{path} has {len(table)} rows of numbers, but its header announces {announced}: the file is truncated; "
            "export it again."
        )
    time = table[:, 0]
    late = np.flatnonzero(~(np.diff(time) > 0.0))
    if late.size or not np.isfinite(time).all():
        where = late[0] + 1 if late.size else 0
        raise InputError(f"{path}: time must increase from row to row; row {where + 1} has {time[where]:g} s.")
    in_degrees = header.get("indegrees", "no").lower() in ("yes", "y", "true", "1")
    return MotionTable(path, tuple(labels[1:]), time, table[:, 1:], in_degrees)


def _split_header(path: Path) -> tuple[dict[str, str], list[str], int]:
    """Header entries (keys in lower case), the lines after it, and the number of the first of these lines."""
    if not path.is_file():
        raise InputError(f"No file {path}: correct the path.")
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise InputError(f"{path} is not a text table: give an OpenSim .sto or .mot file.") from None
    end = next((i for i, line in enumerate(lines) if line.strip().lower() == "endheader"), None)
    if end is None:
        raise InputError(f"{path} has no line 'endheader': give an OpenSim .sto or .mot file.")
    entries = (line.partition("=") for line in lines[:end] if "=" in line)
    return {key.strip().lower(): value.strip() for key, _, value in entries}, lines[end + 1 :], end + 2


def _numbers(path: Path, lines: list[str], width: int, first: int) -> FloatArray:
    rows = []
    for number, line in enumerate(lines, first):
        cells = line.split()
        if not cells:
            continue
        if len(cells) != width:
            raise InputError(f"{path}, line {number}: {len(cells)} numbers for {width} columns; the file is truncated.")
        try:
            rows.append([float(cell) for cell in cells])
        except ValueError as error:
            raise InputError(f"{path}, line {number}: {error}.") from None
    if not rows:
        raise InputError(f"{path} has no rows of numbers after its labels: export it again.")
    return np.array(rows)


def _listing(labels: Sequence[str], most: int = 8) -> str:
    return ", ".join(labels[:most]) + (f" and {len(labels) - most} more" if len(labels) > most else "")


def write_motion(
    path: Path,
    labels: Sequence[str],
    time_s: FloatArray,
    values: FloatArray,
    header: Mapping[str, str | int] | None = None,
) -> None:
    """Write a table with angles in radians, whole or not at all; ``header`` adds ``key=value`` lines.

    Raises
    ------
    ValueError
        If the shapes disagree or a number is not finite.
    """
    table = np.column_stack([time_s, values])
    if table.shape[1] != len(labels) + 1:
        raise ValueError(f"{len(labels)} labels for values of shape {np.shape(values)}")
    if not np.isfinite(table).all():
        raise ValueError(f"{path}: only finite numbers belong in a motion file")
    entries = {"inDegrees": "no", **(header or {}), "nRows": table.shape[0], "nColumns": table.shape[1]}
    lines = [f"{key}={value}" for key, value in entries.items()]
    lines += ["DataType=double", "version=3", "endheader", "\t".join(("time", *labels))]
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
        np.savetxt(file, table, fmt=_NUMBER, delimiter="\t")


@dataclass(frozen=True)
class Follower:
    """A dependent coordinate of an imported model: a polynomial (ascending) of its leader."""

    coordinate: str
    joint: str
    leader: str
    coupling: tuple[float, ...]


def followers(plant: Plant) -> tuple[Follower, ...]:
    """Dependent coordinates that the plant names (``followers_json``); others go by the rule of `coordinate_paths`."""
    rows = json.loads(str(plant.attributes.get(FOLLOWERS_ATTRIBUTE, "[]")))
    return tuple(Follower(r["coordinate"], r["joint"], r["leader"], tuple(r["coupling"])) for r in rows)


def coordinate_paths(plant: Plant) -> dict[str, str]:
    """OpenSim path of every coordinate, the patellae's dependent ones included.

    The first joint that a coordinate moves owns it. Any later joint that it moves follows it (the patella follows the
    knee): there OpenSim has a coordinate of its own, ``<coordinate>_beta``, tied by a coupler constraint.
    """
    paths: dict[str, str] = {}
    joint_of: dict[str, str] = {}
    named = {(f.joint, f.leader): f.coordinate for f in followers(plant)}
    for joint_index, coordinate_index in zip(plant.axis_joint_index, plant.axis_coordinate_index, strict=True):
        if coordinate_index < 0:
            continue
        name, joint = plant.coordinate[coordinate_index], plant.joint[joint_index]
        owned = (joint, name) not in named and joint_of.setdefault(name, joint) == joint
        own_name = name if owned else named.get((joint, name), name + _FOLLOWER_SUFFIX)
        paths.setdefault(own_name, f"/jointset/{joint}/{own_name}")
    missing = [name for name in plant.coordinate if name not in paths]
    if missing:
        raise InputError(f"No joint of the plant is moved by coordinate '{missing[0]}': build the model again.")
    return paths


def write_solution_sto(path: Path, plant: Plant, values: Mapping[str, Any]) -> None:
    """Write the motion as ``opensim.MocoTrajectory`` reads it.

    Parameters
    ----------
    path
        The file to write, ``solution.sto``.
    plant
        Gives the joints of the coordinates and the names of muscles and actuators.
    values
        Quantities of ``variables.SOLUTION``: time_s, coordinate_value, coordinate_speed, coordinate_acceleration,
        muscle_activation, muscle_excitation, muscle_strength_fraction, actuator_torque_nm; shapes and units stand
        there. OpenSim's weak muscles are driven to their strength fraction at most, so activations and excitations are
        multiplied by it.
    """
    paths = coordinate_paths(plant)
    value, speed, acceleration = _all_coordinates(plant, list(paths), values)
    muscles = [f"/forceset/{name}" for name in plant.muscle]
    actuators = [f"/forceset/{name}" for name in plant.actuator]
    states = [f"{p}/value" for p in paths.values()] + [f"{p}/speed" for p in paths.values()]
    states += [f"{p}/activation" for p in muscles]
    controls = [*muscles, *actuators]
    accelerations = [f"{p}/accel" for p in paths.values()]
    strength = np.asarray(values["muscle_strength_fraction"])
    table = np.hstack(
        [
            value,
            speed,
            values["muscle_activation"] * strength,
            values["muscle_excitation"] * strength,
            np.asarray(values["actuator_torque_nm"]) / plant.actuator_optimal_force_nm,
            acceleration,
        ]
    )
    # MocoTrajectory takes the columns in this order: so many states, then controls, ... as the header counts them.
    header = {
        "num_controls": len(controls),
        "num_derivatives": len(accelerations),
        "num_input_controls": 0,
        "num_multipliers": 0,
        "num_parameters": 0,
        "num_slacks": 0,
        "num_states": len(states),
    }
    write_motion(path, [*states, *controls, *accelerations], np.asarray(values["time_s"]), table, header)


def _all_coordinates(
    plant: Plant, names: Sequence[str], values: Mapping[str, Any]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Values, speeds and accelerations of named coordinates, dependent ones included, (time, name) each."""
    q, u, a = (np.asarray(values[f"coordinate_{name}"]) for name in ("value", "speed", "acceleration"))
    by_name = {follower.coordinate: follower for follower in followers(plant)}
    columns = []
    for name in names:
        follower = by_name.get(name)
        leader = follower.leader if follower else name.removesuffix(_FOLLOWER_SUFFIX)
        i = plant.coordinate.index(leader if name not in plant.coordinate else name)
        law = np.polynomial.Polynomial(follower.coupling if follower else (0.0, 1.0))
        slope, curvature = law.deriv(1)(q[:, i]), law.deriv(2)(q[:, i])
        columns.append((law(q[:, i]), slope * u[:, i], slope * a[:, i] + curvature * u[:, i] ** 2))
    value, speed, acceleration = (np.column_stack(part) for part in zip(*columns, strict=True))
    return value, speed, acceleration


def ground_reactions(
    contact_body: Sequence[str], force_n: FloatArray, point_m: FloatArray
) -> dict[str, tuple[FloatArray, FloatArray, FloatArray]]:
    """Force, centre of pressure and free moment of each foot, each (time, 3) in ground axes.

    The sums of a foot's contact forces and of their moments about the origin are kept exactly. The centre of pressure
    lies on the floor (y = 0) where the moment has no horizontal part, but never outside the rectangle around the
    foot's contact points: a foot in the air has next to no force, and the quotient of two next-to-nothings would
    wander off. What is left of the moment is in the free moment.

    Parameters
    ----------
    contact_body
        Body of each contact sphere; its name ends with the side, ``_r`` or ``_l``.
    force_n, point_m : (time, contact_sphere, 3)
        Force of the ground on each sphere and where it acts.
    """
    found = {}
    for side in _SIDES:
        spheres = [i for i, body in enumerate(contact_body) if body.endswith(f"_{side}")]
        if not spheres:
            raise InputError(f"No contact sphere sits on a body whose name ends with '_{side}': check models/.")
        forces, points = force_n[:, spheres], point_m[:, spheres]
        force, moment = forces.sum(axis=1), np.cross(points, forces).sum(axis=1)
        vertical = np.where(force[:, 1] > np.finfo(float).eps, force[:, 1], np.inf)
        lowest, highest = points.min(axis=1), points.max(axis=1)
        center = np.zeros_like(force)
        center[:, 0] = np.clip(moment[:, 2] / vertical, lowest[:, 0], highest[:, 0])
        center[:, 2] = np.clip(-moment[:, 0] / vertical, lowest[:, 2], highest[:, 2])
        found[side] = (force, center, moment - np.cross(center, force))
    return found


def write_ground_reaction_sto(path: Path, plant: Plant, values: Mapping[str, Any]) -> None:
    """Write forces (N), centres of pressure (m) and free moments (N m) of both feet in ground axes.

    ``values`` holds time_s, contact_force_n and contact_point_m of ``variables.SOLUTION``.
    """
    feet = ground_reactions(
        plant.contact_body, np.asarray(values["contact_force_n"]), np.asarray(values["contact_point_m"])
    )
    labels = [
        f"{stem.format(side=side)}{axis}"
        for side in feet
        for stem in ("ground_force_{side}_v", "ground_force_{side}_p", "ground_torque_{side}_")
        for axis in "xyz"
    ]
    write_motion(
        path, labels, np.asarray(values["time_s"]), np.hstack([part for foot in feet.values() for part in foot])
    )
