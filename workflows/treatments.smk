"""Treatments beside the untreated and the healthy walker, for studies that have any."""

TREATMENTS = ["treatments"] if any(scenario.role == "treated" for scenario in SCENARIOS.values()) else []


rule treatments:
    """Say what each treatment changed at each link of the chain, per step and per day."""
    input:
        "results/{study}/sweep.h5",
    output:
        "results/{study}/treatments.txt",
        "results/{study}/treatments.csv",
    log:
        "results/{study}/logs/treatments.log",
    threads: 1
    params:
        out_dir="results/{study}",
        code=source_fingerprint("gluteweak.comparison", "gluteweak.parameters"),
    shell:
        "gluteweak treatments --sweep {input:q} --out-dir {params.out_dir:q} --log {log:q} > /dev/null"


rule treatment_figure:
    """Draw the table of treatments."""
    input:
        "results/{study}/sweep.h5",
    output:
        expand("results/{{study}}/figures/treatments.{suffix}", suffix=["pdf", "png", "txt"]),
        report("results/{study}/figures/treatments.svg", caption="captions/treatments.rst", category="Treatment"),
    log:
        "results/{study}/logs/treatment_figure.log",
    threads: 1
    params:
        out_dir="results/{study}/figures",
        code=source_fingerprint("gluteweak.figures", "gluteweak.comparison", "gluteweak.parameters"),
    shell:
        "gluteweak treatment-figure --sweep {input:q} --out-dir {params.out_dir:q} --log {log:q}"
