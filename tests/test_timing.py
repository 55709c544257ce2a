"""Stances and bursts of a reference gait drawn by hand, and timings that leave nothing of them."""

import numpy as np
import pytest

from gluteweak.errors import InputError
from gluteweak.storage import write_file
from gluteweak.study.scenario import Timing
from gluteweak.study.timing import Bursts, stance

STRIDE_S, N = 1.25, 500
PHASE = np.arange(1, N + 1) / N


def write_gait(folder, loaded, **attributes):
    """A reference gait in which both feet are loaded where told, and sol_r is active from foot strike on."""
    # Full from the strike at 0.1 to 0.4, half at 0.5, quiet from 0.6 on.
    activation = np.interp(PHASE, [0.0, 0.1, 0.4, 0.6, 1.0], [0.0, 1.0, 1.0, 0.0, 0.0])
    reaction = np.zeros((N, 2, 3))
    reaction[:, :, 1] = loaded[:, None]
    values = {
        "muscle": np.array(["sol_r"], dtype=object),
        "muscle_activation": activation[:, None],
        "ground_reaction_bw": reaction,
        "time_s": PHASE * STRIDE_S,
    }
    told = {"calibration": "measured", "duration_s": STRIDE_S, "body_mass_kg": 70.0, "gravity_m_s2": 9.81, **attributes}
    write_file(folder / "reference_gait.h5", values, told)
    return folder


ONE_STANCE = np.where((PHASE > 0.1) & (PHASE < 0.55), 1.0, 0.0)


def test_a_stance_by_hand():
    force_n = np.array([0.0, 0.0, 40.0, 600.0, 600.0, 10.0])
    phase = np.arange(6) / 6
    # 20 N are crossed half way from 1/6 to 2/6, and 580/590 of the way from 4/6 to 5/6.
    assert stance(phase, force_n, 20.0) == pytest.approx((1.5 / 6, (4 + 580 / 590) / 6))
    # Begun three samples later, the stance runs over the end of the cycle.
    assert stance(phase, np.roll(force_n, 3), 20.0) == pytest.approx((4.5 / 6, (7 + 580 / 590) / 6))


@pytest.mark.parametrize("force_n", [[0, 0, 0, 0], [50, 50, 50, 50], [0, 50, 0, 50]])
def test_a_foot_that_does_not_land_once_has_no_stance(force_n):
    assert stance(np.arange(4) / 4, np.array(force_n, dtype=float), 20.0) is None


def test_a_burst_by_hand(tmp_path):
    burst = Bursts(write_gait(tmp_path, ONE_STANCE), "measured").burst("sol_r")
    assert burst.end_ms == pytest.approx(0.4 * 1250, abs=4)
    assert burst.quiet_ms == pytest.approx(0.5 * 1250, abs=6)
    assert burst.stride_ms == 1250


@pytest.mark.parametrize(
    ("delay", "early", "least"), [(300, 190, None), (300, 210, 500), (610, 0, None), (630, 0, 625), (0, 1100, None)]
)
def test_times_are_refused_once_they_fill_the_burst(tmp_path, delay, early, least):
    bursts = Bursts(write_gait(tmp_path, ONE_STANCE), "measured")
    timing = Timing(onset_delay_ms=delay, early_shutoff_ms=early)
    if least is None:
        bursts.refuse_silence("s", ("sol_r",), timing)
        return
    with pytest.raises(InputError, match=r"^scenario 's': onset_delay_ms .* leave sol_r no time") as caught:
        bursts.refuse_silence("s", ("sol_r",), timing)
    said = str(caught.value)
    assert float(said.split("less than ")[1].split(" ms", maxsplit=1)[0]) == pytest.approx(least, abs=6)
    assert "early_shutoff_ms" in said or not early


@pytest.mark.parametrize(
    "prepare",
    [
        lambda folder: folder,  # no reference gait
        lambda folder: write_gait(folder, np.ones(N)),  # feet that never leave the ground
        lambda folder: write_gait(folder, ONE_STANCE, calibration="none"),
    ],
)
def test_nothing_is_said_of_a_gait_that_does_not_tell(tmp_path, prepare):
    bursts = Bursts(prepare(tmp_path), "measured")
    assert bursts.burst("sol_r") is None
    bursts.refuse_silence("s", ("sol_r",), Timing(onset_delay_ms=500, early_shutoff_ms=500))
