# Everything a person needs: `make demo` to see it, `make test` to prove it.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
SOURCES := $(shell git ls-files --cached --others --exclude-standard edged/web/ui edged/overlay 2>/dev/null)

.PHONY: demo test test-field lint docs bench ui wheel clean

demo: $(VENV)/demo.stamp edged/web/static/.stamp
	$(BIN)/edged demo $(ARGS)

test: $(VENV)/dev.stamp edged/web/static/.stamp
	scripts/install-test-tools.sh
	$(BIN)/pytest -m "not field" --cov --cov-report=term $(ARGS)
	$(BIN)/coverage report --fail-under=98 >/dev/null

test-field: $(VENV)/dev.stamp edged/web/static/.stamp
	scripts/install-test-tools.sh
	scripts/install-field-tools.sh
	$(BIN)/pytest -m field $(ARGS)

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
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

clean:
	rm -rf $(VENV) build dist edged/web/static edged/web/ui/node_modules
	rm -rf .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# The test set contains the demo's, so that one environment serves both; the smaller one installs faster.
$(VENV)/demo.stamp: requirements/demo.txt pyproject.toml | $(BIN)/python
	test -f $(VENV)/dev.stamp || $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/demo.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/dev.stamp: requirements/dev.txt pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@ $(VENV)/demo.stamp

edged/web/static/.stamp: $(SOURCES) scripts/build_ui.py | $(VENV)/demo.stamp
	$(BIN)/python scripts/build_ui.py
	touch $@
