"""A checklist of hip-driven knee trouble for each scenario: the number, what is normal, and where that is from.

Nobody is diagnosed: a sign says that a number of a model lies outside what was published, or changed from the healthy
walk by more than its yardstick.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from gluteweak import parameters
from gluteweak.comparison import table
from gluteweak.comparison.reading import ROWS_AT_ONCE, Sweep, Walk, read_rows
from gluteweak.comparison.selection import reference_of
from gluteweak.comparison.table import MINUS, number
from gluteweak.muscle_names import whole_muscle
from gluteweak.parameters import Parameter
from gluteweak.summary import MOST_READ, aligned

_Curve = NDArray[np.float64]

CAVEAT = "A checklist of numbers of a model, not measured in anyone: it diagnoses nobody."
#: How the parts of the gluteus medius are called.
_GLUTEUS_MEDIUS = "glmed"
_ON_PCT, _OFF_PCT = (float(x) for x in parameters.GLUTEUS_MEDIUS_ACTIVITY.value)
_ACTIVE_FROM = float(parameters.ACTIVE_FROM.value)
_LATER = parameters.SMALLEST_SHOWN_ACTIVITY_DELAY
#: Samples over which early activity is looked for: from the middle of swing to the middle of the next stance.
_CYCLE_PCT = 100
_PER_CENT = 100.0

#: Outcome, label, unit, decimals, and the published mean and SD of healthy people.
_NORMAL: tuple[tuple[str, str, str, int, Parameter[tuple[float, ...]]], ...] = (
    ("peak_pelvic_drop_deg", "pelvic drop", "deg", 1, parameters.NORMAL_PEAK_PELVIC_DROP),
    ("peak_trunk_lean_deg", "trunk lean", "deg", 1, parameters.NORMAL_PEAK_TRUNK_LEAN),
    ("peak_hip_adduction_deg", "hip adduction", "deg", 1, parameters.NORMAL_PEAK_HIP_ADDUCTION),
    ("peak_patellofemoral_contact_force_bw", "kneecap force", "BW", 2, parameters.NORMAL_PEAK_PATELLOFEMORAL_FORCE),
)
_ANGLE, _ROTATION = parameters.SMALLEST_MEANINGFUL_FRONTAL_ANGLE, parameters.SMALLEST_MEANINGFUL_ROTATION_ANGLE
_SHARE = parameters.SMALLEST_SHOWN_LOAD_CHANGE
#: Outcome, label, unit, decimals, and the change from healthy that counts; loads: a share of healthy.
_CHANGED: tuple[tuple[str, str, str, int, Parameter[float]], ...] = (
    ("peak_femoral_adduction_deg", "femoral adduction", "deg", 1, _ANGLE),
    ("peak_hip_internal_rotation_deg", "femoral internal rotation", "deg", 1, _ROTATION),
    ("peak_knee_frontal_projection_deg", "knee projection angle", "deg", 1, _ANGLE),
    ("peak_iliotibial_force_n", "iliotibial force", "N", 0, _SHARE),
    ("patellofemoral_contact_impulse_bw_s", "kneecap load, a step", "BW s", 3, _SHARE),
    ("daily_patellofemoral_contact_impulse_bw_s", "kneecap load, a day", "BW s", 0, _SHARE),
)
OUTCOMES = tuple(name for name, *_ in (*_NORMAL, *_CHANGED))
#: What a sweep must hold for `checklists`; `OUTCOMES` are taken where they are.
NAMES = ("gait_cycle_pct",)


@dataclass(frozen=True)
class Sign:
    """One line of the list; ``low`` to ``high`` is normal, one of them open; ``normal`` says whose normal that is."""

    outcome: str
    label: str
    unit: str
    value: float
    healthy: float
    low: float | None
    high: float | None
    normal: str
    source: str
    present: bool
    to_be_confirmed: bool
    decimals: int


@dataclass(frozen=True)
class Checklist:
    """All signs of a scenario; ``reference`` is the healthy walk that changes are held against."""

    scenario_id: str
    label: str
    side: str
    reference: str
    signs: tuple[Sign, ...]

    @property
    def n_present(self) -> int:
        """How many signs are present."""
        return sum(sign.present for sign in self.signs)

    @property
    def count(self) -> str:
        """How many of how many signs are present."""
        return f"{self.n_present} of {len(self.signs)} signs"


def checklists(sweep: Sweep, walks: Sequence[Walk] | None = None) -> list[Checklist]:
    """The list of every usable scenario, or of these.

    Parameters
    ----------
    sweep : Sweep
        With `NAMES` and `OUTCOMES`; outcomes that it lacks are left out.
    walks : sequence of Walk, optional
        Scenarios that are meant.

    Raises
    ------
    InputError
        If the file is broken.
    """
    row = sweep.weak_row
    pairs = [(walk, reference_of(sweep, walk) or walk) for walk in walks or sweep.usable()]
    references = list({healthy.row: healthy for _, healthy in pairs}.values())
    before = dict(zip((one.row for one in references), _gluteal_curves(sweep, references, row), strict=True))
    found = []
    for begin in range(0, len(pairs), ROWS_AT_ONCE):
        block = pairs[begin : begin + ROWS_AT_ONCE]
        curves = _gluteal_curves(sweep, [walk for walk, _ in block], row)
        for (walk, healthy), curve in zip(block, curves, strict=True):
            found.append(_checklist(sweep, walk, healthy, (before[healthy.row], curve)))
    return found


def _gluteal_curves(sweep: Sweep, walks: Sequence[Walk], row: int) -> Sequence[_Curve | None]:
    """Mean activation of the parts of the gluteus medius of a side, (n_samples,) a walk; None where there is none."""
    own = [whole_muscle(m) == _GLUTEUS_MEDIUS and m.endswith(f"_{sweep.side[row][0]}") for m in sweep.muscle]
    if not any(own) or not walks:
        return [None] * len(walks)
    return list(np.mean(read_rows(sweep, "muscle_activation", walks)[:, own], axis=1))


def _checklist(sweep: Sweep, walk: Walk, healthy: Walk, curves: tuple[_Curve | None, _Curve | None]) -> Checklist:
    """``curves`` are the gluteus medius' activation in the healthy walk and in this one."""
    row = sweep.weak_row

    def scalar(one: Walk, name: str) -> float:
        return float(sweep.values[name][one.row][row])

    spreads = float(np.asarray(parameters.NORMAL_SPREADS.value))
    signs = []
    for name, label, unit, decimals, published in _NORMAL:
        if name in sweep.values:
            mean, deviation = published.value
            said = f"people {mean:g} +- {deviation:g}"
            # A model's number above people's is a sign where weakness brought it about, which is said beside it.
            high = mean + spreads * deviation
            confirm = published.kind != "measured"
            value, before = scalar(walk, name), scalar(healthy, name)
            signs.append(_above(name, label, unit, decimals, (value, before, high), said, published.source, confirm))
    for name, label, unit, decimals, smallest in _CHANGED:
        if name in sweep.values:
            before, value = scalar(healthy, name), scalar(walk, name)
            size = float(np.asarray(smallest.value)) * (abs(before) if smallest is _SHARE else 1.0)
            high, said = before + size, f"healthy walk + {number(size, decimals)}"
            signs.append(_above(name, label, unit, decimals, (value, before, high), said, smallest.source, True))
    return Checklist(
        walk.scenario_id,
        walk.label,
        sweep.side[row],
        healthy.scenario_id,
        (*signs, *_gluteal(np.asarray(sweep.values["gait_cycle_pct"]), *curves)),
    )


