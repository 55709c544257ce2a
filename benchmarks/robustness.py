"""Solve and certify many random scenarios without help, and say of each failure why.

    python benchmarks/robustness.py [--count 200] [--seed 2026] [--study-dir results/default] [--out build/robustness]

Each scenario draws muscles (groups and single ones), strengths from 0 to 150 % (one for all, or one for each), a side,
habits (the presets of the default study, or weights drawn over two powers of ten) and a posture preset. One process
solves; another lets OpenSim certify what was solved (the two cannot share a process), one after the other, so that one
core is enough. The log has one line a scenario and ends with a table. A run that is started again goes on where it
stopped; scenarios that failed are tried again with ``--again``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[1]
LARGEST_MISSING_PCT = 0.3
PRESETS = {
    "re_optimised": {"effort": 1.0, "posture_habit": 1.0, "motor_habit": 0.0},
    "pattern_kept": {"effort": 0.01, "posture_habit": 0.02, "motor_habit": 1.0},
}
#: What OpenSim says of a solved scenario: one of the two.
VERDICTS = ("certificate.json", "not_certified.txt")
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
    """Solve every scenario whose number this process has; the study is opened once."""
    from gluteweak.errors import SolveError
    from gluteweak.job_log import output_to
    from gluteweak.storage import read_file
    from gluteweak.walking import commands

    folder = options.study_dir
    settings = {"tolerance": 1e-6, "max_iterations": 300}
    study = commands.open_study(folder / "plant.h5", folder / "healthy_gait.h5", folder / "problem.casadi")
    for n, scenario in enumerate(draw(options.count, options.seed)):
        out = options.out / scenario["scenario_id"]
        if options.only and n not in options.only:
            continue
        if n % options.of != options.part or _is_done(out, scenario, again=options.again):
            continue
        for stale in ("solution.h5", *VERDICTS):
            (out / stale).unlink(missing_ok=True)
        record: dict[str, Any] = {"scenario": scenario, "solved": False, "why": ""}
        wall, cpu = time.perf_counter(), time.process_time()
        with output_to(out / "solve.log"):
            try:
                commands.simulate_opened(study, scenario, settings, out)
            except SolveError as error:
                record["why"] = str(error)
        record |= {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
        if not record["why"]:
            _, attributes = read_file(out / "solution.h5", ())
            record |= {name: str(attributes[name]) for name in ("way", "arrivals")}
            record |= {"solved": True, "objective": float(attributes["objective"])}
        (out / "solve.json").write_text(json.dumps(record), encoding="utf-8")
        print(record["scenario"]["scenario_id"], record["why"] or record["way"], f"{record['cpu_s']:.1f} s", flush=True)


def _is_done(out: Path, scenario: dict[str, Any], *, again: bool) -> bool:
    """Whether this very scenario was solved, or failed and is not to be tried again."""
    try:
        record = json.loads((out / "solve.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    failed = not record["solved"] or (out / "not_certified.txt").is_file()
    return bool(record["scenario"] == scenario and not (failed and again))


def certify(options: argparse.Namespace) -> None:
    """Let OpenSim certify what is solved."""
    from gluteweak.errors import SolveError
    from gluteweak.opensim_model import commands

    for out in sorted(options.out.glob("random-*")):
        certificate, refusal = (out / name for name in VERDICTS)
        if not (out / "solution.h5").is_file() or certificate.is_file() or refusal.is_file():
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
            refusal.write_text(str(error), encoding="utf-8")


def report(options: argparse.Namespace) -> str:
    """One line a scenario, then the failures, then a table."""
    lines, failures, records, verdicts = [], [], [], []
    for scenario in draw(options.count, options.seed):
        out = options.out / scenario["scenario_id"]
        if not _is_done(out, scenario, again=False):
            lines.append(f"{scenario['scenario_id']} not run")
            continue
        record = json.loads((out / "solve.json").read_text(encoding="utf-8"))
        certificate, refusal = (out / name for name in VERDICTS)
        strengths = [100 * s for s in scenario["muscle_strength"].values()]
        text = (
            f"{scenario['scenario_id']} {scenario['drawn']} {min(strengths):.0f}-{max(strengths):.0f} % "
            f"{scenario['adaptation_name']} {scenario['posture_preset']} stride {scenario['stride_time']}: "
        )
        records.append(record)
        if not record["solved"]:
            failures.append(text + "NOT SOLVED: " + record["why"])
            lines.append(failures[-1])
            continue
        text += f"{record['way']}, cost {record['objective']:.6g}, {record['arrivals']}, {record['cpu_s']:.1f} s"
        if certificate.is_file():
            verdicts.append(json.loads(certificate.read_text(encoding="utf-8")))
            force, moment = (verdicts[-1][f"largest_missing_{k}"] for k in ("force_pct_bw", "moment_pct_bw_m"))
            text += f"; OpenSim misses {force:.3f} % BW, {moment:.3f} % BW m"
        elif refusal.is_file():
            text += "; NOT CERTIFIED: " + refusal.read_text(encoding="utf-8")
            failures.append(text)
        lines.append(text)
    if failures:
        lines += ["", "What failed:", *failures]
    return "\n".join([*lines, "", *_table(records, verdicts)]) + "\n"


def _table(records: list[dict[str, Any]], verdicts: list[dict[str, Any]]) -> list[str]:
    """What came of all scenarios that were run."""
    if not records:
        return ["nothing was run"]
    solved = [record for record in records if record["solved"]]
    rows: list[tuple[str, object]] = [
        ("scenarios run", len(records)),
        ("solved", len(solved)),
        ("certified", sum(verdict["certified"] is True for verdict in verdicts)),
    ]
    rows += [(f"arrived {way}", n) for way, n in sorted(Counter(record["way"] for record in solved).items())]
    rows += [(f"{word}", n) for word, n in sorted(Counter(record["arrivals"] for record in solved).items())]
    for name, unit in (("cpu_s", "CPU s"), ("wall_s", "wall s")):
        times = np.array([record[name] for record in records])
        text = f"{np.median(times):.2f} / {np.percentile(times, 95):.2f} / {times.max():.2f} / {times.sum():.0f}"
        rows.append((f"{unit} a scenario: median / 95th percentile / largest / sum", text))
    for name, unit in (("force_pct_bw", "% BW"), ("moment_pct_bw_m", "% BW m")):
        missing = np.array([verdict[f"largest_missing_{name}"] for verdict in verdicts] or [np.nan])
        text = f"{np.median(missing):.3f} / {missing.max():.3f}"
        rows.append((f"missing in OpenSim, {unit}: median / largest", text))
    width = max(len(name) for name, _ in rows)
    return [f"{name:{width}s}  {value}" for name, value in rows]


def main() -> None:
    """Run the processes and write the log."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--study-dir", type=Path, default=ROOT / "results/default")
    parser.add_argument("--out", type=Path, default=ROOT / "build/robustness")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--again", action="store_true", help="try what failed once more")
    parser.add_argument("--only", type=int, nargs="+", default=[], help="numbers of scenarios; the others are not run")
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
    shared += ["--again"] if options.again else []
    shared += ["--only", *map(str, options.only)] if options.only else []

    def start(role: str, part: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, __file__, *shared, "--role", role, "--part", str(part)]
        with (options.out / f"{role}{part}.txt").open("ab") as log:
            return subprocess.Popen(command, env=environment, stdout=log, stderr=log)

    for process in [start("solve", part) for part in range(options.of)]:
        process.wait()
    start("certify", 0).wait()


if __name__ == "__main__":
    main()
