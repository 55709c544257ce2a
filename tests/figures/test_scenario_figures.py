"""Figures of timing faults and treatments hold the numbers of sweeps made by hand, and say where nothing changed."""

from dataclasses import replace

import numpy as np
import pytest
from comparison_sweep import peak, write_sweep
from matplotlib.backends.backend_agg import FigureCanvasAgg
from scenario_sweeps import STEP_LOADS, write_coordination, write_treatments

from gluteweak.cli import main
from gluteweak.errors import InputError
from gluteweak.figures import coordination, measured_text, outcome_rows, style, treatment

LEAN, KNEE, STEP = (
    *("peak_trunk_lean_deg", "peak_tibiofemoral_contact_force_bw"),
    "patellofemoral_contact_impulse_bw_s",
)


@pytest.fixture
def timed(tmp_path):
    return coordination.read_coordination(write_coordination(tmp_path / "sweep.h5"))


@pytest.fixture
def treated(tmp_path):
    return treatment.read_treatment_picture(write_treatments(tmp_path / "sweep.h5"))


# Timing faults -------------------------------------------------------------------------------------------------------


def test_faults_are_told_by_their_size_and_held_against_the_healthy_walk(timed):
    assert (timed.side, timed.muscles) == ("right", "right gluteus medius")
    assert timed.kinds == ("Starts late",)
    assert [(one.words, one.walk.adaptation) for one in timed.faulty] == [
        ("50 ms late", "re_optimised"),
        ("50 ms late", "pattern_kept"),
        ("100 ms late", "re_optimised"),
        ("100 ms late", "pattern_kept"),
    ]
    kept = timed.blocks[1]
    assert [row.name for row in kept.rows] == ["50 ms late", "100 ms late"]
    lean = [row.differences[LEAN] for row in kept.rows]
    # 2 degrees in health, 5 and 8 with the fault; more than 2 degrees count.
    assert [(d.reference, d.value, d.counts) for d in lean] == [(2.0, 5.0, True), (2.0, 8.0, True)]


def test_loads_of_a_step_count_from_a_tenth(timed):
    small, large = (row.differences[STEP] for row in timed.blocks[0].rows)
    # 0.21 and 0.26 against 0.20: 5 and 30 per cent.
    assert (small.value, small.counts) == (STEP_LOADS[0.5], False)
    assert (large.value, large.counts) == (STEP_LOADS[0.0], True)


def test_curves_are_those_of_the_fault(timed):
    with style.house_style():
        figure = coordination.draw_curves(timed)
    drawn = {name: axes for (name, _), axes in zip(coordination.PANELS, figure.axes, strict=True)}
    curves = [line.get_ydata() for line in drawn[coordination.ACTIVATION].lines if len(line.get_xdata()) == 101]
    # Two sizes in two adaptations, and the healthy walk last and on top: hills at 25, 30 and 20 % of the cycle.
    assert [int(np.argmax(curve)) for curve in curves] == [25, 30, 25, 30, 20]
    leans = [max(line.get_ydata()) for line in drawn["trunk_lean_deg"].lines if len(line.get_xdata()) == 101]
    assert leans == pytest.approx([2.0, 2.0, 5.0, 8.0, peak(LEAN, "pattern_kept", 1.0)])
    widths = [line.get_linewidth() for line in drawn["trunk_lean_deg"].lines if len(line.get_xdata()) == 101]
    assert widths[0] < widths[1]
    assert "Dashed: healthy" in coordination.curves_caption(timed)


def test_kinds_of_faults_have_a_column_each_and_several_at_once_another(tmp_path):
    none = np.ones(6)
    ceiling = np.array([1.0, 1.0, 0.5, 1.0, 1.0, 0.5])
    delay = np.array([0.0, 50.0, 50.0, 0.0, 50.0, 0.0])
    told = {"activation_ceiling": ceiling, "onset_delay_ms": delay, "slower_activation": none}
    data = coordination.read_coordination(write_coordination(tmp_path / "sweep.h5", **told))
    assert data.kinds == ("Starts late", "Reaches less", "Several faults")
    assert [one.words for one in data.faulty][-1] == "50 ms late, at most 50 % active"
    with style.house_style():
        assert len(coordination.draw_curves(data).axes) == 3 * len(coordination.PANELS)


