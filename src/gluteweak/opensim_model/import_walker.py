"""From a laboratory's files to an imported walker: ``model.osim``, ``plant.h5``, ``muscles.csv`` and one gait cycle."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import opensim as osim
from numpy.typing import NDArray

from gluteweak.errors import InputError
from gluteweak.gait_events import Cycle, strikes_from_motion
from gluteweak.motion_files import FOLLOWERS_ATTRIBUTE, write_motion
from gluteweak.opensim_model import trial_cycle, trial_forces, trial_motion
from gluteweak.opensim_model.build import build_opensim_model
from gluteweak.opensim_model.calibrate import MEASURED, NONE, abduction_capacity_nm_kg, calibrate_abductors
from gluteweak.opensim_model.export import plant_from_model
from gluteweak.opensim_model.function_paths import path_lengths
from gluteweak.opensim_model.healthy import PASSIVE_RESISTANCE
from gluteweak.opensim_model.import_contact import adjust_spheres
from gluteweak.opensim_model.import_direction import along_x, follow, whole_cycle
from gluteweak.opensim_model.import_file import SourceModel, load_source
from gluteweak.opensim_model.import_forces import ESTIMATED, estimate_forces
from gluteweak.opensim_model.import_joints import read_joints
from gluteweak.opensim_model.import_model import convert
from gluteweak.opensim_model.kinematics import body_frames
from gluteweak.opensim_model.loading import load_model
from gluteweak.opensim_model.path_fit import PathFit, fit_paths
from gluteweak.opensim_model.path_geometry import set_pose
from gluteweak.opensim_model.trial_forces import FootForces
from gluteweak.opensim_model.trial_motion import MeasuredMotion
from gluteweak.opensim_model.weakness import scale_max_isometric_force
from gluteweak.parameters import HIP_ABDUCTION_CAPACITY, STANDARD_GRAVITY
from gluteweak.plant import Plant, read_plant, write_plant
from gluteweak.provenance import sha256_file, versions_json
from gluteweak.storage import atomic_path
from gluteweak.walker_tables import DEPENDENT, FREE, PRESCRIBED, SIDES, Muscle, WalkerTables, read_tables

FloatArray = NDArray[np.float64]

MODEL, PLANT, MUSCLES = "model.osim", "plant.h5", "muscles.csv"
COORDINATES, GROUND_REACTIONS, FACTS = "coordinates.sto", "ground_reactions.sto", "import.json"
ESTIMATED_REACTIONS = "estimated_ground_reactions.sto"

#: Poses of the cycle at which the built model is held against the original.
_COMPARED_POSES = 20
#: Normalised fibre lengths outside these make no active force to speak of.
_SHORT_FIBER, _LONG_FIBER = 0.5, 1.5
#: A converted model further than this from the original is another model.
_LARGEST_CONVERSION_M, _LARGEST_CONVERSION_RAD = 1e-3, 2e-3


@dataclass(frozen=True)
class ImportOrder:
    """What is to be imported; paths as given by the user."""

    name: str
    model: Path
    motion: Path
    ground_reactions: Path | None
    external_loads: Path | None
    start_s: float | None
    end_s: float | None
    motion_filter_hz: float | None
    force_filter_hz: float
    sex: str | None
    donor_dir: Path


def import_walker(order: ImportOrder, out_dir: Path) -> dict[str, Any]:
    """Convert model and trial; write the walker's files and what was found (``import.json``) into ``out_dir``.

    Raises
    ------
    InputError
        If anything about the files does not do.
    """
    source = load_source(order.model)
    found = read_joints(source)
    donor = read_tables(order.donor_dir)
    # What follows another coordinate has no motion of its own.
    is_rotation = {c.name: c.is_rotation for c in found.coordinates if not c.follows}
    motion = trial_motion.read_coordinates(order.motion, is_rotation, order.motion_filter_hz)
    imported = convert(source, donor, order.name, motion.values, found)
    tables = imported.tables
    weight = tables.mass_kg * float(np.asarray(STANDARD_GRAVITY.value))
    forces = None
    if order.ground_reactions is not None:
        bodies = [b.body for b in tables.bodies]
        forces = trial_forces.read_forces(
            order.ground_reactions, order.external_loads, bodies, weight, order.force_filter_hz
        )
    track = follow(tables, motion)
    if forces is not None:
        trial_forces.check_feet(forces, motion.time_s, track.height_m)
    motion, forces, way_notes = along_x(tables, motion, forces, track)
    track = follow(tables, motion)
    ahead = {side: heel[:, 0] - track.pelvis_m[:, 0] for side, heel in track.heel_m.items()}
    angles = [c.coordinate for c in tables.coordinates if c.role == FREE and c.coordinate in motion.values]
    angles = [name for name in angles if is_rotation[name]]
    cycle = trial_cycle.find_cycle(motion, forces, ahead, angles, order.start_s, order.end_s)
    ends = [float(np.interp(t, motion.time_s, track.pelvis_m[:, 0])) for t in (cycle.start_s, cycle.end_s)]
    force_notes: list[str] = []
    if forces is not None:
        forces, force_notes = whole_cycle(forces, cycle.start_s, cycle.end_s, ends[1] - ends[0])
    tables, contact = _adjusted(tables, motion, forces, cycle)
    model = build_opensim_model(tables, geometry=imported.geometry)
    conversion = _against_original(source, model, tables, motion, cycle)
    plant, fits = _plant(model, tables, order, out_dir)
    _write_muscles(out_dir / MUSCLES, tables.muscles)
    estimate = None
    if forces is None:
        strikes = {side: strikes_from_motion(motion.time_s, ahead[side]) for side in SIDES}
        poses = _poses(tables, motion, motion.time_s)
        estimate = estimate_forces(tables, order.motion, motion.time_s, poses, track, strikes, cycle.stride_s)
    _write_trial(out_dir, plant, motion, cycle, forces, estimate)
    weightless = {"start_s": cycle.start_s, "end_s": cycle.end_s}
    facts = {
        "name": order.name,
        "source": {
            "model": order.model.name,
            "model_sha256": sha256_file(order.model),
            "motion": order.motion.name,
            "motion_sha256": sha256_file(order.motion),
            "ground_reactions": order.ground_reactions.name if order.ground_reactions else None,
            "ground_reactions_sha256": sha256_file(order.ground_reactions) if order.ground_reactions else None,
        },
        "mass_kg": tables.mass_kg,
        "muscles": len(tables.muscles),
        "free_coordinates": [c.coordinate for c in tables.coordinates if c.role == FREE],
        "prescribed_coordinates": [c.coordinate for c in tables.coordinates if c.role == PRESCRIBED],
        "patella": any(b.body.startswith("patella") for b in tables.bodies),
        "cycle": {**asdict(cycle), **weightless, "speed_m_s": (ends[1] - ends[0]) / (cycle.end_s - cycle.start_s)},
        "contact": contact,
        "conversion": conversion,
        "path_fit": _fit_facts(fits),
        "capacity": _capacity(plant),
        "fiber_length": _fiber_lengths(plant, motion, cycle),
        "notes": {
            "model": list(imported.notes),
            "motion": [
                *motion.notes,
                *way_notes,
                f"gait cycle {cycle.start_s:.3f} to {cycle.end_s:.3f} s: {cycle.how}",
            ],
            "ground_reactions": [*(forces.notes if forces else ()), *force_notes] or [ESTIMATED],
        },
    }
    with atomic_path(out_dir / FACTS) as temporary:
        temporary.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    return facts


def _adjusted(
    tables: WalkerTables, motion: MeasuredMotion, forces: FootForces | None, cycle: Cycle
) -> tuple[WalkerTables, dict[str, Any] | None]:
    if forces is None:
        return tables, None
    time = np.linspace(cycle.start_s, cycle.end_s, 200)
    poses = _poses(tables, motion, time)
    vertical = {side: np.interp(time, forces.time_s, values) for side, values in forces.vertical_n.items()}
    spheres, adjustment = adjust_spheres(tables, time, poses, vertical)
    return replace(tables, contact_spheres=spheres), asdict(adjustment)


def _poses(tables: WalkerTables, motion: MeasuredMotion, time_s: FloatArray) -> dict[str, FloatArray]:
    """Measured values of the tables' own coordinates at some times."""
    known = {c.coordinate for c in tables.coordinates if c.role != DEPENDENT}
    return {n: np.interp(time_s, motion.time_s, series) for n, series in motion.values.items() if n in known}


