"""From a walker's tables to the motion of every scenario."""


rule model:
    """Build the healthy model, as OpenSim reads it and as plain arrays."""
    input:
        tables=walker_files(STUDY.model),
    output:
        model="results/{study}/model.osim",
        plant="results/{study}/plant.h5",
    log:
        "results/{study}/logs/model.log",
    threads: 1
    params:
        name=STUDY.model,
        calibration=STUDY.calibration,
        code=source_fingerprint("gluteweak.opensim_model", "gluteweak.walker_tables", "gluteweak.plant"),
    shell:
        "gluteweak build-model {params.name:q} --calibration {params.calibration:q}"
        " --out {output.model:q} --plant {output.plant:q} --log {log:q}"


rule problem:
    """Build the equations once; strength, weights and mesh enter later."""
    input:
        "results/{study}/plant.h5",
    output:
        "results/{study}/problem.casadi",
    log:
        "results/{study}/logs/problem.log",
    threads: 1
    params:
        code=source_fingerprint(*FUNCTION_SOURCES),
    shell:
        "gluteweak problem --plant {input:q} --out {output:q} --log {log:q}"


rule healthy:
    """Settle the walker's reference gait on this study's model and mesh: where every scenario starts."""
    input:
        study=ancient(STUDY_FILE),
        plant="results/{study}/plant.h5",
        reference=f"models/{STUDY.model}/reference_gait.h5",
        problem="results/{study}/problem.casadi",
    output:
        "results/{study}/healthy_gait.h5",
    log:
        "results/{study}/logs/healthy.log",
    threads: 1
    params:
        simulation=STUDY.simulation.model_dump_json(),
        code=source_fingerprint(*WALKING_SOURCES),
    shell:
        "gluteweak healthy --study {input.study:q} --plant {input.plant:q} --reference {input.reference:q}"
        " --problem {input.problem:q} --out {output:q} --log {log:q}"


def healthy_of(wildcards):
    """The healthy gait that a scenario deviates from: the study's, or that of the scenario's own speed."""
    speed = getattr(SCENARIOS[wildcards.scenario], "speed_m_s", None)
    if speed is None:
        return f"results/{wildcards.study}/healthy_gait.h5"
    return f"results/{wildcards.study}/speeds/healthy_{speed:g}_m_s.h5"


def healthy_gaits_of(wildcards):
    """The healthy gaits that scenarios of a batch deviate from: the study's, and those of the scenarios' own speeds."""
    speeds = {scenario.get("speed_m_s") for scenario in BATCHES[wildcards.batch].scenarios} - {None}
    return [f"results/{wildcards.study}/speeds/healthy_{speed:g}_m_s.h5" for speed in sorted(speeds)]


rule healthy_at_speed:
    """Carry the healthy gait to another walking speed: where the scenarios of that speed start."""
    input:
        study=ancient(STUDY_FILE),
        plant="results/{study}/plant.h5",
        healthy="results/{study}/healthy_gait.h5",
        problem="results/{study}/problem.casadi",
    output:
        "results/{study}/speeds/healthy_{speed}_m_s.h5",
    log:
        "results/{study}/logs/speeds/healthy_{speed}_m_s.log",
    wildcard_constraints:
        speed=r"[0-9.]+",
    threads: 1
    params:
        simulation=STUDY.simulation.model_dump_json(),
        code=source_fingerprint(*WALKING_SOURCES),
    shell:
        "gluteweak healthy-at-speed --study {input.study:q} --plant {input.plant:q} --healthy {input.healthy:q}"
        " --problem {input.problem:q} --speed-m-s {wildcards.speed:q} --out {output:q} --log {log:q}"


rule batch:
    """Solve and certify some scenarios, chains by strength; prints a line for each.

    Files of scenarios are no outputs of Snakemake, which would delete those of a whole batch when one fails. Each
    scenario's record.json says what its files were made from, so that a batch solves only what is missing, damaged or
    due anew. That happens when one of these parameters changes. Scenarios that fail are listed in the output, the others
    are used, and the check at the end fails; they are tried again when the study is run again.
    """
    input:
        study=ancient(STUDY_FILE),
        model="results/{study}/model.osim",
        plant="results/{study}/plant.h5",
        healthy="results/{study}/healthy_gait.h5",
        at_speeds=healthy_gaits_of,
        problem="results/{study}/problem.casadi",
    output:
        "results/{study}/batches/{batch}.json",
    log:
        "results/{study}/logs/batch/{batch}.log",
    threads: 1
    resources:
        mem_mb=2000,
        runtime=batch_minutes,
    params:
        scenarios=lambda wildcards: BATCHES[wildcards.batch].checksum,
        simulation=STUDY.simulation.model_dump_json(),
        certificate=STUDY.certificate.model_dump_json(),
        size=BATCH_SIZE,
        scenarios_dir="results/{study}/scenarios",
        speeds_dir="results/{study}/speeds",
        logs_dir="results/{study}/logs",
        failures=lambda wildcards: times_failed(Path(f"results/{wildcards.study}/batches/{wildcards.batch}.json")),
        code=source_fingerprint(*SOLVE_SOURCES, *CERTIFY_SOURCES),
    shell:
        "gluteweak batch --study {input.study:q} --name {wildcards.batch:q} --size {params.size:q}"
        " --model {input.model:q} --plant {input.plant:q} --healthy {input.healthy:q} --problem {input.problem:q}"
        " --speeds-dir {params.speeds_dir:q} --scenarios-dir {params.scenarios_dir:q} --logs-dir {params.logs_dir:q}"
        " --threads {threads} --keep-going"
        " --out {output:q} --log {log:q}"
