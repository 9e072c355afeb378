# Python >= 3.11 and make are all that these targets need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-reset test check format diagrams bench faults faults-long lock

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(STAMP): requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Workchats needs Python 3.11 or newer; name one with: make PYTHON=python3.12 setup" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $(STAMP)

setup: $(STAMP)  ## make .venv with everything for running and testing

demo: $(STAMP)  ## run the sandbox, the small CRM and the bot; prints the chat page's address
	@exec $(BIN)/python -m bot demo

demo-reset:  ## forget what the demo has kept
	rm -rf .demo

test: $(STAMP)  ## run every test, on SQLite and PostgreSQL
	$(BIN)/python -m pytest --numprocesses auto

check: $(STAMP)  ## format, lint, types, import rules, fresh diagrams
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m docs.diagrams --check

format: $(STAMP)  ## format the code and mend what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

diagrams: $(STAMP)  ## draw docs/flows.md anew from the flows' tables
	$(BIN)/python -m docs.diagrams

bench: $(STAMP)  ## measure rounds, a burst, replicas, growth, 30 presses a second and memory (45 min)
	$(BIN)/python -m bench

faults: $(STAMP)  ## attack real processes on both engines, and see what every promise is worth
	$(BIN)/python -m faults

faults-long: $(STAMP)  ## the same at length: more than 300 kills on each engine
	$(BIN)/python -m faults --long

lock: $(STAMP)  ## compile requirements/*.in to pinned files with hashes
	$(BIN)/pip install --quiet pip-tools
	cd requirements && for f in run dev; do \
		../$(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links \
			--strip-extras --allow-unsafe --output-file=$$f.txt $$f.in; done
