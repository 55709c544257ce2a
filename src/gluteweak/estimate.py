"""What a study will cost before it is run: time and disk space, from earlier results or from measured constants."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

#: CPU seconds of solving a scenario: median of the 12 scenarios of config/treatment.yaml that change something
#: (0.3 s for a healthy one, 53 s for the slowest), on a shared virtual machine (Xeon, 2.6 GHz).
SOLVE_CPU_S = 6.2
#: CPU seconds of starting, reading and writing around a solve, and of OpenSim's certificate, measured there too.
AROUND_SOLVE_CPU_S = 1.2
CERTIFY_CPU_S = 2.9
#: CPU seconds that a study takes once (model, equations, healthy gait, sweep, figures): what is left of a sweep of 10.
ONCE_CPU_S = 76.0
#: Files of a scenario.
SCENARIO_BYTES = 1.8e6
#: Earlier scenarios that are looked at; more would not move a median.
_LARGEST_SAMPLE = 200
_MINUTE_S, _HOUR_S, _DAY_S = 60.0, 3600.0, 86400.0


@dataclass(frozen=True)
class ScenarioCost:
    """CPU time and space of one scenario, and how many earlier scenarios say so (0: measured constants)."""

    cpu_s: float
    size_bytes: float
    n_earlier: int


def scenario_cost(results: Path) -> ScenarioCost:
    """Cost of a scenario: the mean of earlier ones below ``results``, else the constants of this module.

    Parameters
    ----------
    results
        Folder with a folder for each study; need not exist.
    """
    around = AROUND_SOLVE_CPU_S + CERTIFY_CPU_S
    cpu, size = [], []
    for certificate in _certificates(results):
        try:
            solver = json.loads(certificate.read_text(encoding="utf-8"))["solver"]
            cpu.append(float(solver["cpu_s"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue  # a file that is being written, or of another version, says nothing
        size.append(sum(path.stat().st_size for path in certificate.parent.iterdir() if path.is_file()))
    if not cpu:
        return ScenarioCost(SOLVE_CPU_S + around, SCENARIO_BYTES, 0)
    return ScenarioCost(statistics.fmean(cpu) + around, statistics.fmean(size), len(cpu))


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