def test_a_badly_timed_left_leg_is_shown_as_such(tmp_path):
    left = np.array(["", "glmed1_l", "glmed1_l"] * 2, dtype=object)
    data = coordination.read_coordination(write_coordination(tmp_path / "sweep.h5", badly_timed=left))
    assert (data.side, data.muscles) == ("left", "left gluteus medius")
    # The left leg of the synthetic sweep never changes.
    assert not any(row.counting for block in data.blocks for row in block.rows)
    assert "no fault changes anything that counts" in " ".join(coordination.summary_caption(data).split())


@pytest.mark.parametrize(("write", "said"), [(write_sweep, "run 'gluteweak collect' again"), (None, "names no fault")])
def test_a_sweep_without_faults_is_one_sentence(tmp_path, capsys, write, said):
    if write is None:
        write_coordination(tmp_path / "sweep.h5", onset_delay_ms=np.zeros(6))
    else:
        write(tmp_path / "sweep.h5")
    assert main(["coordination-figure", "--sweep", str(tmp_path / "sweep.h5"), "--out-dir", str(tmp_path / "out")]) == 2
    found = capsys.readouterr().err
    assert said in found
    assert found.count("\n") == 1
    assert not (tmp_path / "out").exists()


# Treatments ----------------------------------------------------------------------------------------------------------


def test_treated_is_held_against_untreated_and_that_against_healthy(treated):
    assert treated.weak == "right gluteus medius"
    kept = treated.blocks[1]
    assert [row.name for row in kept.rows] == ["Untreated, against healthy", "Hip"]
    lean = [row.differences[LEAN] for row in kept.rows]
    assert [(d.reference, d.value, d.counts) for d in lean] == [(2.0, 8.0, True), (8.0, 5.0, True)]
    assert kept.healthy[LEAN] == 2.0
    knee = [row.differences[KNEE] for row in treated.blocks[0].rows]
    # 3.0 body weights untreated, 2.75 treated: less than the tenth that counts.
    assert [(d.value, d.counts) for d in knee] == [(3.0, True), (2.75, False)]


def test_a_treatment_that_changes_nothing_is_called_so(tmp_path):
    write_treatments(tmp_path / "sweep.h5", patellofemoral_contact_impulse_bw_s=np.full((6, 2), 0.2))
    data = treatment.read_treatment_picture(tmp_path / "sweep.h5")
    with style.house_style():
        figure = treatment.draw_treatment(data)
    named = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert named == ["Untreated, against healthy", "Hip\nnothing changes that counts"]
    said = " ".join(treatment.caption(data).split())
    assert "Muscles used anew, posture kept: changes nothing that counts: hip." in said
    for words in ("mechanical prediction", "Ferber 2015", "Hott 2020", "not measured in people"):
        assert words in said


def test_full_dots_are_changes_that_count(treated):
    with style.house_style():
        figure = treatment.draw_treatment(treated)
    names = [
        name for tier in outcome_rows.TIERS.values() for name in tier if name in treated.blocks[0].rows[0].differences
    ]
    axes = figure.axes[len(names) + names.index(LEAN)]
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    assert [float(line.get_xdata()[0]) for line in dots] == [8.0, 5.0]
    assert all(line.get_markerfacecolor() != "white" for line in dots)
    knee = figure.axes[names.index(KNEE)]
    hollow = [line.get_markerfacecolor() == "white" for line in knee.lines if line.get_marker() == "o"]
    assert hollow == [False, True]
    assert [text.get_text() for text in axes.texts] == ["8.0", "5.0"]


WORDS = (
    "strengthening of gluteus medius, gluteus minimus and tensor fasciae latae three times a week for half a year, at "
    "home and with a physiotherapist"
)
LABELS = {"short": "hip", "of two lines": WORDS[:50], "of many lines": WORDS, "without a space": 60 * "hip"}


