"""What a study will cost before it is run: time and disk space, from earlier results or from measured constants."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

#: CPU seconds of solving a scenario: mean `solve_cpu_s` of the 170 scenarios of config/{default,coordination,treatment,
#: dose}.yaml on 25 intervals of degree 2, healthy ones included (0.35 s for these, 53 s for the slowest), on a shared
#: virtual machine (AMD EPYC, 2 cores). By study 3.7, 3.6, 9.8, 2.7 s: an instructed lean is dear, a neighbour cheap.
SOLVE_CPU_S = 3.5
#: Collocation points of those; the 126 scenarios of dose.yaml on twice as many took 2.06 times as long.
_POINTS = 50
#: Seconds from the start of a scenario's solve to the end of its certificate, less the solve (`solve_started_utc` and
#: records of those 170 scenarios; 2.3 s on twice as many points): starting, reading, writing, OpenSim's certificate.
AROUND_SOLVE_CPU_S = 2.0
#: CPU seconds that a study takes once (model, equations, healthy gait, sweep, figures): what is left of a sweep of 10.
ONCE_CPU_S = 76.0
#: Files of a scenario (models, outcomes, poses, certificate), and what each collocation point adds (solutions).
SCENARIO_BYTES, POINT_BYTES = 1.15e6, 13.3e3
#: Earlier scenarios that are looked at; more would not move a mean.
_LARGEST_SAMPLE = 200
_MINUTE_S, _HOUR_S, _DAY_S = 60.0, 3600.0, 86400.0


@dataclass(frozen=True)
class ScenarioCost:
    """CPU time and space of one scenario, and how many earlier scenarios say so (0: measured constants)."""

    cpu_s: float
    size_bytes: float
    n_earlier: int


def scenario_cost(results: Path, points: int = _POINTS) -> ScenarioCost:
    """Cost of a scenario: the mean of earlier ones below ``results``, else the constants of this module.

    Parameters
    ----------
    results
        Folder with a folder for each study; need not exist.
    points
        Collocation points of the study. What is known from scenarios on another mesh is carried over: time grows with
        the points, and so do the solutions' files.
    """
    cpu, size = [], []
    for certificate in _certificates(results):
        try:
            told = json.loads(certificate.read_text(encoding="utf-8"))
            mesh = told.get("transcription", {})
            own = int(mesh.get("intervals", 0)) * int(mesh.get("degree", 0)) or points
            cpu.append(float(told["solver"]["cpu_s"]) * points / own)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue  # a file that is being written, or of another version, says nothing
        files = sum(path.stat().st_size for path in certificate.parent.iterdir() if path.is_file())
        size.append(files + (points - own) * POINT_BYTES)
    if not cpu:
        solve = SOLVE_CPU_S * points / _POINTS
        return ScenarioCost(solve + AROUND_SOLVE_CPU_S, SCENARIO_BYTES + points * POINT_BYTES, 0)
    return ScenarioCost(statistics.fmean(cpu) + AROUND_SOLVE_CPU_S, statistics.fmean(size), len(cpu))


def _certificates(results: Path) -> Iterator[Path]:
    found = sorted(results.glob("*/scenarios/*/certificate.json"))
    yield from found[:: max(1, len(found) // _LARGEST_SAMPLE)]


def summary(name: str, n_scenarios: int, cores: int, cost: ScenarioCost) -> str:
    """One sentence: how many scenarios, how long on so many cores, how much space, and where that is known from."""
    time_s = (ONCE_CPU_S + n_scenarios * cost.cpu_s) / cores
    source = f"{cost.n_earlier} earlier scenarios" if cost.n_earlier else "measured constants"
    return (
        f"{name}: {n_scenarios} scenario{'s' if n_scenarios != 1 else ''}, about {duration(time_s)} on {cores} "
        f"core{'s' if cores != 1 else ''} and {size(n_scenarios * cost.size_bytes)} (from {source}; free stride times "
        "and speeds far from the reference gait's take several times as long)"
    )


def duration(seconds: float) -> str:
    """A time in its handiest unit."""
    for unit, length in (("days", _DAY_S), ("h", _HOUR_S), ("min", _MINUTE_S)):
        if seconds >= 2 * length:
            return f"{seconds / length:.1f} {unit}" if seconds < 10 * length else f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


def size(n_bytes: float) -> str:
    """A size in its handiest unit."""
    units = (("TB", 1e12), ("GB", 1e9), ("MB", 1e6))
    unit, scale = next(((u, s) for u, s in units if n_bytes >= s), units[-1])
    return f"{n_bytes / scale:.1f} {unit}" if n_bytes < 10 * scale else f"{n_bytes / scale:.0f} {unit}"
