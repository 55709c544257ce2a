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


def what_if_checksums(wildcards):
    """Checksums of what 'make what-if' has made, if it has: not a target of every sweep, but compared where it is."""
    made = [Path(f"results/{wildcards.study}/{name}.h5") for name in ("what_if", "fixed_gait")]
    return [sha256_file(path) for path in made if path.is_file()]


rule validation:
    """Hold the sweep against published people; outside is a finding and no error."""
    input:
        "results/{study}/sweep.h5",
    output:
        "results/{study}/validation.txt",
        "results/{study}/validation.json",
    log:
        "results/{study}/logs/validation.log",
    threads: 1
    params:
        what_if=what_if_checksums,
        out_dir="results/{study}",
        code=source_fingerprint("gluteweak.validation"),
    shell:
        "gluteweak validate {input:q} --out-dir {params.out_dir:q} --log {log:q} > /dev/null"
