"""The walking figure: bones posed by OpenSim, healthy and weak side by side, with the angles drawn in.

Above, from the front, in the middle of the time in which the weak side's leg carries alone. Below, from that side, four
instants of its gait cycle.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from gluteweak.figures import scene, style
from gluteweak.figures.names import adaptation, explained, safe, weakness, without_adaptation
from gluteweak.skeleton.bones import bones
from gluteweak.skeleton.posed import FloatArray
from gluteweak.skeleton.walks import Walk, healthy_and_weakest, read_walks

_HEIGHT_MM = 178.0
#: Parts of the figure's height: front views, side views.
_FRONT_TOP, _FRONT_BOTTOM = 0.995, 0.400
_SIDE_TOP, _SIDE_BOTTOM = 0.385, 0.080
#: Colours of the drawn angles (Okabe and Ito's palette: safe for the colour-blind).
TRUNK, PELVIS, THIGH, KNEE = "#0072B2", "#D55E00", "#008F6B", "#B5609A"
_GUIDE = "0.35"
_HALO = [withStroke(linewidth=2.4, foreground="white")]
_PELVIS_REACH_M, _TRUNK_LENGTH_M = 0.20, 0.62
_LABEL_X_M = 0.34
#: Letters in a line over a body seen from the front, and over the bodies seen from the side.
_FRONT_LETTERS, _SIDE_LETTERS = 34, 52
#: Height of a further line there (m of the picture).
_FRONT_LINE_M, _SIDE_LINE_M = 0.075, 0.13
#: Letters of the weak muscles' names beside the scale.
_MOST_WEAK = 46
#: Angles below this are called none, in deg.
_NOTHING_DEG = 0.05


@dataclass(frozen=True)
class Label:
    """An angle beside the body: what it is about, its value in words, its colour, its height."""

    head: str
    text: str
    colour: str
    height_m: float


def read_walking(sweep: Path, scenarios_dir: Path) -> list[Walk]:
    """The walks that the figure shows: healthy, and the weakest of each adaptation.

    Raises
    ------
    InputError
        If a file is missing or broken, or no scenario was posed.
    """
    return healthy_and_weakest(read_walks(sweep, scenarios_dir))


def draw_walking(walks: list[Walk]) -> tuple[Figure, str]:
    """The figure and its caption; call it within `style.house_style`."""
    figure = Figure(figsize=(style.WIDTH_MM / style.MM_PER_INCH, _HEIGHT_MM / style.MM_PER_INCH))
    norm = scene.muscle_norm([walk.posed for walk in walks])
    dressed = [bones(walk.posed) for walk in walks]
    models = [scene.Model.of(found.by_body) for found in dressed]
    marked = np.any([walk.posed.strength_fraction < 1.0 for walk in walks], axis=0)
    _draw_front(figure, walks, models, norm, marked)
    _draw_sides(figure, walks, models, norm, marked)
    _draw_scale(figure, norm, _weak_words(walks))
    return figure, caption(walks, dressed[0].credit)


def _draw_front(
    figure: Figure, walks: list[Walk], models: list[scene.Model], norm: Normalize, marked: np.ndarray
) -> None:
    axes = figure.add_axes((0.0, _FRONT_BOTTOM, 1.0, _FRONT_TOP - _FRONT_BOTTOM))
    _bare(axes)
    heads = [textwrap.wrap(title(walk), _FRONT_LETTERS - 4) for walk in walks]
    # Longer names push the bodies down.
    height = 1.98 + _FRONT_LINE_M * (max(map(len, heads)) - 1)
    width = height * (style.WIDTH_MM / _HEIGHT_MM) / (_FRONT_TOP - _FRONT_BOTTOM)
    axes.set_xlim(0.0, width)
    axes.set_ylim(-0.06, height - 0.06)
    step = width / len(walks)
    for k, (walk, model) in enumerate(zip(walks, models, strict=True)):
        pct = float(np.mean(walk.single_stance_pct()))
        instant = walk.instant(pct)
        center = _over_ground(walk, instant)
        # Room for the words to the right of the body.
        shift = np.array([step * (k + 0.5) - 0.20, 0.0])
        shown = scene.polygons(walk.posed, model, instant, scene.FRONT, norm, center_m=center, marked=marked)
        _draw_floor(axes, shift[0] - 0.36, shift[0] + 0.36)
        scene.paint(axes, shown, shift=(float(shift[0]), 0.0))
        draw_body_lines(axes, walk, instant, scene.FRONT, center, shift)
        _write_labels(axes, labels(walk, pct), float(shift[0]))
        look: dict[str, Any] = {"ha": "center", "va": "top"}
        axes.text(shift[0], height - 0.075, "\n".join(heads[k]), fontsize=9, fontweight="bold", **look)
        below = height - 0.155 - _FRONT_LINE_M * (len(heads[k]) - 1)
        axes.text(shift[0], below, subtitle(walk), fontsize=7.5, color="0.3", **look)


def _over_ground(walk: Walk, instant: int) -> FloatArray:
    """The ground below the pelvis: keeps the walker in the middle of its panel."""
    origin = walk.posed.frame(walk.posed.root, instant)[1]
    return np.array([origin[0], 0.0, origin[2]])


def draw_body_lines(
    axes: Axes, walk: Walk, instant: int, seen: scene.View, center: FloatArray, shift: FloatArray
) -> None:
    """Trunk axis, pelvis line, thigh axis and the line hip-knee-ankle, each beside what it is compared with."""

    def flat(points: FloatArray) -> FloatArray:
        return seen.flat(points - center) + shift

    lines = body_lines(walk, instant)
    if "trunk" in lines:
        base, top = flat(lines["trunk"])
        _guide(axes, base, np.add(base, (0.0, _TRUNK_LENGTH_M)))
        _line(axes, np.array([base, top]), TRUNK)
    if "pelvis" in lines:
        ends = flat(lines["pelvis"])
        middle, along = ends.mean(axis=0), ends[1] - ends[0]
        along = along / np.linalg.norm(along) * _PELVIS_REACH_M
        _guide(axes, np.add(middle, (-_PELVIS_REACH_M, 0.0)), np.add(middle, (_PELVIS_REACH_M, 0.0)))
        _line(axes, np.array([middle - along, middle + along]), PELVIS)
    if "leg" in lines:
        hip, knee, ankle = flat(lines["leg"])
        _guide(axes, hip, np.array([hip[0], knee[1] - 0.06]))
        _guide(axes, hip, ankle)
        _line(axes, np.array([hip, knee]), THIGH)
        _line(axes, np.array([knee, ankle]), KNEE)
        for joint in (hip, knee, ankle):
            axes.plot(*joint, "o", markersize=2.6, color="white", markeredgecolor=THIGH, markeredgewidth=0.9, zorder=6)


def body_lines(walk: Walk, instant: int) -> dict[str, FloatArray]:
    """Points in ground of the lines that the figure draws; what a walker lacks is left out."""
    posed = walk.posed
    suffix = "_r" if posed.side[walk.side] == "right" else "_l"
    lines = {}
    torso = posed.frame("torso", instant)
    base = posed.joint_in_ground("torso", instant)
    if base is not None and "torso" in posed.body:
        lines["trunk"] = np.array([base, base + torso[0][:, 1] * _TRUNK_LENGTH_M])
    hips = [posed.joint_in_ground(f"femur{side}", instant) for side in ("_r", "_l")]
    if hips[0] is not None and hips[1] is not None:
        lines["pelvis"] = np.array(hips)
    leg = [posed.joint_in_ground(f"{body}{suffix}", instant) for body in ("femur", "tibia", "talus")]
    known = [joint for joint in leg if joint is not None]
    if len(known) == len(leg):
        lines["leg"] = np.array(known)
    return lines


def _guide(axes: Axes, start: FloatArray, end: FloatArray) -> None:
    axes.plot(*zip(start, end, strict=True), color=_GUIDE, linewidth=0.8, linestyle=(0, (1.2, 1.6)), zorder=4)


def _line(axes: Axes, points: FloatArray, colour: str) -> None:
    axes.plot(*points.T, color="white", linewidth=3.2, solid_capstyle="round", zorder=4)
    axes.plot(*points.T, color=colour, linewidth=1.7, solid_capstyle="round", zorder=5)


def labels(walk: Walk, pct: float) -> list[Label]:
    """Angles of the weak side at an instant, in words."""
    values = {name: walk.angle_deg(name, pct) for name in walk.angles}

    def words(name: str, positive: str, negative: str) -> str:
        value = values[name]
        if abs(value) < _NOTHING_DEG:
            return "0.0\N{DEGREE SIGN}"
        return f"{abs(value):.1f}\N{DEGREE SIGN} {positive if value > 0 else negative}"

    side = walk.posed.side[walk.side]
    other = "left" if side == "right" else "right"
    level = abs(values["pelvic_drop_deg"]) < _NOTHING_DEG
    pelvis = "level" if level else f"{other} " + words("pelvic_drop_deg", "lower", "higher")
    return [
        Label("Trunk", words("trunk_lean_deg", f"to the {side}", f"to the {other}"), TRUNK, 1.30),
        Label("Pelvis", pelvis, PELVIS, 0.99),
        Label("Thigh", words("femoral_adduction_deg", "inward", "outward"), THIGH, 0.72),
        Label("Knee", words("knee_frontal_projection_deg", "inward", "outward"), KNEE, 0.47),
    ]


def _write_labels(axes: Axes, written: list[Label], middle: float) -> None:
    x = middle + _LABEL_X_M
    for label in written:
        axes.text(
            x, label.height_m, label.head, color=label.colour, fontsize=8, fontweight="bold", va="bottom", zorder=7
        )
        axes.text(
            x, label.height_m - 0.012, label.text, color="0.15", fontsize=7.5, va="top", zorder=7, path_effects=_HALO
        )


def _draw_sides(
    figure: Figure, walks: list[Walk], models: list[scene.Model], norm: Normalize, marked: np.ndarray
) -> None:
    """Four instants from the weak side: the healthy walk on the left, the last one shown above on the right."""
    shown = list(zip(walks, models, strict=True))
    shown = [shown[0], shown[-1]] if len(shown) > 1 else shown
    side = walks[0].posed.side[walks[0].side]
    heads = [textwrap.wrap(f"{title(walk)}, from the {side}", _SIDE_LETTERS * 2 // len(shown)) for walk, _ in shown]
    height = 2.16 + _SIDE_LINE_M * (max(map(len, heads)) - 1)
    aspect = (style.WIDTH_MM / _HEIGHT_MM) / (_SIDE_TOP - _SIDE_BOTTOM)
    share = 1.0 / len(shown)
    for k, (walk, model) in enumerate(shown):
        axes = figure.add_axes((k * share, _SIDE_BOTTOM, share, _SIDE_TOP - _SIDE_BOTTOM))
        _bare(axes)
        width = height * aspect * share
        axes.set_xlim(0.0, width)
        axes.set_ylim(-0.16, height - 0.16)
        seen = scene.RIGHT_SIDE if side == "right" else scene.view(-90.0)
        # A walker seen from the right goes to the right, and time with him; from the left both run the other way.
        moments = _moments(walk) if side == "right" else _moments(walk)[::-1]
        step = width / len(moments)
        _draw_floor(axes, 0.08, width - 0.08)
        for n, (pct, name) in enumerate(moments):
            instant, middle = walk.instant(pct), step * (n + 0.5)
            center = _over_ground(walk, instant)
            painted = scene.polygons(walk.posed, model, instant, seen, norm, center_m=center, marked=marked)
            scene.paint(axes, painted, shift=(middle, 0.0))
            words = f"{name}\n{pct:.0f} %"
            axes.text(middle, -0.05, words, ha="center", va="top", fontsize=6.5, color="0.3", linespacing=1.1)
        look: dict[str, Any] = {"ha": "center", "va": "top", "fontsize": 8, "fontweight": "bold"}
        axes.text(0.5 * width, height - 0.17, "\n".join(heads[k]), **look)


def _moments(walk: Walk) -> list[tuple[float, str]]:
    """Instants of the weak side's cycle to show: % and name."""
    start, end = walk.single_stance_pct()
    off = float(walk.foot_off_pct[walk.side])
    return [
        (0.0, "foot strike"),
        (0.5 * (start + end), "mid-stance"),
        (off, "foot off"),
        (0.5 * (off + 100.0), "swing"),
    ]


