"""After all batches: costs that rise with strength, in any of them, are no results yet."""


rule settle:
    """Solve again what a cheaper, nowhere stronger scenario proves to be a bad local minimum; most often nothing.

    Files of scenarios change, and their records with them: what comes later waits for this rule.
    """
    input:
        study=ancient(STUDY_FILE),
        model="results/{study}/model.osim",
        plant="results/{study}/plant.h5",
        healthy="results/{study}/healthy_gait.h5",
        problem="results/{study}/problem.casadi",
        batches=expand("results/{{study}}/batches/{batch}.json", batch=BATCHES),
    output:
        "results/{study}/settled.json",
    log:
        "results/{study}/logs/settle.log",
    threads: 1
    resources:
        mem_mb=2000,
    params:
        scenarios_dir="results/{study}/scenarios",
        speeds_dir="results/{study}/speeds",
        logs_dir="results/{study}/logs",
        failures=lambda wildcards: times_failed(Path(f"results/{wildcards.study}/settled.json")),
        code=source_fingerprint("gluteweak.nested"),
    shell:
        "gluteweak settle --study {input.study:q} --batches {input.batches:q}"
        " --model {input.model:q} --plant {input.plant:q} --healthy {input.healthy:q} --problem {input.problem:q}"
        " --speeds-dir {params.speeds_dir:q} --scenarios-dir {params.scenarios_dir:q} --logs-dir {params.logs_dir:q}"
        " --threads {threads} --keep-going --out {output:q} --log {log:q}"
