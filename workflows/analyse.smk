"""From motions to curves and numbers."""


rule outcomes:
    """Turn one certified motion into curves over the gait cycle; prints the scenario's line of progress."""
    input:
        plant="results/{study}/plant.h5",
        solution="results/{study}/scenarios/{scenario}/solution.h5",
        certificate="results/{study}/scenarios/{scenario}/certificate.json",
    output:
        "results/{study}/scenarios/{scenario}/outcomes.h5",
    log:
        "results/{study}/logs/outcomes/{scenario}.log",
    priority: 2
    threads: 1
    params:
        code=source_fingerprint("gluteweak.loads", "gluteweak.parameters", "gluteweak.variables"),
    shell:
        "gluteweak outcomes --plant {input.plant:q} --solution {input.solution:q} --certificate {input.certificate:q}"
        " --out {output:q} --log {log:q}"


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
