"""A walker's parameter tables (``models/<name>/*.csv``): right side and midline as stored, left side mirrored.

Everything is SI and stands in body or joint frames whose z axis points to the right, so the mirror plane is z = 0:
positions change the sign of z, rotation axes and Euler angles the signs of x and y.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, fields, replace
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

from gluteweak.errors import InputError
from gluteweak.storage import atomic_path

Vector = tuple[float, float, float]
# What a column holds decides how it is read and mirrored, so the kinds of vectors have names of their own.
Position = Vector
Angles = Vector
Products = Vector
Quadrant = str
Numbers = tuple[float, ...]
Words = tuple[str, ...]

FREE = "free"
PRESCRIBED = "prescribed"
DEPENDENT = "dependent"
SIDES = ("r", "l")
#: What a custom joint needs: OpenSim's SpatialTransform.
AXES = ("rotation1", "rotation2", "rotation3", "translation1", "translation2", "translation3")

#: File of a walker's folder that tells of the person: attributes of the plant, such as sex.
PERSON = "person.json"
_RIGHT = re.compile(r"_r(?=_|$)")
_LEFT = re.compile(r"_l(?=_|$)")


def other_side(name: str) -> str:
    """``knee_angle_r_beta`` -> ``knee_angle_l_beta``; midline names stay as they are."""
    return _RIGHT.sub("_l", name)


def is_of_side(name: str, side: str) -> bool:
    """Whether a name belongs to side ``r`` or ``l``: ``knee_angle_r_beta`` to ``r``, ``pelvis_tilt`` to neither."""
    return bool((_RIGHT if side == "r" else _LEFT).search(name))


def base_name(name: str) -> str:
    """``glmed1_r`` and ``glmed1_l`` -> ``glmed1``."""
    return re.sub(r"_[rl]$", "", name)


def _polar(v: Vector) -> Vector:
    return (v[0], v[1], _negative(v[2]))


def _axial(v: Vector) -> Vector:
    return (_negative(v[0]), _negative(v[1]), v[2])


def _products(v: Vector) -> Vector:
    # Products of inertia come as xy, xz, yz: those with one z change sign.
    return (v[0], _negative(v[1]), _negative(v[2]))


def _quadrant(value: str) -> str:
    return {"z": "-z", "+z": "-z", "-z": "z"}.get(value, value)


def _negative(value: float) -> float:
    return -value if value else 0.0  # no "-0" in models and files


_MIRROR_RULES: dict[str, Callable[[Any], Any]] = {
    "Position": _polar,
    "Angles": _axial,
    "Products": _products,
    "Quadrant": _quadrant,
    "str": other_side,
}


@dataclass(frozen=True)
class Body:
    """Rigid body; inertia about the mass centre, products in the order xy, xz, yz."""

    body: str
    mass_kg: float
    mass_center_m: Position
    inertia_moments_kg_m2: Vector
    inertia_products_kg_m2: Products


@dataclass(frozen=True)
class Joint:
    """Joint of kind ``custom``, ``pin`` (about z) or ``weld``; orientations are body-fixed x-y-z angles."""

    joint: str
    kind: str
    parent_body: str
    parent_translation_m: Position
    parent_orientation_rad: Angles
    child_body: str
    child_translation_m: Position
    child_orientation_rad: Angles


@dataclass(frozen=True)
class TransformAxis:
    """One of the six axes of a custom joint: ``scale`` times a polynomial (ascending) or a named spline."""

    joint: str
    axis: str
    direction: Vector
    coordinate: str
    polynomial: Numbers
    spline: str
    scale: float

    @property
    def is_rotation(self) -> bool:
        """Whether the axis turns (True) or shifts (False)."""
        return self.axis.startswith("rotation")


@dataclass(frozen=True)
class Coordinate:
    """Generalised coordinate; a dependent one is a polynomial (``coupling``, ascending) of the one that it ``follows``.

    Without the column ``coupling`` it equals the coordinate that it follows. ``closeness`` is how closely tracking
    follows its measurement, against 1 for the others: what its squared deviation is multiplied by.
    """

    coordinate: str
    joint: str
    role: str
    follows: str
    default_value: float
    range_min: float
    range_max: float
    fit_min: float
    fit_max: float
    normal_spread: float
    spread_source: str
    coupling: Numbers = (0.0, 1.0)
    closeness: float = 1.0


@dataclass(frozen=True)
class Muscle:
    """Muscle-tendon parameters and the groups that the muscle belongs to."""

    muscle: str
    max_isometric_force_n: float
    optimal_fiber_length_m: float
    tendon_slack_length_m: float
    pennation_angle_rad: float
    max_contraction_velocity_per_s: float
    passive_fiber_strain: float
    tendon_strain: float
    groups: Words


@dataclass(frozen=True)
class PathPoint:
    """Point of a muscle path, fixed in ``body``; the rows of a muscle run from origin to insertion."""

    muscle: str
    body: str
    location_m: Position


@dataclass(frozen=True)
class PathWrap:
    """Which cylinder a muscle wraps over, between which path points (from 1; -1 means all)."""

    muscle: str
    cylinder: str
    method: str
    first_point: int
    last_point: int


@dataclass(frozen=True)
class WrapCylinder:
    """Wrapping cylinder about its own z axis."""

    cylinder: str
    body: str
    translation_m: Position
    orientation_rad: Angles
    radius_m: float
    length_m: float
    quadrant: Quadrant


@dataclass(frozen=True)
class ContactSphere:
    """Foot-ground sphere with the constants of OpenSim's SmoothSphereHalfSpaceForce."""

    sphere: str
    body: str
    center_m: Position
    radius_m: float
    stiffness_pa: float
    dissipation_s_m: float
    static_friction: float
    dynamic_friction: float
    viscous_friction_s_m: float
    transition_velocity_m_s: float
    hertz_smoothing: float
    hunt_crossley_smoothing: float


