"""A model of the gait2392 family and its walking trial, made with OpenSim's API from the built-in adult's numbers.

It has that family's traits: Thelen muscles with its names, knees that count extension positive and slide along splines,
no patellae (the quadriceps run over moving path points), a conditional path point, a wrap ellipsoid, locked subtalar
joints, trunk muscles; and a ball joint for the trunk, as some of its descendants have. The trial is the adult's solved
gait, two strides of it, in degrees.
"""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import opensim as osim
from scipy.spatial.transform import Rotation

from gluteweak.motion_files import write_motion
from gluteweak.opensim_model.kinematics import body_frames, rotation_xyz
from gluteweak.walker_tables import SIDES, base_name, read_tables

ADULT = Path(__file__).parents[1] / "models/adult"
NAMES = {
    "addlong": "add_long",
    "addmagIsch": "add_mag3",
    "bflh": "bifemlh",
    "bfsh": "bifemsh",
    "edl": "ext_dig",
    "fhl": "flex_hal",
    "gaslat": "lat_gas",
    "gasmed": "med_gas",
    **{f"glmax{i}": f"glut_max{i}" for i in (1, 2, 3)},
    **{f"glmed{i}": f"glut_med{i}" for i in (1, 2, 3)},
    "glmin1": "glut_min1",
    "glmin3": "glut_min3",
    "iliacus": "iliacus",
    "psoas": "psoas",
    "perlong": "per_long",
    "piri": "peri",
    "recfem": "rect_fem",
    "sart": "sar",
    "semimem": "semimem",
    "soleus": "soleus",
    "tfl": "tfl",
    "tibant": "tib_ant",
    "tibpost": "tib_post",
    "vasint": "vas_int",
    "vaslat": "vas_lat",
    "vasmed": "vas_med",
}
#: Muscles of the adult that were left out lend their strength to these.
STRONGER = {"addmagIsch": 2.5, "glmin1": 1.5, "glmin3": 1.5, "semimem": 1.3, "fhl": 1.5, "perlong": 1.4}
#: Muscles that the adult lacks, from the pelvis to the trunk and to the thigh: name, ends, strength, fibre, tendon.
TRUNK = (
    ("ercspn", (-0.14, 0.044, 0.044), (-0.055, 0.11, 0.024), 2500.0, 0.12, 0.03),
    ("intobl", (-0.04, 0.07, 0.116), (0.07, 0.16, 0.015), 900.0, 0.1, 0.1),
    ("extobl", (-0.03, -0.064, 0.01), (0.065, 0.11, 0.11), 900.0, 0.12, 0.14),
)
HIP = (
    ("quad_fem", (-0.114, -0.115, 0.052), (-0.038, -0.036, 0.037), 380.0, 0.054, 0.024),
    ("gem", (-0.113, -0.082, 0.071), (-0.014, -0.003, 0.044), 160.0, 0.04, 0.039),
    ("pect", (-0.043, -0.077, 0.045), (-0.012, -0.082, 0.025), 260.0, 0.06, 0.015),
)
ELLIPSOID = "glut_max3"
_KNEE_RANGE = (-1.6, 0.1)
_ARMS = ("humerus", "ulna", "radius", "hand")


