"""What the words on a command line mean: sweeps, scenarios of sweeps, and who is compared with whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

from gluteweak.comparison.outcomes import COMPARED, REQUIRED
from gluteweak.comparison.reading import Sweep, Walk, read_sweep
from gluteweak.errors import InputError
from gluteweak.variables import BAND_PERCENTILES

_LOW, *_, _HIGH = BAND_PERCENTILES


@dataclass(frozen=True)
class Selection:
    """A whole sweep, or one scenario of one."""

    sweep: Sweep
    walk: Walk | None

    @property
    def name(self) -> str:
        """What to call it."""
        return self.walk.label if self.walk is not None else self.sweep.study


@dataclass(frozen=True)
class Pair:
    """A scenario and the one it is compared with."""

    reference_sweep: Sweep
    reference: Walk
    sweep: Sweep
    walk: Walk

    @property
    def name(self) -> str:
        """What to call the compared one; with its study where the two come from different files."""
        if self.reference_sweep.path == self.sweep.path or self.sweep.is_one_scenario:
            return self.walk.label
        return f"{self.walk.label} ({self.sweep.study})"

    @property
    def reference_name(self) -> str:
        """What to call the reference, likewise."""
        if self.reference_sweep.path == self.sweep.path or self.reference_sweep.is_one_scenario:
            return self.reference.label
        return f"{self.reference.label} ({self.reference_sweep.study})"


def select(words: Sequence[str], default_sweep: Path, extra: Sequence[str] = ()) -> list[Selection]:
    """Sweeps and scenarios that words name.

    Parameters
    ----------
    words : sequence of str
        Each a path to a sweep, study or scenario; ``PATH:SCENARIO``; or a scenario of ``default_sweep``.
    default_sweep : Path
        Where bare names are looked for.
    extra : sequence of str
        Datasets that are read where files have them, beside the compared outcomes.

    Raises
    ------
    InputError
        If something is missing, unknown, no result, or of another schema.
    """
    read: dict[Path, Sweep] = {}
    selections = [_select(word, default_sweep, extra, read) for word in words]
    _same_schema([selection.sweep for selection in selections])
    return _told_apart(selections)


def pairs(selections: Sequence[Selection], *, within: bool = False) -> list[Pair]:
    """Who is compared with whom: one sweep within itself; else everything with the first.

    Parameters
    ----------
    selections : sequence of Selection
    within : bool
        Compare every sweep within itself instead (each scenario with the strongest one of its adaptation).

    Raises
    ------
    InputError
        If there is nothing to compare, or a scenario follows a sweep.
    """
    first = selections[0]
    if within or (len(selections) == 1 and first.walk is None):
        found = [pair for selection in selections for pair in _within(selection.sweep)]
    elif first.walk is not None:
        found = [
            Pair(first.sweep, first.walk, other.sweep, walk)
            for other in selections[1:]
            for walk in ((other.walk,) if other.walk else other.sweep.usable())
            if (other.sweep.path, walk) != (first.sweep.path, first.walk)
        ]
    else:
        alone = next((selection for selection in selections if selection.walk is not None), None)
        if alone is not None:
            raise InputError(
                f"A whole sweep ({first.name}) cannot be compared with one scenario ({alone.name}): give the scenario "
                "first to compare the sweep with it, or name a scenario of the sweep as FOLDER:SCENARIO."
            )
        found = [pair for other in selections[1:] for pair in _matched(first.sweep, other.sweep)]
    if not found:
        raise InputError(
            f"There is nothing to compare {first.name} with: name two scenarios, or a sweep with more than one that "
            "OpenSim certified."
        )
    return found


def reference_of(sweep: Sweep, walk: Walk) -> Walk | None:
    """Who a scenario is compared with: the one that the study calls healthy, else the one nearest to full strength.

    One of the same adaptation and walking speed comes first, then one of that speed, then one of that adaptation; None
    if that is the scenario itself.
    """
    known, own = sweep.references, sweep.references.get((None, walk.adaptation))
    if own is not None and own.speed_m_s == walk.speed_m_s:
        healthy: Walk | None = own
    else:
        wanted = product((walk.speed_m_s, None), (walk.adaptation, None))
        healthy = next((known[key] for key in wanted if key in known), None)
    return None if healthy is None or healthy.row == walk.row else healthy


def _within(sweep: Sweep) -> list[Pair]:
    return [
        Pair(sweep, reference, sweep, walk)
        for walk in sweep.usable()
        if (reference := reference_of(sweep, walk)) is not None
    ]


def _matched(first: Sweep, other: Sweep) -> list[Pair]:
    """Scenarios of the same name; where the sweeps share none, of the same adaptation and strength."""
    by_name = {walk.scenario_id: walk for walk in first.usable()}
    same_name = [Pair(first, by_name[w.scenario_id], other, w) for w in other.usable() if w.scenario_id in by_name]
    if same_name:
        return same_name
    by_dose: dict[tuple[str, float], Walk] = {}
    for walk in first.usable():
        by_dose.setdefault((walk.adaptation, walk.strength_fraction), walk)
    same_dose = [
        Pair(first, by_dose[key], other, walk)
        for walk in other.usable()
        if (key := (walk.adaptation, walk.strength_fraction)) in by_dose
    ]
    if not same_dose:
        raise InputError(
            f"{first.path} and {other.path} share no scenario: neither a name, nor an adaptation with a strength; "
            "compare single scenarios instead, each as FOLDER:SCENARIO."
        )
    return same_dose


def _select(word: str, default_sweep: Path, extra: Sequence[str], read: dict[Path, Sweep]) -> Selection:
    path = Path(word)
    if path.exists():
        sweep = _read(path, extra, read)
        return Selection(sweep, sweep.find(sweep.walks[0].scenario_id) if sweep.is_one_scenario else None)
    before, colon, name = word.rpartition(":")
    if colon and Path(before).exists():
        sweep = _read(Path(before), extra, read)
        return Selection(sweep, sweep.find(name))
    if colon or "/" in word or word.endswith(".h5"):
        raise InputError(
            f"No results at {before if colon else word}: give a sweep.h5, the folder of a study or scenario that has "
            "been run, or a scenario as FOLDER:SCENARIO."
        )
    sweep = _read(default_sweep, extra, read)
    return Selection(sweep, sweep.find(word))


def _told_apart(selections: list[Selection]) -> list[Selection]:
    """Studies of one name in different folders get their folders' names."""
    paths = {selection.sweep.path: selection.sweep.study for selection in selections}
    shared = Counter(paths.values())
    folders = Counter(path.parent.name for path in paths)
    own = {path: path.parent.name if folders[path.parent.name] == 1 else str(path) for path in paths}
    return [
        replace(selection, sweep=replace(selection.sweep, study=own[selection.sweep.path]))
        if shared[selection.sweep.study] > 1
        else selection
        for selection in selections
    ]


def _read(path: Path, extra: Sequence[str], read: dict[Path, Sweep]) -> Sweep:
    if path not in read:
        bands = [f"{o.name}_{suffix}" for o in COMPARED if o.banded for suffix in (_LOW, _HIGH)]
        read[path] = read_sweep(path, REQUIRED, [*(o.name for o in COMPARED), *bands, *extra])
    return read[path]


def _same_schema(sweeps: Sequence[Sweep]) -> None:
    first = sweeps[0]
    for other in sweeps[1:]:
        if other.side != first.side:
            raise InputError(f"{other.path} and {first.path} have different sides; make both again with one version.")
        compared = {o.name for o in COMPARED}
        odd = sorted((set(first.values) ^ set(other.values)) & compared)
        if odd:
            lacking = other if odd[0] in first.values else first
            raise InputError(
                f"{lacking.path} has no dataset '{odd[0]}', which the other has: they were made by different versions; "
                "make both again."
            )
