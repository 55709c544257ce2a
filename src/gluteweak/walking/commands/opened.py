"""What every command of ``walking`` opens first, and what every file that it writes says of its making."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import casadi as ca

from gluteweak import provenance
from gluteweak.errors import InputError
from gluteweak.motion_files import write_ground_reaction_sto, write_solution_sto
from gluteweak.plant import Plant, read_plant
from gluteweak.storage import read_file, write_file
from gluteweak.walking import setup
from gluteweak.walking.function_cache import fetch_or_build
from gluteweak.walking.function_file import StoredFunctions, read_functions, write_functions
from gluteweak.walking.healthy_gait import Reference
from gluteweak.walking.point import PointLayout, build_point, point_functions
from gluteweak.walking.problem import Programme, assemble
from gluteweak.walking.solve import Solution
from gluteweak.walking.tape import compile_kernel
from gluteweak.walking.transcription import Grid, Transcription


@dataclass(frozen=True)
class OpenStudy:
    """What all scenarios of a study share, read once; ``plant`` is the file of the walker."""

    plant: Path
    walker: Plant
    gait: Reference
    point: StoredFunctions
    programme: Programme
    reference_sha256: str


def build_problem(plant: Path, out: Path) -> None:
    """Build the functions, derivatives included, that the healthy gait and every scenario of a study load.

    Where another study of the same walker built them before, they come from its cache (``function_cache``).

    Raises
    ------
    InputError
        If the plant is unusable.
    """
    compile_kernel()
    walker, origin = read_plant(plant), origin_of(plant)
    fetch_or_build(out, origin, lambda path: write_functions(path, point_functions(build_point(walker)), origin))


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
    point = read_functions(problem, origin_of(plant))
    programme = programme_on(walker, grid, point)
    return OpenStudy(plant, walker, gait, point, programme, provenance.sha256_file(reference))


def _healthy(path: Path, plant: Path) -> tuple[Reference, dict[str, Any]]:
    """The study's healthy gait, if it belongs to this plant, and its attributes."""
    values, attributes = read_file(path)
    if attributes.get("plant_sha256") != provenance.sha256_file(plant):
        raise InputError(f"{path} was made for another model than {plant}: make it again with 'gluteweak healthy'.")
    return Reference(values, float(attributes["distance_m"])), attributes


def programme_on(plant: Plant, grid: Grid, point: Mapping[str, Any]) -> Programme:
    """The walking problem of a walker on a mesh, from the functions of one instant."""
    transcription = Transcription(
        PointLayout(plant), grid, plant.muscle_activation_time_constant_s, plant.muscle_deactivation_time_constant_s
    )
    return assemble(transcription, point)


def origin_of(plant: Path) -> dict[str, str]:
    """What the functions of one instant are made from: checksum of the plant, source fingerprint, CasADi's version."""
    return {
        "plant": provenance.sha256_file(plant),
        "source": provenance.source_fingerprint(*provenance.FUNCTION_SOURCES),
        "casadi": ca.__version__,
    }


def limits(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Tolerance and largest number of iterations from ``study.Simulation`` as a mapping."""
    return {"tolerance": float(settings["tolerance"]), "max_iterations": int(settings["max_iterations"])}


def solution_attributes(plant: Plant, path: Path, grid: Grid, solution: Solution, distance_m: float) -> dict[str, Any]:
    """What every file of a motion says of its mesh, its solve and what it was made from; ``path`` is the plant's."""
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


def write_scenario(out_dir: Path, plant: Plant, values: Mapping[str, Any], attributes: Mapping[str, Any]) -> None:
    """Write the files of a motion: for OpenSim's GUI, and ``solution.h5``, whose appearance says that all are whole."""
    out_dir.mkdir(parents=True, exist_ok=True)
    write_solution_sto(out_dir / "solution.sto", plant, values)
    write_ground_reaction_sto(out_dir / "ground_reaction.sto", plant, values)
    write_file(out_dir / "solution.h5", values, attributes)
