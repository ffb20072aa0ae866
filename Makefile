# Everything is set up in .venv beside this file, from Python 3.11 or newer alone.
unexport VIRTUAL_ENV PYTHONHOME PYTHONPATH PIP_PREFIX PIP_TARGET PIP_USER
# Without bytecode every one of the many processes of a batch or a test run compiles the package anew.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
READY := .venv/.ready
DEMO := params/demo/truth.json
SUITS := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))

.DEFAULT_GOAL := help
.PHONY: help reports lab test lint check bench lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' Makefile
	@echo 'PYTHON=… picks the Python to set up with, PYTEST_ARGS=… the tests to run.'

reports: $(READY) $(DEMO) ## publish the demo company's reports
	@$(BIN)/salesperf run params/demo.yml > /dev/null
	@ls reports/demo/*/index.html

lab: $(READY) $(DEMO) ## open the workbench in JupyterLab
	@$(BIN)/salesperf lab

# In the order of files (see tests/conftest.py): the few that take long are not the last.
test: $(READY) ## run the tests
	@$(BIN)/python -m pytest -n auto --no-loadscope-reorder $(PYTEST_ARGS)

lint: $(READY) ## check style and types
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@rm -rf .mypy_cache/notebooks
	@$(BIN)/jupyter-nbconvert --log-level ERROR --to python --output-dir .mypy_cache/notebooks notebooks/*.ipynb
	@$(BIN)/mypy salesperf .mypy_cache/notebooks

check: lint test ## check style and types, then run the tests

bench: $(READY) ## run the measurements in bench/
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --group bench
	@for script in bench/*.py; do [ ! -f "$$script" ] || $(BIN)/python "$$script" || exit 1; done

lock: | $(READY) ## pin what pyproject.toml asks for; LOCK_ARGS=--upgrade for newer releases
	@$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --group dev pyproject.toml -o requirements.lock --quiet $(LOCK_ARGS)

clean: ## remove all that make made, but no published report
	@rm -rf .venv .hypothesis .mypy_cache .pytest_cache .ruff_cache build dist params/demo
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(DEMO): | $(READY)
	@$(BIN)/salesperf demo params/demo

# The stamp comes last, so that an interrupted set-up starts over.
$(READY): requirements.lock pyproject.toml
	@found=; \
	for python in $(if $(PYTHON),'$(PYTHON)',python3.13 python3.12 python3.11 python3); do \
	    if "$$python" -c '$(SUITS)' >/dev/null 2>&1; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	    echo "make: expected Python 3.11 or newer with venv$(if $(PYTHON), as '$(PYTHON)'), found none;" \
	        "install it (Debian: python3-venv) or name one: make PYTHON=/path/to/python3" >&2; \
	    exit 1; \
	fi; \
	echo "make: setting up .venv with $$found; this takes a few minutes, once" >&2; \
	rm -rf .venv && "$$found" -m venv .venv
	@command -v uv >/dev/null 2>&1 \
	    && uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock \
	    || $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-index --no-deps \
	    --no-build-isolation --editable .
	@touch $@
