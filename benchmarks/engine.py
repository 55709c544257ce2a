"""Time the walking problem here, alone or against another programme that solves the same one, in one run.

    python benchmarks/engine.py [--other-cold "COMMAND"] [--other-warm "COMMAND"] [--study-dir results/default]

CPU and wall time of whole processes are counted, imports and the building or loading of equations included: here a
cold tracking of the measured walk and ``gluteweak simulate`` of one weak scenario, on the files of a finished
``make sweep``; there the COMMANDs as they stand. Pairs run one after the other, so that a ratio survives a noisy
machine. What is not solving in a process for one scenario (start, imports, reading the study and functions) is timed
on its own; a batch pays it once for all of its scenarios.
"""

from __future__ import annotations

import argparse
import os
import resource
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]

COLD = """
import sys
from pathlib import Path
from gluteweak.plant import read_plant
from gluteweak.storage import read_file
from gluteweak.walking.commands.opened import origin_of, programme_on
from gluteweak.walking.function_file import read_functions
from gluteweak.walking.measurement import stored_cycle
from gluteweak.walking.reference import track
from gluteweak.walking.transcription import Grid
plant, reference, problem = (Path(p) for p in sys.argv[1:4])
measured = stored_cycle(read_file(reference)[0])
walker = read_plant(plant)
point = read_functions(problem, origin_of(plant))
programme = programme_on(walker, Grid(25, 2, measured.duration_s), point)
gait = track(programme, measured, tolerance=1e-6, max_iterations=300)
print(gait.solution.iterations, gait.solution.cpu_s, gait.solution.wall_s)
"""

START = """
import sys
from pathlib import Path
from gluteweak.walking import commands
from gluteweak.walking.tape import compile_kernel
compile_kernel()
commands.open_study(*(Path(p) for p in sys.argv[1:4]))
"""


def timed(command: list[str]) -> tuple[float, float]:
    """CPU and wall seconds of a process and its children."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    wall = time.perf_counter() - wall
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def main() -> None:
    """Time the pairs and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--study-dir", type=Path, default=ROOT / "results/default")
    parser.add_argument("--study", type=Path, default=ROOT / "config/default.yaml")
    parser.add_argument("--scenario", default="glmed_r-s050-pattern_kept")
    parser.add_argument("--reference", type=Path, default=ROOT / "models/adult/reference_gait.h5")
    parser.add_argument("--other-cold", help="command of another programme that solves the healthy walk cold")
    parser.add_argument("--other-warm", help="command of another programme that solves a weak walk warm")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    folder = options.study_dir
    with tempfile.TemporaryDirectory() as out:
        plant, problem = str(folder / "plant.h5"), str(folder / "problem.casadi")
        cold = [sys.executable, "-c", COLD, plant, str(options.reference), problem]
        warm = [sys.executable, "-m", "gluteweak.cli", "simulate", "--study", str(options.study)]
        warm += ["--scenario", options.scenario, "--plant", plant, "--healthy", str(folder / "healthy_gait.h5")]
        warm += ["--problem", problem, "--out-dir", out]
        heads = ("CPU s", "wall s", "other CPU", "other wall", "ratio CPU", "ratio wall")
        print(" " * 6 + " ".join(f"{head:>10s}" for head in heads))
        for name, ours, other in (("cold", cold, options.other_cold), ("warm", warm, options.other_warm)):
            rows = []
            for _ in range(options.runs):
                own = timed(ours)
                theirs = timed(shlex.split(other)) if other else (float("nan"),) * 2
                rows.append((*own, *theirs, theirs[0] / own[0], theirs[1] / own[1]))
                print(f"  {name} " + " ".join(f"{x:10.2f}" for x in rows[-1]), flush=True)
            middle = [statistics.median(column) for column in zip(*rows, strict=True)]
            print(f"{name:6s}" + " ".join(f"{x:10.2f}" for x in middle), flush=True)
            spread = [f"{min(column):.2f} to {max(column):.2f}" for column in list(zip(*rows, strict=True))[4:]]
            print(f"       ratios of the {len(rows)} pairs: CPU {spread[0]}, wall {spread[1]}", flush=True)
        start = [sys.executable, "-c", START, plant, str(folder / "healthy_gait.h5"), problem]
        cpu = [timed(start)[0] for _ in range(options.runs)]
        share = statistics.median(cpu) / middle[0]
        print(
            f"start, imports, study and functions: {statistics.median(cpu):.2f} CPU s, {share:.0%} of the warm process"
        )


if __name__ == "__main__":
    main()
