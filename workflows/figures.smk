"""From the sweep to pictures."""


rule overview:
    """Draw curves over the gait cycle, one colour for each strength, with the caption beside them."""
    input:
        "results/{study}/sweep.h5",
    output:
        "results/{study}/figures/overview.png",
        report("results/{study}/figures/overview.svg", caption="captions/overview.rst", category="Overview"),
        "results/{study}/figures/overview.txt",
    log:
        "results/{study}/logs/overview.log",
    threads: 1
    params:
        out_dir="results/{study}/figures",
        code=source_fingerprint("gluteweak.figures"),
    shell:
        "gluteweak figure overview --sweep {input:q} --out-dir {params.out_dir:q} --log {log:q}"
