"""What pictures of a finished study cost: seconds and bytes, each as a share of its bound.

    python benchmarks/pictures.py results/default

Runs the commands that pose, draw, film and report, into a temporary folder, and opens the report in Chromium if there
is one. Whole processes, imports included.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

#: Bounds: seconds and megabytes (None: no bound was set).
BOUNDS: dict[str, tuple[float | None, float | None]] = {
    "poses": (None, None),
    "walking": (None, None),
    "animate": (30.0, 8.0),
    "report": (None, 12.0),
    "report, open in Chromium": (3.0, None),
}


def main() -> None:
    """Measure every command once and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path, help="folder of a finished study, for instance results/default")
    results = parser.parse_args().results
    sweep, scenarios = results / "sweep.h5", results / "scenarios"
    names = sorted(path.parent.name for path in scenarios.glob("*/solution.h5"))
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for name in names:
            shutil.copytree(scenarios / name, work / "scenarios" / name)
        posed = ["--sweep", str(sweep), "--scenarios-dir", str(work / "scenarios")]
        costs = {
            "poses": run(
                "poses",
                "--model",
                results / "model.osim",
                *posed[2:],
                "--scenario",
                *names,
                made=work.glob("*/*/poses.h5"),
            ),
            "walking": run("walking", *posed, "--out-dir", work / "out", made=[work / "out" / "walking.png"]),
            "animate": run(
                "animate",
                *posed,
                "--out-dir",
                work / "out",
                made=[work / "out" / f"walking.{s}" for s in ("mp4", "gif")],
            ),
            "report": run("report", *posed, "--out", work / "report.html", made=[work / "report.html"]),
        }
        ready_s = open_report(work / "report.html")
        if ready_s is not None:
            costs["report, open in Chromium"] = (ready_s, 0)
        print(f"{len(names)} scenarios of {results}")
        for what, (seconds, size) in costs.items():
            most_s, most_mb = BOUNDS[what]
            share_s = f" = {seconds / most_s:4.2f} of {most_s:g} s" if most_s else ""
            # The bound is for each file: MP4 and GIF are one each.
            share_mb = f" = {size / 1e6 / most_mb:4.2f} of {most_mb:g} MB" if most_mb else ""
            print(f"{what:26s}{seconds:7.1f} s{share_s:18s}{size / 1e6:8.2f} MB{share_mb}")


def run(command: str, *arguments: object, made: object) -> tuple[float, int]:
    """Seconds of a sub-command, and the size of the largest file that it made (of all poses: the mean)."""
    started = time.monotonic()
    words = [sys.executable, "-m", "gluteweak.cli", command, *map(str, arguments)]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    seconds = time.monotonic() - started
    sizes = [Path(path).stat().st_size for path in made]  # type: ignore[attr-defined]
    return seconds, sum(sizes) // len(sizes) if command == "poses" else max(sizes)


def open_report(path: Path) -> float | None:
    """Seconds from asking Chromium for the page until it can be used; None without Chromium."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        return None
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        flags = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
        browser = running.chromium.launch(executable_path=chromium, args=flags)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        started = time.monotonic()
        page.goto(path.as_uri())
        page.wait_for_function("document.documentElement.dataset.ready")
        seconds = time.monotonic() - started
        browser.close()
    return seconds


if __name__ == "__main__":
    main()
