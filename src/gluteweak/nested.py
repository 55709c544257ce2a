"""Nested scenarios: pairs that differ in strength alone, and of which one is nowhere stronger than the other.

Without motor habit the optimal cost cannot rise with strength, which scales active force alone: a stronger walker can
do all that a weaker one does, with less activation. So where a solved cost rises with strength, the stronger scenario
is a bad local minimum. With motor habit nothing of that kind holds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gluteweak.plant import FloatArray

#: Relative; an optimal cost is known to the solver's tolerance (at most 1e-4), summed over two scenarios.
COST_SLACK = 2e-4

#: What scenarios that are compared may differ in: strength, names, and words for people.
_MAY_DIFFER = frozenset(
    {"scenario_id", "strength_fraction", "muscle_strength", "steps_walked", "steps_per_day", "adaptation_name"}
    | {"role", "label", "group", "treatment", "walk"}
)


@dataclass(frozen=True)
class Rise:
    """A cost that rises with strength; ``weaker`` is the cheapest scenario that contradicts ``stronger``."""

    weaker: str
    stronger: str
    weaker_cost: float
    stronger_cost: float
    #: The nearest scenario that is nowhere weaker than ``stronger``, if the study has one.
    beyond: str | None


def rises(scenarios: Iterable[Mapping[str, Any]], costs: Mapping[str, float]) -> Iterator[Rise]:
    """Scenarios whose cost is above that of one that is nowhere stronger, from weak to strong.

    Time grows with the square of the number of scenarios that differ in strength alone; memory does not.

    Parameters
    ----------
    scenarios
        ``study.Scenario`` as mappings.
    costs
        Optimal cost by ``scenario_id``; scenarios without one are left out.
    """
    families: dict[str, list[Mapping[str, Any]]] = {}
    for scenario in scenarios:
        if scenario["scenario_id"] in costs and scenario["weights"]["motor_habit"] == 0:
            families.setdefault(_family(scenario), []).append(scenario)
    for family in families.values():
        yield from _rises_of(family, costs)


def _rises_of(family: list[Mapping[str, Any]], costs: Mapping[str, float]) -> Iterator[Rise]:
    muscles = sorted({muscle for scenario in family for muscle in scenario["muscle_strength"]})
    family = sorted(family, key=lambda s: (_strengths(s, muscles).sum(), s["scenario_id"]))
    names = [str(scenario["scenario_id"]) for scenario in family]
    strength = np.array([_strengths(scenario, muscles) for scenario in family]).reshape(len(family), len(muscles))
    cost = np.array([costs[name] for name in names])
    for k in range(len(names)):
        below = np.flatnonzero(cost[k] > cost[:k] + COST_SLACK * np.maximum(np.abs(cost[:k]), abs(cost[k])))
        below = below[(strength[below] <= strength[k]).all(axis=1)]
        if below.size:
            weaker = int(below[np.argmin(cost[below])])
            later = np.arange(k + 1, len(names))
            later = later[(strength[later] >= strength[k]).all(axis=1)]
            distance = np.abs(strength[later] - strength[k]).max(axis=1, initial=0.0)
            beyond = names[int(later[np.argmin(distance)])] if later.size else None
            yield Rise(names[weaker], names[k], float(cost[weaker]), float(cost[k]), beyond)


def _strengths(scenario: Mapping[str, Any], muscles: list[str]) -> FloatArray:
    return np.array([scenario["muscle_strength"].get(muscle, 1.0) for muscle in muscles])


def _family(scenario: Mapping[str, Any]) -> str:
    """What scenarios that differ in strength alone have in common."""
    return json.dumps({name: value for name, value in scenario.items() if name not in _MAY_DIFFER}, sort_keys=True)
