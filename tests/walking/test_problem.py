"""Gradient, Jacobian and Hessian of the programme against differences; its functions against their definitions."""

from __future__ import annotations

from dataclasses import replace

import casadi as ca
import numpy as np
import pytest
import scipy.sparse as sp
import swaying_walker
from scipy.spatial.transform import Rotation

from gluteweak.walking.point import WEIGHTS, PointLayout, build_point, point_functions, weight_vector
from gluteweak.walking.problem import assemble
from gluteweak.walking.transcription import Grid, Transcription

pytestmark = pytest.mark.casadi

RNG = np.random.default_rng(17)


def make_case(plant, intervals, degree=2, point=None):
    """Programme, a random point of it, parameters, multipliers, and the point functions."""
    layout = PointLayout(plant)
    grid = Grid(intervals, degree, 1.0)
    tr = Transcription(layout, grid, plant.muscle_activation_time_constant_s, plant.muscle_deactivation_time_constant_s)
    point = point or point_functions(build_point(plant))
    programme = assemble(tr, point)
    rng = np.random.default_rng(intervals)
    n = grid.n_points
    free = [plant.coordinate.index(name) for name in plant.free_coordinates]
    value = plant.coordinate_range[free].mean(axis=1) + rng.uniform(-0.2, 0.2, (n, layout.n_free))
    value[:, plant.free_coordinates.index("pelvis_ty")] = rng.uniform(0.85, 1.0, n)  # feet in the floor
    w = tr.pack(
        value,
        rng.uniform(-1, 1, value.shape),
        rng.uniform(0.05, 0.9, (n, layout.n_muscles)),
        rng.uniform(-0.5, 0.5, (n, len(plant.actuator))),
    )
    p = rng.uniform(0.2, 0.9, (n, layout.n_parameters))
    # The feet are deep in the floor: ground reactions of many body weights, in units of a hundredth, would drown the
    # rest in the rounding of the differences.
    weights = {name: rng.uniform(0.5, 2) * (1e-3 if name.startswith("ground_") else 1.0) for name in WEIGHTS}
    p[:, layout.parameters["weights"]] = weight_vector({**weights, "friction_sharpness": 8.0})
    n_constraints = programme.nlp["g"].numel()
    return programme, w, p.ravel(), rng.normal(size=n_constraints), point


@pytest.fixture(scope="module", params=["small", "small_cubic", "adult"])
def case(request):
    if request.param == "adult":
        plant, point = (request.getfixturevalue(name) for name in ("adult", "adult_point"))
        return make_case(plant.plant, 2, point=point)
    return make_case(swaying_walker.make(), 3, degree=3 if request.param == "small_cubic" else 2)


def directional(function, w, direction, h=3e-5):
    """Central difference of fourth order; a smaller step loses more to rounding than it gains (tried: 1e-6 to 3e-5)."""
    near = function(w + h * direction) - function(w - h * direction)
    far = function(w + 2 * h * direction) - function(w - 2 * h * direction)
    return (8 * near - far) / (12 * h)


def direction(programme, seed):
    """Random direction, in units in which every unknown matters alike."""
    return np.random.default_rng(seed).normal(size=programme.nlp["x"].numel())


def vector(x):
    return np.array(x).ravel()


def sparse(x):
    return sp.csc_matrix(x.sparse() if isinstance(x, ca.DM) else x)


def test_gradient_is_that_of_the_objective(case):
    programme, w, p, _, _ = case
    objective = ca.Function("f", [programme.nlp["x"], programme.nlp["p"]], [programme.nlp["f"]])
    value, gradient = programme.functions["grad_f"](w, p)
    assert float(value) == pytest.approx(float(objective(w, p)), rel=1e-13)
    for seed in range(3):
        d = direction(programme, seed)
        expected = directional(lambda x: float(objective(x, p)), w, d)
        scale = np.linalg.norm(vector(gradient)) * np.linalg.norm(d)
        assert abs(vector(gradient) @ d - expected) < 1e-8 * scale


def test_jacobian_is_that_of_the_constraints(case):
    programme, w, p, _, _ = case
    constraints = ca.Function("g", [programme.nlp["x"], programme.nlp["p"]], [programme.nlp["g"]])
    value, jacobian = programme.functions["jac_g"](w, p)
    np.testing.assert_allclose(vector(value), vector(constraints(w, p)), rtol=1e-12, atol=1e-12)
    jacobian = sparse(jacobian)
    for seed in range(3):
        d = direction(programme, seed)
        expected = directional(lambda x: vector(constraints(x, p)), w, d)
        scale = abs(jacobian) @ np.abs(d) + 1.0
        assert (np.abs(jacobian @ d - expected) / scale).max() < 1e-7


def test_hessian_is_that_of_the_lagrangian(case):
    programme, w, p, multiplier, _ = case
    sigma = 0.7

    def lagrangian_gradient(x):
        gradient = vector(programme.functions["grad_f"](x, p)[1])
        jacobian = sparse(programme.functions["jac_g"](x, p)[1])
        return sigma * gradient + jacobian.T @ multiplier

    upper = sparse(programme.functions["hess_lag"](w, p, sigma, multiplier))
    assert sp.tril(upper, -1).nnz == 0
    hessian = upper + sp.triu(upper, 1).T
    for seed in range(3):
        d = direction(programme, seed)
        expected = directional(lagrangian_gradient, w, d)
        scale = abs(hessian) @ np.abs(d) + 1.0
        assert (np.abs(hessian @ d - expected) / scale).max() < 1e-7


