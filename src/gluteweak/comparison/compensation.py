"""The compensation that a walker found, named: drop, lean, adduction, sway, step width, co-contraction, more force.

Each is held against the healthy walk of the study and told with its size. One is *named* where it exceeds its
yardstick; none may be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gluteweak import parameters
from gluteweak.comparison import table
from gluteweak.comparison.reading import ROWS_AT_ONCE, Sweep, Walk, read_rows
from gluteweak.comparison.selection import reference_of
from gluteweak.comparison.table import MARK, number, plain
from gluteweak.comparison.words import muscle
from gluteweak.muscle_names import whole_muscle
from gluteweak.parameters import Parameter
from gluteweak.summary import MOST_READ, aligned

_HELPERS = 3
CAVEAT = "Against the healthy walk of the study. Computed for a model, not measured in people."


@dataclass(frozen=True)
class Way:
    """One way to cope: its outcome in the sweep, short and long label, unit, and words for more and less of it.

    ``curve`` must change with it for it to be named: an index of co-contraction rises by itself where one of two groups
    gets weak, though nobody pulls harder; the moment that they spend on each other does not.
    """

    outcome: str
    short: str
    label: str
    unit: str
    decimals: int
    smallest: Parameter[float]
    more: str
    less: str
    curve: str = ""


_ANGLE = parameters.SMALLEST_MEANINGFUL_FRONTAL_ANGLE
_SIDEWAYS = parameters.SMALLEST_SHOWN_LATERAL_CHANGE
_OPPOSED = parameters.SMALLEST_SHOWN_CO_CONTRACTION_CHANGE
WAYS = (
    Way(
        *("peak_pelvic_drop_deg", "drop", "pelvic drop", "deg", 1, _ANGLE),
        *("the pelvis drops more", "the pelvis drops less"),
    ),
    Way(
        *("peak_trunk_lean_deg", "lean", "trunk lean", "deg", 1, _ANGLE),
        *("the trunk leans towards the weak side", "the trunk leans away from the weak side"),
    ),
    Way(
        *("peak_hip_adduction_deg", "hip adduction", "hip adduction", "deg", 1, _ANGLE),
        *("the hip adducts more", "the hip adducts less"),
    ),
    Way(
        *("center_of_mass_sway_cm", "sway", "lateral sway of the body", "cm", 1, _SIDEWAYS),
        *("the body sways more", "the body sways less"),
    ),
    Way(
        *("trunk_sway_cm", "trunk sway", "lateral sway of the trunk", "cm", 1, _SIDEWAYS),
        *("the trunk sways more", "the trunk sways less"),
    ),
    Way(
        *("step_width_cm", "step width", "step width", "cm", 1, _SIDEWAYS),
        *("the steps get wider", "the steps get narrower"),
    ),
    Way(
        *("hip_co_contraction_index_pct", "co-contr. hip", "co-contraction about the hip", "%", 0, _OPPOSED),
        *("hip abductors and adductors work more against each other", "hip muscles work less against each other"),
        "hip_co_contraction_nm_kg",
    ),
    Way(
        *("knee_co_contraction_index_pct", "co-contr. knee", "co-contraction about the knee", "%", 0, _OPPOSED),
        *("knee extensors and flexors work more against each other", "knee muscles work less against each other"),
        "knee_co_contraction_nm_kg",
    ),
)
#: Not a number of the sweep but made of its curves; its yardstick is a share of the healthy force.
_FORCE = Way(
    *("muscle_force_n", "muscle force", "force of all muscles of that leg", "N", 0),
    parameters.SMALLEST_SHOWN_LOAD_CHANGE,
    *("the muscles of that leg pull harder in all", "the muscles of that leg pull less in all"),
)
OUTCOMES = tuple(way.outcome for way in WAYS)
#: Everything that `compensations` reads of a sweep.
NAMES = (*OUTCOMES, "gait_cycle_pct", "foot_off_pct")


@dataclass(frozen=True)
class Finding:
    """One possible compensation; ``yardstick`` is the size above which it is named."""

    way: Way
    healthy: float
    value: float
    yardstick: float
    #: Whether what `Way.curve` names changed with it.
    is_confirmed: bool = True

    @property
    def change(self) -> float:
        """Deviation from the healthy walk."""
        return self.value - self.healthy

    @property
    def counts(self) -> bool:
        """Whether it exceeds its yardstick, and is confirmed."""
        return self.is_confirmed and abs(self.change) > self.yardstick

    @property
    def words(self) -> str:
        """What happens, with its size."""
        change = number(self.change, self.way.decimals, signed=True)
        return f"{self.way.more if self.change > 0 else self.way.less} ({change} {self.way.unit})"


@dataclass(frozen=True)
class Compensation:
    """What one scenario does differently, and its helpers: (muscle in words, N more in stance)."""

    walk: Walk
    reference: Walk
    side: str
    findings: tuple[Finding, ...]
    helpers: tuple[tuple[str, float], ...]

    @property
    def named(self) -> tuple[Finding, ...]:
        """What exceeds its yardstick, the largest first."""
        return tuple(sorted((f for f in self.findings if f.counts), key=lambda f: -abs(f.change) / f.yardstick))


def compensations(sweep: Sweep, walks: Sequence[Walk] | None = None) -> list[Compensation]:
    """Every usable scenario of a sweep, or these, against its healthy walk; healthy walks themselves are left out.

    Parameters
    ----------
    sweep : Sweep
        With `NAMES`.
    walks : sequence of Walk, optional
        Scenarios that are meant.

    Raises
    ------
    InputError
        If the file is broken.
    """
    row = sweep.weak_row
    pairs = [(walk, healthy) for walk in walks or sweep.usable() if (healthy := reference_of(sweep, walk)) is not None]
    references = list({healthy.row: healthy for _, healthy in pairs}.values())
    healthy_n = {one.row: force for one, force in zip(references, mean_forces_n(sweep, references, row), strict=True)}
    confirmed = _confirmed(sweep, pairs, row)
    found = []
    for begin in range(0, len(pairs), ROWS_AT_ONCE):
        block = pairs[begin : begin + ROWS_AT_ONCE]
        forces = mean_forces_n(sweep, [walk for walk, _ in block], row)
        found += [
            _compensation(sweep, walk, healthy, (healthy_n[healthy.row], force), confirmed)
            for (walk, healthy), force in zip(block, forces, strict=True)
        ]
    return found


def _compensation(
    sweep: Sweep,
    walk: Walk,
    healthy: Walk,
    forces_n: tuple[dict[str, float], dict[str, float]],
    confirmed: set[tuple[str, int]],
) -> Compensation:
    """``forces_n`` are the healthy walk's and its own; ``confirmed`` is as `_confirmed` has it."""
    row = sweep.weak_row
    found = []
    for way in WAYS:
        one = _finding(sweep, way, walk, healthy, row)
        if one.counts and way.curve and (way.curve, walk.row) not in confirmed:
            one = replace(one, is_confirmed=False)
        found.append(one)
    healthy_n, force = forces_n
    whole = sum(healthy_n.values())
    found.append(Finding(_FORCE, whole, sum(force.values()), float(_FORCE.smallest.value) * whole))
    change = {name: force[name] - healthy_n[name] for name in force}
    weak = {whole_muscle(name) for name in (*sweep.weak_muscles(walk), *walk.badly_timed)}
    best = sorted((name for name in change if name not in weak), key=lambda name: -change[name])[:_HELPERS]
    smallest = float(parameters.SMALLEST_SHOWN_HELP.value)
    helpers = tuple((muscle(name).lower(), change[name]) for name in best if change[name] > smallest)
    return Compensation(walk, healthy, sweep.side[row], tuple(found), helpers)


