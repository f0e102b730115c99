# make lab      set everything up, then open the lessons in JupyterLab
# make test     set everything up, then run every check and test
# make help     the rest
#
# Nothing needs to be installed beforehand but Python 3.11 or newer and make. Work that is done is not done again: each
# step leaves a stamp in the virtual environment that is named after the content it was made from.

PYTHON ?=
VENV ?= .venv
LAB_ARGS ?=
PYTEST_ARGS ?=
WORKERS ?= 2
NBGRADER ?= .venv-nbgrader

PY := $(VENV)/bin/python
RUN_LOCK := binder/requirements.txt
TEST_LOCK := tests/requirements.txt
PIP := $(PY) -m pip --disable-pip-version-check --no-input
INSTALL := $(PIP) install --quiet --require-hashes --only-binary :all:

content = $(shell cat $(1) 2>/dev/null | cksum | tr ' ' '-')
STAMPS := $(VENV)/.lunarlab
RUN_STAMP := run-$(call content,$(RUN_LOCK))
TEST_STAMP := test-$(call content,$(RUN_LOCK) $(TEST_LOCK))
PACKAGE_STAMP := package-$(call content,pyproject.toml)
WARM_STAMP := warm-$(shell find lunarlab -name '*.py' -exec cksum {} + | sort | cksum | tr ' ' '-')

# Where this is set, as in many containers, no bytecode is kept: each process, and each sandbox, would compile numpy's sources
# again, which doubles the time that it takes to start.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.SUFFIXES:
.NOTPARALLEL:
.PHONY: help lab test env env-test venv packages packages-test package warm check lint types imports drift tests \
	claims tests-nbgrader tests-nojit tests-long test-binder lock lessons library bench bench-peers picture clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

# --- the two commands -------------------------------------------------------------------------------------------------

lab: env ## open the lessons in JupyterLab (LAB_ARGS="--no-browser --port 8899")
	@$(VENV)/bin/lunarlab lab $(LAB_ARGS)

test: check tests-nojit tests ## every check and every test

# --- set-up -----------------------------------------------------------------------------------------------------------

# An environment that works is kept, whoever made it; one that was moved, is half made or too old is made anew.
venv:
	@here="$$(cd "$$(dirname "$(VENV)")" && pwd -P)/$$(basename "$(VENV)")"; \
	if $(PY) -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	    && grep -qF "$$here" "$(VENV)/bin/activate"; then exit 0; fi; \
	new=""; whole=""; \
	for python in $(if $(PYTHON),"$(PYTHON)",python3.14 python3.13 python3.12 python3.11 python3 python); do \
	    "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	    new="$${new:-$$python}"; \
	    if "$$python" -c 'import venv, ensurepip' 2>/dev/null; then whole="$$python"; break; fi; \
	done; \
	if [ -z "$$new" ]; then \
	    echo "lunarlab needs Python 3.11 or newer; $(if $(PYTHON),$(PYTHON) is not,no python3.14 ... python3.11 or python3 is)." >&2; \
	    echo "Install one, or say where it is: make $(firstword $(MAKECMDGOALS)) PYTHON=/path/to/python3.12" >&2; exit 1; \
	elif [ -z "$$whole" ]; then \
	    version="$$("$$new" -c 'import sys; print("%d.%d" % sys.version_info[:2])')"; \
	    echo "$$new can't make a virtual environment: its venv or ensurepip module is missing." >&2; \
	    echo "On Debian and Ubuntu: apt-get install python$$version-venv" >&2; exit 1; \
	fi; \
	echo "making $(VENV) with $$("$$whole" --version)"; \
	"$$whole" -m venv --clear "$(VENV)"

# $(call once,stamp,commands): run the commands unless their stamp is there; leave it when they have succeeded.
once = @[ -e $(STAMPS)/$(1) ] || { $(2) && mkdir -p $(STAMPS) \
	&& rm -f $(STAMPS)/$(firstword $(subst -, ,$(1)))-* && touch $(STAMPS)/$(1); }

packages: venv
	$(call once,$(RUN_STAMP),echo "installing what $(RUN_LOCK) lists (a minute or two)" && $(INSTALL) -r $(RUN_LOCK))

packages-test: packages
	$(call once,$(TEST_STAMP),echo "installing what $(TEST_LOCK) lists" && $(INSTALL) -r $(RUN_LOCK) -r $(TEST_LOCK))

