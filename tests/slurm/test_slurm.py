"""The quick study through a real SLURM: a controller and two nodes on this machine, Debian's packages.

Oracle: the same study run without SLURM. ``setup_slurm.sh`` beside this file sets the cluster up in a folder.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from study_files import ROOT
from workflow_run import clean_environment, fresh_checkout, probed, probes

pytestmark = pytest.mark.workflow

SETUP = ROOT / "tests" / "slurm" / "setup_slurm.sh"
NEEDED = ("slurmctld", "slurmd", "munged", "srun", "sbatch", "squeue")
#: Exit code of the set-up where SLURM's daemons cannot run, in a container that forbids something for instance.
CANNOT_RUN_HERE = 77
#: Long enough for a machine that is shared by many; the run takes two minutes.
PATIENCE_S = 900
#: The same optimum found twice; solver tolerance moves outcomes by far less than a thousandth.
RELATIVE = 1e-3
#: Of each quantity's largest value: what is near zero has no relative accuracy.
OF_LARGEST = 1e-4
SWEEP = "results/quick/sweep.h5"


def why_not():
    """Why there can be no SLURM here, or None."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    missing = [name for name in NEEDED if shutil.which(name, path=path) is None]
    if missing:
        return f"no {', '.join(missing)}: apt-get install slurmctld slurmd slurm-client munge"
    if os.geteuid() != 0:
        return "starting SLURM's daemons needs root"
    return None


@pytest.fixture(scope="module")
def slurm():
    """Folder of a running cluster; its daemons end with it, or with this process."""
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    # Not below pytest's folder: names of sockets may have about a hundred letters.
    folder = Path(tempfile.mkdtemp(prefix="gw-slurm-"))
    try:
        started = run_setup("start", folder, str(os.getpid()))
        if started.returncode == CANNOT_RUN_HERE:
            pytest.skip(f"SLURM cannot run here: {started.stdout.strip()}")
        assert started.returncode == 0, started.stdout
        yield folder
    finally:
        stopped = run_setup("stop", folder)
        shutil.rmtree(folder, ignore_errors=True)
    assert stopped.returncode == 0, f"daemons are left: {stopped.stdout}"
    assert not processes_of(folder)


def run_setup(action, folder, *more):
    # To a file: daemons keep what they inherit open, and a pipe would never end.
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
        done = subprocess.run(
            ["bash", str(SETUP), action, str(folder), *more],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            timeout=240,
            check=False,
        )
        said.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, said.read())


