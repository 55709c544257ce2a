"""From motions to curves and numbers."""


rule outcomes:
    """Turn all motions into curves over the gait cycle, in one process: compiling the kernels takes 4 s, using them
    0.1 s for each scenario."""
    input:
        study=ancient(STUDY_FILE),
        plant="results/{study}/plant.h5",
        solutions=expand("results/{{study}}/scenarios/{scenario}/solution.h5", scenario=SCENARIOS),
        certificates=expand("results/{{study}}/scenarios/{scenario}/certificate.json", scenario=SCENARIOS),
    output:
        expand("results/{{study}}/scenarios/{scenario}/outcomes.h5", scenario=SCENARIOS),
    log:
        "results/{study}/logs/outcomes.log",
    threads: 1
    params:
        scenarios_dir="results/{study}/scenarios",
        code=source_fingerprint("gluteweak.loads", "gluteweak.parameters", "gluteweak.variables"),
    shell:
        "gluteweak outcomes --study {input.study:q} --plant {input.plant:q} --scenarios-dir {params.scenarios_dir:q}"
        " --log {log:q}"


rule collect:
    """Stack all scenarios of the study."""
    input:
        study=ancient(STUDY_FILE),
        outcomes=expand("results/{{study}}/scenarios/{scenario}/outcomes.h5", scenario=SCENARIOS),
    output:
        "results/{study}/sweep.h5",
    log:
        "results/{study}/logs/collect.log",
    threads: 1
    params:
        study=STUDY.model_dump_json(),
        scenarios_dir="results/{study}/scenarios",
        code=source_fingerprint("gluteweak.loads", "gluteweak.study", "gluteweak.variables"),
    shell:
        "gluteweak collect --study {input.study:q} --scenarios-dir {params.scenarios_dir:q} --out {output:q}"
        " --log {log:q}"
