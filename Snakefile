"""gluteweak's workflow: snakemake --config study=config/default.yaml (or `make sweep`)."""

from pathlib import Path

from snakemake.exceptions import WorkflowError

from gluteweak.batch.job import CERTIFY_SOURCES, SOLVE_SOURCES
from gluteweak.batch.manifest import times_failed
from gluteweak.batch.plan import batch_size, batches, blocks
from gluteweak.batch.run_lock import hold
from gluteweak.errors import InputError, folder_problem
from gluteweak.provenance import FUNCTION_SOURCES, OUTCOMES_SOURCES, WALKING_SOURCES, sha256_file, source_fingerprint
from gluteweak.skeleton.choice import posed_scenarios
from gluteweak.study import load_study, walker_files

STUDY_FILE = config.get("study", "config/default.yaml")
try:
    # A study of more than 100 000 scenarios wants `--config yes=true` too.
    STUDY = load_study(Path(STUDY_FILE), yes=str(config.get("yes", "")).lower() in {"true", "1", "yes"})
except InputError as error:
    raise WorkflowError(str(error)) from None
if workflow.is_main_process:
    hold(STUDY.name)
SCENARIOS = {scenario.scenario_id: scenario for scenario in STUDY.scenarios()}
# Bodies to show: what a page can hold; of larger studies the healthy walks and an even choice of the others.
POSED = posed_scenarios({name: scenario.role for name, scenario in SCENARIOS.items()})
BATCH_SIZE = int(config.get("batch_size") or batch_size(len(SCENARIOS)))
BATCHES = {
    batch.name: batch
    for batch in batches([scenario.model_dump(mode="json") for scenario in SCENARIOS.values()], BATCH_SIZE)
}
BLOCKS = blocks(BATCHES.values())
# All scenarios solved and certified, and all outcomes there: what later rules wait for.
CERTIFIED = [*expand("results/{{study}}/batches/{batch}.json", batch=BATCHES), "results/{study}/settled.json"]
OUTCOMES = expand("results/{{study}}/outcomes/{block}.json", block=BLOCKS)
WHAT_IF = list(STUDY.what_if_motions())
FIXED_GAIT = [run["scenario_id"] for run in STUDY.fixed_gait_runs()]


onstart:
    # Only where there is something to do: a finished study on a read-only disk is as good as any.
    refused = folder_problem(Path("results") / STUDY.name) if workflow.is_main_process else None
    if refused is not None:
        raise WorkflowError(f"gluteweak: {refused}")


wildcard_constraints:
    study=STUDY.name,
    scenario="[A-Za-z0-9_-]+",
    batch="[0-9]+",
    block="[0-9]+",
    motion="what_if-[A-Za-z0-9_-]+",


def batch_minutes(wildcards, attempt):
    """Wall time to ask a cluster for: a minute a scenario is ample, and a second attempt gets twice as much."""
    return attempt * (15 + len(BATCHES[wildcards.batch].scenarios))


include: "workflows/simulate.smk"
include: "workflows/settle.smk"
include: "workflows/analyse.smk"
include: "workflows/figures.smk"
include: "workflows/checks.smk"
include: "workflows/what_if.smk"
include: "workflows/sensitivity.smk"
include: "workflows/signs.smk"
include: "workflows/walker.smk"
include: "workflows/compare.smk"
include: "workflows/treatments.smk"
include: "workflows/coordination.smk"


rule all:
    """Everything that a study promises, checked."""
    default_target: True
    input:
        expand("results/{study}/sweep.h5", study=STUDY.name),
        expand("results/{study}/checks.txt", study=STUDY.name),
        expand("results/{study}/validation.{suffix}", study=STUDY.name, suffix=["txt", "json"]),
        expand("results/{study}/poses.json", study=STUDY.name),
        expand("results/{study}/report.html", study=STUDY.name),
        expand("results/{study}/{name}", study=STUDY.name, name=FOUND),
        expand("results/{study}/{table}.{suffix}", study=STUDY.name, table=TREATMENTS, suffix=["txt", "csv"]),
        expand("results/{study}/figures/walking.{suffix}", study=STUDY.name, suffix=["png", "svg", "txt"]),
        expand("results/{study}/figures/overview.{suffix}", study=STUDY.name, suffix=["png", "svg", "txt"]),
        expand(
            "results/{study}/figures/comparison.{suffix}",
            study=STUDY.name,
            suffix=["csv", "md", "tex"] * bool(COMPARISONS),
        ),
        expand(
            "results/{study}/figures/{figure}.{suffix}",
            study=STUDY.name,
            figure=[*COMPARISONS, *CHAIN, *TREATMENTS, *COORDINATION],
            suffix=VECTORS,
        ),
        expand("results/{study}/handout-{language}.pdf", study=STUDY.name, language=HANDOUTS),