def processes_of(folder):
    """Command lines of living processes that name the cluster's folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if f"{folder}/" in line:
            found.append(line)
    return found


def logs(cluster, checkout):
    """The ends of all logs that say why a run failed."""
    paths = [
        *cluster.glob("*.log"),
        *checkout.glob(".snakemake/slurm_logs/**/*.log"),
        *checkout.glob("results/*/logs/*"),
    ]
    ends = [(path, path.read_text(encoding="utf-8", errors="replace")[-1500:]) for path in paths if path.is_file()]
    return "\n".join(f"--- {path}\n{end}" for path, end in ends)


def through_slurm(cluster, checkout, environment):
    """Run the quick study as jobs of the cluster; what Snakemake said."""
    command = [sys.executable, "-m", "snakemake", "--profile", "workflows/profiles/slurm"]
    # One scenario a job, so that both nodes have work.
    command += ["--config", "study=config/quick.yaml", "batch_size=1"]
    command += ["--slurm-no-account", "--slurm-status-command", "squeue"]
    command += ["--slurm-init-seconds-before-status-checks", "2", "--", SWEEP]
    environment = clean_environment(environment)
    environment["PATH"] = f"{cluster / 'bin'}{os.pathsep}{environment['PATH']}"
    log = checkout / "snakemake.log"
    with log.open("w", encoding="utf-8") as said:
        try:
            done = subprocess.run(
                command,
                cwd=checkout,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                timeout=PATIENCE_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            queue = subprocess.run(
                [cluster / "bin" / "squeue", "--states=all"], capture_output=True, text=True, timeout=60, check=False
            ).stdout
            text = log.read_text(encoding="utf-8")
            pytest.fail(f"not done after {PATIENCE_S} s\n{text}\n{queue}\n{logs(cluster, checkout)}")
    text = log.read_text(encoding="utf-8")
    assert done.returncode == 0, f"{text}\n{logs(cluster, checkout)}"
    return text


def jobs_of(cluster):
    """What SLURM itself says of its jobs: settings by name, for each job."""
    said = subprocess.run(
        [cluster / "bin" / "scontrol", "--oneliner", "show", "job"], capture_output=True, text=True, check=True
    ).stdout
    return [dict(re.findall(r"(\S+?)=(\S*)", line)) for line in said.splitlines() if "JobName=true" not in line]


def test_slurm_gives_what_one_machine_gives(slurm, finished, tmp_path, capsys):
    checkout, threads = fresh_checkout(tmp_path / "clustered"), tmp_path / "threads"
    profile = checkout / "workflows" / "profiles" / "slurm" / "config.yaml"
    # The edit that the profile asks a site for.
    text = profile.read_text(encoding="utf-8")
    assert '# slurm_partition: "short"' in text
    profile.write_text(text.replace('# slurm_partition: "short"', 'slurm_partition: "test"'), encoding="utf-8")

    said = through_slurm(slurm, checkout, probed(threads))

    jobs = jobs_of(slurm)
    # Preparation, two batches, outcomes, collect.
    assert len(jobs) == said.count("has been submitted with SLURM jobid") >= 5
    assert {job["NodeList"] for job in jobs} == {"node1", "node2"}
    for job in jobs:
        assert (job["JobState"], job["Partition"], job["MinMemoryNode"]) == ("COMPLETED", "test", "2000M"), job
        assert job["NumCPUs"] == "1", job
    # A batch: a quarter of an hour, and a minute for its scenario.
    assert sorted(job["TimeLimit"] for job in jobs).count("00:16:00") == 2

    for probe in probes(threads):
        assert probe["threads"] == 1, probe
        assert set(probe["given"].values()) == {"1"}, probe

    largest_difference, where = 0.0, ""
    with h5py.File(checkout / SWEEP) as ours, h5py.File(finished[0] / SWEEP) as theirs:
        assert set(ours) == set(theirs)
        assert list(ours["scenario_id"].asstr()) == list(theirs["scenario_id"].asstr())
        assert ours["solved"][()].tolist() == theirs["solved"][()].tolist() == [1, 1]
        assert ours["certified"][()].tolist() == theirs["certified"][()].tolist() == [1, 1]
        assert {ours.attrs["plant_sha256"], ours.attrs["model_sha256"]} == {
            theirs.attrs["plant_sha256"],
            theirs.attrs["model_sha256"],
        }
        # What solving took is no outcome.
        compared = [n for n, d in ours.items() if d.dtype.kind == "f" and d.size and n != "solve_cpu_s"]
        for name in compared:
            due, found = theirs[name][()], ours[name][()]
            largest = np.abs(due).max()
            np.testing.assert_allclose(found, due, rtol=RELATIVE, atol=OF_LARGEST * largest, err_msg=name)
            difference = np.abs(found - due).max() / (largest or 1.0)
            if difference >= largest_difference:
                largest_difference, where = difference, name
    lines = [
        f"{len(jobs)} jobs on 2 nodes, all completed. sweep.h5 and that of the local run: the same scenarios, 2 of 2",
        f"certified in both, {len(compared)} datasets differ by {largest_difference:.1e} of their largest ({where})",
        *(f"job {job['JobId']} on {job['NodeList']}: {job['RunTime']} of {job['TimeLimit']}" for job in jobs),
    ]
    with capsys.disabled():
        sys.stdout.write("\nSLURM: " + "\n  ".join(lines) + "\n")
