"""OpenSim's verdict on a simulated motion, and the scenario's own OpenSim model.

The scenario model is the healthy one with weakened muscles and the plant's polynomials as muscle paths. It is written,
read again from that file and then asked, at every collocation point, which generalised forces its equations of motion
still need. ``docs/certificate.md`` says what the numbers mean.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import opensim as osim

from gluteweak.errors import InputError, SolveError
from gluteweak.opensim_model import evidence
from gluteweak.opensim_model.function_paths import replace_muscle_paths
from gluteweak.opensim_model.loading import load_model
from gluteweak.opensim_model.replay import Replay
from gluteweak.opensim_model.solution import LABELS, Solution, read_solution
from gluteweak.opensim_model.weakness import limit_activation, slow_activation
from gluteweak.parameters import CERTIFICATE_ACTIVATION_SLACK
from gluteweak.plant import Plant, read_plant
from gluteweak.provenance import sha256_file
from gluteweak.storage import atomic_path

FAILED_NAME = "certificate.failed.json"
_SOLVER_ATTRIBUTES = ("converged", "iterations", "objective", "wall_s", "cpu_s", "versions", "source_fingerprint")
_PER_CENT = 100.0


def certify_solution(
    model: Path, plant: Path, solution: Path, out_model: Path, out_certificate: Path, largest_missing_pct: float
) -> None:
    """Judge a solution; write the scenario's model and its certificate, or ``certificate.failed.json`` alone.

    Parameters
    ----------
    model, plant, solution
        Healthy ``model.osim``, ``plant.h5`` made from it, ``solution.h5`` made from that.
    out_model, out_certificate
        Where the scenario's model and certificate go.
    largest_missing_pct
        Bound on what may be missing, in % of body weight (moments: % of body weight x 1 m).

    Raises
    ------
    InputError
        If the three files do not belong together or one is broken.
    SolveError
        If OpenSim does not confirm the motion; then neither model nor certificate are there.
    """
    solved = read_solution(solution)
    checksums = {
        "model": _checksum(model, "model"),
        "plant": _checksum(plant, "plant"),
        "solution": sha256_file(solution),
    }
    walker = _walker(plant, checksums["plant"])
    _require_same(walker.attributes.get("model_sha256"), checksums["model"], plant, model)
    _require_same(solved.attributes.get("plant_sha256"), checksums["plant"], solution, plant)
    _require_same_names(walker, solved, solution)
    failed = out_certificate.with_name(FAILED_NAME)
    with atomic_path(out_model) as temporary:
        scenario = weakened_model(model, walker, solved)
        scenario.printToXML(str(temporary))
        # Judged is what the file says, not what is in memory.
        certificate = judge(load_model(temporary), load_model(model), walker, solved, largest_missing_pct)
        certificate["sha256"] = {**checksums, "scenario_model": sha256_file(temporary)}
        if not certificate["certified"]:
            for stale in (out_model, out_certificate):
                stale.unlink(missing_ok=True)
            _write_json(failed, certificate)
            raise SolveError(
                f"OpenSim does not certify scenario '{certificate['scenario_id']}': {certificate['objections'][0]}; "
                f"see {failed}."
            )
    _write_json(out_certificate, certificate)
    failed.unlink(missing_ok=True)


@lru_cache(maxsize=1)
def _walker(plant: Path, _checksum: str) -> Plant:
    """A plant by its content: a batch certifies many scenarios of one walker."""
    return read_plant(plant)


def _checksum(path: Path, what: str) -> str:
    if not path.is_file():
        raise InputError(f"No {what} file {path}: run the step that makes it, or correct the path.")
    return sha256_file(path)


def _require_same(recorded: str | None, found: str, user: Path, used: Path) -> None:
    if recorded is not None and recorded != found:
        raise InputError(
            f"{user} was made from another version of {used} (checksum {recorded[:12]}, found {found[:12]}): "
            "make both again, or name the files that belong together."
        )


def _require_same_names(plant: Plant, solution: Solution, path: Path) -> None:
    for what in LABELS:
        ours, theirs = getattr(plant, what), getattr(solution.motion, what)
        if ours != theirs:
            odd = next((name for name in (*theirs, *ours) if (name in theirs) != (name in ours)), "their order")
            raise InputError(f"{path} and the plant differ in {what} ({odd}): solve again with this plant.")


def weakened_model(model: Path, plant: Plant, solution: Solution) -> Any:
    """The healthy model with the scenario's muscle strengths, slowed muscles and the plant's muscle paths."""
    scenario = load_model(model)
    limit_activation(scenario, solution.muscle_strength)
    timing = json.loads(str(solution.attributes.get("coordination", "{}")))
    slow_activation(scenario, {muscle: float(fault["slower_activation"]) for muscle, fault in timing.items()})
    replace_muscle_paths(scenario, plant)
    scenario.setName(f"{scenario.getName()}_{solution.attributes.get('scenario_id', 'scenario')}")
    return scenario


def judge(scenario: Any, healthy: Any, plant: Plant, solution: Solution, largest_missing_pct: float) -> dict[str, Any]:
    """The certificate: every number, and ``objections``, one sentence for each reason not to certify.

    Parameters
    ----------
    scenario, healthy
        Initialised OpenSim models with polynomial and with wrapped muscle paths.
    plant, solution
        What the solver used and found.
    largest_missing_pct
        Bound, in % of body weight (moments: % of body weight x 1 m).
    """
    replay = Replay(scenario, solution.opensim_motion)
    verdict = replay.judge()
    gravity = scenario.get_gravity()
    magnitude = math.sqrt(sum(gravity.get(axis) ** 2 for axis in range(3)))
    mass = float(scenario.getTotalMass(replay.state))
    weight = mass * magnitude
    sections = {
        "missing": evidence.missing_forces(plant, solution, verdict, mass, weight),
        "muscle_force": evidence.muscle_force_agreement(plant, solution, verdict),
        "contact_force": evidence.contact_force_agreement(solution, verdict),
        "activation": evidence.activation_bounds(solution),
        "transcription": evidence.transcription_defects(plant, solution),
        "path_fit": evidence.path_fit(plant, solution, Replay(healthy, solution.motion), verdict),
    }
    objections = _objections(sections, solution, largest_missing_pct, weight)
    missing = sections["missing"]
    return {
        "scenario_id": str(solution.attributes.get("scenario_id", "")),
        "certified": not objections,
        "objections": objections,
        "bound_pct": largest_missing_pct,
        "largest_missing_force_pct_bw": missing["largest_force_pct_bw"],
        "largest_missing_moment_pct_bw_m": missing["largest_moment_pct_bw_m"],
        "body_mass_kg": mass,
        "body_weight_n": weight,
        **sections,
        "strength_fraction": {name: f for name, f in solution.muscle_strength.items() if f != 1.0},
        "solver": {
            name: _plain(solution.attributes[name]) for name in _SOLVER_ATTRIBUTES if name in solution.attributes
        },
        "opensim_version": osim.GetVersion(),
    }


def _objections(sections: Mapping[str, Any], solution: Solution, bound_pct: float, weight_n: float) -> list[str]:
    """One sentence for each reason; ``not <=`` instead of ``>`` so that NaN counts as one."""
    found = [*_missing_objections(sections["missing"], bound_pct)]
    bound_n = bound_pct * weight_n / _PER_CENT
    for name, label in (("muscle_force", "muscle"), ("contact_force", "contact_sphere")):
        entry = sections[name]
        if not abs(entry["largest_difference_n"]) <= bound_n:
            found.append(
                f"the stored force of {entry[label]} differs from OpenSim's by {entry['largest_difference_n']:.3g} N "
                f"at {entry['time_s']:.3f} s (bound {bound_n:.3g} N)"
            )
    activation, slack = sections["activation"], CERTIFICATE_ACTIVATION_SLACK.value
    if not (-slack <= activation["smallest"] and activation["largest"] <= 1.0 + slack):
        found.append(
            f"activations reach from {activation['smallest']:.6g} to {activation['largest']:.6g}, due is 0 to 1"
        )
    transcription = sections["transcription"]
    if transcription["degree"] is None:
        found.append("its times are no Radau grid of equal intervals from 0 on")
    else:
        for what, defect in transcription["defect"].items():
            if not defect["largest"] <= transcription["bound"]:
                found.append(
                    f"the {what} of {defect['of']} differs from the integral of its rate by {defect['largest']:.3g} at "
                    f"{defect['time_s']:.3f} s (bound {transcription['bound']:g})"
                )
    if int(solution.attributes.get("converged", 0)) != 1:
        found.append("the solver did not converge")
    return found


def _missing_objections(missing: Mapping[str, Any], bound_pct: float) -> list[str]:
    found = []
    if not missing["largest_force_pct_bw"] <= bound_pct:
        found.append(
            f"the pelvis misses {missing['largest_force_n']:.3g} N ({missing['largest_force_pct_bw']:.3g} % of body "
            f"weight, bound {bound_pct:g} %) at {missing['largest_force_time_s']:.3f} s"
        )
    beyond = {n: e for n, e in missing["coordinates"].items() if "pct_bw_m" in e and not e["pct_bw_m"] <= bound_pct}
    for name in sorted(beyond, key=lambda n: -beyond[n]["pct_bw_m"]):
        entry = beyond[name]
        found.append(
            f"coordinate {name} misses {entry['largest']:.3g} N m ({entry['pct_bw_m']:.3g} % of body weight x m, bound "
            f"{bound_pct:g} %) at {entry['time_s']:.3f} s"
        )
    return found


def _plain(value: Any) -> Any:
    """HDF5 attribute as what JSON knows."""
    return value.item() if isinstance(value, np.generic) else value


def _without_nan(value: Any) -> Any:
    """JSON has no NaN: null stands for it."""
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(_without_nan(dict(content)), indent=2, allow_nan=False)
    with atomic_path(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")
