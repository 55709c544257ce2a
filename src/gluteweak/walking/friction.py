"""Friction that is sharp where a solve ends: nearly OpenSim's law, so that OpenSim confirms the motion.

Sharp friction all but kinks where a foot begins to slide (``contact``), and a solve that comes from afar may stumble
over the kinks. It finds its way with smooth friction, and goes on from there with the sharp one, which takes a few
iterations. From a neighbour, sharp friction costs no more iterations than smooth, so that it is tried at once. Every
stored motion ends with the sharp one.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

from gluteweak.errors import SolveError
from gluteweak.plant import FloatArray
from gluteweak.walking import setup
from gluteweak.walking.iterate import WARM_BARRIER, Bounds, Solution, Start
from gluteweak.walking.point import WEIGHTS, PointLayout
from gluteweak.walking.problem import Programme
from gluteweak.walking.solve import solve

#: Barrier from which a solution with smooth friction becomes one with sharp friction: 9 iterations for the healthy
#: walk, 14 from the barrier of a warm start.
SHARPENING_BARRIER = 1e-8

#: Iterations after which a start with sharp friction creeps rather than arrives.
_NEAR_ITERATIONS = 60


def with_friction(layout: PointLayout, parameters: FloatArray, sharpness: float) -> FloatArray:
    """(n_points, n_parameters) with another friction law."""
    changed = parameters.copy()
    changed[:, layout.parameters["weights"].start + WEIGHTS.index("friction_sharpness")] = sharpness
    return changed


def solve_then_sharpen(
    programme: Programme, parameters: FloatArray, bounds: Bounds, start: Start, **options: Any
) -> Solution:
    """Solve with smooth friction, then with that of ``parameters``.

    Parameters
    ----------
    options
        Those of ``solve``; the iterations of both solves count. ``last_barrier`` ends with the smooth one.

    Raises
    ------
    SolveError
        If one of them does not converge.
    """
    smooth_law = with_friction(programme.transcription.layout, parameters, setup.SMOOTH_FRICTION)
    last_barrier = options.pop("last_barrier", None)
    smooth = solve(programme, smooth_law, bounds, start, last_barrier=last_barrier or WARM_BARRIER, **options)
    if last_barrier:
        return smooth
    # What solved it with smooth friction need not: this is a start next door.
    options.pop("own_iterations", None)
    sharp = solve(programme, parameters, bounds, replace(smooth.as_start(), barrier=SHARPENING_BARRIER), **options)
    return replace(
        sharp,
        iterations=smooth.iterations + sharp.iterations,
        wall_s=smooth.wall_s + sharp.wall_s,
        cpu_s=smooth.cpu_s + sharp.cpu_s,
    )


def solve_sharp(programme: Programme, parameters: FloatArray, bounds: Bounds, start: Start, **options: Any) -> Solution:
    """Solve with sharp friction at once from a neighbour; by way of smooth friction if that fails, or from elsewhere.

    Parameters
    ----------
    options
        Those of ``solve``.

    Raises
    ------
    SolveError
        If neither way converges.
    """
    if start.constraint_multiplier is not None:
        try:
            near = {"own_iterations": _NEAR_ITERATIONS, "stand_in": False, **options}
            return solve(programme, parameters, bounds, start, **near)
        except SolveError as error:
            sys.stdout.write(f"{error}; by way of smooth friction\n")
    return solve_then_sharpen(programme, parameters, bounds, start, **options)
