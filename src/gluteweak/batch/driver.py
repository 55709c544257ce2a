"""Run stages for many scenarios: one failing, crashing or hanging scenario never loses the others.

Every stage has one worker process, started when it is first needed, so that two libraries that cannot share a process
need not, and imports are paid for once. A scenario goes through its stages before the next one begins: progress shows
early, and what is lost to a killed job is one scenario.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gluteweak.batch import record, stages
from gluteweak.batch.job import Job
from gluteweak.batch.plan import ScenarioData, nearest_neighbour
from gluteweak.errors import InputError, SolveError
from gluteweak.failures import failures
from gluteweak.nested import rises

#: Starts a worker; the stage and where to answer follow.
WORKER = (sys.executable, "-m", "gluteweak.batch.worker")
#: A scenario that has not come back after this time hangs; a cold solve takes half a minute.
PATIENCE_S = 3600.0


@dataclass
class Result:
    """What came of each scenario: checksums of its files, or why it failed."""

    files: dict[str, dict[str, str]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    kept: int = 0
    done: int = 0

    def raise_failures(self) -> None:
        """Say which scenarios failed.

        Raises
        ------
        SolveError
            If one did.
        """
        if self.failed:
            raise SolveError(failures(self.failed, len(self.failed) + len(self.files)))


class Worker:
    """A process for one stage, started anew when it has died."""

    def __init__(self, stage: record.Stage, job: Job, command: Sequence[str], patience_s: float) -> None:
        """Remember what to start."""
        self._stage, self._job, self._command, self._patience_s = stage, job, command, patience_s
        self._process: subprocess.Popen[str] | None = None
        self._replies = -1

    def ask(self, scenario: ScenarioData, neighbour: str | None, again_from: Sequence[str] = ()) -> dict[str, Any]:
        """Have the stage done for one scenario; the worker's answer, or ``failed`` with how it died (and ``broke``).

        With ``again_from`` a scenario that is solved is solved again from these neighbours (`stages.improve`).
        """
        process = self._running()
        # If it died before it was asked, its last words are in the pipe.
        with contextlib.suppress(BrokenPipeError):
            _send(process, {"scenario": dict(scenario), "neighbour": neighbour, "again_from": list(again_from)})
        line = self._line()
        if line is None:
            process.kill()
            self.close()
            return {"failed": f"no answer within {self._patience_s:g} s, so it was stopped", "broke": True}
        if not line:
            self.close()
            return {"failed": _death(process.wait()), "broke": True}
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """End the process."""
        if self._process is None:
            return
        with contextlib.suppress(BrokenPipeError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        self._process.wait()
        os.close(self._replies)
        self._process = None

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None:
            reading, writing = os.pipe()
            self._process = subprocess.Popen(
                [*self._command, self._stage.name, str(writing)],
                stdin=subprocess.PIPE,
                pass_fds=(writing,),
                text=True,
            )
            os.close(writing)
            self._replies = reading
            with contextlib.suppress(BrokenPipeError):
                _send(self._process, self._job.as_json())
        return self._process

    def _line(self) -> str | None:
        """The next line of the worker; empty if it has died, None if it says nothing for too long."""
        collected = b""
        while not collected.endswith(b"\n"):
            ready, _, _ = select.select([self._replies], [], [], self._patience_s)
            if not ready:
                return None
            piece = os.read(self._replies, 65536)
            if not piece:
                return ""
            collected += piece
        return collected.decode()


def _send(process: subprocess.Popen[str], content: Mapping[str, Any]) -> None:
    if process.stdin is None:
        raise ValueError("the worker has no standard input")
    process.stdin.write(json.dumps(content) + "\n")
    process.stdin.flush()


def _death(code: int) -> str:
    if code < 0:
        return f"its process was killed by {signal.Signals(-code).name}; out of memory?"
    return f"its process ended with exit code {code}"


@contextlib.contextmanager
def _workers(
    job: Job, wanted: Sequence[record.Stage], command: Sequence[str], patience_s: float
) -> Iterator[dict[str, Worker]]:
    workers = {stage.name: Worker(stage, job, command, patience_s) for stage in wanted}
    try:
        yield workers
    finally:
        for worker in workers.values():
            worker.close()


def run(
    job: Job,
    scenarios: Sequence[ScenarioData],
    wanted: Sequence[record.Stage],
    say: Callable[[str], None],
    *,
    line: Callable[[Path], str] | None = None,
    cost: Callable[[Path], float] | None = None,
    patience_s: float = PATIENCE_S,
    worker: Sequence[str] = WORKER,
) -> Result:
    """Take every scenario through the stages; what is done and whole is kept.

    Parameters
    ----------
    scenarios
        ``study.Scenario`` as mappings, in the order of solving (`plan.batches`).
    say
        Gets one line for each scenario that is finished, found damaged, or failed.
    line
        Makes the line of a finished scenario from its folder.
    cost
        Optimal cost of a solved scenario, from its folder. With it, costs that rise with strength are settled
        (`settle`).
    patience_s
        A scenario that is silent for longer is stopped and has failed.
    worker
        Command that starts a worker.

    Raises
    ------
    InputError
        If no scenario can be done: shared files do not fit, or nothing can be written.
    """
    result = Result()
    finished: list[ScenarioData] = []
    with _workers(job, wanted, worker, patience_s) as workers:
        for number, scenario in enumerate(scenarios, 1):
            # Later stages know no more of a scenario than its name.
            neighbour = nearest_neighbour(scenario, finished) if record.SOLVE in wanted else None
            worked = _take(job, scenario, wanted, workers, say, result, neighbour)
            if worked is None:
                continue
            finished.append(scenario)
            result.done += worked
            result.kept += not worked
            if worked and line is not None:
                say(f"{line(job.folder(str(scenario['scenario_id'])))} [{number}/{len(scenarios)}]")
        if cost is not None and record.SOLVE in wanted:
            _settle(job, finished, wanted, workers, say, result, cost)
    return result


def settle(
    job: Job,
    scenarios: Sequence[ScenarioData],
    wanted: Sequence[record.Stage],
    say: Callable[[str], None],
    *,
    cost: Callable[[Path], float],
    patience_s: float = PATIENCE_S,
    worker: Sequence[str] = WORKER,
) -> Result:
    """Solve again where a cost rises with strength, among scenarios of any number of batches; as `run` does in one.

    Without motor habit such a cost proves a bad local minimum (`nested`). The scenario is solved again from the weaker
    one that contradicts it and from the nearest stronger one; the cheapest minimum is kept, the other is named in
    ``solution.h5`` and in what is said, and later stages are done anew. A scenario whose later stages failed the last
    time is taken up there. Only scenarios that are solved again or taken up are counted and named in the result.
    """
    result = Result()
    with _workers(job, wanted, worker, patience_s) as workers:
        whole = [
            scenario
            for scenario in scenarios
            if _is_recorded(job, scenario, wanted)
            or _take(job, scenario, wanted, workers, say, result, None) is not None
        ]
        _settle(job, whole, wanted, workers, say, result, cost)
    return result


def _is_recorded(job: Job, scenario: ScenarioData, wanted: Sequence[record.Stage]) -> bool:
    """Whether all stages of a scenario were done, by its record alone: its batch has compared the files."""
    entries = record.read(job.folder(str(scenario["scenario_id"])))
    return all(stage.name in entries for stage in wanted)


def _settle(
    job: Job,
    scenarios: Sequence[ScenarioData],
    wanted: Sequence[record.Stage],
    workers: Mapping[str, Worker],
    say: Callable[[str], None],
    result: Result,
    cost: Callable[[Path], float],
) -> None:
    known = {str(scenario["scenario_id"]): scenario for scenario in scenarios}
    costs = {name: cost(job.folder(name)) for name, scenario in known.items() if _is_ordered(scenario)}
    tried: set[str] = set()
    # A better minimum of one scenario may show that a stronger one is bad as well: weak ones first, one at a time.
    while rise := next((rise for rise in rises(scenarios, costs) if rise.stronger not in tried), None):
        name = rise.stronger
        tried.add(name)
        say(
            f"{name}: its cost {rise.stronger_cost:.6g} is above the {rise.weaker_cost:.6g} of {rise.weaker}, which is "
            "nowhere stronger: solving it again from its neighbours"
        )
        neighbours = [other for other in (rise.weaker, rise.beyond) if other is not None]
        answer = workers[record.SOLVE.name].ask(known[name], None, neighbours)
        if "fatal" in answer:
            raise InputError(answer["fatal"])
        if answer.get("broke"):
            # What a process that broke would have found is not known, and a rise in cost is no result.
            result.failed[name] = (
                f"solving again, because its cost rises with strength: {answer['failed']}; "
                f"see {job.log(record.SOLVE.name, f'{name}.again')}"
            )
            result.files.pop(name, None)
            costs.pop(name)
            say(f"{name}: FAILED, {result.failed[name]}")
            continue
        if not answer.get("done"):
            say(f"{name}: nothing better was found{': ' + answer['failed'] if 'failed' in answer else ''}")
            continue
        if _take(job, known[name], wanted, workers, say, result, None) is None:
            result.files.pop(name, None)
            costs.pop(name)
            continue
        costs[name] = cost(job.folder(name))
        say(f"{name}: kept is a minimum of cost {costs[name]:.6g}; the other, {rise.stronger_cost:.6g}, is noted in it")


def _is_ordered(scenario: ScenarioData) -> bool:
    """Whether cost must not rise with strength."""
    return "weights" in scenario and scenario["weights"]["motor_habit"] == 0


def _take(
    job: Job,
    scenario: ScenarioData,
    wanted: Sequence[record.Stage],
    workers: Mapping[str, Worker],
    say: Callable[[str], None],
    result: Result,
    neighbour: str | None,
) -> bool | None:
    """Take a scenario through its stages; whether there was anything to do, None where it failed."""
    name = str(scenario["scenario_id"])
    folder = job.folder(name)
    worked = False
    for stage in wanted:
        if (why := stages.why_not_done(job, stage, scenario)) is None:
            continue
        if "damaged" in why or "missing" in why:
            say(f"{name}: {why}; making it again")
        answer = workers[stage.name].ask(scenario, neighbour if stage is record.SOLVE else None)
        if "fatal" in answer:
            raise InputError(answer["fatal"])
        if "failed" in answer:
            result.failed[name] = f"{stage.name}: {answer['failed']}; see {job.log(stage.name, name)}"
            record.begin(folder, stage)
            say(f"{name}: FAILED, {result.failed[name]}")
            return None
        worked = worked or answer["done"]
    entries = record.read(folder)
    result.files[name] = {file: checksum for stage in wanted for file, checksum in entries[stage.name]["files"].items()}
    return worked
