"""A large study is shown by its healthy walks and an even choice of the others."""

from gluteweak.skeleton.choice import posed_scenarios


def test_a_small_study_is_posed_whole():
    assert posed_scenarios({"b": "healthy", "a": "untreated"}) == ["b", "a"]


def test_a_large_one_keeps_the_healthy_and_the_weakest_of_every_row():
    rows = ("one", "two", "three", "four", "five", "six")
    roles = {f"{row}-s{p:03d}": "healthy" if p == 100 else "untreated" for row in rows for p in range(100, -1, -5)}
    chosen = posed_scenarios(roles)
    # 126 scenarios: 6 healthy ones, and of 20 weak ones in each row every fourth from the weakest on.
    assert len(chosen) == 6 + 6 * 5
    assert chosen[:6] == ["one-s100", "one-s080", "one-s060", "one-s040", "one-s020", "one-s000"]
    assert chosen == [name for name in roles if name in chosen]


def test_never_more_than_asked_for():
    for count in (41, 79, 500, 10_000):
        roles = {str(i): "healthy" if i % 7 == 0 else "treated" for i in range(count)}
        chosen = posed_scenarios(roles)
        assert 20 <= len(chosen) <= 40
        assert chosen[-1] in (str(count - 1), str(count - 2))
