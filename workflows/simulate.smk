"""From a walker's tables to the motion of every scenario."""


rule model:
    """Build the healthy model, as OpenSim reads it and as plain arrays."""
    input:
        tables=walker_files(STUDY.model),
    output:
        model="results/{study}/model.osim",
        plant="results/{study}/plant.h5",
    log:
        "results/{study}/logs/model.log",
    threads: 1
    params:
        name=STUDY.model,
        calibration=STUDY.calibration,
        code=source_fingerprint("gluteweak.opensim_model", "gluteweak.walker_tables", "gluteweak.plant"),
    shell:
        "gluteweak build-model {params.name:q} --calibration {params.calibration:q}"
        " --out {output.model:q} --plant {output.plant:q} --log {log:q}"


rule problem:
    """Build the equations once; strength, weights and mesh enter later."""
    input:
        "results/{study}/plant.h5",
    output:
        "results/{study}/problem.casadi",
    log:
        "results/{study}/logs/problem.log",
    threads: 1
    params:
        code=source_fingerprint(*FUNCTION_SOURCES),
    shell:
        "gluteweak problem --plant {input:q} --out {output:q} --log {log:q}"


rule healthy:
    """Settle the walker's reference gait on this study's model and mesh: where every scenario starts."""
    input:
        study=ancient(STUDY_FILE),
        plant="results/{study}/plant.h5",
        reference=f"models/{STUDY.model}/reference_gait.h5",
        problem="results/{study}/problem.casadi",
    output:
        "results/{study}/healthy_gait.h5",
    log:
        "results/{study}/logs/healthy.log",
    threads: 1
    params:
        simulation=STUDY.simulation.model_dump_json(),
        code=source_fingerprint(*WALKING_SOURCES),
    shell:
        "gluteweak healthy --study {input.study:q} --plant {input.plant:q} --reference {input.reference:q}"
        " --problem {input.problem:q} --out {output:q} --log {log:q}"


def healthy_of(wildcards):
    """The healthy gait that a scenario deviates from: the study's, or that of the scenario's own speed."""
    speed = getattr(SCENARIOS[wildcards.scenario], "speed_m_s", None)
    if speed is None:
        return f"results/{wildcards.study}/healthy_gait.h5"
    return f"results/{wildcards.study}/speeds/healthy_{speed:g}_m_s.h5"


rule healthy_at_speed:
    """Carry the healthy gait to another walking speed: where the scenarios of that speed start."""
    input:
        study=ancient(STUDY_FILE),
        plant="results/{study}/plant.h5",
        healthy="results/{study}/healthy_gait.h5",
        problem="results/{study}/problem.casadi",
    output:
        "results/{study}/speeds/healthy_{speed}_m_s.h5",
    log:
        "results/{study}/logs/speeds/healthy_{speed}_m_s.log",
    wildcard_constraints:
        speed=r"[0-9.]+",
    threads: 1
    params:
        simulation=STUDY.simulation.model_dump_json(),
        code=source_fingerprint(*WALKING_SOURCES),
    shell:
        "gluteweak healthy-at-speed --study {input.study:q} --plant {input.plant:q} --healthy {input.healthy:q}"
        " --problem {input.problem:q} --speed-m-s {wildcards.speed:q} --out {output:q} --log {log:q}"


rule simulate:
    """Solve one scenario, starting from the healthy gait (not from a neighbour, so that each stands alone)."""
    input:
        study=ancient(STUDY_FILE),
        plant="results/{study}/plant.h5",
        healthy=healthy_of,
        problem="results/{study}/problem.casadi",
    output:
        "results/{study}/scenarios/{scenario}/solution.h5",
        "results/{study}/scenarios/{scenario}/solution.sto",
        "results/{study}/scenarios/{scenario}/ground_reaction.sto",
    log:
        "results/{study}/logs/simulate/{scenario}.log",
    threads: 1
    params:
        scenario=lambda wildcards: SCENARIOS[wildcards.scenario].solver_json(),
        simulation=STUDY.simulation.model_dump_json(),
        out_dir="results/{study}/scenarios/{scenario}",
        code=source_fingerprint(*WALKING_SOURCES),
    shell:
        "gluteweak simulate --study {input.study:q} --scenario {wildcards.scenario:q} --plant {input.plant:q}"
        " --healthy {input.healthy:q} --problem {input.problem:q} --out-dir {params.out_dir:q} --log {log:q}"


rule certify:
    """Replay the motion in OpenSim, with OpenSim's own forces, on the weakened model; prints its line of progress."""
    input:
        study=ancient(STUDY_FILE),
        model="results/{study}/model.osim",
        plant="results/{study}/plant.h5",
        solution="results/{study}/scenarios/{scenario}/solution.h5",
    output:
        model="results/{study}/scenarios/{scenario}/model.osim",
        certificate="results/{study}/scenarios/{scenario}/certificate.json",
    log:
        "results/{study}/logs/certify/{scenario}.log",
    # A solved scenario is finished before the next one is begun, so that progress shows early.
    priority: 1
    threads: 1
    params:
        certificate=STUDY.certificate.model_dump_json(),
        code=source_fingerprint("gluteweak.opensim_model", "gluteweak.plant", "gluteweak.storage"),
    shell:
        "gluteweak certify --study {input.study:q} --model {input.model:q} --plant {input.plant:q}"
        " --solution {input.solution:q} --out-model {output.model:q} --out-certificate {output.certificate:q}"
        " --log {log:q}"
