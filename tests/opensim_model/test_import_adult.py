"""The laboratory's files behind the built-in adult, imported as a user imports them, give the built-in adult's gait."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("opensim")

from gluteweak import importing
from gluteweak.storage import read_file

pytestmark = pytest.mark.opensim

ROOT = Path(__file__).parents[2]
ADULT = ROOT / "models/adult"
DATA = Path(os.environ.get("GLUTEWEAK_SHARED_DATA", ROOT.parent / "shared/data")) / "rajagopal_walk"


@pytest.mark.skipif(not DATA.is_dir(), reason="the original model is not here (GLUTEWEAK_SHARED_DATA)")
def test_importing_the_adults_own_files_gives_the_adults_gait(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    arguments = {
        "name": "again",
        "sex": None,
        "donor_dir": str(ADULT),
        "model": str(DATA / "subject_walk_scaled.osim"),
        "motion": str(DATA / "coordinates.sto"),
        "ground_reactions": str(DATA / "grf_walk.mot"),
        "external_loads": str(DATA / "grf_walk.xml"),
        "start_s": 0.48,
        "end_s": 1.61,
        "motion_filter_hz": None,
        "force_filter_hz": 0.0,
    }
    importing.run(importing.Order("again", "convert", arguments, accept=True, overwrite=False))
    ours, _ = read_file(tmp_path / "models/again/reference_gait.h5")
    theirs, _ = read_file(ADULT / "reference_gait.h5")
    np.testing.assert_allclose(ours["time_s"], theirs["time_s"], atol=1e-9)
    names = [list(values["coordinate"]) for values in (ours, theirs)]
    angles = [n for n in names[1] if n not in ("pelvis_tx", "pelvis_ty", "pelvis_tz")]
    for name in angles:
        columns = [
            np.degrees(np.asarray(values["coordinate_value"])[:, order.index(name)])
            for values, order in zip((ours, theirs), names, strict=True)
        ]
        np.testing.assert_allclose(*columns, atol=0.5, err_msg=name)
    reactions = [np.asarray(values["ground_reaction_bw"]).reshape(-1, 6) for values in (ours, theirs)]
    np.testing.assert_allclose(*reactions, atol=0.02)
