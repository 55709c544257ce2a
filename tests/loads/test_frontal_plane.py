"""Frontal-plane angles of vectors worked out by hand."""

import numpy as np
import pytest

from gluteweak.loads import frontal_plane

RIGHT, LEFT = 1.0, -1.0


@pytest.mark.parametrize(
    ("vector", "side", "degrees"),
    [
        ((0, 1, 0), RIGHT, 0.0),
        ((0, 1, 1), RIGHT, 45.0),  # z points to the right
        ((0, 1, 1), LEFT, -45.0),
        ((7, 1, 1), RIGHT, 45.0),  # what points forward does not count
        ((0, 2, -2 * np.tan(np.radians(10))), LEFT, 10.0),
    ],
)
def test_inclination(vector, side, degrees):
    assert np.degrees(frontal_plane.inclination_rad(np.array([vector], float), side))[0] == pytest.approx(degrees)


@pytest.mark.parametrize(
    ("vector", "side", "degrees"),
    [((0, 0, 1), RIGHT, 0.0), ((0, 1, 1), RIGHT, 45.0), ((0, 1, 1), LEFT, -45.0), ((5, -1, 1), RIGHT, -45.0)],
)
def test_elevation(vector, side, degrees):
    assert np.degrees(frontal_plane.elevation_rad(np.array([vector], float), side))[0] == pytest.approx(degrees)


@pytest.mark.parametrize(
    ("side", "knee_z", "degrees"),
    [
        (RIGHT, 0.10, 0.0),
        (RIGHT, 0.05, 2 * np.degrees(np.arctan(0.1))),  # right knee moved towards the midline: valgus look
        (RIGHT, 0.15, -2 * np.degrees(np.arctan(0.1))),
        (LEFT, -0.05, 2 * np.degrees(np.arctan(0.1))),
    ],
)
def test_knee_projection_of_three_points(side, knee_z, degrees):
    hip, ankle = np.array([[0.3, 1.0, side * 0.1]]), np.array([[-0.2, 0.0, side * 0.1]])
    angle = frontal_plane.knee_projection_rad(hip, np.array([[0.1, 0.5, knee_z]]), ankle, side)
    assert np.degrees(angle)[0] == pytest.approx(degrees, abs=1e-12)


def test_knee_projection_is_180_deg_minus_the_included_angle():
    rng = np.random.default_rng(4)
    hip, knee, ankle = rng.normal(size=(3, 50, 3))
    thigh, shank = (hip - knee)[:, 1:], (ankle - knee)[:, 1:]
    cosine = np.sum(thigh * shank, axis=1) / np.linalg.norm(thigh, axis=1) / np.linalg.norm(shank, axis=1)
    projected = np.degrees(frontal_plane.knee_projection_rad(hip, knee, ankle, RIGHT))
    np.testing.assert_allclose(np.abs(projected), 180 - np.degrees(np.arccos(cosine)), atol=1e-6)


def test_wrong_shape_is_refused():
    with pytest.raises(ValueError, match=r"expected \(n_times, 3\)"):
        frontal_plane.inclination_rad(np.zeros((4, 2)), RIGHT)
