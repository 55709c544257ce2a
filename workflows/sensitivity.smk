"""Which muscle matters most for which outcome, for every scenario: `snakemake sensitivity`. Not part of `rule all`."""


rule motion_sensitivity:
    """Differentiate a solved motion by the strength of every muscle; large, and kept only until it is used."""
    input:
        study=ancient(STUDY_FILE),
        plant="results/{study}/plant.h5",
        healthy=healthy_of,
        problem="results/{study}/problem.casadi",
        batches=CERTIFIED,
    output:
        temp("results/{study}/scenarios/{scenario}/motion_sensitivity.h5"),
    log:
        "results/{study}/logs/sensitivity/{scenario}.log",
    threads: 1
    params:
        solution="results/{study}/scenarios/{scenario}/solution.h5",
        code=source_fingerprint(*WALKING_SOURCES),
    shell:
        "gluteweak motion-sensitivity --study {input.study:q} --scenario {wildcards.scenario:q} --plant {input.plant:q}"
        " --healthy {input.healthy:q} --problem {input.problem:q} --solution {params.solution:q} --out {output:q}"
        " --log {log:q}"


rule outcome_sensitivity:
    """Turn the derivatives of a motion into those of its outcomes; one scenario a job, so that no disk fills up."""
    input:
        study=ancient(STUDY_FILE),
        plant="results/{study}/plant.h5",
        batches=CERTIFIED,
        motion="results/{study}/scenarios/{scenario}/motion_sensitivity.h5",
    output:
        "results/{study}/scenarios/{scenario}/sensitivity.h5",
    log:
        "results/{study}/logs/sensitivity/{scenario}.outcomes.log",
    # Before the next motion is differentiated: the large file goes at once.
    priority: 1
    threads: 1
    params:
        scenarios_dir="results/{study}/scenarios",
        code=source_fingerprint("gluteweak.loads", "gluteweak.parameters", "gluteweak.variables"),
    shell:
        "gluteweak sensitivity --study {input.study:q} --plant {input.plant:q} --scenarios-dir {params.scenarios_dir:q}"
        " --scenario {wildcards.scenario:q} --log {log:q}"


rule sensitivity_figure:
    """Draw ranked bars for one scenario, with the caption beside them."""
    input:
        "results/{study}/scenarios/{scenario}/sensitivity.h5",
    output:
        "results/{study}/figures/sensitivity/{scenario}.png",
        "results/{study}/figures/sensitivity/{scenario}.svg",
        "results/{study}/figures/sensitivity/{scenario}.txt",
    log:
        "results/{study}/logs/sensitivity_figure/{scenario}.log",
    threads: 1
    params:
        out_dir="results/{study}/figures/sensitivity",
        code=source_fingerprint("gluteweak.figures"),
    shell:
        "gluteweak sensitivity-figure --sensitivity {input:q} --out-dir {params.out_dir:q}"
        " --name {wildcards.scenario:q} --log {log:q}"


rule sensitivity:
    """Everything of this file."""
    input:
        expand(
            "results/{study}/figures/sensitivity/{scenario}.{suffix}",
            study=STUDY.name,
            scenario=SCENARIOS,
            suffix=["png", "svg", "txt"],
        ),
