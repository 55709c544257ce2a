"""What an import costs: time and memory of `gluteweak import` for a subject with 92 muscles of the gait2392 kind.

    python benchmarks/import_walker.py [--model M.osim --motion IK.mot --ground-reactions GRF.mot]

Without arguments the subject of the tests is built, with all muscles. Bounds: 300 s on two cores, 4 GiB.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
BOUND_S, BOUND_GIB = 300.0, 4.0
_BUILD = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
import gait2392_like
folder = Path({folder!r})
gait2392_like.build(folder / "scaled.osim", every_muscle=True)
gait2392_like.write_trial(folder / "ik.mot", folder / "grf.mot")
"""


def main() -> None:
    """Import once and print the ratios to the bounds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for flag in ("--model", "--motion", "--ground-reactions"):
        parser.add_argument(flag, type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = (options.model, options.motion, options.ground_reactions)
        if options.model is None:
            code = _BUILD.format(tests=str(ROOT / "tests"), folder=name)
            subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
            files = (folder / "scaled.osim", folder / "ik.mot", folder / "grf.mot")
        words = [str(Path(f).resolve()) for f in files]
        command = [sys.executable, "-m", "gluteweak.cli", "import", "--name", "subject", "--accept"]
        command += ["--model", words[0], "--motion", words[1], "--ground-reactions", words[2]]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        started = time.perf_counter()
        subprocess.run(command, cwd=folder, check=True)
        wall_s = time.perf_counter() - started
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    memory_gib = used.ru_maxrss / 2**20
    print(f"wall {wall_s:.0f} s ({wall_s / BOUND_S:.2f} of the bound), CPU {cpu_s:.0f} s ({cpu_s / BOUND_S:.2f})")
    print(f"largest process {memory_gib:.2f} GiB ({memory_gib / BOUND_GIB:.2f} of the bound)")


if __name__ == "__main__":
    main()
