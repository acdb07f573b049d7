# Front Door. `make` lists what there is; README.md and docs/operations.md explain it.

PYTHON ?= python3
SETUP = $(PYTHON) scripts/setup.py

.DEFAULT_GOAL := help
.PHONY: help setup run test soak check lock pictures clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install everything into .venv and .venv-rasa
	@$(SETUP)

run: ## install what is missing, train if needed, start everything (stop with Ctrl-C)
	@$(SETUP) --quiet-when-done
	@exec .venv/bin/frontdoor up

test: ## run all tests
	@$(SETUP) --dev --quiet-when-done
	@.venv/bin/python scripts/test.py

soak: ## run the tests with full counts, and the storm (about half an hour)
	@$(SETUP) --dev --quiet-when-done
	@.venv/bin/python scripts/test.py --soak

check: ## check format, lint, types, floors and locks
	@$(SETUP) --dev --quiet-when-done
	@.venv/bin/python scripts/check.py

lock: ## resolve requirements/*.in into requirements/*.txt
	@$(SETUP) --dev --quiet-when-done
	@$(PYTHON) scripts/lock.py --uv "$$($(SETUP) --print-uv)"

pictures: ## take the pictures of docs/images again
	@$(SETUP) --dev --quiet-when-done
	@.venv/bin/python scripts/pictures.py

clean: ## remove environments, caches and trained models; keeps var/ (your data)
	rm -rf .venv .venv-rasa .rasa .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis results models/*.tar.gz models/*.json
	find . -name __pycache__ -type d -not -path './node_modules/*' -prune -exec rm -rf {} +
