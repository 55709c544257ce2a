"""The numbers of one scenario that a handout speaks of, and whether each change counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gluteweak.comparison.chain import weakest
from gluteweak.comparison.differences import Difference, compare
from gluteweak.comparison.outcomes import BY_NAME
from gluteweak.comparison.reading import Sweep, Walk, read_rows, read_sweep
from gluteweak.comparison.selection import Pair, reference_of
from gluteweak.comparison.targets import HIP_MUSCLES
from gluteweak.errors import InputError
from gluteweak.muscle_names import whole_muscle
from gluteweak.storage import kneecap_note
from gluteweak.validation.bands import BANDS
from gluteweak.variables import BAND_PERCENTILES

#: What the text says, by its key in the words.
FINDINGS = {
    "lean": "peak_trunk_lean_deg",
    "drop": "peak_pelvic_drop_deg",
    "thigh": "peak_hip_adduction_deg",
    "knee": "peak_tibiofemoral_contact_force_bw",
    "kneecap": "peak_patellofemoral_contact_force_bw",
}
#: Loads that were measured in people: the keys of their published bands.
_MEASURED = {"knee": "knee_contact_peak", "kneecap": "kneecap_force_peak"}
#: Postures of which the one that changed most is drawn over a step.
POSTURES = ("lean", "drop", "thigh")


@dataclass(frozen=True)
class Facts:
    """What the handout says of a scenario, of one leg (``side``) even where ``both_sides`` are weak.

    ``findings`` are by key, ``pull_bw`` is the healthy muscle's largest force.
    """

    study: str
    scenario_id: str
    side: str
    both_sides: bool
    strength_percent: float
    muscles: tuple[str, ...]
    pull_bw: float
    findings: dict[str, Difference]
    drawn_posture: str
    #: Healthy loads outside what was measured in people, by their keys in ``findings``: least and largest measured.
    doubtful: dict[str, tuple[float, float]]
    has_kneecap: bool = True

    def verdict(self, key: str) -> str:
        """``more``, ``less`` or, where the change does not count, ``same``."""
        found = self.findings[key]
        if not found.counts:
            return "same"
        return "more" if found.change > 0 else "less"


def read_facts(path: Path, scenario_id: str | None) -> Facts:
    """Read the numbers of a scenario, or of the weakest certified one.

    Raises
    ------
    InputError
        If the file is missing or broken, or the scenario is unknown, no result, or weakens no hip muscle.
    """
    low, *_, high = BAND_PERCENTILES
    bands = [f"{name}_{suffix}" for name in FINDINGS.values() for suffix in (low, high)]
    sweep = read_sweep(path, (*BY_NAME, "gait_cycle_pct"), bands)
    walk = weakest(sweep) if scenario_id is None else sweep.find(scenario_id)
    reference = reference_of(sweep, walk)
    muscles = tuple(dict.fromkeys(whole_muscle(name) for name in sweep.weak_muscles(walk)))
    if reference is None or not set(muscles) & set(HIP_MUSCLES):
        raise InputError(
            f"Scenario '{walk.scenario_id}' of {sweep.path} weakens no hip muscle, which is what the handout is about: "
            f"choose one that does{_examples(sweep)}."
        )
    (found,) = compare([Pair(sweep, reference, sweep, walk)])
    findings = {key: found.of(name) for key, name in FINDINGS.items()}
    return Facts(
        study=sweep.study,
        scenario_id=walk.scenario_id,
        side=found.side,
        both_sides=len({name[-1] for name in sweep.weak_muscles(walk)}) > 1,
        strength_percent=100.0 * walk.strength_fraction,
        muscles=muscles,
        pull_bw=_pull_bw(sweep, reference, found.side),
        findings=findings,
        drawn_posture=max(POSTURES, key=lambda key: abs(findings[key].in_yardsticks or 0.0)),
        doubtful=_doubtful(findings),
        has_kneecap=not kneecap_note(sweep.path),
    )


def _doubtful(findings: dict[str, Difference]) -> dict[str, tuple[float, float]]:
    """Which healthy loads lie outside their band, as the validation page judges them."""
    bands = {band.key: (band.low, band.high) for band in BANDS}
    measured = {key: bands[name] for key, name in _MEASURED.items()}
    return {k: (low, high) for k, (low, high) in measured.items() if not low <= findings[k].reference <= high}


def _pull_bw(sweep: Sweep, healthy: Walk, side: str) -> float:
    """Largest force of the whole gluteus medius in the healthy walk, in body weights."""
    if sweep.body_weight_n is None:
        raise InputError(f"{sweep.path} does not say the body's weight: it was made by another version; make it again.")
    force = read_rows(sweep, "muscle_force_n", [healthy])[0]
    own = [i for i, name in enumerate(sweep.muscle) if _is_own_gluteus(name, side)]
    if not own:
        raise InputError(f"{sweep.path} has no gluteus medius, which the handout is about.")
    return float(np.max(force[own].sum(axis=0))) / sweep.body_weight_n


def _is_own_gluteus(name: str, side: str) -> bool:
    return whole_muscle(name) == "glmed" and name.endswith(f"_{side[0]}")


def _examples(sweep: Sweep) -> str:
    weak = [walk.scenario_id for walk in sweep.usable() if _hip(sweep.weak_muscles(walk))]
    return f", for instance {weak[-1]}" if weak else ""


def _hip(muscles: Sequence[str]) -> bool:
    return any(whole_muscle(name) in HIP_MUSCLES for name in muscles)
