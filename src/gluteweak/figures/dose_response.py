"""How much follows from how much weakness: one panel an outcome, one line an adaptation (or sweep)."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from gluteweak.comparison.differences import band, scalar
from gluteweak.comparison.outcomes import COMPARED, Outcome, judge
from gluteweak.comparison.reading import Sweep, Walk
from gluteweak.errors import InputError
from gluteweak.figures import names, style

FloatArray = NDArray[np.float64]

#: What a single journal column has room for.
_FEW = (
    *("peak_pelvic_drop_deg", "peak_trunk_lean_deg", "peak_hip_adduction_deg", "peak_hip_abduction_moment_nm_kg"),
    *("peak_medial_compartment_force_bw", "peak_patellofemoral_contact_force_bw"),
)
_ROW_MM, _HEAD_MM, _LINE_MM = 42.0, 18.0, 4.0
_TOO_SMALL = "0.90"
#: Characters in a line of a panel's title.
_TITLE_WIDTH = 24


@dataclass(frozen=True)
class Dose:
    """One line: outcomes by strength; (n_strengths,) arrays, bands (n_strengths, 2) where there are any."""

    name: str
    strength_percent: FloatArray
    values: dict[str, FloatArray]
    bands: dict[str, FloatArray]


@dataclass(frozen=True)
class Doses:
    """What the figure shows, of one side; ``yardstick`` is the size that counts, from full strength."""

    side: str
    outcomes: tuple[Outcome, ...]
    lines: tuple[Dose, ...]
    reference: dict[str, float]
    yardstick: dict[str, float]
    weak: str
    model: str


def read_doses(sweeps: Sequence[Sweep], side: str) -> Doses:
    """Scenarios of one adaptation at two or more strengths become a line.

    Raises
    ------
    InputError
        If no adaptation was simulated at two strengths.
    """
    first = sweeps[0]
    outcomes = tuple(o for o in COMPARED if all(o.name in sweep.values for sweep in sweeps))
    lines = []
    for sweep in sweeps:
        for adaptation in dict.fromkeys(walk.adaptation for walk in sweep.usable()):
            walks = _by_strength([walk for walk in sweep.usable() if walk.adaptation == adaptation])
            if len(walks) > 1:
                name = names.adaptation(adaptation) if adaptation else names.safe(sweep.study)
                name = f"{name} ({names.safe(sweep.study)})" if len(sweeps) > 1 and adaptation else name
                lines.append(_read_line(name, sweep, walks, outcomes, side))
    if not lines:
        raise InputError(
            f"{first.path} has no adaptation at two certified strengths: a dose-response curve needs at least two "
            "entries in strength_percent of the study."
        )
    healthy = min(first.usable(), key=lambda walk: (abs(walk.strength_fraction - 1.0), walk.row))
    reference = {o.name: scalar(first, healthy, o.name, side) for o in outcomes}
    weakest = min(first.usable(), key=lambda walk: walk.strength_fraction)
    return Doses(
        side=side,
        outcomes=outcomes,
        lines=tuple(lines),
        reference=reference,
        yardstick={
            o.name: size
            for o in outcomes
            if (size := judge(o, reference[o.name], reference[o.name], None, None)[0].size) and not o.banded
        },
        weak=names.weakness(first.weak_muscles(weakest)),
        model=first.model,
    )


def draw_doses(data: Doses, width_mm: float = style.WIDTH_MM) -> Figure:
    """The figure; a narrow one shows fewer outcomes. Call it within `style.house_style`."""
    narrow = width_mm < style.WIDTH_MM
    outcomes = [o for o in data.outcomes if not narrow or o.name in _FEW]
    columns = 2 if narrow else 4
    rows = -(-len(outcomes) // columns)
    figure = style.new_figure(_HEAD_MM + _LINE_MM * len(data.lines) * narrow + _ROW_MM * rows, width_mm)
    axes = figure.subplots(rows, columns, sharex=True, squeeze=False).ravel()
    for outcome, own in zip(outcomes, axes, strict=False):
        _draw_panel(own, data, outcome)
    for own in axes[len(outcomes) :]:
        own.set_visible(False)
    for own in axes[max(0, len(outcomes) - columns) : len(outcomes)]:
        own.set_xlabel("Strength left (%)")
        own.tick_params(labelbottom=True)
    handles: list[Artist] = [
        Line2D([], [], label=line.name, markersize=3.5, linewidth=1.3, **style.series(i))
        for i, line in enumerate(data.lines[: style.MOST_SERIES])
    ]
    handles.append(Patch(color=_TOO_SMALL, label="Too small a change to count"))
    figure.legend(handles=handles, loc="outside upper center", ncols=1 if narrow else len(handles))
    return figure


def caption(data: Doses) -> str:
    """The figure's caption in plain words."""
    parts = [
        f"Outcomes of the {data.side} leg's stance by the strength left in the weak muscles ({data.weak}); full "
        "strength is on the left, none on the right. Each mark is one simulated walk.",
        "Grey zone about the value at full strength: changes that are too small to count, by a published threshold "
        "or, for forces and moments without one, by a tenth of the value. Coloured bands: the model's own uncertainty, "
        "5 to 95 % of Monte Carlo draws of knee geometry, abductor capacity and steps a day.",
        f"Computed for one model ({data.model}), not measured in people.",
    ]
    if len(data.lines) > style.MOST_SERIES:
        parts.insert(1, f"Only the first {style.MOST_SERIES} of {len(data.lines)} lines are drawn.")
    return "\n".join(textwrap.fill(part, 100) for part in parts) + "\n"


def _by_strength(walks: Sequence[Walk]) -> list[Walk]:
    """One scenario a strength, from strong to weak."""
    found: dict[float, Walk] = {}
    for walk in walks:
        found.setdefault(walk.strength_fraction, walk)
    return [found[strength] for strength in sorted(found, reverse=True)]


def _read_line(name: str, sweep: Sweep, walks: Sequence[Walk], outcomes: Sequence[Outcome], side: str) -> Dose:
    bands = {}
    for outcome in outcomes:
        found = [band(sweep, walk, outcome, side) for walk in walks]
        if None not in found:
            bands[outcome.name] = np.array(found, dtype=np.float64)
    return Dose(
        name=name,
        strength_percent=np.array([100.0 * walk.strength_fraction for walk in walks]),
        values={o.name: np.array([scalar(sweep, walk, o.name, side) for walk in walks]) for o in outcomes},
        bands=bands,
    )


def _draw_panel(axes: Axes, data: Doses, outcome: Outcome) -> None:
    reference = data.reference[outcome.name]
    if outcome.name in data.yardstick:
        size = data.yardstick[outcome.name]
        axes.axhspan(reference - size, reference + size, color=_TOO_SMALL, linewidth=0, zorder=0)
    axes.axhline(reference, color="0.45", linewidth=0.6, zorder=1)
    for i, line in enumerate(data.lines[: style.MOST_SERIES]):
        look = style.series(i)
        if outcome.name in line.bands:
            low, high = line.bands[outcome.name].T
            axes.fill_between(line.strength_percent, low, high, color=look["color"], alpha=0.13, linewidth=0, zorder=2)
        axes.plot(
            line.strength_percent,
            line.values[outcome.name],
            markersize=3.2,
            linewidth=1.3,
            zorder=3,
            clip_on=False,
            **look,
        )
    axes.set_title(textwrap.fill(outcome.heading, _TITLE_WIDTH), loc="left", fontsize=7.5, fontweight="normal")
    strengths = np.concatenate([line.strength_percent for line in data.lines])
    axes.set_xlim(float(np.max(strengths)), float(np.min(strengths)))
