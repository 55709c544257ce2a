"""The compensation that a weak walker found, named: drop, lean, adduction, sway, step width, more muscle force.

Each is held against the healthy walk of the study. One is named where it exceeds its yardstick; none may be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gluteweak import parameters
from gluteweak.comparison.reading import Sweep, Walk, read_rows
from gluteweak.comparison.selection import reference_of
from gluteweak.comparison.table import number
from gluteweak.comparison.words import muscle
from gluteweak.muscle_names import whole_muscle
from gluteweak.storage import read_file
from gluteweak.summary import aligned

_CM_PER_M = 100.0
#: A muscle's mean force in stance that changes by less (N) is not named among the helpers.
_SMALLEST_HELP_N = 5.0
_HELPERS = 3
#: Outcomes of the sweep; what to call more and less of each.
_POSTURES = (
    ("peak_pelvic_drop_deg", "pelvic drop", "the pelvis drops more", "the pelvis drops less"),
    ("peak_trunk_lean_deg", "trunk lean", "the trunk leans towards the weak side", "the trunk leans away from it"),
    ("peak_hip_adduction_deg", "hip adduction", "the hip adducts more", "the hip adducts less"),
)
OUTCOMES = tuple(name for name, *_ in _POSTURES)


@dataclass(frozen=True)
class Finding:
    """One possible compensation; ``yardstick`` is the size above which it is named."""

    label: str
    unit: str
    decimals: int
    healthy: float
    value: float
    yardstick: float
    source: str
    more: str
    less: str

    @property
    def change(self) -> float:
        """Deviation from the healthy walk."""
        return self.value - self.healthy

    @property
    def counts(self) -> bool:
        """Whether it exceeds its yardstick."""
        return abs(self.change) > self.yardstick


@dataclass(frozen=True)
class Compensation:
    """What one scenario does differently, and its helpers: (muscle in words, N more in stance)."""

    walk: Walk
    reference: Walk
    side: str
    findings: tuple[Finding, ...]
    helpers: tuple[tuple[str, float], ...]


def compensations(sweep: Sweep, scenarios_dir: Path | None = None) -> list[Compensation]:
    """Every usable scenario of a sweep against its healthy walk.

    Parameters
    ----------
    sweep : Sweep
        With `OUTCOMES`, ``gait_cycle_pct`` and ``foot_off_pct``.
    scenarios_dir : Path, optional
        Folders with ``solution.h5``: sway and step width are read there, and left out without it.

    Raises
    ------
    InputError
        If a file is missing or broken.
    """
    pairs = [(walk, reference_of(sweep, walk)) for walk in sweep.usable()]
    return [_compensation(sweep, walk, healthy, scenarios_dir) for walk, healthy in pairs if healthy is not None]


def _compensation(sweep: Sweep, walk: Walk, healthy: Walk, scenarios_dir: Path | None) -> Compensation:
    row = sweep.weak_row
    angle = parameters.SMALLEST_MEANINGFUL_FRONTAL_ANGLE
    found = [
        Finding(
            *(label, "deg", 1, float(sweep.values[name][healthy.row][row]), float(sweep.values[name][walk.row][row])),
            *(float(angle.value), angle.source, more, less),
        )
        for name, label, more, less in _POSTURES
    ]
    if scenarios_dir is not None:
        ways = [lateral_cm(scenarios_dir / one.scenario_id / "solution.h5") for one in (healthy, walk)]
        smallest = parameters.SMALLEST_SHOWN_LATERAL_CHANGE
        words = (
            ("lateral sway of the pelvis", "the pelvis sways more", "the pelvis sways less"),
            ("step width", "the steps get wider", "the steps get narrower"),
        )
        for i, (label, more, less) in enumerate(words):
            numbers = (ways[0][i], ways[1][i], float(smallest.value))
            found.append(Finding(label, "cm", 1, *numbers, smallest.source, more, less))
    force = [mean_force_n(sweep, one, row) for one in (healthy, walk)]
    total = [sum(one.values()) for one in force]
    share = parameters.SMALLEST_SHOWN_LOAD_CHANGE
    found.append(
        Finding(
            *("force of all muscles of that leg", "N", 0, total[0], total[1], float(share.value) * total[0]),
            *(share.source, "the muscles of that leg pull harder in all", "the muscles of that leg pull less in all"),
        )
    )
    change = {name: force[1][name] - force[0][name] for name in force[0]}
    weak = {whole_muscle(name) for name in sweep.weak_muscles(walk)}
    best = sorted((name for name in change if name not in weak), key=lambda name: -change[name])[:_HELPERS]
    helpers = tuple((muscle(name).lower(), change[name]) for name in best if change[name] > _SMALLEST_HELP_N)
    return Compensation(walk, healthy, sweep.side[row], tuple(found), helpers)


def mean_force_n(sweep: Sweep, walk: Walk, row: int) -> dict[str, float]:
    """Mean tension of each whole muscle of a side (row of ``side``) in that side's stance."""
    force = read_rows(sweep, "muscle_force_n", [walk])[0]
    stance = np.asarray(sweep.values["gait_cycle_pct"]) <= float(sweep.values["foot_off_pct"][walk.row][row])
    mean: dict[str, float] = {}
    for name, curve in zip(sweep.muscle, force, strict=True):
        if name.endswith(f"_{sweep.side[row][0]}"):
            mean[whole_muscle(name)] = mean.get(whole_muscle(name), 0.0) + float(np.mean(curve[stance]))
    return mean


