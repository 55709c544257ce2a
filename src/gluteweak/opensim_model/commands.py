"""What the command line calls: OpenSim models in, OpenSim's verdicts out."""

from __future__ import annotations

from pathlib import Path

from gluteweak.opensim_model.certify import certify_solution
from gluteweak.study import Certificate

_DEFAULT_LARGEST_MISSING_PCT = Certificate().largest_missing_pct


def certify(
    model: Path,
    plant: Path,
    solution: Path,
    out_model: Path,
    out_certificate: Path,
    *,
    largest_missing_pct: float = _DEFAULT_LARGEST_MISSING_PCT,
) -> None:
    """Let OpenSim judge a solution; write the scenario's OpenSim model and ``certificate.json``.

    Parameters
    ----------
    model, plant, solution
        Healthy ``model.osim``, its ``plant.h5`` and the scenario's ``solution.h5``.
    out_model, out_certificate
        What to write. A motion that fails leaves ``certificate.failed.json`` beside them and nothing else.
    largest_missing_pct
        Bound on missing generalised forces, in % of body weight (moments: % of body weight x 1 m).

    Raises
    ------
    InputError
        If a file is broken or they do not belong together.
    SolveError
        If the motion is not certified.
    """
    certify_solution(model, plant, solution, out_model, out_certificate, largest_missing_pct)
