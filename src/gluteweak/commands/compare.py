"""Sub-commands that set scenarios against each other."""

from __future__ import annotations

import argparse
from pathlib import Path

from gluteweak.commands import arguments

_SUFFIXES = {"csv": "csv", "markdown": "md", "latex": "tex", "text": "txt"}


def add_commands(commands: arguments.Commands[arguments.Parser]) -> None:
    """Add this topic's sub-commands."""
    for add in (_add_compare, _add_chain):
        add(commands)


def _add_compare(commands: arguments.Commands[arguments.Parser]) -> None:
    parser = arguments.command(
        commands,
        "compare",
        _run_compare,
        "Compare scenarios or whole sweeps: which outcomes differ, by how much, and does it count.",
    )
    parser.add_argument(
        "what",
        nargs="+",
        metavar="WHAT",
        help="a sweep.h5, the folder of a study or of a scenario, FOLDER:SCENARIO, or a scenario of --sweep; the first "
        "is the reference, and one sweep alone is compared with its own full strength",
    )
    parser.add_argument(
        "--sweep",
        type=Path,
        metavar="PATH",
        default=Path("results/default/sweep.h5"),
        help="where scenarios named without a folder are (default: %(default)s)",
    )
    parser.add_argument("--side", choices=("right", "left"), help="whose outcomes (default: the weak side)")
    parser.add_argument(
        "--format", choices=tuple(_SUFFIXES), default="text", help="table to print (default: %(default)s)"
    )
    arguments.path(parser, "--out-dir", "folder for comparison.csv, .md, .tex and the figures", required=False)
    parser.add_argument(
        "--width",
        choices=("double", "single"),
        default="double",
        help="journal column of the figures: 180 or 88 mm (default: %(default)s)",
    )


def _run_compare(options: argparse.Namespace) -> str:
    from gluteweak.comparison import selection, table
    from gluteweak.comparison.differences import compare
    from gluteweak.validation import report

    selections = selection.select(options.what, options.sweep, ("gait_cycle_pct", "foot_off_pct"))
    compared = compare(selection.pairs(selections), options.side)
    if options.out_dir is not None:
        from gluteweak.figures import comparisons

        comparisons.draw(selections, compared, options.out_dir, options.width)
        for kind in ("csv", "markdown", "latex"):
            report.write(options.out_dir / f"comparison.{_SUFFIXES[kind]}", table.FORMATS[kind](compared))
    return table.FORMATS[options.format](compared)


def _add_chain(commands: arguments.Commands[arguments.Parser]) -> None:
    parser = arguments.command(
        commands, "chain", _run_chain, "Draw the chain from a weak hip muscle to the knee, links that did not show too."
    )
    arguments.path(parser, "--sweep", "sweep.h5 of the study")
    parser.add_argument(
        "--scenario",
        nargs="+",
        default=(),
        metavar="ID",
        help="one or two scenarios (default: the weakest of the first two adaptations)",
    )
    arguments.path(
        parser,
        "--what-if",
        "imposed motions to show below (default: what_if.h5 beside the sweep, if there)",
        required=False,
    )
    arguments.path(parser, "--out-dir", "folder for chain.svg, chain.pdf, chain.png and the caption chain.txt")


def _run_chain(options: argparse.Namespace) -> None:
    from gluteweak.figures import commands

    beside = options.sweep.parent / "what_if.h5"
    what_if = options.what_if or (beside if beside.is_file() else None)
    commands.chain(options.sweep, options.scenario, what_if, options.out_dir)
