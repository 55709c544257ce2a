"""How much outcomes move with the mesh: the healthy walk and its weakest scenarios on 25, 50 and 100 intervals.

    python benchmarks/mesh.py --results results/default            # after `make sweep`
    python benchmarks/mesh.py --results results/default --intervals 25 50

Each mesh has its own healthy gait, tracked anew from the measured cycle, and its own scenarios; model, plant and
equations are the study's. Prints a Markdown table of peaks in the stance of the right leg, the worst zigzag inside
intervals, iterations and solving time.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from gluteweak.loads.outcomes import compute_outcomes
from gluteweak.loads.solution import read_solution
from gluteweak.plant import Plant, read_plant
from gluteweak.storage import read_file
from gluteweak.study import load_study
from gluteweak.zigzag import zigzag

ROOT = Path(__file__).parents[1]
RIGHT = 0
#: Strengths that are solved on every mesh, in %.
STRENGTHS = [100, 0]
SHOWN = {
    "peak_pelvic_drop_deg": "drop, deg",
    "peak_trunk_lean_deg": "lean, deg",
    "peak_hip_adduction_deg": "hip adduction, deg",
    "peak_vertical_ground_reaction_bw": "vertical reaction, BW",
    "peak_hip_abduction_moment_nm_kg": "hip abduction moment, Nm/kg",
    "peak_knee_adduction_moment_nm_kg": "knee adduction moment, Nm/kg",
    "peak_hip_contact_force_bw": "hip contact, BW",
    "peak_tibiofemoral_contact_force_bw": "knee contact, BW",
    "peak_medial_compartment_force_bw": "medial knee, BW",
    "peak_patellofemoral_contact_force_bw": "kneecap, BW",
}


def main() -> int:
    """Solve on every mesh and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, default=ROOT / "results/default", help="folder of a finished study")
    parser.add_argument("--study", type=Path, default=ROOT / "config/default.yaml")
    parser.add_argument("--intervals", type=int, nargs="+", default=[25, 50, 100])
    options = parser.parse_args()
    plant = read_plant(options.results / "plant.h5")
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for intervals in options.intervals:
            found[intervals] = on_mesh(options, intervals, Path(folder), plant)
    for name in next(iter(found.values())):
        print(f"\n{name}, right stance\n\n| | {' | '.join(f'{n} intervals' for n in found)} |")
        print(f"|---|{'---:|' * len(found)}")
        first = next(iter(found.values()))
        for key in first[name]:
            print(f"| {key} | {' | '.join(f'{mesh[name][key]:.3g}' for mesh in found.values())} |")
    return 0


def on_mesh(options: argparse.Namespace, intervals: int, folder: Path, plant: Plant) -> dict[str, dict[str, float]]:
    """Scenario -> label -> number on one mesh."""
    text = yaml.safe_load(options.study.read_text(encoding="utf-8"))
    text["name"] = f"mesh-{intervals}"
    text["simulation"]["intervals"] = intervals
    for adaptation in text["adaptation"]:
        adaptation["strength_percent"] = STRENGTHS
    study = folder / f"{intervals}.yaml"
    study.write_text(yaml.safe_dump(text), encoding="utf-8")
    healthy = folder / f"healthy-{intervals}.h5"
    model = load_study(study).model
    common: list[Any] = ["--study", study, "--plant", options.results / "plant.h5"]
    problem = ["--problem", options.results / "problem.casadi"]
    run("healthy", *common, *problem, "--reference", ROOT / f"models/{model}/reference_gait.h5", "--out", healthy)
    results = {"healthy gait": numbers(healthy, plant)}
    for scenario in load_study(study).scenarios():
        if scenario.strength_fraction == 1.0:
            continue  # returns the healthy gait
        out = folder / f"{intervals}-{scenario.scenario_id}"
        start = ["--healthy", healthy, "--scenario", scenario.scenario_id]
        run("simulate", *common, *problem, *start, "--out-dir", out)
        results[scenario.scenario_id] = numbers(out / "solution.h5", plant)
    return results


def run(*arguments: Any) -> None:
    """Run a sub-command in a process of its own; its output goes to the terminal's error stream."""
    command = [sys.executable, "-m", "gluteweak.cli", *map(str, arguments)]
    print(f"gluteweak {arguments[0]} ...", file=sys.stderr, flush=True)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def numbers(path: Path, plant: Plant) -> dict[str, float]:
    """Outcomes of one motion by their labels, zigzag and solving time."""
    solution = read_solution(path, plant)
    outcomes = compute_outcomes(plant, solution)
    values, attributes = read_file(path)
    rms, share = zigzag(
        values["time_s"],
        values["quadrature_weight"],
        values["coordinate_acceleration"],
        int(attributes["degree"]),
    )
    worst = int(np.argmax(rms))
    return {
        **{label: float(np.asarray(outcomes[name])[RIGHT]) for name, label in SHOWN.items()},
        "largest zigzag of an acceleration, 1/s^2": float(rms[worst]),
        "its share of the mean square": float(share[worst]),
        "iterations": float(attributes["iterations"]),
        "CPU s to solve": float(attributes["cpu_s"]),
    }


if __name__ == "__main__":
    sys.exit(main())
