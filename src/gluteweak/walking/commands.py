"""What the command line asks of ``walking``: files in, files out."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import casadi as ca
import numpy as np

from gluteweak import provenance
from gluteweak.errors import InputError, SolveError
from gluteweak.motion_files import write_ground_reaction_sto, write_solution_sto
from gluteweak.plant import Plant, read_plant
from gluteweak.storage import atomic_path, read_file, write_file
from gluteweak.walking import setup
from gluteweak.walking.arrivals import SAME_COST
from gluteweak.walking.fixed_gait import (
    as_motion,
    fixed_gait_mechanics,
    least_possible_percent,
    no_certificate,
    reserve_torques_nm,
    solve_fixed_gait,
)
from gluteweak.walking.friction import solve_sharp
from gluteweak.walking.function_cache import fetch_or_build
from gluteweak.walking.function_file import StoredFunctions, read_functions, write_functions
from gluteweak.walking.healthy_gait import Reference
from gluteweak.walking.measurement import MeasuredCycle, read_cycle, stored_cycle
from gluteweak.walking.mirror import symmetrised
from gluteweak.walking.point import PointLayout, build_point, point_functions
from gluteweak.walking.problem import Programme, assemble
from gluteweak.walking.reference import reference_values, track
from gluteweak.walking.scenario import SolvedScenario, muscle_strength, read_scenario, solve_scenario, with_its_forces
from gluteweak.walking.solution import START_NAMES, cycle_values, read_start, report_function
from gluteweak.walking.solve import Solution, Start
from gluteweak.walking.speed import at_speed
from gluteweak.walking.stride_time import Posed
from gluteweak.walking.tape import compile_kernel
from gluteweak.walking.transcription import Grid, Transcription
from gluteweak.walking.what_if import imposed_change, imposed_values, solve_what_if

_DEFAULT_SETTINGS = {"intervals": 25, "degree": 2, "tolerance": 1e-6, "max_iterations": 300}


@dataclass(frozen=True)
class OpenStudy:
    """What all scenarios of a study share, read once; ``plant`` is the file of the walker."""

    plant: Path
    walker: Plant
    gait: Reference
    point: StoredFunctions
    programme: Programme
    reference_sha256: str


def track_reference(
    plant: Path,
    coordinates: Path,
    ground_reactions: Path | None,
    start_s: float,
    end_s: float,
    out: Path,
    *,
    symmetric: bool = False,
    estimated_reactions: Path | None = None,
) -> None:
    """Track a measured cycle and write it as ``reference_gait.h5``.

    Parameters
    ----------
    ground_reactions
        Without them the contact model predicts them.
    symmetric
        Track the mean of the cycle and its mirror image, so that left and right are alike.
    estimated_reactions
        Where nothing was measured: what the motion says of the ground reactions, to guide the tracking.

    Raises
    ------
    InputError
        If a file is unusable or the times do not span a cycle.
    SolveError
        If the tracking problem does not converge.
    """
    walker = read_plant(plant)
    measured = read_cycle(walker, coordinates, ground_reactions, start_s, end_s, estimated_reactions)
    if symmetric:
        measured = symmetrised(walker, measured)
    origin = {
        "coordinates_sha256": provenance.sha256_file(coordinates),
        "ground_reactions_sha256": "" if ground_reactions is None else provenance.sha256_file(ground_reactions),
        "ground_reactions_measured": int(ground_reactions is not None),
        "measured_start_s": start_s,
        "measured_end_s": end_s,
        "measured_symmetrised": int(symmetric),
    }
    point = point_functions(build_point(walker))
    _track(walker, plant, point, measured, _DEFAULT_SETTINGS, None, origin, out)


def healthy(plant: Path, reference: Path, problem: Path, settings: Mapping[str, Any], out: Path) -> None:
    """Settle the reference gait on a study's own plant and mesh; every scenario starts from the result.

    The committed reference gait was solved on one mesh, calibration and machine. With the same ones this takes a
    few iterations; with others the measured cycle inside it is tracked again.

    Raises
    ------
    InputError
        If the files do not belong together.
    SolveError
        If it does not converge.
    """
    walker = read_plant(plant)
    values, attributes = read_file(reference)
    if tuple(values["coordinate"]) != walker.coordinate or tuple(values["muscle"]) != walker.muscle:
        raise InputError(
            f"{reference} belongs to another model than {plant} (coordinates or muscles differ): make it again with "
            "'gluteweak reference'."
        )
    point = read_functions(problem, _origin(plant))
    same_mesh = all(attributes[key] == settings[key] for key in ("intervals", "degree"))
    # Multipliers only fit the calibration that they were found with.
    same_model = attributes.get("calibration") == walker.attributes.get("calibration")
    start = read_start(values).as_start() if same_mesh else None
    if start is not None and not same_model:
        start = Start(start.w)
    origin = {k: attributes[k] for k in attributes if k.startswith(("measured_", "coordinates_", "ground_"))}
    origin["reference_sha256"] = provenance.sha256_file(reference)
    _track(walker, plant, point, stored_cycle(values), settings, start, origin, out)


def _track(
    walker: Plant,
    plant: Path,
    point: Mapping[str, Any],
    measured: MeasuredCycle,
    settings: Mapping[str, Any],
    start: Start | None,
    origin: Mapping[str, Any],
    out: Path,
) -> None:
    grid = Grid(int(settings["intervals"]), int(settings["degree"]), measured.duration_s)
    programme = _programme(walker, grid, point)
    gait = track(
        programme,
        measured,
        tolerance=float(settings["tolerance"]),
        max_iterations=int(settings["max_iterations"]),
        start=start,
    )
    attributes = {
        **_attributes(walker, plant, grid, gait.solution, gait.sampled.distance_m),
        "scenario_id": "reference",
        "strength_fraction": 1.0,
        **origin,
    }
    write_file(out, reference_values(programme, point, gait), attributes)


def healthy_at_speed(
    plant: Path, reference: Path, problem: Path, speed_m_s: float, settings: Mapping[str, Any], out: Path
) -> None:
    """The healthy gait at another walking speed: where the scenarios of that speed start.

    Parameters
    ----------
    reference
        The study's own healthy gait, from ``healthy``.
    settings
        ``study.Simulation`` as a mapping.

    Raises
    ------
    InputError
        If the files do not belong together, or the speed is out of range.
    SolveError
        If it does not converge; then nothing is written.
    """
    study = open_study(plant, reference, problem)
    walker, gait, programme = study.walker, study.gait, study.programme
    limits: dict[str, Any] = {
        "tolerance": float(settings["tolerance"]),
        "max_iterations": int(settings["max_iterations"]),
    }
    solutions: list[Solution] = []

    def run(posed: Posed, start: Start) -> Solution:
        solutions.append(solve_sharp(posed.programme, posed.parameters, posed.bounds, start, **limits))
        return solutions[-1]

    try:
        moved = at_speed(programme, gait, speed_m_s, run)
    except SolveError as error:
        raise SolveError(f"The healthy gait at {speed_m_s:g} m/s was not found: {error}.") from None
    grid = programme.with_duration(moved.duration_s).transcription.grid
    last = solutions[-1] if solutions else read_start(gait.values)
    attributes = {
        **_attributes(walker, plant, grid, last, moved.distance_m),
        "scenario_id": f"reference_at_{speed_m_s:g}_m_s",
        "strength_fraction": 1.0,
        "speed_m_s": speed_m_s,
        "reference_sha256": provenance.sha256_file(reference),
    }
    write_file(out, moved.values, attributes)


def build_problem(plant: Path, out: Path) -> None:
    """Build the functions, derivatives included, that the healthy gait and every scenario of a study load.

    Where another study of the same walker built them before, they come from its cache (``function_cache``).

    Raises
    ------
    InputError
        If the plant is unusable.
    """
    compile_kernel()
    walker, origin = read_plant(plant), _origin(plant)
    fetch_or_build(out, origin, lambda path: write_functions(path, point_functions(build_point(walker)), origin))


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
            **_limits(settings),
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
                programme, study.gait, wanted, **_limits(settings), neighbour=start, only_neighbour=True
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


def _limits(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {"tolerance": float(settings["tolerance"]), "max_iterations": int(settings["max_iterations"])}


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
        **_attributes(study.walker, study.plant, transcription.grid, solved.solution, solved.distance_m),
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
    _write_scenario(out_dir, study.walker, values, written)


def _scenario_attributes(scenario: Mapping[str, Any]) -> dict[str, Any]:
    """What was asked for beside strengths and weights."""
    return {
        "posture_preset": scenario.get("posture_preset", "free"),
        "trunk_lean_deg": float(scenario.get("trunk_lean_deg", 0.0)),
        "coordination": json.dumps(scenario.get("coordination", {}), sort_keys=True),
        "steps_walked": float(scenario.get("steps_walked", 0.0)),
        **({"steps_per_day": float(scenario["steps_per_day"])} if "steps_per_day" in scenario else {}),
    }


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
            tolerance=float(settings["tolerance"]),
            max_iterations=int(settings["max_iterations"]),
        )
    except SolveError as error:
        raise SolveError(f"What-if motion '{motion['scenario_id']}' was not solved: {error}.") from None
    values = cycle_values(programme.transcription, report, solution, parameters, gait.prescribed(programme))
    values |= imposed_values(programme, report, solution, parameters, imposed)
    written = {
        **_attributes(walker, plant, grid, solution, gait.distance_m),
        "scenario_id": motion["scenario_id"],
        "strength_fraction": 1.0,
        "adaptation": "what_if",
        "what_if": json.dumps({key: motion[key] for key in ("change", "size", "side", "posture_habit")}),
        "imposed_bump_rms_error": imposed.bump_rms_error,
        "reference_sha256": provenance.sha256_file(reference),
    }
    _write_scenario(out_dir, walker, values, written)


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
            **_attributes(walker, plant, grid, solution, gait.distance_m),
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


def _write_scenario(out_dir: Path, plant: Plant, values: Mapping[str, Any], attributes: Mapping[str, Any]) -> None:
    out_dir.mkdir(parents=True, exist_ok=True)
    write_solution_sto(out_dir / "solution.sto", plant, values)
    write_ground_reaction_sto(out_dir / "ground_reaction.sto", plant, values)
    write_file(out_dir / "solution.h5", values, attributes)


def _programme(plant: Plant, grid: Grid, point: Mapping[str, Any]) -> Programme:
    transcription = Transcription(
        PointLayout(plant), grid, plant.muscle_activation_time_constant_s, plant.muscle_deactivation_time_constant_s
    )
    return assemble(transcription, point)


def open_study(plant: Path, reference: Path, problem: Path) -> OpenStudy:
    """A study's walker, healthy gait, point functions and programme, if they belong together.

    Raises
    ------
    InputError
        If a file is missing or broken, or they do not belong together.
    """
    walker = read_plant(plant)
    gait, attributes = _healthy(reference, plant)
    grid = Grid(int(attributes["intervals"]), int(attributes["degree"]), float(attributes["duration_s"]))
    point = read_functions(problem, _origin(plant))
    programme = _programme(walker, grid, point)
    return OpenStudy(plant, walker, gait, point, programme, provenance.sha256_file(reference))


def _healthy(path: Path, plant: Path) -> tuple[Reference, dict[str, Any]]:
    """The study's healthy gait, if it belongs to this plant, and its attributes."""
    values, attributes = read_file(path)
    if attributes.get("plant_sha256") != provenance.sha256_file(plant):
        raise InputError(f"{path} was made for another model than {plant}: make it again with 'gluteweak healthy'.")
    return Reference(values, float(attributes["distance_m"])), attributes


def _origin(plant: Path) -> dict[str, str]:
    return {
        "plant": provenance.sha256_file(plant),
        "source": provenance.source_fingerprint(*provenance.FUNCTION_SOURCES),
        "casadi": ca.__version__,
    }


def _attributes(plant: Plant, path: Path, grid: Grid, solution: Solution, distance_m: float) -> dict[str, Any]:
    return {
        "duration_s": grid.duration_s,
        "distance_m": distance_m,
        "intervals": grid.intervals,
        "degree": grid.degree,
        "minimum_activation": setup.MINIMUM_ACTIVATION,
        "body_mass_kg": plant.mass_kg,
        "gravity_m_s2": plant.gravity_m_s2,
        "converged": 1,
        "solver_status": solution.status,
        "iterations": solution.iterations,
        "objective": solution.objective,
        "wall_s": solution.wall_s,
        "cpu_s": solution.cpu_s,
        "calibration": plant.attributes.get("calibration", "unknown"),
        "plant_sha256": provenance.sha256_file(path),
        "source_fingerprint": provenance.source_fingerprint(*provenance.WALKING_SOURCES),
        "versions": provenance.versions_json(),
    }
