"""Posed bodies and muscle paths: numpy kinematics straight from the tables, and OpenSim's own lengths, as oracles."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

osim = pytest.importorskip("opensim")
import standing_leg as leg  # noqa: E402
from scipy.spatial.transform import Rotation  # noqa: E402

from gluteweak.errors import InputError  # noqa: E402
from gluteweak.opensim_model.build import build_opensim_model  # noqa: E402
from gluteweak.opensim_model.commands import poses as write_poses  # noqa: E402
from gluteweak.opensim_model.kinematics import body_frames  # noqa: E402
from gluteweak.opensim_model.poses import N_INSTANTS, at_instants, pose  # noqa: E402
from gluteweak.opensim_model.replay import Motion, Replay  # noqa: E402
from gluteweak.storage import read_file  # noqa: E402
from gluteweak.walker_tables import DEPENDENT, read_tables  # noqa: E402

pytestmark = pytest.mark.opensim

ADULT = Path(__file__).parents[2] / "models/adult"
FACTS = {"duration_s": 0.9, "body_mass_kg": 70.0, "gravity_m_s2": 9.80665, "strength_fraction": 1.0}


@pytest.fixture(scope="module")
def adult():
    """Tables, random postures, the poses, OpenSim's lengths of the muscles and whether they touch a cylinder."""
    tables = read_tables(ADULT)
    model = build_opensim_model(tables)
    coordinate = tuple(c.coordinate for c in tables.coordinates if c.role != DEPENDENT)
    muscle = tuple(m.muscle for m in tables.muscles)
    rng = np.random.default_rng(5)
    value = rng.uniform(-0.4, 0.4, (4, len(coordinate)))
    value[:, [coordinate.index(f"knee_angle_{side}") for side in "rl"]] = [
        [0.02, 0.3],
        [0.2, 1.1],
        [0.6, 0.0],
        [1.2, 0],
    ]
    none = np.zeros((4, 0))
    motion = Motion(coordinate, muscle, (), (), value, 0 * value, 0 * value, np.zeros((4, len(muscle))), none)
    replay = Replay(model, motion)
    posed = pose(replay)
    length, wraps = [], []
    for row in value:
        replay.set_values(row)
        model.realizePosition(replay.state)
        length.append([m.getLength(replay.state) for m in replay.muscles])
        wraps.append([wraps_now(m, replay.state) for m in replay.muscles])
    return tables, motion, posed, np.array(length), np.array(wraps)


def wraps_now(muscle, state):
    """Whether OpenSim's path touches a cylinder."""
    points = osim.GeometryPath.safeDownCast(muscle.getPath()).getCurrentPath(state)
    return any(points.get(i).getConcreteClassName() == "PathWrapPoint" for i in range(points.getSize()))


def in_ground(posed):
    """Path points in ground, (path_point, instant, 3)."""
    rotation, origin = posed.rotation[posed.point_body], posed.origin_m[posed.point_body]
    return origin + np.einsum("ptij,ptj->pti", rotation, posed.point_local_m)


def test_bodies_stand_where_the_tables_put_them(adult):
    tables, motion, posed, _, _ = adult
    values = dict(zip(motion.coordinate, motion.value.T, strict=True))
    frames = body_frames(tables, values)
    assert set(posed.body) == set(frames) - {"ground"}
    for i, body in enumerate(posed.body):
        # The kneecap follows splines; OpenSim and the tables evaluate the same ones.
        assert np.allclose(posed.rotation[i], frames[body].rotation, atol=1e-9)
        assert np.allclose(posed.origin_m[i], frames[body].origin_m, atol=1e-9)


def test_joint_centres_are_those_of_the_tables(adult):
    tables, _, posed, _, _ = adult
    for joint in tables.joints:
        i = posed.joint.index(joint.joint)
        assert posed.joint_bodies[i] == (joint.parent_body, joint.child_body)
        assert np.allclose(posed.joint_center_m[i], joint.child_translation_m, atol=1e-12)


