"""Tables of differences against numbers that the synthetic sweep states; yardsticks against hand calculation."""

import csv
import io

import h5py
import numpy as np
import pytest
from comparison_sweep import ADAPTATIONS, values, write_sweep

from gluteweak.cli import main
from gluteweak.comparison import selection, table
from gluteweak.comparison.differences import compare
from gluteweak.comparison.outcomes import BY_NAME, judge
from gluteweak.comparison.reading import read_sweep
from gluteweak.errors import InputError
from gluteweak.figures import names
from gluteweak.storage import write_file
from gluteweak.variables import CYCLE_VARIABLES

FULL, NONE = "glmed_r-s100-pattern_kept", "glmed_r-s000-pattern_kept"


@pytest.fixture
def sweep(tmp_path):
    return write_sweep(tmp_path / "made" / "sweep.h5")


def compared(words, sweep):
    return compare(selection.pairs(selection.select(words, sweep)))


# Yardsticks ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "reference", "value", "bands", "kind", "size", "counts"),
    [
        ("peak_pelvic_drop_deg", 4.0, 6.0, None, "published", 2.0, False),  # exactly 2 deg does not exceed 2 deg
        ("peak_pelvic_drop_deg", 4.0, 1.9, None, "published", 2.0, True),
        ("peak_hip_internal_rotation_deg", -3.0, 1.9, None, "published", 5.0, False),
        ("peak_knee_adduction_moment_nm_kg", 0.5, 0.39, None, "published", 0.1, True),  # 20 % of 0.5
        ("peak_knee_adduction_moment_nm_kg", 0.5, 0.41, None, "published", 0.1, False),
        ("daily_knee_adduction_impulse_knm_s", 30.0, 20.0, ((0, 99), (0, 99)), "published", 9.67, True),
        ("peak_hip_contact_force_bw", 3.0, 3.2, None, "own choice", 0.3, False),  # 10 % of 3
        ("peak_hip_contact_force_bw", -3.0, -3.4, None, "own choice", 0.3, True),
        ("peak_medial_compartment_force_bw", 1.6, 2.0, ((1.5, 1.7), (1.9, 2.1)), "model band", None, True),
        ("peak_medial_compartment_force_bw", 1.6, 1.68, ((1.5, 1.7), (1.58, 1.78)), "model band", None, False),
        # Outside one band but not the other: not enough.
        ("peak_medial_compartment_force_bw", 1.6, 1.8, ((1.5, 1.7), (1.5, 2.1)), "model band", None, False),
    ],
)
def test_yardstick_of_one_difference(name, reference, value, bands, kind, size, counts):
    yardstick, found = judge(BY_NAME[name], reference, value, *(bands or (None, None)))
    assert (yardstick.kind, found) == (kind, counts)
    assert yardstick.size == (None if size is None else pytest.approx(size))


# Numbers -------------------------------------------------------------------------------------------------------------


def test_differences_are_those_that_the_sweep_was_made_with(sweep):
    (one,) = compared([FULL, NONE], sweep)
    assert one.side == "right"
    lean = one.of("peak_trunk_lean_deg")
    assert (lean.reference, lean.value, lean.change, lean.counts) == (2.0, 8.0, 6.0, True)
    assert lean.relative == pytest.approx(3.0)
    assert lean.in_yardsticks == pytest.approx(3.0)
    drop = one.of("peak_pelvic_drop_deg")
    assert (drop.change, drop.counts) == (-1.0, False)
    # -12 kNm s a day exceeds 9.67; -0.1 of 0.4 Nm/kg exceeds 20 %; the kneecap does not move.
    assert one.of("daily_knee_adduction_impulse_knm_s").counts
    assert one.of("peak_knee_adduction_moment_nm_kg").counts
    assert not one.of("peak_patellofemoral_contact_force_bw").counts