def _against_original(
    source: SourceModel, model: osim.Model, tables: WalkerTables, motion: MeasuredMotion, cycle: Cycle
) -> dict[str, float]:
    """Largest differences of the built from the original model along the cycle.

    Raises
    ------
    InputError
        If they are not the same model.
    """
    poses = _poses(tables, motion, np.linspace(cycle.start_s, cycle.end_s, _COMPARED_POSES))
    state = model.initSystem()
    original = source.model
    coordinates = original.getCoordinateSet()
    for i in range(coordinates.getSize()):
        coordinates.get(i).setClamped(source.state, False)
    frames = body_frames(tables, poses)
    shift = turn = length = 0.0
    for k in range(_COMPARED_POSES):
        values = {name: float(series[k]) for name, series in poses.items()}
        set_pose(model, state, tables, values)
        set_pose(original, source.state, tables, values)
        model.realizePosition(state)
        original.realizePosition(source.state)
        for row in tables.bodies:
            there = original.getBodySet().get(row.body).getTransformInGround(source.state)
            here = model.getBodySet().get(row.body).getTransformInGround(state)
            at = [np.array([t.p().get(i) for i in range(3)]) for t in (there, here)]
            matrix = np.array([[there.R().get(i, j) for j in range(3)] for i in range(3)])
            shift = max(
                shift, float(np.max(np.abs(at[0] - at[1]))), float(np.max(np.abs(at[0] - frames[row.body].origin_m[k])))
            )
            turn = max(turn, float(np.max(np.abs(matrix - frames[row.body].rotation[k]))))
        for muscle in tables.muscles:
            lengths = [m.getMuscles().get(muscle.muscle).getPath() for m in (original, model)]
            both = [p.getLength(s) for p, s in zip(lengths, (source.state, state), strict=True)]
            length = max(length, abs(both[0] - both[1]))
    if not (shift <= _LARGEST_CONVERSION_M and turn <= _LARGEST_CONVERSION_RAD and length <= _LARGEST_CONVERSION_M):
        raise InputError(
            f"{source.path} could not be expressed: bodies are off by up to {1e3 * shift:.2f} mm and "
            f"{np.degrees(turn):.2f} "
            f"deg, muscles by {1e3 * length:.2f} mm along the measured cycle; simplify its joints."
        )
    return {
        "largest_body_shift_m": shift,
        "largest_body_turn_rad": turn,
        "largest_muscle_length_difference_m": length,
        "mass_difference_kg": abs(float(original.getTotalMass(source.state)) - float(model.getTotalMass(state))),
    }