def test_lines_through_the_points_are_as_long_as_opensims_paths(adult):
    _, motion, posed, length, wraps = adult
    at = in_ground(posed)
    line = np.array(
        [np.linalg.norm(np.diff(at[posed.point_muscle == m], axis=0), axis=2).sum(axis=0) for m in range(80)]
    )
    off = np.abs(line.T / length - 1.0)
    # Some muscles touch their cylinder in one posture and leave it in another: there the line is straight.
    assert (wraps.any(axis=0) & ~wraps.all(axis=0)).sum() >= 5
    assert off[~wraps].max() < 1e-9
    # Two chords stand for each arc. Where two cylinders share a path (gaslat), OpenSim's points in their bodies are
    # some millimetres beside those in ground whose distances it adds up.
    shared = np.array([name.startswith("gaslat") for name in motion.muscle])
    assert off[:, ~shared].max() < 0.012
    assert off[:, shared].max() < 0.02


def test_a_straight_muscle_runs_between_its_points(adult):
    tables, motion, posed, _, _ = adult
    points = [p.location_m for p in tables.path_points if p.muscle == "glmed1_l"]
    mine = posed.point_muscle == motion.muscle.index("glmed1_l")
    assert [posed.body[b] for b in posed.point_body[mine]] == ["pelvis", "femur_l"]
    assert np.allclose(posed.point_local_m[mine], np.array(points)[:, None], atol=1e-12)


def test_values_between_points_follow_values_and_speeds():
    time = np.array([0.05, 0.2, 0.3, 0.5, 0.65, 0.8, 1.0])
    angle = 2 * np.pi
    value = np.stack([np.sin(angle * time), 1.3 * time + 0.05 * np.cos(angle * time)], axis=1)
    speed = np.stack([angle * np.cos(angle * time), 1.3 - 0.05 * angle * np.sin(angle * time)], axis=1)
    empty = np.zeros((len(time), 0))
    motion = Motion(("knee_angle_r", "pelvis_tx"), (), (), (), value, speed, 0 * value, empty, empty)
    instants = np.linspace(0.0, 1.0, 101)
    at = at_instants(motion, time, instants, 1.3)
    # Error of cubic Hermite curves: h^4/384 times the fourth derivative.
    assert np.abs(at.value[:, 0] - np.sin(angle * instants)).max() < 0.2**4 / 384 * angle**4
    assert np.abs(at.value[:, 1] - 1.3 * instants - 0.05 * np.cos(angle * instants)).max() < 1e-3
    assert at.value[-1, 1] - at.value[0, 1] == pytest.approx(1.3)


def test_file_of_a_standing_leg(tmp_path):
    _, values = leg.write_case(tmp_path, attributes=FACTS)
    write_poses(tmp_path / "model.osim", tmp_path / "solution.h5", tmp_path / "poses.h5")
    stored, attributes = read_file(tmp_path / "poses.h5")
    assert attributes["scenario_id"] == "standing"
    assert stored["instant_s"] == pytest.approx(np.linspace(0.0, 0.9, N_INSTANTS))
    pelvis = list(stored["body"]).index("pelvis")
    tilt = values["coordinate_value"][0, 0]
    turned = Rotation.from_quat(np.roll(stored["body_quaternion"][pelvis, 40], -1))
    assert turned.as_rotvec() == pytest.approx([0.0, 0.0, tilt], abs=2e-4)
    total = values["contact_force_n"][0].sum(axis=0)
    assert stored["ground_reaction_n"][0, 17] == pytest.approx(total, abs=0.05)
    assert not stored["ground_reaction_n"][1].any()
    assert stored["muscle_tendon_force_n"][50] == pytest.approx(values["muscle_tendon_force_n"][0], abs=0.05)


def test_a_solution_without_duration_is_refused(tmp_path):
    leg.write_case(tmp_path)
    with pytest.raises(InputError, match="no attribute 'duration_s': run the simulation again"):
        write_poses(tmp_path / "model.osim", tmp_path / "solution.h5", tmp_path / "poses.h5")
    assert not (tmp_path / "poses.h5").exists()
