"""Every compared number of a sweep made by hand, and what is said when it lies outside."""

import json

import numpy as np
import pytest
from validation_sweep import (
    ACTIVATION,
    HEALTHY,
    MUSCLES,
    PCT,
    bumps,
    scenario,
    write_fixed_gait,
    write_sweep,
    write_what_if,
)

from gluteweak.errors import InputError
from gluteweak.validation import measures, report
from gluteweak.validation.bands import BANDS, TESTS, UNANSWERED

#: Read off the corners of the hand-made curves.
BY_HAND = {
    "grf_first_peak": 1.1,
    "grf_valley": 0.75,
    "grf_second_peak": 1.05,
    "grf_first_peak_time": 14,
    "grf_second_peak_time": 46,
    "drop_peak": 5,
    "drop_peak_time": 16,
    "obliquity_range": 10,
    "adduction_peak": 6,
    "adduction_peak_time": 18,
    "trunk_lean": 2,
    "abduction_moment_peak": 0.9,
    "abduction_moment_dip": 0.2,
    "adduction_moment_peak": 0.5,
    "adduction_moment_first_time": 17,
    "hip_contact_peak": 3,
    "knee_contact_peak": 2.5,
    "medial_share": 60,
    "kneecap_force_peak": 0.9,
    "kneecap_force_time": 12,
    "kneecap_stress_peak": 3,
    "kneecap_over_quadriceps": 0,
    "glmed_on": 96,
    "glmed_off": 40,
    "glmed_peak": 1.0,  # 2 x 350 N of 700 N
    "tfl_peak": 0.1,
    "capacity": 1.8,
}


@pytest.fixture
def sweep(tmp_path):
    return tmp_path / "sweep.h5"


def one(found, key, side="right"):
    return next(c for c in found.comparisons if c.band.key == key and c.side == side)


def test_every_healthy_band_is_measured_and_known_by_hand():
    assert set(BY_HAND) == set(measures.HEALTHY) == {b.key for b in BANDS if b.test < 7} | {"capacity"}


@pytest.mark.parametrize("side", ["right", "left"])
def test_numbers_of_the_hand_made_walker(sweep, side):
    found = report.compare(write_sweep(sweep))
    for key, due in BY_HAND.items():
        comparison = one(found, key, side)
        assert comparison.value == pytest.approx(due, abs=1e-9), key
        assert comparison.verdict == "inside", key
        assert comparison.reason == ""


def test_a_value_outside_is_outside_on_its_side_only(sweep):
    found = report.compare(write_sweep(sweep, healthy=scenario(pelvic_drop_deg=0.5 * HEALTHY["pelvic_drop_deg"])))
    right, left = (one(found, "drop_peak", side) for side in ("right", "left"))
    assert (right.value, right.verdict) == (2.5, "outside")
    assert (left.value, left.verdict) == (5.0, "inside")


def test_written_reasons_are_about_the_adult_only(sweep):
    low = scenario(pelvic_drop_deg=0.5 * HEALTHY["pelvic_drop_deg"])
    assert "asymmetric" in one(report.compare(write_sweep(sweep, healthy=low)), "drop_peak").reason
    assert one(report.compare(write_sweep(sweep, healthy=low, model="other")), "drop_peak").reason == "unknown"


def test_a_contact_load_outside_names_its_largest_parts(sweep):
    high = scenario(hip_contact_force_bw=2 * HEALTHY["hip_contact_force_bw"])
    found = one(report.compare(write_sweep(sweep, healthy=high, model="other")), "hip_contact_peak")
    assert found.value == 6.0
    assert found.reason == "largest parts at 15 %: glmed1_r 0.50, glmed2_r 0.25, tfl_r 0.12 BW"


def test_one_peak_has_no_dip(sweep):
    single = bumps((0, 0), (40, 0.9), (60, 0))
    found = one(
        report.compare(write_sweep(sweep, healthy=scenario(hip_abduction_moment_nm_kg=single))), "abduction_moment_dip"
    )
    assert found.value == pytest.approx(0.0)
    assert found.verdict == "outside"


