"""The chain from a weak hip muscle to the knee as one picture: each station with its change, or drawn as not shown."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from numpy.typing import NDArray

from gluteweak.comparison.chain import NEEDED, STATIONS, Chain, Link, read_chain, weakest_of_each
from gluteweak.comparison.differences import Difference, compare
from gluteweak.comparison.outcomes import BY_NAME, describe
from gluteweak.comparison.reading import Sweep, Walk, read_sweep
from gluteweak.comparison.selection import Pair
from gluteweak.comparison.table import number
from gluteweak.errors import InputError
from gluteweak.figures import front_view, measured_text, names, style
from gluteweak.imposed_motion import CHANGES
from gluteweak.variables import BAND_PERCENTILES, BANDED

FloatArray = NDArray[np.float64]

_COLUMN_MM, _HEIGHT_MM = 90.0, 166.0
_BODY_MM, _BODY_X_MM, _GROUND_MM = 116.0, 19.5, 17.0
_CARD_X_MM, _CARD_WIDTH_MM = 39.5, 48.0
#: The kneecap's card leaves room for the arrow that passes it to the iliotibial band.
_ROOM_MM = 5.0
_TOP_MM, _GAP_MM, _LINE_MM, _CARD_HEAD_MM = 150.0, 4.4, 3.2, 8.4
#: Width that a column's title has beside the next one, and its smallest letters.
_TITLE_MM, _SMALLEST = 85.0, 6.0
_IMPOSED_HEAD_MM, _IMPOSED_ROW_MM = 13.0, 6.2
#: Most chains in one picture.
MOST_CHAINS = 2
_INK, _GREY = "#1F2328", "#5F6771"
_SHOWN: dict[str, str] = {"edge": "#B3261E", "fill": "#FCEFEA", "text": _INK}
_QUIET = {"edge": "#9AA2AB", "fill": "#FFFFFF", "text": _GREY}
_START = {"edge": "#B3261E", "fill": "#FFFFFF", "text": _INK}
_DASHED = (0, (2.6, 1.6))
#: Where the arrow to a station starts: the station before it.
_BEFORE = {"trunk": "muscle", "pelvis": "muscle", "thigh": "pelvis", "knee": "thigh", "kneecap": "knee", "band": "knee"}
#: The chain begins at the muscle; the trunk stands above it, where the body has it.
_NUMBERS = {"muscle": 1, "trunk": 2, "pelvis": 3, "thigh": 4, "knee": 5, "kneecap": 6, "band": 7}
#: What each imposed posture is asked about: the next links of the chain.
_ASKED = (
    "peak_hip_abduction_moment_nm_kg",
    "peak_knee_adduction_moment_nm_kg",
    "peak_medial_compartment_force_bw",
    "peak_patellofemoral_stress_mpa",
)
_IMPOSED_WORDS = {
    "pelvic_drop": "Pelvis dropped by {}",
    "pelvic_drop_trunk_upright": "Pelvis dropped by {}, trunk upright",
    "trunk_lean": "Trunk leaned over by {}",
    "femoral_rotation": "Thigh turned inward by {}",
}


@dataclass(frozen=True)
class Imposed:
    """One link forced by itself: what was imposed, and the differences that followed."""

    said: str
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class ChainPicture:
    """What the figure shows: one or two chains, poses of each walk and its healthy one, and imposed links."""

    chains: tuple[Chain, ...]
    poses: tuple[tuple[front_view.Pose, front_view.Pose], ...]
    at_pct: tuple[float, ...]
    imposed: tuple[Imposed, ...]
    model: str


def read_chain_picture(path: Path, scenario_ids: Sequence[str] = (), what_if: Path | None = None) -> ChainPicture:
    """Read what the figure needs.

    Parameters
    ----------
    path : Path
        ``sweep.h5`` or its folder.
    scenario_ids : sequence of str
        One or two scenarios; by default the weakest of the first two adaptations.
    what_if : Path, optional
        Imposed motions (``what_if.h5``), if there are any.

    Raises
    ------
    InputError
        If a file is missing or broken, or a scenario is unknown or no result.
    """
    sweep = read_sweep(path, (*NEEDED, "gait_cycle_pct", "foot_off_pct"), _bands())
    if len(scenario_ids) > MOST_CHAINS:
        raise InputError(f"{len(scenario_ids)} scenarios are too many for one picture: give at most {MOST_CHAINS}.")
    walks: Sequence[Walk] = [sweep.find(name) for name in scenario_ids] or weakest_of_each(sweep)[:MOST_CHAINS]
    chains = tuple(read_chain(sweep, walk) for walk in walks)
    at_pct = tuple(front_view.instant_pct(sweep, chain.pair.reference, chain.side) for chain in chains)
    poses = tuple(
        (
            front_view.read_pose(sweep, chain.pair.reference, chain.side, at),
            front_view.read_pose(sweep, chain.pair.walk, chain.side, at),
        )
        for chain, at in zip(chains, at_pct, strict=True)
    )
    return ChainPicture(chains, poses, at_pct, _read_imposed(what_if, sweep), sweep.model)


def draw_chain(data: ChainPicture) -> Figure:
    """The figure; call it within `style.house_style`."""
    strip = _IMPOSED_HEAD_MM + _IMPOSED_ROW_MM * (len(data.imposed) + 1.2) if data.imposed else 0.0
    width, height = max(_COLUMN_MM * len(data.chains), _COLUMN_MM * 1.25), _HEIGHT_MM + strip
    figure = Figure(figsize=(width / style.MM_PER_INCH, height / style.MM_PER_INCH))
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_xlim(0.0, width)
    axes.set_ylim(-strip, _HEIGHT_MM)
    axes.axis("off")
    start = (width - _COLUMN_MM * len(data.chains)) / 2.0
    for i, (chain, (healthy, weak)) in enumerate(zip(data.chains, data.poses, strict=True)):
        _draw_column(axes, start + i * _COLUMN_MM, chain, healthy, weak)
    _draw_key(axes, width)
    if data.imposed:
        _draw_imposed(axes, width, data.imposed)
    return figure


def caption(data: ChainPicture) -> str:
    """The figure's caption in plain words."""
    sides = " and ".join(dict.fromkeys(chain.side for chain in data.chains))
    said_at = " and ".join(dict.fromkeys(f"{at:.0f} %" for at in data.at_pct))
    parts = [
        "From a weak hip muscle to the knee, station by station. The body is seen from the front at the moment when "
        "the "
        f"healthy hip muscles work hardest ({said_at} of the stride of the {sides} "
        "leg), drawn from the simulated angles; dashed lines: the healthy walk at the same moment.",
        "Each card asks one question of the textbook's chain and answers it with the largest values while the leg "
        "stands, healthy and weak. A solid red card: the change counts. A dashed grey card: the link did not show. "
        "Arrows lead from station to station; they say what was looked at, not what caused what.",
    ]
    shown = [
        f"{names.scenario(c.pair.walk)}: " + (", ".join(k.station.title.lower() for k in c.links if k.shows) or "none")
        for c in data.chains
    ]
    parts.append(f"What showed. {'; '.join(shown)}.")
    yardsticks = dict.fromkeys(f"{BY_NAME[n].label.lower()} {describe(BY_NAME[n])}" for n in NEEDED)
    parts.append(f"What counts: {'; '.join(yardsticks)}.")
    if data.imposed:
        parts.append(
            "Below: the same links forced one at a time on the healthy walk, at full strength: what would follow if "
            "the posture were as named."
        )
    parts.append(f"Computed for one model ({data.model}), not measured in you.")
    return "\n".join(textwrap.fill(part, 100) for part in parts) + "\n"


