"""The sweep file: stacked without loss, opened by xarray with names, refused when scenarios do not fit together."""

import json
import os
import tracemalloc

import h5py
import numpy as np
import pytest
import synthetic_walker as walker
import xarray as xr

from gluteweak import storage, verify
from gluteweak.errors import InputError, SolveError
from gluteweak.failures import read_failed
from gluteweak.loads import collect as collecting
from gluteweak.loads import commands, growing
from gluteweak.loads.collect import aside_of
from gluteweak.plant import write_plant
from gluteweak.provenance import sha256_file
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
        # Lazily: nothing but coordinates is in memory.
        assert not sweep.pelvic_drop_deg.variable._in_memory
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


def checksums(folders):
    return {folder.name: sha256_file(folder / "outcomes.h5") for folder in folders}


def update(folders, out, *, study=STUDY):
    """Update a sweep as the workflow does; true if the file that is there has grown, false if it was stacked anew."""
    # Another name of the same file: what is written into it is seen here too, and a new file in its place is not.
    watched = out.with_name("watched.h5")
    watched.hardlink_to(out)
    commands.collect(study, folders, out, unless_stale=checksums(folders))
    same = out.samefile(watched)
    watched.unlink()
    return same


@pytest.fixture
def sweep_of_two(folders, tmp_path, monkeypatch):
    monkeypatch.setattr(growing, "SMALLEST", 2)
    out = tmp_path / "sweep.h5"
    commands.collect(STUDY, folders[:2], out, unless_stale=checksums(folders[:2]))
    return out


def test_a_sweep_that_still_holds_grows(folders, tmp_path, sweep_of_two):
    assert update(folders, sweep_of_two)
    commands.collect(STUDY, folders, tmp_path / "whole.h5")
    with (
        xr.open_dataset(sweep_of_two, engine="h5netcdf") as ours,
        xr.open_dataset(tmp_path / "whole.h5", engine="h5netcdf") as theirs,
    ):
        xr.testing.assert_identical(ours, theirs)
    # Nothing new: nothing to do, and newer than what it was made from.
    before = sweep_of_two.read_bytes()
    os.utime(sweep_of_two, (0, 0))
    assert update(folders, sweep_of_two)
    assert sweep_of_two.read_bytes() == before
    assert sweep_of_two.stat().st_mtime > 0


def _other_outcomes(folders, out):
    with h5py.File(folders[0] / "outcomes.h5", "r+") as file:
        file["trunk_lean_deg"][...] += 1.0


def _other_source(folders, out):
    with h5py.File(out, "r+") as file:
        file.attrs[growing.ATTRIBUTE] = "another"


def _left_over(folders, out):
    out.replace(aside_of(out))


def _broken(folders, out):
    out.write_bytes(out.read_bytes()[:1000])


@pytest.mark.parametrize("change", [_other_outcomes, _other_source, _left_over, _broken])
def test_a_sweep_that_no_longer_holds_is_stacked_anew(folders, tmp_path, sweep_of_two, change):
    change(folders, sweep_of_two)
    if sweep_of_two.exists():
        assert not update(folders, sweep_of_two)
    else:
        commands.collect(STUDY, folders, sweep_of_two, unless_stale=checksums(folders))
    commands.collect(STUDY, folders, tmp_path / "whole.h5")
    assert sweep_of_two.read_bytes() == (tmp_path / "whole.h5").read_bytes()
    assert not list(tmp_path.glob(".*"))


def test_a_sweep_with_scenarios_that_the_study_lost_is_stacked_anew(folders, sweep_of_two):
    assert not update([folders[0], *folders[2:]], sweep_of_two)


def test_a_sweep_of_a_study_with_other_words_is_stacked_anew(folders, sweep_of_two):
    assert not update(folders[:2], sweep_of_two, study={**STUDY, "name": "other"})


def test_a_small_sweep_is_stacked_anew_in_the_order_of_the_study(folders, tmp_path):
    out = tmp_path / "sweep.h5"
    commands.collect(STUDY, folders[2:], out)
    assert not update(folders, out)
    with h5py.File(out) as file:
        assert file["scenario_id"].asstr()[:].tolist() == [folder.name for folder in folders]


def test_a_chunk_holds_many_scenarios_of_one_quantity():
    # Oracle: 256 KiB over 8 bytes a number. Two sides of 101 samples: 162 scenarios; one number: as many as there are.
    assert rows_in_chunk(10_000, 2 * 101) == 162
    assert rows_in_chunk(10, 1) == 10
    assert rows_in_chunk(10_000, 80 * 101) == 4


def copies(folders, count):
    """Folders of more scenarios with the outcomes of the first; names and nothing else differ."""
    source = (folders[0] / "outcomes.h5").read_bytes()
    made = []
    for k in range(count):
        folder = folders[0].parent / f"copy{k:03d}"
        folder.mkdir(exist_ok=True)
        (folder / "outcomes.h5").write_bytes(source)
        with h5py.File(folder / "outcomes.h5", "r+") as file:
            file.attrs["scenario_id"] = folder.name
        made.append(folder)
    return made


