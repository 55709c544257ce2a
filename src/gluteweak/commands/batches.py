"""Sub-commands that take many scenarios through their stages, resume, and keep what is done."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gluteweak.commands import arguments
from gluteweak.errors import InputError

if TYPE_CHECKING:
    from gluteweak.batch import driver
    from gluteweak.batch.job import Job
    from gluteweak.study import Study


def add_commands(commands: arguments.Commands[arguments.Parser]) -> None:
    """Add this topic's sub-commands."""
    for add in (
        _add_batch,
        _add_settle,
        _add_outcomes,
    ):
        add(commands)


def _add_batch(commands: arguments.Commands[arguments.Parser]) -> None:
    parser = arguments.command(
        commands,
        "batch",
        _run_batch,
        "Solve and certify many scenarios in one job; what is done is kept, and one that fails loses no other.",
    )
    arguments.study(parser)
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--scenario", action="append", metavar="ID", help="scenario to solve; give it several times (default: all)"
    )
    which.add_argument("--name", metavar="NUMBER", help="batch of the study, as the workflow numbers them from 00000")
    parser.add_argument(
        "--size", type=arguments.positive, metavar="N", help="with --name: most scenarios in a batch of the study"
    )
    _add_files(parser)
    arguments.path(parser, "--out", "list of finished scenarios to write (.json)", required=False)


def _add_files(parser: arguments.Parser) -> None:
    """Files of a study with which scenarios are solved and certified."""
    arguments.path(parser, "--model", "healthy OpenSim model (.osim)")
    arguments.path(parser, "--plant", "plant.h5 of the healthy model")
    arguments.path(parser, "--healthy", "healthy gait of the study, from 'gluteweak healthy'")
    arguments.path(parser, "--speeds-dir", "folder of healthy gaits at other walking speeds", required=False)
    arguments.path(parser, "--problem", "problem of the study, from 'gluteweak problem'")
    arguments.scenarios_dir(parser)
    arguments.path(parser, "--logs-dir", "folder for one log a stage and scenario")
    _keep_going(parser)
    parser.add_argument(
        "--patience",
        type=float,
        default=3600.0,
        metavar="S",
        help="time after which a silent scenario is stopped, in s (default: %(default)g)",
    )


def _keep_going(parser: arguments.Parser) -> None:
    parser.add_argument(
        "--keep-going",
        action="store_true",
        help="with --out: list scenarios that fail there and end well, so that the others are used; "
        "'gluteweak check' fails on them",
    )


def _finish(options: argparse.Namespace, result: driver.Result) -> None:
    """Write the list of what came of each scenario; failures are an error here, unless it is to keep going."""
    from gluteweak.batch import manifest

    keep_going = options.keep_going and options.out is not None
    if not keep_going:
        result.raise_failures()
    if options.out is not None:
        manifest.write(options.out, result.files, result.failed)


def _run_batch(options: argparse.Namespace) -> str:
    from gluteweak import progress
    from gluteweak.batch import driver, record
    from gluteweak.study import load_study

    study = load_study(options.study)
    result = driver.run(
        _job(study, options),
        _wanted(study, options),
        (record.SOLVE, record.CERTIFY),
        options.say,
        line=lambda folder: progress.scenario_line(folder / "solution.h5", folder / "certificate.json"),
        cost=lambda folder: progress.optimal_cost(folder / "solution.h5"),
        patience_s=options.patience,
    )
    _finish(options, result)
    return f"{result.kept} of {len(result.files)} scenarios were there already\n" if result.kept else ""


def _add_settle(commands: arguments.Commands[arguments.Parser]) -> None:
    parser = arguments.command(
        commands,
        "settle",
        _run_settle,
        "Solve scenarios of finished batches again whose cost rises with strength: without motor habit, a bad local "
        "minimum.",
    )
    arguments.study(parser)
    parser.add_argument("--batches", type=Path, nargs="+", metavar="PATH", required=True, help="from 'gluteweak batch'")
    _add_files(parser)
    arguments.path(parser, "--out", "list of what was solved again, to write (.json)")


