"""What the command line calls: outcomes of one scenario, and all scenarios in one file."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gluteweak.errors import InputError, SolveError
from gluteweak.failures import failures
from gluteweak.loads.anatomy import SIDES, patellofemoral_source
from gluteweak.loads.collect import append_outcomes, collect_outcomes
from gluteweak.loads.growing import why_stack_anew
from gluteweak.loads.leg_loads import LoadModel, load_model
from gluteweak.loads.monte_carlo import bands
from gluteweak.loads.outcomes import compute_outcomes
from gluteweak.loads.sensitivity import STEP, outcome_sensitivity, read_motion_sensitivity
from gluteweak.loads.solution import read_solution
from gluteweak.plant import Plant, read_plant
from gluteweak.provenance import OUTCOMES_SOURCES, sha256_file, source_fingerprint
from gluteweak.storage import write_file
from gluteweak.study import Scenario, Study
from gluteweak.variables import CYCLE_VARIABLES, SENSITIVITY, TIMING


def outcomes(plant: Path, solution: Path, certificate: Path, out: Path) -> None:
    """Compute all outcomes of one scenario.

    Parameters
    ----------
    plant, solution : Path
        ``plant.h5`` and the ``solution.h5`` that was made with it.
    certificate : Path
        OpenSim's verdict on the solution, ``certificate.json``.
    out : Path
        ``outcomes.h5`` to write.

    Raises
    ------
    InputError
        If a file is missing or broken, or the three do not belong together.
    """
    outcomes_opened(open_walker(plant), solution, certificate, out)


@dataclass(frozen=True)
class OpenWalker:
    """A walker that serves many scenarios: its plant, what the loads need of it, and what outcomes are made with."""

    plant: Plant
    model: LoadModel
    path: Path
    sha256: str
    source_fingerprint: str


def open_walker(plant: Path) -> OpenWalker:
    """Read ``plant.h5`` once for many scenarios.

    Raises
    ------
    InputError
        If it is missing, broken or lacks a part.
    """
    walker = read_plant(plant)
    return OpenWalker(walker, load_model(walker), plant, sha256_file(plant), source_fingerprint(*OUTCOMES_SOURCES))


def outcomes_opened(walker: OpenWalker, solution: Path, certificate: Path, out: Path) -> None:
    """`outcomes` for one of many scenarios of a walker that is read once."""
    verdict = read_certificate(certificate)
    judged = verdict.get("sha256", {}).get("solution") if isinstance(verdict.get("sha256"), dict) else None
    if judged is not None and judged != sha256_file(solution):
        raise InputError(
            f"{solution} is not the file that {certificate} is about (another checksum; damaged, or solved again): "
            "run the simulation and 'gluteweak certify' again."
        )
    motion = read_solution(solution, walker.plant)
    if motion.attributes.get("plant_sha256") != walker.sha256:
        raise InputError(f"{solution} was made with another model than {walker.path}: run the simulation again.")
    values = compute_outcomes(walker.plant, motion, walker.model)
    values |= bands(values, gravity_m_s2=float(motion.attributes["gravity_m_s2"]))
    values["strength_fraction"] = float(motion.attributes["strength_fraction"])
    values["solved"] = int(motion.attributes["converged"])
    values["certified"] = int(verdict["certified"])
    attributes = {
        **motion.attributes,
        "certificate": json.dumps(verdict),
        "outcomes_source_fingerprint": walker.source_fingerprint,
    }
    attributes["patellofemoral_load"] = patellofemoral_source(walker.plant)
    if "model_sha256" in walker.plant.attributes:
        attributes["model_sha256"] = walker.plant.attributes["model_sha256"]
    write_file(out, values, attributes, table=CYCLE_VARIABLES)


def sensitivity(plant: Path, folders: Sequence[Path]) -> None:
    """Turn the derivatives of motions into those of outcomes: ``sensitivity.h5`` in each scenario's folder.

    Parameters
    ----------
    plant : Path
        ``plant.h5`` that the scenarios were made with.
    folders : sequence of Path
        Folders with ``solution.h5`` and ``motion_sensitivity.h5``.

    Raises
    ------
    InputError
        If a file is missing or broken, or files do not belong together.
    """
    walker = read_plant(plant)
    model = load_model(walker)
    checksum = sha256_file(plant)
    for folder in folders:
        solution = folder / "solution.h5"
        motion = read_solution(solution, walker)
        if motion.attributes.get("plant_sha256") != checksum:
            raise InputError(f"{solution} was made with another model than {plant}: run the simulation again.")
        path = folder / "motion_sensitivity.h5"
        derivative = read_motion_sensitivity(path, walker, motion, sha256_file(solution))
        values, error = outcome_sensitivity(walker, motion, derivative, model)
        head = {
            "side": np.array(SIDES, dtype=object),
            "strength_muscle": np.array(derivative.muscle, dtype=object),
        }
        attributes = {
            **derivative.attributes,
            "strength_step": STEP,
            "largest_step_error": error,
            "patellofemoral_load": patellofemoral_source(walker),
            "solution_sha256": sha256_file(solution),
        }
        write_file(folder / "sensitivity.h5", {**head, **values}, attributes, table=SENSITIVITY)


def collect(
    study: dict[str, Any],
    scenario_dirs: list[Path],
    out: Path,
    *,
    adaptation: str | None = None,
    append: bool = False,
    unless_stale: Mapping[str, str] | None = None,
    failed: Mapping[str, str] | None = None,
) -> None:
    """Stack the outcomes of all scenarios of a study into one file with named dimensions.

    Parameters
    ----------
    study : dict
        The study as JSON-like data.
    scenario_dirs : list of Path
        Folders with an ``outcomes.h5`` each, in the order wanted.
    out : Path
        ``sweep.h5`` to write.
    adaptation : str, optional
        Says that these are not the study's scenarios but its what-if motions or fixed-gait runs, named by folder.
    append : bool
        Add the scenarios that ``out`` lacks, at its end, instead of stacking all anew.
    unless_stale : mapping, optional
        Append if ``out`` holds nothing but what it would hold anew, judged by these SHA-256 of ``outcomes.h5``, by
        scenario; else stack anew. Says which, and why.
    failed : mapping, optional
        Scenarios of the study without outcomes, and why; the sweep names them.

    Raises
    ------
    SolveError
        If every scenario failed.
    InputError
        If there is no scenario, a file is missing or broken, or the scenarios were made with different models.
    """
    if adaptation is None:
        described = {s.scenario_id: _described(s) for s in Study.model_validate(study).scenarios()}
    else:
        names = [Path(folder).name for folder in scenario_dirs]
        described = {name: {**_NOTHING_SAID, "adaptation": adaptation, "label": name} for name in names}
    paths = [Path(folder) / "outcomes.h5" for folder in scenario_dirs]
    if failed and not paths:
        raise SolveError(f"There is nothing to collect: {failures(failed, len(failed))}.")
    if unless_stale is not None:
        append = _may_grow(study, described, unless_stale, out)
    if append:
        append_outcomes(study, described, paths, out, failed=failed)
    else:
        collect_outcomes(study, described, paths, out, failed=failed)


def _may_grow(
    study: Mapping[str, Any], described: Mapping[str, Mapping[str, Any]], checksums: Mapping[str, str], out: Path
) -> bool:
    why = why_stack_anew(study, described, checksums, out)
    sys.stdout.write(f"{out}: {'new scenarios are added' if why is None else 'stacked anew, ' + why}\n")
    return why is None


#: Descriptors of a motion that is no scenario of a study.
_NOTHING_SAID: dict[str, Any] = {
    **dict.fromkeys(("role", "comparison", "treatment", "walk"), ""),
    "posture_preset": "free",
    "speed_m_s": 0.0,
    "steps_walked": 0.0,
    "instructed_trunk_lean_deg": 0.0,
    "badly_timed": "",
    **TIMING,
}


def _described(scenario: Scenario) -> dict[str, Any]:
    """What a sweep says of a scenario beside its numbers."""
    return {
        "adaptation": scenario.adaptation_name,
        "label": scenario.label or scenario.scenario_id,
        "role": scenario.role,
        "comparison": scenario.group,
        "treatment": scenario.treatment,
        "posture_preset": scenario.posture_preset,
        "speed_m_s": scenario.speed_m_s or 0.0,
        "steps_walked": scenario.steps_walked,
        "walk": scenario.walk,
        "instructed_trunk_lean_deg": scenario.trunk_lean_deg,
        **_timing(scenario),
    }


def _timing(scenario: Scenario) -> dict[str, Any]:
    """The timing fault of a scenario's badly timed muscles, which all have the same one."""
    faults = list(scenario.coordination.values())
    if any(fault != faults[0] for fault in faults):
        raise InputError(
            f"Scenario '{scenario.scenario_id}' times its muscles differently from each other, which a sweep cannot "
            "say: make one scenario of each fault."
        )
    said = {name: getattr(faults[0], name) for name in TIMING} if faults else TIMING
    return {"badly_timed": " ".join(scenario.coordination), **said}


def read_certificate(path: Path) -> dict[str, Any]:
    """Read a certificate.

    Raises
    ------
    InputError
        If the file is missing, is no JSON object, or does not say whether the motion is certified.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"No file {path}: run 'gluteweak certify' first, or correct the path.")
    try:
        verdict = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{path} is not JSON ({error}): run 'gluteweak certify' again.") from None
    if not isinstance(verdict, dict) or not isinstance(verdict.get("certified"), bool):
        raise InputError(f"{path} does not say 'certified: true' or 'false': run 'gluteweak certify' again.")
    return verdict