package: packages
	$(call once,$(PACKAGE_STAMP),$(PIP) install --quiet --no-deps --no-build-isolation --editable . )

warm: package ## compile what is not compiled yet
	@[ -d lunarlab/__pycache__/lunarlab ] || rm -f $(STAMPS)/warm-*
	$(call once,$(WARM_STAMP),$(VENV)/bin/lunarlab warm)

env: warm ## set-up only: virtual environment, locked packages, lunarlab, compiled kernels

env-test: packages-test warm

# --- checks -----------------------------------------------------------------------------------------------------------

check: lint types imports drift claims ## ruff, mypy, import-linter, whether the lessons match their sources, and their claims

lint: env-test
	$(PY) -m ruff check

types: env-test
	$(PY) -m mypy

imports: env-test
	$(VENV)/bin/lint-imports --no-cache

drift: env-test
	$(PY) -m lunarlab.grading.split --check

claims: env-test
	$(PY) -m lunarlab.grading.claims

tests: env-test ## the tests (PYTEST_ARGS="-k altimeter")
	$(PY) -m pytest --numprocesses $(WORKERS) --dist loadfile $(PYTEST_ARGS)

tests-long: env-test ## what takes minutes: campaigns killed at ten random moments
	LUNARLAB_LONG=1 $(PY) -m pytest -m long

tests-hostile: env-test ## students who attack the grader, in every tier that works here
	LUNARLAB_HOSTILE=1 $(PY) -m pytest -m hostile tests/grading_sandbox tests/grading_batch tests/grading_course tests/grading

tests-nbgrader: env-test ## our marks in the real nbgrader, in an environment of its own (NBGRADER=.venv-nbgrader)
	[ -x $(NBGRADER)/bin/python ] || { $(PY) -m venv $(NBGRADER) \
		&& $(NBGRADER)/bin/python -m pip install --quiet "nbgrader>=0.9.5,<0.10" "numpy>=2.2,<3"; }
	LUNARLAB_NBGRADER="$(NBGRADER)/bin/python" $(PY) -m pytest tests/grading_course/test_nbgrader.py

tests-nojit: env-test ## a few tests with numba switched off
	NUMBA_DISABLE_JIT=1 $(PY) -m pytest --numprocesses $(WORKERS) -m nojit $$(grep -rl --include='test_*.py' 'mark.nojit' tests)

test-binder: ## what Binder does to build and start its image, in a virtual environment of its own (minutes)
	tests/house/binder_steps.sh

# --- for those who change things --------------------------------------------------------------------------------------

lock: ## lock the newest versions that pyproject.toml allows (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv" >&2; exit 1; }
	uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
	    --group build --extra optimal --extra cluster --extra grading pyproject.toml --output-file $(RUN_LOCK)
	uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
	    --group test --constraint $(RUN_LOCK) \
	    $$(sed -n 's/^\([a-z0-9._-]*\)==.*/--no-emit-package \1/p' $(RUN_LOCK) | sort -u) --output-file $(TEST_LOCK)
	sed -i.old '/^# The following packages were excluded/,$$d' $(TEST_LOCK) && rm $(TEST_LOCK).old

lessons: env-test ## write lessons/ from solutions/
	$(PY) -m lunarlab.grading.split

library: env-test ## write docs/library.md from the docstrings
	$(PY) tests/house/library_page.py

bench: env-test ## measure, and compare with the budgets
	$(PY) -m benchmarks.flight
	$(PY) -m benchmarks.campaign
	$(PY) -m benchmarks.optimal
	$(PY) -m benchmarks.slider

PEERS := .venv-peers
bench-peers: env-test ## against pykep, heyoka, Basilisk and scipy, in environments of their own (Linux; minutes)
	for list in peers peers-pykep; do \
	    [ -x .venv-$$list/bin/python ] || $(PY) -m venv .venv-$$list; \
	    .venv-$$list/bin/python -m pip install --quiet -r benchmarks/$$list.txt || exit 1; \
	done
	$(PY) -m benchmarks.orbits --peers $(PEERS)/bin/python --pykep $(PEERS)-pykep/bin/python
	$(PY) -m benchmarks.descent --peers $(PEERS)/bin/python

picture: env-test ## take docs/console.png
	$(PY) -m benchmarks.picture

clean: ## remove what was made: virtual environment, compiled kernels, caches
	rm -rf $(VENV) dist artefacts .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find lunarlab tests benchmarks solutions -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
