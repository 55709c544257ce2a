"""The sweep file: stacked without loss, opened by xarray with names, refused when scenarios do not fit together."""

import json

import h5py
import numpy as np
import pytest
import synthetic_walker as walker
import xarray as xr

from gluteweak.errors import InputError
from gluteweak.loads import commands
from gluteweak.plant import write_plant
from gluteweak.storage import read_file, read_study, rows_in_chunk
from gluteweak.study import Study
from gluteweak.variables import OUTCOMES

STUDY = {
    "name": "test",
    "model": "adult",
    "weakness": {"muscles": ["glmed"], "side": "right"},
    "adaptation": [
        {"name": name, "effort": 1, "posture_habit": 1, "motor_habit": 1, "strength_percent": [100, 50]}
        for name in ("posture_kept", "pattern_kept")
    ],
}


@pytest.fixture
def folders(tmp_path):
    plant = walker.two_legged_plant()
    write_plant(tmp_path / "plant.h5", plant)
    made = []
    for seed, scenario in enumerate(Study.model_validate(STUDY).scenarios(), start=1):
        folder = tmp_path / "scenarios" / scenario.scenario_id
        folder.mkdir(parents=True)
        solution = walker.periodic_solution(
            plant, seed=seed, strength=scenario.strength_fraction, scenario_id=scenario.scenario_id
        )
        walker.write_solution(folder / "solution.h5", plant, solution, tmp_path / "plant.h5")
        (folder / "certificate.json").write_text(json.dumps({"certified": seed != 2}))
        commands.outcomes(
            tmp_path / "plant.h5", folder / "solution.h5", folder / "certificate.json", folder / "outcomes.h5"
        )
        made.append(folder)
    return made


def test_xarray_opens_the_sweep_with_names(folders, tmp_path):
    out = tmp_path / "sweep.h5"
    commands.collect(STUDY, folders, out)
    with xr.open_dataset(out, engine="h5netcdf") as sweep:
        assert dict(sweep.sizes) == {"scenario": 4, "side": 2, "gait_cycle_pct": 101, "muscle": 6}
        assert sweep.side.values.tolist() == ["right", "left"]
        assert sweep.muscle.values.tolist() == list(walker.MUSCLES)
        assert sweep.gait_cycle_pct.values[[0, -1]].tolist() == [0.0, 100.0]
        assert sweep.scenario_id.values.tolist() == [f.name for f in folders]
        assert sweep.adaptation.values.tolist() == ["posture_kept"] * 2 + ["pattern_kept"] * 2
        assert sweep.strength_fraction.values.tolist() == [1.0, 0.5, 1.0, 0.5]
        assert sweep.certified.values.tolist() == [1, 0, 1, 1]
        assert sweep.pelvic_drop_deg.dims == ("scenario", "side", "gait_cycle_pct")
        assert sweep.muscle_activation.dims == ("scenario", "muscle", "gait_cycle_pct")
        assert sweep.peak_trunk_lean_deg.dims == ("scenario", "side")
        for row, folder in enumerate(folders):
            values, _ = read_file(folder / "outcomes.h5")
            here = sweep.sel(scenario=folder.name)
            np.testing.assert_array_equal(here.pelvic_drop_deg.sel(side="left"), values["pelvic_drop_deg"][1])
            np.testing.assert_array_equal(sweep.muscle_force_n[row].sel(muscle="vasti_l"), values["muscle_force_n"][4])


