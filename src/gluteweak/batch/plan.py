"""Which scenarios share a job, in which order, and which neighbour each starts from.

Scenarios that differ in nothing but strength form a chain, from strong to weak: each starts from the solved scenario of
its chain that is nearest in strength, if that is nearer than the healthy gait. The start decides how many iterations a
solve takes; what it converges to is held to the same tolerance from every start.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

#: A scenario as ``study.Scenario`` dumps it.
ScenarioData = Mapping[str, Any]

#: What two scenarios of a chain may differ in.
_STRENGTH_KEYS = frozenset(
    {"scenario_id", "strength_fraction", "muscle_strength", "role", "label", "group", "treatment", "steps_walked"}
)
#: Scenarios in one job, by the size of the study: few where cores would stand idle, many where starting processes and
#: jobs would cost more than a quarter of the solving (docs/scaling.md has what a job and a scenario cost).
_SIZES = ((20, 5), (100, 10), (1_000, 25), (10_000, 100))
_LARGEST = 250
#: Scenarios whose outcomes are made in one process: compiling the kernels costs as much as fifty of them.
_BLOCK = 1_000


@dataclass(frozen=True)
class Batch:
    """Scenarios that one job solves, in the order of solving."""

    name: str
    scenarios: tuple[ScenarioData, ...]

    @property
    def checksum(self) -> str:
        """SHA-256 of everything that the study says about these scenarios."""
        return checksum(self.scenarios)


def checksum(data: Any) -> str:
    """SHA-256 of JSON-like data, in hexadecimal; the order of keys does not matter."""
    return hashlib.sha256(json.dumps(data, sort_keys=True, allow_nan=False).encode()).hexdigest()


def batch_size(n_scenarios: int) -> int:
    """Scenarios in one job of a study of this size, where nobody says otherwise."""
    return next((size for limit, size in _SIZES if n_scenarios <= limit), _LARGEST)


def chains(scenarios: Iterable[ScenarioData]) -> list[list[ScenarioData]]:
    """Scenarios that differ in strength alone, from strong to weak; chains in the order of the study."""
    found: dict[str, list[ScenarioData]] = {}
    for scenario in scenarios:
        found.setdefault(_chain_key(scenario), []).append(scenario)
    # The sum orders grids in which muscles weaken one by one; the identifier settles ties.
    return [sorted(chain, key=lambda s: (-sum(_strengths(s)), s["scenario_id"])) for chain in found.values()]


def batches(scenarios: Sequence[ScenarioData], size: int | None = None) -> list[Batch]:
    """The jobs of a study: whole chains where they fit, long chains in pieces.

    Parameters
    ----------
    size
        Most scenarios in a job; from the size of the study where it is not given.
    """
    size = size or batch_size(len(scenarios))
    pieces: list[list[ScenarioData]] = []
    for chain in chains(scenarios):
        rest = iter(chain)
        while piece := list(islice(rest, size)):
            if pieces and len(pieces[-1]) + len(piece) <= size:
                pieces[-1] += piece
            else:
                pieces.append(piece)
    return [Batch(f"{number:05d}", tuple(piece)) for number, piece in enumerate(pieces)]


def blocks(planned: Iterable[Batch]) -> dict[str, list[str]]:
    """Batches whose outcomes one job makes, by the job's name: at most `_BLOCK` scenarios, or one batch."""
    found: list[list[str]] = []
    filled = _BLOCK
    for batch in planned:
        if not found or filled + len(batch.scenarios) > _BLOCK:
            found.append([])
            filled = 0
        found[-1].append(batch.name)
        filled += len(batch.scenarios)
    return {f"{number:05d}": names for number, names in enumerate(found)}


def nearest_neighbour(scenario: ScenarioData, solved: Iterable[ScenarioData]) -> str | None:
    """Name of the solved scenario to start from; None for the healthy gait.

    The healthy gait is a neighbour too: a scenario farther away than that is none.
    """
    own, key = _strengths(scenario), _chain_key(scenario)
    best, name = max((abs(1.0 - fraction) for fraction in own), default=0.0), None
    for other in solved:
        if _chain_key(other) == key:
            distance = max((abs(a - b) for a, b in zip(own, _strengths(other), strict=True)), default=0.0)
            if distance < best:
                best, name = distance, str(other["scenario_id"])
    return name


def _strengths(scenario: ScenarioData) -> list[float]:
    return [fraction for _, fraction in sorted(scenario["muscle_strength"].items())]


def _chain_key(scenario: ScenarioData) -> str:
    rest = {key: value for key, value in scenario.items() if key not in _STRENGTH_KEYS}
    return json.dumps([sorted(scenario["muscle_strength"]), rest], sort_keys=True)
