"""What every Python process of a run took: put this folder on PYTHONPATH and name a folder in GLUTEWEAK_PROCESS_PROBE.

Each process leaves one small file there when it ends: processor time (its own, without its children's), peak memory,
threads that live, and how many it was told to have.
"""

import atexit
import json
import os
import resource
import sys
from pathlib import Path


def _write() -> None:
    folder = os.environ.get("GLUTEWEAK_PROCESS_PROBE")
    if folder is None:
        return
    numba = sys.modules.get("numba")
    usage = resource.getrusage(resource.RUSAGE_SELF)
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    content = {
        "command": sys.argv,
        "snakemake": "snakemake" in sys.modules,
        "libraries": sorted({"casadi", "matplotlib", "numba", "numpy", "opensim", "typst"} & set(sys.modules)),
        "given": {name: value for name, value in os.environ.items() if name.endswith("_NUM_THREADS")},
        "numba_threads": None if numba is None else numba.get_num_threads(),
        "threads": int(status.split("Threads:")[1].split()[0]),
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "peak_mib": usage.ru_maxrss / 1024,
    }
    (Path(folder) / f"{os.getpid()}.json").write_text(json.dumps(content), encoding="utf-8")


if Path("/proc/self/status").is_file():
    atexit.register(_write)
