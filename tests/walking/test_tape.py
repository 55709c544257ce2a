"""Recorded instructions against CasADi's own virtual machine."""

from __future__ import annotations

import casadi as ca
import numpy as np
import pytest

from gluteweak.walking import tape
from gluteweak.walking.point import build_point, point_functions
from gluteweak.walking.tape import LANES, record

pytestmark = pytest.mark.casadi


def casadi_values(function, arguments):
    """(n_outputs, n_points) nonzeros of all results, point by point."""
    columns = []
    for k in range(arguments[0].shape[1]):
        results = function.call([ca.DM(a[:, k]) for a in arguments])
        columns.append(np.concatenate([np.array(r.nonzeros()) for r in results]))
    return np.array(columns).T


def test_every_operation():
    x, y = ca.SX.sym("x", 3), ca.SX.sym("y", 2)
    a, b, c = x[0], x[1], y[0]
    out = ca.vertcat(
        a + b, a - b, a * b, a / c, 2 * a, a**2, -a, ca.sqrt(c), ca.exp(a), ca.log(c), c**b, c**0.75, ca.sin(a),
        ca.cos(a), ca.tanh(a), ca.fabs(a), ca.sign(b), 1 / c, x[2], 1.5,
    )  # fmt: skip
    function = ca.Function("all", [x, y], [out, ca.jacobian(out, x)])
    rng = np.random.default_rng(1)
    arguments = [rng.normal(size=(3, 5)), rng.uniform(0.5, 2, size=(2, 5))]
    expected = casadi_values(function, arguments)
    np.testing.assert_allclose(record(function)(np.vstack(arguments)), expected, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("n_points", [1, LANES - 1, LANES, LANES + 3])
def test_any_number_of_points(n_points):
    x = ca.SX.sym("x", 2)
    function = ca.Function("f", [x], [ca.sin(x[0]) * x[1]])
    points = np.random.default_rng(2).normal(size=(2, n_points))
    np.testing.assert_allclose(record(function)(points)[0], np.sin(points[0]) * points[1], rtol=1e-15)


def test_unknown_operation_is_refused():
    x = ca.SX.sym("x")
    with pytest.raises(ValueError, match="does not know"):
        record(ca.Function("f", [x], [ca.atan(x)]))


def test_wrong_number_of_inputs_is_refused():
    x = ca.SX.sym("x", 2)
    recorded = record(ca.Function("f", [x], [x[0]]))
    with pytest.raises(ValueError, match="takes 2 numbers"):
        recorded(np.zeros((3, 4)))


def test_kernel_is_plain_python_too():
    x = ca.SX.sym("x", 2)
    recorded = record(ca.Function("f", [x], [x[0] * x[1] + 1]))
    inputs, out = np.array([[2.0, 3.0], [4.0, 5.0]]), np.empty((1, 2))
    work = np.empty((recorded.n_work, LANES))
    tape._run.py_func(
        recorded.operation, recorded.first, recorded.second, recorded.target, recorded.constant, work, inputs, out
    )
    np.testing.assert_array_equal(out, [[9.0, 16.0]])


def test_functions_of_the_walker(small_plant):
    point = point_functions(build_point(small_plant))
    rng = np.random.default_rng(3)
    for name in ("residual", "jacobian", "cost", "gradient", "hessian", "report"):
        function = point[name]
        sizes = [function.size1_in(i) for i in range(function.n_in())]
        arguments = [rng.uniform(0.2, 0.6, size=(n, 3)) for n in sizes]
        expected = casadi_values(function, arguments)
        scale = np.abs(expected).max()
        np.testing.assert_allclose(record(function)(np.vstack(arguments)), expected, rtol=1e-12, atol=1e-13 * scale)