def test_a_sweep_alone_is_compared_with_its_own_full_strength(sweep):
    found = compared([str(sweep)], sweep)
    assert [(one.pair.reference.scenario_id, one.pair.walk.strength_fraction) for one in found] == [
        ("glmed_r-s100-re_optimised", 0.5),
        ("glmed_r-s100-re_optimised", 0.0),
        (FULL, 0.5),
        (FULL, 0.0),
    ]


def test_sweeps_are_matched_by_name_else_by_dose(tmp_path, sweep):
    same = write_sweep(tmp_path / "b" / "sweep.h5", name="b", shift={"peak_pelvic_drop_deg": 2.5})
    for one in compared([str(sweep.parent), str(same.parent)], sweep):
        assert one.pair.reference.scenario_id == one.pair.walk.scenario_id
        assert one.of("peak_pelvic_drop_deg").change == pytest.approx(2.5)
    other = write_sweep(tmp_path / "c" / "sweep.h5", name="c", prefix="abductors_r", strengths=(1.0, 0.0))
    found = compared([str(sweep), str(other)], sweep)
    assert [(one.pair.reference.scenario_id, one.pair.walk.scenario_id) for one in found][1] == (
        "glmed_r-s000-re_optimised",
        "abductors_r-s000-re_optimised",
    )
    assert len(found) == 4


def test_studies_of_one_name_are_told_apart_by_their_folders(tmp_path, sweep):
    other = write_sweep(tmp_path / "later" / "sweep.h5")
    found = compared([str(sweep), str(other)], sweep)
    assert found[0].pair.reference_name == "glmed_r-s100-re_optimised (made)"
    assert found[0].pair.name == "glmed_r-s100-re_optimised (later)"


def test_scenarios_of_one_dose_are_shown_by_their_names(tmp_path):
    alike = write_sweep(tmp_path / "sweep.h5", replaced={"strength_fraction": np.array([1, 0.5, 0.5, 1, 0.5, 0.0])})
    (selected,) = selection.select([str(alike)], alike)
    shown = [names.scenario(walk) for walk in selected.sweep.walks]
    assert shown[1:3] == ["glmed_r-s050-re_optimised", "glmed_r-s000-re_optimised"]
    assert shown[5] == "0 % strength, muscle pattern kept, posture gives"


def test_a_scenario_can_be_named_by_folder_or_with_its_study(tmp_path, sweep):
    made = values(strengths=(0.0,), adaptations=("pattern_kept",))
    own = {k: v if k in ("side", "gait_cycle_pct", "muscle") else v[0] for k, v in made.items()}
    for name in ("scenario_id", "adaptation"):
        del own[name]
    folder = tmp_path / "scenarios" / NONE
    write_file(folder / "outcomes.h5", own, {"scenario_id": NONE}, table=CYCLE_VARIABLES)
    (one,) = compared([f"{sweep.parent}:{FULL}", str(folder)], tmp_path / "nowhere.h5")
    assert one.of("peak_trunk_lean_deg").change == pytest.approx(6.0)


# Tables --------------------------------------------------------------------------------------------------------------


def test_csv_holds_every_number(sweep):
    rows = list(csv.DictReader(io.StringIO(table.as_csv(compared([FULL, NONE], sweep)))))
    by_outcome = {row["outcome"]: row for row in rows}
    row = by_outcome["peak_medial_compartment_force_bw"]
    # Band: 20 % of 1.6 is 0.32 on either side.
    assert [float(row[k]) for k in ("reference", "value", "reference_p05", "reference_p95", "p05", "p95")] == [
        pytest.approx(v) for v in (1.6, 1.6, 1.28, 1.92, 1.28, 1.92)
    ]
    assert (row["yardstick"], row["counts"], row["yardstick_size"]) == ("model band", "no", "")
    lean = by_outcome["peak_trunk_lean_deg"]
    assert (lean["difference"], lean["difference_percent"], lean["yardstick_source"]) == ("6", "300", "mcginley2009")
    assert lean["counts"] == "yes"
    assert lean["strength_percent"] == "0"


