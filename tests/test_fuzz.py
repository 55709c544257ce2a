"""Whatever lies in a file that people hand in: a valid object or one clear sentence; no other error, no crash, no hang.

Examples are drawn anew from what is valid, one mutation at a time, so that they get past the first check. They are the
same in every run; ``--hypothesis-seed=N`` with ``FUZZ_EXAMPLES=5000`` looks for others.
"""

import copy
import json
import os
import signal

import comparison_sweep
import h5py
import numpy as np
import pytest
import synthetic_walker as walker
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from study_files import ROOT

from gluteweak import summary, verify
from gluteweak.batch import manifest, record
from gluteweak.comparison.reading import read_sweep
from gluteweak.errors import InputError
from gluteweak.failures import read_failed
from gluteweak.loads.commands import read_certificate
from gluteweak.loads.solution import read_solution
from gluteweak.motion_files import read_motion, write_motion
from gluteweak.plant import read_plant, write_plant
from gluteweak.storage import read_file
from gluteweak.study import load_study

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
#: A reader that takes longer than this hangs.
PATIENCE_S = 60


def fuzz(examples):
    return settings(
        max_examples=EXAMPLES or examples,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(autouse=True)
def no_hang():
    def stop(*_):
        raise TimeoutError(f"a reader has been at work for {PATIENCE_S} s")

    def ring(seconds):
        signal.alarm(seconds)

    before = signal.signal(signal.SIGALRM, stop)
    ring(10 * PATIENCE_S if EXAMPLES else PATIENCE_S)
    yield
    ring(0)
    signal.signal(signal.SIGALRM, before)


def said(read, *arguments, **options):
    """What a reader says of a bad file; None for a good one. Anything but an InputError of one line is a failure."""
    message = None
    try:
        read(*arguments, **options)
    except InputError as error:
        message = str(error)
    assert message is None or (message.strip() and len(message.strip().splitlines()) == 1), message
    return message


# --- studies ---------------------------------------------------------------------------------------------------------

STUDIES = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "config").glob("*.yaml"))]
HOSTILE = [
    *("", " ", "../../x", "a;rm -rf /", "$(id)", "`id`", "a\nb", "a" * 5000, "ä", "\x00", "\u202e", "{x}", "%s", "-1"),
    *("nan", "1e999", "!!python/object/apply:os.system ['true']", "&a", "*a", "both", "glmed", "glmed+tfl", "~"),
]
NUMBERS = st.one_of(
    st.integers(),
    st.integers(-3, 200),
    st.floats(),
    st.sampled_from([0, -0.0, 1e308, -1e308, 10**30, float("nan"), float("inf"), 1e-320]),
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, st.sampled_from(HOSTILE), st.text(max_size=8))
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(HOSTILE) | st.text(), inner, max_size=3)
    ),
    max_leaves=6,
)


def places(data, path=()):
    """Every place in nested data."""
    yield path
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield from places(value, (*path, key))


def changed(data, path, value, how):
    """Nested data with one place replaced, removed, or a key added there."""
    data = copy.deepcopy(data)
    if not path:
        return value
    parent = data
    for key in path[:-1]:
        parent = parent[key]
    if how == "replace":
        parent[path[-1]] = value
    elif how == "remove":
        del parent[path[-1]]
    elif isinstance(parent, dict):
        parent[str(value)] = value
    else:
        parent.insert(path[-1], value)
    return data


@st.composite
def studies(draw):
    data = draw(st.sampled_from(STUDIES))
    for _ in range(draw(st.integers(1, 2))):
        options = list(places(data))
        path = options[draw(st.integers(0, len(options) - 1))]
        data = changed(data, path, draw(VALUES), draw(st.sampled_from(["replace", "replace", "remove", "add"])))
        if not isinstance(data, dict | list):
            break
    return data


