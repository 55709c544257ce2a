"""From tables to files: the healthy, calibrated ``model.osim`` and its ``plant.h5``."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import opensim as osim

from gluteweak.errors import InputError
from gluteweak.opensim_model.build import build_opensim_model
from gluteweak.opensim_model.calibrate import MEASURED, NONE, abduction_capacity_nm_kg, calibrate_abductors
from gluteweak.opensim_model.export import plant_from_model
from gluteweak.opensim_model.path_fit import PathFit, fit_paths
from gluteweak.plant import write_plant
from gluteweak.provenance import sha256_file, versions_json
from gluteweak.storage import atomic_path
from gluteweak.walker_tables import SIDES, WalkerTables, read_tables

PASSIVE_RESISTANCE = "joint torques; passive fibre forces are switched off"


def build_healthy(model_dir: Path, out_model: Path, out_plant: Path | None, calibration: str) -> None:
    """Build, calibrate, write the model and, if wanted, fit and write the plant (see ``commands.build_model``)."""
    if calibration not in (MEASURED, NONE):
        raise InputError(
            f"Unknown calibration '{calibration}': use '{MEASURED}' or '{NONE}' (study file, calibration)."
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
        "joint_pull_worst_rms_error": max(fit.rms_error for fit in pulls.values()),
    }
    plant = plant_from_model(model, tables, lengths, pulls, factors, attributes)
    write_plant(out_plant, plant)
    sys.stdout.write(
        report(tables, lengths, pulls, factors, capacity, float(plant.attributes["spline_max_error_m_or_rad"]))
    )


def report(
    tables: WalkerTables,
    lengths: Mapping[str, PathFit],
    pulls: Mapping[tuple[str, str], PathFit],
    factors: Mapping[str, float],
    capacity: Mapping[str, float],
    spline_error: float,
) -> str:
    """What ``build-model`` prints: capacity, and the errors of the fitted paths muscle by muscle."""
    worst: dict[str, float] = {}
    for (_, muscle), fit in pulls.items():
        worst[muscle] = max(worst.get(muscle, 0.0), fit.rms_error)
    lines = [
        f"{tables.name}: {tables.mass_kg:.2f} kg, {len(tables.muscles)} muscles, OpenSim {osim.GetVersion()}",
        "hip-abduction capacity "
        + ", ".join(f"{value:.3f} Nm/kg ({side})" for side, value in capacity.items())
        + f"; abductors scaled by {min(factors.values(), default=1.0):.4f}",
        "",
        "Path polynomials against OpenSim's wrapped geometry, on poses that the fit has not seen (left side mirrored):",
        f"{'muscle':14s} {'terms':>5s} {'length RMS':>11s} {'max':>8s} {'arm RMS':>8s} {'pull RMS':>9s} {'poses left out':>15s}",
    ]
    lines += [
        f"{muscle:14s} {fit.terms:5d} {1e3 * fit.rms_error:8.3f} mm {1e3 * fit.max_error:5.2f} mm "
        f"{1e3 * fit.gradient_rms_error:5.2f} mm {worst.get(muscle, 0.0):9.4f} {100 * fit.unusable_share:13.1f} %"
        for muscle, fit in lengths.items()
    ]
    fits = lengths.values()
    lines += [
        f"{'worst / sum':14s} {sum(f.terms for f in fits):5d} {1e3 * max(f.rms_error for f in fits):8.3f} mm "
        f"{1e3 * max(f.max_error for f in fits):5.2f} mm {1e3 * max(f.gradient_rms_error for f in fits):5.2f} mm "
        f"{max(worst.values()):9.4f} {100 * max(f.unusable_share for f in fits):13.1f} %",
        f"Patella splines as polynomials: largest error {spline_error:.1e} m or rad.",
        "",
    ]
    return "\n".join(lines)
