"""What each treatment changes: the table of treatments as one picture, link by link, per step and per day.

A mechanical prediction, and it says so: trials of hip against knee programmes are named in figure and caption.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from gluteweak.comparison.differences import Compared
from gluteweak.comparison.outcomes import COMPARED
from gluteweak.comparison.reading import read_sweep
from gluteweak.comparison.treatments import CAVEAT, Treatments, read_treatments
from gluteweak.figures import names, outcome_rows

#: Comparisons that one figure has room for.
_MOST_BLOCKS = 2


@dataclass(frozen=True)
class TreatmentPicture:
    """What the figure shows."""

    blocks: tuple[outcome_rows.Block, ...]
    side: str
    weak: str
    model: str
    left_out: tuple[str, ...]


def read_treatment_picture(path: Path) -> TreatmentPicture:
    """Read what the figure needs.

    Raises
    ------
    InputError
        If the sweep is missing or broken, or has no treated walker.
    """
    wanted = [outcome.name for outcome in COMPARED]
    bands = [f"{outcome.name}_{edge}" for outcome in COMPARED if outcome.banded for edge in ("p05", "p95")]
    sweep = read_sweep(path, (), (*wanted, *bands, *outcome_rows.STEP_OUTCOMES))
    found = read_treatments(sweep)
    shown = found[:_MOST_BLOCKS]
    return TreatmentPicture(
        tuple(_block(one, several=len({_name(o) for o in shown}) > 1) for one in shown),
        shown[0].untreated.side,
        names.weakness(sweep.weak_muscles(shown[0].untreated.pair.walk)),
        sweep.model,
        tuple(names.safe(one.name) for one in found[_MOST_BLOCKS:]),
    )


def _block(one: Treatments, *, several: bool) -> outcome_rows.Block:
    adaptation = names.adaptation(one.untreated.pair.walk.adaptation)
    title = f"{_name(one)}: {adaptation[:1].lower()}{adaptation[1:]}" if several else adaptation
    rows = [outcome_rows.row("Untreated, against healthy", one.untreated)]
    rows += [outcome_rows.row(_words(compared), compared) for compared in one.treated]
    healthy = outcome_rows.healthy_values(one.untreated, one.healthy)
    return outcome_rows.Block(title, tuple(rows[: outcome_rows.MOST_ROWS // 2]), "untreated", healthy)


def _name(one: Treatments) -> str:
    """The comparison's name without the adaptation, which is told beside it."""
    name = one.name.removesuffix(f"-{one.untreated.pair.walk.adaptation}")
    return names.safe(name.replace("_", " ")).capitalize()


def _words(compared: Compared) -> str:
    """A treated walker in words, without the adaptation, which heads the block."""
    walk = compared.pair.walk
    text = names.safe(walk.label if walk.label != walk.scenario_id else walk.treatment)
    text = names.without_adaptation(text, walk.adaptation)
    return text[:1].upper() + text[1:]


def draw_treatment(data: TreatmentPicture) -> Figure:
    """The figure; call it within `style.house_style`."""
    return outcome_rows.draw_rows(data.blocks)


def caption(data: TreatmentPicture) -> str:
    """The figure's caption in plain words."""
    parts = [
        f"What each treatment changes in a walker with weak {data.weak}, from hip and trunk (first line of panels) to "
        f"what the knee bears in a step and in a day (second line); stance of the {data.side} leg. Grey line: "
        "untreated. Dashed: healthy. A bar leads from what a walker is compared with (the untreated one; for the first "
        "row the healthy one) to its own number. Full dots: the change counts. Hollow: too small to count. Grey names: "
        "nothing changes that counts.",
        *_plain(data.blocks),
        outcome_rows.YARDSTICKS,
        *names.explained([name for name in ("re_optimised", "unchanged_pattern") if _has(data.blocks, name)]),
        CAVEAT,
    ]
    if data.left_out:
        parts.append(f"Not drawn, but in the table of treatments: {', '.join(data.left_out)}.")
    parts.append(f"Computed for one model ({data.model}), not measured in people.")
    return "\n".join(textwrap.fill(part, 100) for part in parts) + "\n"


def _has(blocks: Sequence[outcome_rows.Block], adaptation: str) -> bool:
    return any(names.adaptation(adaptation).lower() in block.title.lower() for block in blocks)


def _plain(blocks: Sequence[outcome_rows.Block]) -> list[str]:
    """Which treatments change nothing, said once for each block that has such."""
    said = []
    for block in blocks:
        idle = [one.name.lower() for one in block.rows[1:] if not one.counting]
        if idle:
            said.append(f"{block.title}: changes nothing that counts: {'; '.join(idle)}.")
    return said
