"""What-if motions of a small walker that sways on its feet: what is imposed is kept, the rest obeys mechanics."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.sparse as sp
from small_study import SETTINGS

from gluteweak.errors import InputError
from gluteweak.imposed_motion import CHANGES
from gluteweak.plant import read_plant, write_plant
from gluteweak.storage import read_file, write_file
from gluteweak.walking import commands, what_if
from gluteweak.walking.bump import window_on_grid
from gluteweak.walking.commands.opened import programme_on
from gluteweak.walking.healthy_gait import Reference
from gluteweak.walking.solution import read_start
from gluteweak.walking.transcription import Grid

pytestmark = pytest.mark.casadi

NONE = {"scenario_id": "what_if-none", "change": "none", "size": 0.0, "side": "both", "posture_habit": 1.0}


@pytest.fixture(scope="module")
def study(study, tmp_path_factory):
    """The small walker's study, with a folder of its own."""
    grid = study.programme.transcription.grid
    return SimpleNamespace(**{**vars(study), "folder": tmp_path_factory.mktemp("what_if"), "grid": grid})


def bend(study, size_rad):
    """The trunk bent forward by a bump."""
    series = size_rad * window_on_grid(study.grid, 0.4, 0.6, 0.4)
    return what_if.Imposed({"lumbar_extension": series}, np.zeros(2), 0.0)


def solve(study, imposed, posture_habit=1.0):
    return what_if.solve_what_if(
        study.programme, study.reference, imposed, posture_habit=posture_habit, tolerance=1e-8, max_iterations=300
    )


def constraint_violation(study, solution, parameters):
    """Largest violation of the problem's equations and limits, by the programme's own functions."""
    p = np.ascontiguousarray(parameters).ravel()
    value = np.array(study.programme.functions["jac_g"](solution.w, p)[0]).ravel()
    bounds = what_if.held_bounds(study.programme, study.reference, bend(study, 0.0))
    return max((bounds.constraint_lower - value).max(), (value - bounds.constraint_upper).max())


@pytest.mark.parametrize("size", [0.1, -0.2])
def test_imposed_coordinate_is_kept_exactly_and_everything_else_obeys(study, size):
    imposed = bend(study, size)
    solution, parameters = solve(study, imposed)
    tr = study.programme.transcription
    column = study.plant.free_coordinates.index("lumbar_extension")
    healthy = study.reference.values["coordinate_value"][:, study.plant.coordinate.index("lumbar_extension")]
    parts = tr.unpack(solution.w)
    np.testing.assert_allclose(parts["value"][:, column], healthy + imposed.offset["lumbar_extension"], atol=1e-8)
    np.testing.assert_allclose(parts["speed"][:, column], tr.grid.derivative @ parts["value"][:, column], atol=1e-7)
    assert constraint_violation(study, solution, parameters) < 1e-6
    # Something has to give: the walker balances by its legs.
    others = np.delete(parts["value"] - study.reference.values["coordinate_value"][:, tr.layout.free], column, axis=1)
    assert np.abs(others).max() > 1e-3


def test_nothing_imposed_is_the_healthy_gait(study):
    for posture_habit in (0.0, 1.0, 10.0):
        solution, _ = solve(study, bend(study, 0.0).scaled(0.0), posture_habit)
        parts = study.programme.transcription.unpack(solution.w)
        healthy = study.programme.transcription.unpack(study.reference.values["nlp_primal"])
        np.testing.assert_allclose(parts["value"], healthy["value"], atol=1e-5)
        np.testing.assert_allclose(parts["activation"], healthy["activation"], atol=1e-3)


@pytest.mark.parametrize("posture_habit", [0.0, 3.0])
def test_healthy_gait_is_stationary_where_nothing_is_imposed(study, posture_habit):
    """Posture habit and smoothness vanish at the healthy gait with their gradients."""
    nothing = what_if.Imposed({}, np.zeros(2), 0.0)
    parameters = what_if.what_if_parameters(study.programme, study.reference, nothing, posture_habit)
    p, start = parameters.ravel(), read_start(study.reference.values).as_start()
    gradient = np.array(study.programme.functions["grad_f"](start.w, p)[1]).ravel()
    jacobian = sp.csc_matrix(study.programme.functions["jac_g"](start.w, p)[1].sparse())
    left = gradient + jacobian.T @ start.constraint_multiplier + start.bound_multiplier
    assert np.abs(left).max() < 1e-6


def test_files_of_a_motion(study):
    out = study.folder / "none"
    inputs = study.files["plant.h5"], study.files["healthy.h5"], study.files["problem"]
    commands.what_if(*inputs, NONE, SETTINGS, out)
    values, attributes = read_file(out / "solution.h5")
    assert sorted(p.name for p in out.iterdir()) == ["ground_reaction.sto", "solution.h5", "solution.sto"]
    assert attributes["scenario_id"] == "what_if-none"
    assert json.loads(attributes["what_if"])["change"] == "none"
    assert not values["imposed_offset"].any()
    healthy = study.reference.values
    np.testing.assert_allclose(values["coordinate_value"], healthy["coordinate_value"], atol=1e-5)
    np.testing.assert_allclose(values["foot_lateral_m"], healthy["foot_lateral_m"], atol=1e-6)