@dataclass(frozen=True)
class PassiveTorque:
    """``K1 exp(s1 (q - q1)) + K2 exp(s2 (q - q2)) - stiffness q - damping dq/dt``, acting on the coordinate."""

    coordinate: str
    torque_1_nm: float
    slope_1_per_rad: float
    offset_1_rad: float
    torque_2_nm: float
    slope_2_per_rad: float
    offset_2_rad: float
    stiffness_nm_rad: float
    damping_nms_rad: float


@dataclass(frozen=True)
class Actuator:
    """Ideal torque on a coordinate."""

    coordinate: str
    optimal_force_nm: float


@dataclass(frozen=True)
class SplineKnot:
    """Knot of a natural cubic spline (OpenSim's SimmSpline)."""

    spline: str
    x: float
    y: float


@dataclass(frozen=True)
class WalkerTables:
    """All tables of a walker, both sides."""

    name: str
    bodies: tuple[Body, ...]
    joints: tuple[Joint, ...]
    transform_axes: tuple[TransformAxis, ...]
    splines: tuple[SplineKnot, ...]
    coordinates: tuple[Coordinate, ...]
    muscles: tuple[Muscle, ...]
    path_points: tuple[PathPoint, ...]
    path_wraps: tuple[PathWrap, ...]
    wrap_cylinders: tuple[WrapCylinder, ...]
    contact_spheres: tuple[ContactSphere, ...]
    passive_torques: tuple[PassiveTorque, ...]
    actuators: tuple[Actuator, ...]

    @property
    def mass_kg(self) -> float:
        """Body mass."""
        return sum(body.mass_kg for body in self.bodies)

    def axes_of(self, joint: str) -> dict[str, TransformAxis]:
        """The transform axes of a custom joint by their OpenSim names."""
        return {axis.axis: axis for axis in self.transform_axes if axis.joint == joint}

    def coordinates_of(self, joint: str) -> tuple[Coordinate, ...]:
        """Coordinates of a joint, in order."""
        return tuple(c for c in self.coordinates if c.joint == joint)

    def muscles_of(self, group: str) -> Words:
        """Full names (both sides) of the muscles of a group."""
        return tuple(m.muscle for m in self.muscles if group in m.groups)


_ROW_TYPES: dict[str, type[Any]] = {
    "bodies": Body,
    "joints": Joint,
    "transform_axes": TransformAxis,
    "splines": SplineKnot,
    "coordinates": Coordinate,
    "muscles": Muscle,
    "path_points": PathPoint,
    "path_wraps": PathWrap,
    "wrap_cylinders": WrapCylinder,
    "contact_spheres": ContactSphere,
    "passive_torques": PassiveTorque,
    "actuators": Actuator,
}

#: A walker without these joints cannot answer a question about the patella.
_PATELLA_JOINTS = tuple(f"patellofemoral_{side}" for side in SIDES)

Row = TypeVar("Row")


