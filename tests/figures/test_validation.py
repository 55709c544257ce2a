"""The figure shows both healthy legs and every published number at its place."""

import numpy as np
import pytest
from validation_sweep import HEALTHY, write_sweep

from gluteweak.errors import InputError
from gluteweak.figures import commands, style
from gluteweak.figures.validation import PANELS, draw_validation, read_healthy
from gluteweak.validation.bands import PUBLISHED_PEAKS


def test_every_panel_has_both_legs_and_its_published_peaks(tmp_path):
    with style.house_style():
        figure = draw_validation(read_healthy(write_sweep(tmp_path / "sweep.h5")))
    for axes, (name, label) in zip(figure.axes, PANELS, strict=True):
        assert axes.get_ylabel() == label
        curves = [line.get_ydata() for line in axes.lines if len(line.get_xdata()) == 101]
        assert len(curves) == 2
        assert all(np.array_equal(curve, HEALTHY[name]) for curve in curves)
        points = {(float(c.lines[0].get_xdata()[0]), float(c.lines[0].get_ydata()[0])) for c in axes.containers}
        assert points == {(p.time_pct, p.mean) for p in PUBLISHED_PEAKS if p.dataset == name and p.time_pct is not None}
        names = {text.get_text() for text in axes.texts}
        assert names == {p.label for p in PUBLISHED_PEAKS if p.dataset == name}


def test_bars_are_two_standard_deviations_long(tmp_path):
    with style.house_style():
        figure = draw_validation(read_healthy(write_sweep(tmp_path / "sweep.h5")))
    axes = figure.axes[[name for name, _ in PANELS].index("vertical_ground_reaction_bw")]
    bar = next(c for c in axes.containers if c.lines[0].get_xdata()[0] == 14)
    low, high = bar.lines[2][0].get_segments()[0][:, 1]
    assert (low, high) == (pytest.approx(1.135 - 0.222), pytest.approx(1.135 + 0.222))


def test_the_picture_is_a_whole_png(tmp_path):
    commands.validation(write_sweep(tmp_path / "sweep.h5"), tmp_path / "docs/validation.png")
    assert (tmp_path / "docs/validation.png").read_bytes().startswith(b"\x89PNG")


def test_nothing_healthy_is_refused(tmp_path):
    with pytest.raises(InputError, match="full strength"):
        commands.validation(write_sweep(tmp_path / "sweep.h5", strength=(0.9, 0.5)), tmp_path / "validation.png")
    assert not (tmp_path / "validation.png").exists()
