"""Grids, cases, sheets and treatments: what they make, and what is refused in one sentence."""

from __future__ import annotations

import pytest

from gluteweak.errors import InputError
from gluteweak.study import load_study

HEAD = "name: test\nmodel: adult\n"
GLMED = tuple(f"glmed{i}_r" for i in (1, 2, 3))


def study(folder, text, name="study.yaml"):
    path = folder / name
    path.write_text(text if name.endswith(".csv") else HEAD + text, encoding="utf-8")
    return load_study(path, yes=False)


def by_id(made):
    return {scenario.scenario_id: scenario for scenario in made.scenarios()}


def test_a_grid_is_the_product_of_its_axes(tmp_path):
    made = study(
        tmp_path, "grid:\n  - who: [glmed, tfl]\n    side: [right, left, both]\n    strength_percent: [150, 0]\n"
    )
    scenarios = made.scenarios()
    assert made.size == len(scenarios) == 2 * 3 * 2 * 2  # two adaptations where none is named
    assert len({s.scenario_id for s in scenarios}) == 24
    strong = next(s for s in scenarios if s.strength_fraction == 1.5 and set(s.muscle_strength) == {"tfl_r", "tfl_l"})
    assert strong.muscle_strength == {"tfl_r": 1.5, "tfl_l": 1.5}


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("glmed", {"glmed1", "glmed2", "glmed3"}),
        ("glmed_anterior", {"glmed1"}),
        ("superior_gluteal_nerve", {*(f"glmed{i}" for i in (1, 2, 3)), *(f"glmin{i}" for i in (1, 2, 3)), "tfl"}),
        ("quadriceps", {"recfem", "vasint", "vaslat", "vasmed"}),
        ("glmed1+tfl", {"glmed1", "tfl"}),
    ],
)
def test_who_is_meant(tmp_path, who, expected):
    made = study(tmp_path, f"grid:\n  - who: ['{who}']\n    strength_percent: [40]\n    adaptation: [re_optimised]\n")
    (scenario,) = made.scenarios()
    assert scenario.muscle_strength == {f"{base}_r": 0.4 for base in expected}


def test_full_strength_without_a_fault_is_the_healthy_walker(tmp_path):
    made = study(tmp_path, "grid:\n  - who: [glmed]\n    strength_percent: [100, 50]\n    onset_delay_ms: [0, 50]\n")
    roles = [(s.strength_fraction, bool(s.coordination), s.role) for s in made.scenarios()]
    assert {(1.0, False, "healthy"), (1.0, True, "untreated"), (0.5, False, "untreated")} <= set(roles)


def test_timing_reaches_every_named_muscle(tmp_path):
    text = (
        "cases:\n  - {id: late, who: glmed, onset_delay_ms: 80, slower_activation: 2, activation_ceiling: 0.6, "
        "early_shutoff_ms: 30}\n"
    )
    late = by_id(study(tmp_path, text))["late"]
    assert tuple(late.coordination) == GLMED
    timing = late.coordination["glmed2_r"]
    assert (timing.onset_delay_ms, timing.slower_activation, timing.activation_ceiling, timing.early_shutoff_ms) == (
        80,
        2,
        0.6,
        30,
    )
    assert set(late.muscle_strength.values()) == {1.0}  # strength is untouched


def test_a_treated_walker_by_hand(tmp_path):
    text = """treatment:
  - name: weak
    who: glmed
    strength_percent: 40
    adaptation: [re_optimised]
    treatments:
      - {name: hip, strengthen: [{who: glmed, by_percent: 50}]}
      - {name: knee, strengthen: [{who: quadriceps, by_percent: 20}]}
      - {name: lean, trunk_lean_deg: 5}
      - {name: less, steps_per_day: 3000}
"""
    made = study(tmp_path, text).scenarios()
    by_treatment = {s.treatment or s.role: s for s in made}
    assert [s.role for s in made] == ["healthy", "untreated", *["treated"] * 4]
    assert by_treatment["untreated"].muscle_strength == dict.fromkeys(GLMED, 0.4)
    assert by_treatment["hip"].muscle_strength == pytest.approx(dict.fromkeys(GLMED, 0.6))
    knee = by_treatment["knee"].muscle_strength
    assert knee["glmed1_r"] == 0.4
    assert knee["vaslat_r"] == pytest.approx(1.2)
    assert by_treatment["lean"].trunk_lean_deg == 5
    assert by_treatment["less"].steps_per_day == 3000
    assert len({s.group for s in made}) == 1


