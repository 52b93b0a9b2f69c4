# The two commands of the README are `make run` and `make test`; each works alone on a fresh clone.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: lock sbom audit run test test-repeat lint bench tools clean

run: $(VENV)/run.stamp  ## A simulated patient through the whole of Spikewatch, watched in the terminal
	$(BIN)/spikewatch demo

# More workers than most machines here have cores: half of the time one waits, for a signal that comes in real time or
# for a process. With six on two cores the system of a live test may start too late for its signal. A file stays with one
# worker, so that what its tests share is started once; conftest has the longest begin first.
PYTEST := $(BIN)/pytest -n 5 --dist loadfile --no-loadscope-reorder
# Tests start some hundred programs: without its byte code each of them would be compiled anew.
test test-faults test-pages test-repeat: export PYTHONDONTWRITEBYTECODE :=

# Programs that are started beside many others may be too late for their signal: what failed is tried once more, alone,
# and what fails again fails. test-repeat forgives nothing.
ALONE := $(BIN)/pytest --last-failed --last-failed-no-failures none

test: $(VENV)/test.stamp tools  ## Every test that needs no GPU, but for the slow commands of pages (test-pages)
	$(PYTEST) || { [ $$? -eq 1 ] && echo "once more, alone: the tests that failed" && $(ALONE); }

.PHONY: test-faults

test-faults: $(VENV)/test.stamp tools  ## Every test that breaks something on purpose, by the table in docs/hazards.md
	$(PYTEST) -m fault

.PHONY: test-pages

test-pages: $(VENV)/test.stamp tools  ## Every command of the pages that takes a second or more, on small recordings
	$(PYTEST) -m pages tests/docs

RUNS := 20

test-repeat: $(VENV)/test.stamp tools  ## The same RUNS times, until one fails: what fails now and then is found here
	for run in $$(seq $(RUNS)); do echo "run $$run of $(RUNS)"; $(PYTEST) --durations=10 || exit 1; done

lint: $(VENV)/test.stamp  ## Style, formatting and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

BENCHES := demo latency hotpath throughput seeds_speed peer losses training gpu

bench: $(VENV)/bench.stamp tools  ## Every benchmark that needs no recordings, results into bench/results/
	for name in $(BENCHES); do $(BIN)/python -m bench.$$name --json bench/results/$$name.json || exit 1; done

# Tools of their own environment: what they bring along must not stand in the list that they make.
SUPPLY := $(VENV)-supply/bin

$(SUPPLY)/pip:
	$(PYTHON) -m venv $(VENV)-supply
	$@ install -q pip-tools cyclonedx-bom pip-audit

lock: $(SUPPLY)/pip  ## requirements.lock: every library of an installation with the hashes of its files
	$(SUPPLY)/pip-compile -q --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-find-links --strip-extras --extra demo -c constraints.txt -o requirements.lock pyproject.toml

sbom: $(VENV)/run.stamp $(SUPPLY)/pip  ## dist/sbom.json: what is installed, as CycloneDX
	mkdir -p dist
	$(SUPPLY)/cyclonedx-py environment $(BIN)/python --output-file dist/sbom.json

audit: $(SUPPLY)/pip  ## Known weaknesses of the libraries in constraints.txt; fails where it cannot ask about one
	$(SUPPLY)/pip-audit --strict -r constraints.txt --no-deps --disable-pip

.PHONY: try-install
PYTHONS := 3.11 3.12 3.13

try-install: $(SUPPLY)/pip  ## Wheel and sdist in empty environments of PYTHONS: install, and the first commands
	$(SUPPLY)/pip install -q build uv
	$(SUPPLY)/python -m build -q --outdir dist .
	set -e; for python in $(PYTHONS); do for file in dist/*.whl dist/spikewatch-*.tar.gz; do \
	  UV=$(CURDIR)/$(SUPPLY)/uv deploy/install/try.sh $$python $$file; done; done

# A broker, Prometheus' own checker and a browser: tests run against the real ones.
tools:
	@command -v mosquitto >/dev/null || PATH=$$PATH:/usr/sbin command -v mosquitto >/dev/null || $(MAKE) --no-print-directory apt
	@command -v promtool >/dev/null || $(MAKE) --no-print-directory apt
	@command -v chromium >/dev/null || $(MAKE) --no-print-directory apt

.PHONY: apt
apt:
	apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends mosquitto prometheus chromium faketime

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: $(BIN)/python pyproject.toml constraints.txt
	$(BIN)/pip install -q -c constraints.txt -e '.[demo]'
	touch $@

$(VENV)/test.stamp: $(BIN)/python pyproject.toml constraints.txt
	$(BIN)/pip install -q -c constraints.txt -e '.[demo,train,test]'
	touch $@ $(VENV)/run.stamp

$(VENV)/bench.stamp: $(BIN)/python pyproject.toml constraints.txt
	$(BIN)/pip install -q -c constraints.txt -e '.[demo,train,test,bench]'
	touch $@ $(VENV)/test.stamp $(VENV)/run.stamp

clean:
	rm -rf $(VENV) $(VENV)-supply build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
