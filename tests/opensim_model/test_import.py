"""A gait2392-like subject from its files to a reference gait, and what is wrong with files said in one sentence."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

osim = pytest.importorskip("opensim")

sys.path.insert(0, str(Path(__file__).parents[1]))
import gait2392_like  # noqa: E402

from gluteweak import gait_events, importing  # noqa: E402
from gluteweak.errors import InputError, SolveError  # noqa: E402
from gluteweak.loads.leg_loads import load_model  # noqa: E402
from gluteweak.motion_files import read_motion, write_motion  # noqa: E402
from gluteweak.opensim_model import trial_cycle, trial_forces, trial_motion  # noqa: E402
from gluteweak.opensim_model.import_direction import along_x, follow, whole_cycle  # noqa: E402
from gluteweak.opensim_model.import_file import load_source  # noqa: E402
from gluteweak.opensim_model.import_joints import read_joints  # noqa: E402
from gluteweak.opensim_model.import_model import convert  # noqa: E402
from gluteweak.opensim_model.trial_motion import MeasuredMotion  # noqa: E402
from gluteweak.plant import read_plant  # noqa: E402
from gluteweak.storage import read_file  # noqa: E402
from gluteweak.walker_tables import muscle_groups, read_tables  # noqa: E402

pytestmark = pytest.mark.opensim

ADULT = Path(__file__).parents[2] / "models/adult"
WEIGHT_N = 85.27 * 9.80665


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("laboratory")
    gait2392_like.build(folder / "scaled.osim")
    gait2392_like.write_trial(folder / "ik.mot", folder / "grf.mot", start_phase=0.3)
    return folder


@pytest.fixture(scope="module")
def converted(files):
    source = load_source(files / "scaled.osim")
    found = read_joints(source)
    rotations = {c.name: c.is_rotation for c in found.coordinates if not c.follows}
    motion = trial_motion.read_coordinates(files / "ik.mot", rotations, None)
    return source, motion, convert(source, read_tables(ADULT), "subject", motion.values, found)


@pytest.fixture(scope="module")
def imported(files, tmp_path_factory):
    """The walker's folder, made as a user makes it."""
    home = tmp_path_factory.mktemp("checkout")
    order = importing.Order(
        "subject",
        "convert",
        {
            "name": "subject",
            "sex": None,
            "donor_dir": str(ADULT),
            "model": str(files / "scaled.osim"),
            "motion": str(files / "ik.mot"),
            "ground_reactions": str(files / "grf.mot"),
            "external_loads": None,
            "start_s": None,
            "end_s": None,
            "motion_filter_hz": None,
            "force_filter_hz": 0.0,
        },
        accept=True,
        overwrite=False,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        importing.run(order)
        with pytest.raises(InputError, match="There is a walker models/subject already"):
            importing.run(order)
    return home / "models/subject"


def test_the_subject_walks(imported):
    report = json.loads((imported / "import_report.json").read_text())
    assert max(report["tracking_rms_deg"].values()) < 3.0
    assert report["certificate"]["force_pct_bw"] < 0.5
    assert report["certificate"]["moment_pct_bw_m"] < 0.5
    assert report["conversion"]["largest_body_shift_m"] < 1e-6
    assert report["conversion"]["largest_muscle_length_difference_m"] < 1e-6
    assert not report["patella"]
    assert "no patella" in (imported / "import_report.txt").read_text()
    assert (imported / "import_report.png").stat().st_size > 50_000
    assert {f.name for f in imported.iterdir()} >= {"model.osim", "plant.h5", "reference_gait.h5", "muscles.csv"}


def test_groups_are_those_of_the_other_family(imported):
    groups = muscle_groups(imported)
    assert groups["glmed"] == ("glut_med1", "glut_med2", "glut_med3")
    assert "tfl" in groups["superior_gluteal_nerve"]
    assert set(groups["vasti"]) == {"vas_int", "vas_lat", "vas_med"}


def test_traits_of_the_family_survive(imported):
    plant = read_plant(imported / "plant.h5")
    assert "subtalar_angle_r" not in plant.coordinate, "a locked coordinate moves"
    assert "patella_r" not in plant.body
    assert {"ercspn_r", "extobl_l"} <= set(plant.muscle)
    trunk = plant.path_length["ercspn_r"].polynomial_coordinate_index
    assert {plant.coordinate[i] for i in trunk} <= {"lumbar_bending", "lumbar_rotation", "lumbar_extension"}
    assert float(np.max(plant.path_length_rms_error_m)) < 1e-3
    for leg in load_model(plant).legs:
        assert leg.kneecap is None
        assert len(leg.quadriceps) == 4
        assert leg.knee_flexion_sign == -1.0, "this family counts extension positive"


def test_the_gait_is_the_one_that_was_given(imported):
    values, attributes = read_file(imported / "reference_gait.h5")
    theirs, adult = read_file(ADULT / "reference_gait.h5")
    assert float(attributes["duration_s"]) == pytest.approx(float(adult["duration_s"]), rel=0.01)
    assert float(attributes["distance_m"]) == pytest.approx(float(adult["distance_m"]), rel=0.02)
    peak = [np.asarray(v["ground_reaction_bw"]).reshape(-1, 2, 3)[:, :, 1].max() for v in (values, theirs)]
    assert peak[0] == pytest.approx(peak[1], abs=0.1)


def test_a_treadmill_in_another_direction_gives_the_same_walk(converted):
    _, motion, imported = converted
    tables = imported.tables
    straight, _, _ = along_x(tables, motion, None, follow(tables, motion))
    # The walker turned by a right angle and carried back by a belt.
    angle, belt = 0.5 * np.pi, 1.2
    values = dict(motion.values)
    x, z = values["pelvis_tx"] - belt * motion.time_s, values["pelvis_tz"]
    values["pelvis_tx"], values["pelvis_tz"] = (
        np.cos(angle) * x + np.sin(angle) * z,
        np.cos(angle) * z - np.sin(angle) * x,
    )
    order = ["pelvis_tilt", "pelvis_list", "pelvis_rotation"]
    pelvis = Rotation.from_euler("ZXY", np.column_stack([values[n] for n in order]))
    turned = (Rotation.from_euler("Y", angle) * pelvis).as_euler("ZXY")
    values |= {name: np.unwrap(turned[:, k]) for k, name in enumerate(order)}
    there = MeasuredMotion(motion.path, motion.time_s, values, ())
    back, _, notes = along_x(tables, there, None, follow(tables, there))
    assert any("treadmill" in note for note in notes)
    for name in order:
        np.testing.assert_allclose(back.values[name], straight.values[name], atol=np.radians(2.0))
    ours, theirs = (np.polyfit(m.time_s, m.values["pelvis_tx"], 1)[0] for m in (back, straight))
    assert ours == pytest.approx(theirs, rel=0.06)


def test_a_missing_stance_comes_from_another_stride(files):
    forces = trial_forces.read_forces(files / "grf.mot", None, [], WEIGHT_N, 0.0)
    _, notes = whole_cycle(forces, 0.0, 1.13, 1.42)
    assert not notes
    one_plate = dict(forces.force_n)
    stance = gait_events.stances(forces.time_s, forces.vertical_n["l"])
    kept = next(s for s in stance if s.whole)
    inside = (forces.time_s >= kept.start_s) & (forces.time_s <= kept.end_s)
    one_plate["l"] = np.where(inside[:, None], one_plate["l"], 0.0)
    start = kept.end_s + 0.05 - 1.13 if kept.start_s > 1.13 else kept.end_s - 0.1
    filled, notes = whole_cycle(replace(forces, force_n=one_plate), start, start + 1.13, 1.42)
    direct, _ = whole_cycle(forces, start, start + 1.13, 1.42)
    np.testing.assert_allclose(filled.force_n["l"], direct.force_n["l"], atol=30.0)


# What is wrong, in one sentence ---------------------------------------------------------------------------------------


def changed(files, tmp_path, change):
    text = change((files / "scaled.osim").read_text())
    path = tmp_path / "changed.osim"
    path.write_text(text)
    return path


def refused_model(path, files):
    source = load_source(path)
    found = read_joints(source)
    rotations = {c.name: c.is_rotation for c in found.coordinates if not c.follows}
    motion = trial_motion.read_coordinates(files / "ik.mot", rotations, None)
    convert(source, read_tables(ADULT), "subject", motion.values, found)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("Thelen2003Muscle", "PathSpring", "has no muscles"),
        ("<OpenSimDocument", "<!DOCTYPE a [<!ENTITY b 'c'>]><OpenSimDocument", "XML entities"),
        ("<BodySet", "<Hidden><expression>1/0</expression></Hidden><BodySet", "formulas in a model are not evaluated"),
        ("</OpenSimDocument>", "", "no well-formed XML"),
        ("OpenSimDocument", "SomethingElse", "no OpenSim model"),
        ("pelvis_tx", "pelvis_forward", "no floating pelvis"),
        ("torso", "trunk", "no body 'torso'"),
        ("hip_adduction_l", "hip_sideways_l", "no coordinate 'hip_adduction_l'"),
    ],
)
def test_a_model_that_will_not_do_is_refused(files, tmp_path, old, new, sentence):
    with pytest.raises(InputError, match=sentence):
        refused_model(changed(files, tmp_path, lambda text: text.replace(old, new)), files)


