"""Sub-commands that say what a walk shows: the compensation that was found, and signs of hip-driven knee trouble."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from gluteweak.commands import arguments

_Found = TypeVar("_Found")


def add_commands(commands: arguments.Commands[arguments.Parser]) -> None:
    """Add this topic's sub-commands."""
    for name, run, what, files in (
        (
            *("compensation", _run_compensation, "Name the compensation that each scenario of a sweep found."),
            "compensation.txt and compensation.json",
        ),
        (
            *("signs", _run_signs, "Check each scenario of a sweep for signs of hip-driven knee trouble."),
            "signs.txt and signs.json",
        ),
    ):
        parser = arguments.command(commands, name, run, what)
        parser.add_argument("sweep", type=Path, metavar="SWEEP", help="sweep.h5 of a study, or its folder")
        parser.add_argument(
            "--scenario", action="append", default=[], metavar="ID", help="only this scenario; may be given repeatedly"
        )
        parser.add_argument("--json", action="store_true", help="print JSON instead of text")
        arguments.path(parser, "--out-dir", f"folder for {files}", required=False)


def _run_compensation(options: argparse.Namespace) -> str:
    from gluteweak.comparison import compensation
    from gluteweak.comparison.reading import read_sweep

    sweep = read_sweep(options.sweep, compensation.NAMES)
    wanted = [sweep.find(name) for name in options.scenario]
    found = compensation.compensations(sweep, wanted or None)
    return _told(
        options, "compensation", (found, compensation.most_telling(found)), compensation.as_text, compensation.as_json
    )


def _run_signs(options: argparse.Namespace) -> str:
    from gluteweak.comparison import signs
    from gluteweak.comparison.reading import read_sweep

    sweep = read_sweep(options.sweep, signs.NAMES, signs.OUTCOMES)
    wanted = [sweep.find(name) for name in options.scenario]
    found = signs.checklists(sweep, wanted or None)
    return _told(options, "signs", (found, signs.most_telling(found)), signs.as_text, signs.as_json)


def _told(
    options: argparse.Namespace,
    name: str,
    found: tuple[Sequence[_Found], Sequence[_Found]],
    as_text: Callable[[Sequence[_Found]], str],
    as_json: Callable[[Sequence[_Found]], str],
) -> str:
    """Write everything to files, if asked, and say it; ``found``: everything, and what of it can be read."""
    from gluteweak.validation import report

    everything, shown = found
    if options.out_dir is not None:
        report.write(options.out_dir / f"{name}.txt", as_text(everything))
        report.write(options.out_dir / f"{name}.json", as_json(everything))
    if options.json:
        return as_json(everything)
    if len(shown) == len(everything):
        return as_text(everything)
    more = f"{len(shown)} of {len(everything)} scenarios are shown, those with the most to say"
    return f"{as_text(shown)}{more}; --out-dir writes, --json prints all, --scenario ID shows one.\n"
