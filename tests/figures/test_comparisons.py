"""Figures of comparisons hold the numbers of the synthetic sweep, and look as they did when they were looked at."""

import dataclasses
import xml.etree.ElementTree as ET
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest
from comparison_sweep import PCT, values, write_sweep, write_what_if
from matplotlib.colors import to_rgb
from matplotlib.patches import FancyBboxPatch
from PIL import Image
from pypdf import PdfReader

from gluteweak.cli import main
from gluteweak.comparison import chain as chains
from gluteweak.comparison import selection
from gluteweak.comparison.differences import compare
from gluteweak.errors import InputError
from gluteweak.figures import (
    chain,
    compare_curves,
    compensation,
    dose_response,
    front_view,
    heat_map,
    measured_text,
    names,
    style,
)

RECIPE = Path(__file__).parents[1] / "golden" / "make_comparison_figures.py"
EXTRA = ("gait_cycle_pct", "foot_off_pct")
HOSTILE = '<script>alert(1)</script> "q" $x_1$ 😀'


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    return write_sweep(tmp_path_factory.mktemp("made") / "sweep.h5")


@pytest.fixture(scope="module")
def compared(sweep):
    return compare(selection.pairs(selection.select([str(sweep)], sweep, EXTRA)))


# Golden pictures -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    spec = spec_from_file_location("comparison_recipe", RECIPE)
    recipe = module_from_spec(spec)
    spec.loader.exec_module(recipe)
    return recipe.pictures(tmp_path_factory.mktemp("golden"))


@pytest.mark.parametrize(
    "name",
    [
        *("chain", "compare_curves", "compensation", "dose_response", "heat_map", "handout_1", "handout_2"),
        *("coordination_curves", "coordination_summary", "treatments"),
    ],
)
def test_figure_looks_like_the_golden_one(drawn, name):
    golden = np.asarray(Image.open(RECIPE.with_name(f"{name}.png")).convert("RGB")).astype(int)
    found = drawn[name].astype(int)
    assert found.shape == golden.shape
    off = np.abs(found - golden).max(axis=2)
    # Room for another font renderer and the 64 colours of the golden file, none for a line that lies elsewhere.
    assert off.mean() < 1.5
    assert (off > 80).mean() < 0.003


# Numbers in the figures ----------------------------------------------------------------------------------------------


def test_a_sweep_shows_one_band_an_adaptation(compared):
    data = compare_curves.read_curves([one.pair for one in compared], "right")
    assert [(g.name, g.count) for g in data.groups] == [
        ("Full strength", 1),
        ("Muscles used anew, posture kept, weakened", 2),
        ("Muscle pattern kept, posture gives, weakened", 2),
    ]
    lean = data.groups[2].curves["trunk_lean_deg"]
    # 2 deg and 6 deg more at no strength, half of it at half strength; the hill is highest at 20 %.
    assert lean[:, 20] == pytest.approx([5.0, 8.0])
    assert data.groups[0].foot_off_pct == 60.0
    assert "lowest to the highest" in " ".join(compare_curves.caption(data).split())


def test_named_scenarios_are_a_line_each_with_the_models_band_at_the_peak(sweep):
    words = ["glmed_r-s100-pattern_kept", "glmed_r-s000-pattern_kept"]
    pairs = selection.pairs(selection.select(words, sweep, EXTRA))
    data = compare_curves.read_curves(pairs, "right")
    # 20 % of 0.8 body weights either way.
    assert data.groups[1].bands["patellofemoral_contact_force_bw"] == pytest.approx((0.64, 0.96))
    with style.house_style():
        figure = compare_curves.draw_curves(data, style.COLUMN_MM)
    assert figure.get_size_inches()[0] * style.MM_PER_INCH == pytest.approx(88.0)
    drawn_lines = [tuple(line.get_ydata()) for line in figure.axes[0].lines if len(line.get_xdata()) == len(PCT)]
    assert drawn_lines == [tuple(g.curves["pelvic_drop_deg"][0]) for g in data.groups]


def test_who_takes_over_in_newtons_and_in_share(compared):
    data = compensation.read_take_over([one.pair for one in compared], "right")
    column = data.names.index("0 % strength, muscles used anew, posture kept")
    change = dict(zip(data.muscles, data.change_n[column], strict=True))
    share = dict(zip(data.muscles, data.share[column], strict=True))
    assert change == pytest.approx({"Gluteus medius": -400, "Gluteus minimus": 300, "Rectus femoris": 100})
    assert share == pytest.approx({"Gluteus medius": 0, "Gluteus minimus": 0.75, "Rectus femoris": 0.25})
    assert data.weak == ("Gluteus medius",)
    assert (data.lost_n[column], data.added_n[column]) == pytest.approx((400.0, 400.0))


