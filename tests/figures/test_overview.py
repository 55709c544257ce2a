"""The overview shows what the sweep holds, readable in print and in grey."""

import struct
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from gluteweak.errors import InputError
from gluteweak.figures import commands, overview, style
from gluteweak.figures.overview import PANELS, caption, draw_overview, read_overview
from gluteweak.storage import write_file
from gluteweak.variables import CYCLE_VARIABLES, Variable

STRENGTHS = (1.0, 0.5, 0.0)
ADAPTATIONS = ("re_optimised", "pattern_kept")


def write_sweep(path, *, certified=(1,) * 6, weak_suffix="r", **descriptors):
    rng = np.random.default_rng(0)
    n = len(STRENGTHS) * len(ADAPTATIONS)
    strength = np.tile(STRENGTHS, len(ADAPTATIONS))
    muscles = ["glmed1_r", "glmed1_l"]
    values = {
        "scenario_id": np.array([f"s{i}" for i in range(n)], dtype=object),
        "side": np.array(["right", "left"], dtype=object),
        "gait_cycle_pct": np.linspace(0, 100, 101),
        "muscle": np.array(muscles, dtype=object),
        "muscle_strength_fraction": np.stack(
            [strength if m.endswith(weak_suffix) else np.ones(n) for m in muscles], axis=1
        ),
        "strength_fraction": strength,
        "adaptation": np.repeat(np.array(ADAPTATIONS, dtype=object), len(STRENGTHS)),
        "certified": np.array(certified),
        "foot_off_pct": np.tile([60.0, 40.0], (n, 1)),
        **{panel.dataset: rng.normal(size=(n, 2, 101)) for panel in PANELS},
        **descriptors,
    }
    per_scenario = {"scenario_id", "side", "gait_cycle_pct", "muscle"}
    table = {
        name: v if name in per_scenario else Variable(name, v.unit, ("scenario", *v.dims), v.description, v.sign)
        for name, v in CYCLE_VARIABLES.items()
    }
    write_file(path, values, {"study": '{"model": "adult"}'}, table=table)
    return values


@pytest.fixture
def sweep(tmp_path):
    return tmp_path / "sweep.h5"


def lines_of(axes):
    """The strength curves of a panel; the zero line has two points."""
    return [line for line in axes.lines if len(line.get_xdata()) == 101]


def test_of_more_lines_than_an_eye_can_follow_an_even_choice_is_drawn(sweep, monkeypatch):
    values = write_sweep(sweep)
    monkeypatch.setattr(overview, "_MOST_LINES", 2)
    data = read_overview(sweep)
    # Of 100, 50 and 0 % in each adaptation, the strongest and the weakest.
    assert data.strength_fraction.tolist() == [1.0, 0.0] * 2
    assert data.n_thinned == 2
    for panel in PANELS:
        np.testing.assert_array_equal(data.curves[panel.dataset], values[panel.dataset][[0, 2, 3, 5], 0])
    said = " ".join(caption(data).split())
    assert "at 100 to 0 % of their healthy strength" in said
    assert "2 more walkers are in the sweep; those drawn are an even choice by strength." in said


@pytest.mark.parametrize(("suffix", "row"), [("r", 0), ("l", 1)])
def test_every_panel_draws_the_weak_side_of_every_scenario(sweep, suffix, row):
    values = write_sweep(sweep, weak_suffix=suffix)
    with style.house_style():
        figure = draw_overview(read_overview(sweep))
    grid = np.array(figure.axes).reshape(len(PANELS), len(ADAPTATIONS))
    for p, panel in enumerate(PANELS):
        for column in range(len(ADAPTATIONS)):
            drawn = {tuple(line.get_ydata()) for line in lines_of(grid[p, column])}
            members = range(3 * column, 3 * column + 3)
            assert drawn == {tuple(values[panel.dataset][i, row]) for i in members}
            assert panel.label in grid[p, 0].get_ylabel()
    assert ("left", "right")[suffix == "r"] in grid[-1, 0].get_xlabel()


def test_treated_walkers_are_left_to_their_table(sweep):
    treatment = np.array(["", "", "hip", "", "", "hip"], dtype=object)
    label = np.array([f"walker {i}" for i in range(6)], dtype=object)
    write_sweep(sweep, treatment=treatment, label=label)
    data = read_overview(sweep)
    assert data.strength_fraction.tolist() == [1.0, 0.5, 1.0, 0.5]
    assert data.kinds == ()
    assert "2 treated walkers are not drawn here" in caption(data)


