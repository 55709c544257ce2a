"""Healthy simulated curves with the published peaks beside them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from gluteweak.errors import InputError
from gluteweak.figures import style
from gluteweak.storage import read_file
from gluteweak.validation.bands import PUBLISHED_PEAKS, PublishedPeak

FloatArray = NDArray[np.float64]

#: Dataset and axis label of each panel, in reading order.
PANELS = (
    ("pelvic_drop_deg", "Pelvic drop (deg)"),
    ("hip_adduction_deg", "Hip adduction (deg)"),
    ("vertical_ground_reaction_bw", "Vertical ground reaction (BW)"),
    ("hip_abduction_moment_nm_kg", "Hip abduction moment (Nm/kg)"),
    ("knee_adduction_moment_nm_kg", "Knee adduction moment (Nm/kg)"),
    ("hip_contact_force_bw", "Hip contact force (BW)"),
    ("tibiofemoral_contact_force_bw", "Knee contact force (BW)"),
    ("patellofemoral_contact_force_bw", "Kneecap contact force (BW)"),
)
_ROWS, _COLUMNS = 4, 2
_HEIGHT_MM = 215.0
_CURVE: dict[str, dict[str, Any]] = {
    "right": {"color": "black", "linestyle": "-"},
    "left": {"color": "black", "linestyle": (0, (3.5, 1.5))},
}
#: Published sets: vermilion, blue, green of Okabe and Ito, told apart without red and green.
_COLOURS = ("#D55E00", "#0072B2", "#009E73")
#: Bars of sets whose peaks nearly coincide stay apart by their width.
_WIDTHS = (2.6, 1.1, 1.1)
_ROOM_FOR_NAMES = 0.16


@dataclass(frozen=True)
class Healthy:
    """Curves of the first certified scenario at full strength, (2 sides, n_samples) a panel."""

    scenario: str
    side: tuple[str, ...]
    gait_cycle_pct: FloatArray
    foot_off_pct: FloatArray
    curves: dict[str, FloatArray]


def read_healthy(sweep: Path) -> Healthy:
    """Read what the figure needs.

    Raises
    ------
    InputError
        If the file is missing or broken, or has no certified scenario at full strength.
    """
    names = ("scenario_id", "side", "gait_cycle_pct", "strength_fraction", "certified", "foot_off_pct")
    values, _ = read_file(sweep, (*names, *(name for name, _ in PANELS)))
    full = np.flatnonzero((values["strength_fraction"] == 1) & (values["certified"] == 1))
    if not full.size:
        raise InputError(f"{sweep} has no certified scenario at full strength, so there is nothing to draw.")
    i = int(full[0])
    return Healthy(
        scenario=str(values["scenario_id"][i]),
        side=tuple(str(side) for side in values["side"]),
        gait_cycle_pct=values["gait_cycle_pct"],
        foot_off_pct=values["foot_off_pct"][i],
        curves={name: values[name][i] for name, _ in PANELS},
    )


def draw_validation(data: Healthy) -> Figure:
    """One panel a quantity; call it within `style.house_style`."""
    figure = style.new_figure(_HEIGHT_MM)
    grid = figure.subplots(_ROWS, _COLUMNS, sharex=True)
    for axes, (name, label) in zip(grid.flat, PANELS, strict=True):
        _draw_panel(axes, data, name)
        axes.set_ylabel(label)
    for axes in grid[-1]:
        axes.set_xlabel("Gait cycle of each leg (%)")
    figure.legend(
        handles=[
            *(Line2D([], [], label=f"simulated, {side}", **_CURVE[side]) for side in data.side),
            Patch(color="0.5", alpha=0.3, linewidth=0, label="published, mean and 2 SD either way"),
        ],
        loc="outside upper center",
        ncols=3,
    )
    return figure


def _draw_panel(axes: Axes, data: Healthy, name: str) -> None:
    for row, side in enumerate(data.side):
        axes.plot(data.gait_cycle_pct, data.curves[name][row], zorder=3, linewidth=1.2, **_CURVE[side])
    peaks = [peak for peak in PUBLISHED_PEAKS if peak.dataset == name]
    labels = list(dict.fromkeys(peak.label for peak in peaks))
    for peak in peaks:
        _draw_peak(axes, peak, labels.index(peak.label), float(data.foot_off_pct.mean()))
    axes.axhline(0.0, color="0.6", linewidth=0.5, zorder=1)
    axes.set_xlim(0, 100)
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + _ROOM_FOR_NAMES * (high - low))
    axes.set_xticks(range(0, 101, 20))
    for k, label in enumerate(labels):
        axes.text(
            0.99,
            0.98 - 0.09 * k,
            label,
            transform=axes.transAxes,
            ha="right",
            va="top",
            fontsize="small",
            color=_COLOURS[k],
        )


def _draw_peak(axes: Axes, peak: PublishedPeak, index: int, foot_off_pct: float) -> None:
    colour = _COLOURS[index]
    if peak.time_pct is None:
        axes.hlines(peak.mean, 0, foot_off_pct, color=colour, linewidth=1.0, linestyle=(0, (1, 1)), zorder=2)
        if peak.sd is not None:
            edges = (peak.mean - 2 * peak.sd, peak.mean + 2 * peak.sd)
            axes.fill_between([0, foot_off_pct], *edges, color=colour, alpha=0.15, linewidth=0, zorder=0)
        return
    axes.errorbar(
        peak.time_pct,
        peak.mean,
        yerr=None if peak.sd is None else 2 * peak.sd,
        fmt="o",
        markersize=3.5,
        capsize=2.5,
        elinewidth=_WIDTHS[index],
        color=colour,
        zorder=4 + index,
    )
