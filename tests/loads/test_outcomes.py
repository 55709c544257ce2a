"""Outcomes of synthetic motions against hand calculation, mirror symmetry and the registry."""

import json

import h5py
import numpy as np
import pytest
import reference_dynamics as reference
import synthetic_walker as walker
from hypothesis import given, settings
from hypothesis import strategies as st

from gluteweak.errors import InputError
from gluteweak.loads import commands
from gluteweak.loads.monte_carlo import bands
from gluteweak.loads.outcomes import compute_outcomes, stance_peak
from gluteweak.loads.solution import check_solution, read_solution
from gluteweak.plant import write_plant
from gluteweak.storage import read_file
from gluteweak.variables import DESCRIPTORS, OUTCOMES

PLANT = walker.two_legged_plant()
WEIGHT = PLANT.mass_kg * walker.GRAVITY


def held(**coordinates):
    """Outcomes with the walker frozen in a pose, while the ground reactions go on."""
    solution = walker.periodic_solution(PLANT)
    value = np.zeros_like(solution.coordinate_value)
    for name, angle_deg in coordinates.items():
        value[:, PLANT.coordinate.index(name)] = np.radians(angle_deg)
    return compute_outcomes(PLANT, walker.still(solution, value))


def both(outcomes, name):
    """First sample of both sides."""
    return outcomes[name][:, 0]


@pytest.mark.parametrize(
    ("pose", "name", "right_left"),
    [
        ({"pelvis_list": 6.0}, "pelvic_drop_deg", (-6.0, 6.0)),  # the right side is lower: the left leg sees a drop
        ({"pelvis_list": 6.0}, "trunk_lean_deg", (6.0, -6.0)),
        ({"lumbar_bending": 8.0}, "trunk_lean_deg", (8.0, -8.0)),
        ({"pelvis_list": 6.0, "lumbar_bending": -6.0}, "trunk_lean_deg", (0.0, 0.0)),
        ({"pelvis_tilt": 90.0, "lumbar_extension": -90.0}, "trunk_lean_deg", (0.0, 0.0)),
        ({"hip_adduction_r": 5.0, "hip_adduction_l": -3.0}, "hip_adduction_deg", (5.0, -3.0)),
        ({"hip_rotation_r": 7.0, "hip_rotation_l": 4.0}, "hip_internal_rotation_deg", (7.0, 4.0)),
        ({"knee_angle_r": 40.0, "knee_angle_l": 20.0}, "knee_flexion_deg", (40.0, 20.0)),
    ],
)
def test_angles_of_a_held_pose(pose, name, right_left):
    np.testing.assert_allclose(both(held(**pose), name), right_left, atol=1e-9)


@pytest.mark.parametrize("side", ["r", "l"])
def test_femoral_adduction_adds_pelvis_and_hip_in_the_frontal_plane(side):
    # Oracle: with all else at zero, list and hip adduction turn about the same axis, so their effects add up.
    row = "rl".index(side)
    at_rest = both(held(), "femoral_adduction_deg")[row]
    sign = (1.0, -1.0)[row]
    moved = both(held(**{f"hip_adduction_{side}": 5.0, "pelvis_list": sign * 3.0}), "femoral_adduction_deg")[row]
    assert moved - at_rest == pytest.approx(8.0)
    # The thigh of the synthetic walker leaves the hip at -2 mm over 400 mm: knee nearer the midline.
    assert at_rest == pytest.approx(np.degrees(np.arctan(0.002 / 0.4)))


def test_hip_abduction_moment_of_a_still_leg_by_hand():
    # Oracle: moments about the hip's fore-aft axis of the leg as free body: ground force and own weight times levers.
    solution = walker.periodic_solution(PLANT)
    force = solution.contact_force_n * np.array([0.0, 1.0, 0.0])
    point = np.zeros_like(force)
    z = np.array([0.02, 0.02, -0.03, -0.03])
    point[:, :, 2] = z
    result = compute_outcomes(PLANT, walker.still(solution, contact_force_n=force, contact_point_m=point))
    for row, (suffix, sign, foot_z) in enumerate((("r", 1.0, 0.02), ("l", -1.0, -0.03))):
        adducting = sign * (sign * 0.08 - foot_z) * result["vertical_ground_reaction_bw"][row] * WEIGHT
        for body in ("femur", "tibia", "patella", "talus"):
            outward = sign * _mass_center(f"{body}_{suffix}")[2] - 0.08
            adducting = adducting + outward * PLANT.body_mass_kg[PLANT.body.index(f"{body}_{suffix}")] * walker.GRAVITY
        np.testing.assert_allclose(result["hip_abduction_moment_nm_kg"][row], adducting / PLANT.mass_kg, atol=1e-9)


