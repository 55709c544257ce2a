"""Draw the walking figure of the hand-made walker, small, with stylised bones: the picture that tests compare with.

    PYTHONPATH=tests python tests/golden/make_walking_figure.py

Look at the picture before it is committed: it is what the figure is supposed to look like.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

import numpy as np
import posed_walker as walker
from PIL import Image

from gluteweak.figures import style
from gluteweak.figures.walking import draw_walking, read_walking
from gluteweak.skeleton import meshes

GOLDEN = Path(__file__).with_name("walking_figure.png")
DPI = 60


def picture(folder):
    """The figure as pixels, (height, width, 3)."""
    walker.write_study(folder, walker.SCENARIOS)
    with style.house_style():
        figure, _ = draw_walking(read_walking(folder / "sweep.h5", folder / "scenarios"))
        file = io.BytesIO()
        figure.savefig(file, format="png", dpi=DPI)
    return np.asarray(Image.open(file).convert("RGB"))


if __name__ == "__main__":
    if meshes.folder() is not None:
        sys.exit("Uninstall musclemimic-models first: the golden picture has stylised bones.")
    with tempfile.TemporaryDirectory() as work:
        Image.fromarray(picture(Path(work))).save(GOLDEN, optimize=True)