def lateral_cm(solution: Path) -> tuple[float, float]:
    """Peak-to-peak lateral sway of the pelvis, and the distance in z between the loads on both feet.

    Raises
    ------
    InputError
        If the file is missing or broken.
    """
    names = ("coordinate", "coordinate_value", "contact_sphere", "contact_force_n", "contact_point_m")
    values, _ = read_file(solution, names)
    way = values["coordinate_value"][:, list(values["coordinate"]).index("pelvis_tz")]
    place = []
    for suffix in ("_r", "_l"):
        own = [str(name).endswith(suffix) for name in values["contact_sphere"]]
        load = values["contact_force_n"][:, own, 1]
        place.append(float(np.sum(load * values["contact_point_m"][:, own, 2]) / np.sum(load)))
    return _CM_PER_M * float(np.ptp(way)), _CM_PER_M * (place[0] - place[1])


def sentence(one: Compensation) -> str:
    """The compensation in a sentence."""
    named = sorted((f for f in one.findings if f.counts), key=lambda f: -abs(f.change) / f.yardstick)
    said = [
        f"{f.more if f.change > 0 else f.less} ({number(f.change, f.decimals, signed=True)} {f.unit})" for f in named
    ]
    found = "; ".join(said) if said else "no posture changes by more than its yardstick"
    takers = ", ".join(f"{name} ({number(more, 0, signed=True)} N)" for name, more in one.helpers)
    return f"{one.walk.label}: {found}." + (f" Helped most by: {takers}." if takers else "")


def as_text(found: Sequence[Compensation]) -> str:
    """A sentence and a table for each scenario."""
    blocks = []
    for one in found:
        rows = [["compensation", "healthy", "here", "change", "named above", "yardstick of"], [""] * 6]
        rows += [
            [
                *(f"{f.label} ({f.unit})", number(f.healthy, f.decimals), number(f.value, f.decimals)),
                *(
                    number(f.change, f.decimals, signed=True) + ("*" if f.counts else ""),
                    f"{f.yardstick:.3g}",
                    f.source,
                ),
            ]
            for f in one.findings
        ]
        blocks.append(sentence(one) + "\n\n" + "\n".join(aligned(rows)))
    closing = (
        "Stance of the weak leg, against the healthy walk of the study; sway and step width of the whole cycle. "
        "Computed for a model, not measured in people."
    )
    return "\n\n".join([*blocks, closing]) + "\n"
