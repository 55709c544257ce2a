"""Draw comparisons, chain, faults, treatments and the handout of sweeps made by hand: what tests compare with.

    PYTHONPATH=tests python tests/golden/make_comparison_figures.py

Look at the pictures before they are committed: they are what the figures are supposed to look like.
"""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

import numpy as np
import pypdfium2
from comparison_sweep import write_sweep, write_what_if
from PIL import Image
from scenario_sweeps import write_coordination, write_treatments

from gluteweak.comparison import selection
from gluteweak.comparison.differences import compare
from gluteweak.figures import (
    chain,
    compare_curves,
    compensation,
    coordination,
    dose_response,
    heat_map,
    patient,
    style,
    treatment,
)
from gluteweak.handout import document, facts, text

FOLDER = Path(__file__).parent
DPI = 60
PAGE_SCALE = 0.75


def pictures(folder):
    """Name -> pixels, (height, width, 3)."""
    sweep = write_sweep(folder / "sweep.h5")
    what_if = write_what_if(folder / "what_if.h5")
    selections = selection.select([str(sweep)], sweep, ("gait_cycle_pct", "foot_off_pct"))
    compared = compare(selection.pairs(selections))
    pairs = [one.pair for one in compared]
    timed = coordination.read_coordination(write_coordination(folder / "coordination.h5"))
    treated = treatment.read_treatment_picture(write_treatments(folder / "treatment.h5"))
    with style.house_style():
        figures = {
            "chain": chain.draw_chain(chain.read_chain_picture(sweep, (), what_if)),
            "compare_curves": compare_curves.draw_curves(compare_curves.read_curves(pairs, "right")),
            "compensation": compensation.draw_take_over(compensation.read_take_over(pairs, "right")),
            "dose_response": dose_response.draw_doses(
                dose_response.read_doses([selections[0].sweep], "right"), style.COLUMN_MM
            ),
            "heat_map": heat_map.draw_heat_map(compared),
            "coordination_curves": coordination.draw_curves(timed),
            "coordination_summary": coordination.draw_summary(timed),
            "treatments": treatment.draw_treatment(treated),
        }
        made = {name: _pixels(figure) for name, figure in figures.items()}
    pages = pypdfium2.PdfDocument(handout(sweep, folder / "handout.pdf"))
    for i, page in enumerate(pages):
        made[f"handout_{i + 1}"] = np.asarray(page.render(scale=PAGE_SCALE).to_pil().convert("RGB"))
    pages.close()
    return made


def handout(sweep, out, language="en", clinic="Clinic", paper="a4"):
    """The handout of the weakest scenario."""
    found = facts.read_facts(sweep, None)
    drawn = patient.draw_pictures(
        sweep, found.scenario_id, found.findings, found.drawn_posture, text.picture_words(language)
    )
    document.write_pdf(text.write_text(found, language, clinic), drawn, patient.font_folder(), paper, out)
    return out


def _pixels(figure):
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=DPI)
    return np.asarray(Image.open(file).convert("RGB"))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as work:
        for name, pixels in pictures(Path(work)).items():
            Image.fromarray(pixels).quantize(64).save(FOLDER / f"{name}.png", optimize=True)
