"""How much follows from how much weakness: one panel an outcome, one line an adaptation (or sweep).

A study of several groups of walkers (other muscles, other speeds) has a line for each of them: the colour says which,
the dashes how they live with it.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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
#: Dashes of the adaptations where colours tell groups apart; columns of that legend.
_DASHES: tuple[Any, ...] = ("-", (0, (4, 1.5)), (0, (1.2, 1.2)))
_GROUP_COLUMNS = 2
#: More bands than these hide each other; more marks than these hide their line.
_MOST_BANDS, _MOST_MARKS = 3, 11
#: Characters in a line of a panel's title.
_TITLE_WIDTH = 24


@dataclass(frozen=True)
class Dose:
    """One line: outcomes by strength; (n_strengths,) arrays, bands (n_strengths, 2) where there are any.

    ``name`` is the adaptation's (and sweep's); ``group`` says which walkers, empty where a sweep has one group.
    """

    name: str
    group: str
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

    @property
    def groups(self) -> tuple[str, ...]:
        """Which walkers, where that tells lines apart."""
        return tuple(dict.fromkeys(line.group for line in self.lines if line.group))

    @property
    def drawn(self) -> tuple[tuple[Dose, dict[str, Any]], ...]:
        """The lines that a reader can tell apart, and how they look."""
        if not self.groups:
            return tuple((line, style.series(i)) for i, line in enumerate(self.lines[: style.MOST_SERIES]))
        names_, groups = list(dict.fromkeys(line.name for line in self.lines)), list(self.groups)
        return tuple(
            (line, {**style.series(groups.index(line.group)), "linestyle": _DASHES[names_.index(line.name)]})
            for line in self.lines
            if names_.index(line.name) < len(_DASHES) and groups.index(line.group) < style.MOST_SERIES
        )


def read_doses(sweeps: Sequence[Sweep], side: str) -> Doses:
    """Scenarios of one adaptation at two or more strengths become a line, for each group of walkers.

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
            name = names.adaptation(adaptation) if adaptation else names.safe(sweep.study)
            name = f"{name} ({names.safe(sweep.study)})" if len(sweeps) > 1 and adaptation else name
            own = [walk for walk in sweep.usable() if walk.adaptation == adaptation]
            for group, walks in _groups(own).items():
                lines.append(_read_line(name, group, sweep, walks, outcomes, side))
    if not lines:
        raise InputError(
            f"{first.path} has no adaptation at two certified strengths: a dose-response curve needs at least two "
            "entries in strength_percent of the study."
        )
    healthy = min(first.usable(), key=lambda walk: (abs(walk.strength_fraction - 1.0), walk.row))
    reference = {o.name: scalar(first, healthy, o.name, side) for o in outcomes}
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
        weak=_weak(first),
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
    handles = _handles(data)
    columns = _GROUP_COLUMNS if data.groups else len(handles)
    figure.legend(handles=handles, loc="outside upper center", ncols=1 if narrow else columns)
    return figure


def _handles(data: Doses) -> list[Artist]:
    """Which walkers by colour and how that is lived with by dashes; or the lines one by one."""
    told: dict[str, dict[str, Any]] = {}
    for line, look in data.drawn:
        if data.groups:
            told.setdefault(line.group, {**look, "linestyle": ""})
        else:
            told[line.name] = look
    for line, look in data.drawn if data.groups else ():
        told.setdefault(line.name, {"color": "0.3", "linestyle": look["linestyle"]})
    handles: list[Artist] = [
        Line2D([], [], label=name, markersize=3.5, linewidth=1.3, **look) for name, look in told.items()
    ]
    return [*handles, Patch(color=_TOO_SMALL, label="Too small a change to count")]


def caption(data: Doses) -> str:
    """The figure's caption in plain words."""
    parts = [
        f"Outcomes of the {data.side} leg's stance by the strength left in the weak muscles ({data.weak}); full "
        f"strength is on the left, none on the right. Each mark is one simulated walk{_said_of_marks(data)}.",
        "Grey zone about the value at full strength: changes that are too small to count, by a published threshold "
        "or, for forces and moments without one, by a tenth of the value. " + _said_of_bands(data),
        f"Computed for one model ({data.model}), not measured in people.",
    ]
    if data.groups:
        parts.insert(1, "The colour says which walkers, the dashes how they live with it.")
    if len(data.lines) > len(data.drawn):
        parts.insert(1, f"Only {len(data.drawn)} of {len(data.lines)} lines are drawn.")
    return "\n".join(textwrap.fill(part, 100) for part in parts) + "\n"


