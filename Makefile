# make app:     set everything up and open the studio in a browser
# make test:    set everything up and run every check
# make docs:    set everything up and build the site in build/site
# make example: set everything up and turn the bundled photos into STL files and pictures in out/

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.PHONY: all-parts test-full coverage live app example test lint types js pytest notebooks install-check programs lowest
.PHONY: bench pictures docs clean fuzz

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check
NODE_MODULES := js/node_modules/.ready
# What the browser side is built from: installing the package builds it where it is older.
FRONT_END := $(shell find js/src -type f) js/build.mjs js/package-lock.json hatch_build.py

app: $(VENV)/.ready-app
	$(BIN)/relief-widget app

example: $(VENV)/.ready
	$(BIN)/python scripts/example.py out

# The longest part beside all others, one after another: most of those keep one core busy.
test: $(VENV)/.ready-dev $(NODE_MODULES) programs
	$(MAKE) --no-print-directory --jobs=2 --output-sync=line all-parts
all-parts: pytest lint types js notebooks install-check

lint: $(VENV)/.ready-dev $(NODE_MODULES)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports --no-cache
	$(BIN)/numpydoc lint $$(find src -name '*.py')
	$(BIN)/python scripts/generate_wire.py --check
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.citation-file-format CITATION.cff
	$(BIN)/zizmor --offline --quiet .github
	cd js && npm run --silent lint
	@echo "part lint: ok"

types: $(VENV)/.ready-dev $(NODE_MODULES)
	$(BIN)/mypy
	cd js && npm run --silent types
	@echo "part types: ok"

js: $(NODE_MODULES) programs
	cd js && CHROMIUM="$$(bash ../scripts/chromium.sh)" npm run --silent test
	@echo "part js: ok"

pytest: $(VENV)/.ready-dev programs
	CHROMIUM="$$(bash scripts/chromium.sh)" $(BIN)/pytest -n 2 --dist loadgroup
	@echo "part pytest: ok"

# The Python tests, with the lines that none of them runs: every night, for it takes longer.
coverage: $(VENV)/.ready-dev programs
	CHROMIUM="$$(bash scripts/chromium.sh)" $(BIN)/pytest -n 2 --dist loadgroup \
	  --cov=relief_widget --cov-report=term:skip-covered

notebooks: $(VENV)/.ready-dev
	$(BIN)/pytest -p no:cacheprovider -W default --nbval-lax notebooks
	@echo "part notebooks: ok"

# The wheel without Node, the Binder's pins, and a notebook (all of them: test-full) and the app with them.
install-check: $(VENV)/.ready-dev programs
	CHROMIUM="$$(bash scripts/chromium.sh)" $(BIN)/python scripts/check_install.py $(NOTEBOOKS)
	@echo "part install-check: ok"

programs: $(VENV)/.ready-dev
	bash scripts/install_programs.sh $(BIN)

# All combinations of formats, modes, outlines and presets after the usual tests, and their coverage.
test-full: NOTEBOOKS = --all-notebooks
test-full: lint types js coverage notebooks install-check
	CHROMIUM="$$(bash scripts/chromium.sh)" $(BIN)/pytest -n 2 --dist loadgroup -m full tests

# Damaged inputs of every kind, for FUZZ_SECONDS each; make test tries a few.
FUZZ_SECONDS ?= 60
fuzz: $(VENV)/.ready-dev
	RELIEF_WIDGET_FUZZ_SECONDS=$(FUZZ_SECONDS) $(BIN)/pytest -p no:cacheprovider tests/fuzz

# Needs GEMINI_API_KEY, and costs less than $$0.10.
live: $(VENV)/.ready-dev
	$(BIN)/pytest -m live -s tests/depth/gemini/test_live.py

# The oldest versions of the dependencies that pyproject.toml allows, in an environment of their own.
lowest: $(VENV)/.ready
	$(INSTALL) uv
	PATH="$(abspath $(BIN)):$$PATH" bash scripts/lowest.sh

# The site, in build/site: a warning of Sphinx, a dead link or a request to elsewhere is an error.
docs: $(VENV)/.ready-docs
	$(BIN)/sphinx-build --fail-on-warning --keep-going --fresh-env -q docs build/site
	$(BIN)/python scripts/check_site.py build/site
	@echo "part docs: ok"

bench: $(VENV)/.ready-bench
	$(BIN)/python benchmarks/bench_export.py
	$(BIN)/python benchmarks/bench_formats.py
	$(BIN)/python benchmarks/bench_adaptive.py
	$(BIN)/python benchmarks/bench_heights.py
	$(BIN)/python benchmarks/bench_depth.py
	$(BIN)/python benchmarks/bench_viewer.py
	$(BIN)/python benchmarks/bench_studio.py

pictures: $(VENV)/.ready-dev
	$(BIN)/python scripts/pictures.py
	$(BIN)/python scripts/example_reliefs.py
	$(BIN)/python scripts/tile_pictures.py
	$(BIN)/python scripts/mesh_pictures.py
	$(BIN)/python scripts/object_pictures.py
	$(BIN)/python scripts/screenshots.py

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "relief_widget needs Python 3.11 or newer: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: pyproject.toml $(FRONT_END) | $(VENV)/bin/python
	$(INSTALL) -e .
	touch $@

$(VENV)/.ready-app: pyproject.toml $(FRONT_END) | $(VENV)/bin/python
	$(INSTALL) -e '.[app]'
	touch $@ $(VENV)/.ready

# Only pip 25.1 and newer install dependency groups; the one of a fresh environment may be older.
$(VENV)/.ready-dev: pyproject.toml $(FRONT_END) | $(VENV)/bin/python
	$(INSTALL) 'pip>=25.1'
	$(INSTALL) -e '.[all]' --group dev
	touch $@ $(VENV)/.ready $(VENV)/.ready-app

$(VENV)/.ready-bench: pyproject.toml | $(VENV)/.ready-dev
	$(INSTALL) -e '.[all]' --group bench
	touch $@

$(VENV)/.ready-docs: pyproject.toml | $(VENV)/.ready-app
	$(INSTALL) 'pip>=25.1'
	$(INSTALL) -e '.[app]' --group docs
	touch $@

$(NODE_MODULES): js/package-lock.json
	@command -v npm >/dev/null || { echo "The browser side needs Node.js 20 or newer."; exit 1; }
	cd js && npm install --no-save --silent --ignore-scripts
	touch $@

clean:
	rm -rf $(VENV) js/node_modules src/relief_widget/static out build dist
