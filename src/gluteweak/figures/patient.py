"""Three small pictures for a handout: the body from the front, one posture over a step, and the load of a step.

Words come from outside, so that one drawing serves every language.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import get_data_path, rc_context
from matplotlib.axis import Axis
from matplotlib.figure import Figure

from gluteweak.comparison.differences import Difference
from gluteweak.comparison.reading import Sweep, Walk, read_rows, read_sweep
from gluteweak.comparison.selection import reference_of
from gluteweak.comparison.table import number
from gluteweak.errors import InputError
from gluteweak.figures import front_view, style

_INK, _QUIET, _WEAK, _HEALTHY = "#1F2328", "#4A515A", "#9C2A1B", "#5B6B7B"
#: Posture -> its curve.
_CURVES = {"lean": "trunk_lean_deg", "drop": "pelvic_drop_deg", "thigh": "hip_adduction_deg"}
_BODY_WIDTH_MM, _BODY_HEIGHT_MM = 128.0, 112.0
_SMALL_WIDTH_MM, _SMALL_HEIGHT_MM = 83.0, 58.0


def draw_pictures(
    path: Path, scenario_id: str, findings: Mapping[str, Difference], posture: str, words: Mapping[str, str]
) -> dict[str, bytes]:
    """``body``, ``curve`` and ``load`` as SVG, letters as outlines.

    Parameters
    ----------
    path : Path
        ``sweep.h5`` or its folder.
    scenario_id : str
    findings : mapping
        Differences by the keys ``lean``, ``drop``, ``thigh``, ``knee``, ``kneecap``.
    posture : str
        Which of the first three is drawn over a step.
    words : mapping
        What stands in the pictures, and ``decimal``.

    Raises
    ------
    InputError
        If the file is missing or broken, or the scenario is unknown or no result.
    """
    needed = ("gait_cycle_pct", "foot_off_pct")
    sweep = read_sweep(path, needed)
    walk = sweep.find(scenario_id)
    healthy = reference_of(sweep, walk)
    if healthy is None:
        raise InputError(f"{sweep.path} has no healthy walk to compare '{scenario_id}' with.")
    side = sweep.side[sweep.weak_row]
    with style.house_style(), rc_context({"svg.fonttype": "path", "font.size": 9.0}):
        drawn = {
            "body": _body(sweep, healthy, walk, side, findings["lean"], words),
            "curve": _curve(sweep, healthy, walk, side, posture, words),
            "load": _load(findings, words),
        }
        return {name: _svg(figure) for name, figure in drawn.items()}


def font_folder() -> Path:
    """Where the fonts are that figures and handout share."""
    return Path(get_data_path()) / "fonts" / "ttf"


def _svg(figure: Figure) -> bytes:
    out = io.BytesIO()
    figure.savefig(out, format="svg", metadata={"Date": None}, transparent=True)
    return out.getvalue()


def _body(sweep: Sweep, healthy: Walk, walk: Walk, side: str, lean: Difference, words: Mapping[str, str]) -> Figure:
    figure = Figure(figsize=(_BODY_WIDTH_MM / style.MM_PER_INCH, _BODY_HEIGHT_MM / style.MM_PER_INCH))
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_xlim(0.0, _BODY_WIDTH_MM)
    axes.set_ylim(0.0, _BODY_HEIGHT_MM)
    axes.axis("off")
    at = front_view.instant_pct(sweep, healthy, side)
    reference = front_view.read_pose(sweep, healthy, side, at)
    for i, (who, title, colour) in enumerate(
        ((healthy, words["body.healthy"], _HEALTHY), (walk, words["body.weak"], _WEAK))
    ):
        found = front_view.read_pose(sweep, who, side, at)
        middle = _BODY_WIDTH_MM * (0.26 + 0.48 * i)
        tall = 98.0
        drawing = front_view.Drawing(axes, (middle - reference.pelvis[0] * tall / 100.0, 1.0), tall)
        drawing.body(found)
        drawing.bones(found)
        drawing.gluteus(found, who.strength_fraction)
        drawing.axis_line([found.pelvis, found.neck], colour)
        reach = 0.5 * (found.stance_hip - found.swing_hip)
        drawing.axis_line([found.swing_hip - 0.4 * reach, found.stance_hip + 0.4 * reach], colour)
        if i == 1:
            drawing.outline(reference)
        axes.text(middle, 106.5, title, ha="center", va="center", fontsize=11, fontweight="bold", color=colour)
        said = words["body.lean"].format(number=_digits((lean.reference, lean.value)[i], lean.outcome.decimals, words))
        axes.text(middle, 100.6, said, ha="center", va="center", fontsize=9, color=_QUIET)
    return figure


def _curve(sweep: Sweep, healthy: Walk, walk: Walk, side: str, posture: str, words: Mapping[str, str]) -> Figure:
    figure = style.new_figure(_SMALL_HEIGHT_MM, _SMALL_WIDTH_MM)
    axes = figure.subplots()
    row = sweep.side.index(side)
    pct = np.asarray(sweep.values["gait_cycle_pct"])
    lines: tuple[tuple[Walk, dict[str, Any], str], ...] = (
        (healthy, {"color": _HEALTHY, "linewidth": 1.6, "linestyle": (0, (3.5, 1.5))}, "body.healthy"),
        (walk, {"color": _WEAK, "linewidth": 2.4, "linestyle": "-"}, "body.weak"),
    )
    for who, look, name in lines:
        curve = read_rows(sweep, _CURVES[posture], [who])[0][row]
        foot_off = float(read_rows(sweep, "foot_off_pct", [who])[0][row])
        stance = pct <= foot_off
        axes.plot(100.0 * pct[stance] / foot_off, curve[stance], label=words[name], **look)
    axes.axhline(0.0, color="0.6", linewidth=0.6)
    axes.set_xticks([0, 100], [words["curve.start"], words["curve.end"]])
    for label, place in zip(axes.get_xticklabels(), ("left", "right"), strict=True):
        label.set(horizontalalignment=place)
    axes.set_ylabel(words["curve.unit"])
    axes.margins(y=0.12)
    figure.legend(loc="outside upper center", ncols=2, handlelength=2.4, columnspacing=1.2)
    _decimals(axes.yaxis, words)
    return figure


def _load(findings: Mapping[str, Difference], words: Mapping[str, str]) -> Figure:
    figure = style.new_figure(_SMALL_HEIGHT_MM, _SMALL_WIDTH_MM)
    axes = figure.subplots()
    top = 0.0
    for i, key in enumerate(("knee", "kneecap")):
        found = findings[key]
        for j, (value, band, colour, hatch, label) in enumerate(
            (
                (found.reference, found.reference_band, _HEALTHY, "////", words["body.healthy"]),
                (found.value, found.band, _WEAK, "", words["body.weak"]),
            )
        ):
            y = 2.6 * i + j
            axes.barh(
                y,
                value,
                height=0.9,
                color=colour,
                hatch=hatch,
                edgecolor="white",
                linewidth=0.4,
                label=label if i == 0 else None,
            )
            end = value
            if band is not None:
                low, high = min(band), max(band)
                axes.plot([low, high], [y, y], color="black", linewidth=0.9)
                end = max(value, high)
            top = max(top, end)
            axes.text(end, y, f" {_digits(value, found.outcome.decimals, words)}", va="center", fontsize=9, color=_INK)
    axes.set_yticks([0.5, 3.1], [words["load.knee"], words["load.kneecap"]])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(3.9, -0.8)
    axes.set_xlim(0.0, 1.2 * top)
    axes.set_xlabel(words["load.unit"])
    figure.legend(loc="outside upper center", ncols=2, handlelength=1.6, columnspacing=1.2)
    _decimals(axes.xaxis, words)
    return figure


def _decimals(axis: Axis, words: Mapping[str, str]) -> None:
    """Numbers on an axis with the language's decimal sign."""
    axis.set_major_formatter(
        lambda value, _: f"{value:g}".replace("-", "\N{MINUS SIGN}").replace(".", words["decimal"])
    )


def _digits(value: float, decimals: int, words: Mapping[str, str]) -> str:
    return number(value, decimals).replace(".", words["decimal"])
