"""Walkers as rows, outcomes as columns: a dot for each number, a bar from what it is compared with, and the number.

A full dot is a change that counts, a hollow one a change too small to count. A row whose dots are all hollow says in
words that nothing changed. Names may be of any length: they are wrapped by their measured width, and rows are as high
as their names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from gluteweak.comparison.differences import Compared, Difference, scalar
from gluteweak.comparison.outcomes import BY_NAME, Outcome, judge
from gluteweak.comparison.reading import Walk
from gluteweak.comparison.table import number
from gluteweak.figures import measured_text, style

#: Loads a step are no peaks, so that tables of comparisons do not have them.
_A_STEP = (
    Outcome("knee_adduction_impulse_nm_s_kg", "Knee adduction, per step", "Nm s/kg", 3),
    Outcome("patellofemoral_contact_impulse_bw_s", "Kneecap load, per step", "BW s", 3),
)
STEP_OUTCOMES = tuple(outcome.name for outcome in _A_STEP)
_OUTCOMES = {**BY_NAME, **{outcome.name: outcome for outcome in _A_STEP}}
#: Two lines of panels and what heads them.
TIERS = {
    "Posture,\nhip and knee": (
        *("peak_trunk_lean_deg", "peak_pelvic_drop_deg", "peak_hip_adduction_deg", "peak_hip_abduction_moment_nm_kg"),
        *("peak_iliotibial_force_n", "peak_knee_adduction_moment_nm_kg"),
    ),
    "What the knee bears,\nin a step and in a day": (
        *("knee_adduction_impulse_nm_s_kg", "daily_knee_adduction_impulse_knm_s"),
        *("peak_tibiofemoral_contact_force_bw", "peak_patellofemoral_contact_force_bw"),
        *("patellofemoral_contact_impulse_bw_s", "daily_patellofemoral_contact_impulse_bw_s"),
    ),
}
_NAMES = tuple(name for tier in TIERS.values() for name in tier)
#: From when on a change counts, for captions.
YARDSTICKS = (
    "A change counts when it exceeds a published smallest difference, or the model's own band, or, for loads of a step "
    "and what else has neither, a tenth of what it is compared with. So a load of a step may count where that of a day,"
    " whose number of steps is uncertain, does not."
)
_HEALTHY = "healthy"
_MORE, _LESS, _STILL = "#C05000", "#5E3C99", "0.55"
#: Least height of a row and what its name leaves free of it; heights of a tier's head, below a tier and a block, and of
#: the legend; widths of the names, between panels, and from the names to the panels.
_ROW_MM, _CLEAR_MM, _TIER_MM, _AFTER_MM, _BETWEEN_MM, _FOOT_MM = 5.2, 1.2, 11.0, 1.0, 3.0, 12.0
_NAMES_MM, _GAP_MM, _EDGE_MM, _PAD_MM = 49.0, 2.5, 1.5, 1.1
_NAME: dict[str, Any] = {"fontsize": 6.4, "linespacing": 1.05}
_TITLE: dict[str, Any] = {"fontsize": 6.2, "linespacing": 1.1, "fontweight": "bold"}
_HEAD: dict[str, Any] = {"fontsize": 8.5, "linespacing": 1.1, "fontweight": "bold"}
#: Share of a panel for dots; numbers stand in the rest.
_DOTS = 0.57
_MARGIN = 0.12
#: Changes without a panel that a row names.
_MOST_ELSEWHERE = 2
#: Rows that fit on a page.
MOST_ROWS = 18


@dataclass(frozen=True)
class Row:
    """A walker: its name, each outcome against what the block compares with, and what else changed that counts."""

    name: str
    differences: dict[str, Difference]
    elsewhere: tuple[str, ...] = ()

    @property
    def counting(self) -> int:
        """How many outcomes changed by a size that counts, those without a panel included."""
        return sum(difference.counts for difference in self.differences.values()) + len(self.elsewhere)

    @property
    def remark(self) -> str:
        """What the panels do not say; empty if they say it all."""
        if not self.counting:
            return "nothing changes that counts"
        also = ", ".join(label.lower() for label in self.elsewhere[:_MOST_ELSEWHERE])
        more = ", ..." if len(self.elsewhere) > _MOST_ELSEWHERE else ""
        return f"changes: {also}{more}" if also and len(self.elsewhere) == self.counting else ""


@dataclass(frozen=True)
class Block:
    """Rows that are compared with one walker; ``healthy`` is marked as well, where that is another."""

    title: str
    rows: tuple[Row, ...]
    reference: str
    healthy: dict[str, float]


def row(name: str, compared: Compared) -> Row:
    """The row of one comparison, of the outcomes that its file holds."""
    differences = {d.outcome.name: d for d in compared.differences}
    pair = compared.pair
    for outcome in _A_STEP:
        if outcome.name in pair.sweep.values:
            before, after = (
                scalar(pair.sweep, walk, outcome.name, compared.side) for walk in (pair.reference, pair.walk)
            )
            yardstick, counts = judge(outcome, before, after, None, None)
            differences[outcome.name] = Difference(outcome, before, after, None, None, yardstick, counts)
    elsewhere = [d.outcome.label for d in differences.values() if d.counts and d.outcome.name not in _NAMES]
    shown = {name: differences[name] for name in _NAMES if name in differences}
    return Row(name, shown, tuple(dict.fromkeys(elsewhere)))


def healthy_values(compared: Compared, healthy: Walk) -> dict[str, float]:
    """The healthy walker's outcomes, from the sweep and of the side that a comparison is about."""
    sweep = compared.pair.sweep
    return {name: scalar(sweep, healthy, name, compared.side) for name in _NAMES if name in sweep.values}


