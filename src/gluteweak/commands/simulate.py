"""Sub-commands from a walker's tables to certified motions."""

from __future__ import annotations

import argparse

from gluteweak.commands import arguments
from gluteweak.errors import InputError


def add_commands(commands: arguments.Commands[arguments.Parser]) -> None:
    """Add this topic's sub-commands."""
    for add in (
        _add_build_model,
        _add_reference,
        _add_problem,
        _add_healthy,
        _add_healthy_at_speed,
        _add_simulate,
        _add_what_if,
        _add_fixed_gait,
        _add_certify,
        _add_export_moco,
    ):
        add(commands)


def _add_build_model(commands: arguments.Commands[arguments.Parser]) -> None:
    parser = arguments.command(
        commands, "build-model", _run_build_model, "Build the healthy OpenSim model of a walker from its tables."
    )
    parser.add_argument("name", metavar="NAME", help="walker: a folder below models/")
    arguments.path(parser, "--out", "OpenSim model to write (.osim)")
    arguments.path(parser, "--plant", "model as arrays to write (.h5)", required=False)
    parser.add_argument(
        "--calibration",
        choices=("measured", "none"),
        default="measured",
        help="scale hip-abduction capacity to measured strength, or leave the model as built (default: %(default)s)",
    )


def _run_build_model(options: argparse.Namespace) -> str:
    from gluteweak.opensim_model import commands
    from gluteweak.study import find_model_dir

    commands.build_model(find_model_dir(options.name), options.out, options.plant, calibration=options.calibration)
    return f"model of walker '{options.name}' built: {options.out}\n"


def _add_reference(commands: arguments.Commands[arguments.Parser]) -> None:
    parser = arguments.command(
        commands, "reference", _run_reference, "Track a measured gait cycle into the walker's reference gait."
    )
    arguments.path(parser, "--plant", "plant.h5 of the healthy model")
    arguments.path(parser, "--coordinates", "measured coordinates (.sto)")
    arguments.path(parser, "--ground-reactions", "measured ground reactions (.mot)")
    parser.add_argument("--start-s", type=float, required=True, metavar="S", help="start of the gait cycle, in s")
    parser.add_argument("--end-s", type=float, required=True, metavar="S", help="end of the gait cycle, in s")
    parser.add_argument(
        "--symmetric",
        action="store_true",
        help="track the mean of the cycle and its mirror image, so that left and right are alike",
    )
    arguments.path(parser, "--out", "reference gait to write (.h5)")


def _run_reference(options: argparse.Namespace) -> None:
    from gluteweak.walking import commands

    commands.track_reference(
        options.plant,
        options.coordinates,
        options.ground_reactions,
        options.start_s,
        options.end_s,
        options.out,
        symmetric=options.symmetric,
    )


def _add_problem(commands: arguments.Commands[arguments.Parser]) -> None:
    parser = arguments.command(
        commands,
        "problem",
        _run_problem,
        "Build the equations of walking, exact derivatives included, once for a study.",
    )
    arguments.path(parser, "--plant", "plant.h5 of the healthy model")
    arguments.path(parser, "--out", "problem to write")


def _run_problem(options: argparse.Namespace) -> str:
    from gluteweak.walking import commands

    commands.build_problem(options.plant, options.out)
    return f"equations of walking built: {options.out}\n"


def _add_healthy(commands: arguments.Commands[arguments.Parser]) -> None:
    parser = arguments.command(
        commands, "healthy", _run_healthy, "Settle the reference gait on a study's own model and mesh."
    )
    arguments.study(parser)
    arguments.path(parser, "--plant", "plant.h5 of the healthy model")
    arguments.path(parser, "--reference", "reference gait of the walker (.h5)")
    arguments.path(parser, "--problem", "problem of the study, from 'gluteweak problem'")
    arguments.path(parser, "--out", "healthy gait of the study to write (.h5)")


