"""The same optimal control problem in Moco and in gluteweak: CPU time and, where both converge, agreement.

    python benchmarks/vs_moco.py --problem rail            # small: both engines to convergence, about a minute
    python benchmarks/vs_moco.py --problem walk            # the walker: Moco is timed for a few iterations

Both engines get the same model, mesh, cost and cold start (the tracked motion, activations 0.05), one thread, and a
process each (OpenSim and CasADi cannot share one). gluteweak poses and solves the problem first; the MocoStudy is what
``gluteweak export-moco`` writes for its solution. ``docs/moco.md`` says where the two problems differ.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

ROOT = Path(__file__).parents[1]
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OPENSIM_MOCO_PARALLEL": "0"}
#: Iterations that OpenSim's own muscle-driven 3-D walking took (80 muscles, full cycle, looser tolerances 1e-2 and
#: 1e-4, started from a solved torque-driven walk): header of ``OpenSim/Examples/Moco/example3DWalking/
#: example3DWalking_muscle_driven_tracking_solution.sto`` in opensim-core, commit 7799ffa6 (OpenSim 4.6).
PUBLISHED_ITERATIONS = 240
FIRST_ACTIVATION = 0.05
#: OpenSim's friction law has a kink; at this sharpness ours follows it within 1 %.
SHARP_FRICTION = 100.0
JACOBIAN_REPETITIONS = 20
#: Below this, finite differences leave too little of the gradient.
MOCO_TOLERANCE = 1e-4
#: CasADi's table of a solve: name | CPU (avg) wall (avg) calls.
_TIMING = re.compile(
    r"^\s*(nlp_\w+|total)\s*\|\s*([\d.]+)\s*([mun]?s)\s*\(.*?\)\s*[\d.]+\s*[mun]?s\s*\(.*?\)\s+(\d+)\s*$"
)
_UNIT_S = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}


def main() -> int:
    """Run the stages in processes of their own and print the table."""
    options = _parser().parse_args()
    if options.stage:
        STAGES[options.stage](options)
        return 0
    with tempfile.TemporaryDirectory() as temporary:
        options.folder = (options.folder or Path(temporary)).resolve()
        options.folder.mkdir(parents=True, exist_ok=True)
        for stage in STAGES:
            _run(stage, options)
        results = {name: json.loads((options.folder / f"{name}.json").read_text()) for name in ("gluteweak", "moco")}
    results["ratio"] = _ratios(results["gluteweak"], results["moco"])
    sys.stdout.write(_table(options.problem, results))
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--problem", choices=("rail", "walk"), default="rail")
    parser.add_argument(
        "--moco-iterations", type=int, metavar="N", help="iterations of Moco (default: rail to convergence, walk 2)"
    )
    parser.add_argument("--timeout", type=float, default=1800.0, metavar="S", help="longest time of a stage, in s")
    parser.add_argument("--folder", type=Path, metavar="PATH", help="keep models, solutions and logs there")
    parser.add_argument("--json", type=Path, metavar="PATH", help="write all numbers there, too")
    parser.add_argument("--stage", choices=tuple(STAGES), help=argparse.SUPPRESS)
    return parser


def _run(stage: str, options: argparse.Namespace) -> None:
    command = [sys.executable, __file__, "--stage", stage, "--problem", options.problem, "--folder", options.folder]
    if options.moco_iterations is not None:
        command += ["--moco-iterations", str(options.moco_iterations)]
    log = options.folder / f"{stage}.log"
    with log.open("w") as file:
        code = subprocess.run(
            command,
            stdout=file,
            stderr=subprocess.STDOUT,
            timeout=options.timeout,
            env={**os.environ, **ONE_THREAD},
            check=False,
        ).returncode
    if code:
        lines = log.read_text().splitlines()
        raise SystemExit(f"Stage '{stage}' failed:\n" + "\n".join(lines[-15:]))
    if stage == "moco":
        _add_timings(options.folder / "moco.json", log.read_text())


def _add_timings(path: Path, log: str) -> None:
    """CPU seconds of Moco's functions, which only CasADi's printed table tells, and what follows from them."""
    result = json.loads(path.read_text())
    calls, cpu_s = {}, {}
    for line in log.splitlines():
        if found := _TIMING.match(line):
            name, value, unit, count = found.groups()
            calls[name], cpu_s[name] = int(count), float(value) * _UNIT_S[unit]
    total_s = cpu_s.pop("total")
    average = {name: cpu_s[name] / calls[name] for name in cpu_s}
    elsewhere = total_s - sum(cpu_s.values())
    result["jacobian_cpu_s"] = average["nlp_jac_g"]
    # One call of each function is counted, though line searches take more. IPOPT factorises at the start, too.
    result["iteration_cpu_s"] = sum(average.values()) + elsewhere / (result["iterations"] + 1)
    result["function_cpu_s"] = average
    path.write_text(json.dumps(result))


# Stages, each in its own process ----------------------------------------------------------------------------------


def build(options: argparse.Namespace) -> None:
    """OpenSim: ``model.osim`` with polynomial muscle paths, and ``plant.h5``."""
    from gluteweak.opensim_model.commands import build_model
    from gluteweak.opensim_model.function_paths import replace_muscle_paths
    from gluteweak.opensim_model.loading import load_model
    from gluteweak.plant import read_plant

    model, plant = options.folder / "model.osim", options.folder / "plant.h5"
    if options.problem == "walk":
        build_model(ROOT / "models/adult", model, plant, calibration="measured")
    else:
        _build_rail(model, plant)
    walker = load_model(model)
    replace_muscle_paths(walker, read_plant(plant))
    walker.printToXML(str(model))


def _build_rail(model: Path, plant: Path) -> None:
    import opensim as osim
    import rail_walker

    from gluteweak.opensim_model.build import build_opensim_model
    from gluteweak.opensim_model.export import plant_from_model
    from gluteweak.opensim_model.path_fit import fit_paths
    from gluteweak.plant import write_plant

    tables = rail_walker.tables()
    walker = build_opensim_model(tables)
    for name in (m.muscle for m in tables.muscles):
        muscle = osim.DeGrooteFregly2016Muscle.safeDownCast(walker.updMuscles().get(name))
        muscle.set_activation_time_constant(rail_walker.ACTIVATION_TIME_S)
        muscle.set_deactivation_time_constant(rail_walker.ACTIVATION_TIME_S)
    walker.finalizeConnections()
    walker.printToXML(str(model))
    write_plant(plant, plant_from_model(walker, tables, *fit_paths(walker, tables), {}, {"name": tables.name}))


def gluteweak(options: argparse.Namespace) -> None:
    """CasADi: solve the tracking problem cold, write ``solution.h5``, the cold start and the times."""
    import rail_walker

    from gluteweak.plant import read_plant
    from gluteweak.storage import read_file, write_file
    from gluteweak.walking import setup
    from gluteweak.walking.friction import solve_then_sharpen
    from gluteweak.walking.function_file import read_functions, write_functions
    from gluteweak.walking.measurement import MeasuredCycle, sample_cycle, stored_cycle
    from gluteweak.walking.point import WEIGHTS, PointLayout, build_point, point_functions
    from gluteweak.walking.problem import assemble
    from gluteweak.walking.reference import tracking_parameters
    from gluteweak.walking.solution import cycle_values
    from gluteweak.walking.solve import Start
    from gluteweak.walking.tape import compile_kernel
    from gluteweak.walking.transcription import Grid, Transcription

    plant = read_plant(options.folder / "plant.h5")
    if options.problem == "walk":
        measured = stored_cycle(read_file(ROOT / "models/adult/reference_gait.h5")[0])
        grid = Grid(25, 2, measured.duration_s)
    else:
        time_s, value, reaction_bw = rail_walker.asked_motion(plant)
        measured = MeasuredCycle(time_s, value, np.ones(value.shape[1], dtype=bool), reaction_bw)
        grid = Grid(rail_walker.INTERVALS, rail_walker.DEGREE, measured.duration_s)
    layout = PointLayout(plant)
    tr = Transcription(layout, grid, plant.muscle_activation_time_constant_s, plant.muscle_deactivation_time_constant_s)
    compile_kernel()
    started = time.process_time()
    # As a study does: made once, stored, and read by whoever solves.
    functions = point_functions(build_point(plant))
    write_functions(options.folder / "problem.casadi", functions, {})
    programme = assemble(tr, read_functions(options.folder / "problem.casadi", {}))
    building_cpu_s = time.process_time() - started
    sampled = sample_cycle(plant, measured, grid)
    parameters = tracking_parameters(programme, sampled)
    weights = layout.parameters["weights"].start
    # What Moco lacks is left out of the cost; where Moco can converge, friction is as kinked as OpenSim's.
    parameters[:, weights + WEIGHTS.index("activation_rate")] = 0.0
    if options.problem == "rail":
        parameters[:, layout.parameters["value_weight"]] = rail_walker.POSTURE_WEIGHT
        for name, weight in rail_walker.WEIGHTS.items():
            parameters[:, weights + WEIGHTS.index(name)] = weight
        parameters[:, weights + WEIGHTS.index("friction_sharpness")] = SHARP_FRICTION
    bounds = setup.make_bounds(tr, sampled.value, sampled.distance_m)
    guess = tr.pack(
        sampled.value,
        sampled.speed,
        np.full((grid.n_points, layout.n_muscles), FIRST_ACTIVATION),
        np.zeros((grid.n_points, len(plant.actuator))),
    )
    start = Start(np.clip(guess, bounds.lower, bounds.upper))
    solution = solve_then_sharpen(programme, parameters, bounds, start, tolerance=1e-6, max_iterations=1000)

    jacobian_cpu_s = _jacobian_cpu_s(programme, parameters, start.w)
    attributes = {
        "duration_s": grid.duration_s,
        "distance_m": sampled.distance_m,
        "intervals": grid.intervals,
        "degree": grid.degree,
        "minimum_activation": setup.MINIMUM_ACTIVATION,
    }
    values = cycle_values(tr, functions["report"], solution, parameters, sampled.prescribed)
    write_file(options.folder / "solution.h5", values, attributes)
    np.savez(options.folder / "cold.npz", value=sampled.value, speed=sampled.speed)
    result = {
        "iterations": solution.iterations,
        "converged": True,
        "objective": solution.objective,
        "cpu_s": solution.cpu_s,
        "jacobian_cpu_s": jacobian_cpu_s,
        "iteration_cpu_s": solution.cpu_s / (solution.iterations + 1),
        "building_cpu_s": building_cpu_s,
        "variables": tr.n_unknowns,
    }
    (options.folder / "gluteweak.json").write_text(json.dumps(result))


def _jacobian_cpu_s(programme: Any, parameters: Any, w: Any) -> float:
    """CPU seconds of a Jacobian; objective, its gradient and residuals are made along with it, and counted."""
    from gluteweak.walking.derivatives import Derivatives

    bound = Derivatives(programme.transcription, programme.recorded).bind(parameters)
    points = w.reshape(programme.transcription.grid.n_points, -1)
    cpu = time.process_time()
    for _ in range(JACOBIAN_REPETITIONS):
        bound.first(points)
    return (time.process_time() - cpu) / JACOBIAN_REPETITIONS


def moco(options: argparse.Namespace) -> None:
    """OpenSim: export the problem, solve it with Moco from the same cold start, compare."""
    import opensim as osim

    from gluteweak.opensim_model.commands import export_moco
    from gluteweak.plant import read_plant

    folder = options.folder
    study_path = folder / "study.omoco"
    export_moco(folder / "model.osim", folder / "plant.h5", folder / "solution.h5", study_path)
    os.chdir(folder)
    osim.Logger.setLevelString("Info")
    study = osim.MocoStudy(str(study_path))
    solver = osim.MocoCasADiSolver.safeDownCast(study.updSolver())
    solver.resetProblem(study.getProblem())
    solver.setGuess(_cold_guess(osim, folder, read_plant(folder / "plant.h5")))
    limit = (
        options.moco_iterations if options.moco_iterations is not None else {"rail": 1000, "walk": 2}[options.problem]
    )
    solver.set_optim_max_iterations(limit)
    solver.set_optim_convergence_tolerance(MOCO_TOLERANCE)
    started = time.process_time()
    found = study.solve()
    cpu_s = time.process_time() - started
    converged = found.success()
    if not converged:
        found.unseal()
    terms = {name: found.getObjectiveTerm(name) for name in found.getObjectiveTermNames()}
    result = {
        "iterations": found.getNumIterations(),
        "converged": converged,
        "objective": found.getObjective(),
        "terms": terms,
        "cpu_s": cpu_s,
    }
    if converged:
        result["difference"] = _difference(found, folder)
    (folder / "moco.json").write_text(json.dumps(result))


def _cold_guess(osim: Any, folder: Path, plant: Any) -> Any:
    """Moco's guess with the values of gluteweak's cold start; accelerations are zero."""
    from gluteweak.motion_files import coordinate_paths

    guess = osim.MocoTrajectory(str(folder / "study_guess.sto"))
    times = guess.getTimeMat()
    cold = np.load(folder / "cold.npz")
    solved_s = times[1:]

    def put(setter: Callable[[str, Any], None], name: str, series: Any) -> None:
        setter(name, osim.Vector.createFromMat(np.ascontiguousarray(np.interp(times, solved_s, series))))

    paths = coordinate_paths(plant)
    for n, name in enumerate(plant.free_coordinates):
        # The start of the cycle is not among the points: the neighbouring value will do for a guess.
        for follower in (f for f in paths if f.removesuffix("_beta") == name):
            put(guess.setState, f"{paths[follower]}/value", cold["value"][:, n])
            put(guess.setState, f"{paths[follower]}/speed", cold["speed"][:, n])
            put(guess.setDerivative, f"{paths[follower]}/accel", np.zeros(len(solved_s)))
    for name in plant.muscle:
        put(guess.setState, f"/forceset/{name}/activation", np.full(len(solved_s), FIRST_ACTIVATION))
        put(guess.setControl, f"/forceset/{name}", np.full(len(solved_s), FIRST_ACTIVATION))
    for name in plant.actuator:
        put(guess.setControl, f"/forceset/{name}", np.zeros(len(solved_s)))
    return guess


def _difference(found: Any, folder: Path) -> dict[str, float]:
    """Largest differences between the two motions at the collocation points."""
    from gluteweak.motion_files import coordinate_paths
    from gluteweak.plant import read_plant
    from gluteweak.storage import read_file

    plant = read_plant(folder / "plant.h5")
    values, _ = read_file(folder / "solution.h5")
    times = found.getTimeMat()
    paths = coordinate_paths(plant)
    largest = {"angle_deg": 0.0, "position_mm": 0.0, "activation": 0.0}
    for i, name in enumerate(plant.coordinate):
        theirs = np.interp(values["time_s"], times, found.getStateMat(f"{paths[name]}/value"))
        error = float(np.abs(theirs - values["coordinate_value"][:, i]).max())
        kind, factor = ("angle_deg", np.degrees(1.0)) if plant.coordinate_is_rotation[i] else ("position_mm", 1e3)
        largest[kind] = max(largest[kind], factor * error)
    for m, name in enumerate(plant.muscle):
        theirs = np.interp(values["time_s"], times, found.getStateMat(f"/forceset/{name}/activation"))
        largest["activation"] = max(
            largest["activation"], float(np.abs(theirs - values["muscle_activation"][:, m]).max())
        )
    return largest


STAGES: dict[str, Callable[[argparse.Namespace], None]] = {"build": build, "gluteweak": gluteweak, "moco": moco}


# Report -----------------------------------------------------------------------------------------------------------


def _ratios(ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, float]:
    solve_s = theirs["cpu_s"] if theirs["converged"] else theirs["iteration_cpu_s"] * PUBLISHED_ITERATIONS
    return {
        "jacobian": theirs["jacobian_cpu_s"] / ours["jacobian_cpu_s"],
        "iteration": theirs["iteration_cpu_s"] / ours["iteration_cpu_s"],
        "solve": solve_s / ours["cpu_s"],
        "moco_solve_cpu_s": solve_s,
    }


def _table(problem: str, results: dict[str, Any]) -> str:
    ours, theirs, ratio = results["gluteweak"], results["moco"], results["ratio"]
    star = "" if theirs["converged"] else "*"
    iterations = theirs["iterations"] if theirs["converged"] else PUBLISHED_ITERATIONS
    rows = [
        ("CPU s a Jacobian", theirs["jacobian_cpu_s"], ours["jacobian_cpu_s"], ratio["jacobian"], ""),
        ("CPU s an iteration", theirs["iteration_cpu_s"], ours["iteration_cpu_s"], ratio["iteration"], ""),
        ("CPU s to convergence", ratio["moco_solve_cpu_s"], ours["cpu_s"], ratio["solve"], star),
    ]
    lines = [f"{problem + ', cold start, one thread':34s}{'Moco':>12s}{'gluteweak':>12s}{'ratio':>10s}"]
    lines += [f"{name:34s}{a:>11.4g}{mark or ' '}{b:>12.4g}{c:>10.0f}" for name, a, b, c, mark in rows]
    lines.append(f"{'iterations':34s}{iterations:>11d}{star or ' '}{ours['iterations']:>12d}")
    if theirs["converged"]:
        difference = theirs["difference"]
        lines += [
            f"{'cost':34s}{theirs['objective']:>12.6f}{ours['objective']:>12.6f}",
            f"largest differences: {difference['angle_deg']:.3f} deg, {difference['position_mm']:.3f} mm, "
            f"{difference['activation']:.4f} of activation",
        ]
    else:
        lines.append(
            f"* not waited for: {theirs['iterations']} iterations were timed; OpenSim's own muscle-driven 3-D walking "
            f"took {PUBLISHED_ITERATIONS}"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
