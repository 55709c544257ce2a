"""What the command line calls: OpenSim models in, OpenSim's verdicts out."""

from __future__ import annotations

import sys
from pathlib import Path

from gluteweak.opensim_model.certify import certify_solution
from gluteweak.opensim_model.healthy import build_healthy
from gluteweak.opensim_model.import_walker import build_imported, is_imported
from gluteweak.opensim_model.moco import export_study
from gluteweak.opensim_model.poses import write_poses
from gluteweak.study import Certificate

_DEFAULT_LARGEST_MISSING_PCT = Certificate().largest_missing_pct


def build_model(model_dir: Path, out_model: Path, out_plant: Path | None, *, calibration: str) -> None:
    """Build the healthy OpenSim model of a walker, and the plant that the simulation works with.

    Parameters
    ----------
    model_dir
        Folder with the walker's tables, e.g. ``models/adult``, or with the files of an imported walker.
    out_model, out_plant
        ``model.osim`` and, if wanted, ``plant.h5``; with it a table of the path errors is printed.
    calibration
        ``measured`` scales hip-abduction capacity to measured strength, ``none`` leaves it.

    Raises
    ------
    InputError
        If a table is missing or wrong, the walker has no patellae, or the calibration is unknown.
    """
    if is_imported(model_dir):
        sys.stdout.write(build_imported(model_dir, out_model, out_plant, calibration))
    else:
        build_healthy(model_dir, out_model, out_plant, calibration)


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


def export_moco(model: Path, plant: Path, solution: Path, out: Path) -> None:
    """Write a solved scenario as a MocoStudy, with the tables that it tracks and its motion as guess beside it.

    Parameters
    ----------
    model, plant, solution
        The scenario's own ``model.osim`` (from ``certify``), the study's ``plant.h5`` and the scenario's
        ``solution.h5``.
    out
        The study (.omoco). Moco looks for ``<stem>_*`` in the folder in which it works: solve the study there.

    Raises
    ------
    InputError
        If a file is broken or they do not belong together.
    """
    export_study(model, plant, solution, out)


def poses(model: Path, solution: Path, out: Path) -> None:
    """Write where OpenSim places bodies and muscle paths over a solved motion: see `poses.write_poses`."""
    write_poses(model, solution, out)
