"""Who takes over: which muscles pull harder when others are weak, in newtons and as a share of all that is added."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from gluteweak.comparison.reading import Sweep, Walk, read_rows
from gluteweak.comparison.selection import Pair
from gluteweak.comparison.table import number
from gluteweak.errors import InputError
from gluteweak.figures import names, style
from gluteweak.muscle_names import whole_muscle

FloatArray = NDArray[np.float64]

_MOST_MUSCLES, _MOST_PAIRS = 12, 4
_ROW_MM, _HEAD_MM = 3.3, 30.0
#: Names longer than this do not fit beside each other above the figure.
_LONG_NAME = 40
_HATCHES = ("", "////", "....", "xxxx")
#: A change below this (N) is numerical noise and no helper.
_SMALLEST_N = 1.0


@dataclass(frozen=True)
class TakeOver:
    """Change of each muscle's mean force in stance, (n_pairs, n_muscles), in N; share of what is added, 0 to 1."""

    side: str
    names: tuple[str, ...]
    muscles: tuple[str, ...]
    weak: tuple[str, ...]
    change_n: FloatArray
    share: FloatArray
    added_n: FloatArray
    lost_n: FloatArray
    reference: str
    left_out: int


def read_take_over(pairs: Sequence[Pair], side: str) -> TakeOver:
    """Mean muscle forces in this side's stance against those of the reference.

    Parts of one muscle are added up. The share of a muscle is its added force over the sum of all added forces of the
    muscles of this side; muscles that pull less have none.

    Raises
    ------
    InputError
        If a file lacks muscle forces, or the compared walkers have different muscles.
    """
    chosen = _most_telling(pairs)
    first = chosen[0]
    bases = _bases(first.sweep.muscle, side)
    change = np.stack([_change(pair, bases, side) for pair in chosen])
    weak = {whole_muscle(m) for pair in chosen for m in pair.sweep.weak_muscles(pair.walk)}
    is_weak = np.array([base in weak for base in bases])
    added = np.where((change > _SMALLEST_N) & ~is_weak, change, 0.0)
    total = added.sum(axis=1)
    share = np.divide(added, total[:, None], out=np.zeros_like(added), where=total[:, None] > 0)
    order = np.argsort(-np.max(np.abs(change), axis=0), kind="stable")
    kept = [i for i in order if np.max(np.abs(change[:, i])) > _SMALLEST_N][:_MOST_MUSCLES] or [int(order[0])]
    return TakeOver(
        side=side,
        names=tuple(names.pair(pair) for pair in chosen),
        muscles=tuple(names.muscle(bases[i]) for i in kept),
        weak=tuple(names.muscle(bases[i]) for i in kept if is_weak[i]),
        change_n=change[:, kept],
        share=share[:, kept],
        added_n=total,
        lost_n=-np.where(is_weak, change, 0.0).sum(axis=1),
        reference=names.pair_reference(first),
        left_out=len(pairs) - len(chosen),
    )


def draw_take_over(data: TakeOver, width_mm: float = style.WIDTH_MM) -> Figure:
    """Left the change in N, right the share of what is added. Call it within `style.house_style`."""
    narrow = width_mm < style.WIDTH_MM
    count = len(data.names)
    height = _HEAD_MM + 4.0 * count + _ROW_MM * (count + 0.8) * len(data.muscles)
    figure = style.new_figure(height, width_mm)
    left, right = figure.subplots(1, 2, sharey=True, gridspec_kw={"width_ratios": [1.5, 1.0]})
    place = np.arange(len(data.muscles), dtype=np.float64)
    thick = 0.82 / count
    for i in range(count):
        at = place + thick * (i - (count - 1) / 2.0)
        look = {"color": style.series(i)["color"], "hatch": _HATCHES[i], "edgecolor": "white", "linewidth": 0.3}
        left.barh(at, data.change_n[i], height=0.92 * thick, **look)
        right.barh(at, 100.0 * data.share[i], height=0.92 * thick, **look)
        for y, change, share in zip(at, data.change_n[i], data.share[i], strict=True):
            side = {
                "va": "center",
                "fontsize": 6,
                "xytext": (2 if change >= 0 else -2, 0),
                "textcoords": "offset points",
            }
            left.annotate(
                number(float(change), 0, signed=True), (change, y), ha="left" if change >= 0 else "right", **side
            )
            if share > 0:
                right.annotate(f"{100 * share:.0f}", (100 * share, y), ha="left", **{**side, "xytext": (2, 0)})
    left.axvline(0.0, color="black", linewidth=0.6)
    left.set_yticks(place, [f"{m} (weak)" if m in data.weak else m for m in data.muscles])
    left.set_ylim(len(data.muscles) - 0.4, -0.6)
    for axes in (left, right):
        axes.margins(x=0.38 if narrow else 0.14)
        axes.tick_params(axis="y", length=0)
    right.set_xlim(left=0.0)
    left.set_xlabel("Change of mean\nforce in stance (N)" if narrow else "Change of mean force in stance (N)")
    right.set_xlabel("Share of all added\nforce (%)" if narrow else "Share of all added force (%)")
    handles = [
        Patch(facecolor=style.series(i)["color"], hatch=_HATCHES[i], edgecolor="white", label=name)
        for i, name in enumerate(data.names)
    ]
    # A scenario in plain words takes a line of its own.
    stacked = narrow or count > 2 or any(len(name) > _LONG_NAME for name in data.names)
    figure.legend(handles=handles, loc="outside upper center", ncols=1 if stacked else count)
    return figure