def test_a_closed_loop_is_refused(files, tmp_path):
    model = osim.Model(str(files / "scaled.osim"))
    weld = osim.PointConstraint(
        model.getBodySet().get("calcn_r"), osim.Vec3(0), model.getBodySet().get("calcn_l"), osim.Vec3(0)
    )
    weld.setName("hobble")
    model.addConstraint(weld)
    model.finalizeConnections()
    model.printToXML(str(tmp_path / "loop.osim"))
    with pytest.raises(InputError, match=r"constraint 'hobble' .* closes a kinematic loop"):
        read_joints(load_source(tmp_path / "loop.osim"))


def test_a_motion_of_another_model_is_refused(files, tmp_path):
    table = read_motion(files / "ik.mot")
    write_motion(tmp_path / "other.mot", ["q1", "q2"], table.time_s, table.values[:, :2])
    with pytest.raises(InputError, match="no column that is a coordinate of the model"):
        trial_motion.read_coordinates(tmp_path / "other.mot", {"hip_flexion_r": True}, None)


def test_gaps_and_wrong_units_are_refused(files, tmp_path):
    table = read_motion(files / "ik.mot")
    known = dict.fromkeys(table.labels, True)
    keep = (table.time_s < 0.5) | (table.time_s > 0.7)
    write_motion(tmp_path / "gap.mot", table.labels, table.time_s[keep], table.values[keep], {"inDegrees": "yes"})
    with pytest.raises(InputError, match="has a gap from"):
        trial_motion.read_coordinates(tmp_path / "gap.mot", known, None)
    write_motion(tmp_path / "unit.mot", table.labels, table.time_s, table.values, {"inDegrees": "no"})
    with pytest.raises(InputError, match="correct inDegrees in the header"):
        trial_motion.read_coordinates(tmp_path / "unit.mot", known, None)


