"""Results are valid or the workflow fails."""


rule check_results:
    """Test that results are valid: converged, certified, whole; never that they agree with an expectation."""
    input:
        study=ancient(STUDY_FILE),
        sweep="results/{study}/sweep.h5",
    output:
        "results/{study}/checks.txt",
    log:
        "results/{study}/logs/check_results.log",
    threads: 1
    params:
        certificate=STUDY.certificate.model_dump_json(),
        scenarios_dir="results/{study}/scenarios",
        code=source_fingerprint("gluteweak.checks"),
    shell:
        "gluteweak check --study {input.study:q} --scenarios-dir {params.scenarios_dir:q} --sweep {input.sweep:q}"
        " --out {output:q} --log {log:q}"
