"""A batch without a walker: small files stand for the study's, `stand_in_worker` for its work."""

import sys
from pathlib import Path

from gluteweak.batch import driver, record
from gluteweak.batch.job import Job

WORKER = (sys.executable, str(Path(__file__).with_name("stand_in_worker.py")))


def scenario(name, fraction=0.5, **more):
    return {
        "scenario_id": name,
        "strength_fraction": fraction,
        "muscle_strength": {"glmed1_r": fraction},
        "adaptation_name": "re_optimised",
        **more,
    }


def job_in(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("plant.h5", "healthy_gait.h5", "problem.casadi", "model.osim"):
        (folder / name).write_text(name, encoding="utf-8")
    return Job(
        plant=folder / "plant.h5",
        scenarios_dir=folder / "scenarios",
        logs_dir=folder / "logs",
        healthy=folder / "healthy_gait.h5",
        problem=folder / "problem.casadi",
        model=folder / "model.osim",
        settings={"tolerance": 1e-6},
        largest_missing_pct=0.5,
    )


def run(job, scenarios, stages=(record.SOLVE, record.CERTIFY), **options):
    """Run a batch; returns its result and what it said."""
    said = []
    result = driver.run(job, scenarios, stages, said.append, line=lambda folder: folder.name, worker=WORKER, **options)
    return result, said