def _finding(sweep: Sweep, way: Way, walk: Walk, healthy: Walk, row: int) -> Finding:
    before, now = (_of_side(sweep.values[way.outcome][one.row], row) for one in (healthy, walk))
    return Finding(way, before, now, float(way.smallest.value))


def _confirmed(sweep: Sweep, pairs: Sequence[tuple[Walk, Walk]], row: int) -> set[tuple[str, int]]:
    """Curve and row of the walks whose `Way.curve` changes with the outcome; only of changes that would count.

    A curve changes with it where its mean in stance changes the same way, by more than a share that is shown.
    """
    share = float(parameters.SMALLEST_SHOWN_LOAD_CHANGE.value)
    confirmed = set()
    for way in (way for way in WAYS if way.curve):
        asked = [
            (walk, healthy, one.change)
            for walk, healthy in pairs
            if (one := _finding(sweep, way, walk, healthy, row)).counts
        ]
        references = list({healthy.row: healthy for _, healthy, _ in asked}.values())
        before = dict(zip((one.row for one in references), _means(sweep, way.curve, references, row), strict=True))
        for begin in range(0, len(asked), ROWS_AT_ONCE):
            block = asked[begin : begin + ROWS_AT_ONCE]
            means = _means(sweep, way.curve, [walk for walk, _, _ in block], row)
            for (walk, healthy, change), now in zip(block, means, strict=True):
                was = before[healthy.row]
                if abs(now - was) > share * was and (now > was) == (change > 0):
                    confirmed.add((way.curve, walk.row))
    return confirmed


def _means(sweep: Sweep, curve: str, walks: Sequence[Walk], row: int) -> list[float]:
    """Mean of a curve in the stance of a side, a walk."""
    if not walks:
        return []
    curves = read_rows(sweep, curve, walks)[:, row]
    return [float(np.mean(one[_stance(sweep, walk, row)])) for one, walk in zip(curves, walks, strict=True)]


def _stance(sweep: Sweep, walk: Walk, row: int) -> NDArray[np.bool_]:
    foot_off = float(sweep.values["foot_off_pct"][walk.row][row])
    return np.asarray(np.asarray(sweep.values["gait_cycle_pct"]) <= foot_off, dtype=np.bool_)