@dataclass(frozen=True)
class _Lines:
    """The names of a block's rows as they are drawn in a tier, and where: middles and heights of rows from the top."""

    names: tuple[str, ...]
    middle_mm: tuple[float, ...]
    height_mm: tuple[float, ...]

    @property
    def total_mm(self) -> float:
        return sum(self.height_mm)


def draw_rows(blocks: Sequence[Block]) -> Figure:
    """The figure; call it within `style.house_style`."""
    known = blocks[0].rows[0].differences
    tiers = {head: [name for name in tier if name in known] for head, tier in TIERS.items()}
    tiers = {head: tier for head, tier in tiers.items() if tier}
    heads = [measured_text.wrapped(block.title, style.WIDTH_MM - 2 * _EDGE_MM, **_HEAD) for block in blocks]
    heads_mm = [measured_text.size_mm(head, **_HEAD)[1] + _CLEAR_MM for head in heads]
    # What a row says of all panels stands above all of them, once.
    lines = [[_lines(block, remarks=tier == 0) for tier in range(len(tiers))] for block in blocks]
    height = sum(heads_mm) + sum(_TIER_MM + one.total_mm + _AFTER_MM for tier in lines for one in tier)
    page = _Page(_EDGE_MM + height + _BETWEEN_MM * len(blocks) + _FOOT_MM)
    for block, head, head_mm, of_tiers in zip(blocks, heads, heads_mm, lines, strict=True):
        page.used_mm += head_mm
        page.write(head, **_HEAD)
        for (tier_head, tier), own in zip(tiers.items(), of_tiers, strict=True):
            page.used_mm += _TIER_MM
            page.write(tier_head, fontsize=6.5, color="0.4", linespacing=1.1)
            for place, name in enumerate(tier):
                axes = page.axes(place, own.total_mm)
                _draw_panel(axes, block, name, _span(blocks, name), own)
                if place == 0:
                    _name_rows(axes, block, own)
            page.used_mm += own.total_mm + _AFTER_MM
        page.used_mm += _BETWEEN_MM
    page.figure.legend(handles=_handles(blocks), loc="lower center", ncols=3, borderaxespad=0.8, fontsize=7.5)
    return page.figure


def _lines(block: Block, *, remarks: bool) -> _Lines:
    room_mm = _NAMES_MM - _EDGE_MM - _PAD_MM
    names = []
    for one in block.rows:
        parts = [one.name, one.remark] if remarks and one.remark else [one.name]
        names.append("\n".join(measured_text.wrapped(part, room_mm, **_NAME) for part in parts))
    heights = [max(_ROW_MM, measured_text.size_mm(name, **_NAME)[1] + _CLEAR_MM) for name in names]
    ends = np.cumsum(heights)
    middles = ends - np.asarray(heights) / 2
    return _Lines(tuple(names), tuple(map(float, middles)), tuple(heights))


class _Page:
    """A figure that is filled from the top, in mm: names on the left, panels of one width beside them."""

    def __init__(self, height_mm: float) -> None:
        size = (style.WIDTH_MM / style.MM_PER_INCH, height_mm / style.MM_PER_INCH)
        self.figure, self.height_mm, self.used_mm = Figure(figsize=size), height_mm, _EDGE_MM
        columns = max(len(tier) for tier in TIERS.values())
        self.step_mm = (style.WIDTH_MM - _NAMES_MM - _EDGE_MM) / columns

    def axes(self, place: int, height_mm: float) -> Axes:
        """The panel at a place of the line that begins where the page is filled to."""
        left, bottom = _NAMES_MM + place * self.step_mm, self.height_mm - self.used_mm - height_mm
        width = self.step_mm - _GAP_MM
        box = (left / style.WIDTH_MM, bottom / self.height_mm, width / style.WIDTH_MM, height_mm / self.height_mm)
        return self.figure.add_axes(box)

    def write(self, text: str, **look: Any) -> None:
        """Words at the left edge, their foot just above where the page is filled to."""
        y = 1.0 - (self.used_mm - 1.0) / self.height_mm
        self.figure.text(_EDGE_MM / style.WIDTH_MM, y, text, va="bottom", **look)