def alternative_text(data: ChainPicture) -> str:
    """The picture in words, for those who cannot see it."""
    said = []
    for chain in data.chains:
        links = [
            f"{k.station.title}: {answer(k)} ({'; '.join(measure(k, i) for i in range(len(k.differences)))})"
            for k in chain.links
        ]
        said.append(f"{names.scenario(chain.pair.walk)}. " + ". ".join(links) + ".")
    return " ".join(said)


def answer(link: Link) -> str:
    """A station's answer in a word or two."""
    counting = [d for d in link.differences if d.counts]
    if not counting:
        return "works as before" if link.station.key == "muscle" else "did not show"
    signs = {d.change > 0 for d in counting}
    if link.station.key == "muscle":
        return "changed"
    return {True: "yes, more", False: "no, less"}[signs.pop()] if len(signs) == 1 else "changed"


def measure(link: Link, index: int) -> str:
    """One outcome of a station: ``drop: 2.5 → 1.5°``."""
    d = link.differences[index]
    _, name, unit = link.station.outcomes[index]
    factor, decimals = (100.0, 0) if unit == " %" and d.outcome.unit == "" else (1.0, d.outcome.decimals)
    before, after = (number(factor * v, decimals) for v in (d.reference, d.value))
    return f"{name}: {before} \N{RIGHTWARDS ARROW} {after}{unit}"


