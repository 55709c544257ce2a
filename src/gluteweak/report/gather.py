"""Collect what the page shows from a study's files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gluteweak.comparison.chain import NEEDED, STATIONS
from gluteweak.comparison.differences import Compared, Difference, compare
from gluteweak.comparison.outcomes import BY_NAME, COMPARED, describe
from gluteweak.comparison.reading import Sweep, Walk, read_rows, read_sweep
from gluteweak.comparison.selection import Pair, reference_of
from gluteweak.comparison.table import plain
from gluteweak.comparison.words import adaptation, muscle, weakness
from gluteweak.errors import InputError
from gluteweak.failures import read_failed
from gluteweak.muscle_names import whole_muscle
from gluteweak.report import findings, studies, walkers
from gluteweak.report.families import families
from gluteweak.report.packing import shorts
from gluteweak.report.references import references
from gluteweak.report.words import CARDS, CURVES, METHODS
from gluteweak.storage import attributes_of, kneecap_note, open_file
from gluteweak.validation.bands import TESTS
from gluteweak.variables import BAND_PERCENTILES

#: Scenarios that the page lists, and of these how many it can show walking.
MOST_LISTED, MOST_WALKING = 300, 40
_LOW, *_, _HIGH = BAND_PERCENTILES
#: More weak muscles than this are counted instead of named.
_MOST_NAMED = 3
_EVENTS = ("foot_strike_s", "foot_off_pct")
#: Percentages that files hold as shares.
_SHARES = ("peak_abductor_demand_over_capacity",)


def gather(sweep_path: Path, scenarios_dir: Path, validation: Path | None = None) -> dict[str, Any]:
    """Everything that the page shows, ready for JSON.

    Parameters
    ----------
    sweep_path
        ``sweep.h5``.
    scenarios_dir
        Folder with one folder for each scenario: ``poses.h5`` and ``certificate.json`` are read where they are.
    validation
        ``validation.json`` of the sweep, if there is one.

    Raises
    ------
    InputError
        If a file is missing or broken, or no scenario is certified.
    """
    bands = [f"{o.name}_{suffix}" for o in COMPARED if o.banded for suffix in (_LOW, _HIGH)]
    others = [o.name for o in COMPARED if o.name not in NEEDED]
    sweep = read_sweep(sweep_path, (*NEEDED, *_EVENTS), [*others, *bands, *findings.COPING, *findings.SIGNS])
    usable = sweep.usable()
    if not usable:
        raise InputError(f"{sweep_path} has no certified scenario, so there is nothing to report.")
    walks = usable[:MOST_LISTED]
    words = [_label(walk) for walk in walks]
    curves = [curve for curve in CURVES if _has(sweep, curve.dataset)]
    shown, surfaces = walkers.gather(walks, scenarios_dir, MOST_WALKING)
    sources: list[str] = [key for _, _, keys in METHODS for key in keys]
    coping, checklists = findings.coping(sweep, walks), findings.checklists(sweep, walks)
    muscles = findings.muscles(walks, scenarios_dir)
    scenarios = []
    for index, walk in enumerate(walks):
        compared = _compared(sweep, walk)
        scenarios.append(_scenario(sweep, walk, words[index], compared, scenarios_dir))
        reference = compared.pair.reference if compared else None
        scenarios[-1]["coping"] = coping.get(walk.scenario_id)
        scenarios[-1]["signs"] = checklists.get(walk.scenario_id)
        scenarios[-1]["muscles"] = muscles.get(walk.scenario_id)
        scenarios[-1]["reference"] = walks.index(reference) if reference in walks else None
    checked = _validation(validation)
    failed = read_failed(sweep_path)
    sources += [*findings.sources(coping), *findings.sources(checklists)]
    sources += [o.published.source for o in COMPARED if o.published] + checked.get("sources", [])
    return {
        "study": {
            "name": plain(sweep.study),
            "model": plain(sweep.model),
            "weak": sorted({muscle for walk in walks for muscle in sweep.weak_muscles(walk)}),
            "weakWords": _weak_words(sweep, walks),
            "total": len(sweep.walks),
            "usable": len(usable),
            "listed": len(walks),
            "kneecap": kneecap_note(sweep.path),
            "asked": len(sweep.walks) + len(failed),
            "failed": [{"name": plain(name), "why": plain(why)} for name, why in failed.items()],
        },
        "sides": list(sweep.side),
        "weakSide": sweep.weak_row,
        "families": [vars(family) for family in families(walks, words)],
        "scenarios": scenarios,
        "outcomes": [
            {
                "name": o.name,
                "label": o.label,
                "unit": _unit(o.name),
                "decimals": _decimals(o.name),
                "counts": describe(o),
            }
            for o in COMPARED
            if o.name in sweep.values
        ],
        "cards": [name for name in CARDS if name in sweep.values],
        "curves": [vars(curve) for curve in curves],
        "curveData": [shorts(read_rows(sweep, curve.dataset, walks)) for curve in curves],
        "effort": _effort(sweep, walks),
        "treatments": studies.treatment_tables(sweep),
        "timing": studies.timing_tables(sweep, walks),
        "walkers": shown,
        "surfaces": surfaces,
        "validation": checked,
        "methods": [{"title": title, "text": text, "sources": list(keys)} for title, text, keys in METHODS],
        "references": references(dict.fromkeys(sources)),
        "made": _made(sweep_path),
    }


def _weak_words(sweep: Sweep, walks: Sequence[Walk]) -> str:
    """The weak muscles of the page's scenarios in words; a number where there are many; empty where none is weak."""
    weak = list(dict.fromkeys(m for walk in walks for m in sweep.weak_muscles(walk)))
    if len({whole_muscle(m) for m in weak}) > _MOST_NAMED:
        return f"{len(weak)} muscles"
    return plain(weakness(weak)) if weak else ""


