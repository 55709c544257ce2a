"""Curves over the gait cycle of what is compared: one line a scenario, one band a sweep or adaptation."""

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

from gluteweak.comparison import words
from gluteweak.comparison.differences import band
from gluteweak.comparison.outcomes import BY_NAME
from gluteweak.comparison.reading import Sweep, Walk, read_rows
from gluteweak.comparison.selection import Pair
from gluteweak.figures import names, style

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Panel:
    """One quantity: its curve, its axis label and the scalar whose model band is drawn at the peak."""

    curve: str
    label: str
    scalar: str

    def scalar_is_in(self, sweep: Sweep) -> bool:
        """Whether a file of another version may lack it: the peak tells."""
        return f"peak_{self.curve}" in sweep.values


PANELS = (
    Panel("pelvic_drop_deg", "Pelvic drop (deg)", ""),
    Panel("trunk_lean_deg", "Trunk lean (deg)", ""),
    Panel("hip_adduction_deg", "Hip adduction (deg)", ""),
    Panel("hip_internal_rotation_deg", "Hip int. rotation (deg)", ""),
    Panel("femoral_adduction_deg", "Femoral adduction (deg)", ""),
    Panel("hip_abduction_moment_nm_kg", "Hip abd. moment (Nm/kg)", ""),
    Panel("knee_adduction_moment_nm_kg", "Knee add. moment (Nm/kg)", ""),
    Panel("hip_contact_force_bw", "Hip force (BW)", ""),
    Panel("medial_compartment_force_bw", "Medial knee (BW)", "peak_medial_compartment_force_bw"),
    Panel("lateral_compartment_force_bw", "Lateral knee (BW)", "peak_lateral_compartment_force_bw"),
    Panel("patellofemoral_contact_force_bw", "Kneecap force (BW)", "peak_patellofemoral_contact_force_bw"),
    Panel("iliotibial_force_n", "Iliotibial band (N)", ""),
)
#: What a single journal column has room for.
_FEW = (
    *("pelvic_drop_deg", "trunk_lean_deg", "hip_adduction_deg", "hip_abduction_moment_nm_kg"),
    *("medial_compartment_force_bw", "patellofemoral_contact_force_bw"),
)
_ROW_MM, _HEAD_MM, _LINE_MM = 44.0, 18.0, 4.0
#: Sideways distance of model bands at the same peak.
_BAR_STEP_PCT = 2.2
_STANCE = "0.93"


@dataclass(frozen=True)
class Group:
    """One line (a single scenario), or one band (several): (n_walks, n_samples) a panel; ``bands`` at the peak."""

    name: str
    is_reference: bool
    curves: dict[str, FloatArray]
    bands: dict[str, tuple[float, float]]
    foot_off_pct: float

    @property
    def count(self) -> int:
        """How many scenarios it holds."""
        return len(next(iter(self.curves.values()), ()))


@dataclass(frozen=True)
class Curves:
    """What the figure shows, of one side."""

    side: str
    gait_cycle_pct: FloatArray
    groups: tuple[Group, ...]
    model: str


def read_curves(pairs: Sequence[Pair], side: str) -> Curves:
    """Read the curves of what is compared.

    A few scenarios are a line each; the scenarios of a sweep, or of an adaptation where one sweep is compared with
    itself, are one band.

    Raises
    ------
    InputError
        If a file lacks a curve.
    """
    sweep = pairs[0].sweep
    panels = [panel for panel in PANELS if all(panel.scalar_is_in(pair.sweep) for pair in pairs)]
    groups = [
        _read_group(name, own_sweep, walks, panels, side, is_reference=i == 0)
        for i, (name, own_sweep, walks) in enumerate(_members(pairs))
    ]
    return Curves(side, np.asarray(sweep.values["gait_cycle_pct"], dtype=np.float64), tuple(groups), sweep.model)


