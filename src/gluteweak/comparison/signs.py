"""A checklist of hip-driven knee trouble for each scenario: the number, what is normal, and where that is from.

Nobody is diagnosed: a sign says that a number of a model lies outside what was published, or changed from the healthy
walk by more than its yardstick.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from gluteweak import parameters
from gluteweak.comparison.reading import Sweep, Walk, read_rows
from gluteweak.comparison.selection import reference_of
from gluteweak.comparison.table import number
from gluteweak.muscle_names import whole_muscle
from gluteweak.parameters import Parameter
from gluteweak.summary import aligned

CAVEAT = "A checklist of numbers of a model, not measured in anyone: it diagnoses nobody."
#: How the parts of the gluteus medius are called, and the part of the cycle in which it works (see validation.bands).
_GLUTEUS_MEDIUS, _WORKS_UNTIL_PCT, _ACTIVE_FROM = "glmed", 40.0, 0.05

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


@dataclass(frozen=True)
class Sign:
    """One line of the list; ``low`` to ``high`` is normal, one of them may be open."""

    label: str
    unit: str
    value: float
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


def checklists(sweep: Sweep) -> list[Checklist]:
    """The list of every usable scenario.

    Parameters
    ----------
    sweep : Sweep
        With `OUTCOMES` and ``gait_cycle_pct``; outcomes that it lacks are left out.

    Raises
    ------
    InputError
        If the file is broken.
    """
    return [_checklist(sweep, walk, reference_of(sweep, walk) or walk) for walk in sweep.usable()]


def _checklist(sweep: Sweep, walk: Walk, healthy: Walk) -> Checklist:
    row = sweep.weak_row

    def scalar(one: Walk, name: str) -> float:
        return float(sweep.values[name][one.row][row])

    signs = []
    for name, label, unit, decimals, published in _NORMAL:
        if name in sweep.values:
            mean, deviation = published.value
            spreads = float(np.asarray(parameters.NORMAL_SPREADS.value))
            said = f"{mean:g} +- {deviation:g}"
            high, value = mean + spreads * deviation, scalar(walk, name)
            confirm = published.kind != "measured"
            signs.append(Sign(label, unit, value, None, high, said, published.source, value > high, confirm, decimals))
    for name, label, unit, decimals, smallest in _CHANGED:
        if name in sweep.values:
            before, value = scalar(healthy, name), scalar(walk, name)
            size = float(np.asarray(smallest.value)) * (abs(before) if smallest is _SHARE else 1.0)
            said = f"healthy walk {before:.{decimals}f}"
            signs.append(
                Sign(
                    label,
                    unit,
                    value,
                    None,
                    before + size,
                    said,
                    smallest.source,
                    value > before + size,
                    True,
                    decimals,
                )
            )
    return Checklist(
        walk.scenario_id,
        walk.label,
        sweep.side[row],
        healthy.scenario_id,
        (*signs, *_gluteal(sweep, walk, healthy, row)),
    )


def _gluteal(sweep: Sweep, walk: Walk, healthy: Walk, row: int) -> tuple[Sign, ...]:
    """Late or low activity of the gluteus medius; none where the walker has no such muscle."""
    own = [whole_muscle(m) == _GLUTEUS_MEDIUS and m.endswith(f"_{sweep.side[row][0]}") for m in sweep.muscle]
    if not any(own):
        return ()
    pct = np.asarray(sweep.values["gait_cycle_pct"])
    curves = np.mean(read_rows(sweep, "muscle_activation", [healthy, walk])[:, own], axis=1)
    works = pct <= _WORKS_UNTIL_PCT
    before, now = (float(np.mean(curve[works])) for curve in curves)
    starts = [
        float(pct[np.argmax(curve > _ACTIVE_FROM)]) if np.any(curve > _ACTIVE_FROM) else 100.0 for curve in curves
    ]
    least = (1.0 - float(np.asarray(_SHARE.value))) * before
    return (
        Sign(
            *("gluteus medius, mean activity 0 to 40 %", "1", now, least, None, f"healthy walk {before:.3f}"),
            *(_SHARE.source, now < least, True, 3),
        ),
        Sign(
            *("gluteus medius, first active", "% of cycle", starts[1], None, starts[0] + 1.0),
            *(f"healthy walk {starts[0]:.0f}", _SHARE.source, starts[1] > starts[0] + 1.0, True, 0),
        ),
    )


def as_text(found: Sequence[Checklist]) -> str:
    """One list a scenario."""
    blocks = []
    for one in found:
        present = sum(sign.present for sign in one.signs)
        rows = [["sign", "here", "normal", "from", "source", "present"], [""] * 6]
        for sign in one.signs:
            edge = sign.high if sign.high is not None else sign.low
            limit = f"{'up to' if sign.high is not None else 'from'} {number(float(edge or 0.0), sign.decimals)}"
            rows.append(
                [
                    *(f"{sign.label} ({sign.unit})", number(sign.value, sign.decimals), limit, sign.normal),
                    *(
                        sign.source + (" (to be confirmed)" if sign.to_be_confirmed else ""),
                        "yes" if sign.present else "no",
                    ),
                ]
            )
        title = f"{one.label}: {present} of {len(one.signs)} signs (stance of the {one.side} leg)"
        blocks.append(title + "\n\n" + "\n".join(aligned(rows)))
    return "\n\n".join([*blocks, CAVEAT]) + "\n"


def as_json(found: Sequence[Checklist]) -> str:
    """The same as JSON."""
    return json.dumps({"note": CAVEAT, "scenarios": [asdict(one) for one in found]}, indent=2) + "\n"
