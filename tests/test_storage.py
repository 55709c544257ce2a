"""HDF5 in and out: whole or not at all, with unit and meaning, and one sentence for a bad file."""

import h5py
import numpy as np
import pytest

from gluteweak.errors import InputError
from gluteweak.storage import atomic_path, read_file, write_file
from gluteweak.variables import VARIABLES

VALUES = {
    "muscle": np.array(["glmed1_r", "tfl_r"], dtype=object),
    "muscle_strength_fraction": np.array([0.25, 1.0]),
    "time_s": np.linspace(0.0, 1.1, 100),
}


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "deep" / "solution.h5"
    write_file(path, VALUES, {"scenario_id": "x", "iterations": 12})
    return path


def test_what_was_written_is_read(written):
    values, attributes = read_file(written)
    assert list(values["muscle"]) == ["glmed1_r", "tfl_r"]
    np.testing.assert_array_equal(values["time_s"], VALUES["time_s"])
    assert attributes == {"scenario_id": "x", "iterations": 12}


def test_datasets_say_what_they_are(written):
    with h5py.File(written) as file:
        for name in VALUES:
            assert file[name].attrs["unit"] == VARIABLES[name].unit
            assert file[name].attrs["description"] == VARIABLES[name].description
            assert file[name].attrs["sign"] == VARIABLES[name].sign
            assert file[name].attrs["dims"] == " ".join(VARIABLES[name].dims)


def test_failure_leaves_what_was_there(written):
    before = written.read_bytes()
    with pytest.raises(KeyError, match="not registered"):
        write_file(written, {"time_s": VALUES["time_s"], "unheard_of": 1.0}, {})
    assert written.read_bytes() == before
    assert list(written.parent.iterdir()) == [written]


def test_wrong_number_of_dimensions_is_refused(tmp_path):
    with pytest.raises(ValueError, match="time_s"):
        write_file(tmp_path / "a.h5", {"time_s": np.zeros((2, 2))}, {})
    assert list(tmp_path.iterdir()) == []


def test_result_is_readable_like_any_other_file(tmp_path):
    plain = tmp_path / "plain"
    plain.touch()
    with atomic_path(tmp_path / "result") as temporary:
        temporary.write_text("x", encoding="utf-8")
    assert (tmp_path / "result").stat().st_mode == plain.stat().st_mode


def test_missing_file(tmp_path):
    with pytest.raises(InputError, match=r"No file .*none\.h5"):
        read_file(tmp_path / "none.h5")


@pytest.mark.parametrize("kept", [0, 10, 700])
def test_truncated_file(written, kept):
    written.write_bytes(written.read_bytes()[:kept])
    with pytest.raises(InputError, match="not a whole HDF5 file"):
        read_file(written)


def test_missing_dataset(written):
    with pytest.raises(InputError, match="no dataset 'nlp_primal'"):
        read_file(written, ("time_s", "nlp_primal"))


def test_nan_is_refused(tmp_path):
    path = tmp_path / "reference_gait.h5"
    write_file(path, {"time_s": np.array([0.0, np.nan])}, {})
    with pytest.raises(InputError, match="'time_s' holds NaN"):
        read_file(path)


def test_registry_is_complete():
    for name, variable in VARIABLES.items():
        assert variable.name == name
        assert variable.unit
        assert variable.description.endswith(".")
