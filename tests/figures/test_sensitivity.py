"""The ranked bars show the numbers of their file."""

import numpy as np
import pytest
from sensitivity_files import write

from gluteweak.comparison.sensitivity import ranked, read_sensitivity
from gluteweak.errors import InputError
from gluteweak.figures import style
from gluteweak.figures.sensitivity import caption, draw_sensitivity, save_sensitivity
from gluteweak.storage import write_file
from gluteweak.variables import SENSITIVITY


@pytest.fixture
def data(tmp_path):
    return read_sensitivity(write(tmp_path / "sensitivity.h5"))


def test_parts_of_a_muscle_add_up_and_a_tenth_is_taken_away(data):
    assert data.side == "right"
    assert data.muscle == ("glmed_r", "tfl_r", "glmed_l", "soleus_l")
    np.testing.assert_allclose(data.change[0], [-0.3, 0.05, -0.025, 0.0])
    assert [data.muscle[i] for i in ranked(data, 0)][:3] == ["glmed_r", "tfl_r", "glmed_l"]
    assert data.muscle[ranked(data, 1)[0]] == "tfl_r"


def test_doubtful_bars_are_hollow(data):
    # A kink of one part is one of the muscle; undecided bounds make every outcome of a muscle doubtful.
    np.testing.assert_array_equal(data.is_doubtful, [[False, False, False, True], [True, False, False, True]])
    with style.house_style():
        drop, force = draw_sensitivity(data).axes[:2]
    white = (1.0, 1.0, 1.0, 1.0)
    assert [bar.get_facecolor() == white for bar in drop.patches] == [False, False, False, True]
    assert [bar.get_facecolor() == white for bar in force.patches] == [False, True, True, False]


def test_bars_carry_their_numbers_and_names(data):
    with style.house_style():
        drop = draw_sensitivity(data).axes[0]
    assert [text.get_text() for text in drop.texts][:2] == ["\N{MINUS SIGN}0.30", "+0.05"]
    assert [round(bar.get_width(), 6) for bar in drop.patches][:2] == [-0.3, 0.05]
    assert drop.get_yticklabels()[0].get_text() == "Gluteus medius"
    assert "now 3.2 deg" in drop.get_title(loc="left")


def test_caption_says_what_it_is_and_what_not(data):
    said = " ".join(caption(data).split())
    assert "a tenth less strength of the right gluteus medius the pelvic drop of 3.2 deg would change by -0.30" in said
    assert "not measured in you" in said


def test_files_of_the_figure(tmp_path):
    save_sensitivity(write(tmp_path / "sensitivity.h5"), tmp_path / "figures", "weak")
    assert sorted(p.name for p in (tmp_path / "figures").iterdir()) == ["weak.png", "weak.svg", "weak.txt"]


def test_a_file_without_derivatives(tmp_path):
    path = tmp_path / "sensitivity.h5"
    write_file(path, {"side": np.array(["right", "left"], dtype=object)}, {}, table=SENSITIVITY)
    with pytest.raises(InputError, match="holds no derivatives by strength"):
        read_sensitivity(path)
