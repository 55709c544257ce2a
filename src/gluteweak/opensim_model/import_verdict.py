"""OpenSim's verdict on an imported walker's reference gait, as numbers; whether they do is decided elsewhere."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from gluteweak.opensim_model.certify import judge, weakened_model
from gluteweak.opensim_model.loading import load_model
from gluteweak.opensim_model.solution import read_solution
from gluteweak.plant import read_plant
from gluteweak.storage import atomic_path

_BOUND_PCT = 0.5


def judge_reference(model: Path, plant: Path, gait: Path, out: Path) -> None:
    """Write the certificate of a reference gait, certified or not.

    Parameters
    ----------
    model, plant
        The walker's calibrated model and its plant.
    gait
        ``reference_gait.h5``.
    out
        JSON file to write.
    """
    walker, solved = read_plant(plant), read_solution(gait)
    with tempfile.TemporaryDirectory() as folder:
        scenario = Path(folder) / "scenario.osim"
        weakened_model(model, walker, solved).printToXML(str(scenario))
        certificate = judge(load_model(scenario), load_model(model), walker, solved, _BOUND_PCT)
    with atomic_path(out) as temporary:
        temporary.write_text(json.dumps(certificate, indent=2, default=float) + "\n", encoding="utf-8")