def collect(folders, out, **options):
    commands.collect({"name": "copies"}, folders, out, adaptation="what_if", **options)


def test_adding_scenarios_costs_what_they_cost_and_not_what_is_there(folders, tmp_path, monkeypatch):
    """Counts files that are read and bytes that are written; chunks are made small, so that a sweep has many."""
    monkeypatch.setattr(storage, "_CHUNK_BYTES", 1 << 13)
    made = copies(folders, 32)
    written, read = [], []
    real_write, real_read = storage._Disk.write, collecting.read_file
    monkeypatch.setattr(storage._Disk, "write", lambda self, data: written.append(len(data)) or real_write(self, data))
    monkeypatch.setattr(collecting, "read_file", lambda path, *rest: read.append(path) or real_read(path, *rest))
    costs = {}
    for before in (12, 28):
        out = tmp_path / f"{before}.h5"
        collect(made[:before], out)
        written.clear()
        read.clear()
        collect(made[: before + 4], out, append=True)
        assert {path.parent for path in read} == set(made[before : before + 4])
        costs[before] = sum(written)
    assert costs[28] < 1.5 * costs[12]


def test_memory_does_not_grow_with_the_number_of_scenarios(folders, tmp_path):
    made = copies(folders, 100)
    peaks = {}
    for count in (66, 100):
        tracemalloc.start()
        collect(made[:count], tmp_path / f"{count}.h5")
        peaks[count] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peaks[100] < 1.2 * peaks[66]


def test_chunks_suit_reading_one_quantity_of_all_scenarios_and_carry_checksums(folders, tmp_path, monkeypatch):
    monkeypatch.setattr(storage, "_CHUNK_BYTES", 1 << 14)
    collect(copies(folders, 14), tmp_path / "sweep.h5")
    with h5py.File(tmp_path / "sweep.h5") as file:
        # 16 KiB (here) over 8 bytes, 2 sides and 101 samples; one number a scenario: all in one piece.
        assert file["pelvic_drop_deg"].chunks == (10, 2, 101)
        assert file["strength_fraction"].chunks == (14,)
        for name, dataset in file.items():
            if "scenario" in dataset.attrs["dims"].split() and dataset.dtype.kind in "fiu":
                assert dataset.fletcher32, name


def test_scenarios_that_failed_are_named_and_the_others_kept(folders, tmp_path):
    out = tmp_path / "sweep.h5"
    (folders[1] / "outcomes.h5").unlink()
    kept = [folders[0], *folders[2:]]
    commands.collect(STUDY, kept, out, failed={folders[1].name: "solve: no start converged"})
    assert read_failed(out) == {folders[1].name: "solve: no start converged"}
    assert list(read_file(out)[0]["scenario_id"]) == [folder.name for folder in kept]
    with pytest.raises(SolveError, match="nothing to collect: 4 of 4 scenarios failed"):
        commands.collect(STUDY, [], tmp_path / "none.h5", failed={folder.name: "x" for folder in folders})
    assert not (tmp_path / "none.h5").exists()


def test_a_sweep_says_how_it_was_made(folders, tmp_path):
    for k, folder in enumerate(folders):
        with h5py.File(folder / "outcomes.h5", "r+") as file:
            file.attrs["cpu_s"], file.attrs["started_utc"] = 1.5 + k, f"2026-01-0{k + 1}T00:00:00+00:00"
            file.attrs["host_class"] = "a Xeon" if k else "an EPYC"
            file.attrs["solver_settings"] = "{}"
    commands.collect(STUDY, folders, tmp_path / "sweep.h5")
    values, said = read_file(tmp_path / "sweep.h5")
    assert values["solve_cpu_s"].tolist() == [1.5, 2.5, 3.5, 4.5]
    assert values["solve_started_utc"][3] == "2026-01-04T00:00:00+00:00"
    assert said["host_class"].splitlines() == ["a Xeon", "an EPYC"]
    assert said["solver_settings"] == "{}"
    assert len(said["outcomes_source_fingerprint"]) == 64


def damaged_somewhere(whole, rng):
    data = bytearray(whole)
    data[int(rng.integers(len(data)))] ^= 1 << int(rng.integers(8))
    return bytes(data)


def same(ours, theirs):
    return all(
        np.array_equal(ours[name], theirs[name]) for name in theirs if not isinstance(theirs[name], str)
    ) and all(ours[name] == theirs[name] for name in theirs if isinstance(theirs[name], str))


def test_verify_notices_a_flipped_bit_wherever_it_changes_anything(folders, tmp_path):
    """Every number and word of a sweep has a checksum; where a flipped bit goes unnoticed, nothing has changed."""
    out = tmp_path / "elsewhere" / "sweep.h5"
    commands.collect(STUDY, [folders[0], *folders[2:]], out)
    assert verify.verify(out) == []
    whole, values = out.read_bytes(), read_file(out)[0]
    rng = np.random.default_rng(5)
    found = 0
    for _ in range(60):
        out.write_bytes(damaged_somewhere(whole, rng))
        try:
            noticed = verify.verify(out) != []
        except InputError:
            noticed = True
        assert noticed or same(read_file(out)[0], values)
        found += noticed
    assert found > 30