@pytest.mark.parametrize("label", LABELS.values(), ids=LABELS)
def test_names_of_any_length_fit(tmp_path, label):
    """Beside the note that nothing changes, too: inside the page, clear of each other and of the panels."""
    told = np.array([f"{label}, {a}" for a in ("re optimised", "pattern kept") for _ in range(3)], dtype=object)
    idle = {"patellofemoral_contact_impulse_bw_s": np.full((6, 2), 0.2)}
    data = treatment.read_treatment_picture(write_treatments(tmp_path / "sweep.h5", label=told, **idle))
    assert data.blocks[0].rows[1].remark == "nothing changes that counts"
    with style.house_style():
        figure = treatment.draw_treatment(data)
        figure.set_dpi(200)
        renderer = FigureCanvasAgg(figure).get_renderer()
        named = [axes for axes in figure.axes if axes.get_yticklabels()]
        assert len(named) == 2 * len(outcome_rows.TIERS)
        for axes in named:
            boxes = [text.get_window_extent(renderer) for text in axes.get_yticklabels()]
            panel = axes.get_window_extent(renderer)
            assert min(box.x0 for box in boxes) >= 0
            assert max(box.x1 for box in boxes) < panel.x0
            # From the top: nothing above the panel, nothing below, and no overlap in between.
            edges = [panel.y1, *(edge for box in boxes for edge in (box.y1, box.y0)), panel.y0]
            assert edges == sorted(edges, reverse=True)
    whole = "".join("".join(text.get_text().split()) for text in named[-1].get_yticklabels())
    assert "".join(label.split()) in whole.lower()


def test_a_long_title_has_a_line_more(tmp_path):
    named = np.array([f"{WORDS}-{a}" for a in ("re_optimised", "pattern_kept") for _ in range(3)], dtype=object)
    data = treatment.read_treatment_picture(write_treatments(tmp_path / "sweep.h5", comparison=named))
    blocks = [replace(block, title=f"{WORDS}: {block.title}") for block in data.blocks]
    with style.house_style():
        figure = outcome_rows.draw_rows(blocks)
        renderer = FigureCanvasAgg(figure).get_renderer()
        heads = [text for text in figure.texts if WORDS[:20] in text.get_text()]
        assert len(heads) == 2
        for text in heads:
            box = text.get_window_extent(renderer)
            assert "\n" in text.get_text()
            assert 0 < box.x0 < box.x1 < figure.bbox.width
            assert 0 < box.y0 < box.y1 < figure.bbox.height


def test_words_are_wrapped_by_their_width():
    with style.house_style():
        wide, high = measured_text.size_mm("mmmm mmmm", fontsize=8)
        assert measured_text.size_mm("iiii iiii", fontsize=8)[0] < wide / 2
        assert measured_text.size_mm("mmmm\nmmmm", fontsize=8)[1] > 1.8 * high
        assert measured_text.wrapped("mmmm mmmm", wide + 0.1, fontsize=8) == "mmmm mmmm"
        assert measured_text.wrapped("mmmm mmmm", wide - 0.1, fontsize=8) == "mmmm\nmmmm"
        # A word too wide is broken, and no word stays alone where lines of like length will do.
        assert measured_text.wrapped("mmmmmm", wide / 2, fontsize=8).replace("\n", "") == "mmmmmm"
        assert measured_text.wrapped("mm mm mm mm", wide * 0.98, fontsize=8) == "mm mm\nmm mm"
        assert measured_text.wrapped("", 10.0, fontsize=8) == ""


def test_a_sweep_without_treatments_is_refused(tmp_path):
    with pytest.raises(InputError, match="no treated walker"):
        treatment.read_treatment_picture(write_sweep(tmp_path / "sweep.h5"))


def test_files_for_papers(tmp_path, capsys):
    write_treatments(tmp_path / "sweep.h5")
    assert main(["treatment-figure", "--sweep", str(tmp_path / "sweep.h5"), "--out-dir", str(tmp_path / "out")]) == 0
    capsys.readouterr()
    made = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert made == ["treatments.pdf", "treatments.png", "treatments.svg", "treatments.txt"]