def read_tables(model_dir: Path) -> WalkerTables:
    """Read and check all tables of a walker.

    Raises
    ------
    InputError
        If a table or column is missing, a cell cannot be read, a name is unknown, or the walker has no patellae.
    """
    model_dir = Path(model_dir)
    if not model_dir.is_dir():
        raise InputError(
            f"No walker at {model_dir}: give a folder with the tables {', '.join(sorted(_ROW_TYPES))} (csv)."
        )
    tables = both_sides(model_dir.name, {name: _read(model_dir, name) for name in _ROW_TYPES})
    _check(tables, model_dir)
    return tables


def read_rows(model_dir: Path) -> dict[str, tuple[Any, ...]]:
    """Rows of all tables as they are stored, by table.

    Raises
    ------
    InputError
        If a table or column is missing, or a cell cannot be read.
    """
    return {name: _read(Path(model_dir), name) for name in _ROW_TYPES}


def write_rows(model_dir: Path, rows: Mapping[str, tuple[Any, ...]]) -> None:
    """Write tables as `read_rows` reads them."""
    for name, row_type in _ROW_TYPES.items():
        items = fields(row_type)
        with (
            atomic_path(Path(model_dir) / f"{name}.csv") as temporary,
            temporary.open("w", newline="", encoding="utf-8") as file,
        ):
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([column for item in items for column in _columns(item)])
            for row in rows[name]:
                writer.writerow([cell for item in items for cell in _cells(_kind(item), getattr(row, item.name))])


def _cells(kind: str, value: Any) -> list[str]:
    if kind in ("Numbers", "Words"):
        return [" ".join(_cell(part) for part in value)]
    return [_cell(part) for part in value] if isinstance(value, tuple) else [_cell(value)]


def _cell(value: Any) -> str:
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def both_sides(name: str, rows: Mapping[str, tuple[Any, ...]]) -> WalkerTables:
    """All tables of a walker from the rows of its right side and midline; tables not named are empty."""
    return WalkerTables(name=name, **{table: _both_sides(rows.get(table, ())) for table in _ROW_TYPES})


def muscle_names(model_dir: Path) -> Words:
    """Names of all muscles, both sides.

    Raises
    ------
    InputError
        If the muscle table is missing or cannot be read.
    """
    return tuple(m.muscle for m in _both_sides(_read(Path(model_dir), "muscles")))


def muscle_groups(model_dir: Path) -> dict[str, Words]:
    """Group -> base names of its muscles (``glmed`` -> glmed1, glmed2, glmed3).

    Raises
    ------
    InputError
        If the muscle table is missing or cannot be read.
    """
    groups: dict[str, list[str]] = {}
    for muscle in _read(Path(model_dir), "muscles"):
        for group in muscle.groups:
            groups.setdefault(group, []).append(base_name(muscle.muscle))
    # A walker whose sides differ names both.
    return {group: tuple(dict.fromkeys(names)) for group, names in groups.items()}


def _read(model_dir: Path, name: str) -> tuple[Any, ...]:
    path = model_dir / f"{name}.csv"
    row_type = _ROW_TYPES[name]
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            needed = [c for f in fields(row_type) if f.default is MISSING for c in _columns(f)]
            missing = [c for c in needed if c not in (reader.fieldnames or ())]
            if missing:
                raise InputError(
                    f"{path} has no column '{missing[0]}': add it (models/adult/{name}.csv is an example)."
                )
            return tuple(_row(row_type, record, f"{path} line {reader.line_num}") for record in reader)
    except FileNotFoundError:
        raise InputError(
            f"No table {path}: a walker's folder holds {name}.csv (models/adult has an example)."
        ) from None
    except UnicodeDecodeError:
        raise InputError(f"{path} is not a text table: store it as CSV in UTF-8.") from None


def _kind(item: Field[Any]) -> str:
    """Name of a column's type: annotations are text here (``from __future__ import annotations``)."""
    return str(item.type)


def _columns(item: Field[Any]) -> tuple[str, ...]:
    if _kind(item) in ("Vector", "Position", "Angles", "Products"):
        return tuple(f"{item.name}_{axis}" for axis in "xyz")
    return (item.name,)


def _row(row_type: type[Row], record: dict[str, str | None], where: str) -> Row:
    values: dict[str, Any] = {}
    for item in fields(row_type):  # type: ignore[arg-type]
        if item.default is not MISSING and _columns(item)[0] not in record:
            continue
        cells = [(record[column] or "").strip() for column in _columns(item)]
        try:
            values[item.name] = _parse(_kind(item), cells)
        except ValueError:
            raise InputError(f"{where}: '{' '.join(cells)}' is not a value for {item.name}; write a number.") from None
    return row_type(**values)


