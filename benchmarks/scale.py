"""How what follows the solving grows with the number of scenarios: plan, collect, append, read, memory.

    python benchmarks/scale.py OUTCOMES.h5 --scenarios 10 100 1000

Outcomes are synthetic: copies of one real ``outcomes.h5`` under other names. Each count runs in its own process, so
that peak memory is its own. Ratios of one run count; seconds depend on the machine and on who else uses it.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np

#: Scenarios that are added to a finished sweep.
ADDED = 100


def study_of(count: int) -> dict[str, object]:
    """A study of ``count`` closely spaced strengths."""
    percents = [round(float(p), 6) for p in np.linspace(100, 0, count)]
    adaptation = {"name": "free", "effort": 1, "posture_habit": 1, "motor_habit": 0, "strength_percent": percents}
    return {
        "name": "scale",
        "model": "adult",
        "weakness": {"muscles": ["glmed"], "side": "right"},
        "adaptation": [adaptation],
    }


def measure(outcomes: Path, count: int) -> dict[str, float]:
    """Seconds of each step, bytes of a scenario in the sweep, peak memory in MiB."""
    from gluteweak.batch.plan import batches
    from gluteweak.loads import commands
    from gluteweak.study import Study

    study = study_of(count + ADDED)
    begun = time.perf_counter()
    scenarios = Study.model_validate(study).scenarios()
    planned = batches([scenario.model_dump(mode="json") for scenario in scenarios])
    seconds = {"plan": time.perf_counter() - begun}
    with tempfile.TemporaryDirectory() as name:
        folders = []
        for scenario in scenarios:
            folder = Path(name) / scenario.scenario_id
            folder.mkdir()
            shutil.copy(outcomes, folder / "outcomes.h5")
            with h5py.File(folder / "outcomes.h5", "r+") as file:
                file.attrs["scenario_id"] = scenario.scenario_id
            folders.append(folder)
        sweep = Path(name) / "sweep.h5"
        for step, some, append in (("collect", folders[:count], False), ("append", folders, True)):
            begun = time.perf_counter()
            commands.collect(study, some, sweep, append=append)
            seconds[step] = time.perf_counter() - begun
        begun = time.perf_counter()
        with h5py.File(sweep) as file:
            rows = file["pelvic_drop_deg"][()].shape[0]
        seconds["read one outcome"] = time.perf_counter() - begun
        size = sweep.stat().st_size / rows
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"scenarios": count, "jobs": len(planned), **seconds, "bytes a scenario": size, "peak MiB": peak}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("outcomes", type=Path, help="outcomes.h5 of a solved scenario")
    parser.add_argument("--scenarios", type=int, nargs="+", default=[10, 100, 1000])
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.outcomes, options.scenarios[0])))
        return
    rows = []
    for count in options.scenarios:
        words = [sys.executable, __file__, str(options.outcomes), "--one", "--scenarios", str(count)]
        rows.append(json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout))
        print("  ".join(f"{key} {value:.4g}" for key, value in rows[-1].items()), flush=True)
    first, last = rows[0], rows[-1]
    print(f"appending {ADDED}: {last['append'] / first['append']:.2f} times as long to {last['scenarios']} as to")
    print(f"{first['scenarios']} scenarios; peak memory {last['peak MiB'] / first['peak MiB']:.2f} times as large")


if __name__ == "__main__":
    main()
