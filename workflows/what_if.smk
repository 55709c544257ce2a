"""One link of the chain at a time: imposed postures, and weakness in an unchanged gait. Not part of `rule all`."""


rule what_if_motion:
    """Impose one change on the healthy gait and solve for everything else."""
    input:
        study=ancient(STUDY_FILE),
        plant="results/{study}/plant.h5",
        healthy="results/{study}/healthy_gait.h5",
        problem="results/{study}/problem.casadi",
    output:
        "results/{study}/what_if/{motion}/solution.h5",
        "results/{study}/what_if/{motion}/solution.sto",
        "results/{study}/what_if/{motion}/ground_reaction.sto",
    log:
        "results/{study}/logs/what_if/{motion}.log",
    threads: 1
    params:
        posture_habit=STUDY.what_if.posture_habit,
        simulation=STUDY.simulation.model_dump_json(),
        out_dir="results/{study}/what_if/{motion}",
        code=source_fingerprint(*WALKING_SOURCES, "gluteweak.imposed_motion"),
    shell:
        "gluteweak what-if --study {input.study:q} --motion {wildcards.motion:q} --plant {input.plant:q}"
        " --healthy {input.healthy:q} --problem {input.problem:q} --out-dir {params.out_dir:q} --log {log:q}"


rule certify_what_if:
    """Replay the imposed motion in OpenSim; prints its line of progress."""
    input:
        study=ancient(STUDY_FILE),
        model="results/{study}/model.osim",
        plant="results/{study}/plant.h5",
        solution="results/{study}/what_if/{motion}/solution.h5",
    output:
        model="results/{study}/what_if/{motion}/model.osim",
        certificate="results/{study}/what_if/{motion}/certificate.json",
    log:
        "results/{study}/logs/what_if/{motion}.certify.log",
    priority: 1
    threads: 1
    params:
        certificate=STUDY.certificate.model_dump_json(),
        code=source_fingerprint("gluteweak.opensim_model", "gluteweak.plant", "gluteweak.storage"),
    shell:
        "gluteweak certify --study {input.study:q} --model {input.model:q} --plant {input.plant:q}"
        " --solution {input.solution:q} --out-model {output.model:q} --out-certificate {output.certificate:q}"
        " --log {log:q}"


rule what_if_outcomes:
    """Turn the imposed motions into curves over the gait cycle."""
    input:
        study=ancient(STUDY_FILE),
        plant="results/{study}/plant.h5",
        solutions=expand("results/{{study}}/what_if/{motion}/solution.h5", motion=WHAT_IF),
        certificates=expand("results/{{study}}/what_if/{motion}/certificate.json", motion=WHAT_IF),
    output:
        expand("results/{{study}}/what_if/{motion}/outcomes.h5", motion=WHAT_IF),
    log:
        "results/{study}/logs/what_if_outcomes.log",
    threads: 1
    params:
        folder="results/{study}/what_if",
        code=source_fingerprint("gluteweak.loads", "gluteweak.parameters", "gluteweak.variables"),
    shell:
        "gluteweak outcomes --study {input.study:q} --plant {input.plant:q} --scenarios-dir {params.folder:q}"
        " --kind what-if --log {log:q}"


rule what_if_collect:
    """Stack all imposed motions."""
    input:
        study=ancient(STUDY_FILE),
        outcomes=expand("results/{{study}}/what_if/{motion}/outcomes.h5", motion=WHAT_IF),
    output:
        "results/{study}/what_if.h5",
    log:
        "results/{study}/logs/what_if_collect.log",
    threads: 1
    params:
        study=STUDY.checksum,
        folder="results/{study}/what_if",
        code=source_fingerprint("gluteweak.loads", "gluteweak.study", "gluteweak.variables"),
    shell:
        "gluteweak collect --study {input.study:q} --scenarios-dir {params.folder:q} --kind what-if"
        " --out {output:q} --log {log:q}"