def test_tables_show_value_difference_and_mark(sweep):
    found = compared([FULL, NONE], sweep)
    text = table.as_text(found)
    assert "8.0 (+6.0)*" in text
    assert "3.0 (\N{MINUS SIGN}1.0)" in text
    assert "(\N{MINUS SIGN}1.0)*" not in text
    assert "| Trunk lean (deg) | 2.0 | 8.0 (+6.0)\\* |" in table.as_markdown(found)
    assert r"Pelvic drop (deg) & 4.0 & 3.0 ($-$1.0) \\" in table.as_latex(found)
    assert r"glmed\_r-s100-pattern\_kept" in table.as_latex(found)


def test_every_row_of_a_markdown_table_has_as_many_cells_as_its_head(sweep):
    lines = [line for line in table.as_markdown(compared([str(sweep)], sweep)).splitlines() if line.startswith("|")]
    assert len({line.count("|") for line in lines}) == 1


HOSTILE = '<script>alert(1)</script> "q" | 😀 $x$ \u202eabc שלום'


def test_names_from_files_come_out_as_text(tmp_path):
    labels = np.array([HOSTILE] * 6, dtype=object)
    sweep = write_sweep(tmp_path / "sweep.h5", replaced={"label": labels}) if "label" in CYCLE_VARIABLES else None
    if sweep is None:
        assert "<script>" not in table.escape_markdown(HOSTILE)
        assert r"\$x\$" in table.escape_latex(HOSTILE)
        assert "\u202e" not in table.plain(HOSTILE)
        return
    found = compared([FULL, NONE], sweep)
    markdown = table.as_markdown(found)
    assert "<script>" not in markdown
    assert "&lt;script&gt;" in markdown
    assert "😀" in markdown
    assert "\u202e" not in markdown
    assert r"\$x\$" in table.as_latex(found)
    assert next(csv.DictReader(io.StringIO(table.as_csv(found))))["label"] == table.plain(HOSTILE)


def test_no_negative_zero():
    assert table.number(-0.001, 1) == "0.0"
    assert table.number(-0.001, 1, signed=True) == "0.0"
    assert table.number(-1.25, 1, signed=True).startswith("\N{MINUS SIGN}1.")


# Bad input -----------------------------------------------------------------------------------------------------------


def test_bad_input_is_one_sentence_and_exit_2(tmp_path, sweep, capsys):
    uncertified = np.array([1, 1, 1, 1, 1, 0])
    broken = write_sweep(tmp_path / "u" / "sweep.h5", replaced={"certified": uncertified, "solved": uncertified})
    older = write_sweep(tmp_path / "o" / "sweep.h5", leave_out=("peak_iliotibial_force_n",))
    foreign = write_sweep(tmp_path / "f" / "sweep.h5", prefix="x", adaptations=("pattern_kept",), strengths=(0.25,))
    cases = {
        (FULL[:-1], NONE): f"did you mean '{FULL}'",
        (str(tmp_path / "missing"), NONE): "No results at",
        (f"{broken}:{NONE}", str(sweep)): "is no result",
        (str(sweep), str(older)): "'peak_iliotibial_force_n', which the other has",
        (str(sweep), str(foreign)): "share no scenario",
        (str(sweep), NONE): "give the scenario first",
        (FULL,): "nothing to compare",
    }
    for words, said in cases.items():
        assert main(["compare", *words, "--sweep", str(sweep), "--out-dir", str(tmp_path / "out")]) == 2
        out, err = capsys.readouterr()
        assert said in err
        assert err.count("\n") == 1
        assert not out
    assert not (tmp_path / "out").exists()


def test_sweeps_of_other_units_are_refused(tmp_path, sweep):
    with h5py.File(sweep, "a") as file:
        file["peak_trunk_lean_deg"].attrs["unit"] = "rad"
    with pytest.raises(InputError, match="is in rad, not in deg"):
        compared([str(sweep)], sweep)