def _plant(
    model: osim.Model, tables: WalkerTables, order: ImportOrder, out_dir: Path
) -> tuple[Plant, dict[str, PathFit]]:
    """Write the model and its plant, both with the muscle forces of the source, and the factors that calibrate them."""
    with atomic_path(out_dir / MODEL) as temporary:
        model.printToXML(str(temporary))
    lengths: dict[str, PathFit] = {}
    pulls: dict[tuple[str, str], PathFit] = {}
    for side in SIDES:
        own_lengths, own_pulls = fit_paths(model, tables, side)
        lengths |= own_lengths
        pulls |= own_pulls
    as_built = {side: abduction_capacity_nm_kg(model, tables, side) for side in SIDES}
    factors = calibrate_abductors(model, tables)
    calibrated = {side: abduction_capacity_nm_kg(model, tables, side) for side in SIDES}
    scale_max_isometric_force(model, {name: 1.0 / factor for name, factor in factors.items()})
    followers = [
        {"coordinate": c.coordinate, "joint": c.joint, "leader": c.follows, "coupling": list(c.coupling)}
        for c in tables.coordinates
        if c.role == DEPENDENT
    ]
    attributes: dict[str, Any] = {
        "name": tables.name,
        "imported": 1,
        "model_sha256": sha256_file(out_dir / MODEL),
        "source_model_sha256": sha256_file(order.model),
        "passive_resistance": PASSIVE_RESISTANCE,
        "versions": versions_json(),
        FOLLOWERS_ATTRIBUTE: json.dumps(followers),
        **{f"hip_abduction_capacity_as_built_nm_kg_{side}": value for side, value in as_built.items()},
        **{f"hip_abduction_capacity_calibrated_nm_kg_{side}": value for side, value in calibrated.items()},
        "path_terms": sum(fit.terms for fit in lengths.values()),
        "path_poses_left_out": json.dumps({m: fit.unusable_share for m, fit in lengths.items() if fit.unusable_share}),
        "joint_pull_worst_rms_error": max(fit.rms_error for fit in pulls.values()),
    }
    if order.sex is not None:
        attributes["sex"] = order.sex
    plant = plant_from_model(model, tables, lengths, pulls, factors, attributes)
    write_plant(out_dir / PLANT, plant)
    return plant, lengths


