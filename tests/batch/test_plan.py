"""Chains, batches and neighbours, by hand."""

from hypothesis import given
from hypothesis import strategies as st

from gluteweak.batch import plan


def scenario(name, fraction, adaptation="free", **muscles):
    strengths = muscles or {"glmed1_r": fraction}
    return {
        "scenario_id": name,
        "strength_fraction": fraction,
        "muscle_strength": strengths,
        "adaptation_name": adaptation,
    }


def names(scenarios):
    return [s["scenario_id"] for s in scenarios]


def test_a_chain_differs_in_strength_alone_and_runs_from_strong_to_weak():
    given_order = [
        scenario("a0", 0.0),
        scenario("b1", 1.0, "kept"),
        scenario("a1", 1.0),
        scenario("b0", 0.0, "kept"),
        scenario("a5", 0.5),
    ]
    assert [names(chain) for chain in plan.chains(given_order)] == [["a1", "a5", "a0"], ["b1", "b0"]]


def test_other_muscles_or_another_side_are_another_chain():
    one, other = scenario("r", 0.5, glmed1_r=0.5), scenario("l", 0.5, glmed1_l=0.5)
    assert len(plan.chains([one, other])) == 2


def test_batches_hold_whole_chains_where_they_fit():
    chain = [scenario(f"a{i}", i / 10) for i in range(4)]
    other = [scenario(f"b{i}", i / 10, "kept") for i in range(3)]
    assert [names(b.scenarios) for b in plan.batches(chain + other, 7)] == [["a3", "a2", "a1", "a0", "b2", "b1", "b0"]]
    assert [len(b.scenarios) for b in plan.batches(chain + other, 5)] == [4, 3]
    assert [len(b.scenarios) for b in plan.batches(chain + other, 3)] == [3, 1, 3]
    assert [b.name for b in plan.batches(chain, 2)] == ["00000", "00001"]


def test_changing_one_strength_changes_one_batch():
    before = [scenario(f"a{i}", i / 100) for i in range(20)]
    after = [*before[:7], scenario("new", 0.065), *before[8:]]
    pairs = zip(plan.batches(before, 5), plan.batches(after, 5), strict=True)
    assert sum(old.checksum != new.checksum for old, new in pairs) == 1


def test_the_nearest_neighbour_counts_the_healthy_gait():
    wanted = scenario("w", 0.4)
    assert plan.nearest_neighbour(wanted, []) is None
    assert plan.nearest_neighbour(wanted, [scenario("n", 0.5), scenario("f", 0.9)]) == "n"
    # At 90 %, the healthy gait (100 %) is nearer than 75 %.
    assert plan.nearest_neighbour(scenario("w", 0.9), [scenario("n", 0.75)]) is None
    assert plan.nearest_neighbour(wanted, [scenario("n", 0.4, "kept")]) is None


def test_the_nearest_neighbour_in_a_grid_is_the_one_whose_worst_muscle_is_nearest():
    wanted = scenario("w", 0.2, a=0.2, b=0.2)
    near = scenario("near", 0.3, a=0.3, b=0.35)
    far = scenario("far", 0.2, a=0.2, b=0.5)
    assert plan.nearest_neighbour(wanted, [far, near]) == "near"


@given(
    st.lists(st.tuples(st.floats(0, 1.5), st.sampled_from("xyz")), min_size=1, max_size=40, unique=True),
    st.integers(1, 12),
)
def test_every_scenario_is_in_exactly_one_batch_of_at_most_the_size(drawn, size):
    scenarios = [scenario(str(i), fraction, adaptation) for i, (fraction, adaptation) in enumerate(drawn)]
    planned = plan.batches(scenarios, size)
    assert sorted(name for b in planned for name in names(b.scenarios)) == sorted(names(scenarios))
    assert max(len(b.scenarios) for b in planned) <= size
    blocks = plan.blocks(planned)
    assert [name for block in blocks.values() for name in block] == [b.name for b in planned]


def test_a_job_grows_with_the_study_and_never_by_itself():
    sizes = {1: 5, 20: 5, 21: 10, 100: 10, 101: 25, 1_000: 25, 10_000: 100, 100_000: 250}
    assert {n: plan.batch_size(n) for n in sizes} == sizes