def _draw_column(axes: Axes, x: float, chain: Chain, healthy: front_view.Pose, weak: front_view.Pose) -> None:
    walk, sweep = chain.pair.walk, chain.pair.sweep
    title = (
        names.adaptation(walk.adaptation)
        if walk.label == walk.scenario_id and walk.adaptation and walk.is_told_by_dose
        else names.scenario(walk)
    )
    title_look = measured_text.shrunk(title, _TITLE_MM, _SMALLEST, fontsize=9.5, fontweight="bold")
    axes.text(x + 3.0, _HEIGHT_MM - 6.0, color=_INK, va="center", **title_look)
    muscles = names.weakness(sweep.weak_muscles(walk))
    said = f"{100 * walk.strength_fraction:.4g} % of strength left in the {muscles}"
    said_look = measured_text.shrunk(said, _TITLE_MM, _SMALLEST, fontsize=7.5)
    axes.text(x + 3.0, _HEIGHT_MM - 11.4, color=_GREY, va="center", **said_look)
    shift = healthy.pelvis[0] * _BODY_MM / 100.0
    drawing = front_view.Drawing(axes, (x + _BODY_X_MM - shift, _GROUND_MM), _BODY_MM)
    drawing.body(weak)
    drawing.bones(weak)
    links = {link.station.key: link for link in chain.links}
    band_end = drawing.band(weak, dashed=not links["band"].shows)
    muscle = drawing.gluteus(weak, walk.strength_fraction)
    drawing.outline(healthy)
    anchors = {
        "trunk": drawing.place(weak.pelvis + 0.72 * (weak.neck - weak.pelvis)),
        "muscle": muscle,
        "pelvis": drawing.place(weak.pelvis + np.array([0.0, -1.0])),
        "thigh": drawing.place(0.55 * weak.stance_hip + 0.45 * weak.stance_knee),
        "knee": drawing.place(weak.stance_knee + np.array([0.0, -4.2])),
        "kneecap": drawing.place(weak.stance_knee),
        "band": band_end,
    }
    boxes = _draw_cards(axes, x + _CARD_X_MM, chain)
    _draw_badges(axes, anchors, boxes, links)
    for after, before in _BEFORE.items():
        _draw_arrow(axes, boxes, before, after, shows=links[after].shows)


