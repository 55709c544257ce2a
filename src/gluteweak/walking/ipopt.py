"""IPOPT on the walking problem: the referee of the project's own solver, and its stand-in where that fails."""

from __future__ import annotations

import time
from typing import Any

import casadi as ca
import numpy as np

from gluteweak.plant import FloatArray
from gluteweak.walking.failure import NotConvergedError
from gluteweak.walking.iterate import Bounds, Solution, Start
from gluteweak.walking.problem import Programme

# Scaling is done by hand in ``point``; METIS (5) orders these banded systems a little better than MUMPS' own choice.
_IPOPT = {
    "linear_solver": "mumps",
    "mumps_pivot_order": 5,
    "mumps_permuting_scaling": 0,
    "mumps_scaling": 8,
    "nlp_scaling_method": "none",
    "constr_viol_tol": 1e-5,
    "dual_inf_tol": 1e-2,
    # IPOPT ends its barrier at a tenth of this: with the default 1e-4 it stops at 1e-7, where muscles that do nothing
    # still show an activation of 0.02.
    "compl_inf_tol": 1e-8,
    "sb": "yes",
}
_WARM = {
    "mu_strategy": "monotone",
    "warm_start_init_point": "yes",
    "warm_start_bound_push": 1e-7,
    "warm_start_mult_bound_push": 1e-7,
    "warm_start_slack_bound_push": 1e-7,
}
_CONVERGED = "Solve_Succeeded"


def solve_with_ipopt(
    programme: Programme,
    parameters: FloatArray,
    bounds: Bounds,
    start: Start,
    *,
    tolerance: float,
    max_iterations: int,
    print_level: int = 5,
) -> Solution:
    """Solve the programme to ``tolerance``; a start with multipliers is a warm start.

    Parameters
    ----------
    parameters : (n_points, n_parameters)
        Parameters of every instant, in the order of ``PointLayout.parameters``.
    print_level
        IPOPT's: 5 prints a line an iteration, 0 nothing.

    Raises
    ------
    SolveError
        If IPOPT ends with anything but an optimal solution.
    """
    warm = start.constraint_multiplier is not None
    # With acceptable_tol at tol IPOPT never stops at a merely acceptable point.
    options = {
        **_IPOPT,
        "tol": tolerance,
        "acceptable_tol": tolerance,
        "max_iter": max_iterations,
        "print_level": print_level,
        **({**_WARM, "mu_init": start.barrier} if warm else {"mu_strategy": "adaptive"}),
    }
    solver = ca.nlpsol(
        "walking", "ipopt", programme.nlp, {"ipopt": options, "print_time": False, **programme.functions}
    )
    arguments: dict[str, Any] = {
        "x0": start.w,
        "p": np.ascontiguousarray(parameters).ravel(),
        "lbx": bounds.lower,
        "ubx": bounds.upper,
        "lbg": bounds.constraint_lower,
        "ubg": bounds.constraint_upper,
    }
    if warm:
        arguments |= {"lam_g0": start.constraint_multiplier, "lam_x0": start.bound_multiplier}
    wall, cpu = time.perf_counter(), time.process_time()
    result = solver(**arguments)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    statistics = solver.stats()
    status = str(statistics["return_status"])
    if status != _CONVERGED:
        n_points, n_free = programme.transcription.grid.n_points, programme.transcription.layout.n_free
        residual = np.array(result["g"]).ravel()[: n_points * n_free].reshape(n_points, n_free)
        message = f"IPOPT stopped after {statistics['iter_count']} iterations with '{status}'"
        raise NotConvergedError(message, np.array(result["x"]).ravel(), residual)
    return Solution(
        np.array(result["x"]).ravel(),
        np.array(result["lam_g"]).ravel(),
        np.array(result["lam_x"]).ravel(),
        float(result["f"]),
        int(statistics["iter_count"]),
        status,
        wall,
        cpu,
    )
