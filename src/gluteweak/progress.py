"""One line for each finished scenario: what a person who waits for a sweep wants to read."""

from __future__ import annotations

import json
from pathlib import Path

from gluteweak.storage import read_file


def scenario_line(solution: Path, certificate: Path) -> str:
    """``<scenario>: solved in 12 iterations (8.1 s); OpenSim misses 0.21 % of body weight, bound 0.5 %``."""
    _, attributes = read_file(solution, ())
    verdict = json.loads(certificate.read_text(encoding="utf-8"))
    count = int(attributes["iterations"])
    missing = max(verdict["largest_missing_force_pct_bw"], verdict["largest_missing_moment_pct_bw_m"])
    iterations = f"{count} iteration{'' if count == 1 else 's'}"
    return (
        f"{attributes['scenario_id']}: solved in {iterations} ({attributes['wall_s']:.1f} s);"
        f" OpenSim misses {missing:.2f} % of body weight, bound {verdict['bound_pct']:g} %"
    )


def optimal_cost(solution: Path) -> float:
    """Optimal cost of a solved scenario."""
    _, attributes = read_file(solution, ())
    return float(attributes["objective"])
