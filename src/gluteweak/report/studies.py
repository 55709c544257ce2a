"""Tables that only some studies have: treatments beside the untreated walker, timing faults beside the healthy one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gluteweak.comparison import treatments
from gluteweak.comparison.differences import Compared, Difference, compare
from gluteweak.comparison.reading import Sweep, Walk
from gluteweak.comparison.selection import Pair, reference_of
from gluteweak.comparison.table import plain
from gluteweak.comparison.words import adaptation, explained, without_adaptation
from gluteweak.errors import InputError

#: Outcomes of these tables, along the chain.
SHOWN = (
    *("peak_trunk_lean_deg", "peak_pelvic_drop_deg", "peak_hip_adduction_deg", "peak_hip_abduction_moment_nm_kg"),
    *("peak_iliotibial_force_n", "peak_knee_adduction_moment_nm_kg", "daily_knee_adduction_impulse_knm_s"),
    *("peak_tibiofemoral_contact_force_bw", "peak_patellofemoral_contact_force_bw"),
    "daily_patellofemoral_contact_impulse_bw_s",
)


def treatment_tables(sweep: Sweep) -> dict[str, Any]:
    """Untreated against healthy and each treatment against untreated; empty where a study has none."""
    if not any(walk.role == treatments.TREATED for walk in sweep.walks):
        return {}
    try:
        found = treatments.read_treatments(sweep)
    except InputError:
        return {}  # a healthy or untreated walker that did not converge: the checks of the study say so
    tables = []
    for one in found:
        rows = [_row("Untreated", one.untreated, "against healthy")]
        rows += [_row(_said(compared.pair.walk), compared, "") for compared in one.treated]
        tables.append(_table(one.untreated, rows))
    return {"note": treatments.CAVEAT, "tables": tables}


def timing_tables(sweep: Sweep, walks: Sequence[Walk]) -> dict[str, Any]:
    """Badly timed walkers against the healthy one, a table for each adaptation; empty where a study has none."""
    late = [walk for walk in walks if walk.badly_timed]
    pairs = [Pair(sweep, healthy, sweep, walk) for walk in late if (healthy := reference_of(sweep, walk)) is not None]
    by_adaptation: dict[str, list[Compared]] = {}
    for compared in compare(pairs):
        by_adaptation.setdefault(compared.pair.walk.adaptation, []).append(compared)
    tables = [_table(group[0], [_row(_said(c.pair.walk), c, "") for c in group]) for group in by_adaptation.values()]
    note = " ".join(explained(list(by_adaptation)))
    return {"note": note, "tables": tables} if tables else {}


def _table(first: Compared, rows: list[dict[str, Any]]) -> dict[str, Any]:
    shown = [d for d in first.differences if d.outcome.name in SHOWN]
    shown.sort(key=lambda d: SHOWN.index(d.outcome.name))
    healthy = [{"value": d.reference, "change": 0.0, "counts": False} for d in shown]
    title = adaptation(first.pair.walk.adaptation)
    return {
        "title": plain(title),
        "columns": [
            {"label": d.outcome.label, "unit": d.outcome.unit.replace("deg", "°"), "decimals": d.outcome.decimals}
            for d in shown
        ],
        "rows": [{"name": "Healthy", "note": "", "cells": healthy}, *rows],
    }


def _row(name: str, compared: Compared, note: str) -> dict[str, Any]:
    cells = {d.outcome.name: _cell(d) for d in compared.differences}
    idle = not any(d.counts for d in compared.differences)
    return {
        "name": plain(name[:1].upper() + name[1:]),
        "note": "; ".join([*([note] if note else []), *(["nothing changes that counts"] if idle else [])]),
        "cells": [cells[outcome] for outcome in SHOWN if outcome in cells],
    }


def _cell(d: Difference) -> dict[str, Any]:
    return {"value": d.value, "change": d.change, "counts": bool(d.counts)}


def _said(walk: Walk) -> str:
    label = walk.label if walk.label != walk.scenario_id else walk.treatment or walk.scenario_id
    return without_adaptation(label, walk.adaptation)