def _run_settle(options: argparse.Namespace) -> None:
    from gluteweak import progress
    from gluteweak.batch import driver, manifest, record
    from gluteweak.study import load_study

    study = load_study(options.study)
    finished = {name for path in options.batches for name in manifest.read(path).files}
    result = driver.settle(
        _job(study, options),
        [scenario for scenario in _dumped(study.scenarios()) if scenario["scenario_id"] in finished],
        (record.SOLVE, record.CERTIFY),
        options.say,
        cost=lambda folder: progress.optimal_cost(folder / "solution.h5"),
        patience_s=options.patience,
    )
    _finish(options, result)


def _job(study: Study, options: argparse.Namespace) -> Job:
    from gluteweak.batch.job import Job

    return Job(
        plant=options.plant,
        scenarios_dir=options.scenarios_dir,
        logs_dir=options.logs_dir,
        healthy=options.healthy,
        speeds_dir=options.speeds_dir,
        problem=options.problem,
        model=options.model,
        settings=study.simulation.model_dump(mode="json"),
        largest_missing_pct=study.certificate.largest_missing_pct,
    )


def _wanted(study: Study, options: argparse.Namespace) -> list[Any]:
    from gluteweak.batch.plan import batches, chains

    if options.name is not None:
        planned = {batch.name: batch for batch in batches(_dumped(study.scenarios()), options.size)}
        if options.name not in planned:
            raise InputError(
                f"Study '{study.name}' has no batch '{options.name}': it has {len(planned)}, from 00000; "
                "give --size as the workflow does."
            )
        return list(planned[options.name].scenarios)
    chosen = study.scenarios()
    if options.scenario:
        chosen = tuple(study.scenario(name) for name in dict.fromkeys(options.scenario))
    return [scenario for chain in chains(_dumped(chosen)) for scenario in chain]


def _dumped(scenarios: Any) -> list[dict[str, Any]]:
    return [scenario.model_dump(mode="json") for scenario in scenarios]


def _add_outcomes(commands: arguments.Commands[arguments.Parser]) -> None:
    parser = arguments.command(
        commands, "outcomes", _run_outcomes, "Turn certified motions into curves over the gait cycle."
    )
    arguments.path(parser, "--plant", "plant.h5 of the healthy model")
    arguments.scenarios_dir(parser)
    parser.add_argument(
        "--batches", type=Path, nargs="+", metavar="PATH", help="finished batches, from 'gluteweak batch'"
    )
    arguments.path(
        parser, "--settled", "with --batches: list from 'gluteweak settle', whose failures count", required=False
    )
    arguments.path(parser, "--logs-dir", "with --batches: folder for one log a scenario", required=False)
    arguments.path(parser, "--out", "with --batches: list of finished scenarios to write (.json)", required=False)
    _keep_going(parser)
    arguments.path(parser, "--study", "instead of --batches: study whose other simulations to turn", required=False)
    arguments.kind(parser)


def _run_outcomes(options: argparse.Namespace) -> None:
    if (options.batches is None) == (options.study is None):
        raise InputError("Say which motions: either --batches with files from 'gluteweak batch', or --study.")
    if options.study is not None:
        from gluteweak.loads import commands

        walker = commands.open_walker(options.plant)
        for folder in arguments.scenario_folders(options):
            commands.outcomes_opened(
                walker, folder / "solution.h5", folder / "certificate.json", folder / "outcomes.h5"
            )
        return
    from gluteweak.batch import driver, manifest, record
    from gluteweak.batch.job import Job

    lists = [manifest.read(path) for path in options.batches]
    unsettled = manifest.read(options.settled).failed if options.settled is not None else {}
    names = [name for each in lists for name in each.files if name not in unsettled]
    job = Job(
        plant=options.plant,
        scenarios_dir=options.scenarios_dir,
        logs_dir=options.logs_dir or options.scenarios_dir.parent / "logs",
    )
    scenarios = [{"scenario_id": name} for name in names]
    result = driver.run(job, scenarios, (record.OUTCOMES,), options.say)
    for each in lists:
        result.failed |= each.failed | {name: unsettled[name] for name in each.files if name in unsettled}
    _finish(options, result)
