# Careloom's commands; `make` alone lists them.

.DEFAULT_GOAL := help
.PHONY: help install demo run test check fix bench bench-compare chaos resync docs constraints

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
INSTALLED := .venv/installed

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 24

install: $(INSTALLED) ## what the project needs, in .venv

demo: $(INSTALLED) ## River's case through the real services; BUNDLE=<file>: with the patient of that FHIR bundle
	@exec $(BIN)/python -m deploy.demo $(if $(BUNDLE),--bundle "$(BUNDLE)")

run: $(INSTALLED) ## broker and services, until stopped
	@exec $(BIN)/python -m shared.runtime.supervisor services.directory

test: $(INSTALLED) ## every test; ARGS="tests/shared -x" chooses
	@exec $(BIN)/python -m pytest $(ARGS)

check: $(INSTALLED) ## rules of style, types and layers
	@failed=; for each in "ruff check ." "ruff format --check ." mypy "lint-imports --no-logo" vulture "deptry ."; do \
	  echo "$$each"; $(BIN)/$$each || failed=1; done; test -z "$$failed"

fix: $(INSTALLED) ## what the checks can mend by themselves
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(INSTALLED) ## how fast it is here, in some minutes; ARGS=--quick: in one
	@exec $(BIN)/python -m bench $(ARGS)

bench-compare: $(INSTALLED) ## REV=<git revision>: how fast it is here, beside that revision
	@exec $(BIN)/python -m bench.compare "$(REV)" $(ARGS)

chaos: $(INSTALLED) ## everything goes wrong, nothing may be lost; ARGS="--seed 7 --seconds 3600 --database sqlite"
	@exec $(BIN)/python -m tests.chaos $(ARGS)

resync: $(INSTALLED) ## SERVICE=<name> [TYPE=<type>]: a running service loads its copies again from their owners
	@exec $(BIN)/python -m shared.runtime.resync services.directory "$(SERVICE)" $(TYPE)

docs: $(INSTALLED) ## the tables in docs/ that are made from the code
	@exec $(BIN)/python -m deploy.documents

constraints: $(INSTALLED) ## pin every dependency of pyproject.toml again; ARGS=--upgrade: the newest ones
	@CUSTOM_COMPILE_COMMAND="make constraints" $(BIN)/pip-compile --quiet --all-extras --generate-hashes --allow-unsafe \
	  --strip-extras --no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options \
	  $(ARGS) --output-file constraints.txt pyproject.toml

$(INSTALLED): constraints.txt pyproject.toml
	@test -n "$(PYTHON)" && $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Careloom needs Python 3.11 or newer (PYTHON=<path> chooses one)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || test -x $(BIN)/pip \
	  || { echo "$(PYTHON) cannot make environments; on Debian: apt-get install python3-venv"; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	@echo "Installing what Careloom needs into .venv (the first time this takes a minute or two) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
