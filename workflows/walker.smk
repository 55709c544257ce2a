"""The walker in pictures: bones and muscles in motion."""


rule poses:
    """Place bones, joints and muscle paths by OpenSim, in one process: opening the model takes longer than posing it."""
    input:
        model="results/{study}/model.osim",
        solutions=expand("results/{{study}}/scenarios/{scenario}/solution.h5", scenario=POSED),
    output:
        expand("results/{{study}}/scenarios/{scenario}/poses.h5", scenario=POSED),
    log:
        "results/{study}/logs/poses.log",
    threads: 1
    params:
        scenarios_dir="results/{study}/scenarios",
        scenarios=POSED,
        code=source_fingerprint("gluteweak.opensim_model.poses", "gluteweak.opensim_model.replay"),
    shell:
        "gluteweak poses --model {input.model:q} --scenarios-dir {params.scenarios_dir:q}"
        " --scenario {params.scenarios:q} --log {log:q}"
