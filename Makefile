# perflab: all tasks of the project. `make` alone lists them.
#
# Everything goes into .venv, from a lock with hashes. PYTHON names the interpreter to build it with;
# without it the first of python3.13, 3.12, 3.11, python3 that runs and has venv is taken.

PYTHON   ?=
PROFILE  ?= default
SCENARIO ?= scenarios/marketplace.yaml
PORT     ?= 8000
ARGS     ?=

# Relative on purpose: a checkout may live under a path with spaces.
VENV := .venv
BIN   = $(VENV)/bin
STAMP = $(VENV)/.installed

# Scripts and links inside a virtual environment hold its absolute path: a checkout that was moved needs a new one.
ifneq ($(wildcard $(STAMP)-report),)
ifneq ($(shell cat $(STAMP)-report),$(shell pwd -P))
$(shell rm -f $(STAMP)-report $(STAMP)-test)
endif
endif

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help report test lab serve bench selftest faults lint lock test-next clean $(VENV)

help:  ## list the tasks
	@grep -hE '^[.a-z$$()A-Z-]+:.*##' Makefile | sed -e 's/$$(VENV)/.venv/' | awk -F ':.*## *' '{printf "  make %-10s %s\n", $$1, $$2}'

$(VENV): $(STAMP)-report  ## set up .venv only

report: $(STAMP)-report  ## run the scenario and print the path of its page; PROFILE=smoke takes a minute
	@$(BIN)/perflab run $(SCENARIO) --profile $(PROFILE) $(ARGS)

test: $(STAMP)-test lint  ## run linters, type checks, import contracts and the whole test suite
	@$(BIN)/python -m tests $(ARGS)

lint: $(STAMP)-test  ## run ruff, mypy --strict and the import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

lab: $(STAMP)-report  ## start JupyterLab on the notebooks (localhost only, with a token)
	@$(BIN)/jupyter lab --ServerApp.ip=localhost --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/notebooks $(ARGS)

serve: $(STAMP)-test  ## serve the marketplace with the debug toolbar on localhost:$(PORT), on private servers
	@$(BIN)/python tools/serve.py --port $(PORT) $(ARGS)

bench: $(STAMP)-test  ## measure the overhead of measuring, seeding and replaying
	@$(BIN)/python -m tests.benchmarks $(ARGS)

selftest: $(STAMP)-test  ## check how often intervals and verdicts are right when the true effect is known
	@$(BIN)/python -m tests.selftest $(ARGS)

faults: $(STAMP)-test  ## inject known faults into the marketplace and check that each is found and classified correctly
	@$(BIN)/python -m tests.faults $(ARGS)

# A changed lock gets a new environment, so that nothing stays behind that the lock no longer names.
$(STAMP)-report: requirements/report.txt pyproject.toml
	@python="$(PYTHON)"; [ -n "$$python" ] || python=$$(sh tools/find_python.sh 3.11) || exit 1; \
	echo "Setting up .venv with $$python (about two minutes)"; \
	"$$python" -m venv --clear $(VENV)
	@$(BIN)/python tools/install.py requirements/report.txt
	@pwd -P > $@

$(STAMP)-test: requirements/test.txt $(STAMP)-report
	@echo "Adding the test tools to .venv"
	@$(BIN)/python tools/install.py requirements/test.txt
	@touch $@

lock:  ## update the lock files from pyproject.toml (needs uv); ARGS=--upgrade takes newer versions
	@sh tools/lock.sh $(ARGS)

test-next:  ## run the suite on the next Django (6.1) with Python 3.13, in .venv-next
	@python="$(PYTHON)"; [ -n "$$python" ] || python=$$(sh tools/find_python.sh 3.13 python3.13 "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/3.13*/bin/python) || exit 1; \
	[ -d .venv-next ] && [ ! requirements/next.txt -nt .venv-next/.installed ] || { \
		"$$python" -m venv --clear .venv-next && .venv-next/bin/python tools/install.py requirements/next.txt && touch .venv-next/.installed; }
	@.venv-next/bin/python -m tests $(ARGS)

clean:  ## remove .venv, caches and leftovers of interrupted runs; keep reports and seeded data
	@[ ! -x $(BIN)/perflab ] || $(BIN)/perflab clean
	@rm -rf $(VENV) .venv-next build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache test-artefacts
	@find app tests tools notebooks -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true
	@rm -rf app/*.egg-info