def test_forces_on_the_ground_and_crossed_feet_are_refused(files, tmp_path, converted):
    _, motion, imported = converted
    table = read_motion(files / "grf.mot")
    write_motion(tmp_path / "down.mot", table.labels, table.time_s, -table.values)
    with pytest.raises(InputError, match="reverse their sign"):
        trial_forces.read_forces(tmp_path / "down.mot", None, [], WEIGHT_N, 0.0)
    write_motion(tmp_path / "crossed.mot", table.labels, table.time_s, np.roll(table.values, 3, axis=1))
    crossed = trial_forces.read_forces(tmp_path / "crossed.mot", None, [], WEIGHT_N, 0.0)
    height = follow(imported.tables, motion).height_m
    with pytest.raises(InputError, match="are swapped"):
        trial_forces.check_feet(crossed, motion.time_s, height)
    trial_forces.check_feet(trial_forces.read_forces(files / "grf.mot", None, [], WEIGHT_N, 0.0), motion.time_s, height)


def test_centres_of_pressure_in_mm_are_turned_into_m_and_said(files, tmp_path):
    table = read_motion(files / "grf.mot")
    point = np.tile([450.0, 0.0, 90.0], (len(table.time_s), 1))
    labels = [*table.labels, *(f"{stem}ground_force_p{a}" for stem in ("", "1_") for a in "xyz")]
    write_motion(tmp_path / "mm.mot", labels, table.time_s, np.hstack([table.values, point, point]))
    forces = trial_forces.read_forces(tmp_path / "mm.mot", None, [], WEIGHT_N, 0.0)
    assert any("in mm" in note for note in forces.notes)
    loaded = forces.force_n["r"][:, 1] > 100.0
    np.testing.assert_allclose(forces.center_m["r"][loaded], np.tile([0.45, 0.0, 0.09], (loaded.sum(), 1)), atol=1e-9)


