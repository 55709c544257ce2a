"""Comparisons for researchers, and pictures and handouts for patients, from the sweep alone."""

from gluteweak.comparison.targets import comparison_figures, handout_languages, shows_chain

COMPARISONS = comparison_figures(SCENARIOS.values())
CHAIN = ["chain"] if shows_chain(SCENARIOS.values()) else []
HANDOUTS = handout_languages(SCENARIOS.values())
VECTORS = ["svg", "pdf", "png", "txt"]


rule compare:
    """Set every scenario against its full strength: tables, curves, dose and response, heat map, who takes over."""
    input:
        sweep="results/{study}/sweep.h5",
    output:
        expand("results/{{study}}/figures/comparison.{suffix}", suffix=["csv", "md", "tex"]),
        expand("results/{{study}}/figures/{figure}.{suffix}", figure=COMPARISONS, suffix=["pdf", "png", "txt"]),
        [
            report(f"results/{{study}}/figures/{figure}.svg", caption=f"captions/{figure}.rst", category="Comparison")
            for figure in COMPARISONS
        ],
    log:
        "results/{study}/logs/compare.log",
    threads: 1
    params:
        out_dir="results/{study}/figures",
        code=source_fingerprint("gluteweak.figures", "gluteweak.comparison", "gluteweak.parameters"),
    shell:
        "gluteweak compare {input.sweep:q} --out-dir {params.out_dir:q} --log {log:q} > /dev/null"


rule chain:
    """Draw the chain from weak muscle to knee, links that did not show too."""
    input:
        sweep="results/{study}/sweep.h5",
    output:
        expand("results/{{study}}/figures/chain.{suffix}", suffix=["pdf", "png", "txt"]),
        report("results/{study}/figures/chain.svg", caption="captions/chain.rst", category="Chain"),
    log:
        "results/{study}/logs/chain.log",
    threads: 1
    params:
        # Imposed links are shown where 'make what-if' has made them.
        what_if=what_if_checksums,
        out_dir="results/{study}/figures",
        code=source_fingerprint("gluteweak.figures", "gluteweak.comparison", "gluteweak.parameters"),
    shell:
        "gluteweak chain --sweep {input.sweep:q} --out-dir {params.out_dir:q} --log {log:q}"


rule handout:
    """Make the patient's handout of the weakest certified scenario, one PDF a language."""
    input:
        sweep="results/{study}/sweep.h5",
    output:
        report("results/{study}/handout-{language}.pdf", caption="captions/handout.rst", category="Handout"),
    log:
        "results/{study}/logs/handout-{language}.log",
    wildcard_constraints:
        language="[a-z]+",
    threads: 1
    params:
        code=source_fingerprint("gluteweak.figures", "gluteweak.comparison", "gluteweak.handout"),
    shell:
        "gluteweak handout --sweep {input.sweep:q} --language {wildcards.language:q} --out {output:q}"
        " --log {log:q} > /dev/null"
