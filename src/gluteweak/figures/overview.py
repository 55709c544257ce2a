"""Overview of a sweep: what the body does and what the kneecap carries, by strength, one column an adaptation."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from gluteweak.errors import InputError
from gluteweak.figures import names, style
from gluteweak.storage import open_file, read_file, read_study, read_value

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Panel:
    """One row of the figure: dataset, what it is called with its unit, and what up means."""

    dataset: str
    label: str
    up: str


PANELS = (
    Panel("pelvic_drop_deg", "Pelvic drop (deg)", "other side lower is +"),
    Panel("trunk_lean_deg", "Trunk lean (deg)", "towards this side is +"),
    Panel("hip_adduction_deg", "Hip adduction (deg)", "thigh inward is +"),
    Panel("patellofemoral_contact_force_bw", "Force on kneecap", "in body weights"),
)

_DATASETS = (
    "scenario_id",
    "side",
    "gait_cycle_pct",
    "muscle",
    "muscle_strength_fraction",
    "strength_fraction",
    "adaptation",
    "certified",
    "foot_off_pct",
)
_HEIGHT_MM = 190.0
_STANCE = "0.93"
_MOST_LEGEND_LINES = 7
#: Lines of one adaptation that an eye can follow; of more, an even choice by strength is drawn.
_MOST_LINES = 60
#: Walkers of one strength that lines can tell apart, and the columns of their legend.
_MOST_KINDS, _KIND_COLUMNS, _KIND_WIDTH = 2 * style.MOST_SERIES + 1, 2, 1.0
_MARK_EVERY, _MARK_SIZE = 20, 3.5


@dataclass(frozen=True)
class Overview:
    """What the figure shows: curves of one side, (n_scenarios, n_samples) a panel; certified scenarios only."""

    side: str
    gait_cycle_pct: FloatArray
    strength_fraction: FloatArray
    adaptation: tuple[str, ...]
    foot_off_pct: FloatArray
    curves: dict[str, FloatArray]
    left_out: tuple[str, ...]
    weak_muscles: tuple[str, ...]
    model: str
    #: The walkers in plain words, where the sweep says them.
    label: tuple[str, ...] = ()
    #: Number of treated walkers, who are left to the table of treatments.
    n_treated: int = 0
    #: Number of walkers who are left out only because there are too many for a figure.
    n_thinned: int = 0

    @property
    def kinds(self) -> tuple[str, ...]:
        """What the walkers are beside their adaptation, healthy ones first; empty where strength tells them apart."""
        same = len(set(zip(self.adaptation, self.strength_fraction.tolist(), strict=True))) == len(self.adaptation)
        return () if same or not self.label else tuple(dict.fromkeys(self.kind(i) for i in range(len(self.label))))

    @property
    def drawn_kinds(self) -> tuple[str, ...]:
        """The kinds that lines can tell apart: the first, and of too many others an even choice up to the last."""
        first, *others = self.kinds
        most = min(len(others), _MOST_KINDS - 1)
        return (first, *(others[(k + 1) * len(others) // most - 1] for k in range(most)))

    def kind(self, i: int) -> str:
        """What a walker is beside the adaptation, in plain words."""
        return names.without_adaptation(self.label[i], self.adaptation[i])

    @property
    def columns(self) -> tuple[str, ...]:
        """Adaptations in the order of the sweep."""
        return tuple(dict.fromkeys(self.adaptation))


def read_overview(sweep: Path) -> Overview:
    """Read what the figure needs.

    Raises
    ------
    InputError
        If the file is missing or broken, or no scenario is certified.
    """
    values, _ = read_file(sweep, _DATASETS)
    label, treated = _descriptors(sweep, len(values["scenario_id"]))
    certified = np.asarray(values["certified"]) == 1
    shown = certified & ~treated & ~_healthy_again(sweep, values["adaptation"])
    if not shown.any():
        raise InputError(f"{sweep} has no certified scenario, so there is nothing to draw: see the logs of the sweep.")
    weak = [str(m) for m in values["muscle"][np.min(values["muscle_strength_fraction"], axis=0) < 1.0]]
    row = int(sum(m.endswith("_l") for m in weak) > sum(m.endswith("_r") for m in weak))
    n_certified = int(shown.sum())
    shown = _evenly(shown, values["adaptation"], values["strength_fraction"])
    with open_file(sweep) as file:
        # Only what is drawn: a sweep as a whole may be larger than memory.
        curves = {panel.dataset: _rows(file, panel.dataset, shown, sweep)[:, row] for panel in PANELS}
    return Overview(
        side=str(values["side"][row]),
        gait_cycle_pct=values["gait_cycle_pct"],
        strength_fraction=values["strength_fraction"][shown],
        adaptation=tuple(str(a) for a in values["adaptation"][shown]),
        foot_off_pct=values["foot_off_pct"][shown, row],
        curves=curves,
        left_out=tuple(str(s) for s in values["scenario_id"][~certified & ~treated]),
        weak_muscles=tuple(weak),
        model=str(read_study(sweep).get("model", "unnamed")),
        label=tuple(text for text, is_shown in zip(label, shown, strict=True) if is_shown) if label else (),
        n_treated=int(treated.sum()),
        n_thinned=n_certified - int(shown.sum()),
    )


def _evenly(shown: NDArray[np.bool_], adaptation: NDArray[Any], strength: FloatArray) -> NDArray[np.bool_]:
    """At most `_MOST_LINES` of each adaptation, the strongest and the weakest among them."""
    chosen = np.zeros_like(shown)
    for name in dict.fromkeys(str(a) for a in adaptation):
        members = np.flatnonzero(shown & (adaptation == name))
        ordered = members[np.argsort(strength[members], kind="stable")]
        count = min(len(ordered), _MOST_LINES)
        chosen[ordered[np.linspace(0, len(ordered) - 1, count).round().astype(int)]] = True
    return chosen


def _rows(file: h5py.File, name: str, shown: NDArray[np.bool_], sweep: Path) -> Any:
    """The rows of a dataset that are drawn."""
    if name not in file:
        raise InputError(f"{sweep} has no dataset '{name}': it was made by another version; make it again.")
    rows = np.stack([file[name][int(i)] for i in np.flatnonzero(shown)])
    if np.isnan(rows).any():
        raise InputError(f"{sweep}: dataset '{name}' holds NaN; make the file again from complete data.")
    return rows


def _descriptors(sweep: Path, count: int) -> tuple[tuple[str, ...], NDArray[np.bool_]]:
    """Labels, if the sweep has any, and which walkers are treated."""
    with open_file(sweep) as file:
        label = tuple(str(text) for text in read_value(file["label"])) if "label" in file else ()
        treated = read_value(file["treatment"]) if "treatment" in file else np.full(count, "", dtype=object)
    return label, np.asarray([bool(name) for name in treated])


def _healthy_again(sweep: Path, adaptation: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Walkers without any fault of whom an adaptation has another: several groups bring a healthy walker each."""
    with open_file(sweep) as file:
        names_ = ("role", "certified", "speed_m_s")
        if any(name not in file for name in names_[:2]):
            return np.zeros(len(adaptation), dtype=np.bool_)
        role, certified, *speed = (read_value(file[name]) for name in names_ if name in file)
    again, seen = np.zeros(len(adaptation), dtype=np.bool_), set()
    for i in np.flatnonzero((np.asarray(role) == "healthy") & (np.asarray(certified) == 1)):
        key = (str(adaptation[i]), *(float(value[i]) for value in speed))
        again[i] = key in seen
        seen.add(key)
    return again