def _fit_facts(fits: Mapping[str, PathFit]) -> dict[str, Any]:
    worst = max(fits, key=lambda name: fits[name].rms_error)
    return {
        "worst_rms_m": fits[worst].rms_error,
        "worst_muscle": worst,
        "worst_moment_arm_rms_m": max(fit.gradient_rms_error for fit in fits.values()),
        "muscles": {
            name: {
                "rms_m": fit.rms_error,
                "max_m": fit.max_error,
                "moment_arm_rms_m": fit.gradient_rms_error,
                "terms": fit.terms,
                "poses_left_out": fit.unusable_share,
            }
            for name, fit in fits.items()
        },
    }


def _capacity(plant: Plant) -> dict[str, Any]:
    factors = plant.muscle_calibration_factor
    return {
        "published_nm_kg": float(np.asarray(HIP_ABDUCTION_CAPACITY.value)),
        "as_built_nm_kg": {s: plant.attributes[f"hip_abduction_capacity_as_built_nm_kg_{s}"] for s in SIDES},
        "calibrated_nm_kg": {s: plant.attributes[f"hip_abduction_capacity_calibrated_nm_kg_{s}"] for s in SIDES},
        "abductors_scaled_by": float(factors[factors != 1.0][0]) if np.any(factors != 1.0) else 1.0,
    }


def _fiber_lengths(plant: Plant, motion: MeasuredMotion, cycle: Cycle) -> dict[str, list[float]]:
    """Muscle -> least and largest normalised fibre length of the cycle, for those that leave 0.5 to 1.5."""
    time = np.linspace(cycle.start_s, cycle.end_s, 100)
    value = np.column_stack(
        [
            np.interp(time, motion.time_s, motion.values[name]) if name in motion.values else np.zeros(len(time))
            for name in plant.coordinate
        ]
    )
    along = path_lengths(plant, value) - plant.muscle_tendon_slack_length_m
    width = plant.muscle_optimal_fiber_length_m * np.sin(plant.muscle_pennation_angle_rad)
    fiber = np.sqrt(np.maximum(along, 0.0) ** 2 + width**2) / plant.muscle_optimal_fiber_length_m
    least, largest = fiber.min(axis=0), fiber.max(axis=0)
    odd = (least < _SHORT_FIBER) | (largest > _LONG_FIBER)
    return {name: [float(least[i]), float(largest[i])] for i, name in enumerate(plant.muscle) if odd[i]}


