"""Sweeps and single scenarios as one thing: rows of numbers, with their names and whether they may be used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from gluteweak.errors import InputError
from gluteweak.storage import attributes_of, open_file, read_value, study_of
from gluteweak.study_text import nearest
from gluteweak.summary import weak_side
from gluteweak.variables import CYCLE_VARIABLES, TIMING

#: Descriptors of a scenario that newer files have and older ones lack.
_OPTIONAL = (
    *("label", "role", "comparison", "treatment", "adaptation", "strength_fraction", "badly_timed"),
    *("posture_preset", "instructed_trunk_lean_deg", "speed_m_s", *TIMING),
)
_NEEDED = ("side", "muscle", "muscle_strength_fraction", "certified", "solved")
#: Datasets that all scenarios share.
_SHARED = ("side", "muscle", "gait_cycle_pct")
#: More names than this are counted in a message instead of listed.
_MOST_NAMES = 12
#: Scenarios whose curves are in memory at a time, where all of a sweep are gone through: 8 MB of a muscle quantity.
ROWS_AT_ONCE = 128
#: Held gaits have no certificate: OpenSim's equations do not hold where muscles could not do it alone.
_UNCERTIFIED_KIND = "fixed_gait"


@dataclass(frozen=True)
class Walk:
    """One scenario; ``row`` is its place in its sweep."""

    row: int
    scenario_id: str
    label: str
    adaptation: str
    strength_fraction: float
    usable: bool
    role: str = ""
    #: Comparison of a treatment study that it belongs to, and the treatment's name; empty elsewhere.
    comparison: str = ""
    treatment: str = ""
    #: OpenSim names of badly timed muscles, and what is wrong with them: only faults, by their names in the sweep.
    badly_timed: tuple[str, ...] = ()
    timing: tuple[tuple[str, float], ...] = ()
    #: Walking speed that was asked for; 0: that of the reference gait.
    speed_m_s: float = 0.0
    #: Whether strength and adaptation tell it from all others of its sweep.
    is_told_by_dose: bool = True


@dataclass(frozen=True)
class Sweep:
    """A sweep, or a single scenario as a sweep of one; arrays have the scenario as first axis.

    What is asked once for each scenario is worked out once for all of them: the time for a sweep of ten thousand would
    otherwise grow with the square of their number.
    """

    path: Path
    study: str
    model: str
    walker: str
    walks: tuple[Walk, ...]
    side: tuple[str, ...]
    muscle: tuple[str, ...]
    muscle_strength_fraction: Any
    values: dict[str, Any]
    is_one_scenario: bool = False
    body_weight_n: float | None = None

    def usable(self) -> tuple[Walk, ...]:
        """Scenarios that OpenSim confirmed (held gaits: that were solved)."""
        return self._usable

    @cached_property
    def _usable(self) -> tuple[Walk, ...]:
        return tuple(walk for walk in self.walks if walk.usable)

    @cached_property
    def _by_name(self) -> dict[str, Walk]:
        return {walk.scenario_id: walk for walk in self.walks}

    @cached_property
    def references(self) -> dict[tuple[float | None, str | None], Walk]:
        """Walking speed and adaptation -> the usable scenario that others are compared with; None -> that of all.

        Of scenarios that the study calls healthy, if there are any, the one nearest to full strength, of equals the
        first. A speed at which all are weaker than that has none.
        """
        found: dict[tuple[float | None, str | None], Walk] = {}
        healthy = [walk for walk in self.usable() if walk.role == "healthy"] or self.usable()
        ranked = sorted((abs(walk.strength_fraction - 1.0), walk.row) for walk in healthy)
        for weakness, row in ranked:
            walk = self.walks[row]
            speeds = (walk.speed_m_s, None) if weakness == ranked[0][0] else (None,)
            for key in product(speeds, (walk.adaptation, None)):
                found.setdefault(key, walk)
        return found

    def find(self, scenario_id: str) -> Walk:
        """The scenario of that name.

        Raises
        ------
        InputError
            If there is none, or it is no result.
        """
        known = self._by_name
        if scenario_id not in known:
            listed = ", ".join(list(known)[:_MOST_NAMES]) + (" ..." if len(known) > _MOST_NAMES else "")
            raise InputError(
                f"{self.path} has no scenario '{scenario_id}'{nearest(scenario_id, known)}. It has {listed}."
            )
        walk = known[scenario_id]
        if not walk.usable:
            raise InputError(
                f"Scenario '{scenario_id}' of {self.path} is no result (it was not solved, or OpenSim did not certify "
                "it): choose another, or see its log in the study's logs folder."
            )
        return walk

    @cached_property
    def weak_row(self) -> int:
        """Row of the side that is weak, or badly timed where none is: 0 right, 1 left."""
        return weak_side(
            self.muscle, self.muscle_strength_fraction, [name for walk in self.walks for name in walk.badly_timed]
        )

    def weak_muscles(self, walk: Walk) -> tuple[str, ...]:
        """OpenSim names of the muscles that lost strength in a scenario."""
        lost = np.asarray(self.muscle_strength_fraction)[walk.row] < 1.0
        return tuple(name for name, is_lost in zip(self.muscle, lost, strict=True) if is_lost)


def read_sweep(path: Path, names: Sequence[str], optional: Sequence[str] = ()) -> Sweep:
    """Read named datasets of a sweep, or of one scenario's ``outcomes.h5``.

    Parameters
    ----------
    path : Path
        ``sweep.h5``, ``outcomes.h5``, or a folder that has one of them.
    names, optional : sequence of str
        Datasets that must be there, and those that are taken where they are.

    Raises
    ------
    InputError
        If the file is missing, broken, made by another version, or in other units.
    """
    file_path = _file(Path(path))
    with open_file(file_path) as file:
        attributes, study = attributes_of(file), study_of(file)
        single = "scenario_id" not in file
        if single and "scenario_id" not in attributes:
            raise InputError(f"{file_path} is neither a sweep nor the outcomes of a scenario: it names no scenario.")
        wanted = [n for n in dict.fromkeys((*_NEEDED, *names)) if n != "scenario_id"]
        for name in wanted:
            if name not in file:
                raise InputError(f"{file_path} has no dataset '{name}': it was made by another version; make it again.")
        wanted += [n for n in (*_OPTIONAL, *optional) if n in file and n not in wanted]
        ids = [str(attributes["scenario_id"])] if single else [str(s) for s in read_value(file["scenario_id"])]
        values = {name: _checked(file_path, name, file[name], None if single else len(ids)) for name in wanted}
    return Sweep(
        path=file_path,
        study=study.get("name", file_path.parent.name),
        model=str(study.get("model", "unnamed")),
        walker=str(attributes.get("plant_sha256", attributes.get("model_sha256", ""))),
        walks=_walks(ids, values),
        side=tuple(str(s) for s in values["side"]),
        muscle=tuple(str(m) for m in values["muscle"]),
        muscle_strength_fraction=values["muscle_strength_fraction"],
        values=values,
        is_one_scenario=single,
        body_weight_n=_body_weight_n(attributes),
    )


def read_rows(sweep: Sweep, name: str, walks: Sequence[Walk]) -> Any:
    """One dataset of some scenarios, (n_walks, ...); large curves are read for these alone.

    Raises
    ------
    InputError
        If the file lacks it or holds NaN there.
    """
    with open_file(sweep.path) as file:
        if name not in file:
            raise InputError(f"{sweep.path} has no dataset '{name}': it was made by another version; make it again.")
        dataset = file[name]
        rows = [np.asarray(dataset[()] if sweep.is_one_scenario else dataset[walk.row]) for walk in walks]
    found = np.stack(rows)
    if np.isnan(found).any():
        raise InputError(f"{sweep.path}: dataset '{name}' holds NaN; make the file again from complete data.")
    return found


def _file(path: Path) -> Path:
    for candidate in (path, path / "sweep.h5", path / "outcomes.h5"):
        if candidate.is_file():
            return candidate
    raise InputError(
        f"No results at {path}: give a sweep.h5, the folder of a study or of a scenario that has been run "
        "(results/default, results/default/scenarios/...), or a scenario as FOLDER:SCENARIO."
    )


def _checked(path: Path, name: str, dataset: Any, count: int | None) -> Any:
    """The dataset with the scenario as first axis; ``count`` scenarios, or None where the file is of a single one."""
    unit = dataset.attrs.get("unit")
    variable = CYCLE_VARIABLES.get(name)
    if variable is not None and unit is not None and unit != variable.unit:
        raise InputError(
            f"{path}: {name} is in {unit}, not in {variable.unit}: it was made by another version; make it again."
        )
    array = np.asarray(read_value(dataset))
    shared = name in _SHARED
    if array.dtype.kind == "f" and np.isnan(array).any():
        raise InputError(f"{path}: dataset '{name}' holds NaN; make the file again from complete data.")
    leading = () if shared or count is None else (count,)
    due = len(leading) + (len(variable.dims) if variable is not None else 0)
    if variable is not None and (array.ndim != due or array.shape[: len(leading)] != leading):
        raise InputError(
            f"{path}: dataset '{name}' has the shape {array.shape}, which does not fit its {count or 1} scenarios: it "
            "was made by another version; make it again."
        )
    return array[None] if count is None and not shared else array


def _walks(ids: list[str], values: dict[str, Any]) -> tuple[Walk, ...]:
    count = len(ids)
    label = [str(v) for v in values["label"]] if "label" in values else ids
    adaptation = [str(v) for v in values["adaptation"]] if "adaptation" in values else [""] * count
    strength = (
        np.asarray(values["strength_fraction"], dtype=np.float64)
        if "strength_fraction" in values
        else np.min(np.asarray(values["muscle_strength_fraction"]), axis=1)
    )
    role, comparison, treatment = (
        [str(v) for v in values[name]] if name in values else [""] * count
        for name in ("role", "comparison", "treatment")
    )
    late = [str(v) for v in values["badly_timed"]] if "badly_timed" in values else [""] * count
    speed = np.asarray(values["speed_m_s"]) if "speed_m_s" in values else np.zeros(count)
    faults = {name: np.asarray(values[name]) for name in TIMING if name in values}
    certified, solved = np.asarray(values["certified"]), np.asarray(values["solved"])
    doses = Counter(zip(strength.tolist(), adaptation, strict=True))
    return tuple(
        Walk(
            row=i,
            scenario_id=ids[i],
            label=label[i] or ids[i],
            adaptation=adaptation[i],
            strength_fraction=float(strength[i]),
            usable=bool(certified[i] or (solved[i] and adaptation[i] == _UNCERTIFIED_KIND)),
            role=role[i],
            comparison=comparison[i],
            treatment=treatment[i],
            badly_timed=tuple(late[i].split()),
            speed_m_s=float(speed[i]),
            timing=tuple((name, float(v[i])) for name, v in faults.items() if v[i] != TIMING[name]),
            is_told_by_dose=doses[float(strength[i]), adaptation[i]] == 1,
        )
        for i in range(count)
    )


def _body_weight_n(attributes: dict[str, Any]) -> float | None:
    mass, gravity = attributes.get("body_mass_kg"), attributes.get("gravity_m_s2")
    return None if mass is None or gravity is None else float(mass) * float(gravity)
