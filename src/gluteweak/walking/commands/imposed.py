"""The healthy gait with something imposed on it: a motion, or falling strength while the motion is held."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gluteweak import provenance
from gluteweak.errors import SolveError
from gluteweak.storage import atomic_path, write_file
from gluteweak.walking.commands.opened import limits, open_study, solution_attributes, write_scenario
from gluteweak.walking.fixed_gait import (
    as_motion,
    fixed_gait_mechanics,
    least_possible_percent,
    no_certificate,
    reserve_torques_nm,
    solve_fixed_gait,
)
from gluteweak.walking.scenario import muscle_strength
from gluteweak.walking.solution import cycle_values, report_function
from gluteweak.walking.what_if import imposed_change, imposed_values, solve_what_if


def what_if(
    plant: Path,
    reference: Path,
    problem: Path,
    motion: Mapping[str, Any],
    settings: Mapping[str, Any],
    out_dir: Path,
) -> None:
    """Impose a change on the healthy gait and write the files of a scenario.

    Parameters
    ----------
    reference
        The study's own healthy gait, from ``healthy``.
    motion
        ``scenario_id``, ``change``, ``size``, ``side`` and ``posture_habit``.
    settings
        ``study.Simulation`` as a mapping.

    Raises
    ------
    InputError
        If the files do not belong together or the change does not fit the model.
    SolveError
        If it does not converge; then nothing is written.
    """
    study = open_study(plant, reference, problem)
    walker, gait, point, programme = study.walker, study.gait, study.point, study.programme
    grid = programme.transcription.grid
    report = report_function(point)
    imposed = imposed_change(programme, report, gait, motion)
    try:
        solution, parameters = solve_what_if(
            programme,
            gait,
            imposed,
            posture_habit=float(motion["posture_habit"]),
            **limits(settings),
        )
    except SolveError as error:
        raise SolveError(f"What-if motion '{motion['scenario_id']}' was not solved: {error}.") from None
    values = cycle_values(programme.transcription, report, solution, parameters, gait.prescribed(programme))
    values |= imposed_values(programme, report, solution, parameters, imposed)
    written = {
        **solution_attributes(walker, plant, grid, solution, gait.distance_m),
        "scenario_id": motion["scenario_id"],
        "strength_fraction": 1.0,
        "adaptation": "what_if",
        "what_if": json.dumps({key: motion[key] for key in ("change", "size", "side", "posture_habit")}),
        "imposed_bump_rms_error": imposed.bump_rms_error,
        "reference_sha256": provenance.sha256_file(reference),
    }
    write_scenario(out_dir, walker, values, written)


def fixed_gait(plant: Path, reference: Path, problem: Path, runs: Sequence[Mapping[str, Any]], out_dir: Path) -> None:
    """Keep the healthy motion while strength falls; write ``<scenario_id>/solution.h5`` for each run.

    A motion that is held is not put to OpenSim, and reserve torques are in no model: the ``certificate.json`` beside
    each solution says so and certifies nothing. Where no reserve is needed, ``certify`` can be asked.

    Parameters
    ----------
    runs
        For each: ``scenario_id``, ``strength_fraction`` and ``muscle_strength``, as in ``study.Scenario``.
    out_dir
        Folder for one folder a run.

    Raises
    ------
    InputError
        If the files do not belong together, or the healthy gait is not in balance.
    SolveError
        If a programme is not solved; then nothing is written.
    """
    study = open_study(plant, reference, problem)
    walker, gait, point, programme = study.walker, study.gait, study.point, study.programme
    grid = programme.transcription.grid
    weak = np.isin(walker.muscle, list(runs[0]["muscle_strength"]))
    least = least_possible_percent(programme, point["jacobian"], gait, weak)
    for run in runs:
        strength = muscle_strength(programme, run)
        mechanics = fixed_gait_mechanics(programme, point["jacobian"], gait, strength)
        try:
            held = solve_fixed_gait(mechanics)
        except SolveError as error:
            raise SolveError(f"Fixed-gait run '{run['scenario_id']}' was not solved: {error}.") from None
        solution, parameters = as_motion(mechanics, gait, held)
        values = cycle_values(
            programme.transcription, report_function(point), solution, parameters, gait.prescribed(programme)
        )
        values = {name: value for name, value in values.items() if not name.startswith(("nlp_", "cost_"))}
        values["reserve_torque_nm"] = reserve_torques_nm(mechanics, held)
        written = {
            **solution_attributes(walker, plant, grid, solution, gait.distance_m),
            "scenario_id": run["scenario_id"],
            "strength_fraction": run["strength_fraction"],
            "adaptation": "fixed_gait",
            "gait_possible": int(held.possible),
            "least_peak_reserve_nm_kg": held.least_peak_reserve_nm_kg,
            "least_possible_percent": np.nan if least is None else least,
            "duality_gap": held.duality_gap,
            "pelvis_missing_n": mechanics.pelvis_missing,
            "reference_sha256": provenance.sha256_file(reference),
        }
        folder = out_dir / run["scenario_id"]
        write_file(folder / "solution.h5", values, written)
        with atomic_path(folder / "certificate.json") as temporary:
            temporary.write_text(
                json.dumps(no_certificate(run["scenario_id"], held), indent=2) + "\n", encoding="utf-8"
            )
