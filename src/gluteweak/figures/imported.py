"""The figure of an import: measured and simulated angles and ground reactions, and how hard muscles work."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from gluteweak.figures.style import house_style
from gluteweak.storage import atomic_path, read_file

_SHOWN = (
    ("pelvis_tilt", "pelvis tilt"),
    ("pelvis_list", "pelvis list"),
    ("pelvis_rotation", "pelvis rotation"),
    ("lumbar_bending", "trunk bending"),
    ("hip_flexion", "hip flexion"),
    ("hip_adduction", "hip adduction"),
    ("hip_rotation", "hip rotation"),
    ("knee_angle", "knee"),
    ("ankle_angle", "ankle"),
)
_COLORS = {"right": "#b2402a", "left": "#2a6f97", "": "#444444"}
_BARS = 18
#: An activation above this is all that a muscle can give; for longer than this share of the cycle it is not trusted.
_FULL, _TRUSTED_PCT = 0.95, 10.0


def draw_import(gait: Path, report: Path, out: Path) -> None:
    """Draw the import.

    Parameters
    ----------
    gait, report
        ``reference_gait.h5`` and ``import_report.json`` of the walker.
    out
        PNG to write.
    """
    values, attributes = read_file(gait)
    told = json.loads(report.read_text(encoding="utf-8"))
    with house_style():
        figure = import_figure(values, float(attributes["duration_s"]), told)
        with atomic_path(out) as temporary:
            figure.savefig(temporary, format="png")


def import_figure(values: dict[str, Any], duration_s: float, told: dict[str, Any]) -> Figure:
    """Angles in nine panels, the vertical, forward and sideways ground reaction, and activations."""
    figure = Figure(figsize=(11.0, 9.6), layout="constrained")
    axes = figure.subplots(4, 4)
    percent = 100.0 * np.asarray(values["time_s"]) / duration_s
    measured_percent = 100.0 * np.asarray(values["measured_time_s"]) / duration_s
    flat = list(axes.flat)
    for axis, (stem, title) in zip(flat, _SHOWN, strict=False):
        _angle(axis, values, stem, title, (percent, measured_percent))
    own = np.asarray(values["ground_reaction_bw"]).reshape(-1, 2, 3)
    measured = np.asarray(values["measured_ground_reaction_bw"])
    estimate = values.get("estimated_ground_reaction_bw")
    dots = estimate if estimate is not None else measured
    for axis, (direction, title) in zip(
        flat[len(_SHOWN) :], ((1, "vertical"), (0, "forward"), (2, "to the right")), strict=False
    ):
        for s, side in enumerate(("right", "left")):
            if np.any(dots):
                axis.plot(measured_percent, dots[:, s, direction], color=_COLORS[side], linestyle=(0, (1, 1.5)))
            axis.plot(percent, own[:, s, direction], color=_COLORS[side])
        axis.set_title(f"reaction {title} (BW)" if np.any(measured) else f"predicted {title} (BW)")
    for axis in flat[: len(_SHOWN) + 3]:
        axis.set_xlim(0.0, 100.0)
    for axis in axes[2, :]:
        axis.set_xlabel("% of the measured cycle")
    for axis in axes[3, :]:
        axis.remove()
    _limit_bars(figure.add_subplot(axes[0, 0].get_gridspec()[3, :]), values)
    head = f"{told['name']}: {told['mass_kg']:.1f} kg, {told['speed_m_s']:.2f} m/s"
    verdict = "to be trusted" if not told["doubts"] else "not to be trusted: " + "; ".join(told["doubts"])
    patella = "" if told.get("patella", True) else "\nNo patella: patellofemoral load by the quadriceps lever model"
    figure.suptitle(f"{head}\n{verdict}{patella}", x=0.01, ha="left", fontsize=10, wrap=True)
    handles = [
        Line2D([], [], color=_COLORS["right"], label="right"),
        Line2D([], [], color=_COLORS["left"], label="left"),
        Line2D([], [], color="#444444", label="simulated"),
        Line2D(
            [],
            [],
            color="#444444",
            linestyle=(0, (1, 1.5)),
            label="measured" if estimate is None else "measured (reactions: by Newton's law from the motion)",
        ),
    ]
    figure.legend(handles=handles, loc="outside upper right", ncols=4, frameon=False)
    return figure


def _angle(axis: Any, values: dict[str, Any], stem: str, title: str, percents: tuple[Any, Any]) -> None:
    """One angle of both sides or the midline, measured and simulated."""
    names = [str(name) for name in values["coordinate"]]
    known = np.asarray(values["coordinate_is_measured"]).astype(bool)
    sides = (("", stem),) if stem in names else (("right", f"{stem}_r"), ("left", f"{stem}_l"))
    for side, name in ((s, n) for s, n in sides if n in names):
        i, color = names.index(name), _COLORS[side]
        if known[i]:
            measured = np.degrees(np.asarray(values["measured_coordinate_value"])[:, i])
            axis.plot(percents[1], measured, color=color, linestyle=(0, (1, 1.5)))
        axis.plot(percents[0], np.degrees(np.asarray(values["coordinate_value"])[:, i]), color=color)
    axis.set_title(f"{title} (deg)")


def _limit_bars(axis: Any, values: dict[str, Any]) -> None:
    """How long the hardest working muscles give all they can, against what an import is trusted with."""
    activation, weight = np.asarray(values["muscle_activation"]), np.asarray(values["quadrature_weight"])
    share = 100.0 * (weight @ (activation > _FULL)) / weight.sum()
    order = np.lexsort((-activation.max(axis=0), -share))[:_BARS]
    names = [str(values["muscle"][i]) for i in order]
    colors = [_COLORS["right" if name.endswith("_r") else "left"] for name in names]
    axis.bar(range(len(order)), share[order], color=colors)
    axis.axhline(_TRUSTED_PCT, color="#444444", linewidth=0.8)
    axis.text(len(order) - 0.5, _TRUSTED_PCT, "trusted up to here", ha="right", va="bottom", fontsize=8)
    axis.set_xlim(-0.6, len(order) - 0.4)
    axis.set_ylim(0.0, max(1.1 * float(share.max()), 1.5 * _TRUSTED_PCT))
    axis.set_xticks(range(len(order)), names, rotation=45, ha="right", fontsize=7)
    axis.set_title("share of the cycle in which a muscle gives all it can (%)")