def _above(
    name: str,
    label: str,
    unit: str,
    decimals: int,
    numbers: tuple[float, float, float],
    said: str,
    source: str,
    confirm: bool,
) -> Sign:
    """A sign that is present above a limit; ``numbers`` are here, in the healthy walk, and the limit."""
    value, before, high = numbers
    return Sign(name, label, unit, value, before, None, high, said, source, value > high, confirm, decimals)


def _gluteal(pct: _Curve, healthy: _Curve | None, walk: _Curve | None) -> tuple[Sign, ...]:
    """Late or low activity of the gluteus medius; none where the walker has no such muscle."""
    if healthy is None or walk is None:
        return ()
    curves = (healthy, walk)
    before, now = (float(np.mean(curve[pct <= _OFF_PCT])) for curve in curves)
    first, starts = (_start_pct(curve) for curve in curves)
    least = (1.0 - float(np.asarray(_SHARE.value))) * before
    latest = first + float(np.asarray(_LATER.value))
    works, begins = f"gluteus medius, mean activity 0 to {_OFF_PCT:g} %", "gluteus medius, first active"
    share, later = float(np.asarray(_SHARE.value)), float(np.asarray(_LATER.value))
    said = f"healthy walk {MINUS} {_PER_CENT * share:g} %", f"healthy walk + {later:g}; people {_ON_PCT - _CYCLE_PCT:g}"
    name, unit = "muscle_activation", "% of cycle"
    return (
        Sign(name, works, "1", now, before, least, None, said[0], _SHARE.source, now < least, True, 3),
        Sign(name, begins, unit, starts, first, None, latest, said[1], _LATER.source, starts > latest, True, 0),
    )


def _start_pct(curve: _Curve) -> float:
    """When a muscle becomes active for foot strike: negative before it, 100 if never.

    The start of the spell of activity that reaches into early stance, looked for from the middle of the swing on.
    """
    active = np.asarray(curve[:_CYCLE_PCT] > _ACTIVE_FROM)
    if not active[: int(_OFF_PCT) + 1].any():
        return float(_CYCLE_PCT)
    begin = int(np.argmax(active[: int(_OFF_PCT) + 1]))
    if begin > 0:
        return float(begin)
    while begin > -(_CYCLE_PCT - int(_OFF_PCT)) // 2 and active[begin - 1]:
        begin -= 1
    return float(begin)


def most_telling(found: Sequence[Checklist], most: int = MOST_READ, few: int = 10) -> Sequence[Checklist]:
    """All, or of too many to read a few with the most signs, in the order of the sweep."""
    if len(found) <= most:
        return found
    chosen = sorted(range(len(found)), key=lambda i: (-found[i].n_present, i))[:few]
    return [found[i] for i in sorted(chosen)]


def as_text(found: Sequence[Checklist]) -> str:
    """One list a scenario."""
    blocks = []
    for one in found:
        rows = [["sign", "here", "healthy walk", "normal", "from", "source", "present"], [""] * 7]
        for sign in one.signs:
            edge = sign.high if sign.high is not None else sign.low
            limit = f"{'up to' if sign.high is not None else 'from'} {number(float(edge or 0.0), sign.decimals)}"
            rows.append(
                [
                    *(f"{sign.label} ({sign.unit})", number(sign.value, sign.decimals)),
                    *(number(sign.healthy, sign.decimals), limit, sign.normal),
                    *(
                        sign.source + (" (to be confirmed)" if sign.to_be_confirmed else ""),
                        "yes" if sign.present else "no",
                    ),
                ]
            )
        title = f"{one.label}: {one.count} (stance of the {one.side} leg)"
        blocks.append(title + "\n\n" + "\n".join(aligned(rows)))
    return "\n\n".join([*blocks, CAVEAT]) + "\n"


def as_json(found: Sequence[Checklist]) -> str:
    """The same as JSON."""
    return table.as_json(CAVEAT, [asdict(one) for one in found])