def _effort(sweep: Sweep, walks: Sequence[Walk]) -> dict[str, Any]:
    """Mean forces in the weak side's stance (N), the parts of a muscle added up: who takes over.

    The same numbers as in the figure of compensation (``gluteweak compare``).
    """
    if not _has(sweep, "muscle_force_n"):
        return {}
    suffix = "_r" if sweep.side[sweep.weak_row] == "right" else "_l"
    bases = list(dict.fromkeys(whole_muscle(m) for m in sweep.muscle if m.endswith(suffix)))
    forces = []
    for walk in walks:
        force = read_rows(sweep, "muscle_force_n", [walk])[0]
        stance = np.linspace(0.0, 100.0, force.shape[1]) <= sweep.values["foot_off_pct"][walk.row][sweep.weak_row]
        mean = force[:, stance].mean(axis=1)
        forces.append(
            [float(mean[[m.endswith(suffix) and whole_muscle(m) == b for m in sweep.muscle]].sum()) for b in bases]
        )
    weak = {whole_muscle(m) for walk in walks for m in sweep.weak_muscles(walk) if m.endswith(suffix)}
    return {
        "names": [plain(muscle(b)) for b in bases],
        "weak": [b in weak for b in bases],
        "forces": np.round(forces, 1).tolist(),
    }


def _has(sweep: Sweep, name: str) -> bool:
    with open_file(sweep.path) as file:
        return name in file


def _label(walk: Walk) -> str:
    if walk.label != walk.scenario_id:
        return plain(walk.label)
    title = adaptation(walk.adaptation)
    return (
        f"{100 * walk.strength_fraction:.4g} % strength, {title[:1].lower()}{title[1:]}" if title else walk.scenario_id
    )


def _unit(name: str) -> str:
    return "%" if name in _SHARES else BY_NAME[name].unit.replace("deg", "°")


def _decimals(name: str) -> int:
    return 0 if name in _SHARES else BY_NAME[name].decimals


def _value(name: str, value: float) -> float:
    return 100.0 * value if name in _SHARES else value


def _compared(sweep: Sweep, walk: Walk) -> Compared | None:
    reference = reference_of(sweep, walk)
    return compare([Pair(sweep, reference, sweep, walk)])[0] if reference is not None else None


