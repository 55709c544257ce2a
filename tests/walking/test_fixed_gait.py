"""The held gait of a small walker: its convex programmes against another solver, hand calculation and definitions."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import reference_dynamics
import swaying_walker as walker
from scipy.optimize import LinearConstraint, linprog, minimize

from gluteweak.errors import InputError
from gluteweak.storage import read_file
from gluteweak.walking import commands, fixed_gait

pytestmark = pytest.mark.casadi


@pytest.fixture(scope="module")
def study(study, tmp_path_factory):
    """The small walker's study with a folder of its own, and ``mechanics`` of its held gait by strength."""

    def mechanics(**strength):
        table = np.array([strength.get(name, 1.0) for name in study.plant.muscle])
        return fixed_gait.fixed_gait_mechanics(study.programme, study.point["jacobian"], study.reference, table)

    own = {"folder": tmp_path_factory.mktemp("fixed_gait"), "values": study.healthy, "mechanics": mechanics}
    return SimpleNamespace(**{**vars(study), **own})


def healthy_supply(study):
    parts = study.programme.transcription.unpack(study.values["nlp_primal"])
    return np.hstack([parts["activation"], parts["control"]])


def test_mechanics_are_those_of_the_healthy_gait(study):
    gait = study.mechanics()
    supplied = np.einsum("kjs,ks->kj", gait.gain, healthy_supply(study))
    np.testing.assert_allclose(supplied, gait.needed, atol=1e-4)
    assert gait.pelvis_missing < 1e-4
    assert gait.joint_names == (
        "hip_flexion_r", "ankle_angle_r", "hip_flexion_l", "ankle_angle_l", "lumbar_extension",
    )  # fmt: skip


def test_needed_is_inverse_dynamics_less_passive_tissue(study):
    """By virtual work on jets of the positions, which shares nothing with the programme."""
    plant, values, gait = study.plant, study.values, study.mechanics()
    for k in (0, 3, 7):
        q, v, a = (values[f"coordinate_{name}"][k] for name in ("value", "speed", "acceleration"))
        taken = reference_dynamics.generalised_force(
            plant, np.stack([q, v, a / 2], axis=1), values["contact_force_n"][k], values["contact_point_m"][k]
        )
        passive = -plant.passive_stiffness_nm_rad * q - plant.passive_damping_nms_rad * v
        passive += np.sum(
            plant.passive_exponential_torque_nm
            * np.exp(plant.passive_exponential_slope * (q[:, None] - plant.passive_exponential_offset_rad)),
            axis=1,
        )
        damped = np.zeros(len(q))
        for muscle in range(len(plant.muscle)):
            # A silent muscle still has its fibre damping: force at activation 0 from two points of a straight line.
            name = plant.muscle[muscle]
            coordinate, slope, curvature = walker.PULLS[name[:-2]]
            i = plant.coordinate.index(f"{coordinate}_{name[-1]}")
            arm = slope + 2 * curvature * q[i]
            row = gait.joint_names.index(plant.coordinate[i])
            active = -gait.gain[k, row, muscle] * values["muscle_activation"][k, muscle] / arm
            damped[i] -= arm * (values["muscle_tendon_force_n"][k, muscle] - active)
        wanted = [plant.coordinate.index(name) for name in gait.joint_names]
        np.testing.assert_allclose(gait.needed[k], (taken - passive - damped)[wanted], atol=1e-4)


def test_full_strength_returns_the_healthy_activations(study):
    """At a given motion the healthy gait's cost is effort and smoothness alone, and these are the programme's.

    What may differ is what IPOPT leaves: its barrier lets the objective be off by (inequalities) x 1e-9, and a
    strongly convex cost, mean a^2 of all muscles, turns an excess d of the objective into a mean square of at most d.
    """
    gait = study.mechanics()
    held = fixed_gait.solve_fixed_gait(gait)
    problem = fixed_gait.quadratic_programme(gait, 0.0)
    x = np.concatenate([healthy_supply(study).ravel(), np.zeros(gait.needed.size)])
    excess = x @ (problem.hessian @ x) / 2 - held.objective
    assert -1e-7 < excess < 4 * x.size * 1e-9 + 1e-7
    difference = held.activation - study.values["muscle_activation"]
    assert study.programme.transcription.grid.quadrature @ np.mean(difference**2, axis=1) <= excess + 1e-7
    assert held.possible
    assert held.least_peak_reserve_nm_kg < 1e-9
    np.testing.assert_allclose(held.reserve_nm, 0.0, atol=1e-9)


@pytest.mark.parametrize("strength", [{}, {"sol_r": 0.6}, {"sol_r": 0.0, "glut_l": 0.3}])
def test_duality_gap_is_closed(study, strength):
    held = fixed_gait.solve_fixed_gait(study.mechanics(**strength))
    assert abs(held.duality_gap) < 1e-5


@pytest.mark.parametrize("strength", [{}, {"sol_r": 0.6}])
def test_quadratic_programme_against_another_solver(study, strength):
    """Scipy's trust-region interior point on the same programme, written out densely."""
    gait = study.mechanics(**strength)
    assert fixed_gait.least_peak_reserve_nm_kg(gait) < 1e-9
    held = fixed_gait.solve_fixed_gait(gait)
    problem = fixed_gait.quadratic_programme(gait, 0.0)
    n = gait.gain.shape[0] * gait.gain.shape[2]
    hessian = problem.hessian.toarray()[:n, :n] * 1e3
    matrix = problem.matrix.toarray()[:, :n]
    done = minimize(
        lambda x: x @ hessian @ x / 2,
        np.full(n, 0.1),
        jac=lambda x: hessian @ x,
        hess=lambda _: hessian,
        method="trust-constr",
        bounds=list(zip(problem.x_lower[:n], problem.x_upper[:n], strict=True)),
        constraints=LinearConstraint(matrix, problem.lower, problem.upper),
        options={"gtol": 1e-9, "xtol": 1e-12, "barrier_tol": 1e-9, "maxiter": 3000},
    )
    found = done.x.reshape(len(gait.gain), -1)
    np.testing.assert_allclose(found[:, : held.activation.shape[1]], held.activation, atol=2e-3)
    assert done.fun / 1e3 == pytest.approx(held.objective, rel=1e-3)


