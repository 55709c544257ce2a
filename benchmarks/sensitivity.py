"""Hold the exact derivatives by muscle strength against finite differences of whole solves.

    python benchmarks/sensitivity.py [--scenario ID] [--muscle NAME ...] [--step 0.01] [--tolerance 1e-9]

On the files of a finished ``make sweep``: differentiates the scenario once, then solves it anew with each muscle a
little stronger and a little weaker, from the healthy gait, through the same entry as ``gluteweak simulate``. Prints
both derivatives of several outcomes, their difference relative to the outcome's largest derivative by any muscle, and
what each took in CPU time.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from gluteweak.loads import commands as loads
from gluteweak.loads.leg_loads import load_model
from gluteweak.loads.outcomes import compute_outcomes
from gluteweak.loads.solution import read_solution
from gluteweak.plant import read_plant
from gluteweak.storage import read_file
from gluteweak.study import load_study
from gluteweak.walking import commands as walking
from gluteweak.walking.sensitivity_file import motion_sensitivity

ROOT = Path(__file__).parents[1]
OUTCOMES = (
    "peak_pelvic_drop_deg",
    "peak_trunk_lean_deg",
    "peak_hip_adduction_deg",
    "peak_hip_abduction_moment_nm_kg",
    "peak_knee_adduction_moment_nm_kg",
    "knee_adduction_impulse_nm_s_kg",
    "peak_hip_contact_force_bw",
    "peak_medial_compartment_force_bw",
    "peak_patellofemoral_contact_force_bw",
    "patellofemoral_contact_impulse_bw_s",
)
#: Share of the largest derivative by any muscle below which two derivatives count as the same.
NEAR_PCT = 0.1
MUSCLES = ("glmed1_r", "glmed3_r", "recfem_r", "iliacus_r", "soleus_l")


def main() -> None:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--study", type=Path, default=ROOT / "config/default.yaml")
    parser.add_argument("--study-dir", type=Path, default=ROOT / "results/default")
    parser.add_argument("--scenario", default="glmed_r-s050-pattern_kept")
    parser.add_argument("--muscle", nargs="+", default=MUSCLES)
    parser.add_argument("--step", type=float, default=0.01)
    parser.add_argument("--tolerance", type=float, default=1e-9)
    options = parser.parse_args()
    files = [options.study_dir / name for name in ("plant.h5", "healthy_gait.h5", "problem.casadi")]
    study = load_study(options.study)
    scenario = study.scenario(options.scenario).model_dump(mode="json")
    settings = study.simulation.model_dump(mode="json") | {"tolerance": options.tolerance}
    plant = read_plant(files[0])
    model = load_model(plant)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def solve(changed: dict[str, float]) -> Path:
            wanted = {**scenario, "muscle_strength": {**scenario["muscle_strength"], **changed}}
            with Path(os.devnull).open("w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
                walking.simulate(*files, wanted, settings, folder)
            return folder / "solution.h5"

        def outcomes(solution: Path) -> dict[str, float]:
            values = compute_outcomes(plant, read_solution(solution, plant), model)
            return {key: float(values[key][0]) for key in OUTCOMES}

        solution = solve({})
        outcomes(solution)  # compiles
        start = time.process_time()
        motion_sensitivity(*files, scenario, solution, folder / "motion_sensitivity.h5")
        motion_s = time.process_time() - start
        start = time.process_time()
        loads.sensitivity(files[0], [folder])
        outcomes_s = time.process_time() - start
        exact, attributes = read_file(folder / "sensitivity.h5")
        strength = {m: scenario["muscle_strength"].get(m, 1.0) for m in options.muscle}
        start = time.process_time()
        difference = {}
        for muscle in options.muscle:
            ahead, behind = (outcomes(solve({muscle: strength[muscle] + sign * options.step})) for sign in (1.0, -1.0))
            difference[muscle] = {key: (ahead[key] - behind[key]) / (2 * options.step) for key in OUTCOMES}
            print(f"{muscle}: solved a little stronger and a little weaker", file=sys.stderr, flush=True)
        solves_s = (time.process_time() - start) / (2 * len(options.muscle))
    print(f"{options.scenario}; finite differences: step {options.step:g}, tolerance {options.tolerance:g}")
    print_table(exact, difference)
    print(f"linear systems solved to {float(attributes['relative_error']):.0e}", end="; ")
    print(f"step error of the outcomes {float(attributes['largest_step_error']):.0e}")
    print(f"CPU: all {len(exact['strength_muscle'])} muscles {motion_s:.1f} s (motion)", end=" ")
    print(f"and {outcomes_s:.1f} s (outcomes); one solve {solves_s:.1f} s")


def print_table(exact: dict[str, Any], difference: dict[str, dict[str, float]]) -> None:
    """Outcomes as lines, muscles as columns."""
    names = list(exact["strength_muscle"])
    print("right side, by strength fraction: exact / finite difference / apart in % of the largest by any muscle")
    print(f"{'':38s}" + "".join(f"{muscle:>30s}" for muscle in difference))
    differences = []
    for key in OUTCOMES:
        slopes = np.asarray(exact[f"{key}_per_strength"])[0]
        line = f"{key:38s}"
        for muscle, found in difference.items():
            mine = float(slopes[names.index(muscle)])
            apart = 100 * abs(mine - found[key]) / np.abs(slopes).max()
            differences.append(apart)
            line += f"{mine:11.5f}/{found[key]:9.5f}/{apart:6.2f} %"
        print(line)
    near = sum(apart <= NEAR_PCT for apart in differences)
    print(f"worst {max(differences):.2f} %; {near} of {len(differences)} within {NEAR_PCT} %")


if __name__ == "__main__":
    main()
