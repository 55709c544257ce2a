"""What a walk adds up to, by hand."""

import numpy as np

from gluteweak.loads.walk import walk_totals
from gluteweak.study import Study

#: Two walks of three moments each, and somebody who has not walked.
WALK = ("strong", "strong", "strong", "weak", "weak", "weak", "")
STEPS = (0.0, 1000.0, 4000.0, 0.0, 1000.0, 4000.0, 0.0)
#: Impulse of a step of the right and of the left limb.
IMPULSE = np.array([[1.0, 2.0], [3.0, 2.0], [5.0, 0.0], [2.0, 2.0], [2.0, 2.0], [2.0, 2.0], [9.0, 9.0]])


def test_a_walk_adds_up_by_trapezoids_over_the_steps_of_one_limb():
    totals = walk_totals(WALK, STEPS, IMPULSE)
    # 500 steps of a limb at a mean of 2 N s, then 1500 at a mean of 4; the left: 500 at 2, then 1500 at 1.
    np.testing.assert_allclose(totals[:3], [[0, 0], [1000, 1000], [7000, 2500]])
    np.testing.assert_allclose(totals[3:6, 0], [0, 1000, 4000])
    np.testing.assert_array_equal(totals[6], 0.0)


def test_order_of_the_scenarios_does_not_matter():
    order = [2, 6, 0, 4, 1, 3, 5]
    shuffled = walk_totals([WALK[i] for i in order], [STEPS[i] for i in order], IMPULSE[order])
    np.testing.assert_allclose(shuffled, walk_totals(WALK, STEPS, IMPULSE)[order])


def test_a_walk_without_a_fresh_moment_begins_as_its_first_one():
    np.testing.assert_allclose(walk_totals(WALK[1:3], STEPS[1:3], IMPULSE[1:3]), [[1500, 1000], [7500, 2500]])


def test_a_study_names_its_walks():
    grid = {"who": ["glmed"], "strength_percent": [100, 60], "adaptation": ["re_optimised"], "steps_walked": [0, 1000]}
    study = Study.model_validate({"name": "walk", "model": "adult", "grid": [grid]})
    walks = [scenario.walk for scenario in study.scenarios()]
    assert walks == ["glmed_r-s100-re_optimised"] * 2 + ["glmed_r-s060-re_optimised"] * 2
    still = Study.model_validate({"name": "walk", "model": "adult", "grid": [{**grid, "steps_walked": [0]}]})
    assert [scenario.walk for scenario in still.scenarios()] == ["", ""]
