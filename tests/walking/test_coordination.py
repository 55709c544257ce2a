"""Badly timed muscles and held postures: bounds by hand and by integration, and what a fault must not change."""

from __future__ import annotations

import numpy as np
import pytest
import swaying_walker as walker
from small_study import ADAPTED, SETTINGS, UNADAPTED, wish

from gluteweak.errors import InputError, SolveError
from gluteweak.parameters import FOOT_CONTACT_THRESHOLD
from gluteweak.storage import read_file, write_file
from gluteweak.study.names import find_model_dir
from gluteweak.study.scenario import Timing
from gluteweak.study.timing import Bursts
from gluteweak.walking import commands
from gluteweak.walking.bump import stance_phase
from gluteweak.walking.coordination import (
    REST_ACTIVATION,
    coordination_bounds,
    find_burst,
    reachable_activation,
    silent_time,
)
from gluteweak.walking.healthy_gait import Reference
from gluteweak.walking.point import SIDES, WEIGHTS
from gluteweak.walking.posture import HOLD, Posture, healthy_lean, hold_posture, instructed_lean
from gluteweak.walking.scenario import LEAN_SMOOTHNESS, read_scenario, scenario_parameters
from gluteweak.walking.setup import MINIMUM_ACTIVATION
from gluteweak.walking.transcription import Grid

pytestmark = pytest.mark.casadi

NO_FAULT = {"onset_delay_ms": 0.0, "slower_activation": 1.0, "activation_ceiling": 1.0, "early_shutoff_ms": 0.0}


def fault(**changes):
    return NO_FAULT | changes


def test_reachable_activation_is_the_law_of_activation_integrated():
    """Full excitation outside the silent time, none within, by small steps through many cycles until it repeats."""
    cycle, silent, rise, fall = 1.0, (0.4, 0.9), 0.05, 0.2
    time = np.arange(0, cycle, 1e-5)
    is_silent = (time >= silent[0]) & (time < silent[1])
    activation = 1.0
    for _ in range(4):
        course = []
        for quiet in is_silent:
            course.append(activation)
            activation += 1e-5 * ((REST_ACTIVATION - activation) / fall if quiet else (1 - activation) / rise)
    found = reachable_activation(time, silent, cycle, rise, fall)
    np.testing.assert_allclose(found, course, atol=2e-4)


def test_silence_that_crosses_the_end_of_the_cycle():
    time = np.linspace(0, 1, 50, endpoint=False)
    shifted = reachable_activation(time, (0.9, 1.2), 1.0, 0.02, 0.06)
    plain = reachable_activation(np.mod(time - 0.5, 1.0), (0.4, 0.7), 1.0, 0.02, 0.06)
    np.testing.assert_allclose(shifted, plain, atol=1e-12)


def test_a_burst_by_hand():
    """Full from foot strike at 0.1 to 0.4, then down to nothing at 0.6, where the swing is quiet."""
    phase = np.linspace(0, 1, 500, endpoint=False)
    activation = np.interp(phase, [0.0, 0.1, 0.4, 0.6, 1.0], [0.0, 1.0, 1.0, 0.0, 0.0])
    burst = find_burst(phase, activation, strike=0.1, off=0.55)
    assert burst.strike == 0.1
    assert burst.end == pytest.approx(0.5, abs=0.003)  # half of the peak
    assert burst.quiet == pytest.approx(0.6, abs=0.005)
    assert silent_time(burst, 0.05, 0.0) == pytest.approx((burst.quiet, 1.15))
    assert silent_time(burst, 0.0, 0.1) == pytest.approx((burst.end - 0.1, burst.quiet))
    with pytest.raises(ValueError, match="no time is left"):
        silent_time(burst, 0.4, 0.2)


def stepping(study):
    """The small walker never lifts a foot: his healthy gait with steps drawn in, and bursts that begin with them."""
    time = study.healthy["time_s"] / float(study.attributes["duration_s"])
    reaction = np.zeros_like(study.healthy["ground_reaction_bw"])
    # The right foot is on the ground over the first 0.6 of the cycle, the left one half a cycle later.
    reaction[:, 0, 1] = np.where(np.mod(time, 1) < 0.6, 1.0, 0.0)
    reaction[:, 1, 1] = np.where(np.mod(time - 0.5, 1) < 0.6, 1.0, 0.0)
    activation = np.tile(np.where(time < 0.5, 0.5, 0.01)[:, None], (1, len(study.plant.muscle)))
    return {**study.healthy, "ground_reaction_bw": reaction, "muscle_activation": activation}


def test_bounds_of_a_scenario(study):
    tr = study.programme.transcription
    timing = {"sol_r": fault(activation_ceiling=0.3, slower_activation=2.0), "tib_r": fault(onset_delay_ms=100)}
    found = coordination_bounds(tr, stepping(study), timing)
    muscles = tr.layout.plant.muscle
    sol, tib = muscles.index("sol_r"), muscles.index("tib_r")
    assert (found.largest_activation[:, sol] == 0.3).all()
    assert found.time_factor[sol] == 2.0
    assert found.largest_activation[:, tib].min() < 0.5 < found.largest_activation[:, tib].max()
    others = [k for k in range(len(muscles)) if k not in (sol, tib)]
    assert (found.largest_activation[:, others] == 1).all()
    assert (found.time_factor[others] == 1).all()
    half = found.share(0.5)
    assert half.largest_activation[0, sol] == pytest.approx(0.65)
    assert half.time_factor[sol] == pytest.approx(np.sqrt(2))


