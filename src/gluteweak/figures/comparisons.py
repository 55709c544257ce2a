"""All figures of a comparison, drawn at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from gluteweak.comparison.differences import Compared
from gluteweak.comparison.selection import Selection
from gluteweak.errors import InputError
from gluteweak.figures import compare_curves, compensation, dose_response, heat_map, style

#: Datasets that the figures need beside the compared outcomes.
NEEDED = ("gait_cycle_pct", "foot_off_pct")
WIDTHS_MM = {"double": style.WIDTH_MM, "single": style.COLUMN_MM}


def draw(
    selections: Sequence[Selection], compared: Sequence[Compared], out_dir: Path, width: str = "double"
) -> list[str]:
    """Draw what can be drawn of a comparison, each figure as SVG, PDF and PNG with its caption.

    Returns
    -------
    list of str
        Names of the figures; ``dose_response`` only where whole sweeps are compared that hold several strengths.

    Raises
    ------
    InputError
        If a file lacks what a figure needs; nothing is written then.
    """
    side = compared[0].side
    same_side = [one.pair for one in compared if one.side == side]
    made: dict[str, tuple[Figure, str]] = {}
    with style.house_style():
        size = WIDTHS_MM[width]
        curves = compare_curves.read_curves(same_side, side)
        made["compare_curves"] = compare_curves.draw_curves(curves, size), compare_curves.caption(curves)
        made["heat_map"] = heat_map.draw_heat_map(compared, size), heat_map.caption(compared)
        helpers = compensation.read_take_over(same_side, side)
        made["compensation"] = compensation.draw_take_over(helpers, size), compensation.caption(helpers)
        sweeps = [selection.sweep for selection in selections if selection.walk is None]
        if sweeps:
            try:
                doses = dose_response.read_doses(sweeps, side)
            except InputError:
                doses = None  # a sweep without two strengths has no such curve, and needs none
            if doses is not None:
                made["dose_response"] = dose_response.draw_doses(doses, size), dose_response.caption(doses)
        for name, (figure, caption) in made.items():
            style.save(figure, out_dir, name, caption, style.VECTORS, selections[0].sweep.path)
    return list(made)
