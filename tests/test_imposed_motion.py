"""What can be imposed, in study files and on the command line: names, sides, and one sentence for what is wrong."""

from typing import get_args

import pytest
from study_files import DEFAULT, changed_default

from gluteweak.cli import main
from gluteweak.errors import InputError
from gluteweak.imposed_motion import CHANGES, ChangeName, motion_id
from gluteweak.study import load_study, what_if_motion


def test_names_of_changes_are_those_of_the_table():
    assert set(get_args(ChangeName)) == set(CHANGES)


@pytest.mark.parametrize(
    ("change", "size", "side", "name"),
    [
        ("pelvic_drop", 4.0, "right", "what_if-pelvic_drop_r-4deg"),
        ("trunk_lean", 7.5, "left", "what_if-trunk_lean_l-7p5deg"),
        ("step_width", -5.0, "both", "what_if-step_width-minus5cm"),
        ("none", 0.0, "both", "what_if-none"),
    ],
)
def test_motion_names_are_safe_in_paths(change, size, side, name):
    assert motion_id(change, size, side) == name


def test_default_study_imposes_each_link_and_the_healthy_gait():
    motions = load_study(DEFAULT).what_if_motions()
    assert next(iter(motions)) == "what_if-none"
    assert {m.change for m in motions.values()} == set(CHANGES)
    assert load_study(DEFAULT).what_if_motion("what_if-step_width-5cm").chosen_side == "both"


def with_motions(tmp_path, text):
    return changed_default(tmp_path, "simulation:", f"what_if:\n  motions: {text}\n\nsimulation:")


def test_study_lists_its_own_motions(tmp_path):
    study = load_study(with_motions(tmp_path, "[{change: trunk_lean, size: 6, side: left}, {change: none}]"))
    assert list(study.what_if_motions()) == ["what_if-none", "what_if-trunk_lean_l-6deg"]
    assert study.what_if.posture_habit == 1.0


WRONG = [
    ("[{change: pelvic_drp, size: 4}]", ["'what_if.motions[0].change' is 'pelvic_drp'", "'pelvic_drop'"]),
    ("[{change: pelvic_drop}]", ["'what_if.motions[0]'", "size is 0; say how much pelvic_drop"]),
    ("[{change: pelvic_drop, size: 90}]", ["'what_if.motions[0].size' is 90", "less than or equal to 45"]),
    ("[{change: step_width, size: 5, side: left}]", ["step_width has no side 'left'; write both"]),
    ("[{change: trunk_lean, size: 5, side: both}]", ["trunk_lean has no side 'both'; write right or left"]),
    ("[{change: none, size: 5}]", ["the change 'none' has no size"]),
    (
        "[{change: trunk_lean, size: 5}, {change: trunk_lean, size: 5.0}]",
        ["'what_if-trunk_lean_r-5deg' is listed twice"],
    ),
    ("[]", ["'what_if.motions'", "at least one"]),
    ("[{change: trunk_lean, degrees: 5}]", ["unknown key 'what_if.motions[0].degrees'", "change, size, side"]),
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_wrong_motion_is_one_sentence(tmp_path, text, said):
    with pytest.raises(InputError) as caught:
        load_study(with_motions(tmp_path, text))
    for words in said:
        assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((None, None), "Unknown change"),
        (("pelvic_dorp", 4.0), "did you mean 'pelvic_drop'?"),
        (("pelvic_drop", None), "size is 0"),
        (("pelvic_drop", 400.0), "less than or equal to 45"),
    ],
)
def test_motion_of_the_command_line_is_checked(arguments, said):
    with pytest.raises(InputError, match=r"change|What-if motion") as caught:
        what_if_motion(str(arguments[0]), arguments[1], None)
    assert said in str(caught.value)


def test_unknown_motion_of_a_study():
    with pytest.raises(InputError, match=r"no what-if motion 'what_if-nine'.*did you mean 'what_if-none'"):
        load_study(DEFAULT).what_if_motion("what_if-nine")


def test_fixed_gait_runs_have_the_strengths_of_the_study_or_those_asked_for():
    study = load_study(DEFAULT)
    runs = study.fixed_gait_runs()
    assert [run["strength_fraction"] for run in runs] == [1.0, 0.75, 0.5, 0.25, 0.0]
    assert runs[1]["scenario_id"] == "fixed_gait-glmed_r-s075"
    assert runs[1]["muscle_strength"] == {"glmed1_r": 0.75, "glmed2_r": 0.75, "glmed3_r": 0.75}
    assert [run["scenario_id"] for run in study.fixed_gait_runs([12.5, 12.5])] == ["fixed_gait-glmed_r-s012p5"]
    with pytest.raises(InputError, match="Strength 160 % is not possible"):
        study.fixed_gait_runs([160.0])


def test_command_line_lists_motions_and_refuses_half_a_wish(capsys, tmp_path):
    assert main(["scenarios", str(DEFAULT), "--what-if"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "what_if-pelvic_drop_r-4deg"
    paths = [f"--{name}={tmp_path / name}" for name in ("plant", "healthy", "problem", "out-dir")]
    assert main(["what-if", "--study", str(DEFAULT), *paths]) == 2
    assert "either --motion with a name of the study, or --change with --size" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