def _draw_cards(axes: Axes, x: float, chain: Chain) -> dict[str, tuple[float, float, float, float]]:
    """Cards from top to bottom; returns (left, bottom, width, height) of each."""
    boxes = {}
    top = _TOP_MM
    for link in chain.links:
        height = _CARD_HEAD_MM + _LINE_MM * len(link.differences) + 0.8
        width = _CARD_WIDTH_MM - _ROOM_MM * (link.station.key == "kneecap")
        look = _SHOWN if link.shows else _QUIET
        if link.station.key == "muscle":
            look = {**_START, "fill": look["fill"]}
        quiet = not link.shows and link.station.key != "muscle"
        box = FancyBboxPatch((x, top - height), width, height, boxstyle="round,pad=0,rounding_size=1.6")
        box.set(facecolor=look["fill"], edgecolor=look["edge"], linewidth=0.9, zorder=5)
        box.set_linestyle(_DASHED if quiet else "-")
        axes.add_patch(box)
        text: dict[str, Any] = {"va": "center", "zorder": 6, "color": look["text"]}
        axes.text(x + 6.4, top - 3.3, link.station.title, fontsize=8.0, fontweight="bold", **text)
        axes.text(
            x + width - 2.0,
            top - 3.3,
            answer(link),
            fontsize=6.8,
            ha="right",
            fontweight="bold" if link.shows else "normal",
            style="normal" if link.shows else "italic",
            **text,
        )
        axes.text(x + 6.4, top - 6.7, link.station.question, fontsize=6.0, **{**text, "color": _GREY})
        for row, d in enumerate(link.differences):
            y = top - _CARD_HEAD_MM - _LINE_MM * (row + 0.45)
            weight = "bold" if d.counts else "normal"
            colour = _INK if d.counts else _GREY
            look_of_line = {**text, "color": colour, "fontsize": 6.6, "fontweight": weight}
            name, _, values = measure(link, row).partition(": ")
            axes.text(x + 6.4, y, name, **look_of_line)
            axes.text(x + width - 2.0, y, values, ha="right", **look_of_line)
        axes.text(
            x + 3.6,
            top - 3.3,
            str(_NUMBERS[link.station.key]),
            fontsize=7,
            fontweight="bold",
            color="white",
            ha="center",
            va="center",
            zorder=7,
            bbox={"boxstyle": "circle,pad=0.22", "facecolor": look["edge"], "edgecolor": "none"},
        )
        boxes[link.station.key] = (x, top - height, width, height)
        top -= height + _GAP_MM
    return boxes


def _draw_badges(
    axes: Axes,
    anchors: dict[str, FloatArray],
    boxes: dict[str, tuple[float, float, float, float]],
    links: dict[str, Link],
) -> None:
    """A dot on the body part and a thin line to its card."""
    for key, (left, bottom, _, height) in boxes.items():
        shows = links[key].shows or key == "muscle"
        colour = _SHOWN["edge"] if shows else _QUIET["edge"]
        x, y = anchors[key]
        to = bottom + height - 3.3
        bend = left - 3.0
        axes.plot(
            [x, bend, left], [y, to, to], color=colour, linewidth=0.7, linestyle="-" if shows else _DASHED, zorder=4.5
        )
        axes.plot(
            [x], [y], marker="o", markersize=3.2, color=colour, markeredgecolor="white", markeredgewidth=0.5, zorder=4.6
        )


def _draw_arrow(
    axes: Axes, boxes: dict[str, tuple[float, float, float, float]], before: str, after: str, *, shows: bool
) -> None:
    """An arrow from card to card: solid where the next station shows, dashed and grey where it does not."""
    left, bottom, _, height = boxes[before]
    _, to_bottom, _, to_height = boxes[after]
    x = left + (_CARD_WIDTH_MM - _ROOM_MM / 2.0 if after == "band" else 0.4 * _CARD_WIDTH_MM)
    upward = to_bottom > bottom
    start, end = ((x, bottom + height), (x, to_bottom)) if upward else ((x, bottom), (x, to_bottom + to_height))
    arrow = FancyArrowPatch(
        start,
        end,
        arrowstyle="-|>",
        mutation_scale=8 if shows else 6.5,
        shrinkA=0.6,
        shrinkB=0.6,
        zorder=4.8,
    )
    arrow.set(color=_SHOWN["edge"] if shows else _QUIET["edge"], linewidth=1.8 if shows else 0.9)
    arrow.set_linestyle("-" if shows else _DASHED)
    axes.add_patch(arrow)


