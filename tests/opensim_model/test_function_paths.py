"""Polynomial muscle paths inside OpenSim against the plant's own numbers and hand calculation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

osim = pytest.importorskip("opensim")
import standing_leg as leg  # noqa: E402

from gluteweak.errors import InputError  # noqa: E402
from gluteweak.opensim_model.function_paths import (  # noqa: E402
    dense_coefficients,
    path_lengths,
    path_slopes,
    replace_muscle_paths,
)
from gluteweak.opensim_model.weakness import limit_activation, scale_max_isometric_force, slow_activation  # noqa: E402
from gluteweak.plant import Polynomial  # noqa: E402

pytestmark = pytest.mark.opensim


@pytest.mark.parametrize("dimension", [1, 2, 3, 4, 5, 6])
def test_dense_coefficients_are_in_the_order_of_opensim(dimension):
    rng = np.random.default_rng(dimension)
    exponent = np.array([row for row in rng.integers(0, 4, (30, dimension)) if row.sum() <= 5])
    polynomial = Polynomial(np.arange(dimension), exponent, rng.normal(size=(len(exponent), 1)))
    order, coefficients = dense_coefficients(polynomial)
    function = osim.MultivariatePolynomialFunction()
    function.setDimension(dimension)
    function.setOrder(order)
    function.setCoefficients(osim.Vector.createFromMat(coefficients))
    for x in rng.uniform(-1.2, 1.2, (5, dimension)):
        by_hand = sum(c * np.prod(x**e) for e, c in zip(exponent, polynomial.polynomial_coefficient[:, 0], strict=True))
        assert function.calcValue(osim.Vector.createFromMat(x)) == pytest.approx(by_hand, abs=1e-12)


def test_opensim_has_the_lengths_and_arms_of_the_plant(tmp_path):
    plant = leg.build_plant()
    model = leg.build_model()
    replace_muscle_paths(model, plant)
    # Through the file: what is judged later is what was printed.
    model.printToXML(str(tmp_path / "model.osim"))
    model = osim.Model(str(tmp_path / "model.osim"))
    state = model.initSystem()
    rng = np.random.default_rng(1)
    value = rng.uniform(-1.0, 1.0, (6, 6))
    lengths, slopes = path_lengths(plant, value), path_slopes(plant, value)
    for k, pose in enumerate(value):
        for name, q in zip(leg.COORDINATES, pose, strict=True):
            model.getCoordinateSet().get(name).setValue(state, float(q), False)
        model.realizePosition(state)
        for m, muscle in enumerate(leg.MUSCLES):
            path = model.getMuscles().get(muscle)
            assert path.getPath().getConcreteClassName() == "FunctionBasedPath"
            assert path.getLength(state) == pytest.approx(lengths[k, m], abs=1e-9)
            for c, coordinate in enumerate(leg.COORDINATES):
                arm = path.getPath().computeMomentArm(state, model.getCoordinateSet().get(coordinate))
                assert arm == pytest.approx(-slopes[k, m, c], abs=1e-9)
    hip, knee = value[:, 3], value[:, 4]
    np.testing.assert_allclose(lengths[:, 1], 0.5 + 0.03 * hip - 0.04 * knee + 0.01 * hip * knee**2)
    np.testing.assert_allclose(slopes[:, 1, 4], -0.04 + 0.02 * hip * knee)


def test_paths_need_the_muscles_and_coordinates_of_the_model():
    plant = leg.build_plant()
    with pytest.raises(InputError, match="'soleus_r' is in only one"):
        replace_muscle_paths(leg.build_model(), replace(plant, muscle=("glut_r", "rect_r", "vasti_r", "soleus_r")))
    renamed = ("pelvis_tilt", "pelvis_tx", "pelvis_ty", "hip_flexion_r", "knee_r", "arm_flex_r")
    with pytest.raises(InputError, match="no coordinate 'knee_r'"):
        replace_muscle_paths(leg.build_model(), replace(plant, coordinate=renamed))


def max_force(model):
    return {name: model.getMuscles().get(name).getMaxIsometricForce() for name in leg.MUSCLES}


def test_weakening_touches_the_named_muscles_only():
    model = leg.build_model()
    scale_max_isometric_force(model, {"glut_r": 0.25, "vasti_r": 1.0})
    assert max_force(model) == {**leg.MAX_FORCE, "glut_r": 375.0}


def test_a_paralysed_muscle_pulls_next_to_nothing_and_is_a_number():
    model = leg.build_model()
    scale_max_isometric_force(model, {"glut_r": 0.0})
    state = model.initSystem()
    muscle = model.getMuscles().get("glut_r")
    muscle.setActivation(state, 1.0)
    model.realizeDynamics(state)
    assert 0.0 < muscle.getTendonForce(state) < 2e-3


def test_a_weak_muscle_is_driven_less_far_and_keeps_its_tissue():
    model = leg.build_model()
    model.updMuscles().get("glut_r").setMinControl(0.01)
    limit_activation(model, {"glut_r": 0.25, "vasti_r": 1.0})
    muscle = model.getMuscles().get("glut_r")
    assert (muscle.getMinControl(), muscle.getMaxControl()) == (0.0, 0.25)
    assert model.getMuscles().get("rect_r").getMaxControl() == 1.0
    assert max_force(model) == leg.MAX_FORCE
    for strength in ({"soleus_r": 0.5}, {"glut_r": -0.1}):
        with pytest.raises(InputError):
            limit_activation(model, strength)


def test_a_slow_muscle_has_longer_time_constants():
    model = leg.build_model()

    def times(name):
        muscle = osim.DeGrooteFregly2016Muscle.safeDownCast(model.getMuscles().get(name))
        return muscle.get_activation_time_constant(), muscle.get_deactivation_time_constant()

    before = {name: times(name) for name in leg.MUSCLES}
    slow_activation(model, {"glut_r": 4.0, "vasti_r": 1.0})
    assert times("glut_r") == pytest.approx([4 * before["glut_r"][0], 4 * before["glut_r"][1]], rel=1e-12)
    assert {name: times(name) for name in leg.MUSCLES if name != "glut_r"} == {
        name: value for name, value in before.items() if name != "glut_r"
    }


@pytest.mark.parametrize(
    ("strength", "message"),
    [({"soleus_r": 0.5}, "no muscle 'soleus_r'"), ({"glut_r": -0.1}, "is -0.1"), ({"glut_r": float("nan")}, "is nan")],
)
def test_impossible_weakness_is_an_input_error(strength, message):
    model = leg.build_model()
    with pytest.raises(InputError, match=message):
        scale_max_isometric_force(model, strength)
    assert max_force(model) == leg.MAX_FORCE
