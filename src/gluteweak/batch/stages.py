"""One stage of one scenario: is it done, and if not, do it and record it.

A stage runs in the process that holds the scenario's lock, so that files and record always belong together.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from gluteweak.batch import record
from gluteweak.batch.job import Job, Parts, key
from gluteweak.batch.plan import ScenarioData
from gluteweak.errors import SolveError

#: Does the work of a stage: scenario, its folder, folder of the neighbour to start from.
Work = Callable[[ScenarioData, Path, Path | None], None]
#: Solves again: scenario, its folder, folders of neighbours, where to write; says whether it wrote something better.
Improvement = Callable[[ScenarioData, Path, Sequence[Path], Path], bool]


def parts(job: Job, stage: record.Stage, scenario: ScenarioData) -> Parts | None:
    """What the stage is due to be made from; None where the stage before it is not done or damaged."""
    if stage is record.SOLVE:
        return job.solve_parts(scenario)
    folder = job.folder(str(scenario["scenario_id"]))
    solved = _checksums(folder, record.SOLVE)
    if solved is None:
        return None
    if stage is record.CERTIFY:
        return job.certify_parts(solved["solution.h5"])
    certified = _checksums(folder, record.CERTIFY)
    return None if certified is None else job.outcomes_parts(solved["solution.h5"], certified["certificate.json"])


def _checksums(folder: Path, stage: record.Stage) -> Mapping[str, str] | None:
    entry = record.read(folder).get(stage.name)
    if entry is None or record.damaged(folder, stage, entry) is not None:
        return None
    found: Mapping[str, str] = entry["files"]
    return found


def why_not_done(job: Job, stage: record.Stage, scenario: ScenarioData) -> str | None:
    """Why the stage has to be done, as the end of a sentence; None where it is done and its files are whole."""
    due = parts(job, stage, scenario)
    if due is None:
        return "the stage before it is not done"
    return record.why_not_done(job.folder(str(scenario["scenario_id"])), stage, key(due))


def run(job: Job, stage: record.Stage, scenario: ScenarioData, neighbour: Path | None, work: Work) -> dict[str, Any]:
    """Do the stage if it is not done; says what was the matter with the files that were there.

    Raises
    ------
    SolveError
        If the work fails, or there is nothing to work on; then no file of the stage is there.
    """
    name = str(scenario["scenario_id"])
    folder = job.folder(name)
    with record.locked(folder):
        due = parts(job, stage, scenario)
        if due is None:
            raise SolveError(f"Scenario '{name}' has no whole result of the step before '{stage.name}'")
        reason = record.why_not_done(folder, stage, key(due))
        if reason is None:
            return {"done": False}
        record.begin(folder, stage)
        work(scenario, folder, neighbour)
        record.finish(folder, stage, key(due), due)
    return {"done": True, "reason": reason}


def improve(job: Job, scenario: ScenarioData, neighbours: Sequence[Path], work: Improvement) -> dict[str, Any]:
    """Solve a scenario again from its neighbours, and take the result in place of the present one if it costs less.

    Raises
    ------
    SolveError
        If there is nothing to improve on; then nothing is changed.
    """
    name = str(scenario["scenario_id"])
    folder = job.folder(name)
    with record.locked(folder):
        due = parts(job, record.SOLVE, scenario)
        if due is None or record.why_not_done(folder, record.SOLVE, key(due)) is not None:
            raise SolveError(f"Scenario '{name}' has no whole result to improve on")
        with tempfile.TemporaryDirectory(dir=folder, prefix=record.BETTER) as better:
            if not work(scenario, folder, neighbours, Path(better)):
                return {"done": False}
            record.begin(folder, record.SOLVE)
            for file in record.SOLVE.files:
                (Path(better) / file).replace(folder / file)
        record.finish(folder, record.SOLVE, key(due), due)
    return {"done": True, "reason": "its cost rose with strength"}