def _of_side(value: object, row: int) -> float:
    """A number of a side, or of the whole body where there is one for both."""
    array = np.asarray(value)
    return float(array[row] if array.ndim else array)


def mean_forces_n(sweep: Sweep, walks: Sequence[Walk], row: int) -> list[dict[str, float]]:
    """Mean tension of each whole muscle of a side (row of ``side``) in that side's stance, a walk."""
    if not walks:
        return []
    own = [k for k, name in enumerate(sweep.muscle) if name.endswith(f"_{sweep.side[row][0]}")]
    names = [whole_muscle(sweep.muscle[k]) for k in own]
    made = []
    for force, walk in zip(read_rows(sweep, "muscle_force_n", walks), walks, strict=True):
        mean: dict[str, float] = {}
        curves = np.ascontiguousarray(force[own][:, _stance(sweep, walk, row)])
        for name, value in zip(names, np.mean(curves, axis=1).tolist(), strict=True):
            mean[name] = mean.get(name, 0.0) + value
        made.append(mean)
    return made


def sentence(one: Compensation) -> str:
    """The compensation in a sentence."""
    said = "; ".join(f.words for f in one.named) or "nothing changes by more than its yardstick"
    takers = ", ".join(f"{name} ({number(more, 0, signed=True)} N)" for name, more in one.helpers)
    return f"{plain(one.walk.label)}: {said}." + (f" Helped most by: {takers}." if takers else "")


def most_telling(found: Sequence[Compensation], most: int = MOST_READ) -> Sequence[Compensation]:
    """All, or of too many the one that deviates most in each adaptation."""
    if len(found) <= most:
        return found
    chosen: dict[str, Compensation] = {}
    for one in found:
        best = chosen.get(one.walk.adaptation)
        if best is None or _rank(one) > _rank(best):
            chosen[one.walk.adaptation] = one
    return list(chosen.values())


def _rank(one: Compensation) -> tuple[float, float]:
    """The larger the largest deviation, in yardsticks; of equals the weaker."""
    return max(abs(f.change) / f.yardstick * f.is_confirmed for f in one.findings), -one.walk.strength_fraction


def as_table(found: Sequence[Compensation], extra: dict[str, str] | None = None, heading: str = "") -> str:
    """One line a scenario: the change of each, `table.MARK` where it is named; ``extra`` is a last column by scenario.

    Of too many scenarios `most_telling` are shown.
    """
    if not found:
        return ""
    first, *_ = found
    rows = [
        ["change from healthy", *(f.way.short for f in first.findings), *([heading] if extra else [])],
        ["", *(f.way.unit for f in first.findings), *([""] if extra else [])],
    ]
    for one in most_telling(found):
        cells = [number(f.change, f.way.decimals, signed=True) + (MARK if f.counts else "") for f in one.findings]
        rows.append([one.walk.scenario_id, *cells, *([extra.get(one.walk.scenario_id, "")] if extra else [])])
    return "\n".join(aligned(rows))


def as_text(found: Sequence[Compensation]) -> str:
    """A sentence and a table for each scenario."""
    blocks = []
    for one in found:
        rows = [["compensation", "healthy", "here", "change", "named above", "yardstick of"], [""] * 6]
        rows += [
            [
                *(f"{f.way.label} ({f.way.unit})", number(f.healthy, f.way.decimals), number(f.value, f.way.decimals)),
                *(
                    number(f.change, f.way.decimals, signed=True) + (MARK if f.counts else ""),
                    f"{f.yardstick:.3g}",
                    f.way.smallest.source,
                ),
            ]
            for f in one.findings
        ]
        blocks.append(sentence(one) + "\n\n" + "\n".join(aligned(rows)))
    closing = (
        "Angles: peaks in stance of the weak leg; sway and step width: of the whole cycle; co-contraction and force: "
        "in stance. An index of co-contraction that rises merely because one group got weak is not named. "
        f"{CAVEAT}"
    )
    return "\n\n".join([*blocks, closing]) + "\n"


def as_json(found: Sequence[Compensation]) -> str:
    """The same as JSON: for each scenario its sentence, every finding with its numbers, and the helpers."""
    scenarios = [
        {
            "scenario_id": one.walk.scenario_id,
            "label": one.walk.label,
            "side": one.side,
            "reference": one.reference.scenario_id,
            "sentence": sentence(one),
            "findings": [
                {
                    **{name: getattr(f.way, name) for name in ("outcome", "label", "unit", "decimals")},
                    **{"healthy": f.healthy, "value": f.value, "change": f.change, "yardstick": f.yardstick},
                    **{"source": f.way.smallest.source, "named": f.counts, "words": f.words},
                }
                for f in one.findings
            ],
            "helpers": [{"muscle": name, "more_n": more} for name, more in one.helpers],
        }
        for one in found
    ]
    return table.as_json(CAVEAT, scenarios)