def test_a_tired_muscle_is_weaker_the_longer_it_walks(tmp_path):
    text = "grid:\n  - {who: [glmed], steps_walked: [0, 1000, 5000], adaptation: [re_optimised]}\n"
    strengths = [s.muscle_strength["glmed1_r"] for s in study(tmp_path, text).scenarios()]
    assert strengths[0] == 1.0
    assert strengths[0] > strengths[1] > strengths[2] > 0


def test_a_sheet_is_a_study(tmp_path):
    made = study(
        tmp_path, "id,who,strength_percent,trunk_lean_deg\nweak,glmed,50,\nleaning,glmed+tfl,25,4\n", "walkers.csv"
    )
    assert made.name == "walkers"
    scenarios = by_id(made)
    assert scenarios["weak"].muscle_strength == dict.fromkeys(GLMED, 0.5)
    assert scenarios["weak"].trunk_lean_deg == 0
    assert scenarios["leaning"].trunk_lean_deg == 4


def test_semicolons_come_with_decimal_commas(tmp_path):
    made = study(tmp_path, "id;who;strength_percent\nhalf;glmed;50,5\n", "komma.csv")
    assert by_id(made)["half"].strength_fraction == pytest.approx(0.505)


REFUSED = [
    ("grid:\n  - who: [glmde]\n    strength_percent: [50]\n", ["unknown muscle or group 'glmde'", "'glmed'"]),
    ("grid:\n  - strength_percent: [50]\n", ["strength_percent is given, but nobody is named", "who"]),
    ("grid: []\n", ["no scenarios", "add weakness"]),
    ("grid:\n  - who: [glmed]\n    strength_percent: []\n", ["strength_percent"]),
    ("grid:\n  - who: [glmed]\n    strength_percent: [151]\n", ["151", "150"]),
    ("grid:\n  - who: [glmed]\n    speed_m_s: [2.0]\n", ["speed_m_s", "1.5"]),
    (
        "cases:\n  - {id: a, posture: trunk_upright, trunk_lean_deg: 3}\n",
        ["trunk_upright", "contradict each other", "leave one of them out"],
    ),
    ("cases:\n  - {id: a, who: glmed}\n  - {id: a, who: tfl}\n", ["case id 'a' is listed twice"]),
    ("cases:\n  - {id: ../../etc/passwd, who: glmed}\n", ["cases[0].id"]),
    ("cases:\n  - {id: a, adaptation: re_optimized}\n", ["unknown adaptation 're_optimized'", "'re_optimised'"]),
    ("cases:\n  - {id: a, effort: 1}\n", ["effort is given without posture_habit"]),
    ("cases:\n  - {id: a, who: tfl, other_strength_percent: {tfl: 50}}\n", ["tfl_r", "has a strength already"]),
    (
        "treatment:\n  - {name: x, who: glmed, strength_percent: 40, treatments: [{name: t, restore_timing: true}]}\n",
        ["restores timing, but the walker has no timing fault"],
    ),
    ("treatment:\n  - {name: x, who: glmed, treatments: [{name: t}]}\n", ["treatment 't' does nothing"]),
    (
        "treatment:\n  - {name: x, who: glmed, treatments: [{name: t, strengthen: [{who: glmed, by_percent: 80}]}]}\n",
        ["trains glmed1_r to 180 %", "150 %"],
    ),
    (
        "cases:\n  - {id: mute, who: glmed, onset_delay_ms: 400, early_shutoff_ms: 400}\n",
        ["'mute'", "onset_delay_ms 400 and early_shutoff_ms 400 leave glmed2_r no time", "add up to less than 595 ms"],
    ),
    (
        "grid:\n  - {who: [tfl], side: [left, right], onset_delay_ms: [0, 500], early_shutoff_ms: [0, 100, 300]}\n",
        [
            "'tfl_l-s100-late500-early300-re_optimised'",
            "onset_delay_ms 500 and early_shutoff_ms 300 leave tfl_l no time",
        ],
    ),
    (
        "treatment:\n  - {name: x, who: glmed, onset_delay_ms: 400, early_shutoff_ms: 400, "
        "treatments: [{name: t, restore_timing: true}]}\n",
        ["'x-untreated-re_optimised'", "no time in which it may be active"],
    ),
]


