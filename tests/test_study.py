"""Study files: what they promise, and one sentence for each way of getting them wrong."""

import json

import jsonschema
import pytest
import yaml
from study_files import DEFAULT, ROOT, changed_default

from gluteweak.errors import InputError
from gluteweak.study import Study, load_study, schema_text

CONFIG = sorted((ROOT / "config").glob("*.yaml"))


@pytest.fixture
def change(tmp_path):
    return lambda old, new: load_study(changed_default(tmp_path, old, new))


def refuse(path):
    with pytest.raises(InputError) as caught:
        load_study(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    return message


def test_default_study_is_the_one_of_the_issue():
    study = load_study(DEFAULT)
    scenarios = study.scenarios()
    assert len(scenarios) == 10
    for name in ("re_optimised", "pattern_kept"):
        strengths = [s.strength_fraction for s in scenarios if s.adaptation_name == name]
        assert strengths == [1.0, 0.75, 0.5, 0.25, 0.0]
    assert all(set(s.muscle_strength) == {"glmed1_r", "glmed2_r", "glmed3_r"} for s in scenarios)


def test_scenario_carries_strength_and_weights():
    scenario = load_study(DEFAULT).scenario("glmed_r-s025-pattern_kept")
    assert scenario.model_dump(mode="json") == {
        "scenario_id": "glmed_r-s025-pattern_kept",
        "strength_fraction": 0.25,
        "muscle_strength": {"glmed1_r": 0.25, "glmed2_r": 0.25, "glmed3_r": 0.25},
        "adaptation_name": "pattern_kept",
        "weights": {"effort": 0.01, "posture_habit": 0.02, "motor_habit": 1.0},
        # Everything from here on has the value that changes nothing, but for words.
        "posture_preset": "free",
        "trunk_lean_deg": 0.0,
        "trunk_lean_side": "right",
        "coordination": {},
        "speed_m_s": None,
        "stride_time": "fixed",
        "steps_walked": 0.0,
        "steps_per_day": 7000.0,
        "role": "untreated",
        "label": "glmed right at 25 % strength, pattern kept",
        "group": "glmed_r-pattern_kept",
        "treatment": "",
        "walk": "",
    }


def test_changed_strength_changes_one_scenario(change):
    before = {s.scenario_id: s for s in load_study(DEFAULT).scenarios()}
    after = {s.scenario_id: s for s in change("100, 75", "100, 70").scenarios()}
    assert set(after) - set(before) == {"glmed_r-s070-re_optimised"}
    assert all(after[name] == before[name] for name in set(after) & set(before))


@pytest.mark.parametrize(("side", "suffixes"), [("right", {"_r"}), ("left", {"_l"}), ("both", {"_r", "_l"})])
def test_side_selects_muscles(change, side, suffixes):
    study = change("side: right", f"side: {side}")
    assert set(study.weak_muscles()) == {f"glmed{i}{suffix}" for i in (1, 2, 3) for suffix in suffixes}


def test_group_and_its_muscle_count_once(change):
    assert change("[glmed]", "[glmed, glmed2, tfl]").weak_muscles() == ("glmed1_r", "glmed2_r", "glmed3_r", "tfl_r")


@pytest.mark.parametrize(
    ("strength", "label"), [("5", "s005"), ("12.5", "s012p5"), ("1e1", "s010"), ("0", "s000"), ("33.0", "s033")]
)
def test_scenario_names_are_safe_and_sort_by_strength(change, strength, label):
    scenario = change("[100, 75, 50, 25, 0]", f"[{strength}]").scenarios()[0]
    assert scenario.scenario_id == f"glmed_r-{label}-re_optimised"


def test_many_muscles_keep_the_name_short(change):
    study = change("[glmed]", "[glmed, glmin, tfl, piri]")
    assert study.scenarios()[0].scenario_id == "4_muscles_r-s100-re_optimised"


# (what is changed in default.yaml, to what, what the sentence must say)
WRONG = [
    ("side: right", "sied: right", ["unknown key 'weakness.sied'", "did you mean 'side'?", "muscles, side"]),
    ("  intervals: 25", "  meshes: 25", ["unknown key 'simulation.meshes'", "intervals, degree"]),
    ("    effort: 1.0", "    effrt: 1.0", ["unknown key 'adaptation[0].effrt'", "did you mean 'effort'?"]),
    ("  side: right\n", "", ["'weakness.side' is missing", "right, left or both"]),
    ("[glmed]", "[glmde]", ["weakness.muscles[0]", "unknown muscle or group 'glmde'", "'glmed'?", "glmin", "recfem"]),
    ("[glmed]", "[glmed1_r]", ["unknown muscle or group 'glmed1_r'", "did you mean 'glmed1'?"]),
    ("[glmed]", "[glmed, glmed]", ["'weakness'", "'glmed' is listed twice"]),
    ("[glmed]", "[]", ["'weakness.muscles'", "at least one"]),
    ("[glmed]", "glmed", ["'weakness.muscles' is 'glmed'", "should be a list"]),
    ("100, 75", "150.5, 75", ["'adaptation[0].strength_percent[0]' is 150.5", "less than or equal to 150"]),
    ("100, 75", "100, -1", ["'adaptation[0].strength_percent[1]' is -1", "greater than or equal to 0"]),
    ("100, 75", "100, .nan", ["'adaptation[0].strength_percent[1]' is nan", "finite"]),
    ("100, 75", "100, yes", ["'adaptation[0].strength_percent[1]' is True", "valid number"]),
    ("100, 75", "100, '75'", ["'adaptation[0].strength_percent[1]' is '75'", "valid number"]),
    ("100, 75", "75, 75.0", ["'adaptation[0]'", "75.0 is listed twice"]),
    ("[100, 75, 50, 25, 0]", "[]", ["'adaptation[0].strength_percent' is []", "no scenarios"]),
    ("pattern_kept", "re_optimised", ["'re_optimised' is listed twice"]),
    ("effort: 1.0\n    posture_habit: 1.0", "effort: 0\n    posture_habit: 0", ["at least one must be positive"]),
    ("model: adult", "model: adlut", ["unknown model 'adlut'", "did you mean 'adult'?"]),
    ("name: default", "name: ../default", ["'name' is '../default'"]),
    ("name: default", "name: a\nname: b", ["line 5", "'name' is given twice"]),
    ("tolerance: 1e-6", "tolerance: 1e-2", ["'simulation.tolerance' is 0.01", "less than or equal to 0.0001"]),
    ("calibration: measured", "calibration: yes", ["'calibration' is True", "'measured' or 'none'"]),
    ("weakness:\n  muscles: [glmed]\n  side: right", "weakness: 3", ["'weakness' is 3", "keys with values"]),
    ("certificate:\n  largest", "certificate: [\n  largest", ["not valid YAML", "line"]),
]


@pytest.mark.parametrize(("old", "new", "said"), WRONG, ids=[new.strip()[:40] for _, new, _ in WRONG])
def test_wrong_study_is_one_sentence(tmp_path, old, new, said):
    message = refuse(changed_default(tmp_path, old, new)).replace("Unknown model", "unknown model")
    for words in said:
        assert words in message


def test_no_adaptation_is_no_scenario(tmp_path):
    study = yaml.safe_load(DEFAULT.read_text(encoding="utf-8")) | {"adaptation": []}
    path = tmp_path / "study.yaml"
    path.write_text(yaml.safe_dump(study), encoding="utf-8")
    assert "no scenarios" in refuse(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "is empty"), (b"- a\n", "holds a list"), (b"\xff\xfe\x00", "cannot be read"), (b"{a: 1", "not valid YAML")],
)
def test_file_that_is_no_study(tmp_path, content, said):
    path = tmp_path / "study.yaml"
    path.write_bytes(content)
    assert said in refuse(path)


def test_missing_file(tmp_path):
    with pytest.raises(InputError, match="No study file"):
        load_study(tmp_path / "none.yaml")


def test_unknown_scenario_names_the_nearest():
    with pytest.raises(InputError, match=r"did you mean 'glmed_r-s050-re_optimised'\?"):
        load_study(DEFAULT).scenario("glmed_r-s50-re_optimised")


def test_schema_is_in_sync():
    committed = (ROOT / "config" / "study.schema.json").read_text(encoding="utf-8")
    assert committed == schema_text(), "run: gluteweak schema > config/study.schema.json"


@pytest.mark.parametrize("path", CONFIG, ids=lambda path: path.name)
def test_committed_studies_load_and_fit_the_schema(path):
    # The schema is a second reader of what the first one read.
    jsonschema.validate(json.loads(load_study(path).model_dump_json()), json.loads(schema_text()))


def test_every_field_is_described():
    schema = Study.model_json_schema()
    sections = [schema, *schema["$defs"].values()]
    missing = [
        f"{section['title']}.{name}"
        for section in sections
        for name, field in section["properties"].items()
        if not field.get("description")
    ]
    assert missing == []
