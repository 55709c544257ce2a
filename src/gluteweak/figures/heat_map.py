"""Scenarios by outcomes: how far each lies from its reference, in units of what counts.

A handful of scenarios stand side by side with the number in each cell; a large sweep has one thin row a scenario.
"""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from gluteweak.comparison.differences import Compared, Difference
from gluteweak.comparison.table import number
from gluteweak.figures import measured_text, names, style

FloatArray = NDArray[np.float64]

#: Colour is full at this many yardsticks.
_FULL = 3.0
_COLOURS = colormaps["PuOr_r"]
_DARK = 0.62
_ROW_MM, _HEAD_MM, _HIGHEST_MM = 5.6, 46.0, 235.0
#: Scenarios that fit side by side with their numbers, in a wide and in a narrow figure.
_MOST_COLUMNS = {False: 12, True: 4}
#: With more rows than this only some are named.
_MOST_NAMES = 50
_NAME_WIDTH = 30
#: Letters and room for the names of rows, room between them and the adaptation, and the least share of rows beside
#: which an adaptation's name has room.
_NAME_SIZE, _ROW_NAME_MM, _HEAD_GAP_MM, _LEAST_HEADED = 6.5, 75.0, 3.0, 0.2


def draw_heat_map(compared: Sequence[Compared], width_mm: float = style.WIDTH_MM) -> Figure:
    """The figure; call it within `style.house_style`."""
    narrow = width_mm < style.WIDTH_MM
    with_numbers = len(compared) <= _MOST_COLUMNS[narrow]
    shown = np.array([[d.in_yardsticks or 0.0 for d in one.differences] for one in compared])
    shown = shown.T if with_numbers else shown
    height = min(_HIGHEST_MM, (_HEAD_MM if with_numbers else 1.4 * _HEAD_MM) + _ROW_MM * len(shown))
    figure = style.new_figure(height, width_mm)
    axes = figure.subplots()
    norm = TwoSlopeNorm(0.0, -_FULL, _FULL)
    image = axes.imshow(np.clip(shown, -_FULL, _FULL), cmap=_COLOURS, norm=norm, aspect="auto")
    cells = [list(one.differences) for one in compared]
    outcomes = [d.outcome.heading for d in cells[0]]
    if with_numbers:
        cells = [list(row) for row in zip(*cells, strict=True)]
        _label(axes, rows=outcomes, columns=[_name(one) for one in compared])
    else:
        _label(axes, rows=[_name_of_row(one) for one in compared], columns=outcomes)
        axes.tick_params(axis="y", labelsize=_NAME_SIZE)
        _head_rows(axes, [one.pair.walk.adaptation for one in compared])
    if len(shown) <= _MOST_NAMES:
        _mark(axes, cells, shown, with_numbers=with_numbers)
    bar = figure.colorbar(image, ax=axes, location="bottom", shrink=0.9 if narrow else 0.5, aspect=40, pad=0.02)
    said = ("Purple less, orange more;", "1 is the smallest change that counts")
    bar.set_label(("\n" if narrow else " ").join(said))
    bar.outline.set_visible(False)
    return figure


def caption(compared: Sequence[Compared]) -> str:
    """The figure's caption in plain words."""
    sides = " or ".join(sorted({one.side for one in compared}))
    references = list(dict.fromkeys(names.pair_reference(one.pair) for one in compared))
    parts = [
        f"Change of each outcome in each simulated walk against: {'; '.join(references)}. Stance of the {sides} leg. "
        "Numbers are changes in the outcome's own unit; bold and boxed (or a sign, where there is no room) marks a "
        "change that counts.",
        "Colour: the change in units of the smallest one that counts (a published threshold; the model's own band; "
        "else a tenth of the reference). Orange is more, purple is less, white is none; in grey print read the signs.",
        "Computed for a model, not measured in people.",
    ]
    return "\n".join(textwrap.fill(part, 100) for part in parts) + "\n"


def _name(one: Compared) -> str:
    return "\n".join(textwrap.wrap(names.pair(one.pair), _NAME_WIDTH)[:2])


def _name_of_row(one: Compared) -> str:
    """A scenario on one line, without the adaptation, which stands beside its rows."""
    named = names.without_adaptation(names.pair(one.pair), one.pair.walk.adaptation)
    return str(measured_text.shrunk(named, _ROW_NAME_MM, _NAME_SIZE, fontsize=_NAME_SIZE)["s"])


def _head_rows(axes: Axes, adaptations: Sequence[str]) -> None:
    """The adaptation of each run of rows, upright at the left of their names."""
    named = [label.get_text() for label in axes.get_yticklabels()]
    widest_mm = max(measured_text.size_mm(name, fontsize=_NAME_SIZE)[0] for name in named)
    left = -(widest_mm + _HEAD_GAP_MM) / style.MM_PER_INCH * style.POINTS_PER_INCH
    first = 0
    for adaptation, run in itertools.groupby(adaptations):
        count = len(list(run))
        if first:
            axes.axhline(first - 0.5, color="0.3", linewidth=0.6)
        axes.annotate(
            names.adaptation(adaptation) if adaptation and count >= _LEAST_HEADED * len(adaptations) else "",
            (0, first + (count - 1) / 2),
            (left, 0),
            axes.get_yaxis_transform(),
            "offset points",
            rotation=90,
            ha="right",
            va="center",
            fontsize=_NAME_SIZE,
            fontweight="bold",
        )
        first += count


def _mark(axes: Axes, cells: list[list[Difference]], shown: FloatArray, *, with_numbers: bool) -> None:
    for row, line in enumerate(cells):
        for column, d in enumerate(line):
            sign = "+" if d.change > 0 else "\N{MINUS SIGN}"
            text = number(d.change, d.outcome.decimals, signed=True) if with_numbers else sign * d.counts
            axes.text(
                column,
                row,
                text,
                ha="center",
                va="center",
                fontsize=6.5,
                color="white" if abs(shown[row, column]) / _FULL > _DARK else "black",
                fontweight="bold" if d.counts else "normal",
            )
            if d.counts and with_numbers:
                axes.add_patch(Rectangle((column - 0.47, row - 0.43), 0.94, 0.86, fill=False, linewidth=0.8, zorder=3))


def _label(axes: Axes, rows: list[str], columns: list[str]) -> None:
    axes.set_xticks(range(len(columns)), columns, rotation=50, ha="left", rotation_mode="anchor")
    axes.tick_params(top=True, labeltop=True, bottom=False, labelbottom=False)
    step = -(-len(rows) // _MOST_NAMES)
    named = range(0, len(rows), step)
    axes.set_yticks(named, [rows[i] for i in named])
    axes.set_xticks(np.arange(len(columns) + 1) - 0.5, minor=True)
    axes.grid(visible=False, which="major")
    if step == 1:
        # Only here: a tick of each of thousands of rows takes minutes.
        axes.set_yticks(np.arange(len(rows) + 1) - 0.5, minor=True)
        axes.grid(which="minor", color="white", linewidth=1.2)
    axes.tick_params(which="both", length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
