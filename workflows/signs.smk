"""What each walk shows: the compensation that was found, and signs of hip-driven knee trouble. Part of `rule all`."""

FOUND = ["compensation.txt", "compensation.json", "signs.txt", "signs.json"]


rule compensation:
    """Name the compensation of every scenario."""
    input:
        "results/{study}/sweep.h5",
    output:
        "results/{study}/compensation.txt",
        "results/{study}/compensation.json",
    log:
        "results/{study}/logs/compensation.log",
    threads: 1
    params:
        out_dir="results/{study}",
        code=source_fingerprint("gluteweak.comparison", "gluteweak.parameters"),
    shell:
        "gluteweak compensation {input:q} --out-dir {params.out_dir:q} --log {log:q} > /dev/null"


rule signs_checklist:
    """Check every scenario for signs of hip-driven knee trouble."""
    input:
        "results/{study}/sweep.h5",
    output:
        "results/{study}/signs.txt",
        "results/{study}/signs.json",
    log:
        "results/{study}/logs/signs.log",
    threads: 1
    params:
        out_dir="results/{study}",
        code=source_fingerprint("gluteweak.comparison", "gluteweak.parameters"),
    shell:
        "gluteweak signs {input:q} --out-dir {params.out_dir:q} --log {log:q} > /dev/null"


rule signs:
    """Everything of this file."""
    input:
        expand("results/{study}/{name}", study=STUDY.name, name=FOUND),