def test_a_lost_muscle_is_missed_by_what_it_alone_could_do(study):
    """Without soleus only the shank's front pulls at the ankle: what plantarflexes must be reserve, point by point.

    Each instant by itself is a linear programme; activation dynamics can only ask for more.
    """
    gait = study.mechanics(sol_r=0.0)
    row, column = gait.joint_names.index("ankle_angle_r"), study.plant.muscle.index("tib_r")
    weakest = [
        linprog(
            [0, 1],
            A_ub=[[g, -1], [-g, -1]],
            b_ub=[needed, -needed],
            bounds=[(fixed_gait.MINIMUM_ACTIVATION, 1), (0, None)],
        ).fun
        for g, needed in zip(gait.gain[:, row, column], gait.needed[:, row], strict=True)
    ]
    least = fixed_gait.least_peak_reserve_nm_kg(gait) * study.plant.mass_kg
    assert max(weakest) > 1.0
    assert least >= max(weakest) - 1e-6
    assert least == pytest.approx(max(weakest), rel=1e-6)


def test_less_strength_never_needs_less_reserve(study):
    least = [
        fixed_gait.least_peak_reserve_nm_kg(study.mechanics(sol_r=s, sol_l=s)) for s in (1.0, 0.5, 0.2, 0.1, 0.05, 0.0)
    ]
    assert np.all(np.diff(least) >= -1e-9)
    assert least[0] < 1e-9 < least[-1]


def test_less_strength_never_costs_less_effort(study):
    effort = [fixed_gait.solve_fixed_gait(study.mechanics(sol_r=s)).objective for s in (1.0, 0.8, 0.6)]
    assert np.all(np.diff(effort) > 0)


def test_reserves_stay_within_the_least_peak(study):
    gait = study.mechanics(sol_r=0.0)
    held = fixed_gait.solve_fixed_gait(gait)
    assert not held.possible
    peak = np.abs(held.reserve_nm).max() / study.plant.mass_kg
    assert peak == pytest.approx(held.least_peak_reserve_nm_kg, rel=2e-3)
    supply = np.hstack([held.activation, held.control])
    left = gait.needed - np.einsum("kjs,ks->kj", gait.gain, supply) - held.reserve_nm
    np.testing.assert_allclose(left, 0.0, atol=1e-5)


def test_bisection_brackets_the_least_strength(study):
    weak = np.array([name.startswith("sol") for name in study.plant.muscle])
    jacobian = study.point["jacobian"]
    found = fixed_gait.least_possible_percent(study.programme, jacobian, study.reference, weak, precision=0.1)
    assert 0 < found < 100
    for percent, possible in ((found, True), (found - 0.1, False)):
        gait = study.mechanics(sol_r=percent / 100, sol_l=percent / 100)
        assert (fixed_gait.least_peak_reserve_nm_kg(gait) < fixed_gait.NEGLIGIBLE_NM_KG) is possible
    assert fixed_gait.least_possible_percent(study.programme, jacobian, study.reference, ~weak & False) == 0.0


def test_a_gait_out_of_balance_is_refused(study):
    values = {**study.values, "nlp_primal": study.values["nlp_primal"].copy()}
    tr = study.programme.transcription
    values["nlp_primal"][tr.layout.plant.free_coordinates.index("pelvis_ty")] += 1e-3
    with pytest.raises(InputError, match=r"misses .* on pelvis_ty, which no muscle drives"):
        fixed_gait.fixed_gait_mechanics(
            study.programme, study.point["jacobian"], replace(study.reference, values=values), np.ones(8)
        )


def test_files_say_what_they_are(study):
    runs = [
        {
            "scenario_id": f"fixed_gait-sol_r-s{p:03d}",
            "strength_fraction": p / 100,
            "muscle_strength": {"sol_r": p / 100},
        }
        for p in (100, 0)
    ]
    inputs = study.files["plant.h5"], study.files["healthy.h5"], study.files["problem"]
    out = study.folder / "runs"
    commands.fixed_gait(*inputs, runs, out)
    for run in runs:
        values, attributes = read_file(out / run["scenario_id"] / "solution.h5")
        verdict = json.loads((out / run["scenario_id"] / "certificate.json").read_text(encoding="utf-8"))
        assert verdict["certified"] is False
        assert verdict["applicable"] is False
        assert "nlp_constraint_multiplier" not in values
        np.testing.assert_array_equal(values["coordinate_value"], study.values["coordinate_value"])
        assert attributes["gait_possible"] == (run["strength_fraction"] == 1.0)
        reserve = values["reserve_torque_nm"]
        assert (np.abs(reserve).max() > 1.0) == (run["strength_fraction"] == 0.0)
        said = "which no model has" if run["strength_fraction"] == 0.0 else "no reserve torque is needed"
        assert said in verdict["objections"][0]
    with pytest.raises(InputError, match="weakens 'soleus', which the model does not have"):
        commands.fixed_gait(*inputs, [{**runs[0], "muscle_strength": {"soleus": 0.5}}], out)
