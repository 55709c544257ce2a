"""Comparisons as text for the terminal, CSV, Markdown and LaTeX. Names from files come out as text in all of them."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gluteweak.comparison.differences import Compared, Difference
from gluteweak.comparison.outcomes import Outcome, describe
from gluteweak.summary import MOST_READ, aligned

#: Compared scenarios side by side in one table; more go into further tables.
_MOST_COLUMNS = 4
MINUS = "\N{MINUS SIGN}"
#: A difference that counts.
MARK = "*"

_LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: f"\\{character}" for character in "&%$#_{}"},
    MINUS: "$-$",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
}
_MARKDOWN = {"&": "&amp;", "<": "&lt;", ">": "&gt;", **{character: f"\\{character}" for character in "\\|*_`[]#~"}}

_CSV_HEAD = (
    *("study", "scenario", "label", "adaptation", "strength_percent", "reference_study", "reference_scenario", "side"),
    *("outcome", "unit", "reference", "value", "difference", "difference_percent"),
    *("reference_p05", "reference_p95", "p05", "p95", "yardstick", "yardstick_size", "yardstick_source", "counts"),
)


def as_csv(compared: Sequence[Compared]) -> str:
    """One line a scenario and outcome, all digits that matter, empty where there is no number."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_CSV_HEAD)
    for one in compared:
        pair = one.pair
        head = (
            *(pair.sweep.study, pair.walk.scenario_id, plain(pair.walk.label), pair.walk.adaptation),
            *(f"{100 * pair.walk.strength_fraction:.6g}", pair.reference_sweep.study, pair.reference.scenario_id),
            one.side,
        )
        for d in one.differences:
            writer.writerow((*head, *_csv_numbers(d)))
    return out.getvalue()


def as_text(compared: Sequence[Compared]) -> str:
    """Aligned columns for a terminal."""
    return "\n\n".join(
        "\n".join(aligned([head, [""] * len(head), *rows])) for head, rows in _tables(compared, plain)
    ) + ("\n\n" + "\n".join(plain(note) for note in notes(compared)) + "\n")


def as_markdown(compared: Sequence[Compared]) -> str:
    """GitHub's tables."""
    blocks = []
    for head, rows in _tables(compared, escape_markdown):
        rule = ["---", *["---:"] * (len(head) - 1)]
        blocks.append("\n".join("| " + " | ".join(cells) + " |" for cells in (head, rule, *rows)))
    return "\n\n".join([*blocks, *(escape_markdown(note) for note in notes(compared))]) + "\n"


def as_latex(compared: Sequence[Compared]) -> str:
    """Tables with rules of the booktabs package."""
    blocks = []
    for head, rows in _tables(compared, escape_latex):
        body = [" & ".join(row) + r" \\" for row in rows]
        lines = (
            *(r"\begin{tabular}{l" + "r" * (len(head) - 1) + "}", r"\toprule", " & ".join(head) + r" \\", r"\midrule"),
            *(*body, r"\bottomrule", r"\end{tabular}"),
        )
        blocks.append("\n".join(lines))
    said = "\n".join(f"% {escape_latex(note)}" for note in notes(compared))
    return "% needs \\usepackage{booktabs}\n" + "\n\n".join(blocks) + "\n\n" + said + "\n"


FORMATS: dict[str, Callable[[Sequence[Compared]], str]] = {
    "text": as_text,
    "csv": as_csv,
    "markdown": as_markdown,
    "latex": as_latex,
}


def notes(compared: Sequence[Compared]) -> list[str]:
    """What a reader must know about the numbers."""
    sides = sorted({one.side for one in compared})
    outcomes = list(dict.fromkeys(d.outcome for one in compared for d in one.differences))
    said = [
        f"Stance of the {' or '.join(sides)} leg. In brackets the difference from the reference; {MARK} marks one that "
        "counts, because it exceeds its yardstick: a published smallest meaningful or detectable difference where "
        "there is one, else the model's own 5 to 95 % band (each value outside the other's), else a share that "
        "gluteweak chose.",
        f"Yardsticks: {'; '.join(f'{o.label}: {describe(o)}' for o in outcomes)}.",
    ]
    if any(one.pair.sweep.walker != one.pair.reference_sweep.walker for one in compared):
        said.append("The compared files are of different walkers: differences between these are part of the numbers.")
    left_out = len(compared) - len(_read_by_people(compared))
    if left_out:
        said.append(f"The weakest scenario of each adaptation is shown; the CSV table has {left_out} more.")
    said.append("Computed for a model, not measured in people.")
    return said


