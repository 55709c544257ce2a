"""Models of the first family as laboratories have them: OpenCap's names, free subtalar joints, locked or rigid toes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

osim = pytest.importorskip("opensim")

from gluteweak.gait_events import Cycle  # noqa: E402
from gluteweak.motion_files import write_motion  # noqa: E402
from gluteweak.opensim_model import trial_motion  # noqa: E402
from gluteweak.opensim_model.build import build_opensim_model  # noqa: E402
from gluteweak.opensim_model.import_contact import bottoms_m, place_spheres  # noqa: E402
from gluteweak.opensim_model.import_file import load_source  # noqa: E402
from gluteweak.opensim_model.import_joints import read_joints  # noqa: E402
from gluteweak.opensim_model.import_model import convert  # noqa: E402
from gluteweak.opensim_model.import_walker import _against_original  # noqa: E402
from gluteweak.opensim_model.kinematics import body_frames  # noqa: E402
from gluteweak.walker_tables import DEPENDENT, FREE, PRESCRIBED, SIDES, Coordinate, read_tables  # noqa: E402

pytestmark = pytest.mark.opensim

ADULT = Path(__file__).parents[2] / "models/adult"
#: A stretch of the gait that is enough to hold a model against the original.
SPAN_S = 1.0


def with_subtalar(tables):
    """The walker with subtalar joints that move: oblique axes as in the models, coordinates without a spread."""
    joints = tuple(replace(j, kind="pin") if j.joint.startswith("subtalar") else j for j in tables.joints)
    rows = tuple(
        Coordinate(f"subtalar_angle_{s}", f"subtalar_{s}", FREE, "", 0.0, -0.35, 0.35, -0.35, 0.35, 0.05, "assumed")
        for s in SIDES
    )
    return replace(tables, joints=joints, coordinates=(*tables.coordinates, *rows))


def opencap(folder):
    """A model as OpenCap writes it, and its motion: degrees, plain names, kneecaps and toes among the columns."""
    tables = with_subtalar(read_tables(ADULT))
    model = build_opensim_model(tables)
    coordinates = model.getCoordinateSet()
    for side in SIDES:
        coordinates.get(f"mtp_angle_{side}").setDefaultLocked(True)
    model.printToXML(str(folder / "opencap.osim"))
    with h5py.File(ADULT / "reference_gait.h5") as file:
        names = [n.decode() for n in file["coordinate"][()]]
        time, value = file["time_s"][()], file["coordinate_value"][()]
    even = np.arange(float(time[0]), SPAN_S, 0.01)
    columns = {n: np.interp(even, time, value[:, i]) for i, n in enumerate(names)}
    for side in SIDES:
        columns[f"subtalar_angle_{side}"] = 0.1 * np.sin(6.0 * even)
        columns[f"mtp_angle_{side}"] = np.zeros(len(even))
        columns[f"knee_angle_{side}_beta"] = columns[f"knee_angle_{side}"]
        columns[f"pro_sup_{side}"] = np.full(len(even), 0.5)
    shifts = ("pelvis_tx", "pelvis_ty", "pelvis_tz")
    degrees = [c if n in shifts else np.degrees(c) for n, c in columns.items()]
    write_motion(folder / "ik.mot", list(columns), even, np.column_stack(degrees), {"inDegrees": "yes"})
    return folder / "opencap.osim", folder / "ik.mot"


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    model, motion_file = opencap(tmp_path_factory.mktemp("opencap"))
    source = load_source(model)
    found = read_joints(source)
    is_rotation = {c.name: c.is_rotation for c in found.coordinates if not c.follows}
    motion = trial_motion.read_coordinates(motion_file, is_rotation, 0.0)
    return source, motion, convert(source, read_tables(ADULT), "opencap", motion.values, found)


def test_each_coordinate_finds_its_role(imported):
    _, _, made = imported
    roles = {c.coordinate: c.role for c in made.tables.coordinates}
    assert {n for n, role in roles.items() if role == FREE} >= {
        *(f"{n}_{s}" for s in SIDES for n in ("hip_flexion", "knee_angle", "ankle_angle", "subtalar_angle")),
        "lumbar_extension",
        "pelvis_tx",
    }
    assert roles["arm_flex_r"] == PRESCRIBED
    assert "mtp_angle_r" not in roles, "a locked toe joint moves"
    assert any("locked coordinates stay at their default: mtp_angle_r, mtp_angle_l" in note for note in made.notes)
    follower = next(c for c in made.tables.coordinates if c.role == DEPENDENT)
    assert (follower.coordinate, follower.follows) == ("knee_angle_r_beta", "knee_angle_r")
    assert len(made.tables.muscles) == 80


def test_what_was_not_taken_over_is_said(imported):
    _, motion, made = imported
    told = " ".join(made.notes)
    assert "SmoothSphereHalfSpaceForce of the model were left out" in told
    assert "ExpressionBasedCoordinateForce of the model were left out" in told
    assert "laid beside tfl_r, tfl_l" in told
    assert "80 DeGrooteFregly2016Muscle became DeGrooteFregly2016Muscle" in told
    assert any("angles in degrees by the header" in note for note in motion.notes)
    assert any("knee_angle_r_beta" in note and "left aside" in note for note in motion.notes)


def test_the_walker_is_the_model_along_its_motion(imported):
    source, motion, made = imported
    cycle = Cycle(0.0, SPAN_S - 0.02, SPAN_S, "", 0.0, "")
    built = build_opensim_model(made.tables, geometry=made.geometry)
    off = _against_original(source, built, made.tables, motion, cycle)
    assert off["largest_body_shift_m"] < 1e-9
    assert off["largest_muscle_length_difference_m"] < 1e-9
    assert off["mass_difference_kg"] < 1e-9


def test_a_rigid_foot_stands_on_the_same_spheres():
    donor = read_tables(ADULT)
    rigid = replace(
        donor,
        bodies=tuple(b for b in donor.bodies if not b.body.startswith("toes")),
        joints=tuple(j for j in donor.joints if not j.child_body.startswith("toes")),
        coordinates=tuple(c for c in donor.coordinates if not c.coordinate.startswith("mtp")),
        contact_spheres=(),
    )
    spheres, _ = place_spheres(rigid, donor, 1.0)
    assert {s.body for s in spheres} == {"calcn_r", "calcn_l"}
    standing = {"pelvis_ty": np.array([0.93])}
    ours = bottoms_m(replace(rigid, contact_spheres=spheres), body_frames(rigid, standing))
    theirs = bottoms_m(donor, body_frames(donor, standing))
    for side in SIDES:
        assert ours[side] == pytest.approx(theirs[side], abs=1e-9)
    assert len(spheres) == len(donor.contact_spheres)
