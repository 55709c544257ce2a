"""Sub-commands about which muscle matters most for which outcome."""

from __future__ import annotations

import argparse

from gluteweak.commands import arguments


def add_commands(commands: arguments.Commands[arguments.Parser]) -> None:
    """Add this topic's sub-commands."""
    for add in (_add_motion_sensitivity, _add_sensitivity, _add_figure):
        add(commands)


def _add_motion_sensitivity(commands: arguments.Commands[arguments.Parser]) -> None:
    parser = arguments.command(
        commands,
        "motion-sensitivity",
        _run_motion_sensitivity,
        "Differentiate a solved motion by the strength of every muscle, exactly and without solving again.",
    )
    arguments.study(parser)
    parser.add_argument("--scenario", required=True, metavar="ID", help="a solved scenario of the study")
    arguments.path(parser, "--plant", "plant.h5 of the healthy model")
    arguments.path(parser, "--healthy", "healthy gait of the study, from 'gluteweak healthy'")
    arguments.path(parser, "--problem", "problem of the study, from 'gluteweak problem'")
    arguments.path(parser, "--solution", "solution.h5 of the scenario")
    arguments.path(parser, "--out", "derivatives to write (motion_sensitivity.h5 in the scenario's folder)")


def _run_motion_sensitivity(options: argparse.Namespace) -> str:
    from gluteweak.study import load_study
    from gluteweak.walking import sensitivity_file

    scenario = load_study(options.study).scenario(options.scenario).model_dump(mode="json")
    sensitivity_file.motion_sensitivity(
        options.plant, options.healthy, options.problem, scenario, options.solution, options.out
    )
    return f"motion of '{options.scenario}' differentiated: {options.out}\n"


def _add_sensitivity(commands: arguments.Commands[arguments.Parser]) -> None:
    parser = arguments.command(
        commands,
        "sensitivity",
        _run_sensitivity,
        "Derivatives of every scalar outcome by the strength of every muscle, from those of the motion.",
    )
    arguments.study(parser)
    arguments.path(parser, "--plant", "plant.h5 of the healthy model")
    arguments.scenarios_dir(parser)
    parser.add_argument("--scenario", nargs="+", metavar="ID", help="only these scenarios (default: all of the study)")
    parser.set_defaults(kind="scenarios")


def _run_sensitivity(options: argparse.Namespace) -> str:
    from gluteweak.loads import commands
    from gluteweak.study import load_study

    folders = arguments.scenario_folders(options)
    if options.scenario:
        study = load_study(options.study)
        folders = [options.scenarios_dir / study.scenario(name).scenario_id for name in options.scenario]
    commands.sensitivity(options.plant, folders)
    return "".join(f"sensitivity by muscle: {folder / 'sensitivity.h5'}\n" for folder in folders)


def _add_figure(commands: arguments.Commands[arguments.Parser]) -> None:
    parser = arguments.command(
        commands, "sensitivity-figure", _run_figure, "Draw which muscle matters most for which outcome of a scenario."
    )
    arguments.path(parser, "--sensitivity", "sensitivity.h5 of the scenario")
    arguments.path(parser, "--out-dir", "folder for the figure (.png, .svg) and its caption (.txt)")
    parser.add_argument(
        "--name", default="sensitivity", metavar="NAME", help="name of the files (default: %(default)s)"
    )


def _run_figure(options: argparse.Namespace) -> None:
    from gluteweak.figures.sensitivity import save_sensitivity

    save_sensitivity(options.sensitivity, options.out_dir, options.name)
