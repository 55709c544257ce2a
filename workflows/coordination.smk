"""What badly timed muscles change, for studies that have any."""

COORDINATION = (
    ["coordination_curves", "coordination_summary"]
    if any(scenario.coordination for scenario in SCENARIOS.values())
    else []
)


rule coordination_figures:
    """Draw curves over the stride by fault, and every outcome fault by fault."""
    input:
        "results/{study}/sweep.h5",
    output:
        expand("results/{{study}}/figures/{figure}.{suffix}", figure=COORDINATION, suffix=["pdf", "png", "txt"]),
        [
            report(
                f"results/{{study}}/figures/{figure}.svg", caption=f"captions/{figure}.rst", category="Coordination"
            )
            for figure in COORDINATION
        ],
    log:
        "results/{study}/logs/coordination_figures.log",
    threads: 1
    params:
        out_dir="results/{study}/figures",
        code=source_fingerprint("gluteweak.figures", "gluteweak.comparison", "gluteweak.parameters"),
    shell:
        "gluteweak coordination-figure --sweep {input:q} --out-dir {params.out_dir:q} --log {log:q}"