def _write_muscles(path: Path, muscles: Sequence[Muscle]) -> None:
    columns = [item.name for item in fields(Muscle)]
    with atomic_path(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for muscle in muscles:
            row = asdict(muscle)
            writer.writerow([" ".join(row[c]) if isinstance(row[c], tuple) else row[c] for c in columns])


def _write_trial(
    out_dir: Path,
    plant: Plant,
    motion: MeasuredMotion,
    cycle: Cycle,
    measured: FootForces | None,
    estimated: FootForces | None,
) -> None:
    """The cycle with some margin, as `gluteweak reference` reads it: angles in rad, centres of pressure in m."""
    margin = 0.05
    keep = (motion.time_s >= cycle.start_s - margin) & (motion.time_s <= cycle.end_s + margin)
    names = [name for name in plant.coordinate if name in motion.values]
    write_motion(
        out_dir / COORDINATES,
        names,
        motion.time_s[keep],
        np.column_stack([motion.values[name][keep] for name in names]),
    )
    for name, forces in ((GROUND_REACTIONS, measured), (ESTIMATED_REACTIONS, estimated)):
        if forces is not None:
            _write_forces(out_dir / name, forces)


def _write_forces(path: Path, forces: FootForces) -> None:
    # Without centres of pressure there is nothing to say about where the forces pass.
    known = any(np.any(center) for center in forces.center_m.values())
    labels: list[str] = []
    columns = []
    for side in SIDES:
        parts = [(f"ground_force_{side}_v", forces.force_n[side])]
        if known:
            parts += [
                (f"ground_force_{side}_p", forces.center_m[side]),
                (f"ground_torque_{side}_", forces.torque_nm[side]),
            ]
        for stem, values in parts:
            labels += [f"{stem}{axis}" for axis in "xyz"]
            columns.append(values)
    write_motion(path, labels, forces.time_s, np.hstack(columns))


def is_imported(model_dir: Path) -> bool:
    """Whether a walker's folder holds an imported model instead of tables."""
    return (model_dir / MODEL).is_file() and (model_dir / PLANT).is_file()


def build_imported(model_dir: Path, out_model: Path, out_plant: Path | None, calibration: str) -> str:
    """The healthy model and plant of an imported walker, its abductors calibrated if asked for; a line about it.

    Raises
    ------
    InputError
        If a file of the walker is damaged, or the calibration is unknown.
    """
    if calibration not in (MEASURED, NONE):
        raise InputError(
            f"Unknown calibration '{calibration}' (study file, key 'calibration'): use '{MEASURED}' or '{NONE}'."
        )
    model, plant = load_model(model_dir / MODEL), read_plant(model_dir / PLANT)
    if plant.attributes.get("model_sha256") != sha256_file(model_dir / MODEL):
        raise InputError(f"{model_dir / PLANT} was not made from {model_dir / MODEL}: import the walker again.")
    factors = plant.muscle_calibration_factor if calibration == MEASURED else np.ones(len(plant.muscle))
    scale_max_isometric_force(model, dict(zip(plant.muscle, (float(f) for f in factors), strict=True)))
    with atomic_path(out_model) as temporary:
        model.printToXML(str(temporary))
    kind = "calibrated" if calibration == MEASURED else "as_built"
    capacity = {side: plant.attributes[f"hip_abduction_capacity_{kind}_nm_kg_{side}"] for side in SIDES}
    if out_plant is not None:
        made = replace(
            plant,
            muscle_max_isometric_force_n=plant.muscle_max_isometric_force_n * factors,
            muscle_calibration_factor=factors,
            attributes={
                **plant.attributes,
                "model_sha256": sha256_file(Path(out_model)),
                "calibration": calibration,
                **{f"hip_abduction_capacity_nm_kg_{side}": value for side, value in capacity.items()},
            },
        )
        write_plant(out_plant, made)
    told = ", ".join(f"{value:.3f} Nm/kg ({side})" for side, value in capacity.items())
    return (
        f"{plant.attributes['name']} (imported): {plant.mass_kg:.2f} kg, {len(plant.muscle)} muscles; capacity {told}\n"
    )
