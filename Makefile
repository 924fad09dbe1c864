# Everything a person types. The virtual environment is made on the way.
STAGE ?= dev
PYTHON ?= python3
N ?= 200
SEED ?= 1
BIN := .venv/bin
UPGRADE ?=
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock" $(UPGRADE)

.PHONY: run test check lint types audit lock bench simulate sbom bless pictures deploy delete

.venv/installed: requirements-dev.lock .chalice/pip.conf
	@test -d .venv || $(PYTHON) -m venv .venv
	@echo "Installing into .venv (once, about a minute) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@cp .chalice/pip.conf .venv/pip.conf  # so that a lone `chalice deploy` obeys the lock, too
	@touch $@

run: .venv/installed  ## one example finding through the state machine, here
	@$(BIN)/python -m statemachine run tests/events/example.json

test: .venv/installed  ## the tests
	@$(BIN)/python -m pytest -n auto

check: lint types test  ## what CI runs

lint: .venv/installed
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: .venv/installed
	@$(BIN)/mypy

lock: .venv/installed  ## resolve requirements*.txt into the lock files; UPGRADE=--upgrade takes newer releases
	@$(LOCK) requirements.txt -o requirements.lock
	@$(LOCK) -c requirements.lock requirements-dev.txt -o requirements-dev.lock

audit: .venv/installed  ## known vulnerabilities of what is locked; skipped with a word where osv.dev can't be asked
	@$(BIN)/python -m tests.audit

bench: .venv/installed  ## measure
	@$(BIN)/python -m tests.bench

simulate: .venv/installed  ## N histories from SEED on in virtual time; or SCENARIO=storm1000
	@$(BIN)/python -m tests.simulation $(if $(SCENARIO),--scenario $(SCENARIO) --seed $(SEED),--histories $(N) --seed $(SEED) --tell)

sbom: .venv/installed  ## list what goes into the Lambda zip, as CycloneDX
	@$(BIN)/python -m statemachine.deploy.sbom build/sbom.cdx.json

bless: .venv/installed  ## rewrite the golden messages, to be read in the diff
	@$(BIN)/python -m tests.bless
	@$(BIN)/python -m tests.bless_announcements

pictures: .venv/installed  ## redraw docs/pictures/ from golden messages; needs Chromium, for maintainers only
	@$(BIN)/python -m tests.pictures

deploy: .venv/installed  ## all checked, the functions' roles, the zip from the lock, the functions (Chalice), the stack
	@$(BIN)/python -m statemachine deploy --stage $(STAGE) --check
	@$(BIN)/python -m statemachine deploy --stage $(STAGE) --roles
	@$(BIN)/python -m statemachine package --stage $(STAGE)
	@$(BIN)/chalice deploy --stage $(STAGE)
	@$(BIN)/python -m statemachine deploy --stage $(STAGE)

delete: .venv/installed  ## the stack, then the functions; the suppression list stays
	@$(BIN)/python -m statemachine delete --stage $(STAGE)