def test_external_loads_on_an_unknown_body_are_refused(files, tmp_path):
    path = tmp_path / "loads.xml"
    path.write_text(
        "<OpenSimDocument><ExternalLoads><objects><ExternalForce name='right'><applied_to_body>foot_r</applied_to_body>"
        "<force_identifier>ground_force_v</force_identifier></ExternalForce></objects></ExternalLoads></OpenSimDocument>"
    )
    with pytest.raises(InputError, match="acts on body 'foot_r', which the model does not have"):
        trial_forces.read_forces(files / "grf.mot", path, ["calcn_r", "calcn_l"], WEIGHT_N, 0.0)


def test_external_loads_on_one_foot_alone_are_refused(files, tmp_path):
    path = tmp_path / "loads.xml"
    path.write_text(
        "<OpenSimDocument><ExternalLoads><objects><ExternalForce name='r'><applied_to_body>calcn_r</applied_to_body>"
        "<force_identifier>ground_force_v</force_identifier></ExternalForce></objects></ExternalLoads></OpenSimDocument>"
    )
    with pytest.raises(InputError, match="names no force on the left foot"):
        trial_forces.read_forces(files / "grf.mot", path, ["calcn_r", "calcn_l"], WEIGHT_N, 0.0)


def test_a_trial_without_a_cycle_is_refused(converted):
    _, motion, imported = converted
    track = follow(imported.tables, motion)
    ahead = {side: heel[:, 0] - track.pelvis_m[:, 0] for side, heel in track.heel_m.items()}
    with pytest.raises(InputError, match=r"No full gait cycle between 0\.2 and 0\.9 s"):
        trial_cycle.find_cycle(motion, None, ahead, ["hip_flexion_r"], 0.2, 0.9)


