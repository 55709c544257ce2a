"""Run the tests in as many processes as the libraries need, two at a time, and end with one closing line for all.

OpenSim bundles its own casadi library, which the casadi package cannot share: a process that imports one cannot import
the other. A group that selects no test is a failure (pytest's exit code 5): a marker that lost its tests looks like
success otherwise. What a group says is printed whole when it has ended.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

#: The longest first: two run side by side.
GROUPS = (
    ("workflow", "workflow"),
    ("neither opensim nor casadi", "not opensim and not casadi and not workflow"),
    ("opensim", "opensim and not workflow"),
    ("casadi", "casadi and not workflow"),
)
_COUNT = re.compile(r"(\d+) (passed|failed|skipped|deselected|xfailed|xpassed|warnings?|errors?)")
_SHOWN = ("failed", "passed", "skipped", "xfailed", "xpassed", "warning", "error")


def main() -> int:
    """Run every group, failed ones included, and return 1 if any failed."""
    started = time.monotonic()
    total: Counter[str] = Counter()
    failed = []
    with ThreadPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as pool:
        for name, code, closing in pool.map(run, GROUPS):
            total.update({what.removesuffix("s"): int(n) for n, what in _COUNT.findall(closing)})
            if code:
                failed.append(name)
    if failed:
        print(f"\nFailed: {', '.join(failed)}")
    counts = ", ".join(f"{total[what]} {what}" for what in _SHOWN if total[what]) or "no tests ran"
    print(f"\n{counts} in {time.monotonic() - started:.2f}s")
    return 1 if failed else 0


def run(group: tuple[str, str]) -> tuple[str, int, str]:
    """Run one group, print what it said, and return its name, exit code and last line that is not blank."""
    name, marker = group
    print(f"--- tests: {name}: started ---", flush=True)
    command = [sys.executable, "-m", "pytest", "-q", "-m", marker, *sys.argv[1:]]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    print(f"\n--- tests: {name} ---\n{done.stdout}", end="", flush=True)
    said = [line for line in done.stdout.splitlines() if line.strip()]
    return name, done.returncode, said[-1] if said else ""


if __name__ == "__main__":
    sys.exit(main())
