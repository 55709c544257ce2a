"""What else the solver could have been made of, measured: alternatives that `docs/method.md` lists.

    python benchmarks/alternatives.py {c,linear,fatrop,sweep} [--study-dir results/default]

``c``: the Hessian of an instant as generated C against CasADi's virtual machine and the recorded instructions (needs
gcc, which gluteweak itself does without). ``linear``: iterations of IPOPT with the linear solvers in CasADi's wheel.
``fatrop``: iterations of fatrop on short walks; it knows no periodicity, so all unknowns are one stage. ``sweep``: two
scenarios at once, in two threads of one process and in two processes.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[1]
SETTINGS = {"tolerance": 1e-6, "max_iterations": 300}
REPETITIONS = 20
IPOPT_ITERATIONS = 6
SCENARIOS = ("glmed_r-s050-pattern_kept", "glmed_r-s025-pattern_kept")


def cpu_s(work: Callable[[], Any], repetitions: int = 1) -> float:
    """CPU seconds of one repetition."""
    started = time.process_time()
    for _ in range(repetitions):
        work()
    return (time.process_time() - started) / repetitions


def opened(options: argparse.Namespace) -> Any:
    """The study in ``--study-dir``."""
    from gluteweak.walking import commands

    folder = options.study_dir
    return commands.open_study(folder / "plant.h5", folder / "healthy_gait.h5", folder / "problem.casadi")


def generated_c(options: argparse.Namespace) -> None:
    """Hessian of an instant, three ways."""
    import casadi as ca

    from gluteweak.walking.derivatives import Derivatives
    from gluteweak.walking.point import build_point, point_functions
    from gluteweak.walking.solution import read_start

    study = opened(options)
    tr = study.programme.transcription
    hessian = point_functions(build_point(study.walker))["hessian"]
    n = tr.grid.n_points
    w = read_start(study.gait.values).w.reshape(n, -1)
    parameters = study.gait.parameters(study.programme)
    multiplier = np.ones((n, tr.layout.n_free))
    local = (tr.expansion @ w.ravel()).reshape(n, -1)
    arguments = [local.T, parameters.T, multiplier.T, np.ones((1, n))]
    machine = cpu_s(lambda: hessian.map(n)(*arguments), 3)
    functions = Derivatives(tr, study.programme.recorded).bind(parameters)
    jacobian = functions.first(w).jacobian
    tape = cpu_s(lambda: functions.second(w, multiplier, jacobian), REPETITIONS)
    print(f"{hessian.n_instructions()} instructions, {n} instants: virtual machine {1e3 * machine:.1f} ms, ")
    print(f"recorded instructions {1e3 * tape:.1f} ms (scaling and scattering into blocks included)")
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        hessian.generate("hessian.c")
        for level in ("-O0", "-O1"):
            before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
            subprocess.run(["gcc", level, "-fPIC", "-shared", "hessian.c", "-o", f"h{level}.so"], check=True)
            compiling = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
            external = ca.external("hessian", f"./h{level}.so").map(n)
            once = cpu_s(lambda external=external: external(*arguments), 3)
            print(f"generated C, gcc {level}: {1e3 * once:.1f} ms, after {compiling:.0f} s of compiling", flush=True)


def linear_solvers(options: argparse.Namespace) -> None:
    """A few iterations of IPOPT from the healthy gait without multipliers."""
    from gluteweak.errors import SolveError
    from gluteweak.walking import ipopt, setup
    from gluteweak.walking.iterate import Start
    from gluteweak.walking.solution import read_start

    study = opened(options)
    programme, gait = study.programme, study.gait
    bounds = setup.make_bounds(programme.transcription, gait.free_value(programme), gait.distance_for(programme))
    start = Start(np.clip(read_start(gait.values).w, bounds.lower, bounds.upper))
    for name in ("mumps", "spral"):
        ipopt._IPOPT["linear_solver"] = name

        def few() -> None:
            with contextlib.suppress(SolveError), contextlib.redirect_stdout(io.StringIO()):
                ipopt.solve_with_ipopt(
                    programme,
                    gait.parameters(programme),
                    bounds,
                    start,
                    tolerance=1e-12,
                    max_iterations=IPOPT_ITERATIONS,
                    print_level=0,
                )

        print(f"{name}: {cpu_s(few) / IPOPT_ITERATIONS:.2f} CPU s an iteration", flush=True)


def fatrop(options: argparse.Namespace) -> None:
    """Iterations of fatrop on walks of a few intervals."""
    import casadi as ca

    from gluteweak.walking import setup
    from gluteweak.walking.commands.opened import programme_on
    from gluteweak.walking.solution import read_start
    from gluteweak.walking.transcription import Grid

    study = opened(options)
    whole = read_start(study.gait.values).w.reshape(study.programme.transcription.grid.n_points, -1)
    for intervals in (2, 4, 6):
        grid = Grid(intervals, 1, study.gait.duration_s)
        programme = programme_on(study.walker, grid, study.point)
        tr = programme.transcription
        rows = np.linspace(0, len(whole) - 1, tr.grid.n_points).round().astype(int)
        value = tr.unpack(whole[rows].ravel())["value"]
        bounds = setup.make_bounds(tr, value, study.gait.distance_m)
        parameters = study.gait.parameters(study.programme)[rows]
        nlp = {"ipopt": {"print_level": 0}, "fatrop": {"print_level": 0}}
        for name in ("ipopt", "fatrop"):
            solver_options = {name: {**nlp[name], "max_iter": IPOPT_ITERATIONS}, "print_time": False}
            if name == "fatrop":
                solver_options |= {
                    "structure_detection": "none",
                    "equality": list(map(bool, np.isclose(bounds.constraint_lower, bounds.constraint_upper))),
                }
            # fatrop takes no derivatives from outside.
            functions = programme.functions if name == "ipopt" else {}
            solver = ca.nlpsol("walk", name, programme.nlp, {**solver_options, **functions})
            start = np.clip(whole[rows].ravel(), bounds.lower, bounds.upper)

            def few(solver: Any = solver, start: Any = start, bounds: Any = bounds, p: Any = parameters) -> None:
                solver(
                    x0=start,
                    p=np.ascontiguousarray(p).ravel(),
                    lbx=bounds.lower,
                    ubx=bounds.upper,
                    lbg=bounds.constraint_lower,
                    ubg=bounds.constraint_upper,
                )

            took = cpu_s(few)
            count = max(int(solver.stats()["iter_count"]), 1)
            print(f"{name}, {tr.n_unknowns} unknowns: {took / count:.3f} CPU s an iteration ({count})", flush=True)


def sweep(options: argparse.Namespace) -> None:
    """Two scenarios, side by side in threads and in processes, and one after the other."""
    from gluteweak.study import load_study

    study_file = load_study(options.study)
    wanted = [study_file.scenario(name).model_dump(mode="json") for name in SCENARIOS]
    if options.one is not None:
        _solve_one(opened(options), wanted[options.one])
        return
    study = opened(options)
    _solve_one(study, wanted[0])  # whatever is made once
    for name, run in (
        ("one after the other", lambda: [_solve_one(study, one) for one in wanted]),
        ("two threads of one process", lambda: _in_threads(study, wanted)),
        ("two processes, their start and reading included", lambda: _in_processes(options)),
    ):
        wall, own, children = time.perf_counter(), time.process_time(), resource.getrusage(resource.RUSAGE_CHILDREN)
        run()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = time.process_time() - own + after.ru_utime + after.ru_stime - children.ru_utime - children.ru_stime
        print(f"{name}: {time.perf_counter() - wall:.1f} s wall, {cpu:.1f} s CPU", flush=True)


def _solve_one(study: Any, scenario: dict[str, Any]) -> None:
    from gluteweak.walking import commands

    with tempfile.TemporaryDirectory() as out:
        commands.simulate_opened(study, scenario, SETTINGS, Path(out))


def _in_threads(study: Any, wanted: list[dict[str, Any]]) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda one: _solve_one(study, one), wanted))


def _in_processes(options: argparse.Namespace) -> None:
    command = [sys.executable, __file__, "sweep", "--study-dir", options.study_dir, "--study", options.study, "--one"]
    running = [subprocess.Popen([*command, str(n)], stdout=subprocess.DEVNULL) for n in range(len(SCENARIOS))]
    for process in running:
        process.wait()


TRIALS = {"c": generated_c, "linear": linear_solvers, "fatrop": fatrop, "sweep": sweep}


def main() -> None:
    """Run one trial."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trial", choices=tuple(TRIALS))
    parser.add_argument("--study-dir", type=Path, default=ROOT / "results/default")
    parser.add_argument("--study", type=Path, default=ROOT / "config/default.yaml")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    TRIALS[options.trial](options)


if __name__ == "__main__":
    main()