def _said_of_marks(data: Doses) -> str:
    most = max(len(line.strength_percent) for line in data.lines)
    return f"; of {most} strengths not every one has a mark" if most > _MOST_MARKS else ""


def _said_of_bands(data: Doses) -> str:
    draws = "knee geometry, abductor capacity and steps a day"
    bands = f"the model's own uncertainty, 5 to 95 % of Monte Carlo draws of {draws}"
    if len(data.drawn) > _MOST_BANDS:
        return f"Not drawn for so many lines: {bands}."
    return f"Coloured bands: {bands}."


def _groups(walks: Sequence[Walk]) -> dict[str, list[Walk]]:
    """Walks of one adaptation from strong to weak, by group; one unnamed group if there is only one to tell."""
    by_comparison: dict[str, list[Walk]] = {}
    for walk in walks:
        by_comparison.setdefault(walk.comparison, []).append(walk)
    lines = [line for own in by_comparison.values() if len(line := _by_strength(own)) > 1]
    found = {names.safe(names.dose_group(line[-1])): line for line in lines}
    if len(lines) > 1 and len(found) == len(lines):
        return found
    together = _by_strength(walks)
    return {"": together} if len(together) > 1 else {}


def _weak(sweep: Sweep) -> str:
    """The weak muscles of each group in words."""
    weakest: dict[str, Walk] = {}
    for walk in sorted(sweep.usable(), key=lambda walk: walk.strength_fraction):
        weakest.setdefault(walk.comparison, walk)
    said = dict.fromkeys(names.weakness(muscles) for walk in weakest.values() if (muscles := sweep.weak_muscles(walk)))
    return "; or ".join(said) or "no muscle"


def _by_strength(walks: Sequence[Walk]) -> list[Walk]:
    """One scenario a strength, from strong to weak."""
    found: dict[float, Walk] = {}
    for walk in walks:
        found.setdefault(walk.strength_fraction, walk)
    return [found[strength] for strength in sorted(found, reverse=True)]


def _read_line(
    name: str, group: str, sweep: Sweep, walks: Sequence[Walk], outcomes: Sequence[Outcome], side: str
) -> Dose:
    bands = {}
    for outcome in outcomes:
        found = [band(sweep, walk, outcome, side) for walk in walks]
        if None not in found:
            bands[outcome.name] = np.array(found, dtype=np.float64)
    return Dose(
        name=name,
        group=group,
        strength_percent=np.array([100.0 * walk.strength_fraction for walk in walks]),
        values={o.name: np.array([scalar(sweep, walk, o.name, side) for walk in walks]) for o in outcomes},
        bands=bands,
    )


def _title(outcome: Outcome) -> str:
    """A panel's title, its unit in one piece."""
    unit = f"({outcome.unit})"
    return textwrap.fill(outcome.heading.replace(unit, unit.replace(" ", "\N{NO-BREAK SPACE}")), _TITLE_WIDTH)


def _draw_panel(axes: Axes, data: Doses, outcome: Outcome) -> None:
    reference = data.reference[outcome.name]
    if outcome.name in data.yardstick:
        size = data.yardstick[outcome.name]
        axes.axhspan(reference - size, reference + size, color=_TOO_SMALL, linewidth=0, zorder=0)
    axes.axhline(reference, color="0.45", linewidth=0.6, zorder=1)
    drawn = data.drawn
    for line, look in drawn:
        if outcome.name in line.bands and len(drawn) <= _MOST_BANDS:
            low, high = line.bands[outcome.name].T
            axes.fill_between(line.strength_percent, low, high, color=look["color"], alpha=0.13, linewidth=0, zorder=2)
        axes.plot(
            line.strength_percent,
            line.values[outcome.name],
            markersize=3.2,
            markevery=-(-len(line.strength_percent) // _MOST_MARKS),
            linewidth=1.3,
            zorder=3,
            clip_on=False,
            **look,
        )
    axes.set_title(_title(outcome), loc="left", fontsize=7.5, fontweight="normal")
    strengths = np.concatenate([line.strength_percent for line in data.lines])
    axes.set_xlim(float(np.max(strengths)), float(np.min(strengths)))
