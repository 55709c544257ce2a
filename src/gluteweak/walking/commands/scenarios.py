"""Scenarios: solve one, or one again from its neighbours, and write its files."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gluteweak import provenance
from gluteweak.errors import SolveError
from gluteweak.storage import read_file
from gluteweak.walking.arrivals import SAME_COST
from gluteweak.walking.commands.opened import OpenStudy, limits, open_study, solution_attributes, write_scenario
from gluteweak.walking.scenario import SolvedScenario, read_scenario, solve_scenario, with_its_forces
from gluteweak.walking.solution import START_NAMES, cycle_values, read_start, report_function


def simulate(
    plant: Path,
    reference: Path,
    problem: Path,
    scenario: Mapping[str, Any],
    settings: Mapping[str, Any],
    out_dir: Path,
) -> None:
    """Solve one scenario and write ``solution.h5``, ``solution.sto`` and ``ground_reaction.sto``.

    Parameters
    ----------
    reference
        The study's own healthy gait, from ``healthy``.
    scenario, settings
        ``study.Scenario`` and ``study.Simulation`` as mappings.

    Raises
    ------
    InputError
        If the files do not belong together.
    SolveError
        If it does not converge; then nothing is written.
    """
    simulate_opened(open_study(plant, reference, problem), scenario, settings, out_dir)


def simulate_opened(
    study: OpenStudy,
    scenario: Mapping[str, Any],
    settings: Mapping[str, Any],
    out_dir: Path,
    *,
    neighbour: Path | None = None,
) -> None:
    """`simulate` for one of many scenarios of a study that is read once.

    Parameters
    ----------
    neighbour
        ``solution.h5`` of a scenario that differs in strength alone, to start from.
    """
    started = provenance.utc_now()
    try:
        solved = solve_scenario(
            study.programme,
            study.gait,
            read_scenario(study.programme, scenario),
            **limits(settings),
            neighbour=None if neighbour is None else read_start(read_file(neighbour, START_NAMES)[0]).as_start(),
        )
    except SolveError as error:
        raise SolveError(f"Scenario '{scenario['scenario_id']}' was not solved: {error}.") from None
    _write_solved(study, scenario, settings, solved, _arrival_attributes(solved), out_dir, started)


def improve_opened(
    study: OpenStudy,
    scenario: Mapping[str, Any],
    settings: Mapping[str, Any],
    present: Path,
    neighbours: Sequence[Path],
    out_dir: Path,
) -> bool:
    """Solve a scenario again from its neighbours, because its cost proves that it ended in a bad local minimum.

    The files of a scenario are written to ``out_dir`` if a cheaper minimum is found; what every start found is printed.

    Parameters
    ----------
    present
        ``solution.h5`` as it is.
    neighbours
        ``solution.h5`` of scenarios that differ in strength alone, to start from.

    Returns
    -------
    Whether a cheaper minimum was found.

    Raises
    ------
    InputError
        If the files do not belong together.
    """
    started = provenance.utc_now()
    programme = study.programme
    wanted = read_scenario(programme, scenario)
    cost = float(read_file(present, ())[1]["objective"])
    best: tuple[SolvedScenario, str] | None = None
    for path in neighbours:
        values, attributes = read_file(path, (*START_NAMES, "muscle_strength_fraction"))
        start = read_start(values).as_start()
        start = with_its_forces(programme, start, values["muscle_strength_fraction"], wanted.strength)
        name = str(attributes["scenario_id"])
        try:
            found = solve_scenario(
                programme, study.gait, wanted, **limits(settings), neighbour=start, only_neighbour=True
            )
        except SolveError as error:
            sys.stdout.write(f"again from {name}: {error}\n")
            continue
        sys.stdout.write(f"again from {name}: cost {found.solution.objective:.7e}, before {cost:.7e}\n")
        if found.solution.objective < (1 - SAME_COST) * (cost if best is None else best[0].solution.objective):
            best = found, name
    if best is None:
        return False
    solved, name = best
    arrivals = {
        "arrivals": f"two minima, the one from {name} kept",
        "arrivals_largest_difference": _largest_difference(present, solved),
        "arrivals_other_objective": cost,
    }
    _write_solved(study, scenario, settings, solved, arrivals, out_dir, started)
    return True


def _largest_difference(present: Path, solved: SolvedScenario) -> float:
    """Largest difference (rad or m) of a coordinate from a stored solution."""
    before = read_start(read_file(present, START_NAMES)[0]).w
    unpack = solved.programme.transcription.unpack
    return float(np.abs(unpack(solved.solution.w)["value"] - unpack(before)["value"]).max())


def _write_solved(
    study: OpenStudy,
    scenario: Mapping[str, Any],
    settings: Mapping[str, Any],
    solved: SolvedScenario,
    arrivals: Mapping[str, Any],
    out_dir: Path,
    started_utc: str,
) -> None:
    transcription = solved.programme.transcription
    values = cycle_values(
        transcription,
        report_function(study.point),
        solved.solution,
        solved.parameters,
        solved.reference.prescribed(solved.programme),
    )
    written = {
        **solution_attributes(study.walker, study.plant, transcription.grid, solved.solution, solved.distance_m),
        "scenario_id": scenario["scenario_id"],
        "strength_fraction": scenario["strength_fraction"],
        "adaptation": scenario["adaptation_name"],
        "way": solved.way,
        **arrivals,
        **_stride_time_attributes(solved),
        **_scenario_attributes(scenario),
        "reference_sha256": study.reference_sha256,
        "solver_settings": json.dumps(dict(settings), sort_keys=True),
        "host_class": provenance.host_class(),
        "started_utc": started_utc,
    }
    write_scenario(out_dir, study.walker, values, written)


def _scenario_attributes(scenario: Mapping[str, Any]) -> dict[str, Any]:
    """What was asked for beside strengths and weights."""
    return {
        "posture_preset": scenario.get("posture_preset", "free"),
        "trunk_lean_deg": float(scenario.get("trunk_lean_deg", 0.0)),
        "coordination": json.dumps(scenario.get("coordination", {}), sort_keys=True),
        "steps_walked": float(scenario.get("steps_walked", 0.0)),
        **({"steps_per_day": float(scenario["steps_per_day"])} if "steps_per_day" in scenario else {}),
    }


def _arrival_attributes(solved: SolvedScenario) -> dict[str, Any]:
    found = solved.arrivals
    if found is None:
        return {"arrivals": "one arrival"}
    return {
        "arrivals": found.word,
        "arrivals_largest_difference": found.largest_difference,
        "arrivals_other_objective": found.other_cost,
    }


def _stride_time_attributes(solved: SolvedScenario) -> dict[str, Any]:
    own = solved.stride_time
    if own is None:
        return {"stride_time": "fixed"}
    return {
        "stride_time": "free",
        "stride_time_usual_s": own.usual_s,
        "cost_stride_time_quadratic": own.quadratic,
        "cost_stride_time_linear_per_s": own.linear,
        "cost_stride_time": own.cost(solved.duration_s),
    }
