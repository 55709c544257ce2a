"""``gluteweak import``: runs an import step by step, judges it and puts the walker in place, whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gluteweak import import_report
from gluteweak.errors import InputError, SolveError
from gluteweak.plant import read_plant
from gluteweak.storage import read_file

MODELS = Path("models")
REPORT_STEM = "import_report"
_GAIT, _FACTS = "reference_gait.h5", "import.json"
_EXIT_INPUT = 2


@dataclass(frozen=True)
class Order:
    """What the command line asks for."""

    name: str
    stage: str
    arguments: Mapping[str, Any]
    accept: bool
    overwrite: bool


def run(order: Order) -> str:
    """Import (see `_run`); an empty folder that was made for it goes again."""
    existed = MODELS.exists()
    try:
        return _run(order)
    finally:
        if not existed and MODELS.exists() and not any(MODELS.iterdir()):
            MODELS.rmdir()


def _run(order: Order) -> str:
    """Import and return what to tell the person at the terminal.

    Raises
    ------
    InputError
        If the input does not do; nothing is written.
    SolveError
        If the gait is not found, or cannot be trusted and was not accepted; then the report lies in
        ``results/import/<name>``.
    """
    target = MODELS / order.name
    if target.exists() and not order.overwrite:
        raise InputError(f"There is a walker {target} already: give another --name, or --overwrite.")
    MODELS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=MODELS, prefix=f".{order.name}.") as folder:
        made = Path(folder) / order.name
        made.mkdir()
        work = Path(folder) / "work"
        work.mkdir()
        report = _make(order, made, work)
        text = import_report.as_text(report)
        (made / f"{REPORT_STEM}.txt").write_text(text, encoding="utf-8")
        (made / f"{REPORT_STEM}.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
        arguments = {
            "gait": str(made / _GAIT),
            "report": str(made / f"{REPORT_STEM}.json"),
            "out": str(made / f"{REPORT_STEM}.png"),
        }
        _run_stage("draw", arguments, work)
        if report["doubts"] and not order.accept:
            kept = Path("results") / "import" / order.name
            kept.mkdir(parents=True, exist_ok=True)
            for file in made.glob(f"{REPORT_STEM}.*"):
                shutil.copy(file, kept / file.name)
            raise SolveError(
                f"The import of '{order.name}' is not to be trusted: {'; '.join(report['doubts'])}. See "
                f"{kept}/{REPORT_STEM}.txt; nothing was put into models/. Correct the data, or give --accept to "
                f"take it as it is."
            )
        (made / _FACTS).unlink(missing_ok=True)
        if target.exists():
            old = Path(folder) / "old"
            target.rename(old)
        made.rename(target)
    return f"{text}\nWalker in {target}; next: gluteweak new-study --model {order.name}\n"


def _make(order: Order, made: Path, work: Path) -> dict[str, Any]:
    """All files of the walker in ``made``; the report."""
    _say("reading model and trial, fitting muscle paths")
    _run_stage(order.stage, {**order.arguments, "out_dir": str(made)}, work)
    facts = json.loads((made / _FACTS).read_text(encoding="utf-8"))
    model, plant, gait = work / "model.osim", work / "plant.h5", made / _GAIT
    _run_stage("build", {"model_dir": str(made), "model": str(model), "plant": str(plant)}, work)
    forces, estimate = made / "ground_reactions.sto", made / "estimated_ground_reactions.sto"
    _say("finding the reference gait")
    _run_stage(
        "track",
        {
            "plant": str(plant),
            "coordinates": str(made / "coordinates.sto"),
            "ground_reactions": str(forces) if forces.is_file() else None,
            "estimated_reactions": str(estimate) if estimate.is_file() else None,
            "start_s": facts["cycle"]["start_s"],
            "end_s": facts["cycle"]["end_s"],
            "out": str(gait),
        },
        work,
    )
    _say("asking OpenSim for its verdict")
    certificate = work / "certificate.json"
    _run_stage("certify", {"model": str(model), "plant": str(plant), "gait": str(gait), "out": str(certificate)}, work)
    if "path_fit" not in facts:
        facts |= import_report.plant_facts(read_plant(plant))
    values, attributes = read_file(gait)
    verdict = json.loads(certificate.read_text(encoding="utf-8"))
    return import_report.assemble(facts, values, attributes, verdict)


def _say(what: str) -> None:
    sys.stderr.write(f"import: {what} ...\n")


def _environment() -> dict[str, str]:
    """Environment of this process without OpenSim's libraries: importing it puts them before those of casadi."""
    environment = dict(os.environ)
    paths = environment.get("LD_LIBRARY_PATH", "").split(os.pathsep)
    kept = [path for path in paths if path and "opensim" not in Path(path).parts]
    if kept:
        environment["LD_LIBRARY_PATH"] = os.pathsep.join(kept)
    else:
        environment.pop("LD_LIBRARY_PATH", None)
    return environment


def _run_stage(stage: str, arguments: Mapping[str, Any], work: Path) -> None:
    """Run one step in a process of its own.

    Raises
    ------
    InputError, SolveError
        With the step's own sentence.
    """
    file = work / f"{stage}.json"
    file.write_text(json.dumps(dict(arguments)), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "gluteweak.import_stages", stage, str(file)],
        capture_output=True,
        text=True,
        check=False,
        env=_environment(),
    )
    if done.returncode == 0:
        return
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    if done.returncode == _EXIT_INPUT and lines:
        raise InputError(lines[-1])
    if done.returncode < 0:
        raise InputError(
            f"OpenSim crashed in the step '{stage}' of the import (signal {-done.returncode}): the model file is "
            "damaged in a way that OpenSim does not recognise; open it in OpenSim, save it again and give that file."
        )
    raise SolveError(f"The import stopped in the step '{stage}': {lines[-1] if lines else 'no reason given'}")