def _draw_key(axes: Axes, width: float) -> None:
    """What solid and dashed mean, at the foot of the picture."""
    y, middle = 7.2, width / 2.0
    entries: tuple[tuple[str, dict[str, Any], float], ...] = (
        ("showed: the change counts", {"color": _SHOWN["edge"], "linewidth": 1.8}, 0.0),
        ("did not show", {"color": _QUIET["edge"], "linewidth": 0.9, "linestyle": _DASHED}, 41.5),
        ("healthy walk, same moment", {"color": "black", "linewidth": 0.9, "linestyle": (0, (3, 1.6))}, 66.0),
    )
    for said, look, offset in entries:
        x = middle - 52.0 + offset
        axes.plot([x, x + 6.0], [y, y], **look)
        axes.text(x + 7.0, y, said, fontsize=6.8, color=_INK, va="center")
    said = "Computed for one model, not measured in you.  BW: body weight."
    # Above the line at the very foot, which says of some walkers that they have no kneecap.
    axes.text(middle, 3.4, said, fontsize=6.8, color=_GREY, ha="center", va="center")


def _draw_imposed(axes: Axes, width: float, imposed: Sequence[Imposed]) -> None:
    """Links forced one at a time: a row each, the change of what comes next in per cent."""
    left, right = 4.0, width - 4.0
    axes.plot([left, right], [-2.0, -2.0], color=_QUIET["edge"], linewidth=0.6)
    axes.text(
        left,
        -6.0,
        "If one link were forced (healthy strength, posture imposed; bold counts)",
        fontsize=8,
        fontweight="bold",
        color=_INK,
        va="center",
    )
    columns = np.linspace(left + 0.42 * (right - left), right - 11.0, len(_ASKED))
    head = -_IMPOSED_HEAD_MM
    for x, name in zip(columns, _ASKED, strict=True):
        axes.text(x, head, textwrap.fill(BY_NAME[name].label, 14), fontsize=6.8, color=_GREY, ha="center", va="center")
    for row, one in enumerate(imposed):
        y = head - _IMPOSED_ROW_MM * (row + 1)
        axes.text(left, y, one.said, fontsize=7.4, color=_INK, va="center")
        arrow = FancyArrowPatch(
            (left + 0.30 * (right - left), y), (columns[0] - 11.0, y), arrowstyle="-|>", mutation_scale=7
        )
        arrow.set(color=_INK, linewidth=1.0)
        axes.add_patch(arrow)
        for x, d in zip(columns, one.differences, strict=True):
            share = d.relative or 0.0
            axes.text(
                x,
                y,
                f"{number(100 * share, 0, signed=True)} %",
                fontsize=7.4,
                ha="center",
                va="center",
                fontweight="bold" if d.counts else "normal",
                color=_INK if d.counts else _GREY,
            )


def _read_imposed(path: Path | None, sweep: Sweep) -> tuple[Imposed, ...]:
    """The imposed motions of a file, one a kind, of the sweep's walker."""
    if path is None:
        return ()
    found = read_sweep(path, _ASKED, _bands())
    if found.walker != sweep.walker:
        return ()
    healthy = next((walk for walk in found.usable() if walk.scenario_id == "what_if-none"), None)
    rows: dict[str, Imposed] = {}
    for walk in found.usable():
        kind, said, side = _imposed(walk.scenario_id)
        if healthy is None or kind not in _IMPOSED_WORDS:
            continue
        (compared,) = compare([Pair(found, healthy, found, walk)], side)
        rows[kind] = Imposed(said, tuple(compared.of(name) for name in _ASKED))
    return tuple(rows.values())


def _imposed(scenario_id: str) -> tuple[str, str, str]:
    """``what_if-pelvic_drop_r-4deg`` as its kind, its words and the side."""
    _, _, rest = scenario_id.partition("-")
    body, _, size = rest.partition("-")
    kind = next((k for k in sorted(CHANGES, key=len, reverse=True) if body.startswith(k)), "none")
    side = "left" if body.endswith("_l") else "right"
    amount = size.removeprefix("minus").replace("p", ".").replace("deg", "°")
    sign = "\N{MINUS SIGN}" if size.startswith("minus") else ""
    return kind, _IMPOSED_WORDS.get(kind, kind).format(f"{sign}{amount}"), side


def _bands() -> tuple[str, ...]:
    low, *_, high = BAND_PERCENTILES
    return tuple(f"{name}_{suffix}" for name in BANDED for suffix in (low, high))


__all__ = ["MOST_CHAINS", "STATIONS", "alternative_text", "caption", "draw_chain", "read_chain_picture"]
