"""Ground reactions from a motion alone, on the built-in walker's solved gait, whose reactions obey Newton's law."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from scipy.interpolate import CubicSpline

pytest.importorskip("opensim")

from gluteweak.gait_events import strikes_from_motion
from gluteweak.opensim_model.import_direction import follow
from gluteweak.opensim_model.import_forces import estimate_forces, whole_body_reaction
from gluteweak.opensim_model.trial_motion import MeasuredMotion
from gluteweak.walker_tables import read_tables

pytestmark = pytest.mark.opensim

ADULT = Path(__file__).parents[2] / "models/adult"


@pytest.fixture(scope="module")
def walk():
    """Two strides: times, coordinates, reactions of right and left foot in body weights, stride time, tables."""
    with h5py.File(ADULT / "reference_gait.h5") as file:
        names = [n.decode() for n in file["coordinate"][()]]
        time, value = file["time_s"][()], file["coordinate_value"][()]
        reaction = file["ground_reaction_bw"][()].reshape(len(time), 2, 3)
        stride, distance = float(file.attrs["duration_s"]), float(file.attrs["distance_m"])
    even = np.arange(0.0, 2.0 * stride, 0.005)

    def repeated(series):
        # The last Radau point is the first of the next cycle.
        knots = np.concatenate([[time[-1] - stride], time])
        return CubicSpline(knots, np.concatenate([series[-1:], series]), bc_type="periodic")(even % stride)

    poses = {}
    for i, name in enumerate(names):
        way = distance / stride if name == "pelvis_tx" else 0.0
        poses[name] = repeated(value[:, i] - way * time) + way * even
    force = np.stack([np.column_stack([repeated(reaction[:, s, a]) for a in range(3)]) for s in range(2)], axis=1)
    return even, poses, force, stride, read_tables(ADULT)


def rms(error):
    return np.sqrt(np.mean(np.square(error), axis=0))


def test_both_feet_together_carry_what_newton_says(walk):
    time, poses, force, _, tables = walk
    found, moment, center = whole_body_reaction(tables, time, poses)
    weight = tables.mass_kg * 9.80665
    inside = slice(20, -20)
    assert rms((found / weight - force.sum(axis=1))[inside]).max() < 0.04
    # The moment makes a centre of pressure within a foot's length of the mass centre, and near the floor's middle.
    pressure = moment[:, 2] / found[:, 1]
    assert np.abs(pressure - center[:, 0])[inside].max() < 0.5


def test_each_foot_carries_its_share(walk):
    time, poses, force, stride, tables = walk
    track = follow(tables, MeasuredMotion(Path("walk.mot"), time, poses, ()))
    strikes = {s: strikes_from_motion(time, track.heel_m[s][:, 0] - track.pelvis_m[:, 0]) for s in "rl"}
    estimate = estimate_forces(tables, Path("walk.mot"), time, poses, track, strikes, stride)
    weight = tables.mass_kg * 9.80665
    inside = slice(20, -20)
    for s, side in enumerate("rl"):
        own = estimate.force_n[side] / weight
        forward, vertical, sideways = rms((own - force[:, s])[inside])
        assert vertical < 0.09
        assert forward < 0.06
        assert sideways < 0.03
        assert own[inside, 1].max() == pytest.approx(force[inside, s, 1].max(), abs=0.08)
        swing = force[inside, s, 1] < 0.01
        assert np.mean(own[inside, 1][swing] > 0.05) < 0.1, "a foot in the air carries weight"


def test_a_record_that_begins_in_double_support_is_shared_too(walk):
    time, poses, force, stride, tables = walk
    loaded = force[:, :, 1] > 0.1
    both = np.flatnonzero(loaded.all(axis=1) & (time > 0.1))[0] + 8
    cut = slice(both, both + int(stride / 0.005) + 1)
    poses = {name: series[cut] for name, series in poses.items()}
    track = follow(tables, MeasuredMotion(Path("walk.mot"), time[cut], poses, ()))
    strikes = {s: strikes_from_motion(time[cut], track.heel_m[s][:, 0] - track.pelvis_m[:, 0]) for s in "rl"}
    estimate = estimate_forces(tables, Path("walk.mot"), time[cut], poses, track, strikes, stride)
    weight = tables.mass_kg * 9.80665
    for s, side in enumerate("rl"):
        assert rms(estimate.force_n[side][:, 1] / weight - force[cut, s, 1])[()] < 0.15