def test_of_too_many_walkers_the_weakest_are_drawn_too(sweep, monkeypatch):
    """Two groups: the healthy walker once, and of the others an even choice that ends with the last."""
    label = np.array([f"{who} at {s:g}" for who in ("one", "two") for s in STRENGTHS], dtype=object)
    role = np.array(["healthy", "untreated", "untreated"] * 2, dtype=object)
    same = np.array(["re_optimised"] * 6, dtype=object)
    write_sweep(sweep, label=label, role=role, adaptation=same)
    assert read_overview(sweep).drawn_kinds == ("one at 1", "one at 0.5", "one at 0", "two at 0.5", "two at 0")
    monkeypatch.setattr(overview, "_MOST_KINDS", 3)
    data = read_overview(sweep)
    assert data.drawn_kinds == ("one at 1", "one at 0", "two at 0")
    with style.house_style():
        figure = draw_overview(data)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == list(data.drawn_kinds)
    assert len(lines_of(figure.axes[0])) == 3
    assert "2 more are in the sweep and not drawn" in " ".join(caption(data).split())


def test_walkers_of_one_strength_are_told_apart_by_their_words(sweep):
    words = ("late", "slow", "healthy")
    adaptations = np.repeat(["re-optimised", "pattern kept"], 3)
    label = np.array([f"{w}, {a}" for w, a in zip(words * 2, adaptations, strict=True)], dtype=object)
    values = write_sweep(sweep, strength_fraction=np.ones(6), label=label)
    data = read_overview(sweep)
    assert data.kinds == words
    with style.house_style():
        figure = draw_overview(data)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == list(words)
    drawn = lines_of(figure.axes[0])
    # One line a walker, each with a look of its own, the same in every column.
    assert [tuple(line.get_ydata()) for line in drawn] == [tuple(values[PANELS[0].dataset][i, 0]) for i in range(3)]
    looks = [(line.get_color(), line.get_linestyle()) for line in drawn]
    assert len(set(looks)) == 3
    assert looks == [(line.get_color(), line.get_linestyle()) for line in lines_of(figure.axes[1])]
    assert "late; slow; healthy" in caption(data)


def test_uncertified_scenarios_are_left_out_and_named(sweep):
    write_sweep(sweep, certified=(1, 0, 1, 1, 1, 1))
    data = read_overview(sweep)
    with style.house_style():
        figure = draw_overview(data)
    assert len(lines_of(figure.axes[0])) == 2
    assert "did not confirm the motion: s1." in caption(data)


def test_nothing_certified_is_refused(sweep, tmp_path):
    write_sweep(sweep, certified=(0,) * 6)
    with pytest.raises(InputError, match="no certified scenario"):
        commands.overview(sweep, tmp_path / "figures")
    assert not (tmp_path / "figures").exists()


def test_strength_reads_in_grey():
    # Oracle: Rec. 709 luminance; full strength must stay visible on white paper and each step be told apart.
    steps = [1.0, 0.75, 0.5, 0.25, 0.0]
    luminance = [np.dot(to_rgb(style.strength_line(s)["color"]), [0.2126, 0.7152, 0.0722]) for s in steps]
    assert (np.diff(luminance) < -0.05).all()
    assert luminance[0] < 0.8
    widths = [style.strength_line(s)["linewidth"] for s in steps]
    assert (np.diff(widths) > 0).all()
    assert [style.strength_line(s)["linestyle"] == "-" for s in steps] == [False, True, True, True, True]


def test_files_are_for_print_and_the_same_again(sweep, tmp_path):
    write_sweep(sweep)
    commands.overview(sweep, tmp_path / "one")
    commands.overview(sweep, tmp_path / "two")
    names = sorted(p.name for p in (tmp_path / "one").iterdir())
    assert names == ["overview.png", "overview.svg", "overview.txt"]
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    width_px, _ = struct.unpack(">II", (tmp_path / "one" / "overview.png").read_bytes()[16:24])
    assert width_px / 300 * 25.4 == pytest.approx(180, abs=0.2)
    svg = ET.parse(tmp_path / "one" / "overview.svg").getroot()
    text = {"".join(e.itertext()) for e in svg.iter("{http://www.w3.org/2000/svg}text")}
    assert {"Pelvic drop (deg)", "Trunk lean (deg)", "Hip adduction (deg)", "Force on kneecap"} <= text
    assert {"100 %", "50 %", "0 %"} <= text


def test_caption_is_plain_and_honest(sweep):
    write_sweep(sweep)
    text = " ".join(caption(read_overview(sweep)).split())
    assert "100 %, 50 %, 0 %" in text
    assert "glmed1_r" in text
    assert "not measured in you" in text


@pytest.mark.parametrize("broken", ["missing", "truncated"])
def test_bad_sweeps_are_refused(sweep, tmp_path, broken):
    if broken == "truncated":
        write_sweep(sweep)
        sweep.write_bytes(sweep.read_bytes()[:500])
    with pytest.raises(InputError):
        commands.overview(sweep, tmp_path / "figures")
