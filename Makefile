# Each target calls commands that a person could type. ARGS is handed on: make demo ARGS="--orders 200 --exit"
.POSIX:
.PHONY: help demo serve test test-fast lint format types prove prove-money bench docs pictures pins setup clean distclean

ARGS =
PYTHON =
SETUP = PYTHON="$(PYTHON)" scripts/setup
RUN = .venv/bin

help:
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile

setup: ## the virtual environment for development
	@$(SETUP) dev

demo: ## everything, with two simulated companies, until Ctrl-C
	@$(SETUP) runtime
	@$(RUN)/ml-connector demo $(ARGS)

serve: ## the connector itself
	@$(SETUP) runtime
	@$(RUN)/ml-connector serve $(ARGS)

# in their own order, because xdist would keep files of few and long tests for the end, where one worker waits
test: ## the whole suite; the domain must be covered completely
	@$(SETUP) dev
	$(RUN)/python -m pytest tests/domain --cov --cov-report=term-missing:skip-covered $(ARGS)
	$(RUN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --ignore=tests/domain $(ARGS)

lint: ## style, types, and which way imports point
	@$(SETUP) dev
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/mypy
	PYTHONPATH=src $(RUN)/lint-imports

format: ## make the style agree
	@$(SETUP) dev
	$(RUN)/ruff check --fix .
	$(RUN)/ruff format .

prove: ## the attacks on exactly once
	@$(SETUP) runtime
	$(RUN)/ml-connector prove $(ARGS)

prove-money: ## 100,000 plans of random orders, added up and closed by another arithmetic
	@$(SETUP) runtime
	PYTHONPATH=src $(RUN)/python -m ml_connector.prove.money $(ARGS)

bench: ## the benchmarks
	@$(SETUP) runtime
	$(RUN)/ml-connector bench $(ARGS)

docs: ## docs/settings.md from the settings
	@$(SETUP) dev
	PYTHONPATH=src $(RUN)/python scripts/settings_page.py

pictures: ## of the console's pages, into docs/console; needs Chromium
	@$(SETUP) dev
	PYTHONPATH=src $(RUN)/python scripts/screenshots.py $(ARGS)

pins: ## requirements/*.txt from pyproject.toml
	@$(SETUP) dev
	scripts/pins $(ARGS)

clean: ## what tools leave behind
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage .coverage.* build dist htmlcov

distclean: clean ## and the virtual environment
	rm -rf .venv .venv.lock