def _run_healthy(options: argparse.Namespace) -> str:
    from gluteweak.study import load_study
    from gluteweak.walking import commands

    settings = load_study(options.study).simulation.model_dump(mode="json")
    commands.healthy(options.plant, options.reference, options.problem, settings, options.out)
    return f"healthy gait settled: {options.out}\n"


def _add_healthy_at_speed(commands: arguments.Commands[arguments.Parser]) -> None:
    parser = arguments.command(
        commands,
        "healthy-at-speed",
        _run_healthy_at_speed,
        "Carry a study's healthy gait to another walking speed; stride length and time are free.",
    )
    arguments.study(parser)
    arguments.path(parser, "--plant", "plant.h5 of the healthy model")
    arguments.path(parser, "--healthy", "healthy gait of the study, from 'gluteweak healthy'")
    arguments.path(parser, "--problem", "problem of the study, from 'gluteweak problem'")
    parser.add_argument("--speed-m-s", type=float, required=True, metavar="V", help="walking speed, 0.9 to 1.5 m/s")
    arguments.path(parser, "--out", "healthy gait at that speed to write (.h5); 'gluteweak simulate' takes it")


def _run_healthy_at_speed(options: argparse.Namespace) -> str:
    from gluteweak.study import load_study
    from gluteweak.walking import commands

    settings = load_study(options.study).simulation.model_dump(mode="json")
    commands.healthy_at_speed(options.plant, options.healthy, options.problem, options.speed_m_s, settings, options.out)
    return f"healthy gait at {options.speed_m_s:g} m/s found: {options.out}\n"


def _add_simulate(commands: arguments.Commands[arguments.Parser]) -> None:
    parser = arguments.command(commands, "simulate", _run_simulate, "Solve one scenario of a study.")
    arguments.study(parser)
    parser.add_argument(
        "--scenario", required=True, metavar="ID", help="scenario to solve ('gluteweak scenarios' lists them)"
    )
    arguments.path(parser, "--plant", "plant.h5 of the healthy model")
    arguments.path(parser, "--healthy", "healthy gait of the study, from 'gluteweak healthy'")
    arguments.path(parser, "--problem", "problem of the study, from 'gluteweak problem'")
    arguments.path(parser, "--out-dir", "folder for solution.h5, solution.sto and ground_reaction.sto")


def _run_simulate(options: argparse.Namespace) -> None:
    from gluteweak.study import load_study
    from gluteweak.walking import commands

    study = load_study(options.study)
    scenario, settings = (part.model_dump(mode="json") for part in (study.scenario(options.scenario), study.simulation))
    commands.simulate(options.plant, options.healthy, options.problem, scenario, settings, options.out_dir)


def _add_what_if(commands: arguments.Commands[arguments.Parser]) -> None:
    parser = arguments.command(
        commands,
        "what-if",
        _run_what_if,
        "Impose a change on the healthy gait, keep it exactly, and solve for everything else.",
    )
    arguments.study(parser)
    parser.add_argument(
        "--motion", metavar="ID", help="what-if motion of the study ('gluteweak scenarios --what-if' lists them)"
    )
    parser.add_argument(
        "--change", metavar="NAME", help="instead of --motion: what to impose, for instance pelvic_drop"
    )
    parser.add_argument("--size", type=float, metavar="X", help="with --change: how much, in deg (step_width: cm)")
    parser.add_argument("--side", metavar="SIDE", help="with --change: whose stance, right (default) or left")
    arguments.path(parser, "--plant", "plant.h5 of the healthy model")
    arguments.path(parser, "--healthy", "healthy gait of the study, from 'gluteweak healthy'")
    arguments.path(parser, "--problem", "problem of the study, from 'gluteweak problem'")
    arguments.path(parser, "--out-dir", "folder for solution.h5, solution.sto and ground_reaction.sto")


