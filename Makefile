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
# npm with the Node on the PATH, or with the one that came from PyPI.
NPM := cd web && scripts/npm.sh
MODULES := web/node_modules/.package-lock.json
# checkov pins other versions of what we use: it has an environment of its own.
CHECKS := .venv-checks/.ready
PAGE := deploy/standalone/src/standalone/built_page/index.html
PAGE_SOURCES = web/index.html web/vite.config.ts web/budgets.json $(wildcard contracts/openapi/*.json) \
	$(shell find web/public web/scripts web/src -type f -not -path 'web/src/api/gen/*')

.PHONY: help venv lock up down status demo web web-test web-e2e test test-fast deploy-test images-test chaos \
	e2e soak lint format typecheck bench contracts compose-up compose-down clean

help:  ## Show this list
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

venv: $(READY)  ## Install everything from the lock into .venv

$(READY): requirements.lock $(addsuffix /pyproject.toml,$(MEMBERS))
	@echo "Installing Commontime's packages (once, about half a minute) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/uv --version 2>/dev/null | grep -qF "uv $(UV_VERSION)" || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip sync --quiet --require-hashes --compile-bytecode requirements.lock
	@VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip install --quiet --no-deps --no-build-isolation $(addprefix -e ./,$(MEMBERS))
	@touch $@

$(CHECKS): deploy/checks/requirements.lock | $(READY)
	@echo "Installing what checks deployments (once, about ten seconds) ..."
	@test -x .venv-checks/bin/python || $(PYTHON) -m venv --without-pip .venv-checks
	@VIRTUAL_ENV=$(CURDIR)/.venv-checks $(BIN)/uv pip sync --quiet --require-hashes deploy/checks/requirements.lock
	@touch $@

lock: venv  ## Resolve all third-party packages and Kafka's jars again
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 --group dev \
		$(foreach m,$(MEMBERS),--no-emit-package $(notdir $(m))) pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 \
		deploy/checks/requirements.in -o deploy/checks/requirements.lock
	@$(BIN)/python -m standalone.artifacts_lock

up: venv  ## Start everything on this machine and print the URLs (Ctrl-C stops it)
	@$(MAKE) --no-print-directory --silent web || echo "The page could not be built, see above: going on as it is." >&2
	@exec $(BIN)/commontime up

web: $(PAGE)  ## Build the page people use, where its sources are newer

$(PAGE): $(MODULES) $(PAGE_SOURCES)
	@echo "Building the page ..."
	@$(NPM) run --silent gen-api
	@$(NPM) run --silent build -- --logLevel warn
	@$(NPM) exec -- node scripts/publish.mjs dist "$(CURDIR)/$(dir $(PAGE))"

$(MODULES): web/package-lock.json | $(READY)
	@echo "Installing the page's packages (once, about half a minute) ..."
	@$(NPM) ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

down: venv  ## Stop what `make up` started
	@$(BIN)/commontime down

status: venv  ## Say what runs and where
	@$(BIN)/commontime status

demo: venv  ## Fill in a poll with eight people and an event, and print the links
	@$(BIN)/commontime demo

# The cheap checks come first; whoever names tests with ARGS wants those alone.
test: lint typecheck $(CHECKS) $(if $(ARGS),,web-test web-e2e)  ## Everything a commit must pass; ARGS for pytest
	@$(BIN)/pytest $(ARGS)

web-test: $(MODULES)  ## What the page alone must pass: style, types, unit tests, build, budgets
	@$(NPM) run --silent lint
	@$(NPM) run --silent gen-api
	@$(NPM) run --silent typecheck
	@$(NPM) run --silent test
	@$(MAKE) --no-print-directory web
	@$(NPM) run --silent budget -- "$(CURDIR)/$(dir $(PAGE))"

web-e2e: venv web  ## The page in a browser, against a whole Commontime; ARGS for Playwright
	@$(NPM) run --silent e2e -- $(ARGS)

test-fast: venv  ## Only what needs neither PostgreSQL nor Kafka
	@$(BIN)/pytest -m "not infrastructure" $(ARGS)

deploy-test: $(CHECKS)  ## Images, Compose, Kubernetes, alerts: all that needs no engine (part of `make test`)
	@$(BIN)/pytest tests/deploy $(ARGS)

images-test: venv  ## Build the images with Docker, and run each against real servers
	@COMMONTIME_IMAGES=1 $(BIN)/pytest tests/images $(ARGS)

e2e: venv  ## The end-to-end tests against what runs at URL (its admin token in COMMONTIME_ADMIN_TOKEN)
	@COMMONTIME_URL=$(URL) $(BIN)/pytest tests/e2e $(ARGS)

soak: venv  ## The long kill loops and random searches (up to 30 minutes)
	@COMMONTIME_SOAK=1 $(BIN)/pytest -m soak $(ARGS)

SEEDS ?= 10
FAULTS ?= 10
chaos: venv  ## Break real processes by seeded plans and check what must hold; SEEDS and FAULTS, 10 of each
	@PYTHONPATH=tests/drivers $(BIN)/python -m chaos --seeds $(SEEDS) --faults $(FAULTS) $(ARGS)

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

contracts: venv  ## Write schemas, OpenAPI documents and the pages of settings, limits, metrics
	@$(BIN)/python -m contracts.schemas contracts/schemas
	@mkdir -p contracts/openapi
	@for service in poll_api availability recommender event_lifecycle; do \
		$(BIN)/python -m $$service openapi > contracts/openapi/$${service//_/-}.json; done
	@$(BIN)/python -m standalone.settings_page > docs/settings.md
	@$(BIN)/python -m standalone.limits_page > docs/limits.md
	@$(BIN)/python -m standalone.metrics_page > docs/metrics.md

compose-up:  ## Build and start everything as containers, behind nginx on port 8080
	@deploy/compose/make-secrets.sh
	@docker compose -f deploy/compose/compose.yaml up --build --detach --wait

compose-down:  ## Stop the containers; their data stays
	@docker compose -f deploy/compose/compose.yaml down

clean: down  ## Remove the environment and caches; the data in .commontime stays
	@rm -rf .venv .venv-checks .pytest_cache .ruff_cache .import_linter_cache benchmarks/out
	@rm -rf web/node_modules web/dist web/test-results $(dir $(PAGE))
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
