"""Which published bands a sweep meets: read, compare, and say so as text, JSON or Markdown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from gluteweak.errors import InputError
from gluteweak.storage import atomic_path, kneecap_note, open_file, read_file, read_study
from gluteweak.summary import weak_side
from gluteweak.validation import measures
from gluteweak.validation.bands import (
    BANDS,
    IMPOSED,
    MEDIUM_LOSS,
    SMALL_LOSS,
    SYNERGISTS,
    TESTS,
    UNANSWERED,
    VISIBLE_DEG,
    Band,
)

#: Reasons in the table of bands are about this walker.
_KNOWN_WALKER = "adult"
_SIDES = ("right", "left")
_HEALTHY = "healthy"
INSIDE, OUTSIDE, ABSENT = "inside", "outside", "not in this sweep"
_NAMES = (
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
_NOT_FINITE = "holds numbers that are not finite; run 'gluteweak outcomes' again."
_WHAT_IF_NAMES = ("scenario_id", "side", "certified", *dict.fromkeys(name for _, _, name in IMPOSED))


@dataclass(frozen=True)
class Comparison:
    """One number beside its band; ``value`` is None when the sweep has no such number."""

    band: Band
    scenario: str
    side: str
    value: float | None
    reason: str = ""

    @property
    def verdict(self) -> str:
        """Inside, outside, or not in this sweep."""
        if self.value is None:
            return ABSENT
        return INSIDE if self.band.low <= self.value <= self.band.high else OUTSIDE


@dataclass(frozen=True)
class Report:
    """All comparisons of a sweep; those of test 1 to 6 once for each healthy scenario and side."""

    study: str
    comparisons: tuple[Comparison, ...]
    #: What readers must know of the kneecap loads; empty if they are joint reactions.
    note: str = ""

    def count(self, verdict: str) -> int:
        """How many comparisons ended so."""
        return sum(c.verdict == verdict for c in self.comparisons)


def compare(sweep: Path, what_if: Path | None = None) -> Report:
    """Hold a sweep against the published bands.

    Parameters
    ----------
    sweep : Path
        ``sweep.h5``; scenarios that OpenSim did not certify are left out.
    what_if : Path, optional
        Sweep of imposed motions; ``what_if.h5`` beside the sweep where there is one.

    Raises
    ------
    InputError
        If a file is missing or broken, holds numbers that are not finite, has no certified scenario at full strength,
        or the files are of different models.
    """
    sweep = Path(sweep)
    values, attributes = read_file(sweep, _NAMES)
    _check(sweep, values, attributes)
    study = read_study(sweep)
    known = study.get("model") == _KNOWN_WALKER
    by_key = {band.key: band for band in BANDS}
    with open_file(sweep) as file:
        legs = _Legs(
            _OpenSweep(sweep, file), values, float(attributes["body_mass_kg"]) * float(attributes["gravity_m_s2"])
        )
        found = [*_healthy(values, legs, by_key, known=known), *_weak(values, legs, by_key)]
    found += [
        *_imposed(sweep, what_if, attributes, by_key),
        *_held(sweep.parent / "fixed_gait.h5", attributes, by_key),
    ]
    ordered = tuple(sorted(found, key=lambda c: c.band.test))
    return Report(str(study.get("name", "unnamed")), ordered, kneecap_note(sweep))


def _check(sweep: Path, values: dict[str, Any], attributes: dict[str, Any]) -> None:
    for name in ("body_mass_kg", "gravity_m_s2"):
        if name not in attributes:
            raise InputError(f"{sweep} has no attribute '{name}': run 'gluteweak collect' again.")
    if tuple(values["side"]) != _SIDES:
        raise InputError(f"{sweep}: side is {', '.join(values['side'])}, due is {', '.join(_SIDES)}.")
    if not np.isfinite(values["foot_off_pct"]).all():
        raise InputError(f"{sweep}: foot_off_pct {_NOT_FINITE}")
    if not ((values["strength_fraction"] == 1) & (values["certified"] == 1)).any():
        raise InputError(
            f"{sweep} has no certified scenario at full strength, with which published people are compared: "
            "add strength 100 to an adaptation of the study."
        )


class _OpenSweep:
    """Datasets of an open sweep; each stays open, for with its closing HDF5 forgets the chunk that it has unpacked."""

    def __init__(self, path: Path, file: h5py.File) -> None:
        self.path, self._file = path, file
        self._open: dict[str, h5py.Dataset] = {}

    def __getitem__(self, name: str) -> h5py.Dataset:
        if name not in self._open:
            if name not in self._file:
                raise InputError(f"{self.path} has no dataset '{name}': it was made by another version; make it again.")
            self._open[name] = self._file[name]
        return self._open[name]


class _Row(Mapping[str, Any]):
    """Curves of one leg of one scenario, each read when it is asked for: a sweep may be larger than memory."""

    def __init__(self, sweep: _OpenSweep, where: tuple[Any, ...], names: tuple[str, ...]) -> None:
        self._sweep, self._where, self._names = sweep, where, names
        self._read: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._read:
            row, *within = self._where
            # Choosing within a row is numpy's: HDF5 takes longer to pick rows one by one than to read them all.
            value = self._sweep[name][row][tuple(within)]
            if not np.isfinite(value).all():
                raise InputError(f"{self._sweep.path}: {name} {_NOT_FINITE}")
            self._read[name] = value
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class _Legs:
    """Right and left leg of every scenario."""

    def __init__(self, sweep: _OpenSweep, values: dict[str, Any], body_weight_n: float) -> None:
        names = [str(name) for name in values["muscle"]]
        own = [[i for i, name in enumerate(names) if name.endswith(suffix)] for suffix in ("_r", "_l")]

        @lru_cache(maxsize=64)
        def legs(i: int) -> tuple[measures.Leg, measures.Leg]:
            def leg(side: int) -> measures.Leg:
                return measures.Leg(
                    pct=values["gait_cycle_pct"],
                    foot_off_pct=float(values["foot_off_pct"][i, side]),
                    curves=_Row(sweep, (i, side), measures.CURVES),
                    muscle_names=tuple(names[k] for k in own[side]),
                    muscles=_Row(sweep, (i, own[side]), measures.MUSCLE_CURVES),
                    body_weight_n=body_weight_n,
                )

            return leg(0), leg(1)

        self._legs = legs

    def __getitem__(self, i: int | np.integer[Any]) -> tuple[measures.Leg, measures.Leg]:
        return self._legs(int(i))


def _healthy(values: dict[str, Any], legs: _Legs, by_key: dict[str, Band], *, known: bool) -> Iterator[Comparison]:
    full = np.flatnonzero((values["strength_fraction"] == 1) & (values["certified"] == 1))
    for key, measure in measures.HEALTHY.items():
        for i in full:
            for side, leg in zip(_SIDES, legs[i], strict=True):
                value = measure(leg)
                reason = _reason(by_key[key], value, measures.largest_parts(key, leg), known=known)
                yield Comparison(
                    by_key[key],
                    str(values["scenario_id"][i]),
                    side,
                    value if np.isfinite(value) else None,
                    reason if np.isfinite(value) else "the curve has no such part",
                )


def _reason(band: Band, value: float, evidence: str = "", *, known: bool) -> str:
    if band.low <= value <= band.high:
        return ""
    written = band.low_reason if value < band.low else band.high_reason
    return "; ".join(part for part in (written if known else "", evidence) if part) or "unknown"


def _weak(values: dict[str, Any], legs: _Legs, by_key: dict[str, Band]) -> Iterator[Comparison]:
    """Weak scenarios of each adaptation against its own healthy one, on the weak side."""
    row = weak_side(values["muscle"], values["muscle_strength_fraction"])
    strength, certified = values["strength_fraction"], values["certified"] == 1
    for adaptation in dict.fromkeys(str(a) for a in values["adaptation"]):
        members = np.flatnonzero((values["adaptation"] == adaptation) & certified)
        full = [i for i in members if strength[i] == 1]
        if not full:
            continue
        changes = [
            (str(values["scenario_id"][i]), measures.weakness(legs[full[0]][row], legs[i][row]))
            for i in members
            if strength[i] < 1
        ]
        small = [(name, c) for name, c in changes if c["loss"] <= SMALL_LOSS]
        medium = [(name, c) for name, c in changes if SMALL_LOSS < c["loss"] <= MEDIUM_LOSS]
        seen = [(name, c) for name, c in changes if max(abs(c["drop"]), abs(c["lean"])) >= VISIBLE_DEG]
        for key, chosen, name in (
            ("small_loss_drop", small, "drop"),
            ("small_loss_moment", small, "moment"),
            ("small_loss_lean", small, "lean"),
            ("medium_loss_drop", medium, "drop"),
        ):
            yield _largest(by_key[key], chosen, name, adaptation, _SIDES[row])
        least = min(seen, key=lambda pair: pair[1]["demand"], default=None)
        band = by_key["visible_demand"]
        if least is None:
            yield Comparison(band, adaptation, _SIDES[row], None, "no drop or lean is visible")
        else:
            value = least[1]["demand"]
            yield Comparison(band, least[0], _SIDES[row], value, _adaptation_reason(band, value, least[1]))


def _largest(
    band: Band, changes: list[tuple[str, dict[str, Any]]], name: str, adaptation: str, side: str
) -> Comparison:
    if not changes:
        return Comparison(band, adaptation, side, None, "no scenario with such a loss of capacity")
    scenario, change = max(changes, key=lambda pair: abs(pair[1][name]))
    return Comparison(band, scenario, side, change[name], _adaptation_reason(band, change[name], change))


def _adaptation_reason(band: Band, value: float, change: dict[str, Any]) -> str:
    """What the sweep itself says about a change outside its band."""
    if band.low <= value <= band.high:
        return ""
    lost = f"capacity {100 * change['loss']:.0f} % lower, healthy demand/capacity {change['demand']:.2f}"
    if change["demand"] >= 1:
        return f"{lost}: the healthy moment is out of reach"
    return f"{lost}: strength is left by this measure, so what this adaptation values decides more than strength"


def _imposed(
    sweep: Path, what_if: Path | None, attributes: dict[str, Any], by_key: dict[str, Band]
) -> Iterator[Comparison]:
    path = what_if or sweep.parent / "what_if.h5"
    if what_if is None and not path.is_file():
        for key, _, _ in IMPOSED:
            yield Comparison(by_key[key], "", "", None, "no what_if.h5 beside the sweep")
        return
    values, imposed = read_file(path, _WHAT_IF_NAMES)
    if imposed.get("plant_sha256") != attributes.get("plant_sha256"):
        raise InputError(f"{path} was made with another model than {sweep}: make both with one study.")
    names = [str(name) for name in values["scenario_id"]]
    if "what_if-none" not in names:
        raise InputError(f"{path} has no motion 'what_if-none' to compare with: run 'gluteweak what-if' again.")
    healthy = names.index("what_if-none")
    for key, pattern, outcome in IMPOSED:
        band, matches = by_key[key], [(i, re.fullmatch(pattern, name)) for i, name in enumerate(names)]
        rows = [(i, match) for i, match in matches if match and values["certified"][i] == 1]
        if not rows:
            yield Comparison(band, "", "", None, "no such certified motion in what_if.h5")
        for i, match in rows:
            side = "rl".index(match[1])
            before, after = (float(values[outcome][k][side]) for k in (healthy, i))
            value = 100 * (after - before) / before
            yield Comparison(band, names[i], _SIDES[side], value, _reason(band, value, known=True))


def _held(path: Path, attributes: dict[str, Any], by_key: dict[str, Band]) -> Iterator[Comparison]:
    """Weakness with the motion held, against the strongest run. OpenSim certifies no held gait: solved ones count."""
    keys = ("held_knee_over_hip", "held_largest_change", "held_synergists")
    if not path.is_file():
        for key in keys:
            yield Comparison(by_key[key], "", "", None, "no fixed_gait.h5 beside the sweep")
        return
    forces = ("peak_hip_contact_force_bw", "peak_tibiofemoral_contact_force_bw")
    names = ("muscle", "muscle_strength_fraction", "muscle_activation", "strength_fraction", "solved", *forces)
    values, held = read_file(path, names)
    if held.get("plant_sha256") != attributes.get("plant_sha256"):
        raise InputError(f"{path} was made with another model than the sweep beside it: make both with one study.")
    order = [i for i in np.argsort(-values["strength_fraction"]) if values["solved"][i] == 1]
    row = weak_side(values["muscle"], values["muscle_strength_fraction"])
    if len(order) < 2:
        for key in keys:
            yield Comparison(by_key[key], "", "", None, "fewer than two solved runs in fixed_gait.h5")
        return
    hip, knee = (values[name][order, row] - values[name][order[0], row] for name in forces)
    own = [str(m).endswith(("_r", "_l")[row]) for m in values["muscle"]]
    activation = values["muscle_activation"][order].mean(axis=-1)
    groups = [
        activation[:, [mine and str(m).startswith(prefix) for mine, m in zip(own, values["muscle"], strict=True)]]
        for prefix in SYNERGISTS
    ]
    least_step = min(float(np.diff(group.mean(axis=1)).min()) for group in groups if group.size)
    found = (np.abs(knee).max() - np.abs(hip).max(), max(np.abs(knee).max(), np.abs(hip).max()), least_step)
    weakest = ", ".join(
        f"{100 * values['strength_fraction'][i]:.0f} %: hip {h:+.2f}, knee {k:+.2f}"
        for i, h, k in zip(order[1:], hip[1:], knee[1:], strict=True)
    )
    for key, value in zip(keys, map(float, found), strict=True):
        reason = _reason(by_key[key], value, f"change in BW at strength {weakest}", known=True)
        yield Comparison(by_key[key], "fixed_gait", _SIDES[row], value, reason)


# What people and programs read ---------------------------------------------------------------------------------------


def as_json(report: Report) -> str:
    """The report as JSON text: an object with the study, counts, and one object a comparison; no infinities."""
    rows = [
        {
            "test": c.band.test,
            "key": c.band.key,
            "what": c.band.what,
            "unit": c.band.unit,
            "scenario": c.scenario,
            "side": c.side,
            "value": c.value,
            "low": _finite(c.band.low),
            "high": _finite(c.band.high),
            "verdict": c.verdict,
            "published": c.band.published,
            "sources": list(c.band.sources),
            "reason": c.reason,
        }
        for c in report.comparisons
    ]
    nothing = dict.fromkeys(("key", "unit", "scenario", "side", "published"), "") | {"low": None, "high": None}
    rows += [
        {**nothing, "test": u.test, "what": u.what, "value": None, "verdict": ABSENT, "sources": [], "reason": u.reason}
        for u in UNANSWERED
    ]
    counts = {verdict: sum(row["verdict"] == verdict for row in rows) for verdict in (INSIDE, OUTSIDE, ABSENT)}
    told = {"study": report.study, "note": report.note, "counts": counts, "comparisons": rows}
    return json.dumps(told, indent=1, allow_nan=False) + "\n"


def _finite(bound: float) -> float | None:
    return bound if np.isfinite(bound) else None


@dataclass(frozen=True)
class _Line:
    """One line of a table: both sides of one scenario, or of all healthy ones when they read the same."""

    band: Band
    scenario: str
    cells: tuple[str, str]
    verdicts: tuple[str, ...]
    reasons: tuple[str, ...]

    @property
    def verdict(self) -> str:
        """One word for both sides."""
        found = dict.fromkeys(v for v in self.verdicts if v)
        sides = zip(_SIDES, self.verdicts, strict=True)
        return next(iter(found)) if len(found) == 1 else ", ".join(f"{side} {verdict}" for side, verdict in sides)


def _lines(report: Report) -> Iterator[_Line]:
    for band in BANDS:
        own = [c for c in report.comparisons if c.band == band]
        made: dict[tuple[str, str], _Line] = {}
        for scenario in dict.fromkeys(c.scenario for c in own):
            sides = [next((c for c in own if c.scenario == scenario and c.side == s), None) for s in _SIDES]
            if not any(sides):
                sides = [next(c for c in own if c.scenario == scenario), None]
            cells = tuple("" if c is None else _number(band, c.value) for c in sides)
            reasons = tuple("" if c is None else c.reason for c in sides)
            verdicts = tuple("" if c is None else c.verdict for c in sides)
            line = _Line(band, scenario, (cells[0], cells[1]), verdicts, reasons)
            if band.key in measures.HEALTHY:
                # Each adaptation has a healthy scenario; where they read the same they are one line.
                made.setdefault(line.cells, line)
            else:
                made[scenario, band.key] = line
        for line in made.values():
            alone = band.key in measures.HEALTHY and len(made) == 1
            yield _Line(band, _HEALTHY, line.cells, line.verdicts, line.reasons) if alone else line


def _number(band: Band, value: float | None) -> str:
    return "-" if value is None else f"{round(value, band.decimals) + 0.0:.{band.decimals}f}"


def _band_text(band: Band) -> str:
    low, high = (_bound(bound) for bound in (band.low, band.high))
    if not low:
        return f"<= {high}"
    return f"{low} to {high}" if high else f">= {low}"


def _bound(bound: float) -> str:
    return f"{bound:g}" if np.isfinite(bound) else ""


def _line_reasons(line: _Line) -> list[str]:
    """Reason of each side that is not inside; said once when both have the same."""
    given = [(side, reason) for side, reason in zip(_SIDES, line.reasons, strict=True) if reason]
    if len({reason for _, reason in given}) == 1:
        return [given[0][1]]
    return [f"{side}: {reason}" for side, reason in given]


def text(report: Report) -> str:
    """The report for the terminal."""
    made = [f"Simulated walking of study '{report.study}' beside published people. Nothing is tuned to the bands."]
    lines = list(_lines(report))
    for test, heading in TESTS.items():
        made += ["", f"{test}. {heading}"]
        for line in (line for line in lines if line.band.test == test):
            band = line.band
            what = f"{band.what} ({band.unit})" + ("" if line.scenario in ("", _HEALTHY) else f", {line.scenario}")
            made.append(f"   {what}")
            values = f"{line.cells[0]:>8} {line.cells[1]:>8}"
            made.append(
                f"      {values}   band {_band_text(band):14} {line.verdict:26} published {band.published} "
                f"[{', '.join(band.sources)}]"
            )
            made += [f"         why: {reason}" for reason in _line_reasons(line)]
        made += [f"   {u.what}: {ABSENT}; {u.reason}" for u in UNANSWERED if u.test == test]
    made += ["", "Two numbers are right and left.", _count_text(report), *([report.note] if report.note else [])]
    return "\n".join(line.rstrip() for line in made) + "\n"


def _count_text(report: Report) -> str:
    n = [report.count(verdict) for verdict in (INSIDE, OUTSIDE, ABSENT)]
    return f"{n[0]} numbers inside, {n[1]} outside, {n[2]} not in this sweep (each side and each scenario counts)."


def markdown(report: Report, command: str) -> str:
    """The page ``docs/validation.md``; ``command`` is what makes it."""
    lines = list(_lines(report))
    made = [
        "# Simulated walking beside published people",
        "",
        f"Made by `{command}`; do not edit. Study `{report.study}`. {_count_text(report)}",
        "",
        "8 to 10 need `what_if.h5` and `fixed_gait.h5` beside the sweep: `make what-if`.",
        "",
        "The bands are this project's own, set around published numbers, most of them before any simulation; how "
        "*active*, *early*, *visible* and *two peaks* are read was settled with the first sweep at hand. Nothing is "
        "tuned to them, and a value outside is shown as outside. Numbers in *published* are mean +- SD; brackets "
        "name the entries of [references.bib](references.bib). One simulated walker is compared with groups of "
        "people, some of them children or patients with an artificial joint: inside says *like a person*, not "
        "*right*. Why something is outside is said where it is known, and *unknown* otherwise; reasons are about the "
        "walker `adult`.",
        "",
        *([report.note, ""] if report.note else []),
        "![Simulated healthy curves with published peaks](validation.png)",
        "",
        "Simulated curves of the healthy walker (right and left); bars and bands are published means +- 2 SD, bars at "
        "their time of the cycle, bands where only the height of the peak is published, dashes where no SD is.",
    ]
    for test, heading in TESTS.items():
        made += ["", f"## {test}. {heading}", ""]
        rows = [line for line in lines if line.band.test == test]
        if rows:
            made += [
                "| what | right | left | accepted | verdict | published | why outside |",
                "|---|---:|---:|---|---|---|---|",
                *(_row(line) for line in rows),
            ]
        unanswered = [f"- Not in this sweep: {u.what} ({u.reason})." for u in UNANSWERED if u.test == test]
        made += ([""] if rows and unanswered else []) + unanswered
    return "\n".join(made) + "\n"


def _row(line: _Line) -> str:
    band = line.band
    what = f"{band.what}, {band.unit}" + ("" if line.scenario in ("", _HEALTHY) else f"; `{line.scenario}`")
    verdict = line.verdict.replace(OUTSIDE, f"**{OUTSIDE}**")
    cells = (
        what,
        *line.cells,
        _band_text(band),
        verdict,
        f"{band.published} [{', '.join(band.sources)}]",
        "; ".join(_line_reasons(line)),
    )
    return f"| {' | '.join(cells)} |"


def write(path: Path, content: str) -> None:
    """Write text, whole or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_text(content, encoding="utf-8")
