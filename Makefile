# `make` shows what there is. Every target that needs the environment makes it first, once.
.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PEERS := .venv-bench
BI := .venv-bi
# what was compiled once is read again by the hundreds of processes that tests start, whatever the caller's environment says
KEPT := env -u PYTHONDONTWRITEBYTECODE
.PHONY: help setup demo test up down bi lint format render lock bench prove clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## install everything into .venv (does nothing when it is there)
	@:

$(READY): requirements.txt pyproject.toml tools/setup.sh
	@sh tools/setup.sh $(VENV)
	@$(BIN)/python -m compileall -q dags expectations include # as in the image: where nobody may write, all would do it anew
	@touch $@

demo: setup ## start the stack, land the sample through Airflow, publish, say where to look
	@$(BIN)/simpul demo

test: setup $(BI)/.ready ## every test, in two processes with a server each
	@$(KEPT) $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

up: setup ## start PostgreSQL and Airflow
	@$(BIN)/simpul up

down: ## stop everything
	@if [ -x $(BIN)/simpul ]; then $(BIN)/simpul down; fi

bi: setup $(BI)/.ready ## Superset with its dashboards on the published marts
	@$(BIN)/simpul up --bi

$(BI)/.ready: requirements-bi.txt tools/side_env.sh | $(READY)
	@sh tools/side_env.sh $(VENV) $(BI) requirements-bi.txt
	@cp requirements-bi.txt $@ # what is installed: a server of other packages is started again (simpul.stack.superset)

lint: setup ## ruff, SQLFluff, generated files
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/sqlfluff lint --processes 2 --disable-progress-bar dbt_project
	@$(BIN)/simpul contracts render --check

format: setup ## let ruff and SQLFluff put the code in form
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .
	@$(BIN)/sqlfluff fix --disable-progress-bar dbt_project

render: setup ## write everything that is derived from the contracts and fixtures
	@$(BIN)/simpul contracts render
	@$(BIN)/python tools/layouts_page.py

lock: setup ## resolve requirements.in and requirements-bi.in again (needs the package index)
	@for name in requirements requirements-bi; do \
		$(BIN)/uv pip compile $$name.in -o $$name.txt --quiet --upgrade --universal --python-version 3.11 \
			--fork-strategy fewest --generate-hashes --custom-compile-command "make lock" || exit 1; \
	done

bench: setup $(PEERS)/.ready ## measure against bare COPY, dlt, DataFrame.to_sql, one dbt build, Splink
	@$(BIN)/python -m bench $(ARGS)

$(PEERS)/.ready: bench/requirements.txt tools/side_env.sh | $(READY)
	@sh tools/side_env.sh $(VENV) $(PEERS) bench/requirements.txt
	@touch $@

prove: setup ## the full-size proofs
	@$(KEPT) $(BIN)/python -m pytest -m proof

clean: down ## remove .venv and caches; the state in .simpul stays
	@rm -rf $(VENV) $(PEERS) $(BI) .pytest_cache .ruff_cache .hypothesis
