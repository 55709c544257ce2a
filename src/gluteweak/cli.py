"""The ``gluteweak`` command: one sub-command for each rule of the workflow.

Importing this module is cheap. What a sub-command needs is imported when it runs: opensim and casadi cannot share a
process, and ``gluteweak --help`` should not wait for either.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from typing import NoReturn

from gluteweak.errors import InputError, SolveError
from gluteweak.job_log import output_to

EXIT_SOLVE = 1
EXIT_INPUT = 2

_DESCRIPTION = """\
What a weak gluteus medius does to walking and to the knee: muscle-driven 3-D walking simulations, swept over weakness.

'make sweep' runs these commands in order for a whole study; each can be run alone.
"""

_EPILOG = """\
exit codes: 0 done; 1 a simulation did not converge, or its result did not pass a check; 2 bad input.
In the last two cases one sentence on stderr says what to do, and no result is written.
"""

#: Runs a sub-command and returns what to tell the person at the terminal, if anything.
_Run = Callable[[argparse.Namespace], str | None]


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with the arguments in one line, as for any other bad input."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_INPUT, f"{self.prog}: {message}; see '{self.prog} --help'.\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one sub-command; the return value is the exit code."""
    options = build_parser().parse_args(arguments)
    run: _Run = options.run
    with output_to(options.log) as terminal:
        try:
            terminal.out.write(run(options) or "")
        except (InputError, SolveError) as error:
            terminal.err.write(f"gluteweak: {error}\n")
            if options.log is not None:
                sys.stderr.write(f"{error}\n")  # the log is complete by itself
            return EXIT_INPUT if isinstance(error, InputError) else EXIT_SOLVE
    return 0


def build_parser() -> argparse.ArgumentParser:
    """The command line as argparse sees it."""
    parser = _Parser(
        prog="gluteweak", description=_DESCRIPTION, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"gluteweak {metadata.version('gluteweak')}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in (
        _add_build_model,
        _add_reference,
        _add_problem,
        _add_healthy,
        _add_simulate,
        _add_what_if,
        _add_fixed_gait,
        _add_certify,
        _add_export_moco,
        _add_outcomes,
        _add_collect,
        _add_check,
        _add_validate,
        _add_figure,
        _add_what_if_table,
        _add_table,
        _add_scenarios,
        _add_schema,
    ):
        add(commands)
    return parser


# One pair for each sub-command: its arguments, and what it runs. -----------------------------------------------------

_Commands = argparse._SubParsersAction  # argparse has no public name for what add_subparsers returns


def _command(commands: _Commands[_Parser], name: str, run: _Run, text: str) -> _Parser:
    parser = commands.add_parser(name, help=text[0].lower() + text[1:].rstrip("."), description=text)
    parser.add_argument(
        "--log", type=Path, metavar="PATH", help="file for all that libraries print (default: terminal)"
    )
    parser.set_defaults(run=run)
    return parser


def _path(parser: _Parser, flag: str, text: str, *, required: bool = True) -> None:
    parser.add_argument(flag, type=Path, required=required, metavar="PATH", help=text)


def _study(parser: _Parser) -> None:
    _path(parser, "--study", "study file, for instance config/default.yaml")


def _scenarios_dir(parser: _Parser) -> None:
    _path(parser, "--scenarios-dir", "folder that holds one folder for each scenario")


def _kind(parser: _Parser) -> None:
    parser.add_argument(
        "--kind",
        choices=("scenarios", "what-if", "fixed-gait"),
        default="scenarios",
        help="which of the study's simulations (default: %(default)s)",
    )


def _scenario_folders(options: argparse.Namespace) -> list[Path]:
    """Folders of the simulations of ``--study`` of ``--kind`` in ``--scenarios-dir``, in the order of the study."""
    from gluteweak.study import load_study

    study = load_study(options.study)
    names = {
        "scenarios": lambda: [scenario.scenario_id for scenario in study.scenarios()],
        "what-if": lambda: list(study.what_if_motions()),
        "fixed-gait": lambda: [study.fixed_gait_id(percent) for percent in study.strength_percents()],
    }[options.kind]()
    return [options.scenarios_dir / name for name in names]


def _add_build_model(commands: _Commands[_Parser]) -> None:
    parser = _command(
        commands, "build-model", _run_build_model, "Build the healthy OpenSim model of a walker from its tables."
    )
    parser.add_argument("name", metavar="NAME", help="walker: a folder below models/")
    _path(parser, "--out", "OpenSim model to write (.osim)")
    _path(parser, "--plant", "model as arrays to write (.h5)", required=False)
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