def build(path: Path, *, every_muscle: bool = False) -> None:
    """Write the model, with 66 muscles, or with the family's 92: the adult's, the trunk's and small hip muscles."""
    tables = read_tables(ADULT)
    model = osim.Model()
    model.setName("gait2392_like")
    model.set_gravity(osim.Vec3(0, -9.80665, 0))
    kept = [b for b in tables.bodies if not b.body.startswith(("patella", *_ARMS))]
    arms = sum(b.mass_kg for b in tables.bodies if b.body.startswith(_ARMS))
    kneecap = sum(b.mass_kg for b in tables.bodies if b.body.startswith("patella")) / len(SIDES)
    for row in kept:
        extra = arms if row.body == "torso" else kneecap if row.body.startswith("tibia") else 0.0
        inertia = osim.Inertia(*row.inertia_moments_kg_m2, *row.inertia_products_kg_m2)
        model.addBody(osim.Body(row.body, row.mass_kg + extra, osim.Vec3(*row.mass_center_m), inertia))
    for row in tables.joints:
        if row.child_body in [b.body for b in kept]:
            _add_joint(model, tables, row)
    for side in SIDES:
        bases = (base_name(m.muscle) for m in tables.muscles if m.muscle.endswith("_r"))
        names = {base: NAMES.get(base, base) for base in bases} if every_muscle else NAMES
        for base, name in names.items():
            _add_muscle(model, tables, base, name, side, every_muscle)
        further = [(*row, "torso") for row in TRUNK] + [(*row, f"femur_{side}") for row in HIP if every_muscle]
        for name, pelvis, there, force, fiber, tendon, to in further:
            muscle = osim.Thelen2003Muscle(f"{name}_{side}", force, fiber, tendon, 0.0)
            sign = 1.0 if side == "r" else -1.0
            for i, (body, at) in enumerate((("pelvis", pelvis), (to, there))):
                location = osim.Vec3(at[0], at[1], sign * at[2])
                muscle.addNewPathPoint(f"{name}-P{i}", model.getBodySet().get(body), location)
            model.addForce(muscle)
    limit = osim.CoordinateLimitForce("knee_angle_r", 10.0, 1.0, -120.0, 1.0, 0.1, 1.0)
    limit.setName("knee_limit_r")
    model.addForce(limit)
    model.finalizeConnections()
    model.printToXML(str(path))


def _add_joint(model, tables, row):
    bodies = model.getBodySet()
    parent = model.getGround() if row.parent_body == "ground" else bodies.get(row.parent_body)
    name = row.joint.replace("walker_knee", "knee")
    frames = (
        name,
        parent,
        osim.Vec3(*row.parent_translation_m),
        osim.Vec3(*row.parent_orientation_rad),
        bodies.get(row.child_body),
        osim.Vec3(*row.child_translation_m),
        osim.Vec3(*row.child_orientation_rad),
    )
    side = row.joint[-1]
    if row.joint.startswith("subtalar"):
        joint, names = osim.PinJoint(*frames), [f"subtalar_angle_{side}"]
    elif row.joint == "back":
        joint, names = osim.BallJoint(*frames), ["lumbar_bending", "lumbar_rotation", "lumbar_extension"]
    elif row.kind == "pin":
        joint, names = osim.PinJoint(*frames), [c.coordinate for c in tables.coordinates_of(row.joint)]
    else:
        joint, names = (
            osim.CustomJoint(*frames, _transform(tables, row)),
            [c.coordinate for c in tables.coordinates_of(row.joint)],
        )
    model.addJoint(joint)
    for i, coordinate in enumerate(names):
        item = joint.upd_coordinates(i)
        item.setName(coordinate)
        like = next((c for c in tables.coordinates if c.coordinate == coordinate), None)
        if coordinate.startswith("knee_angle"):
            item.setRangeMin(_KNEE_RANGE[0])
            item.setRangeMax(_KNEE_RANGE[1])
        elif like:
            item.setRangeMin(like.range_min)
            item.setRangeMax(like.range_max)
            item.setDefaultValue(like.default_value)
        if coordinate.startswith("subtalar"):
            item.setDefaultLocked(True)


