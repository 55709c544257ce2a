"""Sub-commands that show the walker: bones and muscles in motion."""

from __future__ import annotations

import argparse
from pathlib import Path

from gluteweak.commands import arguments


def add_commands(commands: arguments.Commands[arguments.Parser]) -> None:
    """Add this topic's sub-commands."""
    for add in (_add_poses, _add_walking, _add_animate, _add_report):
        add(commands)


def _add_poses(commands: arguments.Commands[arguments.Parser]) -> None:
    parser = arguments.command(
        commands, "poses", _run_poses, "Place bones, joints and muscle paths of solved scenarios, by OpenSim."
    )
    arguments.path(parser, "--model", "healthy OpenSim model (.osim)")
    arguments.scenarios_dir(parser)
    parser.add_argument(
        "--scenario", required=True, nargs="+", metavar="ID", help="scenarios, each with a solution.h5 in its folder"
    )
    parser.add_argument(
        "--batches", type=Path, nargs="+", metavar="PATH", help="lists from 'gluteweak batch': leave out what failed"
    )
    arguments.path(parser, "--out", "list of posed scenarios to write (.json)", required=False)


def _run_poses(options: argparse.Namespace) -> None:
    from gluteweak.batch import manifest
    from gluteweak.opensim_model import commands
    from gluteweak.provenance import sha256_file

    failed = {name: why for path in options.batches or () for name, why in manifest.read(path).failed.items()}
    posed = [name for name in options.scenario if name not in failed]
    for name in posed:
        folder = options.scenarios_dir / name
        commands.poses(options.model, folder / "solution.h5", folder / "poses.h5")
    if options.out is not None:
        made = {name: {"poses.h5": sha256_file(options.scenarios_dir / name / "poses.h5")} for name in posed}
        manifest.write(options.out, made, {name: failed[name] for name in options.scenario if name in failed})


def _add_walking(commands: arguments.Commands[arguments.Parser]) -> None:
    parser = arguments.command(
        commands, "walking", _run_walking, "Draw the walking figure: posed bones, healthy and weak side by side."
    )
    arguments.path(parser, "--sweep", "sweep.h5 of the study")
    arguments.scenarios_dir(parser)
    arguments.path(parser, "--out-dir", "folder for walking.png, walking.svg and the caption walking.txt")


def _run_walking(options: argparse.Namespace) -> None:
    from gluteweak.figures import commands

    commands.walking(options.sweep, options.scenarios_dir, options.out_dir)


def _add_animate(commands: arguments.Commands[arguments.Parser]) -> None:
    parser = arguments.command(
        commands, "animate", _run_animate, "Film healthy and weak walking in step, as MP4 and GIF."
    )
    arguments.path(parser, "--sweep", "sweep.h5 of the study")
    arguments.scenarios_dir(parser)
    arguments.path(parser, "--out-dir", "folder for walking.mp4 and walking.gif")
    parser.add_argument(
        "--scenario",
        metavar="ID",
        help="who walks beside the healthy walker (default: the weakest, with the study's last adaptation)",
    )


def _run_animate(options: argparse.Namespace) -> str:
    from gluteweak.figures import animation

    film, loop = animation.animate(options.sweep, options.scenarios_dir, options.out_dir, options.scenario)
    return f"healthy and weak in step: {film}, {loop}\n"


def _add_report(commands: arguments.Commands[arguments.Parser]) -> None:
    parser = arguments.command(
        commands, "report", _run_report, "Make the interactive report: one HTML file that works offline."
    )
    arguments.path(parser, "--sweep", "sweep.h5 of the study")
    arguments.scenarios_dir(parser)
    arguments.path(parser, "--validation", "validation.json of the sweep, from 'gluteweak validate'", required=False)
    arguments.path(parser, "--out", "report to write (.html)")


def _run_report(options: argparse.Namespace) -> str:
    from gluteweak.report.build import write_report

    write_report(options.sweep, options.scenarios_dir, options.out, options.validation)
    return f"report written: {options.out} (open it in a browser; it needs no network)\n"
