# Everything a person needs: `make demo` to see it, `make test` to prove it.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
SOURCES := $(shell git ls-files --cached --others --exclude-standard edged/web/ui edged/overlay 2>/dev/null)

.PHONY: demo test test-field lint docs bench ui wheel deb clean

demo: $(VENV)/demo.stamp edged/web/static/.stamp
	$(BIN)/edged demo $(ARGS)

# What happens in containers is mostly waited for, and pages are patient: both go on beside the rest. What runs in real
# time, emulated boards among it, has the machine to itself. Nothing is waited for for ever.
REAL_TIME := tests/firmware tests/overlay tests/system
TESTED := $(CURDIR)/build/tests
BESIDE := tests/nspawn tests/web
PATIENCE := timeout --foreground --kill-after=30s
covered = COVERAGE_FILE=$(TESTED)/$(1).coverage $(PATIENCE) 45m $(BIN)/pytest -m "not field" --cov --cov-report=

test: $(VENV)/dev.stamp edged/web/static/.stamp
	scripts/install-test-tools.sh
	rm -rf $(TESTED)
	mkdir -p $(TESTED)
	$(PATIENCE) 45m $(BIN)/pytest -m "not field" -p no:cacheprovider tests/nspawn >$(TESTED)/containers.log 2>&1 & \
	containers=$$!; \
	$(call covered,pages) -p no:cacheprovider tests/web $(ARGS) >$(TESTED)/pages.log 2>&1 & \
	pages=$$!; \
	$(call covered,here) tests $(addprefix --ignore=,$(BESIDE) $(REAL_TIME)) $(ARGS); \
	here=$$?; \
	wait $$containers; containers=$$?; \
	wait $$pages; pages=$$?; \
	$(call covered,real-time) $(REAL_TIME) $(ARGS); \
	real=$$?; \
	cat $(TESTED)/containers.log $(TESTED)/pages.log; \
	exit $$((here | containers | pages | real))
	$(BIN)/coverage combine $(TESTED)/*.coverage
	$(BIN)/coverage report --fail-under=98

test-field: $(VENV)/dev.stamp edged/web/static/.stamp
	scripts/install-test-tools.sh
	scripts/install-field-tools.sh
	$(BIN)/pytest -m field -o faulthandler_timeout=0 $(ARGS)

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy packaging/*.py
	$(BIN)/lint-imports
	$(BIN)/python scripts/docs.py --check

docs: $(VENV)/dev.stamp
	$(BIN)/python scripts/docs.py

bench: $(VENV)/dev.stamp
	$(BIN)/python -m benchmarks $(ARGS)

ui: $(VENV)/demo.stamp
	$(BIN)/python scripts/build_ui.py

wheel: $(VENV)/dev.stamp
	$(BIN)/python -m hatchling build -t wheel

deb: $(VENV)/dev.stamp edged/web/static/.stamp
	$(BIN)/python packaging/build_deb.py $(if $(ARCH),--arch $(ARCH)) $(ARGS)

clean:
	rm -rf $(VENV) build dist edged/web/static edged/web/ui/node_modules
	rm -rf .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# The test set contains the demo's, so that one environment serves both; the smaller one installs faster.
$(VENV)/demo.stamp: requirements/demo.txt pyproject.toml | $(BIN)/python
	test -f $(VENV)/dev.stamp || $(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/demo.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/dev.stamp: requirements/dev.txt pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@ $(VENV)/demo.stamp

edged/web/static/.stamp: $(SOURCES) scripts/build_ui.py | $(VENV)/demo.stamp
	$(BIN)/python scripts/build_ui.py
	touch $@