def test_dose_response_has_a_mark_for_each_strength(sweep):
    data = dose_response.read_doses([selection.select([str(sweep)], sweep)[0].sweep], "right")
    line = data.lines[1]
    assert line.name == "Muscle pattern kept, posture gives"
    assert line.strength_percent.tolist() == [100.0, 50.0, 0.0]
    assert line.values["peak_trunk_lean_deg"] == pytest.approx([2.0, 5.0, 8.0])
    # 2 deg about 2 deg is too small to count, and 20 % about 0.4 Nm/kg.
    assert data.yardstick["peak_trunk_lean_deg"] == 2.0
    assert data.yardstick["peak_knee_adduction_moment_nm_kg"] == pytest.approx(0.08)
    assert data.weak == "right gluteus medius"


def write_groups(path):
    """Two groups a way of living: of glmed (100, 50, 0 %), and of glmed and glmin, who lean 1 deg more."""
    strengths = (1.0, 0.5, 0.0, 1.0, 0.5, 0.0)
    made = values(strengths=strengths)
    who = ["glmed right", "glmed and superior_gluteal_nerve right"]
    rows = [(a, k // 3, s) for a in ("re_optimised", "pattern_kept") for k, s in enumerate(strengths)]
    told = {
        "scenario_id": [f"{g}-s{100 * s:03.0f}-{a}" for a, g, s in rows],
        "comparison": [f"{g}_r-{a}" for a, g, _ in rows],
        "label": [f"{who[g]} at {100 * s:g} % strength, {a.replace('_', ' ')}" for a, g, s in rows],
    }
    more = np.array([[float(g), 0.0] for _, g, _ in rows])
    replaced = {name: np.array(words, dtype=object) for name, words in told.items()}
    replaced["peak_trunk_lean_deg"] = made["peak_trunk_lean_deg"] + more
    return write_sweep(path, strengths=strengths, replaced=replaced)


def test_each_group_of_weak_muscles_has_a_dose_response_of_its_own(tmp_path):
    path = write_groups(tmp_path / "sweep.h5")
    data = dose_response.read_doses([selection.select([str(path)], path)[0].sweep], "right")
    assert data.groups == ("glmed right", "glmed and superior gluteal nerve right")
    leans = {(line.name, line.group): line.values["peak_trunk_lean_deg"].tolist() for line in data.lines}
    kept = "Muscle pattern kept, posture gives"
    assert len(leans) == 4
    assert leans[kept, "glmed right"] == pytest.approx([2.0, 5.0, 8.0])
    assert leans[kept, "glmed and superior gluteal nerve right"] == pytest.approx([3.0, 6.0, 9.0])
    with style.house_style():
        figure = dose_response.draw_doses(data)
    panel = next(axes for axes in figure.axes if "Trunk lean" in axes.get_title(loc="left"))
    drawn = [line for line in panel.lines if len(line.get_xdata()) == 3]
    assert [tuple(line.get_ydata()) for line in drawn] == [tuple(one) for one in leans.values()]
    # Colour and mark say who, dashes how; so no two lines look alike.
    assert len({(line.get_color(), line.get_linestyle()) for line in drawn}) == 4
    assert len({line.get_marker() for line in drawn}) == 2
    said = [text.get_text() for text in figure.legends[0].get_texts()]
    assert said == [*data.groups, "Muscles used anew, posture kept", kept, "Too small a change to count"]
    assert not panel.collections  # four bands would hide each other
    assert "Not drawn for so many lines: the model's own uncertainty" in " ".join(dose_response.caption(data).split())


@pytest.mark.parametrize("count", [21, 3])
def test_marks_do_not_hide_a_line_of_many_strengths(tmp_path, count):
    strengths = tuple(np.linspace(1, 0, count))
    path = write_sweep(tmp_path / "sweep.h5", strengths=strengths)
    data = dose_response.read_doses([selection.select([str(path)], path)[0].sweep], "right")
    with style.house_style():
        line = dose_response.draw_doses(data).axes[0].lines[-1]
    marks = len(range(0, count, line.get_markevery()))
    assert (len(line.get_xdata()), marks) == (count, min(count, 11))
    said = " ".join(dose_response.caption(data).split())
    assert ("of 21 strengths not every one has a mark" in said) == (count == 21)


def test_rows_of_a_large_heat_map_are_named_in_full(tmp_path):
    path = write_groups(tmp_path / "sweep.h5")
    pairs = selection.pairs(selection.select([str(path)], path, ("gait_cycle_pct", "foot_off_pct")))
    compared = compare(pairs) * 4  # more than fit side by side
    with style.house_style():
        figure = heat_map.draw_heat_map(compared)
    axes = figure.axes[0]
    named = {label.get_text() for label in axes.get_yticklabels()}
    assert "glmed and superior_gluteal_nerve right at 50 % strength" in named
    assert not [name for name in named if "..." in name or "pattern kept" in name]
    heads = [text.get_text() for text in axes.texts if text.get_rotation() == 90]
    assert set(heads) <= {"Muscles used anew, posture kept", "Muscle pattern kept, posture gives", ""}


def test_one_strength_is_no_dose_response(tmp_path):
    only = write_sweep(tmp_path / "sweep.h5", strengths=(0.5,))
    with pytest.raises(InputError, match="at least two"):
        dose_response.read_doses([selection.select([str(only)], only)[0].sweep], "right")


def test_heat_map_marks_what_counts(compared):
    with style.house_style():
        figure = heat_map.draw_heat_map(compared)
    marked = {(t.get_position(), t.get_text()) for t in figure.axes[0].texts if t.get_fontweight() == "bold"}
    counting = sum(d.counts for one in compared for d in one.differences)
    assert len(marked) == counting == len(figure.axes[0].patches)
    assert ((3, 1), "+6.0") in marked  # last scenario, trunk lean


def test_series_differ_in_grey_or_in_dashes():
    looks = [style.series(i) for i in range(style.MOST_SERIES)]
    for i, one in enumerate(looks):
        for other in looks[:i]:
            grey = [np.dot((0.2126, 0.7152, 0.0722), to_rgb(look["color"])) for look in (one, other)]
            assert abs(grey[0] - grey[1]) > 0.1 or one["linestyle"] != other["linestyle"]
            assert one["marker"] != other["marker"]


# The chain -----------------------------------------------------------------------------------------------------------


def test_titles_shrink_before_they_are_cut():
    look = {"fontsize": 9.5, "fontweight": "bold"}
    with style.house_style():
        short = measured_text.shrunk("glmed right", 85.0, 6.0, **look)
        long = measured_text.shrunk("glmed both sides at 0 % strength, unchanged pattern", 85.0, 6.0, **look)
        longest = measured_text.shrunk("words " * 60, 85.0, 6.0, **look)
        assert short == {**look, "s": "glmed right"}
        assert long["s"].endswith("unchanged pattern")
        assert 6.0 < long["fontsize"] < 9.5
        assert (longest["fontsize"], longest["s"][-4:]) == (6.0, " ...")
        for drawn in (long, longest):
            text = drawn.pop("s")
            assert measured_text.size_mm(text, **drawn)[0] <= 85.0 * 1.01


def test_chain_says_which_links_show(sweep):
    data = chain.read_chain_picture(sweep)
    shown = [{link.station.key for link in c.links if link.shows} for c in data.chains]
    # re_optimised: the knee carries 20 % more. pattern_kept: lean +6 deg, thigh -3 deg, moments -50 and -25 %.
    assert shown == [{"knee"}, {"trunk", "muscle", "thigh", "knee"}]
    said = {link.station.key: chain.answer(link) for link in data.chains[1].links}
    assert (said["trunk"], said["thigh"], said["pelvis"]) == ("yes, more", "no, less", "did not show")
    assert chain.measure(data.chains[1].links[0], 0) == "lean: 2.0 → 8.0°"
    assert chain.measure(data.chains[1].links[1], 1) == "share in use: 50 → 50 %"
    assert "Pelvis: did not show (drop: 4.0 → 3.0°)" in chain.alternative_text(data)


def test_links_that_did_not_show_are_dashed(sweep):
    data = chain.read_chain_picture(sweep, ["glmed_r-s000-pattern_kept"])
    with style.house_style():
        figure = chain.draw_chain(data)
    cards = [patch for patch in figure.axes[0].patches if isinstance(patch, FancyBboxPatch)]
    dashed = [card.get_linestyle() != "-" for card in cards]
    assert dashed == [not (link.shows or link.station.key == "muscle") for link in data.chains[0].links]


def test_imposed_links_are_named_and_in_per_cent(sweep, tmp_path):
    data = chain.read_chain_picture(sweep, (), write_what_if(tmp_path / "what_if.h5"))
    assert [one.said for one in data.imposed] == ["Pelvis dropped by 4°", "Trunk leaned over by 10°"]
    assert [one.differences[1].relative for one in data.imposed] == pytest.approx([0.25, -0.5])
    assert "forced one at a time" in chain.caption(data)


def test_imposed_motions_of_another_walker_are_left_out(tmp_path):
    foreign = write_what_if(tmp_path / "what_if.h5")
    own = write_sweep(tmp_path / "sweep.h5", plant="another")
    assert chain.read_chain_picture(own, (), foreign).imposed == ()


def test_the_weakest_is_the_one_that_changed_most(sweep):
    found = chains.weakest(selection.select([str(sweep)], sweep)[0].sweep)
    assert found.scenario_id == "glmed_r-s000-pattern_kept"


# The front view ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_pose_has_the_angles_it_was_drawn_from(side):
    found = front_view.pose(side=side, drop_deg=4.0, lean_deg=7.0, stance=(3.0, 2.0, 0.0), swing=(-5.0, 0.0, 60.0))
    across = found.stance_hip - found.swing_hip
    assert np.degrees(np.arctan2(across[1], side * across[0])) == pytest.approx(4.0)  # swing side lower
    up = found.neck - found.pelvis
    assert np.degrees(np.arctan2(side * up[0], up[1])) == pytest.approx(7.0)  # towards the stance leg
    femur = found.stance_hip - found.stance_knee
    assert np.degrees(np.arctan2(side * femur[0], femur[1])) == pytest.approx(3.0)  # knee nearer the midline
    shank = found.stance_knee - found.stance_ankle
    turn = np.degrees(np.arctan2(side * femur[0], femur[1]) - np.arctan2(side * shank[0], shank[1]))
    assert turn == pytest.approx(2.0)  # the knee lies medial of the line from hip to ankle
    # A knee bent by 60 deg shows half of the shank.
    length = np.linalg.norm(found.swing_knee - found.swing_ankle)
    assert length == pytest.approx(np.linalg.norm(shank) / 2)


# Text stays text -----------------------------------------------------------------------------------------------------


def test_hostile_names_come_out_as_text(compared, tmp_path):
    one = compared[-1]
    walk = dataclasses.replace(one.pair.walk, label=HOSTILE)
    hostile = dataclasses.replace(one, pair=dataclasses.replace(one.pair, walk=walk))
    with style.house_style():
        style.save(heat_map.draw_heat_map([hostile]), tmp_path, "hostile", "", (".svg",))
    svg = (tmp_path / "hostile.svg").read_text(encoding="utf-8")
    assert "<script>" not in svg
    said = "".join(ET.fromstring(svg).itertext())  # made here
    assert "$x_1$" in said
    assert names.safe("\u202eabc") == "abc"


# Commands ------------------------------------------------------------------------------------------------------------


def test_compare_writes_every_figure_as_vectors(sweep, tmp_path, capsys):
    assert main(["compare", str(sweep), "--out-dir", str(tmp_path)]) == 0
    capsys.readouterr()
    for name in ("compare_curves", "heat_map", "compensation", "dose_response"):
        pdf = PdfReader(tmp_path / f"{name}.pdf")
        assert "Computed for" in pdf.metadata.subject
        fonts = [f.get_object() for f in pdf.pages[0]["/Resources"]["/Font"].values()]
        assert all("/FontFile2" in inner_font(font)["/FontDescriptor"] for font in fonts)
        svg = ET.parse(tmp_path / f"{name}.svg").getroot()  # made here
        assert svg.find("{http://www.w3.org/2000/svg}title").text == name.replace("_", " ").capitalize()
        assert "Computed for" in (tmp_path / f"{name}.txt").read_text(encoding="utf-8")


def inner_font(font):
    return font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font


def test_chain_refuses_what_it_cannot_show(sweep, tmp_path, capsys):
    out = tmp_path / "out"
    healthy = write_sweep(tmp_path / "sweep.h5", strengths=(1.0,))
    cases = [
        ([str(sweep), "--scenario", "glmed_r-s00-pattern_kept"], "did you mean"),
        ([str(sweep), "--scenario", "a", "b", "c"], "at most 2"),
        ([str(healthy)], "no certified scenario with a weak muscle"),
    ]
    for words, said in cases:
        assert main(["chain", "--sweep", *words, "--out-dir", str(out)]) == 2
        err = capsys.readouterr().err
        assert said in err
        assert err.count("\n") == 1
    assert not out.exists()
