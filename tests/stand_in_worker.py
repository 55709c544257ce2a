"""A batch worker whose stages are quick stand-ins: what is under test is files and processes, not walking.

A scenario says in ``does`` what happens to it; several words are separated by spaces. Otherwise it is ``gluteweak.batch
.worker``: the same protocol, records and locks.
"""

import os
import signal
import sys
import time
from pathlib import Path

from gluteweak.batch import worker
from gluteweak.errors import SolveError
from gluteweak.storage import atomic_path


def write(path, text):
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def solve(scenario, folder, neighbour):
    does = scenario.get("does", "")
    if "raise" in does:
        raise ZeroDivisionError("a bug")
    if "diverge" in does:
        raise SolveError("no start converged")
    if "die" in does.split():
        os.kill(os.getpid(), signal.SIGKILL)
    if "sleep" in does:
        Path(folder, "is_running").write_text(str(os.getpid()), encoding="utf-8")
        time.sleep(float(does.split("sleep")[1].split()[0]))
    text = f"{scenario['scenario_id']} {scenario['muscle_strength']}\n" * int(scenario.get("lines", 1))
    if "cost" in scenario:
        text = f"{scenario['scenario_id']} cost {scenario['cost']}\n"
    for name in ("solution.h5", "solution.sto", "ground_reaction.sto"):
        write(folder / name, text)
    write(folder / "started_from", "healthy" if neighbour is None else neighbour.name)


def certify(scenario, folder, neighbour):
    does = scenario.get("does", "")
    # "doubt_better": what was solved again is not certified while a file says so.
    if "doubt_better" in does:
        motion = (folder / "solution.h5").read_text(encoding="utf-8")
        if " from " in motion and Path(does.split("doubt_better ")[1].split()[0]).exists():
            raise SolveError("OpenSim does not certify it")
    elif "doubt" in does:
        raise SolveError("OpenSim does not certify it")
    for name in ("model.osim", "certificate.json"):
        write(folder / name, (folder / "solution.h5").read_text(encoding="utf-8").upper())


def outcomes(scenario, folder, neighbour):
    write(folder / "outcomes.h5", (folder / "certificate.json").read_text(encoding="utf-8")[::-1])


def improve(scenario, folder, neighbours, out):
    """Write the motion of cost ``better``, if the scenario has one; its text tells from where it was found."""
    if "refuse" in scenario.get("does", ""):
        raise SolveError("no luck from either neighbour")
    if "die_again" in scenario.get("does", "") and Path(scenario["does"].split("die_again ")[1].split()[0]).exists():
        os.kill(os.getpid(), signal.SIGKILL)
    if "better" not in scenario:
        return False
    text = f"{scenario['scenario_id']} cost {scenario['better']} from {' '.join(n.name for n in neighbours)}\n"
    for name in ("solution.h5", "solution.sto", "ground_reaction.sto"):
        write(out / name, text)
    return True


worker._IMPROVE = {"solve": lambda _: improve}
worker._OPEN = {
    "solve": lambda _: solve,
    "certify": lambda _: certify,
    "outcomes": lambda _: outcomes,
}

if __name__ == "__main__":
    sys.exit(worker.serve(sys.argv[1:]))
