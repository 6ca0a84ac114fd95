# `make help` lists what there is. Every step prints one line; what is already done is skipped.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run test setup train eval bench bench-short chaos chaos-short fmt lock screenshots clean

# Rasa's telemetry is off everywhere. The rest keeps other people's notices out of our output.
export RASA_TELEMETRY_ENABLED = false
export TF_CPP_MIN_LOG_LEVEL = 3
export SQLALCHEMY_SILENCE_UBER_WARNING = 1
export TOKENIZERS_PARALLELISM = false

help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

run: setup ## Set up what is missing and start the assistant; Ctrl-C stops it.
	@exec .venv/bin/aftercare run

test: ## Set up what is missing and run every check and test.
	@scripts/setup.sh test
	@exec scripts/check.sh

setup: ## Make .venv and everything that running needs, the trained model included.
	@scripts/setup.sh

train: setup ## Train the models again if their data changed.
	@.venv/bin/aftercare train

eval: setup ## Print the figures of docs/figures.md and docs/safety.md: understanding and safety on messages nothing trained on.
	@echo "==> Every set, the way of aftercare classify (docs/figures.md)"
	@.venv/bin/python -m bot.evaluate
	@echo "==> The reader alone, on the development sets (docs/reader.md)"
	@.venv/bin/python -m bot.language.evaluation
	@echo "==> Rules alone, reader alone and both joined, with their speed (docs/safety.md)"
	@.venv/bin/python -m bot.safety.evaluation
	@echo "==> Messages of a few minutes read together (docs/safety.md)"
	@.venv/bin/python -m bot.safety.window_evaluation
	@echo "==> A question beside a confession (docs/safety.md)"
	@.venv/bin/python -m bot.safety.beside_evaluation

chaos: setup ## Play hundreds of patients while one thing after another fails; ARGS="--seed 7" replays, --help tells more.
	@PYTHONPATH=tests exec .venv/bin/python -m chaos $(ARGS)

chaos-short: setup ## The same with twenty patients and a handful of failures: two to three minutes.
	@PYTHONPATH=tests exec .venv/bin/python -m chaos --short $(ARGS)

bench: setup ## Measure Aftercare beside stock Rasa and write docs/performance.md (hours: stock Rasa is trained in full).
	@.venv/bin/python -m bench

bench-short: setup ## The same in six minutes, with stock Rasa's model of a few epochs (kept in .cache/bench).
	@.venv/bin/python -m bench --short

fmt: ## Format the Python code and mend what the linter can mend.
	@.venv/bin/ruff format
	@.venv/bin/ruff check --fix

lock: ## Write requirements.txt anew from pyproject.toml.
	@scripts/setup.sh lock

screenshots: setup ## Take the pictures of docs/screenshots anew (needs Chromium).
	@exec .venv/bin/python scripts/screenshots.py

clean: ## Remove what set-up made (.venv, .tools, models, caches); the data of the assistant stays.
	rm -rf .venv .tools .rasa .cache models build widget/node_modules
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis *.egg-info
