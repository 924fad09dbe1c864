# Everything a person types. The virtual environment is made on the way.
STAGE ?= dev
PYTHON ?= python3
N ?= 200
SEED ?= 1
BIN := .venv/bin

.PHONY: run test check lint types bench simulate bless pictures deploy delete

.venv/installed: requirements.txt requirements-dev.txt
	@test -d .venv || $(PYTHON) -m venv .venv
	@echo "Installing into .venv (once, about a minute) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
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

bench: .venv/installed  ## measure
	@$(BIN)/python -m tests.bench

simulate: .venv/installed  ## N histories from SEED on in virtual time; or SCENARIO=storm1000
	@$(BIN)/python -m tests.simulation $(if $(SCENARIO),--scenario $(SCENARIO) --seed $(SEED),--histories $(N) --seed $(SEED) --tell)

bless: .venv/installed  ## rewrite the golden messages, to be read in the diff
	@$(BIN)/python -m tests.bless
	@$(BIN)/python -m tests.bless_announcements

pictures:  ## redraw the pictures in docs/ from golden messages; needs Node and Chromium, for maintainers only
	@cd pictures && npm ci --silent --no-audit --no-fund && npm run --silent draw

deploy: .venv/installed  ## stage and credentials checked, then the functions' roles, the functions (Chalice), the stack
	@$(BIN)/python -m statemachine deploy --stage $(STAGE) --check
	@$(BIN)/python -m statemachine deploy --stage $(STAGE) --roles
	@$(BIN)/chalice deploy --stage $(STAGE)
	@$(BIN)/python -m statemachine deploy --stage $(STAGE)

delete: .venv/installed  ## the stack, then the functions; the suppression list stays
	@$(BIN)/python -m statemachine delete --stage $(STAGE)
