"""The figure of what-if motions shows the numbers of its files."""

import numpy as np
import pytest
from what_if_files import three

from gluteweak.errors import InputError
from gluteweak.figures import commands, style
from gluteweak.figures.what_if import caption, draw_what_if, read_what_if


@pytest.fixture
def data(tmp_path):
    return read_what_if(three(tmp_path))


def numbers(axes):
    """Texts of a panel by row and column."""
    return {(round(t.get_position()[1]), round(t.get_position()[0])): t.get_text() for t in axes.texts}


def labels(axes):
    return [label.get_text() for label in axes.get_yticklabels()]


def test_posture_in_its_unit_and_load_in_per_cent(data):
    with style.house_style():
        posture, load = draw_what_if(data).axes
    drop = next(i for i, label in enumerate(labels(posture)) if label.startswith("Pelvic drop"))
    moment = next(i for i, label in enumerate(labels(load)) if label.startswith("Hip abduction moment"))
    assert numbers(posture)[drop, 0] == "+4.0"
    # 0.2 of 0.8 on the right; -0.3 of 10.8 on the left.
    assert [numbers(load)[moment, column] for column in range(3)] == ["+25", "\N{MINUS SIGN}3", "0"]
    assert labels(posture)[drop] == "Pelvic drop (3.0 deg)"
    assert "(\N{MINUS SIGN}1.0 deg)" in "".join(labels(posture))
    assert len(numbers(posture)) + len(numbers(load)) == len(data.motion) * len(data.links)


def test_columns_are_named_by_what_is_imposed(data):
    with style.house_style():
        top = draw_what_if(data).axes[0]
    titles = [" ".join(label.get_text().split()) for label in top.get_xticklabels()]
    assert titles == ["Pelvis drops 4 deg", "Trunk leans 10 deg", "Narrower step 5 cm"]


def test_colour_saturates_and_stays_within_its_scale(data):
    with style.house_style():
        figure = draw_what_if(data)
    for axes in figure.axes:
        shown = np.asarray(axes.images[0].get_array())
        assert np.abs(shown).max() <= axes.images[0].norm.vmax
        assert axes.images[0].norm.vmin == -axes.images[0].norm.vmax


def test_caption_names_what_is_not_confirmed(data):
    assert "Not confirmed by OpenSim: what_if-trunk_lean_l-10deg." in caption(data)
    assert "not measured in you" in caption(data)


def test_files_of_the_figure(tmp_path):
    commands.what_if(three(tmp_path), tmp_path / "figures")
    assert sorted(p.name for p in (tmp_path / "figures").iterdir()) == ["what_if.png", "what_if.svg", "what_if.txt"]
    with pytest.raises(InputError, match="no what-if motion"):
        commands.what_if(three(tmp_path)[:1], tmp_path / "none")
    assert not (tmp_path / "none").exists()
