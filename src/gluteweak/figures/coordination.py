"""What a badly timed muscle of full strength does: curves over the stride by fault, and outcomes fault by fault."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from gluteweak.comparison.differences import compare
from gluteweak.comparison.outcomes import COMPARED
from gluteweak.comparison.reading import Sweep, Walk, read_rows, read_sweep
from gluteweak.comparison.selection import Pair, reference_of
from gluteweak.comparison.table import number
from gluteweak.errors import InputError
from gluteweak.figures import names, outcome_rows, style

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Kind:
    """A kind of fault: its dataset, the value that is no fault, title, and words for a size."""

    dataset: str
    none: float
    title: str
    words: Callable[[float], str]

    def size(self, value: float) -> float:
        """How far from no fault."""
        return abs(value - self.none)


KINDS = (
    Kind("onset_delay_ms", 0.0, "Starts late", lambda v: f"{v:g} ms late"),
    Kind("slower_activation", 1.0, "Activates slowly", lambda v: f"{v:g} times as slow"),
    Kind("activation_ceiling", 1.0, "Reaches less", lambda v: f"at most {100 * v:g} % active"),
    Kind("early_shutoff_ms", 0.0, "Stops early", lambda v: f"silent {v:g} ms early"),
)
_SEVERAL = "Several faults"
_TIMED = "badly_timed"
ACTIVATION = "muscle_activation"
#: Curve and axis label of each row.
PANELS = (
    (ACTIVATION, "Activation\n(share of full)"),
    ("pelvic_drop_deg", "Pelvic drop\n(deg)"),
    ("trunk_lean_deg", "Trunk lean\n(deg)"),
    ("hip_adduction_deg", "Hip adduction\n(deg)"),
    ("knee_adduction_moment_nm_kg", "Knee adduction\nmoment (Nm/kg)"),
    ("patellofemoral_contact_force_bw", "Force on kneecap\n(body weights)"),
)
_STANCE = "0.93"
#: Sizes of a kind, and ways of living with it, that lines can tell apart.
_MOST_SIZES, _MOST_ADAPTATIONS = 2, 3
_THIN, _THICK = 0.8, 1.7
_ROW_MM, _HEAD_MM = 30.0, 28.0


@dataclass(frozen=True)
class Faulty:
    """A walk with a timing fault: kind, size (in the fault's own unit; 0 for several), words, and its healthy walk."""

    walk: Walk
    healthy: Walk
    kind: str
    size: float
    words: str


@dataclass(frozen=True)
class Coordination:
    """What the figures show, of one side; ``curves`` are by panel and row of the sweep."""

    side: str
    muscles: str
    gait_cycle_pct: FloatArray
    foot_off_pct: float
    faulty: tuple[Faulty, ...]
    curves: dict[str, dict[int, FloatArray]]
    blocks: tuple[outcome_rows.Block, ...]
    model: str

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of faults, in the order of `KINDS`."""
        found = {one.kind for one in self.faulty}
        return tuple(title for title in (*(kind.title for kind in KINDS), _SEVERAL) if title in found)

    @property
    def adaptations(self) -> tuple[str, ...]:
        """Ways of living with it, in the order of the sweep."""
        return tuple(dict.fromkeys(one.walk.adaptation for one in self.faulty))[:_MOST_ADAPTATIONS]


def read_coordination(path: Path) -> Coordination:
    """Read what the figures need.

    Raises
    ------
    InputError
        If the sweep is missing or broken, or has no badly timed walker with a healthy one beside it.
    """
    wanted = [outcome.name for outcome in COMPARED]
    bands = [f"{outcome.name}_{edge}" for outcome in COMPARED if outcome.banded for edge in ("p05", "p95")]
    faults = (_TIMED, *(kind.dataset for kind in KINDS))
    sweep = read_sweep(
        path, ("gait_cycle_pct", "foot_off_pct"), (*wanted, *bands, *faults, *outcome_rows.STEP_OUTCOMES)
    )
    if any(name not in sweep.values for name in faults):
        raise InputError(
            f"{sweep.path} does not say which muscles are badly timed: it was made by another version; run "
            "'gluteweak collect' again."
        )
    faulty = _faulty(sweep)
    if not faulty:
        raise InputError(
            f"{sweep.path} has no certified walker with a badly timed muscle and a healthy one beside it: its study "
            f"('{sweep.study}') names no fault; see config/coordination.yaml."
        )
    muscles = list(dict.fromkeys(name for one in faulty for name in str(sweep.values[_TIMED][one.walk.row]).split()))
    side = "left" if sum(m.endswith("_l") for m in muscles) * 2 > len(muscles) else "right"
    row = sweep.side.index(side)
    shown = list(dict.fromkeys(walk for one in faulty for walk in (one.healthy, one.walk)))
    own = [name in muscles and name.endswith(f"_{side[0]}") for name in sweep.muscle]
    curves: dict[str, dict[int, FloatArray]] = {}
    for name, _ in PANELS:
        found = read_rows(sweep, name, shown)
        found = found[:, own].mean(axis=1) if name == ACTIVATION else found[:, row]
        curves[name] = {walk.row: curve for walk, curve in zip(shown, found, strict=True)}
    return Coordination(
        side=side,
        muscles=names.weakness([m for m in muscles if m.endswith(f"_{side[0]}")]),
        gait_cycle_pct=np.asarray(sweep.values["gait_cycle_pct"], dtype=np.float64),
        foot_off_pct=float(sweep.values["foot_off_pct"][faulty[0].healthy.row][row]),
        faulty=tuple(faulty),
        curves=curves,
        blocks=_blocks(sweep, faulty, side),
        model=sweep.model,
    )


def _faulty(sweep: Sweep) -> list[Faulty]:
    found = []
    for walk in sweep.usable():
        healthy = reference_of(sweep, walk)
        faults = {kind: float(np.asarray(sweep.values[kind.dataset])[walk.row]) for kind in KINDS}
        present = [kind for kind, value in faults.items() if kind.size(value) > 0]
        if healthy is None or not present or not str(sweep.values[_TIMED][walk.row]):
            continue
        title, size = (present[0].title, present[0].size(faults[present[0]])) if len(present) == 1 else (_SEVERAL, 0.0)
        words = ", ".join(kind.words(faults[kind]) for kind in present)
        if walk.strength_fraction != 1.0:
            words += f", {100 * walk.strength_fraction:.4g} % strength"
        found.append(Faulty(walk, healthy, title, size, words))
    order = {title: place for place, title in enumerate((*(kind.title for kind in KINDS), _SEVERAL))}
    return sorted(found, key=lambda one: (order[one.kind], one.size))


def _blocks(sweep: Sweep, faulty: Sequence[Faulty], side: str) -> tuple[outcome_rows.Block, ...]:
    """One block an adaptation; at most what a page holds."""
    adaptations = list(dict.fromkeys(one.walk.adaptation for one in faulty))[:2]
    most = outcome_rows.MOST_ROWS // len(adaptations)
    blocks = []
    for adaptation in adaptations:
        own = [one for one in faulty if one.walk.adaptation == adaptation][:most]
        compared = compare([Pair(sweep, one.healthy, sweep, one.walk) for one in own], side)
        rows = tuple(outcome_rows.row(one.words.capitalize(), c) for one, c in zip(own, compared, strict=True))
        blocks.append(outcome_rows.Block(names.adaptation(adaptation), rows, "healthy", {}))
    return tuple(blocks)


def draw_curves(data: Coordination) -> Figure:
    """One row a quantity, one column a kind of fault; call it within `style.house_style`."""
    kinds = data.kinds
    figure = style.new_figure(_HEAD_MM + _ROW_MM * len(PANELS))
    grid = figure.subplots(len(PANELS), len(kinds), sharex=True, sharey="row", squeeze=False)
    for column, kind in enumerate(kinds):
        shown = _lines(data, kind)
        sizes = list(dict.fromkeys(one.words for one in shown))
        grid[0, column].set_title("\n".join(sizes), loc="left", fontsize=7, fontweight="normal", linespacing=1.15)
        # Above the sizes, for which the title has room; a line more where there are two.
        grid[0, column].annotate(
            kind,
            (0, 1),
            (0, 6 + 9 * max(1, len(sizes))),
            "axes fraction",
            "offset points",
            fontsize=8,
            fontweight="bold",
        )
        for line, (name, _) in zip(grid[:, column], PANELS, strict=True):
            _draw_panel(line, data, name, shown)
        grid[-1, column].set_xlabel("Gait cycle (%)")
    for line, (_, label) in zip(grid[:, 0], PANELS, strict=True):
        line.set_ylabel(label)
    figure.align_ylabels(grid[:, 0])
    handles: list[Any] = [Line2D([], [], label="healthy", **style.REFERENCE)]
    handles += [
        Line2D([], [], color=_colour(i), linewidth=_THICK, label=names.adaptation(adaptation))
        for i, adaptation in enumerate(data.adaptations)
    ]
    handles += [
        Line2D([], [], color="0.4", linewidth=width, label=f"{said} fault")
        for width, said in ((_THICK, "larger"), (_THIN, "smaller"))
    ]
    handles.append(Patch(color=_STANCE, label=f"{data.side} foot on the ground"))
    figure.legend(handles=handles, loc="outside upper center", ncols=3)
    return figure


def _lines(data: Coordination, kind: str) -> list[Faulty]:
    """The largest sizes of a kind in each of the adaptations that are drawn."""
    shown = []
    for adaptation in data.adaptations:
        shown += [one for one in data.faulty if one.kind == kind and one.walk.adaptation == adaptation][-_MOST_SIZES:]
    return shown


def _colour(index: int) -> str:
    return str(style.series(1 - index if index < _MOST_SIZES else index)["color"])


def _draw_panel(axes: Axes, data: Coordination, name: str, shown: Sequence[Faulty]) -> None:
    axes.axvspan(0.0, data.foot_off_pct, color=_STANCE, linewidth=0, zorder=0)
    axes.axhline(0.0, color="0.6", linewidth=0.5, zorder=1)
    for i, adaptation in enumerate(data.adaptations):
        own = [one for one in shown if one.walk.adaptation == adaptation]
        for one in own:
            look: dict[str, Any] = {
                "color": _colour(i),
                "linewidth": _THICK if one is own[-1] else _THIN,
                "zorder": 2 + i,
            }
            axes.plot(data.gait_cycle_pct, data.curves[name][one.walk.row], **look)
    if shown:
        axes.plot(data.gait_cycle_pct, data.curves[name][shown[0].healthy.row], zorder=5, **style.REFERENCE)
    axes.set_xticks((0, 50, 100))


def draw_summary(data: Coordination) -> Figure:
    """Every outcome fault by fault; call it within `style.house_style`."""
    return outcome_rows.draw_rows(data.blocks)


def curves_caption(data: Coordination) -> str:
    """The caption of the curves in plain words."""
    drawn = {one.walk.row for kind in data.kinds for one in _lines(data, kind)}
    left_out = [one.words for one in data.faulty if one.walk.row not in drawn]
    parts = [
        f"What bad timing of a muscle does whose strength is untouched ({data.muscles}): one column a fault, one row a "
        f"quantity, over one stride of the {data.side} leg, from one strike of that foot (0 %) to its next (100 %). "
        "Grey: the foot is on the ground. Dashed: healthy. Thick: the larger fault, thin: the smaller one.",
        "Top row: how active the muscle is, the mean of its badly timed parts. Pelvic drop: how far the pelvis hangs "
        f"down on the other side. Trunk lean: towards the {data.side}. Hip adduction: thigh inward, seen from the "
        "pelvis. The knee adduction moment presses on the inner side of the knee.",
        *names.explained(data.adaptations),
        "The walker knows the fault beforehand and prepares for it: the model has no reflexes and no surprise.",
    ]
    if left_out:
        parts.append(f"Not drawn: {'; '.join(dict.fromkeys(left_out))}.")
    parts.append(f"Computed for one model ({data.model}), not measured in people.")
    return "\n".join(textwrap.fill(part, 100) for part in parts) + "\n"


def summary_caption(data: Coordination) -> str:
    """The caption of the summary in plain words."""
    parts = [
        f"What each timing fault of a strong muscle ({data.muscles}) changes, from hip and trunk (first line of "
        f"panels) to what the knee bears in a step and in a day (second line); stance of the {data.side} leg. "
        "Dashed: healthy; a bar leads from there to the walker's number. Full dots: the change counts. Hollow: too "
        "small to count. Grey names: nothing changes that counts.",
        *(_findings(block) for block in data.blocks),
        outcome_rows.YARDSTICKS,
        *names.explained(data.adaptations),
        f"Computed for one model ({data.model}), not measured in people.",
    ]
    return "\n".join(textwrap.fill(part, 100) for part in parts) + "\n"


def _findings(block: outcome_rows.Block) -> str:
    idle = [row.name.lower() for row in block.rows if not row.counting]
    telling = [row for row in block.rows if row.counting]
    said = []
    for row in telling:
        changed = [
            f"{d.outcome.label.lower()} {number(d.change, d.outcome.decimals, signed=True)} {d.outcome.unit}"
            for d in row.differences.values()
            if d.counts
        ]
        said.append(f"{row.name.lower()}: {', '.join(changed)}")
    found = "; ".join(said) or "no fault changes anything that counts"
    return f"{block.title}: {found}." + (f" Nothing that counts: {'; '.join(idle)}." if idle and telling else "")
