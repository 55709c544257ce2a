"""From motions to curves and numbers."""


rule outcomes:
    """Turn motions into curves over the gait cycle, many in one process: compiling the kernels takes 4 s, using them
    0.1 s for each scenario."""
    input:
        plant="results/{study}/plant.h5",
        batches=lambda wildcards: expand(
            "results/{study}/batches/{batch}.json", study=wildcards.study, batch=BLOCKS[wildcards.block]
        ),
        settled="results/{study}/settled.json",
    output:
        "results/{study}/outcomes/{block}.json",
    log:
        "results/{study}/logs/outcomes/{block}.log",
    threads: 1
    params:
        scenarios_dir="results/{study}/scenarios",
        logs_dir="results/{study}/logs",
        failures=lambda wildcards: times_failed(Path(f"results/{wildcards.study}/outcomes/{wildcards.block}.json")),
        code=source_fingerprint(*OUTCOMES_SOURCES),
    shell:
        "gluteweak outcomes --plant {input.plant:q} --batches {input.batches:q} --settled {input.settled:q}"
        " --scenarios-dir {params.scenarios_dir:q} --logs-dir {params.logs_dir:q} --threads {threads} --keep-going"
        " --out {output:q} --log {log:q}"


rule collect:
    """Stack all scenarios of the study that are finished, and name those that failed; to a large sweep that still holds,
    new scenarios are added, which costs what they cost and not what is there."""
    input:
        study=ancient(STUDY_FILE),
        outcomes=OUTCOMES,
    output:
        update("results/{study}/sweep.h5"),
    log:
        "results/{study}/logs/collect.log",
    threads: 1
    params:
        study=STUDY.checksum,
        scenarios_dir="results/{study}/scenarios",
        code=source_fingerprint("gluteweak.loads", "gluteweak.study", "gluteweak.variables"),
    shell:
        "gluteweak collect --study {input.study:q} --scenarios-dir {params.scenarios_dir:q}"
        " --finished {input.outcomes:q} --update --out {output:q} --log {log:q}"
