"""How time and memory grow with the number of scenarios, cores and SLURM nodes.

One sub-command makes each table::

    python benchmarks/scale.py plan  --scenarios 10 100 1000 10000     listing a study, planning its jobs in Snakemake
    python benchmarks/scale.py solve --scenarios 10 100 --cores 1 2    real sweeps, and what they cost beside solving
    python benchmarks/scale.py nodes                                   a real sweep on a SLURM of one and of two nodes
    python benchmarks/scale.py after results/default --scenarios 10 100 1000 10000    everything after the solving
    python benchmarks/scale.py huge  results/default --base sweep.h5                  the same, where files get large

``after`` multiplies the scenarios of a finished sweep, the more of them the better: copies under other names, with
their own checksums. ``huge`` fills a sweep with the stored pieces of a smaller one, of any number of
scenarios. ``--work DIR`` keeps the files there, and goes on where it was stopped.

Seconds depend on the machine and on who else uses it; processor seconds less so, ratios of one run least.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
PROBE = ROOT / "benchmarks" / "process_probe"
SETUP_SLURM = ROOT / "tests" / "slurm" / "setup_slurm.sh"
#: Scenarios that are added to a finished sweep.
ADDED = 100
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


@dataclass(frozen=True)
class Cost:
    """What a command took, its children included; peak memory is that of its largest process."""

    wall_s: float
    cpu_s: float
    peak_mib: float
    code: int

    def __str__(self) -> str:
        """In the form of the tables."""
        failed = f" (exit code {self.code})" if self.code else ""
        return f"{self.wall_s:.3g} s ({self.cpu_s:.3g} s CPU), {self.peak_mib:.0f} MiB{failed}"


def run(words: Sequence[str | Path], cwd: Path, log: Path, **environment: str) -> Cost:
    """Run a command to its end."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{environment.pop('PATH', os.environ['PATH'])}"
    kept = {name: value for name, value in os.environ.items() if name not in _THREADS}
    begun = time.perf_counter()
    with log.open("ab") as said:
        process = subprocess.Popen(
            [str(word) for word in words],
            cwd=cwd,
            env={**kept, **environment, "PATH": path},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Cost(
        time.perf_counter() - begun, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, process.returncode
    )


def gluteweak(*words: str | Path) -> list[str | Path]:
    """A sub-command of this interpreter's gluteweak."""
    return [Path(sys.executable).parent / "gluteweak", *words]


def snakemake(*words: str | Path) -> list[str | Path]:
    """Snakemake of the same interpreter."""
    return [sys.executable, "-m", "snakemake", *words]


def write_study(folder: Path, name: str, count: int) -> Path:
    """A study of ``count`` scenarios: a weakening muscle, lived with in the two opposite ways of the default study."""
    per_adaptation = -(-count // 2)
    percents = [round(float(p), 4) for p in np.linspace(100, 0, per_adaptation)]
    study = {
        "name": name,
        "model": "adult",
        "weakness": {"muscles": ["glmed"], "side": "right"},
        "adaptation": [
            {"name": "re_optimised", "effort": 1.0, "posture_habit": 1.0, "motor_habit": 0.0},
            {"name": "pattern_kept", "effort": 0.01, "posture_habit": 0.02, "motor_habit": 1.0},
        ],
        "simulation": {"intervals": 25, "degree": 2, "tolerance": 1e-6, "max_iterations": 300},
        "certificate": {"largest_missing_pct": 0.5},
    }
    for number, adaptation in enumerate(study["adaptation"]):  # type: ignore[arg-type]
        adaptation["strength_percent"] = percents[: per_adaptation if number == 0 else count - per_adaptation]  # type: ignore[index]
    path = folder / "config" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    # JSON is YAML.
    path.write_text(json.dumps(study, indent=1) + "\n", encoding="utf-8")
    return path


def checkout(folder: Path) -> Path:
    """What the workflow reads, in a folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("models", "workflows", "Snakefile"):
        if not (folder / name).exists():
            (folder / name).symlink_to(ROOT / name)
    return folder


def table(rows: Sequence[dict[str, Any]]) -> None:
    """Print rows as a table of Markdown."""
    columns = list(rows[0])
    print("| " + " | ".join(columns) + " |")
    print("|" + "---|" * len(columns))
    for row in rows:
        print("| " + " | ".join(str(row[column]) for column in columns) + " |", flush=True)


# -- plan ------------------------------------------------------------------------------------------------------------


def plan(options: argparse.Namespace, work: Path) -> None:
    """Listing a study and planning its jobs."""
    rows = []
    folder = checkout(work / "plan")
    for count in options.scenarios:
        study = write_study(folder, f"plan{count}", count)
        log = folder / f"plan{count}.log"
        dry = ["--cores", "1", "--config", f"study={study.relative_to(folder)}"]
        whole = run(snakemake(*dry, "--dry-run", "--quiet", "all"), folder, log)
        one = f"results/plan{count}/batches/00000.json"
        rows.append(
            {
                "scenarios": count,
                "gluteweak scenarios": run(gluteweak("scenarios", study, "--summary"), folder, log),
                "snakemake --dry-run, all jobs": whole,
                "one job's own look at the study": run(
                    snakemake(
                        *dry,
                        "--dry-run",
                        "--quiet",
                        "all",
                        "--target-jobs",
                        f"batch:study=plan{count},batch=00000",
                        "--",
                        one,
                    ),
                    folder,
                    log,
                ),
            }
        )
        print(rows[-1], flush=True)
    table(rows)


# -- solve -----------------------------------------------------------------------------------------------------------


def sweep_costs(folder: Path, name: str, probe: Path) -> dict[str, float]:
    """Processor seconds of a finished sweep by what they were spent on."""
    solved = list((folder / "results" / name / "scenarios").glob("*/solution.h5"))
    solving = 0.0
    for path in solved:
        with h5py.File(path) as file:
            solving += float(file.attrs["cpu_s"])
    seconds = {"solving": solving, "solver's process around it": -solving}
    peak = 0.0
    for path in probe.glob("*.json"):
        left = json.loads(path.read_text(encoding="utf-8"))
        kind = _kind(left)
        seconds[kind] = seconds.get(kind, 0.0) + left["cpu_s"]
        peak = max(peak, left["peak_mib"])
    return {"solved": float(len(solved)), "peak MiB": peak, **seconds}


def _kind(left: dict[str, Any]) -> str:
    words = left["command"]
    if left["snakemake"]:
        return "Snakemake"
    if words[0].endswith("worker.py"):
        return {"solve": "solver's process around it", "certify": "certificates"}.get(words[1], "outcomes")
    once = {"build-model", "problem", "healthy"}
    return "model, problem, healthy gait" if once & set(words[1:2]) else "jobs around their workers, and all else"


def solve(options: argparse.Namespace, work: Path) -> None:
    """Real sweeps."""
    rows = []
    for count in options.scenarios:
        for cores in options.cores:
            name = f"solve{count}_{cores}"
            folder = checkout(work / name)
            study = write_study(folder, name, count)
            probe = folder / "probe"
            probe.mkdir(exist_ok=True)
            words = ["--cores", str(cores), "--config", f"study={study.relative_to(folder)}", "--keep-going"]
            cost = run(
                snakemake(*words, "--rerun-incomplete", "--quiet", "all", "--", f"results/{name}/sweep.h5"),
                folder,
                folder / "log",
                PYTHONPATH=os.pathsep.join([str(PROBE), os.environ.get("PYTHONPATH", "")]),
                GLUTEWEAK_PROCESS_PROBE=str(probe),
            )
            spent = sweep_costs(folder, name, probe)
            rows.append({"scenarios": count, "cores": cores, "run": cost, **_rounded(spent)})
            print(rows[-1], flush=True)
    names = list(dict.fromkeys(key for row in rows for key in row))
    table([{name: row.get(name, 0) for name in names} for row in rows])


def _rounded(values: dict[str, float]) -> dict[str, str]:
    return {key: f"{value:.4g}" for key, value in values.items()}


# -- nodes -----------------------------------------------------------------------------------------------------------


@contextmanager
def slurm() -> Iterator[Path]:
    """A SLURM of two nodes on this machine (``tests/slurm``)."""
    cluster = Path(tempfile.mkdtemp(prefix="gw-slurm-"))
    try:
        with (cluster / "setup.txt").open("wb") as said:
            words = ["bash", SETUP_SLURM, "start", cluster, str(os.getpid())]
            if subprocess.run(words, stdin=subprocess.DEVNULL, stdout=said, stderr=said, check=False).returncode:
                raise SystemExit((cluster / "setup.txt").read_text(encoding="utf-8"))
        yield cluster
    finally:
        subprocess.run(["bash", SETUP_SLURM, "stop", cluster], check=True)
        shutil.rmtree(cluster, ignore_errors=True)


def nodes(options: argparse.Namespace, work: Path) -> None:
    """The same sweep on one node and on two, and on this machine's two cores without SLURM."""
    count, rows = options.scenarios[0], []
    with slurm() as cluster:
        for used in options.nodes:
            name = f"nodes{count}_{used}"
            folder = checkout(work / name)
            study = write_study(folder, name, count)
            path = f"{cluster / 'bin'}{os.pathsep}{os.environ['PATH']}"
            # A job of one core on each node, so that many jobs at a time use that many nodes.
            words = ["--profile", "workflows/profiles/slurm", "--jobs", str(used), "--slurm-no-account"]
            words += ["--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "2"]
            words += ["--config", f"study={study.relative_to(folder)}", f"batch_size={-(-count // 4)}"]
            cost = run(snakemake(*words, "--", f"results/{name}/sweep.h5"), folder, folder / "log", PATH=path)
            jobs = _job_seconds(path, name)
            rows.append({"scenarios": count, "nodes": used, "wall_s": f"{cost.wall_s:.0f}", **jobs})
            print(rows[-1], flush=True)
    table(rows)


def _job_seconds(path: str, name: str) -> dict[str, Any]:
    said = subprocess.run(
        ["squeue", "--noheader", "--states=all", "--Format=Comment:200,TimeUsed:20,NodeList:20,WorkDir:200"],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    seconds: dict[str, int] = {}
    for line in said.splitlines():
        if name not in line:
            continue
        what, used, node = line[:200].split("_wildcards")[0].strip(), line[200:220].strip(), line[220:240].strip()
        parts = [int(part) for part in used.replace("-", ":").split(":")]
        seconds[f"{what} on {node}"] = seconds.get(f"{what} on {node}", 0) + sum(
            part * 60**power for power, part in enumerate(reversed(parts))
        )
    return {"jobs, seconds": ", ".join(f"{key}: {value}" for key, value in sorted(seconds.items()))}


# -- after -----------------------------------------------------------------------------------------------------------


def multiply(study: Path, finished: Path, scenarios_dir: Path) -> None:
    """One folder a scenario with copies of real results, changed so that they pass for those of this scenario."""
    from gluteweak.batch import record
    from gluteweak.provenance import sha256_file
    from gluteweak.study import load_study

    real = sorted(path.parent for path in (finished / "scenarios").glob("*/outcomes.h5"))
    if not real:
        raise SystemExit(f"{finished} has no scenario with outcomes.h5: name the results folder of a finished study.")
    for number, scenario in enumerate(load_study(study, yes=True).scenarios()):
        folder = scenarios_dir / scenario.scenario_id
        if record.OUTCOMES.name in record.read(folder):
            continue
        folder.mkdir(parents=True, exist_ok=True)
        source = real[number % len(real)]
        for name in ("solution.sto", "ground_reaction.sto", "model.osim"):
            # No bytes of their own: nothing that is measured here reads more of them than their checksum.
            (folder / name).unlink(missing_ok=True)
            (folder / name).hardlink_to(source / name)
        shutil.copyfile(source / "solution.h5", folder / "solution.h5")
        with h5py.File(folder / "solution.h5", "r+") as file:
            file.attrs["scenario_id"] = scenario.scenario_id
            file.attrs["objective"] = 1.0
            due = [scenario.muscle_strength.get(muscle, 1.0) for muscle in file["muscle"].asstr()[:]]
            file["muscle_strength_fraction"][...] = due
        record.finish(folder, record.SOLVE, "synthetic", {})
        verdict = json.loads((source / "certificate.json").read_text(encoding="utf-8"))
        verdict["sha256"]["solution"] = sha256_file(folder / "solution.h5")
        (folder / "certificate.json").write_text(json.dumps(verdict), encoding="utf-8")
        record.finish(folder, record.CERTIFY, "synthetic", {})
        shutil.copyfile(source / "outcomes.h5", folder / "outcomes.h5")
        with h5py.File(folder / "outcomes.h5", "r+") as file:
            file.attrs["scenario_id"] = scenario.scenario_id
            file.attrs["certificate"] = json.dumps(verdict)
            file["strength_fraction"][...] = scenario.strength_fraction
        record.finish(folder, record.OUTCOMES, "synthetic", {})


def steps(study: Path, folder: Path, sweep: Path, *, with_files: bool) -> dict[str, list[str | Path]]:
    """Commands after the solving, by name."""
    scenarios, out = folder / "scenarios", folder / "out"
    named: dict[str, list[str | Path]] = {
        "table": gluteweak("table", "--study", study),
        "validate": gluteweak("validate", sweep, "--out-dir", out),
        "overview": gluteweak("figure", "overview", "--sweep", sweep, "--out-dir", out),
        "compare": gluteweak("compare", sweep, "--out-dir", out),
        "chain": gluteweak("chain", "--sweep", sweep, "--out-dir", out),
        "handout": gluteweak("handout", "--sweep", sweep, "--out", out / "handout.pdf"),
        "signs": gluteweak("signs", sweep, "--out-dir", out),
        "report": gluteweak("report", "--sweep", sweep, "--scenarios-dir", scenarios, "--out", out / "report.html"),
        "export": gluteweak("export", sweep, "--out", out / "sweep.csv"),
        "verify": gluteweak("verify", sweep),
    }
    if with_files:
        check = gluteweak("check", "--study", study, "--scenarios-dir", scenarios, "--sweep", sweep)
        named["check"] = [*check, "--out", out / "checks.txt"]
    return named


def after(options: argparse.Namespace, work: Path) -> None:
    """Everything after the solving, with synthetic outcomes."""
    columns: dict[int, dict[str, Any]] = {}
    for count in options.scenarios:
        name = f"after{count}"
        folder = work / name / "results" / name
        study, larger = write_study(work / name, name, count), write_study(work / name, f"{name}_more", count + ADDED)
        begun = time.perf_counter()
        multiply(study, options.finished, folder / "scenarios")
        print(f"{count} scenarios written in {time.perf_counter() - begun:.0f} s", flush=True)
        (folder / "out").mkdir(exist_ok=True)
        sweep, log = folder / "sweep.h5", folder / "log.txt"
        collect = ["--scenarios-dir", folder / "scenarios", "--out", sweep]
        commands = {
            "collect": gluteweak("collect", "--study", study, *collect),
            **steps(study, folder, sweep, with_files=True),
        }
        found = measure(commands, options.only, work / name, log)
        found.update(reading(sweep))
        if not options.only or "append" in options.only:
            # Strengths of the larger study lie between those of the smaller one: the smaller one's stay in the file.
            both = json.loads(study.read_text(encoding="utf-8"))
            for ours, more in zip(
                both["adaptation"], json.loads(larger.read_text(encoding="utf-8"))["adaptation"], strict=True
            ):
                new = [p for p in more["strength_percent"] if p not in set(ours["strength_percent"])]
                ours["strength_percent"] += new[: ADDED // 2]
            larger.write_text(json.dumps(both), encoding="utf-8")
            multiply(larger, options.finished, folder / "scenarios")
            append = gluteweak("collect", "--append", "--study", larger, *collect)
            found.update(measure({f"append {ADDED}": append}, [], work / name, log))
        columns[count] = found
        print(json.dumps({count: {key: str(value) for key, value in found.items()}}), flush=True)
    table(
        [
            {"step": step, **{f"{count} scenarios": columns[count].get(step, "") for count in columns}}
            for step in dict.fromkeys(step for found in columns.values() for step in found)
        ]
    )


def measure(commands: dict[str, list[str | Path]], only: Sequence[str], cwd: Path, log: Path) -> dict[str, Any]:
    """Costs by step; says each as it comes."""
    found: dict[str, Any] = {}
    for step, words in commands.items():
        if only and step not in only:
            continue
        found[step] = run(words, cwd, log)
        print(f"  {step}: {found[step]}", flush=True)
    return found


def reading(sweep: Path) -> dict[str, Any]:
    """Reading one outcome of all scenarios, and one scenario of all outcomes."""

    def timed(read: Callable[[h5py.File], object]) -> str:
        begun = time.perf_counter()
        with h5py.File(sweep) as file:
            read(file)
        return f"{time.perf_counter() - begun:.3g} s"

    with h5py.File(sweep) as file:
        rows = file["scenario_id"].shape[0]
    return {
        "kB a scenario": f"{sweep.stat().st_size / rows / 1000:.0f}",
        "read one scalar outcome of all": timed(lambda file: file["peak_hip_contact_force_bw"][()]),
        "read one curve of all": timed(lambda file: file["pelvic_drop_deg"][()]),
        "read all of one scenario": timed(lambda file: [d[0] for d in file.values() if d.shape and d.shape[0] == rows]),
    }


# -- huge ------------------------------------------------------------------------------------------------------------


def huge(options: argparse.Namespace, work: Path) -> None:
    """A sweep too large for memory, filled with the stored pieces of the sweep of ``after``."""
    count = options.scenarios[0]
    name = f"huge{count}"
    folder = work / name / "results" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "out").mkdir(exist_ok=True)
    study, sweep, log = write_study(work / name, name, count), folder / "sweep.h5", folder / "log.txt"
    if not sweep.exists():
        begun = time.perf_counter()
        tile(options.base, study, sweep)
        print(f"filled in {time.perf_counter() - begun:.0f} s, {sweep.stat().st_size / 1e9:.1f} GB", flush=True)
    found = measure(steps(study, folder, sweep, with_files=False), options.only, work / name, log)
    found.update(reading(sweep))
    if not options.only or "append" in options.only:
        more = write_study(work / name, f"{name}_more", count)
        content = json.loads(more.read_text(encoding="utf-8"))
        known = set(content["adaptation"][0]["strength_percent"])
        new = [p for i in range(10 * ADDED) if (p := round(50.0 + i * 0.00017, 5)) not in known][:ADDED]
        content["adaptation"][0]["strength_percent"] += new
        more.write_text(json.dumps(content), encoding="utf-8")
        from gluteweak.study import load_study

        only_new = folder / "scenarios"
        added = {s.scenario_id for s in load_study(more, yes=True).scenarios()} - {
            s.scenario_id for s in load_study(study, yes=True).scenarios()
        }
        small = write_study(work / name, f"{name}_added", 2)
        two = json.loads(small.read_text(encoding="utf-8"))
        two["adaptation"] = [{**content["adaptation"][0], "strength_percent": new}]
        small.write_text(json.dumps(two), encoding="utf-8")
        multiply(small, options.finished, only_new)
        assert added == {path.name for path in only_new.iterdir()}
        append = gluteweak("collect", "--append", "--study", more, "--scenarios-dir", only_new, "--out", sweep)
        found.update(measure({f"append {ADDED}": append}, [], work / name, log))
    table([{"step": step, f"{count} scenarios": value} for step, value in found.items()])


def tile(base: Path, study: Path, out: Path) -> None:
    """Make a sweep of the study from the compressed pieces of a smaller sweep, which is unpacked once at most."""
    from gluteweak.loads.commands import _described
    from gluteweak.storage import labels_sha256, write_study
    from gluteweak.study import load_study

    loaded = load_study(study, yes=True)
    scenarios = loaded.scenarios()
    described = {scenario.scenario_id: _described(scenario) for scenario in scenarios}
    names = list(described)
    temporary = out.with_suffix(".part")
    with h5py.File(base) as small, h5py.File(temporary, "w", libver=("v110", "v110")) as file:
        for name, dataset in small.items():
            if name != "study":
                _tile_one(file, name, dataset, len(names))
        columns = {key: [said[key] for said in described.values()] for key in next(iter(described.values()))}
        columns |= {"scenario": names, "scenario_id": names}
        columns["strength_fraction"] = [scenario.strength_fraction for scenario in scenarios]
        muscles = small["muscle"].asstr()[()]
        columns["muscle_strength_fraction"] = [
            [scenario.muscle_strength.get(muscle, 1.0) for muscle in muscles] for scenario in scenarios
        ]
        for name, column in columns.items():
            file[name][...] = column
        for name in ("scenario", "side", "gait_cycle_pct", "muscle"):
            file[name].make_scale(name)
        for dataset in file.values():
            for axis, dimension in enumerate([] if dataset.is_scale else dataset.attrs["dims"].split()):
                dataset.dims[axis].attach_scale(file[dimension])
        file.attrs.update(small.attrs)
        write_study(file, loaded.model_dump(mode="json"))
        file.attrs["labels_sha256"] = labels_sha256(file)
    temporary.replace(out)


def _tile_one(file: h5py.File, name: str, dataset: h5py.Dataset, count: int) -> None:
    from gluteweak.storage import rows_in_chunk

    if not dataset.maxshape or dataset.maxshape[0] is not None:
        made = file.create_dataset(name, data=dataset[()], dtype=dataset.dtype)
        for key in ("unit", "description", "sign", "dims"):
            made.attrs[key] = dataset.attrs[key]
        return
    # As a sweep of so many scenarios has them.
    rows = rows_in_chunk(count, int(np.prod(dataset.shape[1:], dtype=np.int64)))
    made = file.create_dataset(
        name,
        shape=(count, *dataset.shape[1:]),
        dtype=dataset.dtype,
        chunks=(rows, *dataset.shape[1:]),
        maxshape=dataset.maxshape,
        compression=dataset.compression,
        shuffle=dataset.shuffle,
        fletcher32=dataset.fletcher32,
    )
    for key in ("unit", "description", "sign", "dims"):
        made.attrs[key] = dataset.attrs[key]
    if dataset.compression is None:
        made[...] = np.resize(dataset[()], made.shape)
        return
    source, whole = dataset, dataset.shape[0] // rows
    if dataset.chunks[0] != rows or not whole:
        # Pieces of another size: one is made.
        made[:rows] = np.resize(dataset[()], (rows, *dataset.shape[1:]))
        file.flush()
        source, whole = made, 1
    rest = (0,) * (dataset.ndim - 1)
    for chunk in range(-(-count // rows)):
        mask, raw = source.id.read_direct_chunk(((chunk % whole) * rows, *rest))
        made.id.write_direct_chunk((chunk * rows, *rest), raw, mask)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, help="folder to work in and to keep (default: one that is taken away)")
    tables = parser.add_subparsers(required=True, metavar="TABLE")
    for function, counts in (
        (plan, [10, 100, 1000, 10000]),
        (solve, [10]),
        (nodes, [20]),
        (after, [10, 100, 1000]),
        (huge, [100000]),
    ):
        one = tables.add_parser(function.__name__, help=(function.__doc__ or "").rstrip("."))
        one.set_defaults(run=function)
        one.add_argument("--scenarios", type=int, nargs="+", default=counts)
        if function is solve:
            one.add_argument("--cores", type=int, nargs="+", default=[1, 2])
        if function is nodes:
            one.add_argument("--nodes", type=int, nargs="+", default=[1, 2])
        if function in {after, huge}:
            one.add_argument(
                "finished", type=Path, help="results folder of a finished study, for instance results/default"
            )
            one.add_argument("--only", nargs="+", default=[], help="steps to measure (default: all)")
        if function is huge:
            one.add_argument("--base", type=Path, required=True, help="sweep.h5 of a finished study or of `after`")
    options = parser.parse_args()
    if "finished" in options:
        options.finished = options.finished.resolve()
    if options.work is not None:
        options.work.mkdir(parents=True, exist_ok=True)
        options.run(options, options.work.resolve())
        return
    with tempfile.TemporaryDirectory() as work:
        options.run(options, Path(work))


if __name__ == "__main__":
    main()
