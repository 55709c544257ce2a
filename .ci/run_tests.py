"""Run the tests in as many processes as the libraries need, and end with one closing line for all of them.

OpenSim bundles its own casadi library, which the casadi package cannot share: a process that imports one cannot import
the other. A group that selects no test is a failure (pytest's exit code 5): a marker that lost its tests looks like
success otherwise.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections import Counter

GROUPS = (
    ("neither opensim nor casadi", "not opensim and not casadi and not workflow"),
    ("opensim", "opensim and not workflow"),
    ("casadi", "casadi and not workflow"),
    ("workflow", "workflow"),
)
_COUNT = re.compile(r"(\d+) (passed|failed|skipped|deselected|xfailed|xpassed|warnings?|errors?)")
_SHOWN = ("failed", "passed", "skipped", "xfailed", "xpassed", "warning", "error")


def main() -> int:
    """Run every group, failed ones included, and return 1 if any failed."""
    started = time.monotonic()
    total: Counter[str] = Counter()
    failed = []
    for name, marker in GROUPS:
        print(f"\n--- tests: {name} ---", flush=True)
        code, closing = run([sys.executable, "-m", "pytest", "-q", "-m", marker, *sys.argv[1:]])
        total.update({what.removesuffix("s"): int(n) for n, what in _COUNT.findall(closing)})
        if code:
            failed.append(name)
    if failed:
        print(f"\nFailed: {', '.join(failed)}")
    counts = ", ".join(f"{total[what]} {what}" for what in _SHOWN if total[what]) or "no tests ran"
    print(f"\n{counts} in {time.monotonic() - started:.2f}s")
    return 1 if failed else 0


def run(command: list[str]) -> tuple[int, str]:
    """Run a command, pass its output on, and return its exit code and last line that is not blank."""
    last = ""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            last = line if line.strip() else last
    return process.returncode, last


if __name__ == "__main__":
    sys.exit(main())