def test_a_silence_without_end_is_refused(study):
    with pytest.raises(InputError, match=r"sol_r starts 900 ms after foot strike.*no time is left"):
        coordination_bounds(
            study.programme.transcription, stepping(study), {"sol_r": fault(onset_delay_ms=900, early_shutoff_ms=300)}
        )


def test_a_silence_without_end_is_refused_where_a_scenario_is_solved(study, tmp_path):
    """A study file knows the reference gait only; of the gait that is walked the solver has the last word."""
    healthy, out = tmp_path / "healthy.h5", tmp_path / "out"
    write_file(healthy, stepping(study), study.attributes)
    wanted = wish({}, coordination={"sol_r": fault(onset_delay_ms=900, early_shutoff_ms=300)})
    with pytest.raises(InputError, match=r"sol_r starts 900 ms after foot strike.*no time is left"):
        commands.simulate(study.files["plant.h5"], healthy, study.files["problem"], wanted, SETTINGS, out)
    assert not out.exists()


def test_what_a_study_refuses_is_what_the_solver_would():
    """One definition in two rooms that may not import each other: each muscle's burst in the adult's reference gait."""
    folder = find_model_dir("adult")
    values, attributes = read_file(folder / "reference_gait.h5")
    grid = Grid(int(attributes["intervals"]), int(attributes["degree"]), float(attributes["duration_s"]))
    known = Bursts(folder, "measured")
    weight_n = float(attributes["body_mass_kg"]) * float(attributes["gravity_m_s2"])
    threshold_n = float(FOOT_CONTACT_THRESHOLD.value)
    for k, name in enumerate(values["muscle"]):
        force_n = values["ground_reaction_bw"][:, SIDES.index(name[-1]), 1] * weight_n
        strike, off = stance_phase(grid, force_n, threshold_n)
        burst = find_burst(grid.time_s / grid.duration_s, values["muscle_activation"][:, k], strike, off)
        told = known.burst(name)
        stride_ms = 1e3 * grid.duration_s
        assert told.end_ms == pytest.approx((burst.end - strike) * stride_ms), name
        assert told.quiet_ms == pytest.approx((burst.quiet - strike) * stride_ms), name
        for delay, early in ((1.0, 1.0), (1.0, 0.0), (0.0, 1.0)):
            room_ms = told.room_ms(Timing(onset_delay_ms=delay, early_shutoff_ms=early)) / (delay + early)
            almost, beyond = ((room_ms + change) / stride_ms for change in (-1e-3, 1e-3))
            silent_time(burst, delay * almost, early * almost)
            with pytest.raises(ValueError, match="no time is left"):
                silent_time(burst, delay * beyond, early * beyond)


def test_an_unknown_muscle_is_refused(study):
    with pytest.raises(InputError, match="'test' times 'glmed9_r', which the model does not have"):
        read_scenario(study.programme, wish({}, coordination={"glmed9_r": fault(activation_ceiling=0.5)}))


@pytest.mark.parametrize("preset", ["free", "trunk_upright", "pelvis_level"])
@pytest.mark.parametrize("weights", [ADAPTED, UNADAPTED])
def test_healthy_walkers_walk_as_before_with_any_posture(study, preset, weights):
    values, _, _ = study.solve({}, weights, posture_preset=preset)
    np.testing.assert_allclose(values["coordinate_value"], study.healthy["coordinate_value"], atol=1e-5)
    np.testing.assert_allclose(values["muscle_activation"], study.healthy["muscle_activation"], atol=1e-4)


def test_a_ceiling_that_nobody_needs_changes_nothing(study):
    high = float(study.healthy["muscle_activation"].max()) + 0.05
    values, _, _ = study.solve({}, ADAPTED, coordination={"sol_r": fault(activation_ceiling=min(high, 1.0))})
    np.testing.assert_allclose(values["coordinate_value"], study.healthy["coordinate_value"], atol=1e-4)


def test_a_ceiling_and_slow_muscles_hold_in_the_solution(study):
    sol = list(study.plant.muscle).index("sol_r")
    ceiling = 0.6 * float(study.healthy["muscle_activation"][:, sol].max())
    values, _, _ = study.solve(
        {}, ADAPTED, coordination={"sol_r": fault(activation_ceiling=ceiling, slower_activation=3.0)}
    )
    activation, rate = values["muscle_activation"][:, sol], values["muscle_activation_rate"][:, sol]
    assert activation.max() <= ceiling + 1e-8
    rise = 3.0 * study.plant.muscle_activation_time_constant_s[sol]
    fall = 3.0 * study.plant.muscle_deactivation_time_constant_s[sol]
    assert (activation + fall * rate >= -1e-6).all()
    assert (activation + rise * rate <= 1 + 1e-6).all()
    assert np.abs(values["coordinate_value"] - study.healthy["coordinate_value"]).max() > 1e-5


