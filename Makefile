# `make` alone lists the targets. The environment is .venv in this folder; .ci/setup.sh makes it.

PY := .venv/bin/python
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run test check format wheel bench pictures clean distclean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv/.ready-run ## open the window with the demo running (no display: a picture and a summary)
	@$(PY) app.py --demo $(ARGS)

test: .venv/.ready-dev ## run the tests (ARGS="-k word" for some of them)
	$(PY) -m pytest $(ARGS)

check: .venv/.ready-dev ## lint, format, types, and who imports whom
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -m pytest -q -p no:randomly tests/test_imports.py tests/test_ceiling.py

format: .venv/.ready-dev ## put the code into the one format
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

wheel: .venv/.ready-dev ## build the wheel into dist/
	rm -rf dist
	$(PY) -m build --wheel --outdir dist .

bench: .venv/.ready-dev ## measure the figures we promise (ARGS="--only NAME", "--json")
	$(PY) tests/bench/run.py $(ARGS)

pictures: .venv/.ready-dev ## make the README's pictures anew, from real runs
	$(PY) tests/pictures/make.py

clean: ## remove what was built, not the environment
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

distclean: clean ## the environment too
	rm -rf .venv

.venv/.ready-run: pyproject.toml .ci/setup.sh
	@.ci/setup.sh run

.venv/.ready-dev: pyproject.toml .ci/setup.sh
	@.ci/setup.sh dev
