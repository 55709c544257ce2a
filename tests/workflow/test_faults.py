"""Real runs that are killed, or have a scenario that crashes, and are run again. Oracle: the run without trouble."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
from workflow_run import clean_environment, planned, snakemake

from gluteweak.storage import read_file

pytestmark = pytest.mark.workflow

FAULTY = os.pathsep.join([str(Path(__file__).parents[1] / "faulty_python"), os.environ.get("PYTHONPATH", "")])
HEALTHY, WEAK = "glmed_r-s100-re_optimised", "glmed_r-s050-re_optimised"
QUIET = ("--keep-going", "--rerun-incomplete", "--quiet", "host", "progress", "reason", "rules")
CHECKS = (*QUIET, "--", "results/quick/checks.txt")
#: Say when and how fast, not what.
TIMES = {"outcomes_sha256", "solve_cpu_s", "solve_started_utc"}


@pytest.fixture
def unsolved(finished, tmp_path):
    """The finished study, one scenario of which has still to be solved."""
    folder = tmp_path / "study"
    shutil.copytree(finished[0], folder, symlinks=True)
    results = folder / "results" / "quick"
    for part in ("batches", "outcomes", f"scenarios/{WEAK}"):
        shutil.rmtree(results / part)
    for part in ("settled.json", "sweep.h5", "checks.txt"):
        (results / part).unlink()
    return folder


def gluteweak(folder, *arguments, expect=0):
    command = [sys.executable, "-m", "gluteweak.cli", *arguments]
    done = subprocess.run(command, cwd=folder, env=clean_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == expect, done.stderr
    return done.stdout + done.stderr


def assert_same_sweep(folder, finished):
    (ours, said), (theirs, said_there) = (
        read_file(each / "results" / "quick" / "sweep.h5") for each in (folder, finished[0])
    )
    assert set(ours) == set(theirs)
    for name in set(ours) - TIMES:
        np.testing.assert_array_equal(ours[name], theirs[name], err_msg=name)
    assert {k: v for k, v in said.items() if k != "labels_sha256"} == {
        k: v for k, v in said_there.items() if k != "labels_sha256"
    }


def test_a_scenario_that_crashes_is_named_everywhere_and_cured_by_running_again(unsolved, finished):
    sweep = unsolved / "results" / "quick" / "sweep.h5"
    crash = {"PYTHONPATH": FAULTY, "GLUTEWEAK_TEST_CRASH": WEAK}
    said = snakemake(unsolved, *CHECKS, expect=1, environment=crash)
    why = f"{WEAK} (solve: its process was killed by SIGKILL; out of memory?; see "
    assert f"{WEAK}: FAILED, solve: its process was killed by SIGKILL" in said
    assert f"1 of 2 scenarios failed, the others are kept: {why}" in said
    assert "Traceback" not in said
    assert not (unsolved / "results" / "quick" / "checks.txt").exists()
    with h5py.File(sweep) as file:
        assert file["scenario_id"].asstr()[()].tolist() == [HEALTHY]
        assert set(json.loads(file.attrs["failed"])) == {WEAK}
    table = gluteweak(unsolved, "table", "--study", "config/quick.yaml")
    assert "INCOMPLETE: 1 of 2 scenarios failed and are not in this table:" in table
    assert f"  {WEAK}: solve: its process was killed" in table
    assert f"scenario {WEAK} of the study is not in it" in gluteweak(unsolved, "verify", str(sweep), expect=1)
    # Bodies are posed, and the report made, of what is there.
    assert planned(unsolved, "results/quick/report.html")["poses"] == 1
    # Nothing has changed but what failed: it is tried again, and then there is nothing more to do.
    snakemake(unsolved, *CHECKS)
    assert_same_sweep(unsolved, finished)
    assert planned(unsolved, "results/quick/checks.txt") == {}


def started(folder, **environment):
    return subprocess.Popen(
        [sys.executable, "-m", "snakemake", "--cores", "2", "--config", "study=config/quick.yaml", *CHECKS],
        cwd=folder,
        env=clean_environment({"PYTHONPATH": FAULTY, **environment}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def wait_for(path, process):
    while not path.exists():
        assert process.poll() is None, "the run ended too early"
        time.sleep(0.1)


def test_killed_with_all_its_processes_in_mid_solve_a_run_goes_on(unsolved, finished, tmp_path):
    marker = tmp_path / "stalls"
    process = started(unsolved, GLUTEWEAK_TEST_STALL=str(marker), GLUTEWEAK_TEST_STALL_S="600")
    wait_for(marker, process)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    results = unsolved / "results" / "quick"
    assert {path.name for path in (results / "scenarios" / WEAK).iterdir()} == {".lock"}
    assert not (results / "batches" / "00000.json").exists()
    snakemake(unsolved, *CHECKS)
    assert_same_sweep(unsolved, finished)


def test_a_second_run_is_refused_and_one_after_a_killed_snakemake_waits_for_its_orphans(unsolved, finished, tmp_path):
    marker = tmp_path / "stalls"
    process = started(unsolved, GLUTEWEAK_TEST_STALL=str(marker), GLUTEWEAK_TEST_STALL_S="25")
    wait_for(marker, process)
    said = snakemake(unsolved, *CHECKS, expect=1)
    assert f"gluteweak: study 'quick' is being run here already (process {process.pid}): wait until" in said
    process.kill()  # Snakemake alone; the batch and its workers go on
    process.wait()
    snakemake(unsolved, *CHECKS)
    assert_same_sweep(unsolved, finished)


def test_a_damaged_motion_of_a_finished_study_is_found_named_and_solved_again(finished, tmp_path):
    folder = tmp_path / "study"
    shutil.copytree(finished[0], folder, symlinks=True)
    solution = folder / "results" / "quick" / "scenarios" / WEAK / "solution.h5"
    data = bytearray(solution.read_bytes())
    data[len(data) // 2] ^= 16
    solution.write_bytes(data)
    # Snakemake does not know of this file; verify does, and tells the next run.
    assert planned(folder, "results/quick/checks.txt") == {}
    said = gluteweak(folder, "verify", "results/quick/sweep.h5", expect=1)
    assert f"scenario {WEAK}: solution.h5 is damaged (its SHA-256 is " in said
    said = snakemake(folder, *CHECKS)
    assert f"{WEAK}: solution.h5 is damaged" in said
    assert "1 of 2 scenarios were there already" in said
    assert_same_sweep(folder, finished)
    assert gluteweak(folder, "verify", "results/quick/sweep.h5").endswith(
        "whole, as the registry says, and certified\n"
    )
