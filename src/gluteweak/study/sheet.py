"""Studies as a table: a CSV sheet with one scenario a line."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from gluteweak.errors import InputError
from gluteweak.study.axes import Case
from gluteweak.study.expansion import read_case
from gluteweak.study_text import nearest

#: Columns that hold words; every other column holds numbers, but for the pairs below.
_WORDS = frozenset({"id", "label", "group", "who", "side", "adaptation", "posture", "stride_time"})
_PAIRS = "other_strength_percent"
_SEPARATORS = ",;\t"


def read_cases(path: Path) -> tuple[Case, ...]:
    """The scenarios of a sheet, in its order.

    The first line names the columns: keys of a case. Cells are separated by commas, semicolons or tabs, whichever the
    first line has; with semicolons or tabs a decimal comma is understood. An empty cell is a key left out.

    Raises
    ------
    InputError
        One sentence that names the file, the line and what would do.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"No sheet {path}: give the path of a CSV file, from the folder of the study file.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as a text file ({error}): save the sheet as CSV in UTF-8.") from None
    lines = text.splitlines()
    if not lines or not lines[0].strip():
        raise InputError(f"{path} is empty; its first line names the columns ({', '.join(Case.model_fields)}).")
    separator = max(_SEPARATORS, key=lines[0].count)
    reader = csv.reader(lines, delimiter=separator, strict=True)
    try:
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise InputError(f"{path}, line {reader.line_num}: no valid CSV ({error}).") from None
    columns = _columns(path, rows[0][1])
    cases: dict[str, int] = {}
    found = []
    for number, row in rows[1:]:
        if not any(cell.strip() for cell in row):
            continue
        where = f"{path}, line {number}"
        if len(row) != len(columns):
            raise InputError(f"{where} has {len(row)} cells, but the first line names {len(columns)} columns.")
        cells = zip(columns, row, strict=True)
        data = {name: _value(name, cell, separator, where) for name, cell in cells if cell.strip()}
        case = read_case(data, where)
        if case.id in cases:
            raise InputError(f"{where}: the id '{case.id}' is that of line {cases[case.id]} too; give each its own.")
        cases[case.id] = number
        found.append(case)
    if not found:
        raise InputError(f"{path} has no scenario below its first line; add one a line.")
    return tuple(found)


def _columns(path: Path, cells: list[str]) -> list[str]:
    columns = [cell.strip() for cell in cells]
    known = tuple(Case.model_fields)
    for i, name in enumerate(columns):
        if name not in known:
            raise InputError(
                f"{path}, line 1: unknown column '{name}'{nearest(name, known)}; known columns: {', '.join(known)}."
            )
        if name in columns[:i]:
            raise InputError(f"{path}, line 1: the column '{name}' is there twice; keep one.")
    if "id" not in columns:
        raise InputError(f"{path}, line 1: the column 'id' is missing; every scenario needs a name.")
    return columns


def _value(name: str, cell: str, separator: str, where: str) -> Any:
    cell = cell.strip()
    if name in _WORDS:
        return cell
    if name == _PAIRS:
        pairs = [pair.partition("=") for pair in cell.split()]
        if not all(middle for _, middle, _ in pairs):
            raise InputError(f"{where}: '{name}' is '{cell}'; write muscle=percent, separated by spaces (tfl=80).")
        return {who: _number(name, number, separator, where) for who, _, number in pairs}
    return _number(name, cell, separator, where)


def _number(name: str, cell: str, separator: str, where: str) -> float:
    try:
        return float(cell if separator == "," else cell.replace(",", "."))
    except ValueError:
        raise InputError(f"{where}: '{name}' is '{cell}'; give a number.") from None
