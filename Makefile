# `make demo` and `make test` work in a fresh clone on a machine with Python 3.11 and nothing else of ours.
PYTHON ?= python3.11
VENV := .venv
BIN := $(abspath $(VENV))/bin
export PATH := $(BIN):$(PATH)
# Containers set it often, and every process then compiles torch and the rest anew: half of its start.
unexport PYTHONDONTWRITEBYTECODE
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --constraint constraints.txt
TESTS ?= tests
PYTEST ?=
GPU_PYTHON ?= 3.12
GLIBC := 35 34 31 28 27 26 24 17 12 5

.PHONY: install demo docs pictures verify-demo test test-pipeline test-slow test-gpu coverage snapshots lint types format ci hooks gpu-wheels gpu-check \
	constraints clean help

help:  ## Show the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

$(VENV)/.installed: pyproject.toml constraints.txt
	@echo "Installing into $(VENV): a few minutes the first time."
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --editable .
	$(BIN)/python -m fer_data.dvc.plots_page
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(PIP) --editable '.[dev]'
	@touch $@

$(VENV)/.installed-docs: $(VENV)/.installed
	$(PIP) --editable '.[docs]'
	@touch $@

install: $(VENV)/.installed  ## Install into .venv and do nothing else.
	@echo "Now: source $(VENV)/bin/activate"

demo: $(VENV)/.installed  ## Install, rebuild data and model on the rendered sample, print the class imbalance.
	dvc repro
	fer-data stats data/published/128
	@echo
	@echo "Rebuilt by 'dvc repro'; a second run does nothing. Look next at:"
	@echo "  fer-data view data/published/128 data/faces reports/evaluation     writes view.html: open it in a browser"
	@echo "  dvc metrics show metrics/evaluate.json     the headlines; reports/ has the rest of every stage"
	@echo "  dvc plots show                     loss, confusion matrix, F1 by class and by resolution"
	@echo "  data/published/128/README.md       the dataset card"
	@echo "  python -c \"import datasets; print(datasets.load_from_disk('data/published/128'))\""
	@echo "  docs/tutorial.md                   the same step by step, then a model of your own"
	@echo "  docs/affwild2-folder.md            with Aff-Wild2 at hand"

verify-demo: $(VENV)/.installed  ## Hash the demo's data, model and DVC's cache again, against what they state of themselves.
	fer-data verify

# Tests run side by side, one a core: more threads in each would wait for one another, and spin while they do.
test coverage: export OMP_NUM_THREADS := 1

test: $(VENV)/.installed-dev  ## Install if needed and run the default test tier.
	pytest --numprocesses auto --dist worksteal $(PYTEST) $(TESTS)

coverage: $(VENV)/.installed-dev  ## Run the default test tier and show its coverage.
	pytest --numprocesses auto --dist worksteal --cov --cov-report=term $(TESTS)

test-pipeline: $(VENV)/.installed-dev  ## Run what CI takes of the slow tier: a small pipeline, and older versions of `datasets`.
	pytest -m slow $(PYTEST) tests/test_pipeline.py tests/test_older_datasets.py

test-slow: $(VENV)/.installed-dev  ## Run the whole slow tier.
	pytest -m slow $(PYTEST) $(TESTS)

test-gpu: $(VENV)/.installed-dev  ## Run what needs a CUDA device.
	pytest -m gpu $(TESTS)

gpu-wheels: $(VENV)/.installed  ## Fetch into .wheels/ what a machine with CUDA torch alone lacks (45 MB).
	rm -rf .wheels
	$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --dest .wheels \
		--python-version $(GPU_PYTHON) --implementation cp $(foreach n,$(GLIBC),--platform manylinux_2_$(n)_x86_64) \
		--platform manylinux2014_x86_64 --constraint constraints.txt --requirement benchmarks/gpu_wheels.txt
	$(BIN)/python -m benchmarks.repack .wheels
	du -sh .wheels

gpu-check:  ## Run all that wants a GPU: eight minutes at most, packages from .wheels/ where it is there.
	bash benchmarks/gpu_check.sh

docs: $(VENV)/.installed-docs  ## Build the documentation site, without a network; then open site/index.html.
	NO_MKDOCS_2_WARNING=1 python -m mkdocs build --strict --quiet
	@echo "Now open site/index.html"

pictures: $(VENV)/.installed-dev  ## Draw the pictures of README.md and the site from the finished demo; wants Chromium.
	python -m docs.tools.pictures

snapshots: $(VENV)/.installed-dev  ## Write anew what help texts and tables look like, and docs/commands-not-run.md. Read the diff.
	SNAPSHOTS=renew pytest --quiet tests/test_snapshots.py tests/test_documented_commands.py
	git diff --stat -- tests/snapshots docs/commands-not-run.md

lint: $(VENV)/.installed-dev  ## Check style and format.
	ruff check .
	ruff format --check .

types: $(VENV)/.installed-dev  ## Check types.
	mypy

format: $(VENV)/.installed-dev  ## Format the code, and mend of its style what can be mended.
	ruff format .
	ruff check --fix .

ci:  ## Run all that CI runs.
	bash .ci/run

hooks: $(VENV)/.installed-dev  ## Have each commit of this clone checked by `make lint` and `make types` first (pre-commit).
	pre-commit install

constraints: $(VENV)/.installed-dev  ## Write the versions of this environment to constraints.txt.
	{ head -n 1 constraints.txt; pip freeze --exclude-editable | sed 's/+cpu$$//'; } > constraints.new
	mv constraints.new constraints.txt

clean:  ## Remove the environment and caches, never data.
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis
