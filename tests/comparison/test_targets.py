"""What the workflow plans for a study follows from its scenarios."""

from types import SimpleNamespace

import pytest

from gluteweak.comparison.targets import comparison_figures, handout_languages, shows_chain


def scenario(strength, muscles=("glmed1_r",), adaptation="a"):
    return SimpleNamespace(
        strength_fraction=strength, muscle_strength=dict.fromkeys(muscles, strength), adaptation_name=adaptation
    )


@pytest.mark.parametrize(
    ("scenarios", "figures", "chain", "handouts"),
    [
        ([scenario(1.0)], 0, False, 0),
        ([scenario(1.0), scenario(0.5)], 4, True, 3),
        (
            [scenario(0.5), scenario(0.5, adaptation="b")],
            3,
            True,
            3,
        ),  # one strength an adaptation: no dose and response
        ([scenario(1.0), scenario(1.0, adaptation="b")], 3, False, 0),  # timing only: nobody is weak
        ([scenario(1.0, ["recfem_r"]), scenario(0.5, ["recfem_r"])], 4, True, 0),  # the handout is about the hip
        ([scenario(1.0, ["glut_med1_l"]), scenario(0.5, ["glut_med1_l"])], 4, True, 3),
        ([scenario(1.0), scenario(1.5)], 4, False, 0),  # stronger is not weak
    ],
)
def test_targets_follow_from_the_scenarios(scenarios, figures, chain, handouts):
    assert len(comparison_figures(scenarios)) == figures
    assert shows_chain(scenarios) is chain
    assert len(handout_languages(scenarios)) == handouts