def caption(data: TakeOver) -> str:
    """The figure's caption in plain words."""
    sums = "; ".join(
        f"{name}: weak muscles {number(-lost, 0, signed=True)} N, others together {number(added, 0, signed=True)} N"
        for name, lost, added in zip(data.names, data.lost_n, data.added_n, strict=True)
    )
    parts = [
        f"Who takes over in the {data.side} leg: change of each muscle's mean force while that foot is on the ground, "
        f"against: {data.reference}. Parts of one muscle are added up. Right: each helper's share of all force that "
        "the muscles of this side add.",
        f"{sums}. More newtons are added than are lost where helpers have a shorter lever or pull against each other; "
        "forces of different muscles do not add up to a joint moment.",
    ]
    if data.left_out:
        parts.append(f"The weakest scenario of each adaptation is shown; {data.left_out} others are in the table.")
    parts.append("Computed for a model, not measured in people.")
    return "\n".join(textwrap.fill(part, 100) for part in parts) + "\n"


def _most_telling(pairs: Sequence[Pair]) -> list[Pair]:
    """All pairs if they are few; else the weakest of each adaptation and file."""
    if len(pairs) <= _MOST_PAIRS:
        return list(pairs)
    weakest: dict[tuple[str, str], Pair] = {}
    for pair in pairs:
        key = (str(pair.sweep.path), pair.walk.adaptation)
        if key not in weakest or pair.walk.strength_fraction < weakest[key].walk.strength_fraction:
            weakest[key] = pair
    return list(weakest.values())[:_MOST_PAIRS]


def _bases(muscles: Sequence[str], side: str) -> list[str]:
    suffix = f"_{side[0]}"
    return list(dict.fromkeys(whole_muscle(m) for m in muscles if m.endswith(suffix)))


def _change(pair: Pair, bases: Sequence[str], side: str) -> FloatArray:
    if _bases(pair.reference_sweep.muscle, side) != list(bases) or _bases(pair.sweep.muscle, side) != list(bases):
        raise InputError(
            f"{pair.sweep.path} and {pair.reference_sweep.path} are of walkers with different muscles: their muscle "
            "forces cannot be compared one by one."
        )
    value = _mean_force_n(pair.sweep, pair.walk, bases, side)
    return value - _mean_force_n(pair.reference_sweep, pair.reference, bases, side)


def _mean_force_n(sweep: Sweep, walk: Walk, bases: Sequence[str], side: str) -> FloatArray:
    """Mean over this side's stance of each muscle, its parts added up."""
    force = read_rows(sweep, "muscle_force_n", [walk])[0]
    foot_off = float(read_rows(sweep, "foot_off_pct", [walk])[0][sweep.side.index(side)])
    stance = np.asarray(sweep.values["gait_cycle_pct"]) <= foot_off
    suffix = f"_{side[0]}"
    mean: dict[str, float] = {}
    for name, curve in zip(sweep.muscle, force, strict=True):
        if name.endswith(suffix):
            base = whole_muscle(name)
            mean[base] = mean.get(base, 0.0) + float(np.mean(curve[stance]))
    return np.array([mean[base] for base in bases])
