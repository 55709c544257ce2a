# Two commands do everything, set-up included, on a machine with make and Python 3.11 to 3.13:
#   make sweep     simulate the study (STUDY=config/other.yaml for another one) and print its table
#   make test      lint, types, import contracts and all tests
#   make what-if   impose drop, lean, rotation and step width on the healthy gait; hold the gait while strength falls
#   make animation film healthy and weak walking in step
# `make bones` fetches bone meshes for pictures (without: stylised bones). `make lint` runs the quick checks alone;
# `make lock` renews requirements.lock (needs uv).

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := sweep
.DELETE_ON_ERROR:

STUDY ?= config/default.yaml
CORES ?= all
VENV ?= .venv

# One thread for each scenario: a second one doubles the CPU time of a solve and saves no time.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export PATH := $(abspath $(VENV))/bin:$(PATH)

INSTALLED := $(VENV)/.installed
# Files of this run alone, by the process of this make: another study may be run beside it. Gone when it ends.
THIS_RUN := .snakemake/make-$(shell echo $$PPID)
SNAKEMAKE_LOG := $(THIS_RUN).log
# What is newer than this was made by this run: where some scenarios failed, the table of the others is still printed.
STARTED := $(THIS_RUN).started
# Those that a killed make left a day ago go too.
CLEAN_UP = mkdir -p $(dir $(THIS_RUN)); find $(dir $(THIS_RUN)) -maxdepth 1 -name 'make-*' -mtime +0 -delete; \
    trap 'rm -f $(SNAKEMAKE_LOG) $(STARTED)' EXIT; touch $(STARTED)
# Snakemake's own wall of text; what is left when a run fails says why.
SNAKEMAKE_NOISE := ^(Assuming unrestricted|Building DAG|Using shell|Select jobs|Execute [0-9]+ jobs)
# Where gluteweak has said in a sentence what is wrong, which command said so is noise too.
SNAKEMAKE_MORE := ^(RuleException:|CalledProcessError in|Command .* returned non-zero|Exiting because|Complete log|Elapsed time|WorkflowError( in file .*)?:$$|  File .*, in __onstart$$|At least one job|LockException:|Error: Directory cannot be locked|If you are sure that no other|/[^ ]*$$|$$)
SHOW_FAILURE = if grep -q '^gluteweak: ' $(SNAKEMAKE_LOG); \
    then grep -vE '$(SNAKEMAKE_NOISE)|$(SNAKEMAKE_MORE)' $(SNAKEMAKE_LOG) >&2; \
    else grep -vE '$(SNAKEMAKE_NOISE)' $(SNAKEMAKE_LOG) >&2; fi

.PHONY: sweep what-if animation bones test lint lock clean

sweep: $(INSTALLED)
	@gluteweak scenarios "$(STUDY)" --summary
	@$(CLEAN_UP); \
	snakemake --cores $(CORES) --config study="$(STUDY)" --keep-going --rerun-incomplete \
	    --quiet host progress reason rules 2> $(SNAKEMAKE_LOG) || \
	  { $(SHOW_FAILURE); \
	    gluteweak table --study "$(STUDY)" --newer-than $(STARTED); \
	    exit 1; }
	@echo; gluteweak table --study "$(STUDY)"

what-if: $(INSTALLED)
	@$(CLEAN_UP); \
	snakemake what_if --cores $(CORES) --config study="$(STUDY)" --keep-going --rerun-incomplete \
	    --quiet host progress reason rules 2> $(SNAKEMAKE_LOG) || \
	  { $(SHOW_FAILURE); exit 1; }
	@echo; gluteweak what-if-table --study "$(STUDY)"

animation: $(INSTALLED)
	@$(CLEAN_UP); \
	snakemake films --cores $(CORES) --config study="$(STUDY)" --keep-going --rerun-incomplete \
	    --quiet host progress reason rules 2> $(SNAKEMAKE_LOG) || \
	  { $(SHOW_FAILURE); exit 1; }

# The package needs a physics engine to run its models; its meshes need nothing. The checksum is that of its only wheel.
bones: $(INSTALLED)
	@echo "musclemimic-models==1.0.6 --hash=sha256:88b096fe072bd5d2cfcc88ec43ffef27a73bc5a54e6699d3bda0e92a76a03bea" | \
	  python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r /dev/stdin

test: $(INSTALLED)
	@$(MAKE) --no-print-directory lint
	@python .ci/run_tests.py

lint: $(INSTALLED)
	ruff check .
	ruff format --check .
	snakefmt --check Snakefile workflows
	mypy
	lint-imports

# Every version of Python that is supported, one file. Written without the address of a package index.
lock:
	uv pip compile pyproject.toml --universal --python-version 3.11 --extra dev --upgrade --no-annotate \
	    --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --output-file requirements.lock

clean:
	rm -rf $(VENV) .snakemake .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

# Dependencies first and exactly as locked; then the project itself, from this checkout.
$(INSTALLED): requirements.lock pyproject.toml .ci/find_python.sh
	@echo "Setting up $(VENV) (once; needs the network)"
	@python=$$(.ci/find_python.sh) && { [ -x $(VENV)/bin/python ] || "$$python" -m venv $(VENV); }
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements.lock
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
