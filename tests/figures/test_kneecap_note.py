"""Wherever kneecap loads of a walker without a kneecap are shown, it says where they come from."""

import numpy as np
import posed_walker as walker
import pytest
import sensitivity_files as sensitivity
import validation_sweep
from comparison_sweep import write_sweep
from pypdf import PdfReader
from scenario_sweeps import NO_KNEECAP, without_kneecap, write_coordination, write_treatments

from gluteweak.cli import main
from gluteweak.figures import animation, style
from gluteweak.figures.validation import draw_validation, read_healthy
from gluteweak.report.gather import gather
from gluteweak.validation import report


def said_in(folder, name):
    """Caption and drawn text of a figure."""
    files = [folder / f"{name}.txt", folder / f"{name}.svg"]
    return [" ".join(path.read_text(encoding="utf-8").split()) for path in files]


@pytest.mark.parametrize(
    ("command", "write", "names"),
    [
        ("coordination-figure", write_coordination, ("coordination_curves", "coordination_summary")),
        ("treatment-figure", write_treatments, ("treatments",)),
        ("chain", write_sweep, ("chain",)),
    ],
)
def test_figures_of_a_sweep(tmp_path, capsys, command, write, names):
    for known in (True, False):
        path = write(tmp_path / "sweep.h5")
        path = path if known else without_kneecap(path)
        assert main([command, "--sweep", str(path), "--out-dir", str(tmp_path)]) == 0
        for name in names:
            assert all((NO_KNEECAP in said) is not known for said in said_in(tmp_path, name))
    capsys.readouterr()


def test_walking_figure_and_report(tmp_path, capsys):
    walker.write_study(tmp_path, walker.SCENARIOS[:2])
    sweep, scenarios = without_kneecap(tmp_path / "sweep.h5"), tmp_path / "scenarios"
    words = ["--sweep", str(sweep), "--scenarios-dir", str(scenarios)]
    assert main(["walking", *words, "--out-dir", str(tmp_path)]) == 0
    capsys.readouterr()
    assert all(NO_KNEECAP in said for said in said_in(tmp_path, "walking"))
    assert gather(sweep, scenarios)["study"]["kneecap"] == NO_KNEECAP


def test_film(tmp_path, monkeypatch):
    walker.write_study(tmp_path, walker.SCENARIOS[:2])
    written = []
    monkeypatch.setattr(animation, "_write_footer", lambda *words: written.append(words[-1]))
    monkeypatch.setattr(animation, "_PER_CYCLE", 1)
    animation.animate(without_kneecap(tmp_path / "sweep.h5"), tmp_path / "scenarios", tmp_path)
    assert NO_KNEECAP in written[0]


def test_sensitivity_figure(tmp_path, capsys):
    path = without_kneecap(sensitivity.write(tmp_path / "sensitivity.h5"))
    assert main(["sensitivity-figure", "--sensitivity", str(path), "--out-dir", str(tmp_path)]) == 0
    capsys.readouterr()
    assert all(NO_KNEECAP in said for said in said_in(tmp_path, "sensitivity"))


def test_validation_figure_text_page_and_json(tmp_path):
    sweep = without_kneecap(validation_sweep.write_sweep(tmp_path / "sweep.h5"))
    with style.house_style():
        figure = draw_validation(read_healthy(sweep))
        style.write_kneecap_note(figure, sweep)
    assert NO_KNEECAP in [text.get_text() for text in figure.texts]
    found = report.compare(sweep)
    for said in (report.text(found), report.markdown(found, "make"), report.as_json(found)):
        assert NO_KNEECAP in said


@pytest.mark.parametrize(
    ("language", "words"), [("en", "has no kneecap"), ("de", "keine Kniescheibe"), ("es", "no tiene rótula")]
)
def test_handout(tmp_path, capsys, language, words):
    sweep = without_kneecap(write_sweep(tmp_path / "sweep.h5"))
    out = tmp_path / "handout.pdf"
    assert main(["handout", "--sweep", str(sweep), "--language", language, "--out", str(out)]) == 0
    capsys.readouterr()
    reader = PdfReader(out)
    assert len(reader.pages) == 2
    assert words in " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def test_a_walker_with_kneecaps_needs_no_words(tmp_path):
    figure = style.new_figure(20.0)
    assert style.write_kneecap_note(figure, write_sweep(tmp_path / "sweep.h5")) == ""
    assert not figure.texts
    assert np.isclose(figure.get_size_inches()[0] * style.MM_PER_INCH, style.WIDTH_MM)
