"""From tables to files: the healthy, calibrated ``model.osim`` and its ``plant.h5``."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from gluteweak.errors import InputError
from gluteweak.opensim_model.build import build_opensim_model
from gluteweak.opensim_model.calibrate import MEASURED, NONE, abduction_capacity_nm_kg, calibrate_abductors
from gluteweak.opensim_model.export import plant_from_model
from gluteweak.opensim_model.path_fit import PathFit, fit_paths
from gluteweak.plant import Plant, write_plant
from gluteweak.provenance import sha256_file, versions_json
from gluteweak.storage import atomic_path
from gluteweak.walker_tables import PERSON, SIDES, read_tables

PASSIVE_RESISTANCE = (
    "muscles: passive fibre forces; ligaments and capsules: joint torques; iliotibial band: a strand beside its muscles"
)


def build_healthy(model_dir: Path, out_model: Path, out_plant: Path | None, calibration: str) -> None:
    """Build, calibrate, write the model and, if wanted, fit and write the plant (see ``commands.build_model``)."""
    if calibration not in (MEASURED, NONE):
        raise InputError(
            f"Unknown calibration '{calibration}' (study file, key 'calibration'): use '{MEASURED}' or '{NONE}'."
        )
    tables = read_tables(model_dir)
    model = build_opensim_model(tables)
    factors = calibrate_abductors(model, tables) if calibration == MEASURED else {}
    capacity = {side: abduction_capacity_nm_kg(model, tables, side) for side in SIDES}
    with atomic_path(out_model) as temporary:
        model.printToXML(str(temporary))
    if out_plant is None:
        return
    lengths, pulls = fit_paths(model, tables)
    attributes = {
        "name": tables.name,
        "model_sha256": sha256_file(Path(out_model)),
        "calibration": calibration,
        "passive_resistance": PASSIVE_RESISTANCE,
        "versions": versions_json(),
        **{f"hip_abduction_capacity_nm_kg_{side}": value for side, value in capacity.items()},
        "path_terms": 2 * sum(fit.terms for fit in lengths.values()),
        "path_poses_left_out": json.dumps({m: fit.unusable_share for m, fit in lengths.items() if fit.unusable_share}),
        "joint_pull_worst_rms_error": max(fit.rms_error for fit in pulls.values()),
    }
    person = model_dir / PERSON
    if person.is_file():
        attributes |= json.loads(person.read_text(encoding="utf-8"))
    plant = plant_from_model(model, tables, lengths, pulls, factors, attributes)
    write_plant(out_plant, plant)
    sys.stdout.write(report(plant, lengths, pulls))


def report(plant: Plant, lengths: Mapping[str, PathFit], pulls: Mapping[tuple[str, str], PathFit]) -> str:
    """What ``build-model`` prints: capacity, and the errors of the fitted paths muscle by muscle."""
    worst_pull: dict[str, float] = {}
    for (_, muscle), fit in pulls.items():
        worst_pull[muscle] = max(worst_pull.get(muscle, 0.0), fit.rms_error)
    attributes = plant.attributes
    capacity = ", ".join(f"{attributes[f'hip_abduction_capacity_nm_kg_{side}']:.3f} Nm/kg ({side})" for side in SIDES)
    lines = [
        f"{attributes['name']}: {plant.mass_kg:.2f} kg, {len(plant.muscle)} muscles",
        f"Hip-abduction capacity {capacity}; abductors scaled by {plant.muscle_calibration_factor.min():.4f}",
        f"Patella splines as polynomials: off by at most {1e3 * attributes['spline_max_error_m']:.3f} mm, "
        f"{attributes['spline_max_error_rad']:.1e} rad",
        "Path polynomials against OpenSim's wrapped geometry, on poses that the fit has not seen (left side mirrored;",
        "pull: force on a joint per unit tension; left out: poses at which OpenSim's path cuts through its cylinder):",
        f"{'muscle':17s}{'terms':>6s}{'length rms':>14s}{'max':>10s}{'arm rms':>10s}{'pull rms':>10s}{'left out':>10s}",
    ]
    numbers: dict[str, tuple[float, ...]] = {
        muscle: (
            1e3 * fit.rms_error,
            1e3 * fit.max_error,
            1e3 * fit.gradient_rms_error,
            worst_pull[muscle],
            100.0 * fit.unusable_share,
        )
        for muscle, fit in lengths.items()
    }
    numbers["all (sum, worst)"] = tuple(max(column) for column in zip(*numbers.values(), strict=True))
    terms = {muscle: fit.terms for muscle, fit in lengths.items()}
    terms["all (sum, worst)"] = sum(terms.values())
    lines += [
        f"{name:17s}{terms[name]:6d}{rms:11.3f} mm{largest:7.2f} mm{arm:7.2f} mm{pull:10.4f}{out:8.1f} %"
        for name, (rms, largest, arm, pull, out) in numbers.items()
    ]
    return "\n".join(lines) + "\n"
