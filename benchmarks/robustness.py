"""Solve and certify many random scenarios without help, and say of each failure why.

    python benchmarks/robustness.py [--count 200] [--seed 2026] [--study-dir results/default] [--out build/robustness]

Each scenario draws muscles (groups and single ones), strengths from 0 to 150 % (one for all, or one for each), a side,
habits (the presets of the default study, or weights drawn over two powers of ten) and a posture preset. One process
solves; another lets OpenSim certify what was solved (the two cannot share a process). The
log has one line a scenario; the last lines are the summary. What is solved already is not solved again.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[1]
LARGEST_MISSING_PCT = 0.5
PRESETS = {
    "re_optimised": {"effort": 1.0, "posture_habit": 1.0, "motor_habit": 0.0},
    "pattern_kept": {"effort": 0.01, "posture_habit": 0.02, "motor_habit": 1.0},
}
POSTURES = ("free", "trunk_upright", "pelvis_level")


def draw(count: int, seed: int, model: str = "adult") -> list[dict[str, Any]]:
    """Scenarios as ``study.Scenario`` would give them; the same for the same seed."""
    from gluteweak import walker_tables
    from gluteweak.study import find_model_dir

    folder = find_model_dir(model)
    groups = walker_tables.muscle_groups(folder)
    bases = sorted({walker_tables.base_name(name) for name in walker_tables.muscle_names(folder)})
    rng = np.random.default_rng(seed)
    scenarios = []
    for n in range(count):
        if rng.random() < 0.5:
            chosen = [str(g) for g in rng.choice(sorted(groups), size=int(rng.integers(1, 3)), replace=False)]
            muscles = sorted({m for g in chosen for m in groups[g]})
        else:
            chosen = [str(m) for m in rng.choice(bases, size=int(rng.integers(1, 9)), replace=False)]
            muscles = sorted(chosen)
        sides = (("r",), ("l",), ("r", "l"))[int(rng.integers(3))]
        names = [f"{m}_{s}" for m in muscles for s in sides]
        alike = rng.random() < 0.5
        strengths = np.full(len(names), rng.uniform(0, 1.5)) if alike else rng.uniform(0, 1.5, len(names))
        # A quarter of all weak muscles have no strength at all.
        strengths[(strengths < 1) & (rng.random(len(names)) < 0.25)] = 0.0
        kind = int(rng.integers(3))
        if kind < len(PRESETS):
            adaptation, weights = list(PRESETS.items())[kind]
        else:
            adaptation = "drawn"
            powers = rng.uniform([-2, -2, -2], [0, 0, 0])
            weights = {key: float(10**x) for key, x in zip(PRESETS["pattern_kept"], powers, strict=True)}
        scenarios.append(
            {
                "scenario_id": f"random-{n:03d}",
                "strength_fraction": float(strengths.min()),
                "muscle_strength": {m: round(float(s), 4) for m, s in zip(names, strengths, strict=True)},
                "adaptation_name": adaptation,
                "weights": weights,
                "posture_preset": POSTURES[int(rng.integers(3))],
                "stride_time": "free" if rng.random() < 0.2 else "fixed",
                "drawn": "+".join(chosen) + " " + "".join(sides),
            }
        )
    return scenarios


def solve(options: argparse.Namespace) -> None:
    """Solve every scenario whose number this process has; log lines as they come."""
    from gluteweak.errors import SolveError
    from gluteweak.storage import read_file
    from gluteweak.walking import commands

    folder = options.study_dir
    settings = {"tolerance": 1e-6, "max_iterations": 300}
    study = folder / "plant.h5", folder / "healthy_gait.h5", folder / "problem.casadi"
    for n, scenario in enumerate(draw(options.count, options.seed)):
        if n % options.of != options.part:
            continue
        out = options.out / scenario["scenario_id"]
        record: dict[str, Any] = {"scenario": scenario, "solved": False, "why": ""}
        if (out / "solution.h5").is_file():
            continue
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            commands.simulate(*study, scenario, settings, out)
            _, attributes = read_file(out / "solution.h5", ("time_s",))
            record |= {
                "solved": True,
                "arrivals": str(attributes["arrivals"]),
                "objective": float(attributes["objective"]),
            }
        except SolveError as error:
            record["why"] = str(error)
        record |= {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
        out.mkdir(parents=True, exist_ok=True)
        (out / "solve.json").write_text(json.dumps(record), encoding="utf-8")


def certify(options: argparse.Namespace) -> None:
    """Let OpenSim certify what is solved."""
    from gluteweak.errors import SolveError
    from gluteweak.opensim_model import commands

    for out in sorted(options.out.glob("random-*")):
        certificate = out / "certificate.json"
        if not (out / "solution.h5").is_file() or certificate.is_file():
            continue
        try:
            commands.certify(
                options.study_dir / "model.osim",
                options.study_dir / "plant.h5",
                out / "solution.h5",
                out / "model.osim",
                certificate,
                largest_missing_pct=LARGEST_MISSING_PCT,
            )
        except SolveError as error:
            (out / "not_certified.txt").write_text(str(error), encoding="utf-8")


def report(options: argparse.Namespace) -> str:
    """One line a scenario and a summary."""
    lines, solved, certified, two, times = [], 0, 0, 0, []
    for scenario in draw(options.count, options.seed):
        out = options.out / scenario["scenario_id"]
        if not (out / "solve.json").is_file():
            lines.append(f"{scenario['scenario_id']} not run")
            continue
        record = json.loads((out / "solve.json").read_text(encoding="utf-8"))
        strengths = [100 * s for s in scenario["muscle_strength"].values()]
        text = (
            f"{scenario['scenario_id']} {scenario['drawn']} {min(strengths):.0f}-{max(strengths):.0f} % "
            f"{scenario['adaptation_name']} {scenario['posture_preset']} stride {scenario['stride_time']}: "
        )
        times.append((record["cpu_s"], record["wall_s"]))
        if not record["solved"]:
            lines.append(text + "NOT SOLVED: " + record["why"])
            continue
        solved += 1
        two += record["arrivals"].startswith("two minima")
        text += f"cost {record['objective']:.6g}, {record['arrivals']}, {record['cpu_s']:.1f} s"
        if (out / "certificate.json").is_file():
            verdict = json.loads((out / "certificate.json").read_text(encoding="utf-8"))
            certified += bool(verdict["certified"])
            force, moment = (verdict[f"largest_missing_{k}"] for k in ("force_pct_bw", "moment_pct_bw_m"))
            text += f"; OpenSim misses {force:.3f} % BW, {moment:.3f} % BW m" + ("" if verdict["certified"] else " NO")
        elif (out / "not_certified.txt").is_file():
            text += "; NOT CERTIFIED: " + (out / "not_certified.txt").read_text(encoding="utf-8")
        lines.append(text)
    cpu, wall = (np.array(t) for t in zip(*times, strict=True)) if times else (np.zeros(1), np.zeros(1))
    lines.append(
        f"{solved} of {options.count} solved, {certified} certified; {two} with two minima; CPU s a scenario: median "
        f"{np.median(cpu):.2f}, 95th percentile {np.percentile(cpu, 95):.2f}, largest {cpu.max():.2f}; wall median "
        f"{np.median(wall):.2f}"
    )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run the processes and write the log."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--study-dir", type=Path, default=ROOT / "results/default")
    parser.add_argument("--out", type=Path, default=ROOT / "build/robustness")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--of", type=int, default=1, help="solving processes that run at once")
    parser.add_argument("--part", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--role", choices=("all", "solve", "certify", "report"), default="all", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.role == "solve":
        solve(options)
    elif options.role == "certify":
        certify(options)
    else:
        options.out.mkdir(parents=True, exist_ok=True)
        if options.role == "all":
            run_all(options)
        text = report(options)
        (options.out / "robustness.log").write_text(text, encoding="utf-8")
        print(text, end="")


def run_all(options: argparse.Namespace) -> None:
    """Solve in ``--of`` processes, then certify."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    keys = ("study_dir", "out", "count", "seed", "of")
    shared = [x for key in keys for x in (f"--{key.replace('_', '-')}", str(getattr(options, key)))]

    def start(role: str, part: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, __file__, *shared, "--role", role, "--part", str(part)]
        with (options.out / f"{role}{part}.txt").open("ab") as log:
            return subprocess.Popen(command, env=environment, stdout=log, stderr=log)

    for process in [start("solve", part) for part in range(options.of)]:
        process.wait()
    start("certify", 0).wait()


if __name__ == "__main__":
    main()