def as_json(note: str, scenarios: Sequence[Mapping[str, Any]]) -> str:
    """What was found of each scenario as JSON; indented where a person may read it, else one line a scenario."""
    if len(scenarios) <= MOST_READ:
        return json.dumps({"note": note, "scenarios": scenarios}, indent=2) + "\n"
    lines = ",\n".join(json.dumps(one) for one in scenarios)
    return f'{{"note": {json.dumps(note)}, "scenarios": [\n{lines}\n]}}\n'


def number(value: float, decimals: int, *, signed: bool = False) -> str:
    """A rounded number with a real minus sign, and never a negative zero."""
    rounded = round(value, decimals) + 0.0
    text = f"{rounded:+.{decimals}f}" if signed else f"{rounded:.{decimals}f}"
    if signed and rounded == 0:
        text = f"{0:.{decimals}f}"
    return text.replace("-", MINUS)


def plain(text: str) -> str:
    """Text without control and direction characters, which could reorder or hide what stands beside it."""
    kept = "".join(" " if c in "\n\r\t" else c for c in text)
    return "".join(c for c in kept if unicodedata.category(c) not in ("Cc", "Cs") and c not in _DIRECTION)


_DIRECTION = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f"


def escape_markdown(text: str) -> str:
    """Text that Markdown shows as it is."""
    return "".join(_MARKDOWN.get(c, c) for c in plain(text))


def escape_latex(text: str) -> str:
    """Text that LaTeX prints as it is."""
    return "".join(_LATEX.get(c, c) for c in plain(text))


def file_name(text: str) -> str:
    """A name for a file made from a scenario's name."""
    return re.sub(r"[^A-Za-z0-9_-]+", "_", text).strip("_") or "scenario"


def _tables(compared: Sequence[Compared], escape: Callable[[str], str]) -> list[tuple[list[str], list[list[str]]]]:
    """Heads and rows: one table for each reference and each handful of scenarios compared with it."""
    groups: dict[str, list[Compared]] = {}
    for one in _read_by_people(compared):
        groups.setdefault(f"{one.pair.reference_sweep.path}:{one.pair.reference.scenario_id}", []).append(one)
    made = []
    for members in groups.values():
        for start in range(0, len(members), _MOST_COLUMNS):
            made.append(_table(members[start : start + _MOST_COLUMNS], escape))
    return made


def _read_by_people(compared: Sequence[Compared]) -> Sequence[Compared]:
    """Everything, or the weakest of each adaptation and file where that would be too much to read (the CSV has all)."""
    if len(compared) <= MOST_READ:
        return compared
    weakest: dict[tuple[str, str], Compared] = {}
    for one in compared:
        key = (str(one.pair.sweep.path), one.pair.walk.adaptation)
        if key not in weakest or one.pair.walk.strength_fraction < weakest[key].pair.walk.strength_fraction:
            weakest[key] = one
    return list(weakest.values())


def _table(members: Sequence[Compared], escape: Callable[[str], str]) -> tuple[list[str], list[list[str]]]:
    head = ["", *(escape(name) for name in (members[0].pair.reference_name, *(one.pair.name for one in members)))]
    rows = []
    for i, first in enumerate(members[0].differences):
        outcome = first.outcome
        cells = [_cell(one.differences[i], outcome) for one in members]
        rows.append([escape(c) for c in (outcome.heading, number(first.reference, outcome.decimals), *cells)])
    return head, rows


def _cell(difference: Difference, outcome: Outcome) -> str:
    change = number(difference.change, outcome.decimals, signed=True)
    return f"{number(difference.value, outcome.decimals)} ({change}){MARK if difference.counts else ''}"


def _csv_numbers(d: Difference) -> tuple[str, ...]:
    def digits(value: float | None, factor: float = 1.0) -> str:
        return "" if value is None else f"{factor * value:.6g}"

    bands = [digits(x) for b in (d.reference_band, d.band) for x in (b or (None, None))]
    return (
        *(d.outcome.name, d.outcome.unit, digits(d.reference), digits(d.value), digits(d.change)),
        *(digits(d.relative, 100.0), *bands, d.yardstick.kind, digits(d.yardstick.size), d.yardstick.source),
        "yes" if d.counts else "no",
    )