def _add_reference(commands: _Commands[_Parser]) -> None:
    parser = _command(
        commands, "reference", _run_reference, "Track a measured gait cycle into the walker's reference gait."
    )
    _path(parser, "--plant", "plant.h5 of the healthy model")
    _path(parser, "--coordinates", "measured coordinates (.sto)")
    _path(parser, "--ground-reactions", "measured ground reactions (.mot)")
    parser.add_argument("--start-s", type=float, required=True, metavar="S", help="start of the gait cycle, in s")
    parser.add_argument("--end-s", type=float, required=True, metavar="S", help="end of the gait cycle, in s")
    _path(parser, "--out", "reference gait to write (.h5)")


def _run_reference(options: argparse.Namespace) -> None:
    from gluteweak.walking import commands

    commands.track_reference(
        options.plant, options.coordinates, options.ground_reactions, options.start_s, options.end_s, options.out
    )


def _add_problem(commands: _Commands[_Parser]) -> None:
    parser = _command(
        commands,
        "problem",
        _run_problem,
        "Build the equations of walking, exact derivatives included, once for a study.",
    )
    _path(parser, "--plant", "plant.h5 of the healthy model")
    _path(parser, "--out", "problem to write")


def _run_problem(options: argparse.Namespace) -> str:
    from gluteweak.walking import commands

    commands.build_problem(options.plant, options.out)
    return f"equations of walking built: {options.out}\n"


def _add_healthy(commands: _Commands[_Parser]) -> None:
    parser = _command(commands, "healthy", _run_healthy, "Settle the reference gait on a study's own model and mesh.")
    _study(parser)
    _path(parser, "--plant", "plant.h5 of the healthy model")
    _path(parser, "--reference", "reference gait of the walker (.h5)")
    _path(parser, "--problem", "problem of the study, from 'gluteweak problem'")
    _path(parser, "--out", "healthy gait of the study to write (.h5)")


def _run_healthy(options: argparse.Namespace) -> str:
    from gluteweak.study import load_study
    from gluteweak.walking import commands

    settings = load_study(options.study).simulation.model_dump(mode="json")
    commands.healthy(options.plant, options.reference, options.problem, settings, options.out)
    return f"healthy gait settled: {options.out}\n"


def _add_simulate(commands: _Commands[_Parser]) -> None:
    parser = _command(commands, "simulate", _run_simulate, "Solve one scenario of a study.")
    _study(parser)
    parser.add_argument(
        "--scenario", required=True, metavar="ID", help="scenario to solve ('gluteweak scenarios' lists them)"
    )
    _path(parser, "--plant", "plant.h5 of the healthy model")
    _path(parser, "--healthy", "healthy gait of the study, from 'gluteweak healthy'")
    _path(parser, "--problem", "problem of the study, from 'gluteweak problem'")
    _path(parser, "--out-dir", "folder for solution.h5, solution.sto and ground_reaction.sto")


def _run_simulate(options: argparse.Namespace) -> None:
    from gluteweak.study import load_study
    from gluteweak.walking import commands

    study = load_study(options.study)
    scenario, settings = (part.model_dump(mode="json") for part in (study.scenario(options.scenario), study.simulation))
    commands.simulate(options.plant, options.healthy, options.problem, scenario, settings, options.out_dir)


def _add_what_if(commands: _Commands[_Parser]) -> None:
    parser = _command(
        commands,
        "what-if",
        _run_what_if,
        "Impose a change on the healthy gait, keep it exactly, and solve for everything else.",
    )
    _study(parser)
    parser.add_argument(
        "--motion", metavar="ID", help="what-if motion of the study ('gluteweak scenarios --what-if' lists them)"
    )
    parser.add_argument(
        "--change", metavar="NAME", help="instead of --motion: what to impose, for instance pelvic_drop"
    )
    parser.add_argument("--size", type=float, metavar="X", help="with --change: how much, in deg (step_width: cm)")
    parser.add_argument("--side", metavar="SIDE", help="with --change: whose stance, right (default) or left")
    _path(parser, "--plant", "plant.h5 of the healthy model")
    _path(parser, "--healthy", "healthy gait of the study, from 'gluteweak healthy'")
    _path(parser, "--problem", "problem of the study, from 'gluteweak problem'")
    _path(parser, "--out-dir", "folder for solution.h5, solution.sto and ground_reaction.sto")


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