rule what_if_table:
    """Compare every imposed motion with the healthy gait, link by link, as a table and as a figure."""
    input:
        study=ancient(STUDY_FILE),
        outcomes=expand("results/{{study}}/what_if/{motion}/outcomes.h5", motion=WHAT_IF),
    output:
        table="results/{study}/what_if.csv",
        figures=expand("results/{{study}}/figures/what_if.{suffix}", suffix=["png", "svg", "txt"]),
    log:
        "results/{study}/logs/what_if_table.log",
    threads: 1
    params:
        folder="results/{study}/what_if",
        figure_dir="results/{study}/figures",
        code=source_fingerprint("gluteweak.what_if_table", "gluteweak.figures"),
    shell:
        "gluteweak what-if-table --study {input.study:q} --scenarios-dir {params.folder:q} --out {output.table:q}"
        " --figure-dir {params.figure_dir:q} --log {log:q}"


rule fixed_gait:
    """Keep the healthy motion while strength falls: all strengths of the study, in one process."""
    input:
        study=ancient(STUDY_FILE),
        plant="results/{study}/plant.h5",
        healthy="results/{study}/healthy_gait.h5",
        problem="results/{study}/problem.casadi",
    output:
        solutions=expand("results/{{study}}/fixed_gait/{run}/solution.h5", run=FIXED_GAIT),
        certificates=expand("results/{{study}}/fixed_gait/{run}/certificate.json", run=FIXED_GAIT),
        tables=expand("results/{{study}}/fixed_gait/{table}.csv", table=["fixed_gait", "fixed_gait_muscles"]),
    log:
        "results/{study}/logs/fixed_gait.log",
    threads: 1
    params:
        runs=STUDY.fixed_gait_runs(),
        out_dir="results/{study}/fixed_gait",
        code=source_fingerprint(*WALKING_SOURCES, "gluteweak.fixed_gait_table"),
    shell:
        "gluteweak fixed-gait --study {input.study:q} --plant {input.plant:q} --healthy {input.healthy:q}"
        " --problem {input.problem:q} --out-dir {params.out_dir:q} --log {log:q}"


rule fixed_gait_outcomes:
    """Joint loads of the held gait."""
    input:
        study=ancient(STUDY_FILE),
        plant="results/{study}/plant.h5",
        solutions=expand("results/{{study}}/fixed_gait/{run}/solution.h5", run=FIXED_GAIT),
        certificates=expand("results/{{study}}/fixed_gait/{run}/certificate.json", run=FIXED_GAIT),
    output:
        expand("results/{{study}}/fixed_gait/{run}/outcomes.h5", run=FIXED_GAIT),
    log:
        "results/{study}/logs/fixed_gait_outcomes.log",
    threads: 1
    params:
        folder="results/{study}/fixed_gait",
        code=source_fingerprint("gluteweak.loads", "gluteweak.parameters", "gluteweak.variables"),
    shell:
        "gluteweak outcomes --study {input.study:q} --plant {input.plant:q} --scenarios-dir {params.folder:q}"
        " --kind fixed-gait --log {log:q}"


rule fixed_gait_collect:
    """Stack the held gait at all strengths."""
    input:
        study=ancient(STUDY_FILE),
        outcomes=expand("results/{{study}}/fixed_gait/{run}/outcomes.h5", run=FIXED_GAIT),
    output:
        "results/{study}/fixed_gait.h5",
    log:
        "results/{study}/logs/fixed_gait_collect.log",
    threads: 1
    params:
        study=STUDY.checksum,
        folder="results/{study}/fixed_gait",
        code=source_fingerprint("gluteweak.loads", "gluteweak.study", "gluteweak.variables"),
    shell:
        "gluteweak collect --study {input.study:q} --scenarios-dir {params.folder:q} --kind fixed-gait"
        " --out {output:q} --log {log:q}"


rule what_if:
    """Everything of this file: `make what-if`."""
    input:
        expand("results/{study}/what_if.{suffix}", study=STUDY.name, suffix=["h5", "csv"]),
        expand("results/{study}/figures/what_if.{suffix}", study=STUDY.name, suffix=["png", "svg", "txt"]),
        expand("results/{study}/fixed_gait.h5", study=STUDY.name),
        expand("results/{study}/fixed_gait/fixed_gait.csv", study=STUDY.name),
