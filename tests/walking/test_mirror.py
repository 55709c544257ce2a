"""Mirror images: of coordinates, of a measured cycle, and of the adult's answer to a weakness."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gluteweak.errors import InputError
from gluteweak.storage import read_file
from gluteweak.walking.commands.opened import programme_on
from gluteweak.walking.derivatives import record_all
from gluteweak.walking.healthy_gait import Reference
from gluteweak.walking.measurement import stored_cycle
from gluteweak.walking.mirror import Mirror, mirrored, other_side, symmetrised
from gluteweak.walking.reference import reference_values, track
from gluteweak.walking.scenario import Scenario, solve_scenario
from gluteweak.walking.transcription import Grid

pytestmark = pytest.mark.casadi

#: Coordinates of the adult's midline that change sign in a mirror, by hand.
ODD = {"pelvis_list", "pelvis_rotation", "pelvis_tz", "lumbar_bending", "lumbar_rotation"}


@pytest.fixture(scope="module")
def cycle(adult):
    return stored_cycle(read_file(adult.reference_gait)[0])


def test_partners_and_signs(adult):
    mirror = Mirror.of(adult.plant)
    names = adult.plant.coordinate
    assert {name for name, sign in zip(names, mirror.sign, strict=True) if sign < 0} == ODD
    assert names[mirror.partner[names.index("knee_angle_r")]] == "knee_angle_l"
    assert names[mirror.partner[names.index("pelvis_ty")]] == "pelvis_ty"
    value = np.random.default_rng(1).normal(size=(4, len(names)))
    np.testing.assert_array_equal(mirror(mirror(value)), value)
    with pytest.raises(InputError, match="no 'hip_l'"):
        other_side(("hip_r", "pelvis"))


def test_image_of_a_cycle_by_hand(adult, cycle):
    image = mirrored(adult.plant, cycle)
    names = adult.plant.coordinate
    half = len(cycle.time_s) // 2
    # At the start the image's right leg does what the left one does half a cycle later (the cycle nearly closes).
    for name in ("hip_flexion", "knee_angle", "hip_adduction"):
        due = cycle.value[half, names.index(f"{name}_l")]
        assert image.value[0, names.index(f"{name}_r")] == pytest.approx(due, abs=0.03)
    assert image.value[0, names.index("pelvis_list")] == pytest.approx(
        -cycle.value[half, names.index("pelvis_list")], abs=0.02
    )
    np.testing.assert_allclose(
        image.ground_reaction_bw[0, 0], cycle.ground_reaction_bw[half, 1] * [1, 1, -1], atol=0.02
    )
    assert image.distance_m(adult.plant) == pytest.approx(cycle.distance_m(adult.plant))


def test_forces_of_the_image_act_under_its_feet(adult, cycle):
    """Centres of pressure worked out from the moments move with the pelvis: same place ahead of it, other side."""
    names = adult.plant.coordinate
    image = mirrored(adult.plant, cycle)
    half = (len(cycle.time_s) - 1) // 2

    def ahead_and_aside(of, k, side):
        force, moment = of.ground_reaction_bw[k, side], of.ground_moment_bw_m[k, side]
        pressure = moment[2] / force[1], -moment[0] / force[1]  # on the floor, y = 0, up to the free moment
        pelvis = of.value[k, [names.index("pelvis_tx"), names.index("pelvis_tz")]]
        return pressure - pelvis

    # Left foot in mid-stance at 60 % of the cycle, so the image's right foot is in mid-stance at 10 %.
    for k in (10, 20, 30):
        before = ahead_and_aside(cycle, k + half, 1)
        after = ahead_and_aside(image, k, 0)
        assert abs(before[1]) > 0.02
        np.testing.assert_allclose(after, before * [1, -1], atol=0.015)


def test_symmetrised_cycle_is_its_own_image_and_near_the_measured_one(adult, cycle):
    whole = symmetrised(adult.plant, cycle)
    image = mirrored(adult.plant, whole)
    np.testing.assert_allclose(image.value, whole.value, atol=1e-9)
    np.testing.assert_allclose(image.ground_reaction_bw, whole.ground_reaction_bw, atol=1e-9)
    np.testing.assert_allclose(image.ground_moment_bw_m, whole.ground_moment_bw_m, atol=1e-9)
    rotations = adult.plant.coordinate_is_rotation.astype(bool)
    assert np.degrees(np.abs(whole.value - cycle.value)[:, rotations]).mean() < 3.0
    measured = cycle.is_measured.copy()
    measured[adult.plant.coordinate.index("knee_angle_l")] = False
    with pytest.raises(InputError, match="Measured on one side only: knee_angle_r, knee_angle_l"):
        symmetrised(adult.plant, replace(cycle, is_measured=measured))


@pytest.fixture(scope="module")
def symmetric(adult, adult_point, cycle):
    """Programme and healthy gait of the symmetrised adult on an even mesh."""
    whole = symmetrised(adult.plant, cycle)
    bare = programme_on(adult.plant, Grid(20, 2, whole.duration_s), adult_point)
    programme = replace(bare, recorded=record_all(adult_point))
    gait = track(programme, whole, tolerance=1e-7, max_iterations=300)
    values = reference_values(programme, _Recorded(programme), gait)
    return programme, Reference(values, gait.sampled.distance_m)


class _Recorded(dict):
    """Point functions with their tapes, as a stored set of them has."""

    def __init__(self, programme):
        super().__init__(programme.point)
        self.recorded = programme.recorded


def test_healthy_gait_of_the_symmetric_adult_is_symmetric(adult, symmetric):
    _, reference = symmetric
    mirror = Mirror.of(adult.plant)
    value = reference.values["coordinate_value"]
    later = mirror(np.roll(value, -len(value) // 2, axis=0))
    away = [i for i, name in enumerate(adult.plant.coordinate) if name not in ("pelvis_tx", "pelvis_tz")]
    np.testing.assert_allclose(later[:, away], value[:, away], atol=1e-4)


@pytest.mark.parametrize("weights", [(1.0, 1.0, 0.0), (0.01, 0.02, 1.0)])
def test_weak_left_is_the_mirror_image_of_weak_right(adult, symmetric, weights):
    programme, reference = symmetric
    solved = {}
    for side in "rl":
        weak = np.array([m.startswith("glmed") and m.endswith(side) for m in adult.plant.muscle])
        wanted = Scenario(np.where(weak, 0.3, 1.0), *weights)
        solved[side] = solve_scenario(programme, reference, wanted, tolerance=1e-7, max_iterations=300)
    right, left = (programme.transcription.unpack(solved[side].solution.w) for side in "rl")
    free = adult.plant.free_coordinates
    whole = np.zeros((len(right["value"]), len(adult.plant.coordinate)))
    whole[:, programme.transcription.layout.free] = np.roll(right["value"], -len(whole) // 2, axis=0)
    image = Mirror.of(adult.plant)(whole)[:, programme.transcription.layout.free]
    away = [n for n, name in enumerate(free) if name not in ("pelvis_tx", "pelvis_tz")]
    np.testing.assert_allclose(left["value"][:, away], image[:, away], atol=1e-3)
    muscles = other_side(adult.plant.muscle)
    later = np.roll(right["activation"], -len(whole) // 2, axis=0)[:, muscles]
    np.testing.assert_allclose(left["activation"], later, atol=5e-3)
    # A mirror image, not the same: the muscles differ where they adapt, the posture where it gives.
    by_muscles, by_posture = np.abs(later - right["activation"]).max(), np.abs(image - right["value"])[:, away].max()
    assert (by_posture > 1e-2) if weights[2] else (by_muscles > 0.05)
    assert solved["l"].solution.objective == pytest.approx(solved["r"].solution.objective, rel=1e-5)
