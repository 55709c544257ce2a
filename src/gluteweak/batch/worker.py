"""A process that does one stage for one scenario after the other: imports and shared files are paid for once.

``python -m gluteweak.batch.worker STAGE REPLIES`` reads a job, then scenarios, one JSON line each, from standard
input, and answers each with one JSON line to the file descriptor REPLIES. What libraries print goes to the scenario's
log. When its input ends, it ends; when it dies, only the scenario that it was at is lost (`driver`).
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gluteweak.batch import record, stages
from gluteweak.batch.job import Job
from gluteweak.batch.plan import ScenarioData
from gluteweak.errors import InputError, SolveError, writing_problem
from gluteweak.job_log import output_to

if TYPE_CHECKING:
    from gluteweak.walking.commands import OpenStudy


def main(words: list[str]) -> int:
    """Serve until the input ends."""
    stage = next(stage for stage in record.STAGES if stage.name == words[0])
    with os.fdopen(int(words[1]), "w") as replies:

        def answer(**content: Any) -> None:
            replies.write(json.dumps(content) + "\n")
            replies.flush()

        job = Job.from_json(json.loads(sys.stdin.readline()))
        try:
            work = _opened(job, stage)
            for line in sys.stdin:
                answer(**_one(job, stage, json.loads(line), work))
        except (InputError, SolveError) as error:
            answer(fatal=str(error))
        except OSError as error:  # not even a log can be written
            problem = writing_problem(error)
            if problem is None:
                raise
            answer(fatal=problem)
    return 0


def _opened(job: Job, stage: record.Stage) -> stages.Work:
    """Read what all scenarios share; what libraries print meanwhile goes to a log that is not kept."""
    log = job.logs_dir / f"{stage.name}.worker-{os.getpid()}.log"
    try:
        with output_to(log):
            return _OPEN[stage.name](job)
    finally:
        log.unlink(missing_ok=True)


def serve(words: list[str]) -> int:
    """`main`; that nobody listens any more is no error: what was done is recorded."""
    try:
        return main(words)
    except BrokenPipeError:
        return 0


def _one(job: Job, stage: record.Stage, task: dict[str, Any], work: stages.Work) -> dict[str, Any]:
    """Do one task; the answer has ``done``, or says in ``failed`` why this scenario, in ``fatal`` why none, can be.

    With ``failed`` comes ``broke`` where that was no verdict on the scenario but a bug.
    """
    scenario = task["scenario"]
    name = str(scenario["scenario_id"])
    neighbour = None if task["neighbour"] is None else job.folder(task["neighbour"])
    again = [job.folder(other) for other in task.get("again_from", ())]
    with output_to(job.log(stage.name, f"{name}.again" if again else name)):
        try:
            if again:
                return stages.improve(job, scenario, again, _IMPROVE[stage.name](job))
            return stages.run(job, stage, scenario, neighbour, work)
        except (InputError, SolveError) as error:
            sys.stderr.write(f"{error}\n")
            # Bad input of one scenario (a muscle that the model lacks) is no reason to give up the others.
            return {"failed": str(error).rstrip(".")}
        except Exception as error:  # noqa: BLE001  whatever happens to one scenario must not lose the others
            traceback.print_exc()
            problem = writing_problem(error)
            if problem is not None:
                return {"fatal": problem}
            return {"failed": f"{type(error).__name__}: {error}", "broke": True}


def _open_solve(job: Job) -> stages.Work:
    from gluteweak.walking import commands

    if job.healthy is None or job.problem is None or job.settings is None:
        raise ValueError("solving needs the healthy gait, the problem and the settings")
    settings = job.settings
    # Opened before the first scenario, so that a file which does not fit stops the batch at once.
    _study(job.plant, job.healthy, job.problem)

    def work(scenario: ScenarioData, folder: Path, neighbour: Path | None) -> None:
        commands.simulate_opened(
            _study_of(job, scenario), scenario, settings, folder, neighbour=neighbour and neighbour / "solution.h5"
        )

    return work


def _open_improve(job: Job) -> stages.Improvement:
    from gluteweak.walking import commands

    settings = job.settings or {}

    def work(scenario: ScenarioData, folder: Path, neighbours: Sequence[Path], out: Path) -> bool:
        starts = [neighbour / "solution.h5" for neighbour in neighbours]
        return commands.improve_opened(
            _study_of(job, scenario), scenario, settings, folder / "solution.h5", starts, out
        )

    return work


def _study_of(job: Job, scenario: ScenarioData) -> OpenStudy:
    if job.problem is None:
        raise ValueError("solving needs the problem")
    return _study(job.plant, job.healthy_of(scenario), job.problem)


@cache
def _study(plant: Path, healthy: Path, problem: Path) -> OpenStudy:
    """A study, read once for all scenarios of one healthy gait."""
    from gluteweak.walking import commands

    return commands.open_study(plant, healthy, problem)


def _open_certify(job: Job) -> stages.Work:
    # Not by way of `opensim_model.commands`, which brings what builds models too: 1.4 s of imports in every job.
    from gluteweak.opensim_model.certify import certify_solution

    if job.model is None or job.largest_missing_pct is None:
        raise ValueError("certifying needs the healthy model and the bound")
    model, bound = job.model, job.largest_missing_pct

    def work(_: ScenarioData, folder: Path, __: Path | None) -> None:
        certify_solution(
            model, job.plant, folder / "solution.h5", folder / "model.osim", folder / "certificate.json", bound
        )

    return work


def _open_outcomes(job: Job) -> stages.Work:
    from gluteweak.loads import commands

    walker = commands.open_walker(job.plant)

    def work(_: ScenarioData, folder: Path, __: Path | None) -> None:
        commands.outcomes_opened(walker, folder / "solution.h5", folder / "certificate.json", folder / "outcomes.h5")

    return work


_OPEN: dict[str, Callable[[Job], stages.Work]] = {
    "solve": _open_solve,
    "certify": _open_certify,
    "outcomes": _open_outcomes,
}
_IMPROVE: dict[str, Callable[[Job], stages.Improvement]] = {"solve": _open_improve}


if __name__ == "__main__":
    sys.exit(serve(sys.argv[1:]))
