"""Which costs rise with strength. Oracle: every pair of scenarios, one by one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluteweak.nested import COST_SLACK, rises


def scenario(name, motor_habit=0.0, posture="free", **strength):
    return {
        "scenario_id": name,
        "strength_fraction": min(strength.values(), default=1.0),
        "muscle_strength": strength,
        "weights": {"effort": 1.0, "posture_habit": 1.0, "motor_habit": motor_habit},
        "posture_preset": posture,
    }


def found(scenarios, costs):
    return [(rise.weaker, rise.stronger, rise.beyond) for rise in rises(scenarios, costs)]


def test_the_cheapest_contradiction_and_the_next_stronger_are_named():
    chain = [scenario(f"s{round(100 * s):03d}", glmed1_r=s) for s in (1.0, 0.75, 0.5, 0.25, 0.0)]
    costs = {"s100": 1.0, "s075": 3.0, "s050": 1.5, "s025": 1.75, "s000": 2.0}
    assert found(chain, costs) == [("s050", "s075", "s100")]
    (rise,) = rises(chain, costs)
    assert (rise.weaker_cost, rise.stronger_cost) == (1.5, 3.0)


def test_a_muscle_that_is_not_named_is_healthy():
    one, two = scenario("one", glmed1_r=0.5), scenario("two", glmed1_r=0.5, tfl_r=0.5)
    assert found([one, two], {"one": 2.0, "two": 1.0}) == [("two", "one", None)]


@pytest.mark.parametrize(
    "other",
    [
        scenario("other", glmed1_r=0.4, tfl_r=1.2),  # weaker in one, stronger in another muscle
        scenario("other", motor_habit=0.1, glmed1_r=0.4),
        scenario("other", posture="trunk_upright", glmed1_r=0.4),
    ],
)
def test_what_is_not_nested_says_nothing(other):
    assert found([scenario("one", glmed1_r=0.5), other], {"one": 2.0, "other": 1.0}) == []


def test_motor_habit_says_nothing_at_all():
    both = [scenario(name, motor_habit=0.1, glmed1_r=s) for name, s in (("one", 0.5), ("other", 0.4))]
    assert found(both, {"one": 2.0, "other": 1.0}) == []


def test_the_solvers_tolerance_is_no_rise():
    both = [scenario("one", glmed1_r=0.5), scenario("other", glmed1_r=0.4)]
    assert found(both, {"one": 1.0 + 0.9 * COST_SLACK, "other": 1.0}) == []
    assert found(both, {"one": 1.0 + 1.1 * COST_SLACK, "other": 1.0}) == [("other", "one", None)]


STRENGTH = st.sampled_from([0.0, 0.5, 1.0, 1.5])


@given(st.lists(st.tuples(STRENGTH, STRENGTH, st.integers(1, 4)), max_size=8, unique_by=lambda row: row[:2]))
def test_every_contradicted_scenario_is_found(rows):
    scenarios = [scenario(f"s{i}", a_r=a, b_r=b) for i, (a, b, _) in enumerate(rows)]
    costs = {f"s{i}": float(cost) for i, (_, _, cost) in enumerate(rows)}
    expected = {
        f"s{i}" for i, (a, b, cost) in enumerate(rows) if any(c <= a and d <= b and low < cost for c, d, low in rows)
    }
    assert {stronger for _, stronger, _ in found(scenarios, costs)} == expected