def _parse(kind: str, cells: list[str]) -> Any:
    if len(cells) > 1:
        return tuple(_finite(cell) for cell in cells)
    (cell,) = cells
    if kind == "Numbers":
        return tuple(_finite(word) for word in cell.split())
    if kind == "Words":
        return tuple(cell.split())
    readers: dict[str, Callable[[str], Any]] = {"float": _finite, "int": int}
    return readers.get(kind, str)(cell)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _key(row: Any) -> str:
    return str(getattr(row, fields(row)[0].name))


def _both_sides(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """Each block of right-side rows is followed by its mirror image; rows that name the left themselves stand alone."""
    if any(_LEFT.search(_key(row)) for row in rows):
        return rows
    result: list[Row] = []
    for is_right, block in groupby(rows, key=lambda row: bool(_RIGHT.search(_key(row)))):
        kept = list(block)
        result += kept
        if is_right:
            result += [_mirror(row) for row in kept]
    return tuple(result)


def _mirror(row: Any) -> Any:
    changed = {
        item.name: rule(getattr(row, item.name))
        for item in fields(row)
        if (rule := _MIRROR_RULES.get(_kind(item))) and not item.name.endswith("source")
    }
    if isinstance(row, TransformAxis):
        changed["direction"] = (_axial if row.is_rotation else _polar)(row.direction)
    return replace(row, **changed)


def _check(tables: WalkerTables, model_dir: Path) -> None:
    joints = {j.joint for j in tables.joints}
    for joint in _PATELLA_JOINTS:
        if joint not in joints:
            raise InputError(
                f"The walker {model_dir} has no joint {joint}: gluteweak needs patellae on both sides; add the patella "
                "to bodies.csv, joints.csv, transform_axes.csv and coordinates.csv."
            )
    _check_names(tables, model_dir)
    for custom in (j.joint for j in tables.joints if j.kind == "custom"):
        for axis in AXES:
            if axis not in tables.axes_of(custom):
                raise InputError(
                    f"Joint '{custom}' has no axis '{axis}' in {model_dir / 'transform_axes.csv'}: add it."
                )
    for muscle in (m.muscle for m in tables.muscles):
        if sum(p.muscle == muscle for p in tables.path_points) < 2:
            raise InputError(f"Muscle '{muscle}' needs at least two points in {model_dir / 'path_points.csv'}.")


def _check_names(tables: WalkerTables, model_dir: Path) -> None:
    joints = {j.joint for j in tables.joints}
    bodies = {b.body for b in tables.bodies} | {"ground"}
    coordinates = {c.coordinate for c in tables.coordinates}
    muscles = {m.muscle for m in tables.muscles}
    cylinders = {c.cylinder for c in tables.wrap_cylinders}
    splines = {s.spline for s in tables.splines}
    roles = {FREE, PRESCRIBED, DEPENDENT}
    references: tuple[tuple[str, str, Iterable[str], set[str]], ...] = (
        ("joints", "body", (b for j in tables.joints for b in (j.parent_body, j.child_body)), bodies),
        ("joints", "kind", (j.kind for j in tables.joints), {"custom", "pin", "weld"}),
        ("transform_axes", "joint", (a.joint for a in tables.transform_axes), joints),
        ("transform_axes", "coordinate", (a.coordinate for a in tables.transform_axes), coordinates | {""}),
        ("transform_axes", "spline", (a.spline for a in tables.transform_axes), splines | {""}),
        ("coordinates", "joint", (c.joint for c in tables.coordinates), joints),
        ("coordinates", "role", (c.role for c in tables.coordinates), roles),
        ("coordinates", "coordinate in 'follows'", (c.follows for c in tables.coordinates), coordinates | {""}),
        ("path_points", "body", (p.body for p in tables.path_points), bodies),
        ("path_points", "muscle", (p.muscle for p in tables.path_points), muscles),
        ("path_wraps", "muscle", (w.muscle for w in tables.path_wraps), muscles),
        ("path_wraps", "cylinder", (w.cylinder for w in tables.path_wraps), cylinders),
        ("wrap_cylinders", "body", (c.body for c in tables.wrap_cylinders), bodies),
        ("contact_spheres", "body", (c.body for c in tables.contact_spheres), bodies),
        ("passive_torques", "coordinate", (p.coordinate for p in tables.passive_torques), coordinates),
        ("actuators", "coordinate", (a.coordinate for a in tables.actuators), coordinates),
    )
    for table, what, used, known in references:
        for name in used:
            if name not in known:
                raise InputError(
                    f"Unknown {what} '{name}' in {model_dir / table}.csv: known are {', '.join(sorted(known - {''}))}."
                )