def _draw_floor(axes: Axes, left: float, right: float) -> None:
    axes.plot([left, right], [0.0, 0.0], color="0.75", linewidth=0.8, zorder=1, solid_capstyle="round")


def _draw_scale(figure: Figure, norm: Normalize, weak: str) -> None:
    axes = figure.add_axes((0.30, 0.036, 0.28, 0.011))
    figure.colorbar(ScalarMappable(norm, scene.MUSCLE_COLOURS), cax=axes, orientation="horizontal", extend="max")
    axes.tick_params(length=1.5, labelsize=6.5, pad=1.5)
    axes.set_title("Force of each muscle (N)", fontsize=7, fontweight="normal", pad=2)
    for spine in axes.spines.values():
        spine.set_visible(False)
    if weak:
        said = textwrap.shorten(weak, _MOST_WEAK, placeholder="\N{HORIZONTAL ELLIPSIS}")
        figure.text(0.64, 0.043, f"Weakened: {said}", fontsize=7, va="center")
        words = "(with a blue-green edge)"
        figure.text(0.64, 0.026, words, fontsize=7, va="center", color=scene.WEAK_EDGE, fontweight="bold")


def _weak_words(walks: list[Walk]) -> str:
    """The muscles that lost strength in any of the walks, in words; empty for none."""
    lost = np.any([walk.posed.strength_fraction < 1.0 for walk in walks], axis=0)
    names = [name for name, is_lost in zip(walks[0].posed.muscle, lost, strict=True) if is_lost]
    return weakness(names) if names else ""