def _run_what_if(options: argparse.Namespace) -> None:
    from gluteweak.study import load_study, what_if_motion
    from gluteweak.walking import commands

    study = load_study(options.study)
    if (options.motion is None) == (options.change is None):
        raise InputError("Say what to impose: either --motion with a name of the study, or --change with --size.")
    if options.motion is not None:
        wanted = study.what_if_motion(options.motion)
    else:
        wanted = what_if_motion(options.change, options.size, options.side)
    motion = {
        "scenario_id": wanted.scenario_id,
        "change": wanted.change,
        "size": wanted.size,
        "side": wanted.chosen_side,
        "posture_habit": study.what_if.posture_habit,
    }
    settings = study.simulation.model_dump(mode="json")
    commands.what_if(options.plant, options.healthy, options.problem, motion, settings, options.out_dir)


def _add_fixed_gait(commands: arguments.Commands[arguments.Parser]) -> None:
    parser = arguments.command(
        commands,
        "fixed-gait",
        _run_fixed_gait,
        "Keep the healthy motion while strength falls: who takes over, and when is it no longer possible.",
    )
    arguments.study(parser)
    parser.add_argument(
        "--strength-percent",
        type=float,
        nargs="+",
        metavar="P",
        help="strengths of the study's weak muscles, in %% (default: all that the study lists)",
    )
    arguments.path(parser, "--plant", "plant.h5 of the healthy model")
    arguments.path(parser, "--healthy", "healthy gait of the study, from 'gluteweak healthy'")
    arguments.path(parser, "--problem", "problem of the study, from 'gluteweak problem'")
    arguments.path(parser, "--out-dir", "folder for one folder a strength, fixed_gait.csv and fixed_gait_muscles.csv")


def _run_fixed_gait(options: argparse.Namespace) -> str:
    from gluteweak import fixed_gait_table
    from gluteweak.study import load_study
    from gluteweak.walking import commands

    study = load_study(options.study)
    runs = study.fixed_gait_runs(options.strength_percent)
    commands.fixed_gait(options.plant, options.healthy, options.problem, runs, options.out_dir)
    return fixed_gait_table.write([options.out_dir / run["scenario_id"] for run in runs], options.out_dir)


def _add_certify(commands: arguments.Commands[arguments.Parser]) -> None:
    parser = arguments.command(commands, "certify", _run_certify, "Let OpenSim check the motion of a solved scenario.")
    arguments.study(parser)
    arguments.path(parser, "--model", "healthy OpenSim model (.osim)")
    arguments.path(parser, "--plant", "plant.h5 of the healthy model")
    arguments.path(parser, "--solution", "solution.h5 of the scenario")
    arguments.path(parser, "--out-model", "weakened OpenSim model to write (.osim)")
    arguments.path(parser, "--out-certificate", "OpenSim's verdict to write (.json)")


def _run_certify(options: argparse.Namespace) -> str:
    from gluteweak import progress
    from gluteweak.opensim_model import commands
    from gluteweak.study import load_study

    commands.certify(
        options.model,
        options.plant,
        options.solution,
        options.out_model,
        options.out_certificate,
        largest_missing_pct=load_study(options.study).certificate.largest_missing_pct,
    )
    return progress.scenario_line(options.solution, options.out_certificate) + "\n"


def _add_export_moco(commands: arguments.Commands[arguments.Parser]) -> None:
    parser = arguments.command(
        commands, "export-moco", _run_export_moco, "Write a solved scenario as a MocoStudy that opens in OpenSim."
    )
    arguments.path(parser, "--model", "weakened OpenSim model of the scenario, from 'gluteweak certify' (.osim)")
    arguments.path(parser, "--plant", "plant.h5 of the healthy model")
    arguments.path(parser, "--solution", "solution.h5 of the scenario")
    arguments.path(parser, "--out", "study to write (.omoco); its tables lie beside it")


def _run_export_moco(options: argparse.Namespace) -> str:
    from gluteweak.opensim_model import commands

    commands.export_moco(options.model, options.plant, options.solution, options.out)
    return f"MocoStudy written: {options.out} (solve it in its folder)\n"