def draw_overview(data: Overview) -> Figure:
    """The figure: one row a quantity, one column an adaptation, one line a strength."""
    figure = style.new_figure(_HEIGHT_MM)
    columns = data.columns
    axes = figure.subplots(len(PANELS), len(columns), sharex=True, sharey="row", squeeze=False)
    for column, adaptation in enumerate(columns):
        members = [i for i, name in enumerate(data.adaptation) if name == adaptation]
        axes[0, column].set_title(names.adaptation(adaptation), loc="left")
        axes[-1, column].set_xlabel(f"Gait cycle of the {data.side} leg (%)")
        for row, panel in enumerate(PANELS):
            _draw_panel(axes[row, column], data, panel, members)
        _name_stance(axes[0, column], float(np.mean(data.foot_off_pct[members])))
    for row, panel in enumerate(PANELS):
        axes[row, 0].set_ylabel(f"{panel.label}\n{panel.up}")
    figure.align_ylabels(axes[:, 0])
    if data.kinds:
        handles = [Line2D([], [], label=kind, **_kind_line(data, kind)) for kind in data.drawn_kinds]
        figure.legend(handles=handles, loc="outside upper center", ncols=_KIND_COLUMNS, fontsize="small")
        return figure
    handles = _legend_lines(data)
    figure.legend(
        handles=handles, loc="outside upper center", ncols=len(handles), title="Strength left in the weak muscles"
    )
    return figure


