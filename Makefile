# make example: set everything up and turn the bundled photos into STL files and pictures in out/
# make test:    set everything up and run every check

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.PHONY: example test lint types pytest notebooks programs bench pictures clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

example: $(VENV)/.ready
	$(BIN)/python scripts/example.py out

test: lint types pytest notebooks

lint: $(VENV)/.ready-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	@echo "part lint: ok"

types: $(VENV)/.ready-dev
	$(BIN)/mypy
	@echo "part types: ok"

pytest: $(VENV)/.ready-dev programs
	$(BIN)/pytest -n 2
	@echo "part pytest: ok"

notebooks: $(VENV)/.ready-dev
	$(BIN)/pytest -p no:cacheprovider -W default --nbval-lax notebooks
	@echo "part notebooks: ok"

programs:
	bash scripts/install_programs.sh

bench: $(VENV)/.ready-bench
	$(BIN)/python benchmarks/bench_export.py
	$(BIN)/python benchmarks/bench_heights.py
	$(BIN)/python benchmarks/bench_viewer.py

pictures: $(VENV)/.ready
	$(BIN)/python scripts/pictures.py

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "relief_widget needs Python 3.11 or newer: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

$(VENV)/.ready-dev: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@ $(VENV)/.ready

$(VENV)/.ready-bench: pyproject.toml | $(VENV)/.ready-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev,bench]'
	touch $@

clean:
	rm -rf $(VENV) out build dist
