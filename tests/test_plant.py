"""A plant survives the way through its file."""

from dataclasses import fields, replace

import h5py
import numpy as np
import pytest
from synthetic_walker import two_legged_plant

from gluteweak.errors import InputError
from gluteweak.plant import Plant, Polynomial, read_plant, write_plant
from gluteweak.variables import VARIABLES


@pytest.fixture
def plant():
    paths = {
        name: Polynomial(
            polynomial_coordinate_index=np.array([i, i + 1]),
            polynomial_exponent=np.array([[0, 0], [1, 0], [1, 2]]),
            polynomial_coefficient=np.array([[0.1], [0.02 * i], [-0.003]]),
        )
        for i, name in enumerate(two_legged_plant().muscle)
    }
    return replace(two_legged_plant(), path_length=paths)


def test_round_trip(tmp_path, plant):
    write_plant(tmp_path / "plant.h5", plant)
    read = read_plant(tmp_path / "plant.h5")
    for field in fields(Plant):
        before, after = getattr(plant, field.name), getattr(read, field.name)
        if field.name in ("path_length", "joint_pull", "joint_pull_moment"):
            assert set(after) == set(before)
            for key, polynomial in before.items():
                for name in (f.name for f in fields(Polynomial)):
                    np.testing.assert_array_equal(getattr(after[key], name), getattr(polynomial, name))
        elif isinstance(before, np.ndarray):
            np.testing.assert_array_equal(after, before)
            assert np.issubdtype(after.dtype, np.integer) == np.issubdtype(before.dtype, np.integer)
        else:
            assert after == before
    assert plant.path_length
    assert plant.joint_pull
    assert plant.joint_pull_moment


def test_derived_quantities(plant):
    roles = tuple("prescribed" if name == "hip_flexion_l" else "free" for name in plant.coordinate)
    plant = replace(plant, coordinate_role=roles)
    assert plant.prescribed_coordinates == ("hip_flexion_l",)
    assert plant.free_coordinates == tuple(name for name in plant.coordinate if name != "hip_flexion_l")
    assert plant.mass_kg == pytest.approx(sum(plant.body_mass_kg))


def test_every_field_is_registered():
    assert {f.name for f in fields(Plant)} - set(VARIABLES) == {
        *("path_length", "joint_pull", "joint_pull_moment"),
        "attributes",
    }
    assert {f.name for f in fields(Polynomial)} <= set(VARIABLES)


def test_plant_of_another_version(tmp_path, plant):
    path = tmp_path / "plant.h5"
    write_plant(path, plant)
    with h5py.File(path, "a") as file:
        del file["body_mass_kg"]
    with pytest.raises(InputError, match=r"no dataset 'body_mass_kg'.*gluteweak build-model"):
        read_plant(path)
