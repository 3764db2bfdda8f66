# The verbs of this repository. Each sets up what it needs in .venv first; `make help` lists them.
# They need Python 3.11 or newer, make, and the Python package index; uv is used where it is installed, and is much faster.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
JOBS ?= 2
VENV := .venv
# whose Kubernetes the twins of the tests are
TWIN := examples/enterprise/homelab.yaml
# the programs of a twin among the judges: a control plane, and operators beside it
JUDGED := etcd kube-apiserver kube-controller-manager kube-scheduler kwok prometheus-operator elastic-operator kyverno \
	sealed-secrets-controller
PY := $(VENV)/bin/python
PYTEST := $(PY) -m pytest -n $(JOBS)
UV := $(shell uv --version >/dev/null 2>&1 && echo uv)
export UV_NO_PROGRESS := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# what was compiled is kept, whatever the shell says: every test that starts homelab would compile it anew
export PYTHONDONTWRITEBYTECODE :=

# Real charts, CRDs and schemas for tests; without them those tests are skipped and say so.
ifneq ($(wildcard ../shared/charts),)
export HOMELAB_TEST_DATA ?= $(abspath ../shared)
endif

# $(call install,FILE): exactly the packages of one requirements file, by uv where there is one, else by pip.
install = $(if $(UV),uv pip install --quiet --python $(PY),$(PY) -m pip install --quiet)
.PHONY: help demo test slow soak judges lint docs golden cases bench record oracles twin mutants requirements clean

help:  ## this list
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):[^#]*## */\1\t/' | expand -t 14

demo: $(VENV)/.runtime  ## a README's lab, as claimed and as computed
	@$(VENV)/bin/homelab demo

test: $(VENV)/.dev  ## every promise that can be proved in three minutes
	@$(PYTEST) -m "not slow and not soak and not judge" $(ARGS)

slow: $(VENV)/.dev  ## the promises that take longer, or need a real program to compare with
	@$(PYTEST) -m "slow and not soak and not judge" $(ARGS)

soak: $(VENV)/.dev  ## the longest tests, for a night
	@$(PYTEST) -m "soak" $(ARGS)

judges: $(VENV)/.dev $(VENV)/.oracles  ## what real programs say whose build takes many minutes, made here the first time
	@$(PY) scripts/oracles.py --judges
	@$(VENV)/bin/homelab twin install $(TWIN) $(addprefix --only ,$(JUDGED))
	@$(PYTEST) -m "judge" -n 0 $(ARGS)

lint: $(VENV)/.dev  ## style, types, the arrows between rooms, nothing in the files that belongs to one machine
	@bad=; \
	$(VENV)/bin/ruff check || bad="$$bad style"; \
	$(VENV)/bin/ruff format --check --quiet || bad="$$bad format"; \
	$(VENV)/bin/mypy || bad="$$bad types"; \
	PYTHONPATH=src $(VENV)/bin/lint-imports --no-logo || bad="$$bad arrows"; \
	$(PY) -m pytest tests/test_house.py || bad="$$bad house"; \
	[[ -z "$$bad" ]] || { echo "not clean:$$bad" >&2; exit 1; }

docs: $(VENV)/.dev  ## docs/reference, the sample, the JSON Schema and the sessions in README and docs, made anew
	@$(PY) scripts/reference.py --write
	@$(PY) scripts/commands.py --write
	@$(PY) scripts/sessions.py --write

golden: $(VENV)/.dev  ## pin the rendered examples anew; review the difference as the product
	@HOMELAB_REPIN=1 $(PYTEST) tests/golden $(ARGS)
	@git --no-pager diff --stat -- tests/golden

cases: $(VENV)/.dev  ## record anew what real kustomize answers to the cases of the tests; needs `make oracles`
	@HOMELAB_REPIN=1 $(PY) -m pytest tests/gitops/test_kustomize_oracle.py -m slow $(ARGS)
	@git --no-pager diff --stat -- tests/gitops

bench: $(VENV)/.dev  ## how fast, against the bound and against a peer, in one run
	@$(PY) scripts/bench $(ARGS)

record: $(VENV)/.dev  ## the shapes of real charts, probed anew; some minutes a chart (ARGS="cilium velero")
	@$(PY) scripts/record $(ARGS)

oracles: $(VENV)/.oracles  ## the real programs that tests compare with; some minutes the first time
	@$(PY) scripts/oracles.py $(ARGS)

twin: $(VENV)/.oracles  ## the programs of a twin, built from source; a quarter of an hour the first time (ARGS="--only kustomize")
	@$(PY) scripts/oracles.py helm redis-server
	@$(VENV)/bin/homelab twin install $(TWIN) $(ARGS)

mutants: $(VENV)/.dev  ## what no test holds of a change: its lines changed one at a time (ARGS="BASE --limit 20")
	@$(PY) scripts/mutants.py $(ARGS)

requirements:  ## choose the newest packages anew; needs uv
	@$(if $(UV),,echo "this needs uv: $(PYTHON) -m pip install uv" >&2; exit 1)
	@$(compile) pyproject.toml requirements/build.in --output-file requirements/runtime.txt
	@$(compile) pyproject.toml requirements/build.in --group dev --all-extras --constraint requirements/runtime.txt --output-file requirements/dev.txt
	@$(compile) --group oracles --no-deps --output-file requirements/oracles.txt

compile = uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-annotate --custom-compile-command "make requirements"

clean:  ## remove what can be made again
	@rm -rf $(VENV) build dist .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# One stamp a requirements file, so that a change of the file installs anew, and nothing else does.
$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "homelab needs Python 3.11 or newer, and $(PYTHON) is `$(PYTHON) -V 2>&1`: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(if $(UV),uv venv --quiet --allow-existing --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" $(VENV),\
		$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
		{ echo "$(PYTHON) has no venv module: install it (Debian, Ubuntu: apt-get install python3-venv), or install uv" >&2; exit 1; }; \
		$(PYTHON) -m venv $(VENV))
	@touch $@

$(VENV)/.runtime: $(VENV)/.made requirements/runtime.txt pyproject.toml
	@echo "setting up $(VENV) …" >&2
	@$(install) --require-hashes --requirement requirements/runtime.txt
	@$(install) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements/dev.txt
	@$(install) --require-hashes --requirement requirements/dev.txt
	@touch $@

$(VENV)/.oracles: $(VENV)/.runtime requirements/oracles.txt
	@$(install) --no-deps --require-hashes --requirement requirements/oracles.txt
	@touch $@