def test_datasets_of_other_shapes_are_refused(sweep, capsys):
    with h5py.File(sweep, "a") as file:
        attributes = dict(file["peak_trunk_lean_deg"].attrs)
        del file["peak_trunk_lean_deg"]
        file["peak_trunk_lean_deg"] = np.zeros(6)
        file["peak_trunk_lean_deg"].attrs.update(attributes)
    assert main(["compare", str(sweep)]) == 2
    said = capsys.readouterr().err
    assert "'peak_trunk_lean_deg' has the shape (6,), which does not fit its 6 scenarios" in said
    assert said.count("\n") == 1


def test_a_damaged_file_is_named(tmp_path, capsys):
    # 40 scenarios, so that the numbers are compressed; then zeros over the compressed bytes.
    large = write_sweep(tmp_path / "sweep.h5", strengths=tuple(np.linspace(1, 0, 40)))
    with h5py.File(large) as file:
        chunk = file["peak_trunk_lean_deg"].id.get_chunk_info(0)
    with large.open("r+b") as raw:
        raw.seek(chunk.byte_offset)
        raw.write(bytes(chunk.size))
    assert main(["compare", str(large)]) == 2
    said = capsys.readouterr().err
    assert f"{large} is damaged" in said
    assert said.count("\n") == 1


def test_any_flipped_bits_give_a_table_or_one_sentence(tmp_path, capsys):
    damaged = write_sweep(tmp_path / "sweep.h5", strengths=(1.0, 0.0))
    whole = damaged.read_bytes()
    rng = np.random.default_rng(20_261_125)
    for flips in (1, 3, 20) * 4:
        changed = bytearray(whole)
        for place in rng.integers(len(whole), size=flips):
            changed[place] ^= 1 << int(rng.integers(8))
        damaged.write_bytes(changed)
        code = main(["compare", str(damaged)])
        assert code in (0, 2)
        assert capsys.readouterr().err.count("\n") == code // 2


def test_command_writes_tables(sweep, tmp_path, capsys):
    assert main(["compare", FULL, NONE, "--sweep", str(sweep), "--format", "csv", "--out-dir", str(tmp_path)]) == 0
    assert capsys.readouterr().out == (tmp_path / "comparison.csv").read_text(encoding="utf-8")
    assert "toprule" in (tmp_path / "comparison.tex").read_text(encoding="utf-8")
    assert (tmp_path / "comparison.md").read_text(encoding="utf-8").startswith("| ")


CASES_BY_SPEED = [("healthy", 0.9), ("weak", 0.9), ("healthy", 1.5), ("weak", 1.5), ("weak", 1.1)]


def test_a_walker_is_compared_with_the_healthy_one_of_the_same_speed(tmp_path):
    """Healthy and weak at two speeds; at a third nobody is healthy, and the first one of the adaptation serves."""
    ids = [f"{who}-{speed}-{way}" for way in ADAPTATIONS for who, speed in CASES_BY_SPEED]
    replaced = {
        "scenario_id": np.array(ids, dtype=object),
        "speed_m_s": np.array([speed for _, speed in CASES_BY_SPEED] * 2),
    }
    strengths = tuple(1.0 if who == "healthy" else 0.5 for who, _ in CASES_BY_SPEED)
    sweep = read_sweep(write_sweep(tmp_path / "sweep.h5", strengths=strengths, replaced=replaced), ())
    healthy = {walk.scenario_id: selection.reference_of(sweep, walk) for walk in sweep.usable()}
    for way in ADAPTATIONS:
        assert healthy[f"weak-0.9-{way}"].scenario_id == f"healthy-0.9-{way}"
        assert healthy[f"weak-1.5-{way}"].scenario_id == f"healthy-1.5-{way}"
        assert healthy[f"weak-1.1-{way}"].scenario_id == f"healthy-0.9-{way}"
        assert healthy[f"healthy-1.5-{way}"] is None
