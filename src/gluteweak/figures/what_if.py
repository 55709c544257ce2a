"""What-if motions: how far each link of the chain moves when one posture is imposed. One column a motion.

Colour is the change relative to the healthy value for loads, and in degrees for angles; the number stands in each cell.
"""

from __future__ import annotations

import textwrap
from pathlib import Path

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure

from gluteweak.figures import style
from gluteweak.imposed_motion import CHANGES
from gluteweak.what_if_table import Comparison, Link, compare

#: Angles and lengths are coloured by their change, forces by their change in per cent of the healthy peak.
_POSTURE_UNITS = ("_deg", "_cm")
_POSTURE_FULL = 6.0
_LOAD_FULL = 50.0
_COLOURS = colormaps["PuOr_r"]
_DARK = 0.62
_ROW_MM, _HEAD_MM = 8.6, 42.0
_TITLES = {
    "pelvic_drop": "Pelvis\ndrops",
    "pelvic_drop_trunk_upright": "Pelvis drops,\ntrunk upright",
    "trunk_lean": "Trunk\nleans",
    "femoral_rotation": "Thigh\nturned in",
    "step_width": "Wider\nstep",
}
_NARROWER = "Narrower\nstep"


def read_what_if(folders: list[Path]) -> Comparison:
    """Read what the figure needs.

    Raises
    ------
    InputError
        If a file is missing or broken, or there is no motion to show.
    """
    return compare(folders)


def draw_what_if(data: Comparison) -> Figure:
    """The figure: posture above, loads below; links as rows, motions as columns."""
    posture = [j for j, link in enumerate(data.links) if link.name.endswith(_POSTURE_UNITS)]
    loads = [j for j in range(len(data.links)) if j not in posture]
    groups = [(members, title) for members, title in ((posture, "Posture"), (loads, "Load")) if members]
    figure = style.new_figure(_HEAD_MM + _ROW_MM * len(data.links))
    axes = figure.subplots(
        len(groups), 1, squeeze=False, gridspec_kw={"height_ratios": [len(members) for members, _ in groups]}
    )[:, 0]
    for panel, (members, title) in zip(axes, groups, strict=True):
        _draw_group(panel, data, members, in_percent=title == "Load")
        panel.set_title(_group_title(title), loc="left")
    axes[0].tick_params(top=True, labeltop=True, labelbottom=False)
    axes[0].set_xticks(range(len(data.motion)), [_title(motion) for motion in data.motion])
    axes[0].set_title(_group_title(groups[0][1]), loc="left", pad=8)
    return figure


def _group_title(title: str) -> str:
    if title == "Posture":
        return "Posture: change of the stance peak, in the row's unit"
    return "Load: change of the stance peak, in % of healthy"


def _draw_group(axes: Axes, data: Comparison, members: list[int], *, in_percent: bool) -> None:
    change = np.asarray(data.change)[:, members].T
    healthy = np.asarray(data.healthy)[:, members].T
    shown = 100.0 * change / np.abs(healthy) if in_percent else change
    full = _LOAD_FULL if in_percent else _POSTURE_FULL
    norm = TwoSlopeNorm(0.0, -full, full)
    axes.imshow(np.clip(shown, -full, full), cmap=_COLOURS, norm=norm, aspect="auto")
    for row, j in enumerate(members):
        for column in range(len(data.motion)):
            _write_number(axes, row, column, float(shown[row, column]), data.links[j], in_percent, full)
    axes.set_yticks(range(len(members)), [_row_label(data.links[j], float(data.healthy[0, j])) for j in members])
    axes.set_xticks(range(len(data.motion)), [""] * len(data.motion))
    axes.set_xticks(np.arange(len(data.motion) + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(members) + 1) - 0.5, minor=True)
    axes.grid(visible=False, which="major")
    axes.grid(which="minor", color="white", linewidth=1.5)
    axes.tick_params(which="both", length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _write_number(axes: Axes, row: int, column: int, number: float, link: Link, in_percent: bool, full: float) -> None:
    decimals = 0 if in_percent else link.decimals
    rounded = round(number, decimals) + 0.0
    text = "0" if rounded == 0 else f"{rounded:+.{decimals}f}"
    is_dark = abs(number) / full > _DARK
    axes.text(
        column,
        row,
        text.replace("-", "\N{MINUS SIGN}"),
        ha="center",
        va="center",
        color="white" if is_dark else "black",
        fontweight="bold" if is_dark else "normal",
    )


def _row_label(link: Link, healthy: float) -> str:
    name, _, unit = link.label.rpartition(" (")
    value = f"{healthy:.{link.decimals}f}".replace("-", "\N{MINUS SIGN}")
    return f"{name[0].upper()}{name[1:]} ({value} {unit.rstrip(')')})"


def _title(motion: str) -> str:
    """``what_if-trunk_lean_r-10deg`` as ``Trunk leans`` over ``10 deg``."""
    _, kind, size = motion.split("-", 2)
    known = next((name for name in sorted(CHANGES, key=len, reverse=True) if kind.startswith(name)), kind)
    amount = size.removeprefix("minus").replace("p", ".")
    number, unit = amount[:-3] if amount.endswith("deg") else amount[:-2], "deg" if amount.endswith("deg") else "cm"
    title = _NARROWER if known == "step_width" and size.startswith("minus") else _TITLES.get(known, known)
    sign = "\N{MINUS SIGN}" if size.startswith("minus") and known != "step_width" else ""
    return f"{title}\n{sign}{number} {unit}"


def caption(data: Comparison) -> str:
    """The figure's caption in plain words."""
    not_certified = [motion for motion, fine in zip(data.motion, data.certified, strict=True) if not fine]
    side = data.side[0]
    parts = [
        "What happens along the chain from hip to knee when one posture is imposed on the healthy walk. Each column is "
        "one simulation: the posture named above it is held exactly while that leg stands; the muscles, the rest of "
        "the body and the forces from the ground are solved for.",
        "Each number is the change of the largest value while the leg stands; in brackets beside each row is the "
        "healthy value. Orange: more. Purple: less. A step is changed on both legs and shown for the "
        f"{side} one.",
        "The thigh cannot twist on the shank in this model, so a thigh turned in turns the foot in with it.",
    ]
    if not_certified:
        parts.append(f"Not confirmed by OpenSim: {', '.join(not_certified)}.")
    parts.append("Computed for one model, not measured in you.")
    return "\n".join(textwrap.fill(part, 100) for part in parts) + "\n"
