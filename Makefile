# The only command to know is `make run`. Everything lands in .venv; nothing outside this folder is changed, but for the
# store of models (see `botcore models list`) and, with `make test` as root on Debian or Ubuntu, the package chromium.
.POSIX:
.PHONY: help setup dev run test check bench try-channels docs-screenshots clean

BIN = .venv/bin
MODELS = multilingual-e5-small all-minilm-l6-v2
ARGS =

help:
	@echo "make run               start the example shop's bot and print its address"
	@echo "make setup             install what the bot needs into .venv"
	@echo "make test              run all tests; ARGS=... goes to pytest"
	@echo "make check             lint, formatting, types, import rules"
	@echo "make try-channels      the bot on a Slack and a Telegram that are played on this machine, killed half-way"
	@echo "make bench             run the benchmarks of benchmarks/"
	@echo "make docs-screenshots  take the pictures of docs/ again"
	@echo "make clean             remove .venv, caches and builds"

setup:
	@sh tools/setup.sh run

dev:
	@sh tools/setup.sh dev

run: setup
	$(BIN)/botcore run -c config.yaml $(ARGS)

test: dev
	@sh tools/browser.sh
	for model in $(MODELS); do $(BIN)/botcore models pull $$model || exit 1; done
	$(BIN)/python -m pytest $(ARGS)

check: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: dev
	for model in $(MODELS); do $(BIN)/botcore models pull $$model || exit 1; done
	$(BIN)/python -m benchmarks.faq.hard $(ARGS)
	$(BIN)/python -m benchmarks.nlu.entities
	$(BIN)/python -m benchmarks.nlu.cues
	$(BIN)/python -m benchmarks.nlu.language
	$(BIN)/python -m benchmarks.nlu.message
	$(BIN)/python -m benchmarks.pipeline.measure
	$(BIN)/python benchmarks/delivery/accept.py
	$(BIN)/python -m benchmarks.channels.echo
	$(BIN)/python -m benchmarks.channels.kill
	$(BIN)/python tools/doc_figures.py

try-channels: dev
	$(BIN)/python tools/try_channels.py

docs-screenshots: dev
	@sh tools/browser.sh
	$(BIN)/python tools/screenshots.py $(ARGS)

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