def _kind_line(data: Overview, kind: str) -> dict[str, Any]:
    """The first walker, healthy where a study has one, is what the others are compared with."""
    index = data.drawn_kinds.index(kind)
    if index == 0:
        return style.REFERENCE
    look = {"linewidth": _KIND_WIDTH, "markevery": _MARK_EVERY, "markersize": _MARK_SIZE, **style.series(index - 1)}
    # The second round has the colours of the first, dotted and hollow.
    return look if index <= style.MOST_SERIES else {**look, "linestyle": ":", "markerfacecolor": "white"}


def caption(data: Overview) -> str:
    """The figure's caption in plain words."""
    muscles = ", ".join(data.weak_muscles) or "none"
    if data.kinds:
        lines = f"Simulated walking of: {'; '.join(data.drawn_kinds)}."
        if len(data.kinds) > _MOST_KINDS:
            lines += f" {len(data.kinds) - len(data.drawn_kinds)} more are in the sweep and not drawn."
        return _caption(data, lines)
    strengths = sorted({round(100 * s) for s in data.strength_fraction}, reverse=True)
    said = ", ".join(f"{s} %" for s in strengths) if not data.n_thinned else f"{strengths[0]} to {strengths[-1]} %"
    return _caption(
        data,
        f"Simulated walking with weak muscles ({muscles}) at {said} of their healthy strength; the darker and "
        "thicker a line, the weaker the muscles; dashed is full strength.",
    )


def _caption(data: Overview, lines: str) -> str:
    """The caption with what the lines are."""
    parts = [
        lines,
        f"Each curve is one stride of the {data.side} leg, from one strike of that foot (0 %) to its next (100 %). "
        "Grey: the foot is on the ground.",
        "Pelvic drop: how far the pelvis hangs down on the other side. Trunk lean: how far the upper body tilts "
        f"towards the {data.side}. Hip adduction: how far the thigh points inward, seen from the pelvis. Force on "
        "kneecap: how hard the thigh bone presses on the kneecap, in body weights.",
    ]
    parts += names.explained(data.columns)
    if data.n_treated:
        parts.append(f"{data.n_treated} treated walkers are not drawn here: the table of treatments has them.")
    if data.n_thinned:
        parts.append(f"{data.n_thinned} more walkers are in the sweep; those drawn are an even choice by strength.")
    if data.left_out:
        parts.append(f"Not shown, because OpenSim did not confirm the motion: {', '.join(data.left_out)}.")
    parts.append(f"Computed for one model ({data.model}), not measured in you.")
    return "\n".join(textwrap.fill(part, 100) for part in parts) + "\n"


def _draw_panel(axes: Axes, data: Overview, panel: Panel, members: list[int]) -> None:
    axes.axvspan(0.0, float(np.mean(data.foot_off_pct[members])), color=_STANCE, linewidth=0, zorder=0)
    axes.axhline(0.0, color="0.6", linewidth=0.5, zorder=1)
    if data.kinds:
        for i in members:
            if data.kind(i) in data.drawn_kinds:
                axes.plot(data.gait_cycle_pct, data.curves[panel.dataset][i], **_kind_line(data, data.kind(i)))
        axes.set_xticks(range(0, 101, 20))
        return
    # Weak on top of strong, so that the thick dark lines are not cut.
    for i in sorted(members, key=lambda i: -data.strength_fraction[i]):
        axes.plot(
            data.gait_cycle_pct,
            data.curves[panel.dataset][i],
            zorder=3.0 - float(data.strength_fraction[i]),
            **style.strength_line(float(data.strength_fraction[i])),
        )
    axes.set_xticks(range(0, 101, 20))


def _name_stance(axes: Axes, foot_off_pct: float) -> None:
    axes.text(
        foot_off_pct / 2.0,
        0.02,
        "foot on the ground",
        transform=axes.get_xaxis_transform(),
        ha="center",
        va="bottom",
        fontsize="small",
        color="0.35",
    )


def _legend_lines(data: Overview) -> list[Line2D]:
    strengths = np.array(sorted(set(data.strength_fraction.tolist()), reverse=True))
    if len(strengths) > _MOST_LEGEND_LINES:
        strengths = strengths[np.linspace(0, len(strengths) - 1, _MOST_LEGEND_LINES).round().astype(int)]
    return [Line2D([], [], label=f"{100 * s:.4g} %", **style.strength_line(s)) for s in strengths]
