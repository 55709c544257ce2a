"""The main numbers of a sweep as a table for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gluteweak.failures import failed_in
from gluteweak.storage import kneecap_note, open_file, read_file

#: Heading, unit, dataset and decimals of each column of numbers.
_COLUMNS = (
    ("strength", "%", "strength_fraction", 0),
    ("pelvic drop", "deg", "peak_pelvic_drop_deg", 1),
    ("trunk lean", "deg", "peak_trunk_lean_deg", 1),
    ("hip adduction", "deg", "peak_hip_adduction_deg", 1),
    ("hip abd. moment", "Nm/kg", "peak_hip_abduction_moment_nm_kg", 2),
    ("knee add. moment", "Nm/kg", "peak_knee_adduction_moment_nm_kg", 2),
    ("hip", "BW", "peak_hip_contact_force_bw", 2),
    ("medial knee", "BW", "peak_medial_compartment_force_bw", 2),
    ("patellofemoral", "BW", "peak_patellofemoral_contact_force_bw", 2),
)
_GAP = "  "
#: Width of the words before the paths at the end.
_WORD = 14

#: More scenarios than this are not read in a terminal: an even choice of them stands for all.
MOST_READ = 60

#: Files beside a sweep that the table points to where they are there.
_FILES = (
    *(("Compensation", "compensation.txt"), ("Signs", "signs.txt"), ("Treatments", "treatments.txt")),
    *(("Report", "report.html"),),
)


def table(sweep: Path, said: str = "", most: int | None = MOST_READ) -> str:
    """Peaks in the stance of the weak side, one line a scenario; ends with where the files are.

    Parameters
    ----------
    sweep : Path
        ``sweep.h5``.
    said : str
        What is to stand between the table and the files.
    most : int, optional
        Most scenarios to list: of more an even choice with the first and the last; None for all.

    Raises
    ------
    InputError
        If the file is missing or broken.
    """
    names = ("scenario_id", "side", "muscle", "muscle_strength_fraction", "certified", *(c[2] for c in _COLUMNS))
    values, attributes = read_file(sweep, names)
    with open_file(sweep) as file:
        late = (
            [name for names in file["badly_timed"].asstr()[:] for name in names.split()]
            if "badly_timed" in file
            else []
        )
    row = weak_side(values["muscle"], values["muscle_strength_fraction"], late)
    head = ["scenario", *(c[0] for c in _COLUMNS), "certified"]
    units = ["", *(c[1] for c in _COLUMNS), ""]
    lines = [head, units]
    total = len(values["scenario_id"])
    listed: list[int] = list(range(total))
    if most is not None and total > most:
        listed = np.linspace(0, total - 1, most).round().astype(int).tolist()
    for i in listed:
        scenario = values["scenario_id"][i]
        numbers = [_number(values[name][i], row, decimals) for _, _, name, decimals in _COLUMNS]
        lines.append([scenario, *numbers, "yes" if values["certified"][i] else "NO"])
    folder = Path(sweep).parent
    failed = failed_in(attributes)
    return "\n".join(
        [
            f"Peaks in the stance of the {values['side'][row]} leg; lean is towards that leg, drop of the other side.",
            "",
            *aligned(lines),
            *_left_out_lines(sweep, len(listed), values["certified"]),
            *([note] if (note := kneecap_note(sweep)) else []),
            *_failed_lines(failed, total + len(failed)),
            *(["", said.rstrip("\n")] if said else []),
            "",
            f"{'Everything:':{_WORD}}{sweep}",
            f"{'Scenarios:':{_WORD}}{folder / 'scenarios'}/",
            f"{'Figures:':{_WORD}}{folder / 'figures'}/",
            *(f"{f'{what}:':{_WORD}}{folder / name}" for what, name in _FILES if (folder / name).is_file()),
        ]
    )


def _left_out_lines(sweep: Path, n_listed: int, certified: Any) -> list[str]:
    """That not all scenarios are listed, what is to be known of the others, and where they are."""
    total = len(certified)
    if n_listed == total:
        return []
    not_certified = total - int(np.count_nonzero(certified))
    verdict = f"{not_certified} of them not certified" if not_certified else "all of them certified"
    return [
        f"Listed is an even choice: {n_listed} of {total} scenarios, {verdict}.",
        f"Every one: 'gluteweak table' with --all, or 'gluteweak export {sweep} --out table.csv'.",
    ]


def _failed_lines(failed: Mapping[str, str], total: int) -> list[str]:
    if not failed:
        return []
    return [
        "",
        f"INCOMPLETE: {len(failed)} of {total} scenarios failed and are not in this table:",
        *(f"  {name}: {why}" for name, why in failed.items()),
    ]


def weak_side(muscle: Any, muscle_strength_fraction: Any, badly_timed: Sequence[str] = ()) -> int:
    """Row of the side that lost more strength, or has more badly timed muscles: 0 right, 1 left; right if both alike.

    Parameters
    ----------
    muscle : (n_muscles,)
        OpenSim names, ending in _r or _l.
    muscle_strength_fraction : (n_scenarios, n_muscles)
    badly_timed : sequence of str
        Badly timed muscles of all scenarios; they decide where no side lost more strength.
    """
    lost = 1.0 - np.asarray(muscle_strength_fraction, dtype=np.float64)
    right, left = (float(lost[:, [str(m).endswith(suffix) for m in muscle]].sum()) for suffix in ("_r", "_l"))
    if left == right:
        right, left = (float(sum(name.endswith(suffix) for name in badly_timed)) for suffix in ("_r", "_l"))
    return int(left > right)


def _number(value: Any, row: int, decimals: int) -> str:
    """A value of the chosen side, or a fraction in per cent where there are no sides."""
    if np.ndim(value) == 0:
        return f"{100.0 * float(value):.{decimals}f}"
    # Adding zero turns -0.0 into 0.0.
    return f"{round(float(value[row]), decimals) + 0.0:.{decimals}f}"


def aligned(lines: list[list[str]]) -> list[str]:
    """Lines of cells as text, the first column to the left, the others to the right; a rule under the first two."""
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    made = []
    for line in lines:
        first, *rest = (
            cell.ljust(width) if k == 0 else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        made.append(_GAP.join([first, *rest]).rstrip())
    rule = _GAP.join("-" * width for width in widths)
    return [*made[:2], rule, *made[2:]]
