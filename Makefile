# Everything a contributor runs. `make run` needs nothing but git, make and Python 3.11 or newer.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
N ?=
# STATIC=no runs every test and leaves out what would say the same again: format, lint, types, contracts and coverage.
# The second run of .ci/run, on another database, uses it.
STATIC ?= yes
ifneq ($(STATIC),no)
CHECK := check
COVERAGE := coverage
# How much of the code was reached is judged once, at the end.
COV := --cov --cov-report= --cov-fail-under=0
endif
# One process for each core, but no more than the database and the browsers of a laptop can bear.
PYTEST := $(BIN)/python -m pytest -n auto --maxprocesses 4

.PHONY: help run test check units browser coverage bench contract format messages lock clean
.NOTPARALLEL:

help:
	@echo "make run      start Stockroom with demo data on http://127.0.0.1:8000 (PORT=8001 for another port)"
	@echo "make test     everything that must pass before a change is accepted"
	@echo "make bench    measure it (N=1000 for a catalogue of that size)"
	@echo "make contract hold the API to its OpenAPI document with 200 made-up requests for each operation and role"
	@echo "make format   let the formatters rewrite the code"
	@echo "make messages bring the translations up to the strings of the code; it names what is left to translate"
	@echo "make lock     resolve requirements/*.in again (needs uv)"
	@echo "make clean    remove the virtual environment and all caches; var/ with your data stays"

run: $(VENV)/.app
	@$(BIN)/python deploy/run.py

test: $(CHECK) units browser $(COVERAGE)

# --- The steps of `make test` ----------------------------------------------------------------------------------------
check: export DEBUG = 1
check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run

units: $(VENV)/.dev
	NGINX_PATH="$$($(BIN)/python tests/provide.py nginx)" && export NGINX_PATH && \
	$(PYTEST) $(COV) -m "not e2e" --dist worksteal

browser: $(VENV)/.dev
	BROWSER_PATH="$$($(BIN)/python tests/provide.py browser)" && export BROWSER_PATH && \
	$(PYTEST) $(COV) $(if $(COV),--cov-append) -m e2e

coverage: $(VENV)/.dev
	$(BIN)/coverage report

# --- The rest --------------------------------------------------------------------------------------------------------
bench: $(VENV)/.dev
	$(BIN)/python benchmarks/run.py $(N)

contract: export CONTRACT_EXAMPLES ?= 200
contract: $(VENV)/.dev
	$(PYTEST) -m contract
	$(BIN)/python -m tests.contract.run

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

messages: $(VENV)/.dev
	$(BIN)/python tests/messages.py

lock:
	uv pip compile --universal --generate-hashes --python-version 3.11 --no-header --no-annotate \
		requirements/app.in -o requirements/app.txt
	uv pip compile --universal --generate-hashes --python-version 3.11 --no-header --no-annotate \
		-c requirements/app.txt requirements/dev.in -o requirements/dev.txt

clean:
	rm -rf $(VENV) staticfiles htmlcov test-results .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		.import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp says which lock file was installed last, so that nothing is installed twice.
$(VENV)/.app: requirements/app.txt | $(BIN)/python
	@echo "Installing what $< lists; this happens once."
	$(PIP) -r $<
	@touch $@

$(VENV)/.dev: requirements/dev.txt | $(BIN)/python
	@echo "Installing what $< lists; this happens once."
	$(PIP) -r $<
	@touch $@ $(VENV)/.app

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed, and $(PYTHON) was not found."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: run make PYTHON=python3.13 with one that you have."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "Python's venv module is missing. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
