"""The quick study through a real SLURM: a controller and two nodes on this machine, Debian's packages.

Oracle: the same study run without SLURM. ``setup_slurm.sh`` beside this file sets the cluster up.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from study_files import ROOT

pytestmark = pytest.mark.workflow

SETUP = ROOT / "tests" / "slurm" / "setup_slurm.sh"
#: Until this has been seen to pass on a machine that it has to itself, nobody waits for it unasked.
ASKED_FOR = "GLUTEWEAK_TEST_SLURM"
NEEDED = ("slurmctld", "slurmd", "munged", "srun", "sbatch", "squeue")
#: The same optimum found twice; solver tolerance moves outcomes by far less than a thousandth.
RELATIVE = 1e-3
#: Of each quantity's largest value: what is near zero has no relative accuracy.
OF_LARGEST = 1e-4
SWEEP = "results/quick/sweep.h5"


def why_not():
    """Why there can be no SLURM here, or None."""
    if not os.environ.get(ASKED_FOR):
        return f"starts daemons and takes minutes: set {ASKED_FOR}=1 to run it"
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        return f"no {', '.join(missing)}: apt-get install slurmctld slurmd slurm-client munge"
    if os.geteuid() != 0:
        return "starting SLURM's daemons needs root"
    if Path("/etc/slurm/slurm.conf").exists():
        return "this machine has a SLURM of its own (/etc/slurm/slurm.conf)"
    return None


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("slurm")
    try:
        subprocess.run(["bash", str(SETUP), "start", str(folder)], check=True, timeout=180)
        yield folder
    finally:
        subprocess.run(["bash", str(SETUP), "stop", str(folder)], check=True, timeout=60)


def checkout(folder):
    for name in ("config", "models", "workflows"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "Snakefile", folder)
    return folder


def snakemake(folder, *arguments):
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    # Without these, so that it is gluteweak itself that keeps libraries to the threads that it was given.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        environment.pop(name, None)
    result = subprocess.run(
        # One scenario a job, so that both nodes have work.
        [sys.executable, "-m", "snakemake", "--config", "study=config/quick.yaml", "batch_size=1", *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout
    return result.stdout


def test_slurm_gives_what_one_machine_gives(slurm, tmp_path):
    clustered, local = checkout(tmp_path / "clustered"), checkout(tmp_path / "local")
    profile = ["--profile", "workflows/profiles/slurm", "--slurm-no-account", "--slurm-status-command", "squeue"]
    said = snakemake(
        clustered,
        *profile,
        "--slurm-init-seconds-before-status-checks",
        "2",
        "--default-resources",
        "slurm_partition=test",
        "mem_mb=2000",
        "runtime=30",
        "cpus_per_task=1",
        "--",
        SWEEP,
    )
    assert (
        said.count("has been submitted with SLURM jobid") >= 7
    )  # model, problem, healthy, 2 batches, outcomes, collect
    snakemake(local, "--profile", "workflows/profiles/local", "--cores", "2", "--", SWEEP)
    with h5py.File(clustered / SWEEP) as ours, h5py.File(local / SWEEP) as theirs:
        assert set(ours) == set(theirs)
        assert list(ours["scenario_id"].asstr()) == list(theirs["scenario_id"].asstr())
        assert ours["certified"][()].tolist() == theirs["certified"][()].tolist() == [1, 1]
        for name, dataset in ours.items():
            if dataset.dtype.kind != "f":
                continue
            due = theirs[name][()]
            largest = np.abs(due).max() if due.size else 0.0
            np.testing.assert_allclose(dataset[()], due, rtol=RELATIVE, atol=OF_LARGEST * largest, err_msg=name)
