"""The walker in pictures: bones and muscles in motion."""

from gluteweak.provenance import package_versions


def bone_meshes():
    """Which bones pictures are drawn with: they are drawn again when the meshes come or go."""
    return package_versions(("musclemimic-models",))["musclemimic-models"]


def sensitivity_checksums(wildcards):
    """Checksums of what 'snakemake sensitivity' has made, if it has."""
    made = [Path(f"results/{wildcards.study}/scenarios/{name}/sensitivity.h5") for name in SCENARIOS]
    return [sha256_file(path) for path in made if path.is_file()]


rule poses:
    """Place bones, joints and muscle paths by OpenSim, in one process: opening the model takes longer than posing it.

    Each ``poses.h5`` lies in its scenario's folder; scenarios that failed have none.
    """
    input:
        model="results/{study}/model.osim",
        batches=CERTIFIED,
    output:
        "results/{study}/poses.json",
    log:
        "results/{study}/logs/poses.log",
    threads: 1
    params:
        scenarios_dir="results/{study}/scenarios",
        scenarios=POSED,
        code=source_fingerprint("gluteweak.opensim_model.poses", "gluteweak.opensim_model.replay"),
    shell:
        "gluteweak poses --model {input.model:q} --scenarios-dir {params.scenarios_dir:q}"
        " --scenario {params.scenarios:q} --batches {input.batches:q} --out {output:q} --log {log:q}"


rule walking:
    """Draw the walking figure: posed bones, healthy and weak side by side."""
    input:
        sweep="results/{study}/sweep.h5",
        poses="results/{study}/poses.json",
    output:
        report("results/{study}/figures/walking.png", caption="captions/walking.rst", category="Walking"),
        "results/{study}/figures/walking.svg",
        "results/{study}/figures/walking.txt",
    log:
        "results/{study}/logs/walking.log",
    threads: 1
    params:
        scenarios_dir="results/{study}/scenarios",
        out_dir="results/{study}/figures",
        meshes=bone_meshes(),
        code=source_fingerprint("gluteweak.figures", "gluteweak.skeleton"),
    shell:
        "gluteweak walking --sweep {input.sweep:q} --scenarios-dir {params.scenarios_dir:q} --out-dir {params.out_dir:q}"
        " --log {log:q}"


rule animation:
    """Film healthy and weak walking in step: `make animation`."""
    input:
        sweep="results/{study}/sweep.h5",
        poses="results/{study}/poses.json",
    output:
        "results/{study}/figures/walking.mp4",
        "results/{study}/figures/walking.gif",
    log:
        "results/{study}/logs/animation.log",
    threads: 1
    params:
        scenarios_dir="results/{study}/scenarios",
        out_dir="results/{study}/figures",
        meshes=bone_meshes(),
        code=source_fingerprint("gluteweak.figures", "gluteweak.skeleton"),
    shell:
        "gluteweak animate --sweep {input.sweep:q} --scenarios-dir {params.scenarios_dir:q} --out-dir {params.out_dir:q}"
        " --log {log:q}"


rule report:
    """Make the interactive report: one file that works offline, with the walker, curves, chain and checks."""
    input:
        sweep="results/{study}/sweep.h5",
        poses="results/{study}/poses.json",
        batches=CERTIFIED,
        validation="results/{study}/validation.json",
    output:
        "results/{study}/report.html",
    log:
        "results/{study}/logs/report.log",
    threads: 1
    params:
        scenarios_dir="results/{study}/scenarios",
        meshes=bone_meshes(),
        # Shown where 'snakemake sensitivity' has made them.
        sensitivity=sensitivity_checksums,
        code=source_fingerprint("gluteweak.report", "gluteweak.skeleton", "gluteweak.comparison"),
    shell:
        "gluteweak report --sweep {input.sweep:q} --scenarios-dir {params.scenarios_dir:q}"
        " --validation {input.validation:q} --out {output:q} --log {log:q} > /dev/null"


rule films:
    """The film of this study."""
    input:
        expand("results/{study}/figures/walking.{suffix}", study=STUDY.name, suffix=["mp4", "gif"]),
