"""Two-sided arrivals, and the one line that explains a failure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_study import UNADAPTED

from gluteweak.errors import SolveError
from gluteweak.walking.arrivals import STEP, compare, other_side
from gluteweak.walking.failure import NotConvergedError, explain
from gluteweak.walking.healthy_gait import Reference
from gluteweak.walking.scenario import Scenario, pose
from gluteweak.walking.solution import read_start

pytestmark = pytest.mark.casadi


@pytest.mark.parametrize(
    ("strength", "neighbour"),
    [
        ([1.0, 1.0], None),
        ([0.5, 1.0], [0.5 - STEP, 1.0]),
        ([0.1, 1.0], [0.0, 1.0]),
        ([1.5, 0.5], [1.5 + STEP, 0.5 - STEP]),
        ([0.0, 1.0], [STEP, 1.0]),
        ([0.0, 0.5], [0.0, 0.5 - STEP]),
    ],
)
def test_neighbour_lies_away_from_the_healthy_walker(strength, neighbour):
    found = other_side(np.array(strength))
    if neighbour is None:
        assert found is None
    else:
        np.testing.assert_allclose(found, neighbour)


def test_arrivals_of_the_small_walker_agree(study):
    _, attributes, _ = study.solve({"sol_r": 0.4}, UNADAPTED)
    assert attributes["arrivals"] == "both arrivals agree"
    assert 0 < attributes["arrivals_largest_difference"] < np.radians(0.2)
    assert study.solve({"sol_r": 0.4})[1]["arrivals"] == "one arrival"  # no motor habit


@pytest.fixture
def posed(study):
    reference = Reference(study.healthy, float(study.attributes["distance_m"]))
    return pose(study.programme, reference, Scenario(np.full(len(study.plant.muscle), 0.5), 0.1, 0.0, 1.0))


@pytest.mark.parametrize(
    ("cost", "kept", "word"),
    [
        (0.9, "second", "two minima, the one from the other neighbour kept"),
        (1.1, "first", "two minima, the one from the healthy side kept"),
        (1.0 - 1e-8, "first", "two minima, the one from the healthy side kept"),
    ],
)
def test_better_of_two_minima_is_kept_and_the_other_logged(study, posed, cost, kept, word, capsys):
    first = replace(read_start(study.healthy), objective=1.0)
    w = first.w.copy()
    w[0] += 0.1
    second = replace(first, w=w, objective=cost)
    found, arrivals = compare(posed, posed, first, lambda *_: second)
    assert found is {"first": first, "second": second}[kept]
    assert arrivals.word == word
    assert arrivals.largest_difference == pytest.approx(0.1)
    assert arrivals.other_cost == {"first": cost, "second": 1.0}[kept]
    assert word in capsys.readouterr().out


def test_second_arrival_that_fails_leaves_the_first(study, posed, capsys):
    def fails(*_):
        raise SolveError("no luck")

    first = read_start(study.healthy)
    found, arrivals = compare(posed, posed, first, fails)
    assert found is first
    assert arrivals.word == "only one arrival converged"
    assert "no luck" in capsys.readouterr().out


def test_failure_is_explained_in_one_line(study, posed):
    tr = posed.programme.transcription
    w = read_start(study.healthy).w.reshape(tr.grid.n_points, -1).copy()
    sol = study.plant.muscle.index("sol_r")
    w[:4, tr.point_variables["activation"].start + sol] = 0.99
    hip = study.plant.free_coordinates.index("hip_flexion_l")
    w[2, hip] = posed.bounds.upper.reshape(w.shape)[2, hip]
    residual = np.zeros((tr.grid.n_points, tr.layout.n_free))
    residual[3, study.plant.free_coordinates.index("ankle_angle_r")] = -0.123
    phase = 100 * tr.grid.time_s[3] / tr.grid.duration_s
    assert explain(tr, posed.bounds, NotConvergedError("x", w.ravel(), residual)) == (
        f"ankle_angle_r misses 12.3 N or Nm at {phase:.0f} % of the cycle; saturated: sol_r for 40 % of the cycle; "
        "at a bound: hip_flexion_l"
    )