def _mass_center(body):
    frames, _ = reference.frames(PLANT, np.zeros((len(PLANT.coordinate), 3)))
    rotation, origin = frames[body]
    return origin[0] + rotation[0] @ PLANT.body_mass_center_m[PLANT.body.index(body)]


def test_everything_registered_is_computed():
    result = compute_outcomes(PLANT, walker.periodic_solution(PLANT))
    result |= bands(result, gravity_m_s2=walker.GRAVITY)
    said_by_the_files = {"strength_fraction", "solved", "certified", *DESCRIPTORS}
    assert set(OUTCOMES) - said_by_the_files <= set(result)
    for name, value in result.items():
        if name in OUTCOMES:
            assert np.ndim(value) == len(OUTCOMES[name].dims), name


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_mirrored_walker_has_mirrored_outcomes(seed):
    solution = walker.periodic_solution(PLANT, seed=seed)
    one = compute_outcomes(PLANT, solution)
    other = compute_outcomes(PLANT, walker.mirrored(PLANT, solution))
    swap_muscles = [3, 4, 5, 0, 1, 2]
    for name, value in one.items():
        if name in ("side", "gait_cycle_pct", "muscle"):
            continue
        if np.ndim(value) == 0:
            assert other[name] == pytest.approx(value, rel=1e-12), name
            continue
        rows = swap_muscles if len(value) == len(swap_muscles) else [1, 0]
        np.testing.assert_allclose(other[name][rows], value, rtol=1e-8, atol=1e-8, err_msg=name)


@settings(deadline=None, max_examples=10)
@given(scale=st.floats(0.1, 5.0))
def test_patellofemoral_force_of_a_massless_patella_is_linear_in_muscle_force(scale):
    mass = PLANT.body_mass_kg.copy()
    mass[[PLANT.body.index(f"patella_{s}") for s in "rl"]] = 0.0
    plant = type(PLANT)(**{**PLANT.__dict__, "body_mass_kg": mass})
    solution = walker.periodic_solution(plant)
    more = type(solution)(**{**solution.__dict__, "muscle_tendon_force_n": scale * solution.muscle_tendon_force_n})
    name = "patellofemoral_contact_force_bw"
    once, scaled = compute_outcomes(plant, solution)[name], compute_outcomes(plant, more)[name]
    np.testing.assert_allclose(scaled, scale * once, rtol=1e-9, atol=1e-12)
    assert once.max() > 0.1


def test_muscles_follow_the_cycle_of_their_own_side():
    solution = walker.periodic_solution(PLANT)
    result = compute_outcomes(PLANT, solution)
    for m, name in enumerate(PLANT.muscle):
        strike = result["foot_strike_s"][("r", "l").index(name[-1])]
        times = np.mod(strike + solution.duration_s * np.linspace(0, 1, 101), solution.duration_s)
        wrapped = np.concatenate([[solution.muscle_tendon_force_n[-1, m]], solution.muscle_tendon_force_n[:, m]])
        expected = np.interp(times, np.concatenate([[0.0], solution.time_s]), wrapped)
        np.testing.assert_allclose(result["muscle_force_n"][m], expected, atol=2.0)


def test_stance_peak_looks_at_stance_only():
    curves = np.zeros((2, 101))
    curves[:, 30], curves[:, 80] = 1.0, 5.0
    np.testing.assert_array_equal(stance_peak(curves, np.array([60.0, 85.0])), [1.0, 5.0])


def test_sex_of_the_model_picks_the_contact_area():
    solution = walker.periodic_solution(PLANT)
    woman = type(PLANT)(**{**PLANT.__dict__, "attributes": {**PLANT.attributes, "sex": "female"}})
    his, hers = (compute_outcomes(p, solution)["patellofemoral_stress_mpa"] for p in (PLANT, woman))
    assert (hers >= his).all()
    assert (hers > his).any()


# Files --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path):
    paths = {name: tmp_path / name for name in ("plant.h5", "solution.h5", "certificate.json", "outcomes.h5")}
    write_plant(paths["plant.h5"], PLANT)
    walker.write_solution(paths["solution.h5"], PLANT, walker.periodic_solution(PLANT), paths["plant.h5"])
    paths["certificate.json"].write_text(json.dumps({"certified": True, "largest_missing_force_pct_bw": 0.1}))
    return paths