def draw_curves(data: Curves, width_mm: float = style.WIDTH_MM) -> Figure:
    """The figure; a narrow one shows fewer quantities. Call it within `style.house_style`."""
    narrow = width_mm < style.WIDTH_MM
    panels = [p for p in PANELS if p.curve in data.groups[0].curves and (not narrow or p.curve in _FEW)]
    columns = 2 if narrow else 3
    rows = -(-len(panels) // columns)
    figure = style.new_figure(_HEAD_MM + _LINE_MM * len(data.groups) * narrow + _ROW_MM * rows, width_mm)
    axes = figure.subplots(rows, columns, sharex=True, squeeze=False).ravel()
    for panel, own in zip(panels, axes, strict=False):
        _draw_panel(own, data, panel)
    for own in axes[len(panels) :]:
        own.set_visible(False)
    for own in axes[max(0, len(panels) - columns) : len(panels)]:
        own.set_xlabel(f"Gait cycle, {data.side} leg (%)")
        own.tick_params(labelbottom=True)
    handles: list[Artist] = [_handle(i, group) for i, group in enumerate(data.groups)]
    handles.append(Patch(color=_STANCE, label="Foot on the ground"))
    figure.legend(handles=handles, loc="outside upper center", ncols=1 if narrow else 2)
    return figure


def caption(data: Curves) -> str:
    """The figure's caption in plain words."""
    banded = [group.name for group in data.groups if group.count > 1]
    parts = [
        f"One stride of the {data.side} leg, from one strike of that foot (0 %) to its next (100 %). Grey: the foot is "
        f"on the ground. Dashed black: {data.groups[0].name}, which the others are compared with.",
    ]
    if banded:
        parts.append(
            f"Bands ({', '.join(banded)}) reach from the lowest to the highest of several scenarios; the line in "
            "them is their median."
        )
    if any(group.bands for group in data.groups):
        parts.append(
            "Upright bars at the peaks of knee and kneecap forces: the model's own uncertainty, 5 to 95 % of Monte "
            "Carlo draws of knee geometry."
        )
    parts.append(f"Computed for one model ({data.model}), not measured in people.")
    return "\n".join(textwrap.fill(part, 100) for part in parts) + "\n"


def _members(pairs: Sequence[Pair]) -> list[tuple[str, Sweep, list[Walk]]]:
    """Groups with their names; the first holds what is compared with."""
    first = pairs[0]
    references = list(dict.fromkeys(pair.reference for pair in pairs))
    across = first.reference_sweep.path != first.sweep.path and len(pairs) > 1
    if len(pairs) <= style.MOST_SERIES - 1 and len(references) == 1:
        own = [(names.pair(pair), pair.sweep, [pair.walk]) for pair in pairs]
        return [(names.pair_reference(first), first.reference_sweep, references), *own]
    groups: dict[tuple[str, str], tuple[str, Sweep, list[Walk]]] = {}
    for pair in pairs:
        key = (str(pair.sweep.path), "" if across else pair.walk.adaptation)
        name = names.safe(pair.sweep.study) if across else names.adaptation(pair.walk.adaptation)
        groups.setdefault(key, (name, pair.sweep, []))[2].append(pair.walk)
    if across:
        return [(names.safe(first.reference_sweep.study), first.reference_sweep, references), *groups.values()]
    told = [(f"{name}, {words.fault(walks)}", sweep, walks) for name, sweep, walks in groups.values()]
    head = words.healthy([pair.walk for pair in pairs])
    return [(head, first.reference_sweep, references[:1]), *told]


def _read_group(
    name: str, sweep: Sweep, walks: list[Walk], panels: Sequence[Panel], side: str, *, is_reference: bool
) -> Group:
    row = sweep.side.index(side)
    # A copy of one side, so that the other one does not stay in memory.
    curves = {panel.curve: read_rows(sweep, panel.curve, walks)[:, row].copy() for panel in panels}
    bands = {}
    if len(walks) == 1:
        for panel in panels:
            found = band(sweep, walks[0], BY_NAME[panel.scalar], side) if panel.scalar in BY_NAME else None
            if found is not None:
                bands[panel.curve] = found
    foot_off = float(np.mean(read_rows(sweep, "foot_off_pct", walks)[:, row]))
    return Group(name, is_reference, curves, bands, foot_off)


def _draw_panel(axes: Axes, data: Curves, panel: Panel) -> None:
    axes.axvspan(0.0, data.groups[0].foot_off_pct, color=_STANCE, linewidth=0, zorder=0)
    axes.axhline(0.0, color="0.6", linewidth=0.5, zorder=1)
    pct = data.gait_cycle_pct
    for i, group in enumerate(data.groups):
        curves = group.curves[panel.curve]
        line = _line(i, group)
        if group.count > 1:
            low, high = np.min(curves, axis=0), np.max(curves, axis=0)
            axes.fill_between(pct, low, high, color=line["color"], alpha=0.18, linewidth=0, zorder=2)
        axes.plot(pct, np.median(curves, axis=0), zorder=4 if group.is_reference else 3, **line)
        if panel.curve in group.bands:
            _draw_bar(axes, data, group, panel, i, line["color"])
    axes.set_ylabel(panel.label)
    axes.set_xticks(range(0, 101, 20))


def _draw_bar(axes: Axes, data: Curves, group: Group, panel: Panel, index: int, color: str) -> None:
    """Model band at the peak in stance, set apart sideways so that bars of several scenarios stay visible."""
    stance = data.gait_cycle_pct <= group.foot_off_pct
    at = float(data.gait_cycle_pct[int(np.argmax(np.where(stance, group.curves[panel.curve][0], -np.inf)))])
    axes.errorbar(
        at + _BAR_STEP_PCT * (index - (len(data.groups) - 1) / 2.0),
        float(np.mean(group.bands[panel.curve])),
        yerr=float(np.ptp(group.bands[panel.curve])) / 2.0,
        color=color,
        linewidth=0.9,
        capsize=1.8,
        capthick=0.9,
        zorder=5,
    )


def _line(index: int, group: Group) -> dict[str, Any]:
    if group.is_reference:
        return style.REFERENCE
    line = style.series(index - 1)
    del line["marker"]
    return {**line, "linewidth": 1.5}


def _handle(index: int, group: Group) -> Line2D:
    return Line2D([], [], label=group.name, **_line(index, group))
