"""The check of results accepts what is valid, refuses what is not, and has no opinion on what pleases."""

import json
import shutil

import h5py
import numpy as np
import pytest
from study_files import DEFAULT

from gluteweak.checks import check_results
from gluteweak.errors import InputError, SolveError
from gluteweak.storage import write_file
from gluteweak.study import Study, load_study

STUDY = load_study(DEFAULT)
MUSCLES = np.array(["glmed1_r", "glmed2_r", "glmed3_r", "glmed1_l"], dtype=object)


class Results:
    """Files of a study as the workflow leaves them; a test spoils one thing."""

    def __init__(self, folder):
        self.scenarios_dir, self.sweep, self.out = folder / "scenarios", folder / "sweep.h5", folder / "checks.txt"
        self.objective = {s.scenario_id: 2.0 - s.strength_fraction for s in STUDY.scenarios()}
        for scenario in STUDY.scenarios():
            self.write(scenario)
        self.write_sweep()

    def write(self, scenario, *, certificate=(), attributes=(), **values):
        folder = self.scenarios_dir / scenario.scenario_id
        n = 4
        defaults = {
            "muscle": MUSCLES,
            "muscle_activation": np.full((n, len(MUSCLES)), 0.3),
            "muscle_strength_fraction": np.array([scenario.strength_fraction] * 3 + [1.0]),
            "quadrature_weight": np.tile([0.75, 0.25], n // 2) / (n // 2),
            "time_s": np.array([1 / 6, 0.5, 4 / 6, 1.0]),
            "coordinate": np.array(["pelvis_list", "knee_angle_r"], dtype=object),
            "coordinate_acceleration": np.full((n, 2), 3.0),
        }
        known = {
            "scenario_id": scenario.scenario_id,
            "converged": 1,
            "degree": 2,
            "objective": self.objective[scenario.scenario_id],
        }
        write_file(folder / "solution.h5", {**defaults, **values}, {**known, **dict(attributes)})
        verdict = {"certified": True, "largest_missing_force_pct_bw": 0.2, "largest_missing_moment_pct_bw_m": 0.1}
        (folder / "certificate.json").write_text(json.dumps({**verdict, **dict(certificate)}), encoding="utf-8")

    def write_sweep(self, ids=None, study=None):
        scenarios = STUDY.scenarios()
        columns = {
            "scenario_id": np.array(ids or [s.scenario_id for s in scenarios], dtype=object),
            "strength_fraction": np.array([s.strength_fraction for s in scenarios]),
            "solved": np.ones(len(scenarios), dtype=int),
            "certified": np.ones(len(scenarios), dtype=int),
        }
        with h5py.File(self.sweep, "w") as file:
            for name, value in columns.items():
                file[name] = value
            file.attrs["study"] = json.dumps(study or STUDY.model_dump(mode="json"))

    def check(self):
        check_results(STUDY, self.scenarios_dir, self.sweep, self.out)

    def refuse(self, words):
        with pytest.raises(SolveError, match=words):
            self.check()
        assert not self.out.exists()


@pytest.fixture
def results(tmp_path):
    return Results(tmp_path)


@pytest.fixture
def weakest():
    return STUDY.scenario("glmed_r-s000-re_optimised")


def test_valid_results_pass(results):
    results.check()
    assert results.out.read_text(encoding="utf-8").count(": valid; one arrival\n") == 10


@pytest.mark.parametrize(
    ("attributes", "words"),
    [({"converged": 0}, "did not converge"), ({"scenario_id": "other"}, "of scenario other")],
)
def test_solution_that_is_none(results, weakest, attributes, words):
    results.write(weakest, attributes=attributes)
    results.refuse(f"{weakest.scenario_id}: .*{words}")


@pytest.mark.parametrize("value", [-0.01, 1.01])
def test_activation_out_of_bounds(results, weakest, value):
    results.write(weakest, muscle_activation=np.full((4, 4), value))
    results.refuse("activations reach")


def test_nan_is_bad_input(results, weakest):
    results.write(weakest, muscle_activation=np.full((4, 4), np.nan))
    with pytest.raises(InputError, match="holds NaN"):
        results.check()


def test_wrong_muscle_weakened(results, weakest):
    results.write(weakest, muscle_strength_fraction=np.array([0.0, 0.0, 1.0, 0.0]))
    results.refuse("muscle strengths are not those of the study")


@pytest.mark.parametrize(
    "certificate",
    [
        {"certified": False},
        {"largest_missing_force_pct_bw": 0.51},
        {"largest_missing_moment_pct_bw_m": 0.51},
        {"largest_missing_force_pct_bw": None},
    ],
)
def test_certificate_that_is_none(results, weakest, certificate):
    results.write(weakest, certificate=certificate)
    results.refuse(weakest.scenario_id)


def test_sweep_of_other_scenarios(results):
    ids = [s.scenario_id for s in STUDY.scenarios()]
    results.write_sweep(ids=["another", *ids[1:]])
    results.refuse("does not hold the scenarios")
    # In any order, but each with its own strength.
    results.write_sweep(ids=ids[::-1])
    results.refuse("strengths in sweep.h5 are not those of the study")


def test_sweep_of_an_older_study(results):
    results.write_sweep(study={**STUDY.model_dump(mode="json"), "calibration": "none"})
    results.refuse("another version of the study")


def test_cost_that_rises_with_strength_is_a_bad_minimum(results):
    scenario = STUDY.scenario("glmed_r-s075-re_optimised")
    results.objective[scenario.scenario_id] = 3.0
    results.write(scenario)
    results.refuse("optimal cost rises with strength from 1.5 .* to 3 ")


def test_with_motor_habit_cost_says_nothing(results):
    scenario = STUDY.scenario("glmed_r-s075-pattern_kept")
    results.objective[scenario.scenario_id] = 3.0
    results.write(scenario)
    results.check()


def test_a_motion_that_jumps_inside_intervals_is_refused(results):
    weakest = STUDY.scenarios()[-1]
    # -10 and 30 at the points of each interval: mean zero, mean square 300, on a constant of 3.
    jumping = np.full((4, 2), 3.0)
    jumping[:, 0] += [-10.0, 30.0, -10.0, 30.0]
    results.write(weakest, coordinate_acceleration=jumping)
    results.refuse(
        f"{weakest.scenario_id}: the acceleration of pelvis_list jumps to and fro inside mesh intervals by 17.3 .*97%"
    )
    # As little as nobody would see, on the other hand, is let through.
    results.write(weakest, coordinate_acceleration=3.0 + (jumping - 3.0) / 10)
    results.check()


@pytest.mark.parametrize(("reached", "n_problems"), [(0.25, 0), (0.3, 1)])
def test_muscle_above_the_ceiling_of_its_timing_fault(tmp_path, reached, n_problems):
    data = {"name": "c", "model": "adult", "cases": [{"id": "late", "who": "glmed", "activation_ceiling": 0.25}]}
    study = Study.model_validate(data)
    activation = np.full((4, 4), 0.2)
    activation[:, 3] = 0.9  # the healthy side may
    activation[2, 1] = reached
    results = Results(tmp_path)
    results.objective["late"] = 1.0
    results.write(study.scenario("late"), muscle_activation=activation)
    with h5py.File(results.sweep, "w") as file:
        for name, value in {
            "scenario_id": ["late"],
            "strength_fraction": [1.0],
            "solved": [1],
            "certified": [1],
        }.items():
            file[name] = value
        file.attrs["study"] = study.model_dump_json()
    if n_problems:
        with pytest.raises(SolveError, match=r"late: glmed2_r reaches 0\.3, above its ceiling of 0\.25"):
            check_results(study, results.scenarios_dir, results.sweep, results.out)
    else:
        check_results(study, results.scenarios_dir, results.sweep, results.out)
        assert results.out.is_file()


def test_a_study_without_one_of_its_scenarios_is_not_valid_and_says_which(results):
    failed, *kept = [scenario.scenario_id for scenario in STUDY.scenarios()][::-1]
    shutil.rmtree(results.scenarios_dir / failed)
    with h5py.File(results.sweep, "r+") as file:
        for name in ("scenario_id", "strength_fraction", "solved", "certified"):
            values = file[name][()]
            del file[name]
            file[name] = values[:-1]
        file.attrs["failed"] = json.dumps({failed: "solve: no start converged"})
    results.refuse(
        f"1 checks of .* failed: 1 of {len(kept) + 1} scenarios failed, the others are kept: {failed} "
        r"\(solve: no start converged\)"
    )
