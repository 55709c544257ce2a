"""Muscles of foreign models against OpenSim: every class, kind of path point and wrap object; lengths, arms, forces."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

osim = pytest.importorskip("opensim")

sys.path.insert(0, str(Path(__file__).parent))
import test_import_joints as small  # noqa: E402

from gluteweak.opensim_model.build import ForeignGeometry, build_opensim_model  # noqa: E402
from gluteweak.opensim_model.import_file import load_source  # noqa: E402
from gluteweak.opensim_model.import_joints import read_joints  # noqa: E402
from gluteweak.opensim_model.import_muscles import read_muscles  # noqa: E402
from gluteweak.opensim_model.path_fit import fit_paths  # noqa: E402
from gluteweak.opensim_model.sparse_polynomial import evaluate  # noqa: E402

pytestmark = pytest.mark.opensim

CLASSES = ("Thelen2003Muscle", "Millard2012EquilibriumMuscle", "DeGrooteFregly2016Muscle")
FORCE_N, FIBER_M, TENDON_M, PENNATION = 820.0, 0.11, 0.21, 0.15
KNEE = "/jointset/knee_r/knee_angle_r"
PATHS = ("straight", "cylinder", "sphere", "ellipsoid", "torus", "conditional", "moving")


def leg():
    """Pelvis, thigh and shank on three pins."""
    model = osim.Model()
    model.set_gravity(osim.Vec3(0, -9.80665, 0))
    parent = model.getGround()
    for k, (body_name, joint, coordinate) in enumerate(
        (("pelvis", "tilt", "tilt"), ("thigh_r", "hip_r", "hip_r"), ("shank_r", "knee_r", "knee_angle_r"))
    ):
        body = small.add_body(model, body_name, k)
        pin = osim.PinJoint(
            joint, parent, osim.Vec3(0, -0.4 * (k > 1), 0), osim.Vec3(0), body, osim.Vec3(0), osim.Vec3(0)
        )
        model.addJoint(pin)
        item = pin.upd_coordinates(0)
        item.setName(coordinate)
        item.setRangeMin(-1.2)
        item.setRangeMax(1.2)
        parent = body
    return model


def muscle_of(kind, name):
    muscle = getattr(osim, kind)()
    muscle.setName(name)
    muscle.set_max_isometric_force(FORCE_N)
    muscle.set_optimal_fiber_length(FIBER_M)
    muscle.set_tendon_slack_length(TENDON_M)
    muscle.set_pennation_angle_at_optimal(PENNATION)
    return muscle


def add_path(model, muscle, kind):
    """From the thigh to the shank, around or over the knee in the way that ``kind`` says."""
    thigh, shank = model.getBodySet().get("thigh_r"), model.getBodySet().get("shank_r")
    name = muscle.getName()
    muscle.addNewPathPoint(f"{name}-P1", thigh, osim.Vec3(0.06, -0.1, 0.01))
    path = osim.GeometryPath.safeDownCast(muscle.updPath())
    points = path.updPathPointSet()
    if kind == "conditional":
        point = osim.ConditionalPathPoint()
        point.setName(f"{name}-P2")
        point.updSocket("parent_frame").setConnecteePath("/bodyset/thigh_r")
        point.set_location(osim.Vec3(0.075, -0.3, 0.01))
        point.updSocket("coordinate").setConnecteePath(KNEE)
        point.set_range(0, -1.3)
        point.set_range(1, 1.3)
        points.cloneAndAppend(point)
    if kind == "moving":
        point = osim.MovingPathPoint()
        point.setName(f"{name}-P2")
        point.updSocket("parent_frame").setConnecteePath("/bodyset/shank_r")
        for i, axis in enumerate("xyz"):
            spline = osim.SimmSpline()
            for q in np.linspace(-1.3, 1.3, 7):
                spline.addPoint(float(q), (0.06 - 0.01 * q**2, 0.02 + 0.015 * q, 0.01)[i])
            getattr(point, f"set_{axis}_location")(spline)
            point.updSocket(f"{axis}_coordinate").setConnecteePath(KNEE)
        points.cloneAndAppend(point)
    muscle.addNewPathPoint(f"{name}-P3", shank, osim.Vec3(0.05, -0.12, 0.0))
    wraps = {
        "cylinder": osim.WrapCylinder,
        "sphere": osim.WrapSphere,
        "ellipsoid": osim.WrapEllipsoid,
        "torus": osim.WrapTorus,
    }
    if kind in wraps:
        wrap = wraps[kind]()
        wrap.setName(f"wrap_{kind}")
        wrap.set_translation(osim.Vec3(0.0, -0.4, 0.0))
        wrap.set_quadrant("x" if kind != "torus" else "all")
        if kind == "cylinder":
            wrap.set_radius(0.045)
            wrap.set_length(0.3)
        elif kind == "sphere":
            wrap.set_radius(0.045)
        elif kind == "ellipsoid":
            wrap.set_dimensions(osim.Vec3(0.045, 0.05, 0.2))
        else:
            wrap.set_translation(osim.Vec3(0.055, -0.3, 0.005))
            wrap.set_xyz_body_rotation(osim.Vec3(1.57, 0, 0))
            wrap.set_inner_radius(0.012)
            wrap.set_outer_radius(0.03)
        thigh.addWrapObject(wrap)
        path.addPathWrap(thigh.getWrapObject(f"wrap_{kind}"))


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """A model with a muscle of each kind, and what the import makes of it: tables, OpenSim model, plant."""
    model = leg()
    for k, kind in enumerate(PATHS):
        muscle = muscle_of(CLASSES[k % 3], f"{kind}_r")
        add_path(model, muscle, kind)
        model.addForce(muscle)
    model.finalizeConnections()
    path = tmp_path_factory.mktemp("leg") / "leg.osim"
    model.printToXML(str(path))
    source = load_source(path)
    found, muscles = read_joints(source), read_muscles(source, {})
    tables = replace(
        small.tables_of(source, found),
        muscles=muscles.muscles,
        path_points=muscles.path_points,
        path_wraps=muscles.path_wraps,
        wrap_cylinders=muscles.wrap_cylinders,
    )
    built = build_opensim_model(tables, geometry=ForeignGeometry(muscles.paths, muscles.wrap_objects))
    state = built.initSystem()
    lengths, _ = fit_paths(built, tables)
    return source, tables, built, state, lengths


def at_poses(pair, ask, shift=0.0):
    """``ask(muscle, state, knee)`` of the original and of the built model at poses of hip and knee, (pose, muscle)."""
    source, tables, built, state, _ = pair
    random = np.random.default_rng(5)
    poses = random.uniform(-1.1, 1.1, (24, 2))
    rows = []
    for model, current in ((source.model, source.state), (built, state)):
        values = []
        for hip, knee in poses:
            for name, value in (("hip_r", hip), ("knee_angle_r", knee + shift)):
                model.getCoordinateSet().get(name).setValue(current, float(value), False)
            model.realizePosition(current)
            knees = model.getCoordinateSet().get("knee_angle_r")
            values.append([ask(model.getMuscles().get(m.muscle), current, knees) for m in tables.muscles])
        rows.append(np.array(values))
    return poses, *rows


def test_lengths_and_moment_arms_are_those_of_the_original(pair):
    _, original, built = at_poses(pair, lambda m, s, _: m.getPath().getLength(s))
    np.testing.assert_allclose(built, original, atol=1e-9)
    _, original, built = at_poses(pair, lambda m, s, k: m.getPath().computeMomentArm(s, k))
    np.testing.assert_allclose(built, original, atol=1e-7)
    names = [m.muscle for m in pair[1].muscles]
    straight = original[:, names.index("straight_r")]
    for kind in ("cylinder", "sphere", "ellipsoid", "conditional", "moving"):
        assert np.max(np.abs(original[:, names.index(f"{kind}_r")] - straight)) > 1e-3, f"{kind} changes nothing"


def test_the_polynomials_follow_the_original(pair):
    tables, fits = pair[1], pair[4]
    poses, lengths, _ = at_poses(pair, lambda m, s, _: m.getPath().getLength(s))
    # Where points move, OpenSim's computeMomentArm leaves out what their motion does: lengths are the oracle.
    step = 1e-4
    forth, back = (at_poses(pair, lambda m, s, _: m.getPath().getLength(s), sign * step)[1] for sign in (1.0, -1.0))
    arms = (back - forth) / (2 * step)
    for i, row in enumerate(tables.muscles):
        fit = fits[row.muscle]
        x = np.column_stack([poses[:, ("hip_r", "knee_angle_r").index(c)] for c in fit.coordinates])
        off = evaluate(fit.fit, x)[:, 0] - lengths[:, i]
        # What the report of an import says about a path is true of poses that neither fit nor report have seen.
        assert np.sqrt(np.mean(off**2)) < 1.6 * fit.rms_error + 1e-4, row.muscle
        if row.muscle in ("cylinder_r", "ellipsoid_r", "sphere_r"):
            continue  # where a path leaves its wrap object, the moment arm steps
        # A moment arm is minus the slope of the length.
        slope = evaluate(fit.fit, x, fit.coordinates.index("knee_angle_r"))[:, 0]
        assert np.sqrt(np.mean((slope + arms[:, i]) ** 2)) < 2e-3, row.muscle


@pytest.mark.parametrize("kind", CLASSES)
def test_every_class_keeps_its_strength_and_its_passive_strain(kind, tmp_path):
    model = leg()
    muscle = muscle_of(kind, "m_r")
    add_path(model, muscle, "straight")
    model.addForce(muscle)
    model.finalizeConnections()
    model.printToXML(str(tmp_path / "one.osim"))
    source = load_source(tmp_path / "one.osim")
    (row,) = read_muscles(source, {}).muscles
    assert (row.max_isometric_force_n, row.optimal_fiber_length_m) == pytest.approx((FORCE_N, FIBER_M))
    assert (row.tendon_slack_length_m, row.pennation_angle_rad) == pytest.approx((TENDON_M, PENNATION))
    found = read_joints(source)
    muscles = read_muscles(source, {})
    tables = replace(small.tables_of(source, found), muscles=(row,), path_points=muscles.path_points)
    built = build_opensim_model(tables, geometry=ForeignGeometry(muscles.paths, muscles.wrap_objects))
    state = built.initSystem()
    ours = osim.DeGrooteFregly2016Muscle.safeDownCast(built.getMuscles().get("m_r"))
    # Passive fibres carry the maximum isometric force at the strain that the original's own curve names.
    strain = ours.get_passive_fiber_strain_at_one_norm_force()
    assert ours.calcPassiveForceMultiplier(1.0 + strain) == pytest.approx(1.0, abs=1e-9)
    assert ours.calcActiveForceLengthMultiplier(1.0) == pytest.approx(1.0, abs=0.02)
    assert ours.calcForceVelocityMultiplier(0.0) == pytest.approx(1.0, abs=0.02)
    theirs = source.model.getMuscles().get("m_r")
    if kind.startswith("Thelen"):
        assert strain == pytest.approx(osim.Thelen2003Muscle.safeDownCast(theirs).get_FmaxMuscleStrain())
    if kind.startswith("Millard"):
        curve = osim.Millard2012EquilibriumMuscle.safeDownCast(theirs).getFiberForceLengthCurve()
        assert curve.calcValue(1.0 + strain) == pytest.approx(1.0, abs=1e-6)
    # Full activation at the optimal length: along the tendon, the isometric force times the cosine of pennation.
    ours.setActivation(state, 1.0)
    knee = built.getCoordinateSet().get("knee_angle_r")
    want = TENDON_M + FIBER_M * np.cos(PENNATION)
    angles = np.linspace(-1.2, 1.2, 400)
    reached = []
    for angle in angles:
        knee.setValue(state, float(angle), False)
        built.realizePosition(state)
        reached.append(ours.getLength(state))
    at = float(np.interp(want, *zip(*sorted(zip(reached, angles, strict=True)), strict=True)))
    knee.setValue(state, at, False)
    built.realizeVelocity(state)
    assert ours.getLength(state) == pytest.approx(want, abs=1e-4)
    passive = ours.calcPassiveForceMultiplier(1.0)
    expected = FORCE_N * np.cos(PENNATION) * (1.0 + passive)
    built.realizeDynamics(state)
    assert ours.getActuation(state) == pytest.approx(expected, rel=0.02)
