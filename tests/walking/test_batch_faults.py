"""The real solver in a batch that is killed, damaged or cannot converge. Oracle: what it leaves undisturbed."""

import json
import platform
import shutil
import sys
import threading
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from small_study import SETTINGS, wish

from gluteweak.batch import driver, record
from gluteweak.batch.job import Job
from gluteweak.storage import read_file

pytestmark = pytest.mark.casadi

TESTS = Path(__file__).parents[1]
KILLED = (sys.executable, str(TESTS / "killed_worker.py"))
WEAK = [{**wish({"glut_r": fraction}), "scenario_id": f"s{100 * fraction:03.0f}"} for fraction in (0.9, 0.6)]
#: Say when and how fast, not what.
TIMES = {"cpu_s", "wall_s", "started_utc", "host_class"}


def job_in(folder, study, **settings):
    return Job(
        plant=study.files["plant.h5"],
        scenarios_dir=folder / "scenarios",
        logs_dir=folder / "logs",
        healthy=study.files["healthy.h5"],
        problem=study.files["problem"],
        settings={**SETTINGS, **settings},
    )


def solve(job, scenarios=WEAK, **options):
    said = []
    return driver.run(job, scenarios, (record.SOLVE,), said.append, **options), said


@pytest.fixture(scope="module")
def undisturbed(study, tmp_path_factory):
    job = job_in(tmp_path_factory.mktemp("undisturbed"), study)
    result, _ = solve(job)
    assert not result.failed
    return job


def assert_same(job, other, scenarios=WEAK):
    for scenario in scenarios:
        folders = [each.folder(scenario["scenario_id"]) for each in (job, other)]
        (ours, ours_said), (theirs, theirs_said) = (read_file(folder / "solution.h5") for folder in folders)
        assert set(ours) == set(theirs)
        for name, values in ours.items():
            np.testing.assert_array_equal(values, theirs[name], err_msg=name)
        assert {k: v for k, v in ours_said.items() if k not in TIMES} == {
            k: v for k, v in theirs_said.items() if k not in TIMES
        }
        for name in ("solution.sto", "ground_reaction.sto"):
            assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes()


def test_killed_in_mid_solve_the_next_run_leaves_the_same_files(study, undisturbed, tmp_path, monkeypatch):
    asked = tmp_path / "die"
    monkeypatch.setenv("GLUTEWEAK_TEST_KILL", str(asked))
    job = job_in(tmp_path, study)
    solve(job, WEAK[:1], worker=KILLED)
    asked.touch()
    result, said = solve(job, worker=KILLED)
    assert not asked.exists()
    assert result.failed["s060"].startswith("solve: its process was killed by SIGKILL")
    assert [line for line in said if "FAILED" in line]
    assert {path.name for path in job.folder("s060").iterdir()} == {".lock"}
    again, _ = solve(job, worker=KILLED)
    assert (again.done, again.kept) == (1, 1)
    assert_same(job, undisturbed)


def test_a_flipped_bit_in_a_solution_is_found_named_and_solved_again(study, undisturbed, tmp_path):
    job = job_in(tmp_path, study)
    shutil.copytree(undisturbed.scenarios_dir, job.scenarios_dir)
    path = job.folder("s060") / "solution.h5"
    data = bytearray(path.read_bytes())
    data[2 * len(data) // 3] ^= 4
    path.write_bytes(data)
    result, said = solve(job)
    assert (result.done, result.kept) == (1, 1)
    assert said[0].startswith("s060: solution.h5 is damaged (its SHA-256 is ")
    assert_same(job, undisturbed)


def test_a_neighbour_with_a_damaged_solution_is_never_started_from(study, undisturbed, tmp_path):
    job = job_in(tmp_path, study)
    shutil.copytree(undisturbed.scenarios_dir, job.scenarios_dir)
    shutil.rmtree(job.folder("s060"))
    path = job.folder("s090") / "solution.h5"
    path.write_bytes(path.read_bytes()[:-1000])
    result, said = solve(job)
    assert result.done == 2
    assert said[0].startswith("s090: solution.h5 is damaged")
    assert_same(job, undisturbed)


def test_a_solver_that_never_converges_fails_by_name_and_leaves_nothing(study, tmp_path):
    job = job_in(tmp_path, study, max_iterations=1)
    result, said = solve(job, WEAK[1:])
    assert set(result.failed) == {"s060"}
    assert "Scenario 's060' was not solved: " in result.failed["s060"]
    assert len(said) == 1
    assert {path.name for path in job.folder("s060").iterdir()} <= {".lock", record.FILE_NAME}


def test_one_core_or_two_the_same_motions_come_out(study, undisturbed, tmp_path):
    """Which job runs when decides nothing: neighbours are looked for within a batch, in the order of the plan."""
    job = job_in(tmp_path, study)
    lists = [WEAK, [{**wish({"glut_r": f}), "scenario_id": f"t{100 * f:03.0f}"} for f in (0.8, 0.5)]]
    alone = job_in(tmp_path / "alone", study)
    solve(alone, lists[1])
    found = {}
    threads = [threading.Thread(target=lambda k=k: found.update({k: solve(job, lists[k])[0]})) for k in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[k].done for k in (0, 1)] == [2, 2]
    assert_same(job, undisturbed)
    assert_same(job, alone, lists[1])


def test_a_solution_says_how_where_and_when_it_was_made(undisturbed):
    _, said = read_file(undisturbed.folder("s060") / "solution.h5", ())
    assert json.loads(said["solver_settings"]) == SETTINGS
    assert platform.node() not in said["host_class"]
    assert "cores" in said["host_class"]
    assert datetime.fromisoformat(said["started_utc"]).utcoffset().total_seconds() == 0
    assert float(said["cpu_s"]) > 0
    for name in ("versions", "plant_sha256", "source_fingerprint", "reference_sha256"):
        assert said[name]
