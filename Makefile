# The commands of the README. Each does its own set-up: Python 3.11+, make and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo test lint check docs fast dist bench bench-short prove soak lock clean

demo: $(VENV)/runtime.stamp  ## the main job, offline: made-up albums arrive in ./shanty-demo
	$(BIN)/python -m cli.main demo

# Compiled before: where nothing may write its bytecode, each process would compile all again. What
# pytest makes of the tests is kept for the next time, whatever the shell says about bytecode.
test: $(VENV)/dev.stamp  ## the whole suite
	$(BIN)/python -m compileall -q cli deployments flows shanty tasks tests/world web
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest

lint: $(VENV)/dev.stamp  ## format, lint, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

check: lint test  ## format, lint, types, tests

fast: $(VENV)/dev.stamp  ## a part of the suite that needs no server
	$(BIN)/python --version
	$(BIN)/python -m pytest -q tests/test_architecture.py tests/config tests/files tests/matching \
		tests/naming tests/tags tests/workqueue

# Constraints for pipx and uv are the lock without hashes and extras, which pip allows in none.
dist: $(VENV)/dev.stamp  ## the files of a release in dist/: the wheel, the lock, and constraints
	$(BIN)/python -m build --wheel --no-isolation --outdir dist
	cp requirements.lock dist/
	sed -nE 's/^([A-Za-z0-9._-]+)(\[[^]]*\])?(==[^\\]*[^\\ ]) *\\?$$/\1\3/p' requirements.lock \
		> dist/constraints.txt

docs: $(VENV)/dev.stamp  ## the pages that are made from the code: commands, settings
	$(BIN)/python -m docs.generate

bench: $(VENV)/dev.stamp  ## pipeline, queue, catalogue, scan, matching, a home, beside peers and bounds (an hour)
	$(BIN)/python -m bench.pipeline
	$(BIN)/python -m bench.queue_operations
	$(BIN)/python -m bench.expansion
	$(BIN)/python -m bench.library_scan
	$(BIN)/python -m bench.library_check
	$(BIN)/python -m bench.library_rename
	$(BIN)/python -m bench.library_growth
	$(BIN)/python -m bench.old_home
	$(BIN)/python -m bench.matching
	$(BIN)/python -m bench.pages
	$(BIN)/python -m bench.several_machines
	$(BIN)/python -m bench.home

bench-short: $(VENV)/dev.stamp  ## the same with a hundredth of the data: that it runs, not how fast (minutes)
	$(BIN)/python -m bench.pipeline --quick
	$(BIN)/python -m bench.queue_operations --items 100 --rounds 1
	$(BIN)/python -m bench.expansion --recordings 100 300
	$(BIN)/python -m bench.library_scan --files 500 --times 1
	$(BIN)/python -m bench.library_check --files 3000
	$(BIN)/python -m bench.library_rename --tracks 200 --moved 100
	$(BIN)/python -m bench.library_growth --quick
	$(BIN)/python -m bench.old_home --runs 5 --tracks 40
	$(BIN)/python -m bench.matching
	$(BIN)/python -m bench.pages --quick --tracks 4000 --rules 20 --reviews 10 --times 2
	$(BIN)/python -m bench.several_machines --quick
	$(BIN)/python -m bench.home --quick

prove: $(VENV)/dev.stamp  ## the slow proofs: long kill -9 loops on SQLite and PostgreSQL
	$(BIN)/python -m pytest -m proof --dist load
	$(MAKE) soak

soak: $(VENV)/dev.stamp  ## the service for an hour, with bursts of load, stopped part by part
	$(BIN)/python -m pytest -m soak -n 0 -s

# --no-deps: the locks are complete, and older pips refuse hashes beside extras such as
# sqlalchemy[asyncio].
$(VENV)/runtime.stamp: requirements.lock | $(BIN)/python
	$(PIP) --no-deps --require-hashes -r requirements.lock
	touch $@

$(VENV)/dev.stamp: requirements-dev.lock | $(BIN)/python
	$(PIP) --no-deps --require-hashes -r requirements-dev.lock
	touch $@ $(VENV)/runtime.stamp

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

lock:  ## resolve the newest versions that pyproject.toml allows (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url --upgrade pyproject.toml --output-file requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url --constraint requirements.lock --group dev pyproject.toml \
		--output-file requirements-dev.lock

clean:
	rm -rf $(VENV) .venv-3.* build dist .pytest_cache .mypy_cache .ruff_cache