def test_a_sweep_of_a_tiring_walk_has_what_the_walk_adds_up_to(tmp_path):
    plant = walker.two_legged_plant()
    write_plant(tmp_path / "plant.h5", plant)
    grid = {"who": ["glmed"], "strength_percent": [50], "adaptation": ["re_optimised"], "steps_walked": [0, 1000]}
    study = {"name": "t", "model": "adult", "grid": [grid]}
    folders = []
    for seed, scenario in enumerate(Study.model_validate(study).scenarios(), start=1):
        folder = tmp_path / scenario.scenario_id
        folder.mkdir()
        solution = walker.periodic_solution(plant, seed=seed, strength=0.5, scenario_id=scenario.scenario_id)
        walker.write_solution(folder / "solution.h5", plant, solution, tmp_path / "plant.h5")
        (folder / "certificate.json").write_text(json.dumps({"certified": True}))
        paths = (folder / name for name in ("solution.h5", "certificate.json", "outcomes.h5"))
        commands.outcomes(tmp_path / "plant.h5", *paths)
        folders.append(folder)
    commands.collect(study, folders, tmp_path / "sweep.h5")
    with xr.open_dataset(tmp_path / "sweep.h5", engine="h5netcdf") as sweep:
        total, step = sweep.walk_hip_contact_impulse_bw_s, sweep.hip_contact_impulse_bw_s
        assert total.dims == ("scenario", "side")
        np.testing.assert_array_equal(total[0], 0.0)
        # 500 steps of each limb, at the mean of the first and the last.
        np.testing.assert_allclose(total[1], 250.0 * (step[0] + step[1]), rtol=1e-12)


def test_every_dataset_says_what_it_is(folders, tmp_path):
    out = tmp_path / "sweep.h5"
    commands.collect(STUDY, folders, out)
    with h5py.File(out) as file:
        assert set(OUTCOMES) <= set(file)
        for name, dataset in file.items():
            assert dataset.attrs["unit"], name
            assert dataset.attrs["description"], name
            assert "sign" in dataset.attrs, name
            for axis, dimension in enumerate(dataset.attrs["dims"].split()):
                if dataset.name.lstrip("/") != dimension:
                    assert dataset.dims[axis][0].name == f"/{dimension}"
        assert json.loads(file["study"].asstr()[()]) == STUDY
        assert file.attrs["model_sha256"] == "m"
        assert file.attrs["source_fingerprint"] == "f"
        assert file.attrs["versions"] == "{}"
        assert len(file.attrs["plant_sha256"]) == 64


def test_a_study_longer_than_an_attribute_may_be(folders, tmp_path):
    """HDF5 keeps attributes in 64 KiB; the study of a sheet of a few hundred lines is longer."""
    cases = [{"id": f"case{i}", "who": "glmed", "strength_percent": 50, "label": "x" * 200} for i in range(400)]
    long = {**STUDY, "cases": cases}
    assert len(json.dumps(long)) > 1 << 16
    out = tmp_path / "sweep.h5"
    commands.collect(long, folders[:2], out)
    assert read_study(out) == long
    longer = {**long, "cases": [*cases, {**cases[0], "id": "one_more"}]}
    commands.collect(longer, folders, out, append=True)
    assert read_study(out) == longer
    with xr.open_dataset(out, engine="h5netcdf") as sweep:
        assert json.loads(sweep.study.item()) == longer


def test_a_sweep_says_how_badly_timed_a_walker_is(tmp_path):
    plant = walker.two_legged_plant()
    write_plant(tmp_path / "plant.h5", plant)
    grid = {"who": ["glmed"], "adaptation": ["re_optimised"], "onset_delay_ms": [0, 50], "activation_ceiling": [0.5]}
    study = {"name": "t", "model": "adult", "grid": [grid]}
    scenarios = Study.model_validate(study).scenarios()
    folders = [tmp_path / scenario.scenario_id for scenario in scenarios]
    for folder in folders:
        folder.mkdir()
        solution = walker.periodic_solution(plant, scenario_id=folder.name)
        walker.write_solution(folder / "solution.h5", plant, solution, tmp_path / "plant.h5")
        (folder / "certificate.json").write_text(json.dumps({"certified": True}))
        paths = (folder / name for name in ("solution.h5", "certificate.json", "outcomes.h5"))
        commands.outcomes(tmp_path / "plant.h5", *paths)
    commands.collect(study, folders, tmp_path / "sweep.h5")
    with xr.open_dataset(tmp_path / "sweep.h5", engine="h5netcdf") as sweep:
        assert sweep.onset_delay_ms.values.tolist() == [0.0, 50.0]
        assert sweep.activation_ceiling.values.tolist() == [0.5, 0.5]
        assert sweep.slower_activation.values.tolist() == [1.0, 1.0]
        assert sweep.early_shutoff_ms.values.tolist() == [0.0, 0.0]
        assert sweep.badly_timed.values.tolist() == ["glmed1_r glmed2_r glmed3_r"] * 2
        assert sweep.onset_delay_ms.attrs["unit"] == "ms"