def test_a_muscle_that_never_rests_has_no_start_of_activity(sweep):
    activation = np.ones((2, len(MUSCLES), 101))
    found = report.compare(write_sweep(sweep, muscle_activation=activation))
    assert one(found, "glmed_on").value is None
    assert one(found, "glmed_on").verdict == "not in this sweep"


def test_the_longest_spell_of_activity_counts(sweep):
    activation = np.where((PCT >= 60) & (PCT <= 70), 0.4, ACTIVATION)
    found = report.compare(write_sweep(sweep, muscle_activation=np.broadcast_to(activation, (2, len(MUSCLES), 101))))
    assert (one(found, "glmed_on").value, one(found, "glmed_off").value) == (96, 40)


def weak_walker(capacity, drop=0.0, lean=0.0, moment=1.0):
    return scenario(
        hip_abduction_capacity_nm_kg=np.full(101, capacity),
        pelvic_drop_deg=HEALTHY["pelvic_drop_deg"] + drop,
        trunk_lean_deg=HEALTHY["trunk_lean_deg"] + lean,
        knee_adduction_moment_nm_kg=moment * HEALTHY["knee_adduction_moment_nm_kg"],
    )


def test_small_losses_are_compared_with_the_healthy_scenario(sweep):
    # Capacity 1.35 of 1.8: a quarter lost.
    found = report.compare(write_sweep(sweep, weak_walker(1.35, drop=1.0, lean=-2.5, moment=1.2)))
    assert one(found, "small_loss_drop").value == pytest.approx(1.0)
    assert one(found, "small_loss_drop").verdict == "inside"
    assert one(found, "small_loss_lean").value == pytest.approx(-2.5)
    assert one(found, "small_loss_moment").value == pytest.approx(20.0)
    assert one(found, "small_loss_moment").verdict == "outside"
    assert "25 % lower" in one(found, "small_loss_moment").reason
    assert one(found, "medium_loss_drop").verdict == "not in this sweep"
    assert one(found, "visible_demand").value is None


def test_a_drop_that_is_seen_must_come_with_too_little_strength(sweep):
    # The healthy demand is 0.9 Nm/kg.
    enough = one(report.compare(write_sweep(sweep, weak_walker(1.2, drop=4.0))), "visible_demand")
    assert (enough.value, enough.verdict) == (pytest.approx(0.75), "outside")
    assert "strength is left" in enough.reason
    too_little = one(report.compare(write_sweep(sweep, weak_walker(0.6, drop=4.0))), "visible_demand")
    assert (too_little.value, too_little.verdict) == (pytest.approx(1.5), "inside")


def test_a_loss_of_half_has_the_wider_band(sweep):
    found = report.compare(write_sweep(sweep, weak_walker(0.9, drop=2.0)))
    assert one(found, "medium_loss_drop").value == pytest.approx(2.0)
    assert one(found, "medium_loss_drop").verdict == "inside"
    assert one(found, "small_loss_drop").verdict == "not in this sweep"


def test_uncertified_scenarios_do_not_count(sweep):
    found = report.compare(write_sweep(sweep, weak_walker(1.35, drop=9.0), certified=(1, 0)))
    assert one(found, "small_loss_drop").verdict == "not in this sweep"


def test_imposed_motions_beside_the_sweep_are_compared(sweep):
    write_what_if(
        sweep.parent / "what_if.h5",
        {
            "what_if-pelvic_drop_r-4deg": {"peak_knee_adduction_moment_nm_kg": 1.38},
            "what_if-trunk_lean_r-10deg": {"peak_hip_abduction_moment_nm_kg": 0.9},
            "what_if-femoral_rotation_r-5deg": {"peak_patellofemoral_stress_mpa": 1.05},
        },
    )
    found = report.compare(write_sweep(sweep))
    assert one(found, "drop_adduction_moment").value == pytest.approx(38.0)
    assert one(found, "drop_adduction_moment").verdict == "inside"
    assert one(found, "lean_abduction_moment").value == pytest.approx(-10.0)
    assert one(found, "lean_abduction_moment").verdict == "outside"
    assert one(found, "rotation_5_stress").value == pytest.approx(5.0)
    assert one(found, "rotation_10_stress", "").verdict == "not in this sweep"