def _scenario(sweep: Sweep, walk: Walk, label: str, compared: Compared | None, scenarios_dir: Path) -> dict[str, Any]:
    values = {
        o.name: [round(_value(o.name, float(v)), 5) for v in sweep.values[o.name][walk.row]]
        for o in COMPARED
        if o.name in sweep.values
    }
    return {
        "id": walk.scenario_id,
        "label": label,
        "strength": walk.strength_fraction,
        "adaptation": walk.adaptation,
        "healthy": compared is None and not sweep.weak_muscles(walk),
        "values": values,
        "strike": [float(v) for v in sweep.values["foot_strike_s"][walk.row]],
        "off": [float(v) for v in sweep.values["foot_off_pct"][walk.row]],
        "chain": _chain(compared),
        "certificate": _certificate(Path(scenarios_dir) / walk.scenario_id / "certificate.json"),
    }


def _chain(compared: Compared | None) -> list[dict[str, Any]]:
    """Stations from muscle to knee; empty for the healthy walk, which has nothing to be compared with."""
    if compared is None:
        return []
    by_name = {difference.outcome.name: difference for difference in compared.differences}
    found = []
    for station in STATIONS:
        items = [
            _item(by_name[name], short, unit.strip() or "") for name, short, unit in station.outcomes if name in by_name
        ]
        found.append(
            {
                "key": station.key,
                "title": station.title,
                "question": station.question,
                "shows": any(item["counts"] for item in items),
                "items": items,
            }
        )
    return found


def _item(difference: Difference, short: str, unit: str) -> dict[str, Any]:
    name = difference.outcome.name
    return {
        "name": name,
        "short": short,
        "unit": unit,
        "decimals": _decimals(name),
        "from": _value(name, difference.reference),
        "to": _value(name, difference.value),
        "counts": bool(difference.counts),
        "yardstick": describe(difference.outcome),
    }


def _certificate(path: Path) -> dict[str, Any] | None:
    """What OpenSim said, in short; None where there is no certificate."""
    if not path.is_file():
        return None
    try:
        full = json.loads(path.read_text(encoding="utf-8"))
        return {
            "certified": bool(full["certified"]),
            "force": float(full["largest_missing_force_pct_bw"]),
            "moment": float(full["largest_missing_moment_pct_bw_m"]),
            "bound": float(full["bound_pct"]),
            "iterations": int(full.get("solver", {}).get("iterations", 0)),
            "opensim": str(full.get("opensim_version", "")).split("-")[0],
        }
    except (ValueError, KeyError, TypeError):
        raise InputError(f"{path} is no certificate of this version: run the certify step again.") from None


def _validation(path: Path | None) -> dict[str, Any]:
    if path is None or not path.is_file():
        return {}
    try:
        full = json.loads(path.read_text(encoding="utf-8"))
        rows, counts = full["comparisons"], full["counts"]
        tests = []
        for number, heading in TESTS.items():
            own = [row for row in rows if row["test"] == number]
            tests.append({"title": heading, "rows": [_validation_row(row) for row in own]})
        sources = [source for row in rows for source in row.get("sources", [])]
        return {"counts": counts, "tests": [test for test in tests if test["rows"]], "sources": sources}
    except (ValueError, KeyError, TypeError):
        raise InputError(f"{path} is no validation of this version: run 'gluteweak validate' again.") from None


def _validation_row(row: dict[str, Any]) -> dict[str, Any]:
    kept = ("what", "unit", "side", "value", "low", "high", "verdict", "published", "reason", "scenario")
    return {name: row[name] for name in kept if row.get(name) is not None}


def _made(sweep_path: Path) -> dict[str, Any]:
    """What the sweep was made with."""
    with open_file(sweep_path) as file:
        attributes = attributes_of(file)
    try:
        versions = json.loads(str(attributes.get("versions", "{}")))
    except ValueError:
        versions = {}
    return {
        "versions": {plain(str(k)): plain(str(v)) for k, v in sorted(versions.items())},
        "model": str(attributes.get("model_sha256", ""))[:16],
        "source": str(attributes.get("source_fingerprint", ""))[:16],
        "mass": float(attributes.get("body_mass_kg", 0.0)),
    }
