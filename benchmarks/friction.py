"""What a friction law as sharp as OpenSim's would change: the healthy walk settled anew at sharper and sharper laws.

    python benchmarks/friction.py --results results/default        # after `make sweep`

The friction of the ground grows with a smooth minimum of 1 and the slip (``walking/contact.py``); sharpness makes it
OpenSim's kinked one. Each law starts from the last one's walk. Prints iterations, CPU time, how far the motion moved,
and OpenSim's certificate for each.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from gluteweak.storage import read_file, write_file
from gluteweak.walking import setup
from gluteweak.walking.commands import open_study
from gluteweak.walking.point import WEIGHTS
from gluteweak.walking.solution import cycle_values, read_start, report_function
from gluteweak.walking.solve import solve

ROOT = Path(__file__).parents[1]
SHARPNESS = (8, 16, 32, 64)


def main() -> int:
    """Solve, certify and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, default=ROOT / "results/default", help="folder of a finished study")
    parser.add_argument("--study", type=Path, default=ROOT / "config/default.yaml")
    options = parser.parse_args()
    files = {name: options.results / name for name in ("plant.h5", "healthy_gait.h5", "problem.casadi", "model.osim")}
    study = open_study(files["plant.h5"], files["healthy_gait.h5"], files["problem.casadi"])
    plant, gait, point, programme = study.walker, study.gait, study.point, study.programme
    tr = programme.transcription
    values, attributes = read_file(files["healthy_gait.h5"])
    bounds = setup.make_bounds(tr, gait.free_value(programme), gait.distance_for(programme))
    parameters = gait.parameters(programme)
    start = read_start(values).as_start()
    column = tr.layout.parameters["weights"].start + WEIGHTS.index("friction_sharpness")
    turning = plant.coordinate_is_rotation.astype(bool)
    print("| sharpness | iterations | CPU s | angles moved, deg | worst contact, N | missing force, % | moment, % |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        for sharpness in SHARPNESS:
            parameters[:, column] = sharpness
            begin = time.process_time()
            solution = solve(programme, parameters, bounds, start, tolerance=1e-6, max_iterations=200, print_level=0)
            cpu_s = time.process_time() - begin
            start = solution.as_start()
            found = cycle_values(tr, report_function(point), solution, parameters, gait.prescribed(programme))
            moved = np.degrees(np.abs(found["coordinate_value"] - values["coordinate_value"])[:, turning]).max()
            out = Path(folder) / "solution.h5"
            write_file(out, found, {**attributes, "scenario_id": f"sharpness-{sharpness}"})
            verdict = certificate(options.study, files, out)
            print(
                f"| {sharpness} | {solution.iterations} | {cpu_s:.1f} | {moved:.3f} "
                f"| {abs(verdict['contact_force']['largest_difference_n']):.2g} "
                f"| {verdict['largest_missing_force_pct_bw']:.4f} | {verdict['largest_missing_moment_pct_bw_m']:.4f} |"
            )
    return 0


def certificate(study: Path, files: dict[str, Path], solution: Path) -> dict[str, float]:
    """OpenSim's verdict, from a process of its own: opensim and casadi cannot share one."""
    out = solution.with_name("certificate.json")
    command = [sys.executable, "-m", "gluteweak.cli", "certify", "--study", study, "--model", files["model.osim"]]
    command += ["--plant", files["plant.h5"], "--solution", solution, "--out-certificate", out]
    command += ["--out-model", solution.with_name("model.osim")]
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL)
    return json.loads(out.read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.exit(main())