def test_without_imposed_motions_the_report_says_so(sweep):
    found = report.compare(write_sweep(sweep))
    assert {c.verdict for c in found.comparisons if c.band.test > 7} == {"not in this sweep"}


def test_a_held_gait_beside_the_sweep_is_compared(sweep):
    write_fixed_gait(sweep.parent / "fixed_gait.h5", hip=(3.0, 3.2, 9.0), knee=(2.5, 3.5, 9.0), tfl=(0.1, 0.3, 0.0))
    found = report.compare(write_sweep(sweep))
    # The third run is not solved.
    assert one(found, "held_knee_over_hip").value == pytest.approx(1.0 - 0.2)
    assert one(found, "held_largest_change").value == pytest.approx(1.0)
    assert one(found, "held_synergists").value == pytest.approx(0.2)
    assert {c.verdict for c in found.comparisons if c.band.test == 9} == {"inside"}


def test_a_synergist_that_gives_up_is_outside(sweep):
    write_fixed_gait(sweep.parent / "fixed_gait.h5", hip=(3.0, 4.0, 9.0), knee=(2.5, 2.6, 9.0), tfl=(0.3, 0.1, 0.0))
    found = report.compare(write_sweep(sweep))
    assert one(found, "held_synergists").value == pytest.approx(-0.2)
    assert one(found, "held_synergists").verdict == "outside"
    assert one(found, "held_knee_over_hip").value == pytest.approx(0.1 - 1.0)


def test_imposed_motions_of_another_model_are_refused(sweep):
    write_what_if(sweep.parent / "what_if.h5", {}, plant="other")
    with pytest.raises(InputError, match="another model"):
        report.compare(write_sweep(sweep))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"strength": (0.9, 0.5)}, "full strength"),
        ({"certified": (0, 1)}, "full strength"),
        ({"foot_off_pct": np.full((2, 2), np.inf)}, "foot_off_pct holds numbers that are not finite"),
        ({"side": np.array(["left", "right"], dtype=object)}, "side is left, right"),
    ],
)
def test_bad_sweeps_are_refused(sweep, options, message):
    with pytest.raises(InputError, match=message):
        report.compare(write_sweep(sweep, **options))


def test_json_has_the_same_keys_in_every_row_and_every_band(sweep):
    data = json.loads(report.as_json(report.compare(write_sweep(sweep))))
    assert set(data) == {"study", "note", "counts", "comparisons"}
    keys = {
        "test", "key", "what", "unit", "scenario", "side", "value", "low", "high", "verdict", "published", "sources",
        "reason",
    }  # fmt: skip
    for row in data["comparisons"]:
        assert set(row) == keys
        assert row["verdict"] in ("inside", "outside", "not in this sweep")
        assert (row["value"] is None) == (row["verdict"] == "not in this sweep")
        # An open end of a band is null.
        inside = (row["low"] is None or row["low"] <= (row["value"] or 0)) and (
            row["high"] is None or (row["value"] or 0) <= row["high"]
        )
        assert row["value"] is None or inside == (row["verdict"] == "inside")
    assert {row["key"] for row in data["comparisons"] if row["key"]} == {b.key for b in BANDS}
    assert sum(data["counts"].values()) == len(data["comparisons"])
    assert sum(row["key"] == "" for row in data["comparisons"]) == len(UNANSWERED)


def test_text_and_page_show_every_test_and_what_is_outside(sweep):
    low = scenario(pelvic_drop_deg=0.5 * HEALTHY["pelvic_drop_deg"])
    found = report.compare(write_sweep(sweep, healthy=low))
    said, page = report.text(found), report.markdown(found, "the command")
    for number, heading in TESTS.items():
        assert f"{number}. {heading}" in said
        assert f"## {number}. {heading}" in page
    assert "right outside, left inside" in said
    assert "right **outside**, left inside" in page
    assert "`the command`" in page
    rows = [line for line in page.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in rows} == {8}