def test_a_coordinate_that_the_model_lacks_is_named(study):
    motion = {**NONE, "change": "step_width", "size": 5.0}
    with pytest.raises(InputError, match="'step_width' holds the coordinate 'hip_adduction_r', which is not free"):
        what_if.imposed_change(study.programme, study.programme.point["report"], study.reference, motion)


@pytest.fixture(scope="module")
def adult_study(adult, adult_point):
    """The built-in adult with its committed gait."""
    values, attributes = read_file(adult.reference_gait)
    grid = Grid(int(attributes["intervals"]), int(attributes["degree"]), float(attributes["duration_s"]))
    programme = programme_on(adult.plant, grid, adult_point)
    reference = Reference(values, float(attributes["distance_m"]))
    return SimpleNamespace(programme=programme, report=adult_point["report"], reference=reference, plant=adult.plant)


def imposed(study, change, size, side):
    motion = {"change": change, "size": size, "side": side}
    return what_if.imposed_change(study.programme, study.report, study.reference, motion)


@pytest.mark.parametrize(
    ("change", "side", "expected"),
    [
        ("pelvic_drop", "right", {"pelvis_list": -4.0}),
        ("pelvic_drop", "left", {"pelvis_list": 4.0}),
        ("pelvic_drop_trunk_upright", "right", {"pelvis_list": -4.0, "lumbar_bending": 4.0}),
        ("trunk_lean", "left", {"pelvis_list": 0.0, "lumbar_bending": -4.0}),
        ("femoral_rotation", "left", {"hip_rotation_l": 4.0}),
    ],
)
def test_changes_of_the_adult_hold_what_they_say(adult_study, change, side, expected):
    found = imposed(adult_study, change, 4.0, side)
    assert set(found.offset) == set(expected)
    grid = adult_study.programme.transcription.grid
    force = np.asarray(adult_study.reference.values["ground_reaction_bw"])[:, :, 1]
    own, other = (0, 1) if side == "right" else (1, 0)
    alone = (force[:, own] > 0.1) & (force[:, other] < 0.001)
    # Where the foot stands alone, the change is there in full.
    inside = alone & np.roll(alone, 1) & np.roll(alone, -1)
    assert inside.sum() > 0.1 * grid.n_points
    for name, degrees in expected.items():
        np.testing.assert_allclose(np.degrees(found.offset[name][inside]), degrees, atol=0.01)
        assert np.abs(found.offset[name]).max() <= np.radians(abs(degrees)) * 1.01
        # In the other leg's mid-stance nothing of it is left.
        away = np.argmax(np.where(force[:, own] < 0.001, force[:, other], 0) * (force[:, other] < 0.8))
        assert abs(np.degrees(found.offset[name][away])) < 0.35 * abs(degrees) + 1e-9
    assert found.bump_rms_error < 0.01


@pytest.mark.parametrize("size", [5.0, -5.0])
def test_step_width_opens_both_hips_alike(adult_study, size):
    found = imposed(adult_study, "step_width", size, "both")
    right, left = found.offset["hip_adduction_r"], found.offset["hip_adduction_l"]
    np.testing.assert_array_equal(right, left)
    assert np.ptp(right) == 0.0
    # Hand calculation: two legs of about 0.9 m from hip to sole.
    assert -np.degrees(right[0]) == pytest.approx(np.degrees(np.arcsin(size / 2 / 90)), rel=0.06)
    np.testing.assert_allclose(found.foot_m, [size / 200, -size / 200])


def test_a_change_beyond_the_fitted_range_is_refused(adult_study):
    with pytest.raises(InputError, match=r"of 40 deg takes hip_rotation_r from .* choose a smaller size"):
        imposed(adult_study, "femoral_rotation", 40.0, "right")


def test_every_change_names_coordinates_of_the_adult(adult_study):
    known = adult_study.plant.free_coordinates
    for change in CHANGES.values():
        assert set(change.midline) <= set(known)
        assert all(f"{name}_{side}" in known for name in change.leg for side in "rl")


def test_moved_unknowns_fit_the_collocation_equations(adult_study):
    programme, found = adult_study.programme, imposed(adult_study, "trunk_lean", 8.0, "right")
    healthy = np.asarray(adult_study.reference.values["nlp_primal"])
    tr = programme.transcription
    defect = tr.speed_defect @ what_if.moved(programme, found, healthy) - tr.speed_defect @ healthy
    np.testing.assert_allclose(defect, 0.0, atol=1e-12)


def test_a_healthy_gait_of_another_model_is_refused(study):
    foreign = study.folder / "foreign.h5"
    plant = read_plant(study.files["plant.h5"])
    write_plant(foreign, replace(plant, body_mass_kg=plant.body_mass_kg * 1.01))
    with pytest.raises(InputError, match="another model"):
        commands.what_if(foreign, study.files["healthy.h5"], study.files["problem"], NONE, SETTINGS, study.folder / "x")
    broken = study.folder / "broken.h5"
    values, attributes = read_file(study.files["healthy.h5"])
    write_file(broken, {k: v for k, v in values.items() if k == "time_s"}, {**attributes, "plant_sha256": "0"})
    with pytest.raises(InputError, match="another model"):
        commands.what_if(study.files["plant.h5"], broken, study.files["problem"], NONE, SETTINGS, study.folder / "x")
    assert not (study.folder / "x").exists()