def _transform(tables, row):
    """As in the adult, but that knees extend positive, and slide along splines."""
    transform = osim.SpatialTransform()
    is_knee = row.joint.startswith("walker_knee")
    q = np.linspace(*_KNEE_RANGE, 12)
    for i, (name, axis_row) in enumerate(sorted(tables.axes_of(row.joint).items())):
        axis = transform.updTransformAxis(i)
        axis.setAxis(osim.Vec3(*axis_row.direction))
        coefficients = [axis_row.scale * c for c in axis_row.polynomial]
        if not axis_row.coordinate:
            axis.set_function(osim.Constant(coefficients[0]))
            continue
        axis.append_coordinates(axis_row.coordinate)
        if is_knee:
            coefficients = [c * (-1.0) ** power for power, c in enumerate(coefficients)]
        if is_knee and name.startswith("translation"):
            spline = osim.SimmSpline()
            for x, y in zip(q, np.polynomial.polynomial.polyval(q, coefficients), strict=True):
                spline.addPoint(float(x), float(y))
            axis.set_function(spline)
        elif len(coefficients) == 2:
            axis.set_function(osim.LinearFunction(coefficients[1], coefficients[0]))
        else:
            axis.set_function(osim.PolynomialFunction(osim.Vector(coefficients[::-1])))
    return transform


def _add_muscle(model, tables, base, name, side, every_muscle):
    row = next(m for m in tables.muscles if m.muscle == f"{base}_{side}")
    muscle = osim.Thelen2003Muscle(
        f"{name}_{side}",
        row.max_isometric_force_n * (1.0 if every_muscle else STRONGER.get(base, 1.0)),
        row.optimal_fiber_length_m,
        row.tendon_slack_length_m,
        row.pennation_angle_rad,
    )
    muscle.set_FmaxMuscleStrain(row.passive_fiber_strain)
    bodies = model.getBodySet()
    points = [p for p in tables.path_points if p.muscle == row.muscle]
    path = osim.GeometryPath.safeDownCast(muscle.updPath())
    coordinate = f"/jointset/knee_{side}/knee_angle_{side}"
    for i, point in enumerate(points):
        if name == "vas_int" and i == 1:
            path.updPathPointSet().cloneAndAppend(_conditional_point(side, coordinate, points))
        label = f"{name}_{side}-P{i + 1}"
        if point.body.startswith("patella"):
            moving = _moving_point(tables, point, side, f"tibia_{side}")
            moving.setName(label)
            for axis in "xyz":
                moving.updSocket(f"{axis}_coordinate").setConnecteePath(coordinate)
            path.updPathPointSet().cloneAndAppend(moving)
        else:
            muscle.addNewPathPoint(label, bodies.get(point.body), osim.Vec3(*point.location_m))
    for wrap in (w for w in tables.path_wraps if w.muscle == row.muscle):
        cylinder = next(c for c in tables.wrap_cylinders if c.cylinder == wrap.cylinder)
        if cylinder.body.startswith("patella"):
            continue
        body = bodies.get(cylinder.body)
        label = f"{cylinder.cylinder}_{name}"
        body.addWrapObject(_wrap(cylinder, label, ellipsoid=name == ELLIPSOID))
        path.addPathWrap(body.getWrapObject(label))
        path_wrap = path.updWrapSet().get(path.getWrapSet().getSize() - 1)
        path_wrap.set_method(wrap.method)
        path_wrap.set_range(0, wrap.first_point)
        path_wrap.set_range(1, wrap.last_point)
    model.addForce(muscle)


def _conditional_point(side, coordinate, points):
    """Deep in flexion the muscle bends around the femur."""
    point = osim.ConditionalPathPoint()
    point.setName(f"vas_int_{side}-P0")
    point.updSocket("parent_frame").setConnecteePath(f"/bodyset/femur_{side}")
    middle = 0.5 * (np.asarray(points[0].location_m) + np.asarray(points[1].location_m))
    assert points[0].body == points[1].body == f"femur_{side}"
    point.set_location(osim.Vec3(middle[0] + 0.004, middle[1], middle[2]))
    point.updSocket("coordinate").setConnecteePath(coordinate)
    point.set_range(0, -2.6)
    point.set_range(1, -1.45)
    return point


