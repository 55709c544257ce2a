"""Patellofemoral contact area and stress against the published values and hand calculation."""

import numpy as np
import pytest

from gluteweak.errors import InputError
from gluteweak.loads import patellofemoral

# Besier et al. 2005, abstract: unloaded areas at 0, 30, 60 deg; +24 % under body weight.
MEN, WOMEN, LOADED = (210.0, 414.0, 520.0), (269.0, 396.0), 1.24


def test_areas_at_the_measured_angles():
    at = np.array([0.0, 30.0, 60.0])
    np.testing.assert_allclose(patellofemoral.contact_area_mm2(at, "male"), np.array(MEN) * LOADED)
    np.testing.assert_allclose(patellofemoral.contact_area_mm2(at[1:], "female"), np.array(WOMEN) * LOADED)


def test_areas_between_and_beyond_the_measured_angles():
    area = patellofemoral.contact_area_mm2(np.array([15.0, 45.0, -10.0, 75.0, 130.0]), "male")
    np.testing.assert_allclose(area, np.array([312.0, 467.0, 210.0, 520.0, 520.0]) * LOADED)


def test_stress_by_hand():
    # 1000 N on 414 mm^2 x 1.24 = 513.36 mm^2 is 1.948 MPa.
    stress = patellofemoral.contact_stress_mpa(np.array([1000.0, 0.0]), np.array([30.0, 30.0]), "male")
    np.testing.assert_allclose(stress, [1000.0 / 513.36, 0.0])


def test_bad_input_is_refused():
    with pytest.raises(InputError, match="Unknown sex 'robot'"):
        patellofemoral.contact_area_mm2(np.zeros(2), "robot")
    with pytest.raises(ValueError, match="expected the same"):
        patellofemoral.contact_stress_mpa(np.zeros(3), np.zeros(2), "male")
    with pytest.raises(ValueError, match=r"expected \(n,\)"):
        patellofemoral.contact_area_mm2(np.zeros((3, 2)), "male")
