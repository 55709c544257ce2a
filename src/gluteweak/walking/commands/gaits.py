"""Healthy gaits: tracked from a measurement, settled for a study, taken to another speed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gluteweak import provenance
from gluteweak.errors import InputError, SolveError
from gluteweak.plant import Plant, read_plant
from gluteweak.storage import read_file, write_file
from gluteweak.walking.commands.opened import limits, open_study, origin_of, programme_on, solution_attributes
from gluteweak.walking.friction import solve_sharp
from gluteweak.walking.function_file import read_functions
from gluteweak.walking.measurement import MeasuredCycle, read_cycle, stored_cycle
from gluteweak.walking.mirror import symmetrised
from gluteweak.walking.point import build_point, point_functions
from gluteweak.walking.reference import reference_values, track
from gluteweak.walking.solution import read_start
from gluteweak.walking.solve import Solution, Start
from gluteweak.walking.speed import at_speed
from gluteweak.walking.stride_time import Posed
from gluteweak.walking.transcription import Grid

_DEFAULT_SETTINGS = {"intervals": 25, "degree": 2, "tolerance": 1e-6, "max_iterations": 300}


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
    point = read_functions(problem, origin_of(plant))
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
    programme = programme_on(walker, grid, point)
    gait = track(
        programme,
        measured,
        tolerance=float(settings["tolerance"]),
        max_iterations=int(settings["max_iterations"]),
        start=start,
    )
    attributes = {
        **solution_attributes(walker, plant, grid, gait.solution, gait.sampled.distance_m),
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
    wanted = limits(settings)
    solutions: list[Solution] = []

    def run(posed: Posed, start: Start) -> Solution:
        solutions.append(solve_sharp(posed.programme, posed.parameters, posed.bounds, start, **wanted))
        return solutions[-1]

    try:
        moved = at_speed(programme, gait, speed_m_s, run)
    except SolveError as error:
        raise SolveError(f"The healthy gait at {speed_m_s:g} m/s was not found: {error}.") from None
    grid = programme.with_duration(moved.duration_s).transcription.grid
    last = solutions[-1] if solutions else read_start(gait.values)
    attributes = {
        **solution_attributes(walker, plant, grid, last, moved.distance_m),
        "scenario_id": f"reference_at_{speed_m_s:g}_m_s",
        "strength_fraction": 1.0,
        "speed_m_s": speed_m_s,
        "reference_sha256": provenance.sha256_file(reference),
    }
    write_file(out, moved.values, attributes)