def _wrap(cylinder, label, *, ellipsoid):
    if ellipsoid:
        wrap = osim.WrapEllipsoid()
        wrap.set_dimensions(osim.Vec3(cylinder.radius_m, cylinder.radius_m, 4.0 * cylinder.length_m))
    else:
        wrap = osim.WrapCylinder()
        wrap.set_radius(cylinder.radius_m)
        wrap.set_length(cylinder.length_m)
    wrap.setName(label)
    wrap.set_translation(osim.Vec3(*cylinder.translation_m))
    wrap.set_xyz_body_rotation(osim.Vec3(*cylinder.orientation_rad))
    wrap.set_quadrant(cylinder.quadrant)
    return wrap


def _moving_point(tables, point, side, tibia):
    """Where a point of the kneecap is in the shank, as splines of the knee angle."""
    q = np.linspace(0.0, -_KNEE_RANGE[0], 17)
    frames = body_frames(tables, {f"knee_angle_{side}": q})
    kneecap, shank = frames[point.body], frames[f"tibia_{side}"]
    at = kneecap.origin_m + kneecap.rotation @ np.asarray(point.location_m)
    local = np.einsum("nji,nj->ni", shank.rotation, at - shank.origin_m)
    moving = osim.MovingPathPoint()
    moving.updSocket("parent_frame").setConnecteePath(f"/bodyset/{tibia}")
    for i, axis in enumerate("xyz"):
        spline = osim.SimmSpline()
        for angle, value in zip(-q[::-1], local[::-1, i], strict=True):
            spline.addPoint(float(angle), float(value))
        getattr(moving, f"set_{axis}_location")(spline)
    return moving


def write_trial(motion: Path, forces: Path, start_phase: float = 0.0) -> float:
    """Write two strides of the adult's solved gait in the coordinates of the model; the stride time in s."""
    with h5py.File(ADULT / "reference_gait.h5") as file:
        names = [n.decode() for n in file["coordinate"][()]]
        time, value = file["time_s"][()], file["coordinate_value"][()]
        reaction = file["ground_reaction_bw"][()].reshape(len(time), 2, 3)
        duration = float(file.attrs["duration_s"])
        distance = float(file.attrs["distance_m"])
        weight = float(file.attrs["body_mass_kg"]) * 9.80665
    even = np.arange(0.0, 2.0 * duration, 0.005)
    phase = (even + start_phase * duration) % duration
    columns = {}
    for i, name in enumerate(names):
        series = value[:, i] - (distance * time / duration if name == "pelvis_tx" else 0.0)
        columns[name] = np.interp(phase, time, series, period=duration)
    columns["pelvis_tx"] = columns["pelvis_tx"] + distance * even / duration
    tables = read_tables(ADULT)
    back = next(j for j in tables.joints if j.joint == "back")
    assert np.allclose(rotation_xyz(back.parent_orientation_rad), np.eye(3))
    trunk = np.column_stack([columns[f"lumbar_{n}"] for n in ("extension", "bending", "rotation")])
    x, y, z = Rotation.from_euler("ZXY", trunk).as_euler("XYZ").T
    columns |= {"lumbar_bending": x, "lumbar_rotation": y, "lumbar_extension": z}
    for side in SIDES:
        columns[f"knee_angle_{side}"] = -columns[f"knee_angle_{side}"]
        columns[f"subtalar_angle_{side}"] = np.zeros(len(even))
        columns.pop(f"mtp_angle_{side}")
    columns = {n: c for n, c in columns.items() if not n.startswith(("arm_", "elbow_", "pro_sup"))}
    shifts = ("pelvis_tx", "pelvis_ty", "pelvis_tz")
    degrees = [c if n in shifts else np.degrees(c) for n, c in columns.items()]
    write_motion(motion, list(columns), even, np.column_stack(degrees), {"inDegrees": "yes"})
    force = [np.interp(phase, time, reaction[:, s, a], period=duration) * weight for s in range(2) for a in range(3)]
    labels = [f"{stem}ground_force_v{a}" for stem in ("", "1_") for a in "xyz"]
    write_motion(forces, labels, even, np.column_stack(force))
    return duration