def _bare(axes: Axes) -> None:
    axes.set_axis_off()
    axes.set_autoscale_on(False)


def title(walk: Walk) -> str:
    """Strength in words; the scenario's own words where it has some, or where nothing is weak."""
    if walk.is_healthy:
        return "Healthy"
    if walk.label or walk.strength_fraction >= 1.0:
        words = without_adaptation(safe(walk.label or walk.scenario_id), walk.adaptation)
        return words[:1].upper() + words[1:]
    return f"{100.0 * walk.strength_fraction:.0f} % strength left" if walk.strength_fraction else "No strength left"


def subtitle(walk: Walk) -> str:
    """Adaptation in words."""
    if walk.is_healthy:
        return "all muscles at full strength"
    words = adaptation(walk.adaptation)
    return textwrap.fill(safe(_first_lower(words)), _FRONT_LETTERS)


def _first_lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def caption(walks: list[Walk], credit: str) -> str:
    """The figure's caption in plain words."""
    first = walks[0]
    side = first.posed.side[first.side]
    weak = _weak_words(walks)
    parts = [
        f"Above, one instant of each walk, from the front: the middle of the time in which the {side} leg carries "
        "alone. The walker comes towards you, so the right leg is on the left. Below, the first and the last of these "
        f"walks from the {side}, at four instants of that leg's gait cycle (% from its foot strike).",
        "Blue: axis of the trunk. Orange: line through both hip joints. Green: axis of the thigh. Purple: on to the "
        "ankle; beside it the straight line from hip to ankle. Dotted: upright or level. The knee of this model bends "
        "in one plane only, so the knee's angle is how the leg looks from the front, not a bend of the joint.",
    ]
    if weak:
        parts.append(f"Weakened: {weak}.")
    parts += explained([walk.adaptation for walk in walks if not walk.is_healthy])
    parts += [
        "Bones and muscle paths are placed by OpenSim; the bones are pictures and carry no load. " + credit,
        "Computed for one model, not measured in you.",
    ]
    return "\n".join(textwrap.fill(part, 100) for part in parts) + "\n"
