"""The project's own solver against IPOPT: same optimum, same multipliers, same refusals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gluteweak.errors import SolveError
from gluteweak.walking import setup
from gluteweak.walking.derivatives import Derivatives, record_all
from gluteweak.walking.healthy_gait import Reference
from gluteweak.walking.interior_point import InteriorPoint
from gluteweak.walking.ipopt import solve_with_ipopt
from gluteweak.walking.ladder import JUMP_BARRIER
from gluteweak.walking.point import build_point, point_functions
from gluteweak.walking.scenario import Scenario, scenario_parameters
from gluteweak.walking.solution import read_start
from gluteweak.walking.solve import Start

pytestmark = pytest.mark.casadi
LIMITS = {"tolerance": 1e-8, "max_iterations": 200}


@pytest.fixture(scope="module")
def solver(study):
    recorded = record_all(point_functions(build_point(study.plant)))
    return InteriorPoint(Derivatives(study.programme.transcription, recorded))


def problem(study, strength, weights):
    reference = Reference(study.healthy, float(study.attributes["distance_m"]))
    tr = study.programme.transcription
    fractions = np.where([m == "sol_r" for m in study.plant.muscle], strength, 1.0)
    parameters = scenario_parameters(study.programme, reference, Scenario(fractions, *weights))
    bounds = setup.make_bounds(tr, study.healthy["coordinate_value"][:, tr.layout.free], reference.distance_m)
    return parameters, bounds, replace(read_start(study.healthy).as_start(weights[0]), barrier=JUMP_BARRIER)


@pytest.mark.parametrize("strength", [1.0, 0.7, 0.3, 0.0])
@pytest.mark.parametrize("weights", [(1.0, 1.0, 0.0), (0.1, 0.02, 1.0)])
def test_same_optimum_as_ipopt(study, solver, strength, weights):
    parameters, bounds, start = problem(study, strength, weights)
    ours = solver.solve(parameters, bounds, start, **LIMITS, report=False)
    theirs = solve_with_ipopt(study.programme, parameters, bounds, start, **LIMITS, print_level=0)
    assert ours.objective == pytest.approx(theirs.objective, rel=1e-5, abs=1e-9)
    np.testing.assert_allclose(ours.w, theirs.w, atol=2e-3)
    assert ours.constraint_multiplier.shape == theirs.constraint_multiplier.shape


def test_multipliers_prove_the_optimum(study, solver):
    """Karush-Kuhn-Tucker conditions with CasADi's functions of the whole programme, in IPOPT's sign convention."""
    parameters, bounds, start = problem(study, 0.4, (1.0, 1.0, 0.0))
    found = solver.solve(parameters, bounds, start, **LIMITS, report=False)
    p = np.ascontiguousarray(parameters).ravel()
    gradient = np.array(study.programme.functions["grad_f"](found.w, p)[1]).ravel()
    constraints, jacobian = study.programme.functions["jac_g"](found.w, p)
    stationarity = gradient + np.array(jacobian.T @ found.constraint_multiplier).ravel() + found.bound_multiplier
    assert np.abs(stationarity).max() < 1e-6
    g = np.array(constraints).ravel()
    assert (g >= bounds.constraint_lower - 1e-6).all()
    assert (g <= bounds.constraint_upper + 1e-6).all()
    assert (found.w >= bounds.lower).all()
    assert (found.w <= bounds.upper).all()
    slack = np.where(found.bound_multiplier > 0, bounds.upper - found.w, found.w - bounds.lower)
    assert (np.abs(found.bound_multiplier) * slack).max() < 1e-6


@pytest.mark.parametrize("weights", [(1.0, 1.0, 0.0), (0.1, 0.02, 1.0)])
def test_cold_start_ends_in_the_optimum_of_ipopts(study, solver, weights):
    parameters, bounds, start = problem(study, 0.6, weights)
    cold = Start(start.w)
    ours = solver.solve(parameters, bounds, cold, **LIMITS, report=False)
    theirs = solve_with_ipopt(study.programme, parameters, bounds, cold, **LIMITS, print_level=0)
    assert ours.objective == pytest.approx(theirs.objective, rel=1e-5, abs=1e-9)
    np.testing.assert_allclose(ours.w, theirs.w, atol=2e-3)


def test_a_solved_start_needs_next_to_nothing(study, solver):
    parameters, bounds, start = problem(study, 0.5, (1.0, 1.0, 0.0))
    first = solver.solve(parameters, bounds, start, **LIMITS, report=False)
    again = solver.solve(parameters, bounds, first.as_start(), **LIMITS, report=False)
    assert again.iterations <= 3
    np.testing.assert_allclose(again.w, first.w, atol=1e-4)


def test_too_few_iterations_raise(study, solver):
    parameters, bounds, start = problem(study, 0.3, (0.1, 0.02, 1.0))
    with pytest.raises(SolveError, match="stopped after 1 iterations"):
        solver.solve(parameters, bounds, start, tolerance=1e-8, max_iterations=1, report=False)


def test_a_newton_system_that_is_solved_badly_is_solved_again(study, solver, monkeypatch):
    """Four digits of every solve are right; without refinement the errors of the multipliers would stay above 1e-5."""
    parameters, bounds, start = problem(study, 0.4, (1.0, 1.0, 0.0))
    exact = solver.solve(parameters, bounds, start, **LIMITS, report=False)
    rng, well = np.random.default_rng(0), solver.kkt.solve

    def badly(gradient, residual):
        return tuple(x * (1 + 1e-4 * rng.uniform(-1, 1, x.shape)) for x in well(gradient, residual))

    monkeypatch.setattr(solver.kkt, "solve", badly)
    found = solver.solve(parameters, bounds, start, **LIMITS, report=False)
    assert found.objective == pytest.approx(exact.objective, rel=1e-9)
    np.testing.assert_allclose(found.w, exact.w, atol=1e-5)