def _add_fixed_gait(commands: _Commands[_Parser]) -> None:
    parser = _command(
        commands,
        "fixed-gait",
        _run_fixed_gait,
        "Keep the healthy motion while strength falls: who takes over, and when is it no longer possible.",
    )
    _study(parser)
    parser.add_argument(
        "--strength-percent",
        type=float,
        nargs="+",
        metavar="P",
        help="strengths of the study's weak muscles, in %% (default: all that the study lists)",
    )
    _path(parser, "--plant", "plant.h5 of the healthy model")
    _path(parser, "--healthy", "healthy gait of the study, from 'gluteweak healthy'")
    _path(parser, "--problem", "problem of the study, from 'gluteweak problem'")
    _path(parser, "--out-dir", "folder for one folder a strength, fixed_gait.csv and fixed_gait_muscles.csv")


def _run_fixed_gait(options: argparse.Namespace) -> str:
    from gluteweak import fixed_gait_table
    from gluteweak.study import load_study
    from gluteweak.walking import commands

    study = load_study(options.study)
    runs = study.fixed_gait_runs(options.strength_percent)
    commands.fixed_gait(options.plant, options.healthy, options.problem, runs, options.out_dir)
    return fixed_gait_table.write([options.out_dir / run["scenario_id"] for run in runs], options.out_dir)


def _add_certify(commands: _Commands[_Parser]) -> None:
    parser = _command(commands, "certify", _run_certify, "Let OpenSim check the motion of a solved scenario.")
    _study(parser)
    _path(parser, "--model", "healthy OpenSim model (.osim)")
    _path(parser, "--plant", "plant.h5 of the healthy model")
    _path(parser, "--solution", "solution.h5 of the scenario")
    _path(parser, "--out-model", "weakened OpenSim model to write (.osim)")
    _path(parser, "--out-certificate", "OpenSim's verdict to write (.json)")


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


def _add_export_moco(commands: _Commands[_Parser]) -> None:
    parser = _command(
        commands, "export-moco", _run_export_moco, "Write a solved scenario as a MocoStudy that opens in OpenSim."
    )
    _path(parser, "--model", "weakened OpenSim model of the scenario, from 'gluteweak certify' (.osim)")
    _path(parser, "--plant", "plant.h5 of the healthy model")
    _path(parser, "--solution", "solution.h5 of the scenario")
    _path(parser, "--out", "study to write (.omoco); its tables lie beside it")


def _run_export_moco(options: argparse.Namespace) -> str:
    from gluteweak.opensim_model import commands

    commands.export_moco(options.model, options.plant, options.solution, options.out)
    return f"MocoStudy written: {options.out} (solve it in its folder)\n"


def _add_outcomes(commands: _Commands[_Parser]) -> None:
    parser = _command(
        commands, "outcomes", _run_outcomes, "Turn the certified motions of a study into curves over the gait cycle."
    )
    _study(parser)
    _path(parser, "--plant", "plant.h5 of the healthy model")
    _scenarios_dir(parser)
    _kind(parser)


def _run_outcomes(options: argparse.Namespace) -> None:
    from gluteweak.loads import commands

    for folder in _scenario_folders(options):
        commands.outcomes(options.plant, folder / "solution.h5", folder / "certificate.json", folder / "outcomes.h5")


def _add_collect(commands: _Commands[_Parser]) -> None:
    parser = _command(commands, "collect", _run_collect, "Stack the outcomes of all scenarios of a study.")
    _study(parser)
    _scenarios_dir(parser)
    _kind(parser)
    _path(parser, "--out", "sweep to write (.h5)")


def _run_collect(options: argparse.Namespace) -> None:
    from gluteweak.loads import commands
    from gluteweak.study import load_study

    study = load_study(options.study).model_dump(mode="json")
    adaptation = None if options.kind == "scenarios" else str(options.kind).replace("-", "_")
    commands.collect(study, _scenario_folders(options), options.out, adaptation=adaptation)


def _add_check(commands: _Commands[_Parser]) -> None:
    parser = _command(
        commands, "check", _run_check, "Check that results are valid (never that they agree with an expectation)."
    )
    _study(parser)
    _scenarios_dir(parser)
    _path(parser, "--sweep", "sweep.h5 of the study")
    _path(parser, "--out", "report to write (.txt)")


def _run_check(options: argparse.Namespace) -> None:
    from gluteweak.checks import check_results
    from gluteweak.study import load_study

    check_results(load_study(options.study), options.scenarios_dir, options.sweep, options.out)