def test_nothing_is_written_for_bad_input(files, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    order = importing.Order("x", "convert", {"name": "x", "donor_dir": str(ADULT), "model": "no.osim"}, True, False)
    broken = dict.fromkeys(
        ("motion", "ground_reactions", "external_loads", "start_s", "end_s", "motion_filter_hz", "sex"), None
    )
    order = replace(order, arguments={**broken, **order.arguments, "motion": "no.mot", "force_filter_hz": 0.0})
    with pytest.raises((InputError, SolveError), match=r"No file no\.osim"):
        importing.run(order)
    assert list(tmp_path.iterdir()) == []


# What is decided, and said --------------------------------------------------------------------------------------------


def ahead_of(imported, motion):
    track = follow(imported.tables, motion)
    return {side: heel[:, 0] - track.pelvis_m[:, 0] for side, heel in track.heel_m.items()}


@pytest.fixture(scope="module")
def four_strides(files, converted):
    """The trial once more behind itself: motion, forces, heels ahead of the pelvis."""
    _, motion, imported = converted
    forces = trial_forces.read_forces(files / "grf.mot", None, [], WEIGHT_N, 0.0)
    step = float(motion.time_s[1])
    later = motion.time_s[-1] + step
    values = {n: np.tile(series, 2) for n, series in motion.values.items()}
    way = motion.values["pelvis_tx"]
    values["pelvis_tx"] = np.concatenate([way, way + way[-1] + (way[1] - way[0]) - way[0]])
    longer = MeasuredMotion(motion.path, np.concatenate([motion.time_s, motion.time_s + later]), values, ())
    twice = replace(
        forces,
        time_s=np.concatenate([forces.time_s, forces.time_s + later]),
        force_n={side: np.tile(force, (2, 1)) for side, force in forces.force_n.items()},
    )
    return longer, twice, ahead_of(imported, longer)


@pytest.mark.parametrize("side", ["r", "l"])
@pytest.mark.parametrize("by_force", [True, False], ids=["force", "motion"])
def test_a_cycle_may_begin_with_either_foot_and_says_how_it_was_found(four_strides, side, by_force):
    motion, forces, ahead = four_strides
    other = {"r": "l", "l": "r"}[side]
    # The other foot is kept from striking, so that the cycle has to begin with this one.
    ahead = {**ahead, other: np.linspace(0.0, 1.0, len(motion.time_s))}
    given = None
    if by_force:
        given = replace(forces, force_n={**forces.force_n, other: np.zeros_like(forces.force_n[other])})
    cycle = trial_cycle.find_cycle(motion, given, ahead, ["hip_flexion_r", "hip_flexion_l"], None, None)
    assert cycle.first_strike == side
    assert f"from one {'right' if side == 'r' else 'left'} foot strike to the next" in cycle.how
    assert f"foot strikes by {'the ground reactions' if by_force else 'the motion of the feet'}" in cycle.how
    assert cycle.stride_s == pytest.approx(1.13, abs=0.02)


def test_strikes_by_motion_and_by_force_agree(files, converted):
    _, motion, imported = converted
    forces = trial_forces.read_forces(files / "grf.mot", None, [], WEIGHT_N, 0.0)
    ahead = ahead_of(imported, motion)
    for side in "rl":
        by_force = gait_events.strikes_from_force(forces.time_s, forces.vertical_n[side])
        by_motion = gait_events.strikes_from_motion(motion.time_s, ahead[side])
        for strike in by_motion:
            assert min(abs(strike - other) for other in by_force) < 0.05 or not by_force[0] < strike < by_force[-1]


def test_radians_and_degrees_are_the_same_motion(files, tmp_path, converted):
    source, motion, _ = converted
    table = read_motion(files / "ik.mot")
    shifts = [label in ("pelvis_tx", "pelvis_ty", "pelvis_tz") for label in table.labels]
    write_motion(tmp_path / "rad.mot", table.labels, table.time_s, np.where(shifts, 1.0, np.pi / 180) * table.values)
    rotations = {c.name: c.is_rotation for c in read_joints(source).coordinates if not c.follows}
    radians = trial_motion.read_coordinates(tmp_path / "rad.mot", rotations, None)
    assert any("angles in radians by the header" in note for note in radians.notes)
    assert any("angles in degrees by the header" in note for note in motion.notes)
    for name, series in motion.values.items():
        np.testing.assert_allclose(radians.values[name], series, atol=1e-9)


def test_noise_is_filtered_and_the_filter_is_said(files, tmp_path, converted):
    source, motion, _ = converted
    table = read_motion(files / "ik.mot")
    noise = np.random.default_rng(3).normal(0.0, 0.5, table.values.shape) * (np.ptp(table.values, axis=0) > 5.0)
    write_motion(tmp_path / "noisy.mot", table.labels, table.time_s, table.values + noise, {"inDegrees": "yes"})
    rotations = {c.name: c.is_rotation for c in read_joints(source).coordinates if not c.follows}
    usual = trial_motion.read_coordinates(tmp_path / "noisy.mot", rotations, None)
    raw = trial_motion.read_coordinates(tmp_path / "noisy.mot", rotations, 0.0)
    own = trial_motion.read_coordinates(tmp_path / "noisy.mot", rotations, 10.0)
    assert any("4th order with zero lag, 6 Hz" in note for note in usual.notes)
    assert any("10 Hz" in note for note in own.notes)
    assert any("without a filter" in note for note in raw.notes)
    clean = motion.values["knee_angle_r"]
    off = [np.sqrt(np.mean((m.values["knee_angle_r"] - clean) ** 2)) for m in (usual, own, raw)]
    assert off[1] < off[2]
    assert np.degrees(off[2]) == pytest.approx(0.5, abs=0.2)


def test_overground_is_said(converted):
    _, motion, imported = converted
    _, _, notes = along_x(imported.tables, motion, None, follow(imported.tables, motion))
    assert notes[0].startswith("overground walk at 1.2")


def test_one_plate_with_the_wrong_sign_is_found(files, tmp_path):
    table = read_motion(files / "grf.mot")
    turned = table.values * np.array([1, 1, 1, -1, -1, -1])
    write_motion(tmp_path / "left_down.mot", table.labels, table.time_s, turned)
    with pytest.raises(InputError, match="vertical force of the left foot has the wrong sign"):
        trial_forces.read_forces(tmp_path / "left_down.mot", None, [], WEIGHT_N, 0.0)


def test_forces_of_another_time_are_refused(files, converted):
    _, motion, imported = converted
    forces = trial_forces.read_forces(files / "grf.mot", None, [], WEIGHT_N, 0.0)
    late = replace(forces, time_s=forces.time_s + 100.0)
    with pytest.raises(InputError, match="they are not of one trial"):
        trial_forces.check_feet(late, motion.time_s, follow(imported.tables, motion).height_m)


def test_gaps_in_the_forces_and_single_rows_are_refused(files, tmp_path):
    table = read_motion(files / "grf.mot")
    keep = (table.time_s < 0.4) | (table.time_s > 0.7)
    write_motion(tmp_path / "gap.mot", table.labels, table.time_s[keep], table.values[keep])
    with pytest.raises(InputError, match="has a gap from"):
        trial_forces.read_forces(tmp_path / "gap.mot", None, [], WEIGHT_N, 0.0)
    write_motion(tmp_path / "one.mot", table.labels, table.time_s[:1], table.values[:1])
    with pytest.raises(InputError, match="has 1 row of numbers"):
        trial_forces.read_forces(tmp_path / "one.mot", None, [], WEIGHT_N, 0.0)


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("model", "is no well-formed XML"),
        ("motion", "has a gap from"),
        ("forces", "left ground reactions are"),
    ],
)
def test_the_terminal_shows_one_sentence_and_nothing_is_written(files, tmp_path, what, sentence):
    model, motion, forces = (files / name for name in ("scaled.osim", "ik.mot", "grf.mot"))
    home = tmp_path / "home"
    home.mkdir()
    if what == "model":
        text = model.read_text()
        model = tmp_path / "cut.osim"
        model.write_text(text[: len(text) // 2])
    elif what == "motion":
        table = read_motion(motion)
        keep = (table.time_s < 0.5) | (table.time_s > 0.7)
        motion = tmp_path / "gap.mot"
        write_motion(motion, table.labels, table.time_s[keep], table.values[keep], {"inDegrees": "yes"})
    else:
        table = read_motion(forces)
        forces = tmp_path / "crossed.mot"
        write_motion(forces, table.labels, table.time_s, np.roll(table.values, 3, axis=1))
    words = ["import", "--name", "x", "--model", model, "--motion", motion, "--ground-reactions", forces]
    command = [sys.executable, "-m", "gluteweak.cli", *map(str, words)]
    done = subprocess.run(command, cwd=home, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    told = [line for line in done.stderr.splitlines() if not line.startswith("import: ")]
    assert len(told) == 1
    assert told[0].startswith("gluteweak: ")
    assert sentence in told[0]
    assert list(home.iterdir()) == []