def run(files):
    commands.outcomes(*(files[n] for n in ("plant.h5", "solution.h5", "certificate.json", "outcomes.h5")))


def test_outcomes_file(files):
    run(files)
    values, attributes = read_file(files["outcomes.h5"])
    expected = compute_outcomes(PLANT, walker.periodic_solution(PLANT))
    for name, value in expected.items():
        np.testing.assert_array_equal(values[name], value)
    assert values["certified"] == values["solved"] == values["strength_fraction"] == 1
    assert attributes["scenario_id"] == "glmed_r-s100-posture_kept"
    assert attributes["model_sha256"] == "m"
    with h5py.File(files["outcomes.h5"]) as file:
        assert file["pelvic_drop_deg"].attrs["unit"] == "deg"
        assert file["muscle_activation"].attrs["dims"] == "muscle gait_cycle_pct"


def _rewrite(path, change):
    with h5py.File(path, "r+") as file:
        change(file)


def _nan(file):
    file["coordinate_value"][3, 2] = np.nan


def _infinite(file):
    file["contact_force_n"][3, 1, 1] = np.inf


def _short(file):
    data = file["coordinate_speed"][:-1]
    del file["coordinate_speed"]
    file["coordinate_speed"] = data


def _missing(file):
    del file["contact_point_m"]


def _renamed(file):
    file["muscle"][0] = "glmed9_r"


def _backward(file):
    file.attrs["distance_m"] = -1.0


def _unsorted(file):
    file["time_s"][0] = 0.9


def _unconverged(file):
    file.attrs["converged"] = 0


def _no_duration(file):
    del file.attrs["duration_s"]


def _other_plant(file):
    file.attrs["plant_sha256"] = "0"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_nan, "NaN"),
        (_infinite, "not finite"),
        (_short, "coordinate_speed has shape"),
        (_missing, "no dataset 'contact_point_m'"),
        (_renamed, "muscle names"),
        (_backward, "forward walking"),
        (_unsorted, "time_s must rise"),
        (_unconverged, "did not converge"),
        (_no_duration, "no attribute 'duration_s'"),
        (_other_plant, "another model"),
    ],
)
def test_bad_solutions_are_refused_and_nothing_is_written(files, change, message):
    _rewrite(files["solution.h5"], change)
    with pytest.raises(InputError, match=message):
        run(files)
    assert not files["outcomes.h5"].exists()


@pytest.mark.parametrize("name", ["plant.h5", "solution.h5"])
def test_truncated_and_missing_files_are_refused(files, name):
    data = files[name].read_bytes()
    files[name].write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError, match="not a whole HDF5 file"):
        run(files)
    files[name].unlink()
    with pytest.raises(InputError, match="No file"):
        run(files)
    assert not files["outcomes.h5"].exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "not JSON"), ("[]", "does not say"), ('{"certified": "yes"}', "does not say"), (None, "No file")],
)
def test_bad_certificates_are_refused(files, text, message):
    if text is None:
        files["certificate.json"].unlink()
    else:
        files["certificate.json"].write_text(text)
    with pytest.raises(InputError, match=message):
        run(files)


@pytest.mark.parametrize("missing", ["talus_r", "torso"])
def test_a_model_without_a_needed_body_is_refused(missing):
    renamed = tuple("other" if b == missing else b for b in PLANT.body)
    children = tuple("other" if b == missing else b for b in PLANT.joint_child_body)
    plant = type(PLANT)(**{**PLANT.__dict__, "body": renamed, "joint_child_body": children})
    with pytest.raises(InputError, match=f"no body '{missing}'"):
        compute_outcomes(plant, walker.periodic_solution(plant))


def test_a_muscle_without_side_is_refused():
    plant = type(PLANT)(**{**PLANT.__dict__, "muscle": ("diaphragm", *PLANT.muscle[1:])})
    with pytest.raises(InputError, match="'diaphragm' belongs to no side"):
        compute_outcomes(plant, walker.periodic_solution(plant))


def test_reading_gives_back_what_was_written(files):
    solution = read_solution(files["solution.h5"], PLANT)
    check_solution(solution, PLANT, "here")
    np.testing.assert_array_equal(solution.coordinate_value, walker.periodic_solution(PLANT).coordinate_value)
