# Everything is set up on first use, in .venv, from requirements*.txt. Needs Python >= 3.11 and make, nothing else.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do command -v $$p >/dev/null 2>&1 && $$p -c "import sys; sys.exit(sys.version_info < (3, 11))" 2>/dev/null && echo $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
PORT ?= 8080
SEED ?= 1
ARGS ?=
BESIDE_VENDORS := tests/vendors tests/engagement/connectors/test_*_specification.py tests/engagement/connectors/test_bluesky_lexicons.py
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# A dozen processes a command import the same modules; each would compile them again where this is set.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup run demo test test-vendors chaos check format bench snapshots explorer clean

help: ## Say what can be done
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.dev ## Set up everything that run, test, chaos, check and bench need

run: $(VENV)/.explorer ## Start Rapport on one port (PORT=8080), with embedded PostgreSQL and NATS
	@exec $(BIN)/rapport up --port $(PORT) $(ARGS)

demo: $(VENV)/.product ## Play a story against simulated platforms (SEED=1) and show what became of it
	@exec $(BIN)/rapport demo --seed $(SEED) $(ARGS)

test: $(VENV)/.dev $(VENV)/.explorer ## Run all tests, four files at a time (ARGS="-k name" for some)
	@$(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder $(ARGS)

test-vendors: $(VENV)-vendors/.made $(VENV)-vendors/.prism ## Compare connectors with vendors' libraries and specifications, in an environment of its own
	@$(VENV)-vendors/bin/python -m pytest -q -rs -c tests/vendors/pytest.ini --rootdir . --confcutdir tests/vendors $(BESIDE_VENDORS) $(ARGS)

chaos: $(VENV)/.dev ## Kill everything while 10,000 webhooks and 2,000 replies pass, and count (about ten minutes)
	@$(BIN)/python -m tests.chaos.neighbours; calm=$$?; $(BIN)/python -m tests.chaos $(ARGS) && exit $$calm

check: $(VENV)/.dev ## Format, lint, types, imports, dependencies, snapshots, migrations
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/python -m tests.snapshots --check
	$(BIN)/python -m tests.migrations.drift

format: $(VENV)/.dev ## Let ruff format and fix what it can
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format --quiet .

snapshots: $(VENV)/.dev ## Rewrite schema.graphql, openapi.json of each service, asyncapi.yaml
	$(BIN)/python -m tests.snapshots

bench: $(VENV)/.dev ## Measure beside pgbench, in one run; writes benchmarks/results.json
	@exec $(BIN)/python -m benchmarks $(ARGS)

explorer: $(VENV)/.explorer ## Build the GraphQL explorer (needs the npm registry once)

clean: ## Remove the virtual environment and build products; data in .rapport stay
	rm -rf $(VENV) $(VENV)-vendors gateway/explorer/built

$(VENV)/.python:
	@test -n "$(PYTHON)" || { echo "Rapport needs Python 3.11 or newer; none was found on PATH."; exit 1; }
	@echo "Making $(VENV) with $(PYTHON) ..."
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.product: $(VENV)/.python requirements.txt pyproject.toml
	@echo "Installing the pinned packages (once; about a minute) ..."
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install --quiet --no-build-isolation --no-deps --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.product requirements-dev.txt
	@echo "Installing what tests and checks need ..."
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.txt
	@touch $@

$(VENV)-vendors/.made: requirements.txt tests/vendors/requirements.txt
	@test -n "$(PYTHON)" || { echo "Rapport needs Python 3.11 or newer; none was found on PATH."; exit 1; }
	@echo "Installing what connectors are compared with, in $(VENV)-vendors (once; about a minute) ..."
	@$(PYTHON) -m venv $(VENV)-vendors
	@$(VENV)-vendors/bin/python -m pip install --quiet --require-hashes -r requirements.txt
	@$(VENV)-vendors/bin/python -m pip install --quiet -r tests/vendors/requirements.txt
	@touch $@

# Where npm does not give it, that is told, its tests are skipped, and the next run tries again.
$(VENV)-vendors/.prism: tests/vendors/prism/package-lock.json | $(VENV)-vendors/.made
	@echo "Installing Prism from npm, in $(VENV)-vendors (once; about a quarter of a minute) ..."
	@if $(VENV)-vendors/bin/python -m tests.vendors.prism.install $(VENV)-vendors/prism; then touch $@; fi

$(VENV)/.explorer: $(VENV)/.product gateway/explorer/package-lock.json
	@$(BIN)/python -m gateway.explorer.build --optional
	@touch $@
