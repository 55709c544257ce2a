"""Short words for what figures show: muscles, adaptations, scenarios."""

from __future__ import annotations

from gluteweak.comparison.reading import Sweep, Walk
from gluteweak.comparison.selection import Pair
from gluteweak.comparison.table import plain
from gluteweak.comparison.words import adaptation, dose_group, explained, muscle, weakness, without_adaptation

__all__ = [
    "adaptation",
    "dose_group",
    "explained",
    "muscle",
    "pair",
    "pair_reference",
    "safe",
    "scenario",
    "weakness",
    "without_adaptation",
]


def scenario(walk: Walk) -> str:
    """A scenario in words: its own label, or its strength and adaptation."""
    if walk.label != walk.scenario_id or not walk.is_told_by_dose:
        return safe(walk.label)
    strength = f"{100 * walk.strength_fraction:.4g} % strength"
    return f"{strength}, {adaptation(walk.adaptation).lower()}" if walk.adaptation else safe(walk.scenario_id)


def pair(compared: Pair) -> str:
    """The compared scenario of a pair, with its study where the two come from different ones."""
    return _with_study(scenario(compared.walk), compared, compared.sweep)


def pair_reference(compared: Pair) -> str:
    """The reference of a pair, likewise."""
    return _with_study(scenario(compared.reference), compared, compared.reference_sweep)


def _with_study(said: str, compared: Pair, sweep: Sweep) -> str:
    same = compared.reference_sweep.path == compared.sweep.path or sweep.is_one_scenario
    return said if same else f"{said} ({safe(sweep.study)})"


def safe(text: str) -> str:
    """Text that matplotlib draws as it is: no mathematics between dollars, nothing that reorders."""
    return plain(text).replace("$", r"\$")