def test_order_is_that_of_the_folders(folders, tmp_path):
    commands.collect(STUDY, folders[::-1], tmp_path / "sweep.h5")
    values, _ = read_file(tmp_path / "sweep.h5")
    assert values["scenario_id"].tolist() == [f.name for f in folders[::-1]]


def _drop(path):
    path.unlink()


def _truncate(path):
    path.write_bytes(path.read_bytes()[:1000])


def _nan(path):
    with h5py.File(path, "r+") as file:
        file["trunk_lean_deg"][0, 5] = np.nan


def _other_model(path):
    with h5py.File(path, "r+") as file:
        file.attrs["plant_sha256"] = "other"


def _other_content(path):
    with h5py.File(path, "r+") as file:
        del file["foot_off_pct"]


def _other_muscles(path):
    with h5py.File(path, "r+") as file:
        file["muscle"][0] = "glmin_r"


def _stranger(path):
    with h5py.File(path, "r+") as file:
        file.attrs["scenario_id"] = "tfl_r-s000-posture_kept"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_drop, "No file"),
        (_truncate, "not a whole HDF5 file"),
        (_nan, "'trunk_lean_deg' holds NaN"),
        (_other_model, "plant_sha256 is other"),
        (_other_content, "foot_off_pct"),
        (_other_muscles, "muscle differs"),
        (_stranger, "which the study does not have"),
    ],
)
def test_scenarios_that_do_not_fit_are_refused_and_nothing_is_written(folders, tmp_path, change, message):
    change(folders[2] / "outcomes.h5")
    with pytest.raises(InputError, match=message):
        commands.collect(STUDY, folders, tmp_path / "sweep.h5")
    assert [p.name for p in tmp_path.iterdir() if "sweep" in p.name] == []


def test_no_scenario_is_refused(tmp_path):
    with pytest.raises(InputError, match="no scenario to collect"):
        commands.collect(STUDY, [], tmp_path / "sweep.h5")


def test_an_enlarged_sweep_is_the_sweep_of_all(folders, tmp_path):
    grown, whole = tmp_path / "grown.h5", tmp_path / "whole.h5"
    commands.collect(STUDY, folders[:2], grown)
    # What is there already is not read again: it may even be gone.
    (folders[0] / "outcomes.h5").rename(tmp_path / "kept.h5")
    commands.collect(STUDY, folders, grown, append=True)
    (tmp_path / "kept.h5").rename(folders[0] / "outcomes.h5")
    commands.collect(STUDY, folders, whole)
    with xr.open_dataset(grown, engine="h5netcdf") as ours, xr.open_dataset(whole, engine="h5netcdf") as theirs:
        assert ours.attrs == theirs.attrs
        xr.testing.assert_identical(ours, theirs)
    before = grown.read_bytes()
    commands.collect(STUDY, folders, grown, append=True)
    assert grown.read_bytes() == before


def test_a_sweep_stays_as_it_was_if_a_new_scenario_does_not_fit(folders, tmp_path):
    out = tmp_path / "sweep.h5"
    commands.collect(STUDY, folders[:2], out)
    before = out.read_bytes()
    with h5py.File(folders[3] / "outcomes.h5", "r+") as file:
        file.attrs["plant_sha256"] = "another"
    with pytest.raises(InputError, match="plant_sha256 is another"):
        commands.collect(STUDY, folders, out, append=True)
    assert out.read_bytes() == before
    assert not list(tmp_path.glob(".sweep*"))


def test_a_chunk_holds_many_scenarios_of_one_quantity():
    # Oracle: 256 KiB over 8 bytes a number. Two sides of 101 samples: 162 scenarios; one number: as many as there are.
    assert rows_in_chunk(10_000, 2 * 101) == 162
    assert rows_in_chunk(10, 1) == 10
    assert rows_in_chunk(10_000, 80 * 101) == 4
