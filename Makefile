# Needs only Python ≥ 3.11 and make. `make help` lists what there is.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help install run test test-further test-postgres test-long chaos screenshots lint bench docs lock learning

# The system's own first: a distribution builds it with profiles, what a version manager compiles is a fifth slower.
PYTHON ?= $(shell for name in /usr/bin/python3 python3 python3.13 python3.12 python3.11; do \
	"$$name" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && \
	{ echo "$$name"; break; }; done)
# Where it is set, every process of the tests would compile everything anew: minutes in all.
unexport PYTHONDONTWRITEBYTECODE
BIN := .venv/bin
RUN_STAMP := .venv/.installed
DEV_STAMP := .venv/.installed-dev
LEARNING_STAMP := .venv/.installed-learning
PYTEST := $(BIN)/pytest -q -n 2 --dist worksteal
SHORT := not long and not further
COMPILE := --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header
# What the database takes part in runs a second time, on PostgreSQL. The chaos scenarios bring one of their own.
DATABASE_TESTS := tests/reps tests/routing tests/jobs tests/api tests/forms tests/inbound tests/imports tests/privacy \
	tests/security tests/chaos --ignore=tests/chaos/test_scenarios.py
# Of these, where the two are most likely to differ: several at once, constraints, killed in the middle, statements.
AT_ONCE_TESTS := tests/chaos --ignore=tests/chaos/test_scenarios.py $(wildcard tests/routing/test_constraints_*.py) \
	tests/jobs tests/routing/test_matching.py tests/routing/test_state_machine.py tests/inbound/test_broken_off.py \
	tests/imports/test_killed.py tests/security/test_sent_at_once.py tests/api/test_constant_queries.py

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' Makefile

install: $(RUN_STAMP)  ## Make .venv with everything the product needs

learning: $(LEARNING_STAMP)  ## Add what finds topics by meaning, on this machine: 105 MB to download

run: $(RUN_STAMP)  ## Run everything on this terminal, with a demo company; Ctrl-C stops it
	@exec $(BIN)/python manage.py up

# Four share two cores: tests wait for processes, browsers and the database.
test: $(DEV_STAMP)  ## Run the whole suite on SQLite, then on PostgreSQL what several do at once, and constraints
	$(PYTEST) -n 4 -m "$(SHORT)"
	TEST_DATABASE=postgres $(PYTEST) -n 3 -m "$(SHORT)" $(AT_ONCE_TESTS)

test-further: $(DEV_STAMP)  ## Run what is beyond ten minutes: every page in a browser, longer journeys, more processes
	$(PYTEST) -n 3 -m "further"

test-postgres: $(DEV_STAMP)  ## Run all that concerns the database on PostgreSQL
	TEST_DATABASE=postgres $(PYTEST) -n 3 -m "not long" $(DATABASE_TESTS)

test-long: $(DEV_STAMP)  ## Run what takes long: full volumes, on both databases
	$(PYTEST) -m long
	TEST_DATABASE=postgres $(PYTEST) -m long
	TEST_EXAMPLES=10 $(PYTEST) -m "hypothesis and not long"
	$(BIN)/python -m tests.chaos --long

chaos: $(DEV_STAMP)  ## Harm a running product in every way that one machine can show; the table of docs/reliability.md
	$(BIN)/python -m tests.chaos

lint: $(DEV_STAMP)  ## Check style, types, layers, migrations and settings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py check

screenshots: $(DEV_STAMP)  ## Take a picture of every page: wide, dark and on a phone; needs Chromium
	$(BIN)/python -m tests.browser.screenshots

bench: $(DEV_STAMP)  ## Measure speed and size on scratch databases
	$(BIN)/python manage.py benchmark

docs: $(RUN_STAMP)  ## Write docs/settings.md anew from the code
	$(BIN)/python manage.py settings_doc --write

lock: $(BIN)/python  ## Write the lock files anew: exact versions and hashes, no addresses
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile $(COMPILE) pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile $(COMPILE) pyproject.toml --group dev -o requirements-dev.txt
	$(BIN)/uv pip compile $(COMPILE) --no-deps --group learning -o requirements-learning.txt

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer that can make virtual environments is needed, and none was" \
		"found on PATH. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

$(RUN_STAMP): requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(LEARNING_STAMP): requirements-learning.txt $(RUN_STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-learning.txt
	@touch $@

$(DEV_STAMP): requirements-dev.txt $(RUN_STAMP) $(LEARNING_STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@