@pytest.mark.parametrize(("text", "words"), REFUSED)
def test_what_is_refused(tmp_path, text, words):
    with pytest.raises(InputError) as caught:
        study(tmp_path, text)
    said = str(caught.value)
    assert "study.yaml" in said
    assert "\n" not in said
    for word in words:
        assert word in said


POSSIBLE = [
    "onset_delay_ms: 300, early_shutoff_ms: 290",  # glmed2_r's burst of 595 ms leaves 5
    "onset_delay_ms: 500",
    "early_shutoff_ms: 500",
    # The healthy gaits of other speeds and stride times are not known before they are solved.
    "onset_delay_ms: 400, early_shutoff_ms: 400, speed_m_s: 0.9",
    "onset_delay_ms: 400, early_shutoff_ms: 400, stride_time: free",
]


@pytest.mark.parametrize("timing", POSSIBLE)
def test_timing_that_may_leave_a_burst_is_for_the_solver_to_judge(tmp_path, timing):
    made = by_id(study(tmp_path, f"cases:\n  - {{id: timed, who: glmed, {timing}}}\n"))
    assert tuple(made["timed"].coordination) == GLMED


def test_activity_of_another_calibration_is_not_known_before_it_is_solved(tmp_path):
    timing = "calibration: none\ncases:\n  - {id: timed, who: glmed, onset_delay_ms: 400, early_shutoff_ms: 400}\n"
    assert by_id(study(tmp_path, timing))["timed"].coordination["glmed1_r"].early_shutoff_ms == 400


SHEETS = [
    ("id,who\na,glmed\na,tfl\n", ["line 3", "'a'", "line 2"]),
    ("who\nglmed\n", ["'id' is missing"]),
    ("id,strenght_percent\na,5\n", ["unknown column 'strenght_percent'", "'strength_percent'"]),
    ("id,strength_percent\na,weak\n", ["line 2", "'weak'", "give a number"]),
    ("id,who\na\n", ["line 2", "1 cells", "2 columns"]),
    ("", ["is empty"]),
    ("id,who\n", ["no scenario"]),
    ("id,who,onset_delay_ms,early_shutoff_ms\na,glmed,400,400\n", ["scenario 'a'", "leave glmed2_r no time"]),
]


@pytest.mark.parametrize(("text", "words"), SHEETS)
def test_sheets_that_are_refused(tmp_path, text, words):
    with pytest.raises(InputError) as caught:
        study(tmp_path, text, "sheet.csv")
    said = str(caught.value)
    assert "sheet.csv" in said
    assert "\n" not in said
    for word in words:
        assert word in said


def test_a_huge_grid_is_refused_before_it_is_made(tmp_path):
    numbers = ", ".join(str(n / 10) for n in range(400))
    text = f"grid:\n  - who: [glmed]\n    strength_percent: [{numbers}]\n    onset_delay_ms: [{numbers}]\n"
    with pytest.raises(InputError, match=r"320000 scenarios, more than 100000; give --yes"):
        study(tmp_path, text)