def _add_validate(commands: _Commands[_Parser]) -> None:
    parser = _command(
        commands, "validate", _run_validate, "Hold a sweep against published people: inside or outside, and why."
    )
    parser.add_argument("sweep", type=Path, metavar="SWEEP", help="sweep.h5 of a study")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    _path(parser, "--what-if", "imposed motions (default: what_if.h5 beside the sweep, if there)", required=False)
    _path(parser, "--out-dir", "folder for validation.txt and validation.json", required=False)
    _path(parser, "--docs", "folder for validation.md and validation.png", required=False)


def _run_validate(options: argparse.Namespace) -> str:
    from gluteweak.validation import report

    found = report.compare(options.sweep, options.what_if)
    said, as_json = report.text(found), report.as_json(found)
    if options.out_dir is not None:
        report.write(options.out_dir / "validation.txt", said)
        report.write(options.out_dir / "validation.json", as_json)
    if options.docs is not None:
        from gluteweak.figures import commands

        commands.validation(options.sweep, options.docs / "validation.png")
        command = f"gluteweak validate results/{found.study}/sweep.h5 --docs docs"
        report.write(options.docs / "validation.md", report.markdown(found, command))
    return as_json if options.json else said


def _add_figure(commands: _Commands[_Parser]) -> None:
    parser = _command(commands, "figure", _run_figure, "Draw a figure from a sweep.")
    parser.add_argument("name", choices=("overview",), help="which figure")
    _path(parser, "--sweep", "sweep.h5 of the study")
    _path(parser, "--out-dir", "folder for <name>.png, <name>.svg and the caption <name>.txt")


def _run_figure(options: argparse.Namespace) -> None:
    from gluteweak.figures import commands

    draw = {"overview": commands.overview}[options.name]
    draw(options.sweep, options.out_dir)


def _add_what_if_table(commands: _Commands[_Parser]) -> None:
    parser = _command(
        commands,
        "what-if-table",
        _run_what_if_table,
        "Compare finished what-if motions with the healthy gait, link by link: print the table, or write and draw it.",
    )
    _study(parser)
    _path(parser, "--scenarios-dir", "folder of the motions (default: what_if/ in the study's results)", required=False)
    _path(parser, "--out", "table to write (.csv) instead of printing it", required=False)
    _path(parser, "--figure-dir", "folder for what_if.png, what_if.svg and the caption what_if.txt", required=False)


def _run_what_if_table(options: argparse.Namespace) -> str:
    from gluteweak import what_if_table
    from gluteweak.study import load_study

    study = load_study(options.study)
    parent = options.scenarios_dir or study.results_dir / "what_if"
    folders = [parent / name for name in study.what_if_motions()]
    if options.figure_dir is not None:
        from gluteweak.figures import commands

        commands.what_if(folders, options.figure_dir)
    comparison = what_if_table.compare(folders)
    if options.out is None:
        return what_if_table.text(comparison)
    what_if_table.write(comparison, options.out)
    return f"what-if motions compared: {options.out}\n"


def _add_table(commands: _Commands[_Parser]) -> None:
    parser = _command(
        commands, "table", _run_table, "Print the main numbers of a finished study, and where its files are."
    )
    _study(parser)


def _run_table(options: argparse.Namespace) -> str:
    from gluteweak import summary
    from gluteweak.study import load_study

    return summary.table(load_study(options.study).results_dir / "sweep.h5").rstrip("\n") + "\n"


def _add_scenarios(commands: _Commands[_Parser]) -> None:
    parser = _command(commands, "scenarios", _run_scenarios, "Check a study file and list its scenarios.")
    parser.add_argument("study", type=Path, metavar="STUDY", help="study file, for instance config/default.yaml")
    parser.add_argument("--what-if", action="store_true", help="list the study's what-if motions instead")


def _run_scenarios(options: argparse.Namespace) -> str:
    from gluteweak.study import load_study

    study = load_study(options.study)
    names = study.what_if_motions() if options.what_if else [scenario.scenario_id for scenario in study.scenarios()]
    return "".join(f"{name}\n" for name in names)


def _add_schema(commands: _Commands[_Parser]) -> None:
    _command(commands, "schema", _run_schema, "Print the JSON schema of study files.")


def _run_schema(_: argparse.Namespace) -> str:
    from gluteweak.study import schema_text

    return schema_text()


if __name__ == "__main__":
    sys.exit(main())
