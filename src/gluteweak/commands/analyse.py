"""Sub-commands from motions to outcomes, tables and figures."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from gluteweak.commands import arguments
from gluteweak.errors import InputError


def add_commands(commands: arguments.Commands[arguments.Parser]) -> None:
    """Add this topic's sub-commands."""
    for add in (
        _add_collect,
        _add_check,
        _add_validate,
        _add_figure,
        _add_what_if_table,
        _add_table,
    ):
        add(commands)


def _add_collect(commands: arguments.Commands[arguments.Parser]) -> None:
    parser = arguments.command(commands, "collect", _run_collect, "Stack the outcomes of all scenarios of a study.")
    arguments.study(parser)
    arguments.scenarios_dir(parser)
    arguments.kind(parser)
    arguments.path(parser, "--out", "sweep to write (.h5)")
    parser.add_argument(
        "--finished",
        type=Path,
        nargs="+",
        metavar="PATH",
        help="lists from 'gluteweak outcomes': stack what is finished and name in the sweep what failed",
    )
    parser.add_argument(
        "--append",
        action="store_true",
        help="add the scenarios that the sweep lacks, at its end; what it holds already is not read again",
    )
    parser.add_argument(
        "--update",
        action="store_true",
        help="with --finished: add what the sweep lacks if all that it holds still holds, else stack everything anew",
    )


def _run_collect(options: argparse.Namespace) -> None:
    from gluteweak.loads import commands
    from gluteweak.study import load_study

    study = load_study(options.study).model_dump(mode="json")
    adaptation = None if options.kind == "scenarios" else str(options.kind).replace("-", "_")
    folders = arguments.scenario_folders(options)
    if options.update and not options.finished:
        raise InputError(
            "--update needs --finished with the lists from 'gluteweak outcomes', whose checksums say what is new."
        )
    failed, checksums = _finished(options.finished or ())
    commands.collect(
        study,
        [folder for folder in folders if folder.name not in failed],
        options.out,
        adaptation=adaptation,
        append=options.append,
        unless_stale=checksums if options.update else None,
        failed={folder.name: failed[folder.name] for folder in folders if folder.name in failed},
    )


def _finished(lists: Sequence[Path]) -> tuple[dict[str, str], dict[str, str]]:
    """Why scenarios failed, and checksums of the outcomes of the others."""
    from gluteweak.batch import manifest

    read = [manifest.read(path) for path in lists]
    failed = {name: why for one in read for name, why in one.failed.items()}
    checksums = {
        name: files["outcomes.h5"] for one in read for name, files in one.files.items() if "outcomes.h5" in files
    }
    return failed, checksums


def _add_check(commands: arguments.Commands[arguments.Parser]) -> None:
    parser = arguments.command(
        commands, "check", _run_check, "Check that results are valid (never that they agree with an expectation)."
    )
    arguments.study(parser)
    arguments.scenarios_dir(parser)
    arguments.path(parser, "--sweep", "sweep.h5 of the study")
    arguments.path(parser, "--out", "report to write (.txt)")


def _run_check(options: argparse.Namespace) -> None:
    from gluteweak.checks import check_results
    from gluteweak.study import load_study

    check_results(load_study(options.study), options.scenarios_dir, options.sweep, options.out)


def _add_validate(commands: arguments.Commands[arguments.Parser]) -> None:
    parser = arguments.command(
        commands, "validate", _run_validate, "Hold a sweep against published people: inside or outside, and why."
    )
    parser.add_argument("sweep", type=Path, metavar="SWEEP", help="sweep.h5 of a study")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    arguments.path(
        parser, "--what-if", "imposed motions (default: what_if.h5 beside the sweep, if there)", required=False
    )
    arguments.path(parser, "--out-dir", "folder for validation.txt and validation.json", required=False)
    arguments.path(parser, "--docs", "folder for validation.md and validation.png", required=False)


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


def _add_figure(commands: arguments.Commands[arguments.Parser]) -> None:
    parser = arguments.command(commands, "figure", _run_figure, "Draw a figure from a sweep.")
    parser.add_argument("name", choices=("overview",), help="which figure")
    arguments.path(parser, "--sweep", "sweep.h5 of the study")
    arguments.path(parser, "--out-dir", "folder for <name>.png, <name>.svg and the caption <name>.txt")


def _run_figure(options: argparse.Namespace) -> None:
    from gluteweak.figures import commands

    draw = {"overview": commands.overview}[options.name]
    draw(options.sweep, options.out_dir)


def _add_what_if_table(commands: arguments.Commands[arguments.Parser]) -> None:
    parser = arguments.command(
        commands,
        "what-if-table",
        _run_what_if_table,
        "Compare finished what-if motions with the healthy gait, link by link: print the table, or write and draw it.",
    )
    arguments.study(parser)
    arguments.path(
        parser, "--scenarios-dir", "folder of the motions (default: what_if/ in the study's results)", required=False
    )
    arguments.path(parser, "--out", "table to write (.csv) instead of printing it", required=False)
    arguments.path(
        parser, "--figure-dir", "folder for what_if.png, what_if.svg and the caption what_if.txt", required=False
    )


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


def _add_table(commands: arguments.Commands[arguments.Parser]) -> None:
    parser = arguments.command(
        commands, "table", _run_table, "Print the main numbers of a finished study, and where its files are."
    )
    arguments.study(parser)
    parser.add_argument(
        "--all", action="store_true", help="list every scenario; of a large study an even choice is listed otherwise"
    )
    arguments.path(
        parser, "--newer-than", "say nothing unless the sweep is there and newer than this file", required=False
    )


def _run_table(options: argparse.Namespace) -> str:
    from gluteweak import summary
    from gluteweak.study import load_study

    sweep = load_study(options.study).results_dir / "sweep.h5"
    if options.newer_than is not None and not _is_newer(sweep, options.newer_than):
        return ""
    most = None if options.all else summary.MOST_READ
    return summary.table(sweep, _found(sweep), most).rstrip("\n") + "\n"


def _is_newer(path: Path, other: Path) -> bool:
    return path.is_file() and (not other.is_file() or path.stat().st_mtime_ns > other.stat().st_mtime_ns)


def _found(path: Path) -> str:
    """What each walker does instead, and how many signs of hip-driven knee trouble there are; empty if unsaid."""
    from gluteweak.comparison import compensation, signs
    from gluteweak.comparison.reading import read_sweep
    from gluteweak.comparison.table import MARK

    sweep = read_sweep(path, compensation.NAMES, signs.OUTCOMES)
    found = compensation.compensations(sweep)
    if not found:
        return ""
    shown = compensation.most_telling(found)
    counts = {
        one.scenario_id: one.count.removesuffix(" signs") for one in signs.checklists(sweep, [s.walk for s in shown])
    }
    closing = [
        f"{MARK} exceeds its yardstick and so is named as the compensation: see compensation.txt. Signs: of hip-driven "
        "knee trouble, see signs.txt.",
        *(
            [f"Only the largest deviation of each adaptation is shown of {len(found)}."]
            if len(shown) < len(found)
            else []
        ),
    ]
    head = f"Compensation found, as change from the healthy walk; {sweep.side[sweep.weak_row]} leg."
    return "\n".join([head, "", compensation.as_table(found, counts, "signs"), *closing])
