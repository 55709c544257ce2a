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
