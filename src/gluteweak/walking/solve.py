"""Solve the walking problem: the project's own interior point first, IPOPT where it does not converge.

A solve that does not converge raises; there is no result to misread.
"""

from __future__ import annotations

import sys

from gluteweak.errors import SolveError
from gluteweak.plant import FloatArray
from gluteweak.walking.derivatives import Derivatives
from gluteweak.walking.interior_point import InteriorPoint
from gluteweak.walking.ipopt import solve_with_ipopt
from gluteweak.walking.iterate import Bounds, Solution, Start
from gluteweak.walking.problem import Programme

__all__ = ["Bounds", "Solution", "Start", "solve"]

#: A start that needs more iterations than this is not for the project's own solver; IPOPT's restoration is better then.
_MAX_OWN_ITERATIONS = 120
_DETAILED = 5


def solve(
    programme: Programme,
    parameters: FloatArray,
    bounds: Bounds,
    start: Start,
    *,
    tolerance: float,
    max_iterations: int,
    print_level: int = _DETAILED,
    last_barrier: float | None = None,
    own_iterations: int = _MAX_OWN_ITERATIONS,
    stand_in: bool = True,
) -> Solution:
    """Solve the programme to ``tolerance``; a start with multipliers is a warm start.

    Programmes with recorded functions go to ``InteriorPoint``; the rest, unknowns that are held fixed by equal bounds,
    and what it does not solve, go to IPOPT. Both stop at the same errors.

    Parameters
    ----------
    parameters : (n_points, n_parameters)
        Parameters of every instant, in the order of ``PointLayout.parameters``.
    print_level
        5 prints a line an iteration, 0 nothing.
    last_barrier
        See ``InteriorPoint.solve``; IPOPT always goes to the end.
    own_iterations
        Iterations after which ``InteriorPoint`` gives up; with 0, IPOPT solves it alone.
    stand_in
        Whether IPOPT takes over from ``InteriorPoint``. It is good at far starts and slow at giving up.

    Raises
    ------
    SolveError
        If neither converges.
    """
    if programme.recorded and own_iterations > 0 and (bounds.upper > bounds.lower).all():
        solver = InteriorPoint(Derivatives(programme.transcription, programme.recorded))
        try:
            return solver.solve(
                parameters,
                bounds,
                start,
                tolerance=tolerance,
                max_iterations=min(max_iterations, own_iterations),
                report=print_level >= _DETAILED,
                last_barrier=last_barrier,
            )
        except SolveError as error:
            if not stand_in:
                raise
            sys.stdout.write(f"{error}; IPOPT takes over\n")
    return solve_with_ipopt(
        programme,
        parameters,
        bounds,
        start,
        tolerance=tolerance,
        max_iterations=max_iterations,
        print_level=print_level,
    )
