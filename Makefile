# Everything a person needs: `make demo` to see it, `make test` to prove it.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
SOURCES := $(shell git ls-files --cached --others --exclude-standard edged/web/ui edged/overlay 2>/dev/null)

# Tests start the daemon hundreds of times: what is compiled once is kept, wherever that is turned off for containers.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-field lint docs bench ui wheel deb clean

demo: $(VENV)/demo.stamp edged/web/static/.stamp
	$(BIN)/edged demo $(ARGS)

# What runs in real time, emulated boards among it, has the right of way; two lanes of what can wait run beside it.
# Nothing is waited for for ever.
IN_REAL_TIME := tests/firmware tests/overlay tests/system
OF_PACKAGES := tests/packaging tests/nspawn
ON_PAGES := tests/web
OF_SIGNALS := tests/conformance tests/drivers tests/signals tests/sim
ELSEWHERE := $(IN_REAL_TIME) $(OF_PACKAGES) $(ON_PAGES) $(OF_SIGNALS)
TESTED := $(CURDIR)/build/tests
tested = $(1) timeout --foreground --kill-after=30s 45m $(BIN)/pytest -m "not field" -p no:cacheprovider
covered = COVERAGE_FILE=$(TESTED)/$(1).coverage $(call tested,$(2)) --cov --cov-report=

test: $(VENV)/dev.stamp edged/web/static/.stamp
	scripts/install-test-tools.sh
	rm -rf $(TESTED)
	mkdir -p $(TESTED)
	(failed=0; \
		$(call covered,pages,nice) $(ON_PAGES) $(ARGS) || failed=1; \
		$(call covered,signals,nice) $(OF_SIGNALS) $(ARGS) || failed=1; \
		exit $$failed) >$(TESTED)/pages-and-signals.log 2>&1 & one=$$!; \
	(failed=0; \
		$(call tested,nice) $(OF_PACKAGES) $(ARGS) || failed=1; \
		$(call covered,rest,nice) tests $(addprefix --ignore=,$(ELSEWHERE)) $(ARGS) || failed=1; \
		exit $$failed) >$(TESTED)/packages-and-rest.log 2>&1 & other=$$!; \
	$(call covered,real-time) $(IN_REAL_TIME) $(ARGS); failed=$$?; \
	wait $$one || failed=1; \
	wait $$other || failed=1; \
	cat $(TESTED)/*.log; \
	exit $$failed
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