@fuzz(250)
@given(studies())
def test_studies(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "fuzzed.yaml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
    message = said(load_study, path, yes=False)
    assert message is None or "fuzzed.yaml" in message or "fuzzed" in message or "sheet" in message


@fuzz(60)
@given(st.sampled_from(sorted((ROOT / "config").glob("*.yaml"))), st.data())
def test_study_text(tmp_path_factory, source, data):
    path = tmp_path_factory.getbasetemp() / "fuzzed.yaml"
    text = source.read_bytes()
    begin = data.draw(st.integers(0, len(text)))
    path.write_bytes(text[:begin] + data.draw(st.binary(max_size=6)) + text[begin + data.draw(st.integers(0, 30)) :])
    said(load_study, path, yes=False)


def test_a_study_that_unfolds_for_ever_is_refused(tmp_path):
    path = tmp_path / "laughs.yaml"
    lines = ["name: laughs", "model: adult", "a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    path.write_text("\n".join([*lines, "cases: *a11"]), encoding="utf-8")
    assert "repeat its parts too often" in said(load_study, path)
    path.write_text("name: deep\nmodel: adult\ncases: " + "[" * 20_000, encoding="utf-8")
    assert "nested too deep" in said(load_study, path)
    path.write_text("name: self\nmodel: adult\ncases: &a [*a]", encoding="utf-8")
    assert "repeat its parts too often" in said(load_study, path)


# --- sheets ----------------------------------------------------------------------------------------------------------

COLUMNS = ["id", "who", "side", "strength_percent", "adaptation", "label", "other_strength_percent", "speed_m_s"]
CELLS = st.one_of(
    st.sampled_from([*HOSTILE, "100", "50", "right", "re_optimised", "tfl=80", "tfl=", "=", '"', "1,5", "1_0"]),
    st.text(max_size=6),
)


@fuzz(120)
@given(
    st.sampled_from(",;\t"),
    st.lists(st.sampled_from(COLUMNS) | st.text(max_size=5), max_size=6),
    st.lists(st.lists(CELLS, max_size=6), max_size=4),
)
def test_sheets(tmp_path_factory, separator, columns, rows):
    path = tmp_path_factory.getbasetemp() / "fuzzed.csv"
    lines = [separator.join(line) for line in (columns, *rows)]
    path.write_text("\n".join(lines), encoding="utf-8", errors="replace")
    said(load_study, path, yes=False)


@fuzz(60)
@given(st.sampled_from(COLUMNS), CELLS)
def test_one_bad_cell_in_a_sheet(tmp_path_factory, column, cell):
    path = tmp_path_factory.getbasetemp() / "fuzzed.csv"
    good = dict(zip(COLUMNS, ["a", "glmed", "right", "50", "re_optimised", "weak", "", "1.2"], strict=True))
    rows = [good, {**good, "id": "b", column: cell}]
    lines = [";".join(row.values()) for row in rows]
    path.write_text("\n".join([";".join(COLUMNS), *lines]), encoding="utf-8", errors="replace")
    said(load_study, path, yes=False)


# --- tables of motion ------------------------------------------------------------------------------------------------


@fuzz(150)
@given(st.data())
def test_motion_tables(tmp_path_factory, data):
    folder = tmp_path_factory.getbasetemp()
    good = folder / "good.sto"
    write_motion(good, ["pelvis_tx", "hip_flexion_r"], np.linspace(0, 1, 4), np.arange(8.0).reshape(4, 2))
    lines = good.read_text(encoding="utf-8").splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(lines) - 1))
        word = data.draw(SCALARS.map(str))
        change = data.draw(st.sampled_from(["line", "cell", "drop", "double", "cut"]))
        cells = lines[at].split("\t")
        cells[data.draw(st.integers(0, len(cells) - 1))] = word
        lines[at : at + 1] = {
            "line": [word],
            "cell": ["\t".join(cells)],
            "drop": [],
            "double": [lines[at]] * 2,
            "cut": [lines[at][: len(lines[at]) // 2]],
        }[change]
        if not lines:
            break
    path = folder / "fuzzed.sto"
    path.write_text("\n".join(lines), encoding="utf-8", errors="replace")
    message = said(read_motion, path)
    if message is None:
        table = read_motion(path)
        for label in table.labels:
            said(table.column, label)


@fuzz(40)
@given(st.binary(max_size=200))
def test_motion_bytes(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "fuzzed.mot"
    path.write_bytes(content)
    said(read_motion, path)


# --- JSON ------------------------------------------------------------------------------------------------------------


@fuzz(60)
@given(VALUES, st.sampled_from(["scenarios", "failed", "stages", "certified"]))
def test_json_files(tmp_path_factory, value, key):
    folder = tmp_path_factory.getbasetemp()
    path = folder / record.FILE_NAME
    for content in (value, {key: value}, {"scenarios": {}, key: value}):
        path.write_text(json.dumps(content), encoding="utf-8")
        said(manifest.read, path)
        said(read_certificate, path)
        for stage in record.STAGES:
            record.why_not_done(folder, stage, "key")


# --- HDF5 ------------------------------------------------------------------------------------------------------------


def _solution(folder):
    plant = walker.two_legged_plant()
    write_plant(folder / "plant.h5", plant)
    walker.write_solution(folder / "solution.h5", plant, walker.periodic_solution(plant, seed=1), folder / "plant.h5")
    return folder / "solution.h5"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A whole file of each kind, and everything that reads it."""
    folder = tmp_path_factory.mktemp("whole")
    solution = _solution(folder)
    sweep = comparison_sweep.write_sweep(folder / "sweep.h5")
    plant = read_plant(folder / "plant.h5")
    return {
        "solution": (solution, [read_file, lambda path: read_solution(path, plant), verify.verify]),
        "plant": (folder / "plant.h5", [read_plant]),
        "sweep": (sweep or folder / "sweep.h5", [read_file, read_failed, summary.table, verify.verify, _read_sweep]),
    }


def _read_sweep(path):
    read_sweep(path, ("peak_pelvic_drop_deg",))


KINDS = ["solution", "plant", "sweep"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_files_to_be_damaged_are_good(files, kind):
    path, readers = files[kind]
    for read in readers:
        if read is not verify.verify:
            assert said(read, path) is None


@pytest.mark.parametrize("kind", KINDS)
def test_hdf5_bytes(files, kind, tmp_path):
    """Bits flipped and ends cut off, in any place."""
    path, readers = files[kind]
    whole = path.read_bytes()
    damaged = tmp_path / path.name

    @fuzz(60)
    @given(
        st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 7)), max_size=3),
        st.one_of(st.just(1.0), st.floats(0, 1)),
        st.booleans(),
    )
    def look(flips, kept, early):
        data = bytearray(whole[: int(kept * len(whole))])
        for share, bit in flips:
            if data:
                data[int(share * (min(len(data), 4096) if early else len(data)))] ^= 1 << bit
        damaged.write_bytes(data)
        for read in readers:
            said(read, damaged)

    look()


OTHERS = st.sampled_from(
    [
        *(np.float64(np.nan), np.float64(np.inf), 1e308, -1, 0, 10**18, "text", b"\xff\xfe", True, 1j),
        *(np.zeros(0), np.zeros((2, 2)), np.zeros((1, 1, 1, 1)), np.array(["a"], dtype=object)),
    ]
)


def retyped(value, other):
    return np.asarray(other) if isinstance(other, np.ndarray) else np.full(np.shape(value), other)


def change_dataset(file, name, how, other):
    """Spoil one dataset: gone, a group, of another type, turned over, shortened, with other values or no dims."""
    dataset = file[name]
    value, attributes = dataset[()], dict(dataset.attrs)
    if how == "attributes":
        for key in list(dataset.attrs):
            dataset.attrs[key] = other
        return
    del file[name]
    if how == "gone":
        return
    if how == "group":
        file.create_group(name)
        return
    new = {
        "value": lambda: retyped(value, other),
        "turned": lambda: np.transpose(value) if np.ndim(value) > 1 else np.reshape(value, (1, *np.shape(value))),
        "short": lambda: value[:-1] if np.ndim(value) else value,
        "text": lambda: np.full(np.shape(value), "x", dtype=object),
    }[how]()
    if new.dtype.kind in "UO":
        new = new.astype(h5py.string_dtype())
    file[name] = new
    file[name].attrs.update(attributes)


@pytest.mark.parametrize("kind", KINDS)
def test_hdf5_contents(files, kind, tmp_path):
    """Files that HDF5 is content with, but whose datasets or attributes are not what they should be."""
    path, readers = files[kind]
    whole = path.read_bytes()
    damaged = tmp_path / path.name
    with h5py.File(path) as file:
        names = [name for name in file if isinstance(file[name], h5py.Dataset)]
        said_of_file = list(file.attrs)

    @fuzz(50)
    @given(
        st.sampled_from(names),
        st.sampled_from(["gone", "group", "value", "turned", "short", "text", "attributes", "file"]),
        OTHERS,
        st.sampled_from(said_of_file),
    )
    def look(name, how, other, attribute):
        damaged.write_bytes(whole)
        with h5py.File(damaged, "r+") as file:
            if how == "file":
                file.attrs[attribute] = other
            else:
                change_dataset(file, name, how, other)
        for read in readers:
            said(read, damaged)

    look()
