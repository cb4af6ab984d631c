# Commontime. `make help` lists what there is.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
UV_VERSION := 0.13.9
BIN := .venv/bin
MEMBERS := contracts $(wildcard libs/* services/*) deploy/standalone
SOURCES := contracts libs services deploy tests benchmarks conftest.py
READY := .venv/.ready

.PHONY: help venv lock up down status demo test test-fast soak lint format typecheck bench contracts \
	compose-up compose-down clean

help:  ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

venv: $(READY)  ## Install everything from the lock into .venv

$(READY): requirements.lock $(addsuffix /pyproject.toml,$(MEMBERS))
	@echo "Installing Commontime's packages (once, about half a minute) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/uv --version 2>/dev/null | grep -qF "uv $(UV_VERSION)" || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip sync --quiet --require-hashes --compile-bytecode requirements.lock
	@VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip install --quiet --no-deps --no-build-isolation $(addprefix -e ./,$(MEMBERS))
	@touch $@

lock: venv  ## Resolve all third-party packages and Kafka's jars again
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 --group dev \
		$(foreach m,$(MEMBERS),--no-emit-package $(notdir $(m))) pyproject.toml -o requirements.lock
	@$(BIN)/python -m standalone.artifacts_lock

up: venv  ## Start everything on this machine and print the URLs (Ctrl-C stops it)
	@exec $(BIN)/commontime up

down: venv  ## Stop what `make up` started
	@$(BIN)/commontime down

status: venv  ## Say what runs and where
	@$(BIN)/commontime status

demo: venv  ## Fill in a poll with eight people and an event, and print the links
	@$(BIN)/commontime demo

test: lint typecheck  ## Everything a commit must pass
	@$(BIN)/pytest $(ARGS)

test-fast: venv  ## Only what needs neither PostgreSQL nor Kafka
	@$(BIN)/pytest -m "not infrastructure" $(ARGS)

soak: venv  ## The long kill loops and random searches (up to 30 minutes)
	@COMMONTIME_SOAK=1 $(BIN)/pytest -m soak $(ARGS)

lint: venv  ## Style, formatting and the direction of imports
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/ruff format --check --quiet $(SOURCES)
	@$(BIN)/lint-imports --no-cache

format: venv  ## Put the code into its one format
	@$(BIN)/ruff check --fix --quiet $(SOURCES)
	@$(BIN)/ruff format --quiet $(SOURCES)

typecheck: venv  ## pyright, strict
	@$(BIN)/pyright

bench: venv  ## Measure against the named baselines; NAME=eventstore for one
	@$(BIN)/python -m benchmarks $(NAME)

contracts: venv  ## Write schemas, OpenAPI documents and the pages of settings and limits from the code
	@$(BIN)/python -m contracts.schemas contracts/schemas
	@mkdir -p contracts/openapi
	@for service in poll_api availability recommender event_lifecycle; do \
		$(BIN)/python -m $$service openapi > contracts/openapi/$${service//_/-}.json; done
	@$(BIN)/python -m standalone.settings_page > docs/settings.md
	@$(BIN)/python -m standalone.limits_page > docs/limits.md

compose-up:  ## Build and start everything as containers, behind nginx on port 8080
	@deploy/compose/make-secrets.sh
	@docker compose -f deploy/compose/compose.yaml up --build --detach --wait

compose-down:  ## Stop the containers; their data stays
	@docker compose -f deploy/compose/compose.yaml down

clean: down  ## Remove the environment and caches; the data in .commontime stays
	@rm -rf .venv .pytest_cache .ruff_cache .import_linter_cache benchmarks/out
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