def test_hessian_of_each_half_of_the_lagrangian_alone(case):
    programme, w, p, multiplier, _ = case
    both = sparse(programme.functions["hess_lag"](w, p, 0.7, multiplier))
    cost = sparse(programme.functions["hess_lag"](w, p, 0.7, 0 * multiplier))
    constraints = sparse(programme.functions["hess_lag"](w, p, 0.0, multiplier))
    np.testing.assert_allclose((cost + constraints - both).toarray(), 0.0, atol=1e-10 * abs(both).max())
    assert abs(cost).max() > 0
    assert abs(constraints).max() > 0


def test_constraints_and_objective_are_those_of_the_instants(case):
    """Definition: residuals of all instants, then the linear rows; quadrature of the instants' costs plus rate cost."""
    programme, w, p, _, point = case
    tr = programme.transcription
    n = tr.grid.n_points
    z, q = (tr.expansion @ w).reshape(n, -1), p.reshape(n, -1)
    residual = np.concatenate([vector(point["residual"](z[k], q[k])) for k in range(n)])
    expected = np.concatenate([residual, tr.speed_defect @ w, tr.activation_limits @ w])
    found = vector(programme.functions["jac_g"](w, p)[0])
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-11)
    rate_weight = q[0, tr.layout.parameters["weights"]][WEIGHTS.index("activation_rate")]
    cost = sum(tr.grid.quadrature[k] * float(point["cost"](z[k], q[k])) for k in range(n))
    cost += rate_weight * (w @ tr.weighted_activation_rate @ w) / 2
    assert float(programme.functions["grad_f"](w, p)[0]) == pytest.approx(cost, rel=1e-12)


def test_cost_terms_of_an_instant_by_hand():
    plant = swaying_walker.make()
    expressions = build_point(plant)
    layout = expressions.layout
    cost = ca.Function("cost", [expressions.z, expressions.p], [expressions.cost])
    found = ("ground_reaction_bw", "foot_m", "contact_force_n", "contact_point_m", "leg_joint_m")
    report = ca.Function("report", [expressions.z, expressions.p], [getattr(expressions, name) for name in found])
    z = RNG.uniform(0.1, 0.5, layout.n_variables)
    z[layout.variables["value"]][4] = 1.0
    p = RNG.uniform(0.1, 0.5, layout.n_parameters)

    def alone(name):
        parameters = p.copy()
        parameters[layout.parameters["weights"]] = weight_vector({name: 3.0, "friction_sharpness": 8.0})
        if name != "friction_sharpness":
            parameters[layout.parameters["value_weight"]] = 0.0
        else:
            parameters[layout.parameters["weights"]] = weight_vector({"friction_sharpness": 8.0})
        return float(cost(z, parameters)), parameters

    var = {name: z[where] for name, where in layout.variables.items()}
    par = {name: p[where] for name, where in layout.parameters.items()}
    reaction, foot, force, at, joint = (np.array(x) for x in report(z, alone("effort")[1]))
    reaction, foot = vector(reaction), vector(foot)
    body_weight = plant.mass_kg * plant.gravity_m_s2
    # Each joint of a leg is loaded by the spheres of its side.
    moment = [
        sum(
            np.cross(at[k] - center, force[k]) / body_weight
            for k, body in enumerate(plant.contact_body)
            if body.endswith("rl"[side])
        )
        for (side, _), center in zip(layout.leg_joints, joint.reshape(-1, 3), strict=True)
    ]
    assert len(moment) >= 2
    moment_error = (np.concatenate(moment) - par["ground_moment_reference"]).reshape(-1, 3) / (0.004, 0.02, 0.01)
    reaction_error = (reaction - par["ground_reaction_reference"]).reshape(-1, 3) / (0.02, 0.025, 0.01)
    # Body-fixed rotations about z (tilt), x (list) and y (rotation), then the back's about z: where the torso points.
    chain = ("pelvis_tilt", "pelvis_list", "pelvis_rotation", "lumbar_extension")
    axes = np.eye(3)[[2, 0, 1, 2]]
    angles = [var["value"][layout.plant.free_coordinates.index(name)] for name in chain]
    turns = [Rotation.from_rotvec(angle * axis) for angle, axis in zip(angles, axes, strict=True)]
    upward = np.linalg.multi_dot([turn.as_matrix() for turn in turns]) @ [0.0, 1.0, 0.0]
    lean = upward[2] / upward[1]
    expected = {
        "effort": 3 * np.mean(var["activation"] ** 2),
        "actuator": 3 * np.mean(var["control"] ** 2),
        "acceleration": 3 * np.mean((var["acceleration"] - par["acceleration_reference"]) ** 2),
        "motor_habit": 3 * np.mean(((var["activation"] - par["activation_reference"]) / 0.05) ** 2),
        "foot_placement": 3 * np.mean(((foot - par["foot_reference"]) / 0.01) ** 2),
        "ground_reaction": 3 * np.mean(reaction_error**2),
        "ground_moment": 3 * np.mean(moment_error**2),
        "activation_rate": 0.0,
        "trunk_lean": 3 * ((lean - par["trunk_reference"][0]) / np.tan(np.radians(1))) ** 2,
        "friction_sharpness": par["value_weight"] @ (var["value"] - par["value_reference"]) ** 2,
    }
    for name, value in expected.items():
        assert alone(name)[0] == pytest.approx(value, rel=1e-12, abs=1e-15), name


def test_a_walker_without_actuators_has_a_cost():
    plant = replace(swaying_walker.make(), actuator=(), actuator_optimal_force_nm=np.zeros(0))
    expressions = build_point(plant)
    cost = ca.Function("cost", [expressions.z, expressions.p], [expressions.cost])
    assert np.isfinite(float(cost(np.full(expressions.z.numel(), 0.3), np.full(expressions.p.numel(), 2.0))))


def test_unknown_weight_is_refused():
    with pytest.raises(KeyError, match="unknown weights"):
        weight_vector({"effort": 1.0, "beauty": 1.0})
