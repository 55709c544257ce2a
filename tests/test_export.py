"""gluteweak export: tables that other programs read, with every digit. Motions are tried in tests/workflow."""

import csv
import json
import warnings

import h5py
import numpy as np
import pytest

from gluteweak.cli import main
from gluteweak.errors import InputError
from gluteweak.export import export_motion, export_table

#: More scenarios than are held at a time (1 024).
COUNT = 1500


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    path = tmp_path_factory.mktemp("export") / "sweep.h5"
    rng = np.random.default_rng(3)
    columns = {
        "scenario_id": ([f"s{i}" if i else 'a, "b"' for i in range(COUNT)], "scenario"),
        "side": (["right", "left"], "side"),
        "strength_fraction": (rng.uniform(size=COUNT), "scenario"),
        "certified": (np.ones(COUNT, dtype=int), "scenario"),
        "label": (["gluteus médius"] * COUNT, "scenario"),
        "peak_pelvic_drop_deg": (rng.normal(size=(COUNT, 2)), "scenario side"),
        "pelvic_drop_deg": (np.zeros((COUNT, 2, 101)), "scenario side gait_cycle_pct"),
    }
    with h5py.File(path, "w") as file:
        for name, (values, dims) in columns.items():
            file[name] = values
            file[name].attrs["dims"] = dims
        file["peak_pelvic_drop_deg"].attrs["unit"] = "deg"
    return path


HEAD = ["scenario_id", "side", "certified", "label", "strength_fraction", "peak_pelvic_drop_deg"]


def test_csv_has_one_line_a_scenario_and_side_and_every_digit(sweep, tmp_path):
    assert export_table(sweep, tmp_path / "t.csv") == COUNT
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == HEAD
    assert len(rows) == 1 + 2 * COUNT
    assert rows[2][:4] == ['a, "b"', "left", "1", "gluteus médius"]
    with h5py.File(sweep) as file:
        peaks = [float(row[5]) for row in rows[1:]]
        np.testing.assert_array_equal(np.reshape(peaks, (COUNT, 2)), file["peak_pelvic_drop_deg"][()])
        strength = [float(row[4]) for row in rows[2::2]]
        np.testing.assert_array_equal(strength, file["strength_fraction"][()])


def assert_same_as_csv(sweep, folder, columns):
    export_table(sweep, folder / "t.csv")
    with (folder / "t.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(columns) == HEAD
    for name in HEAD:
        words = name in ("scenario_id", "side", "label")
        due = [row[name] if words else float(row[name]) for row in rows]
        assert list(columns[name]) == due, name
    assert np.asarray(columns["certified"]).dtype.kind == "i"


# fastparquet leaves it to the garbage collector to close what it appends to.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_parquet_holds_what_the_csv_holds(sweep, tmp_path):
    fastparquet = pytest.importorskip("fastparquet")
    assert export_table(sweep, tmp_path / "t.parquet") == COUNT
    read = fastparquet.ParquetFile(str(tmp_path / "t.parquet"))
    assert len(read.row_groups) == 2
    assert_same_as_csv(sweep, tmp_path, read.to_pandas())


def test_another_implementation_reads_the_parquet(sweep, tmp_path):
    """pyarrow is what most people read with; too large to install for this, so skipped where it is not."""
    parquet = pytest.importorskip("pyarrow.parquet")
    export_table(sweep, tmp_path / "t.parquet")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        read = parquet.read_table(tmp_path / "t.parquet")
    assert_same_as_csv(sweep, tmp_path, {name: read[name].to_pylist() for name in read.column_names})


def test_parquet_says_units(sweep, tmp_path):
    fastparquet = pytest.importorskip("fastparquet")
    export_table(sweep, tmp_path / "t.parquet")
    said = json.loads(fastparquet.ParquetFile(str(tmp_path / "t.parquet")).key_value_metadata["gluteweak"])
    assert said["peak_pelvic_drop_deg"]["unit"] == "deg"


def test_without_the_package_one_sentence_says_what_to_install(sweep, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(__import__("sys").modules, "fastparquet", None)
    assert main(["export", str(sweep), "--out", str(tmp_path / "t.parquet")]) == 2
    assert "Parquet needs the packages fastparquet and pandas" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Say what to export"),
        (["--out", "t.xlsx"], "name a table that ends in .csv or .parquet"),
        (["--scenario", "nobody"], "has no scenario 'nobody'"),
        (["--scenario", "../s1"], "is no folder name"),
        (["--scenario", "s1"], "cannot be exported (certificate.json is missing"),
    ],
)
def test_what_cannot_be_exported_is_said_in_one_sentence(sweep, tmp_path, monkeypatch, capsys, words, said):
    monkeypatch.chdir(tmp_path)
    assert main(["export", str(sweep), *words]) == 2
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_sweep_is_refused(tmp_path):
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["other"] = 1
    with pytest.raises(InputError, match="is no sweep"):
        export_table(tmp_path / "x.h5", tmp_path / "t.csv")
    with pytest.raises(InputError):
        export_motion(tmp_path / "x.h5", "a", tmp_path)
