# Everything a person types. The virtual environment is made on the way.
STAGE ?= dev
PYTHON ?= python3
N ?= 200
SEED ?= 1
BIN := .venv/bin
UPGRADE ?=
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock" $(UPGRADE)

# uv where there is one, which takes seconds; `make UV= …` goes without. What is imported is compiled then, not here.
UV := $(shell command -v uv 2>/dev/null)
ifdef UV
VENV = $(UV) venv --quiet --python $(PYTHON) .venv
INSTALL = $(UV) pip install --quiet --python $(BIN)/python
else
VENV = $(PYTHON) -m venv .venv
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile
endif

.DEFAULT_GOAL := help
.PHONY: help run test check lint types audit lock bench simulate sbom bless pictures deploy delete

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' Makefile

.venv/run: requirements-run.lock
	@test -d .venv || $(VENV)
	@echo "Installing what the commands need into .venv, once: 110 MB …"
	@$(INSTALL) --require-hashes -r requirements-run.lock
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/installed: requirements-dev.lock .chalice/pip.conf
	@test -d .venv || $(VENV)
	@echo "Installing what the tests and the deploy need into .venv, once: 340 MB …"
	@$(INSTALL) --require-hashes -r requirements-dev.lock
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@cp .chalice/pip.conf .venv/pip.conf  # so that a lone `chalice deploy` obeys the lock, too
	@touch .venv/run $@

run: .venv/run  ## one example finding through the state machine; no account needed
	@$(BIN)/guardduty-notifier run tests/events/example.json

test: .venv/installed  ## the tests
	@$(BIN)/python -m pytest -n auto --dist worksteal

check: lint types test  ## what CI runs: lint, types, test

lint: .venv/installed
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: .venv/installed
	@$(BIN)/mypy

lock: .venv/installed  ## resolve requirements*.txt; UPGRADE=--upgrade takes newer releases
	@$(LOCK) requirements.txt -o requirements.lock
	@$(LOCK) -c requirements.lock requirements-dev.txt -o requirements-dev.lock
	@$(LOCK) -c requirements-dev.lock requirements-run.txt -o requirements-run.lock

audit: .venv/installed  ## known vulnerabilities of what is locked, as osv.dev knows them
	@$(BIN)/python -m tests.audit

bench: .venv/installed  ## measure
	@$(BIN)/python -m tests.bench

simulate: .venv/installed  ## N=200 histories from SEED=1 on; or SCENARIO=storm1000
	@$(BIN)/python -m tests.simulation $(if $(SCENARIO),--scenario $(SCENARIO) --seed $(SEED),--histories $(N) --seed $(SEED) --tell --storms)

sbom: .venv/installed  ## what goes into the Lambda zip, as CycloneDX
	@$(BIN)/python -m statemachine.deploy.sbom build/sbom.cdx.json

bless: .venv/installed  ## rewrite the golden messages, to be read in the diff
	@$(BIN)/python -m tests.bless
	@$(BIN)/python -m tests.bless_announcements
	@$(BIN)/python -m tests.bless_quieter
	@$(BIN)/python -m tests.bless_digests

pictures: .venv/installed  ## redraw docs/pictures/ from golden messages; needs Chromium
	@$(BIN)/python -m tests.pictures

deploy: .venv/installed  ## make or change a stage: STAGE=dev
	@$(BIN)/python -m statemachine deploy --stage $(STAGE) --check
	@$(BIN)/python -m statemachine deploy --stage $(STAGE) --roles
	@$(BIN)/python -m statemachine package --stage $(STAGE)
	@$(BIN)/chalice deploy --stage $(STAGE)
	@$(BIN)/python -m statemachine deploy --stage $(STAGE)

delete: .venv/installed  ## take a stage down: STAGE=dev; the suppression list stays
	@$(BIN)/python -m statemachine delete --stage $(STAGE)
