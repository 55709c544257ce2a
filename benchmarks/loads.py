"""Joint loads of one motion: OpenSim's joint reaction analysis against gluteweak, as a ratio of CPU times in one run.

    python benchmarks/loads.py                       # builds the adult and takes its reference gait
    python benchmarks/loads.py --model model.osim --plant plant.h5 --solution solution.h5

OpenSim runs its AnalyzeTool with a JointReaction analysis of hip, knee and kneecap of both legs, on the model with
wrapped paths, at the instants of the motion; only ``run`` is timed, which evaluates the model and writes the reactions.
The ratio is that to gluteweak's joint loads at the same instants, and that to all outcomes over the gait cycle.
gluteweak computes all its outcomes of the same motion, compiled and with the plant arranged, files left out; the time
of arranging the plant (once for all scenarios), of the Monte Carlo and of the first call, which compiles, stand beside.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import opensim as osim

from gluteweak.loads.dynamics import solve_mechanics
from gluteweak.loads.leg_loads import LegLoads, LoadModel, leg_loads, load_model
from gluteweak.loads.monte_carlo import DRAWS, bands
from gluteweak.loads.outcomes import compute_outcomes
from gluteweak.loads.solution import Solution, read_solution
from gluteweak.motion_files import write_motion
from gluteweak.opensim_model.commands import build_model
from gluteweak.plant import Plant, read_plant

ADULT = Path(__file__).parents[1] / "models/adult"
JOINTS = tuple(f"{joint}_{side}" for joint in ("hip", "walker_knee", "patellofemoral") for side in "rl")
REPETITIONS = 50
GOAL = 100.0
_MS = 1e3


def main() -> int:
    """Measure and print; 1 if the ratio misses the goal."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("model", "plant", "solution"):
        parser.add_argument(f"--{name}", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if options.plant is None:
            options.model, options.plant = folder / "model.osim", folder / "plant.h5"
            options.solution = ADULT / "reference_gait.h5"
            build_model(ADULT, options.model, options.plant, calibration="measured")
        plant = read_plant(options.plant)
        solution = read_solution(options.solution, plant)
        theirs = opensim_s(options.model, plant, solution, folder)
    first, (loads, ours, arranging, drawing) = (
        _cpu_s(lambda: compute_outcomes(plant, solution)),
        gluteweak_s(plant, solution),
    )
    print(f"{len(solution.time_s)} instants, {len(JOINTS)} joints; CPU time, best of {REPETITIONS} for gluteweak")
    print(f"OpenSim joint reaction analysis   {_MS * theirs:10.1f} ms")
    print(f"gluteweak, joint loads            {_MS * loads:10.2f} ms")
    print(f"gluteweak, all outcomes           {_MS * ours:10.2f} ms")
    print(f"  arranging the plant (once)      {_MS * arranging:10.2f} ms")
    print(f"  Monte Carlo, {DRAWS} draws       {_MS * drawing:10.2f} ms")
    print(f"  first call, compiling           {_MS * first:10.0f} ms")
    print(f"ratio, joint loads                {theirs / loads:10.0f}   (goal {GOAL:.0f})")
    print(f"ratio, all outcomes               {theirs / ours:10.0f}")
    return int(theirs / loads < GOAL)


def gluteweak_s(plant: Plant, solution: Solution) -> tuple[float, float, float, float]:
    """Shortest CPU times of joint loads, all outcomes, arranging the plant and the Monte Carlo."""
    model = load_model(plant)
    values = compute_outcomes(plant, solution, model)
    gravity = plant.gravity_m_s2
    bands(values, gravity_m_s2=gravity)
    tasks: tuple[Callable[[], object], ...] = (
        lambda: joint_loads(plant, solution, model),
        lambda: compute_outcomes(plant, solution, model),
        lambda: load_model(plant),
        lambda: bands(values, gravity_m_s2=gravity),
    )
    loads, ours, arranging, drawing = (min(_cpu_s(task) for _ in range(REPETITIONS)) for task in tasks)
    return loads, ours, arranging, drawing


def joint_loads(plant: Plant, solution: Solution, model: LoadModel) -> list[LegLoads]:
    """What OpenSim's analysis gives, and the parts of all muscles, at each instant."""
    mechanics = solve_mechanics(plant, solution, model.rigid)
    return [leg_loads(leg, mechanics, solution) for leg in model.legs]


def opensim_s(model_path: Path, plant: Plant, solution: Solution, folder: Path) -> float:
    """CPU time of OpenSim's joint reaction analysis of the motion."""
    osim.Logger.setLevelString("Error")
    model = osim.Model(str(model_path))
    state = model.initSystem()
    names = [str(name) for name in _items(model.getStateVariableNames())]
    values = np.tile([model.getStateVariableValue(state, name) for name in names], (len(solution.time_s), 1))
    for column, name in enumerate(names):
        values[:, column] = _series(name, plant, solution, values[:, column])
    states = folder / "states.sto"
    write_motion(states, names, solution.time_s, values)
    reaction = osim.JointReaction()
    reaction.setName("reaction")
    reaction.setJointNames(_array(JOINTS))
    reaction.setInFrame(_array(["child"] * len(JOINTS)))
    reaction.setOnBody(_array(["child"] * len(JOINTS)))
    model.addAnalysis(reaction)
    model.initSystem()
    tool = osim.AnalyzeTool(model)
    tool.setName("loads")
    storage = osim.Storage(str(states))
    tool.setStatesStorage(storage)
    tool.setResultsDir(str(folder))
    tool.setStartTime(float(solution.time_s[0]))
    tool.setFinalTime(float(solution.time_s[-1]))
    tool.setSolveForEquilibrium(False)
    spent = _cpu_s(tool.run)
    written = osim.TimeSeriesTable(str(folder / "loads_reaction_ReactionLoads.sto"))
    if written.getNumRows() != len(solution.time_s):
        raise RuntimeError(f"OpenSim wrote {written.getNumRows()} instants, not {len(solution.time_s)}")
    return spent


def _series(name: str, plant: Plant, solution: Solution, default: np.ndarray) -> np.ndarray:
    """A state variable of OpenSim along the motion, its default where the motion does not tell it."""
    _, *_, component, what = name.split("/")
    coordinate = component.removesuffix("_beta")
    if coordinate in plant.coordinate and what in ("value", "speed"):
        return getattr(solution, f"coordinate_{what}")[:, plant.coordinate.index(coordinate)]
    if what == "activation":
        return solution.muscle_activation[:, plant.muscle.index(component)]
    return default


def _items(array: osim.ArrayStr) -> list[str]:
    return [array.get(i) for i in range(array.getSize())]


def _array(names: list[str] | tuple[str, ...]) -> osim.ArrayStr:
    array = osim.ArrayStr()
    for name in names:
        array.append(name)
    return array


def _cpu_s(task: Callable[[], object]) -> float:
    start = time.process_time()
    task()
    return time.process_time() - start


if __name__ == "__main__":
    raise SystemExit(main())
