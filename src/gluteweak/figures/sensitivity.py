"""Which muscle matters most for which outcome: ranked bars of what a tenth less strength would change.

A bar is minus a tenth of the derivative by strength: the first-order change of the outcome if the muscle, all its parts
together, had ten per cent less of its full strength. Filled bars hold for gains and losses alike; hollow ones are
one-sided or bend within one per cent.
"""

from __future__ import annotations

import textwrap
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from gluteweak.comparison.sensitivity import Sensitivity, in_words, ranked, read_sensitivity, side_of
from gluteweak.comparison.words import muscle
from gluteweak.figures import style
from gluteweak.figures.measured_text import size_mm
from gluteweak.muscle_names import whole_muscle

_COLUMNS = 3
_PANEL_MM, _HEAD_MM = 48.0, 24.0
#: Blue and orange of Okabe and Ito: same side as the outcome, and the other side.
_SAME, _OTHER = "#0072B2", "#E69F00"
#: Width of the bars with their numbers, at the least, and the gap between a bar and its number.
_BARS_MM, _GAP_MM, _NUMBER_PT = 28.0, 1.5, 6.5


def draw_sensitivity(data: Sensitivity) -> Figure:
    """The figure; call it within ``style.house_style``."""
    rows = -(-len(data.panels) // _COLUMNS)
    figure = style.new_figure(_HEAD_MM + _PANEL_MM * rows)
    grid = figure.subplots(rows, _COLUMNS, squeeze=False).ravel()
    for axes in grid[len(data.panels) :]:
        axes.set_axis_off()
    for panel, axes in zip(range(len(data.panels)), grid, strict=False):
        _draw_panel(axes, data, panel)
    figure.suptitle(
        f"If one muscle lost a tenth of its strength ({data.scenario}, {data.side} leg)", fontweight="bold", fontsize=9
    )
    same, other = data.side, "left" if data.side == "right" else "right"
    figure.legend(
        handles=[
            Patch(color=_SAME, label=f"{same} muscle"),
            Patch(color=_OTHER, label=f"{other} muscle"),
            Patch(facecolor="white", edgecolor="0.4", label="hollow: bends, read the direction only"),
        ],
        loc="outside lower center",
        ncols=3,
    )
    return figure


def _draw_panel(axes: Axes, data: Sensitivity, panel: int) -> None:
    _, title, unit, decimals = data.panels[panel]
    order = ranked(data, panel)
    change = data.change[panel][order]
    largest = float(np.abs(change).max()) or 1.0
    texts = [f"{number:+.{decimals}f}".replace("-", "\N{MINUS SIGN}") for number in change]
    for place, (which, number, text) in enumerate(zip(order, change, texts, strict=True)):
        colour = _SAME if side_of(data.muscle[which]) == data.side else _OTHER
        filled = not data.is_doubtful[panel, which]
        axes.barh(place, number, height=0.62, facecolor=colour if filled else "white", edgecolor=colour, linewidth=1.0)
        axes.annotate(
            text,
            (number, place),
            xytext=(2.5 if number >= 0 else -2.5, 0),
            textcoords="offset points",
            va="center",
            ha="left" if number >= 0 else "right",
            fontsize=_NUMBER_PT,
        )
    axes.axvline(0.0, color="black", linewidth=0.6)
    low, high = min(float(change.min()), 0.0), max(float(change.max()), 0.0)
    # Room for the numbers at the ends of the bars, on the side of the names too.
    number_mm = max(size_mm(text, fontsize=_NUMBER_PT)[0] for text in texts) + _GAP_MM
    sides = (low < 0) + (high > 0)
    room = ((high - low) or largest) * number_mm / (_BARS_MM - sides * number_mm)
    axes.set_xlim(low - room * (low < 0), high + room * (high > 0))
    axes.set_yticks(
        range(len(order)), ["\n".join(textwrap.wrap(muscle(whole_muscle(data.muscle[m])), 16)) for m in order]
    )
    axes.tick_params(axis="y", length=0, labelsize=6.5)
    axes.tick_params(axis="x", labelbottom=False, length=0)
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_visible(False)
    axes.invert_yaxis()
    now = f"{data.value[panel]:.{max(decimals - 1, 0)}f}".replace("-", "\N{MINUS SIGN}")
    axes.set_title(f"{title}\nnow {now} {unit}", loc="left", fontsize=7.5)


def caption(data: Sensitivity) -> str:
    """The figure's caption in plain words."""
    first = data.muscle[ranked(data, 0)[0]]
    parts = [
        "Which muscle matters most for which outcome. For each outcome the six muscles whose loss of a tenth of their "
        "full strength would change it most, the one that matters most on top. A bar to the right means that the "
        "weaker muscle makes the outcome larger.",
        f"Scenario {data.scenario}, largest values while the {data.side} leg stands. Example: with a tenth less "
        f"strength of the {in_words(first)} the {data.panels[0][1].lower()} of "
        f"{data.value[0]:.1f} {data.panels[0][2]} would change by {data.change[0, ranked(data, 0)[0]]:+.2f}.",
        "The changes come from the exact slope at this very walk (the optimality conditions of the solved problem, "
        "differentiated), so they hold for small changes of strength and add up; a large loss can do something else. "
        "Hollow bars: the slope is not the same for gains and losses, or bends within one per cent.",
        "Computed for one model, not measured in you.",
    ]
    return "\n".join(textwrap.fill(part, 100) for part in parts) + "\n"


def save_sensitivity(path: Path, out_dir: Path, name: str) -> None:
    """Read, draw and write: ``<name>.png``, ``<name>.svg`` and the caption ``<name>.txt``.

    Parameters
    ----------
    path : Path
        ``sensitivity.h5`` of a scenario.
    out_dir : Path
        Folder for the three files.
    name : str
        Their name.

    Raises
    ------
    InputError
        If the file is missing or broken.
    """
    data = read_sensitivity(path)
    with style.house_style():
        style.save(draw_sensitivity(data), out_dir, name, caption(data), source=path)