def _span(blocks: Sequence[Block], name: str) -> tuple[float, float]:
    """From the least to the largest value of an outcome, the same in all blocks, with room at both ends."""
    values = [v for b in blocks for r in b.rows for v in (r.differences[name].value, r.differences[name].reference)]
    values += [block.healthy[name] for block in blocks if name in block.healthy]
    low, high = min(values), max(values)
    # Changes far below what counts do not fill the panel.
    least = max((abs(b.rows[0].differences[name].reference) for b in blocks), default=0.0) * 0.1
    least = max(least, _published(name), 1e-9)
    if high - low < least:
        low, high = (low + high - least) / 2, (low + high + least) / 2
    room = _MARGIN * (high - low)
    return low - room, high + room


def _published(name: str) -> float:
    outcome = _OUTCOMES[name]
    return float(np.asarray(outcome.published.value)) if outcome.published and not outcome.relative else 0.0


def _draw_panel(axes: Axes, block: Block, name: str, span: tuple[float, float], lines: _Lines) -> None:
    low, high = span
    axes.set_xlim(low, low + (high - low) / _DOTS)
    axes.set_ylim(lines.total_mm, 0.0)
    axes.axvline(block.rows[-1].differences[name].reference, zorder=1, **_reference_line(block))
    if name in block.healthy:
        axes.axvline(block.healthy[name], zorder=1, **style.REFERENCE)
    for place, (one, y, height) in enumerate(zip(block.rows, lines.middle_mm, lines.height_mm, strict=True)):
        difference = one.differences[name]
        colour = _STILL if not difference.counts else _MORE if difference.change > 0 else _LESS
        if place % 2:
            axes.axhspan(y - height / 2, y + height / 2, color="0.96", linewidth=0, zorder=0)
        axes.plot([difference.reference, difference.value], [y, y], color=colour, linewidth=1.6, zorder=2)
        face = colour if difference.counts else "white"
        axes.plot(difference.value, y, "o", markersize=4, markerfacecolor=face, markeredgecolor=colour, zorder=3)
        axes.text(
            low + 0.985 * (high - low) / _DOTS,
            y,
            number(difference.value, difference.outcome.decimals),
            ha="right",
            va="center",
            fontsize=6.5,
            color=colour if difference.counts else "0.3",
            fontweight="bold" if difference.counts else "normal",
            bbox={"facecolor": "white" if place % 2 == 0 else "0.96", "linewidth": 0, "pad": 0.4},
            zorder=4,
        )
    outcome = _OUTCOMES[name]
    width_mm = axes.get_position().width * style.WIDTH_MM + _GAP_MM / 2
    title = f"{measured_text.wrapped(outcome.label, width_mm, **_TITLE)}\n({outcome.unit})"
    axes.set_title(title, loc="left", pad=2, **_TITLE)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)


def _reference_line(block: Block) -> dict[str, Any]:
    """The line of what a block compares with; the healthy walker's is the same in every figure."""
    return style.REFERENCE if block.reference == _HEALTHY else {"color": "0.4", "linewidth": 1.0}


def _name_rows(axes: Axes, block: Block, lines: _Lines) -> None:
    axes.set_yticks(lines.middle_mm, lines.names, linespacing=_NAME["linespacing"])
    pad = _PAD_MM / style.MM_PER_INCH * style.POINTS_PER_INCH
    axes.tick_params(axis="y", length=0, labelsize=_NAME["fontsize"], pad=pad)
    for label, one in zip(axes.get_yticklabels(), block.rows, strict=True):
        label.set_color("black" if one.counting else "0.4")


def _handles(blocks: Sequence[Block]) -> list[Line2D]:
    dot: dict[str, Any] = {"marker": "o", "markersize": 4, "linewidth": 1.6}
    handles = [
        Line2D([], [], color=_MORE, label="more, and it counts", **dot),
        Line2D([], [], color=_LESS, label="less, and it counts", **dot),
        Line2D([], [], color=_STILL, markerfacecolor="white", label="too small a change to count", **dot),
        Line2D([], [], label=blocks[0].reference, **_reference_line(blocks[0])),
    ]
    if blocks[0].healthy:
        handles.append(Line2D([], [], label=_HEALTHY, **style.REFERENCE))
    return handles
