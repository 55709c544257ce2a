"""The workflow in a folder of its own, for tests that run it."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from study_files import ROOT

PROBE = ROOT / "benchmarks" / "process_probe"
#: What libraries look at to find out how many threads to start.
THREAD_VARIABLES = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"),
    "RAYON_NUM_THREADS",
)


def fresh_checkout(folder):
    """The parts of the repository that the workflow reads, without any result."""
    for name in ("config", "models", "workflows"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "Snakefile", folder)
    return folder


def clean_environment(environment=None):
    """This process's environment, in which nobody limits threads: gluteweak itself has to."""
    kept = {name: value for name, value in os.environ.items() if name not in THREAD_VARIABLES}
    kept.update(environment or {})
    kept["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    return kept


def snakemake(checkout, *arguments, study="config/quick.yaml", expect=0, environment=None, cores=2, config=()):
    """Run Snakemake in ``checkout`` as the Makefile does, and return what it said."""
    command = [sys.executable, "-m", "snakemake", "--config", f"study={study}", *config, *arguments]
    if cores:
        command[3:3] = ["--cores", str(cores)]
    result = subprocess.run(
        command,
        cwd=checkout,
        env=clean_environment(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert result.returncode == expect, result.stdout
    return result.stdout


def planned(checkout, *targets, **options):
    """Number of jobs of each rule that a dry run would start."""
    said = snakemake(checkout, "--dry-run", "--quiet", "rules", "--", *targets, **options)
    return {rule: int(count) for rule, count in re.findall(r"^(\w+) +(\d+)$", said, re.MULTILINE) if rule != "total"}


def probed(folder):
    """Environment in which every Python process leaves in ``folder`` what it took."""
    folder.mkdir(exist_ok=True)
    path = os.pathsep.join(filter(None, [str(PROBE), os.environ.get("PYTHONPATH")]))
    return {"PYTHONPATH": path, "GLUTEWEAK_PROCESS_PROBE": str(folder)}


def probes(folder):
    """What the processes left, without Snakemake's own: those may have threads, what they start may not."""
    left = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    return [probe for probe in left if not probe["snakemake"]]