def test_an_impossible_scenario_is_a_clear_failure(study, tmp_path):
    """No number of iterations helps: at its least activation this soleus pulls ten times as hard as a whole one can.

    No fault that a study file can name is beyond the small walker, who balances on passive tissue alone; a strength
    that it refuses is. Over a cycle the moments on a foot add up to nothing, and there is not enough to hold against.
    (Allowed a thousand iterations, IPOPT stops after some four hundred and calls the problem infeasible.)
    """
    plant, strength, most = study.plant, 1e4, 0.3
    sol, tib = (plant.muscle.index(name) for name in ("sol_r", "tib_r"))
    lever_m = {name: abs(slope) for name, (_, slope, _) in walker.PULLS.items()}
    pull_nm = strength * MINIMUM_ACTIVATION * plant.muscle_max_isometric_force_n[sol] * lever_m["sol"]
    weight_n = plant.mass_kg * plant.gravity_m_s2
    # The dorsiflexor at its ceiling, and all the weight under the toe.
    against_nm = most * plant.muscle_max_isometric_force_n[tib] * lever_m["tib"] + weight_n * walker.SPHERES["toe"]
    assert pull_nm > 10 * against_nm
    files = (study.files[name] for name in ("plant.h5", "healthy.h5", "problem"))
    wanted = wish({"sol_r": strength}, coordination={"tib_r": fault(activation_ceiling=most)})
    with pytest.raises(
        SolveError, match=r"Scenario 'test' was not solved: no start converged \(in one step: "
    ) as caught:
        commands.simulate(*files, wanted, SETTINGS, tmp_path / "out")
    said = str(caught.value)
    assert "cold start: " in said  # the last rung of the ladder
    assert "\n" not in said
    assert not (tmp_path / "out").exists()


def test_weight_of_a_held_trunk_and_pelvis_by_hand(study):
    layout = study.programme.transcription.layout
    where = layout.parameters
    table = np.zeros((study.programme.transcription.grid.n_points, layout.n_parameters))
    hold_posture(study.programme, study.reference, Posture("pelvis_level"), table)
    column = layout.plant.free_coordinates.index("pelvis_list")
    assert table[:, where["value_weight"]][:, column] == pytest.approx(HOLD / np.radians(1) ** 2)
    healthy = study.healthy["coordinate_value"][:, walker.COORDINATES.index("pelvis_list")]
    np.testing.assert_allclose(table[:, where["value_reference"]][:, column], healthy)


def test_instructed_lean_is_full_while_the_other_foot_swings(study):
    reference = Reference(stepping(study), study.reference.distance_m)
    phase = study.healthy["time_s"] / float(study.attributes["duration_s"])
    for side, sign, swing in (("right", 1.0, (0.15, 0.45)), ("left", -1.0, (0.65, 0.95))):
        lean = np.degrees(instructed_lean(study.programme, reference, Posture(lean_deg=5.0, lean_side=side)))
        inside = (phase > swing[0]) & (phase < swing[1])
        assert inside.sum() >= 2
        # On five intervals the course is a polynomial each: it overshoots a little where it turns.
        np.testing.assert_allclose(lean[inside], sign * 5.0, atol=0.5)
        assert (sign * lean).max() < 5.5
        assert np.abs(lean).min() < 2.5


def test_a_lean_is_as_smooth_as_an_imposed_motion(study, monkeypatch):
    # The small walker sways on the spot: no stance says when he should lean.
    monkeypatch.setattr("gluteweak.walking.posture.instructed_lean", lambda *_: 0.0)
    where = study.programme.transcription.layout.parameters["weights"]
    weight = {}
    for lean in (0.0, 5.0):
        scenario = read_scenario(study.programme, wish({}, ADAPTED, trunk_lean_deg=lean))
        table = scenario_parameters(study.programme, study.reference, scenario)
        weight[lean] = table[0, where.start + WEIGHTS.index("acceleration")]
    assert weight[5.0] - weight[0.0] == pytest.approx(LEAN_SMOOTHNESS)


def test_a_walker_who_is_told_to_stay_upright_does(study):
    """Weak on one side, the trunk may move; held, it is where it was in the healthy gait to a tenth of a degree."""
    healthy = np.degrees(healthy_lean(study.programme, study.reference))
    weak = {"sol_r": 0.2, "tib_r": 0.3}
    shown = {}
    for preset in ("free", "trunk_upright"):
        values, _, _ = study.solve(weak, UNADAPTED, posture_preset=preset)
        walked = Reference(values, study.reference.distance_m)
        shown[preset] = np.abs(np.degrees(healthy_lean(study.programme, walked)) - healthy).max()
    assert shown["trunk_upright"] <= min(0.1, shown["free"] + 1e-6)
