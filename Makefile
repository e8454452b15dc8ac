# Belonging Bot. `make` lists the targets.
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
JOBS   ?= auto
NODE   := .node

.DEFAULT_GOAL := help
.PHONY: help demo run test check node package format-check lint types architecture fix bench bench-cluster soak chaos mutate screenshots gallery messages validate-blocks audit sbom lock clean

help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  \033[1m%-16s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/run: requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.12 demo"; exit 1; }
	@echo "Installing what Belonging Bot needs into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev: requirements-dev.lock $(VENV)/run
	@echo "Installing what its developers need …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/package: requirements-package.lock $(VENV)/run
	@echo "Installing what builds and checks the package …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-package.lock
	@touch $@

demo: $(VENV)/run ## try everything in the browser, without a Slack account
	@$(BIN)/belonging demo $(ARGS)

run: $(VENV)/run ## run the bot in a real workspace (tokens in .env)
	@$(BIN)/belonging run $(ARGS)

test: $(VENV)/dev ## all tests
	@$(BIN)/pytest -q -n $(JOBS) $(ARGS)

check: format-check lint types architecture test ## everything that CI checks

$(NODE)/installed: tests/emulate/package-lock.json
	@command -v npm >/dev/null || { echo "Node and npm are needed (Debian: apt-get install nodejs npm)"; exit 1; }
	@echo "Installing emulate into $(NODE) …"
	@mkdir -p $(NODE) && cp tests/emulate/package.json tests/emulate/package-lock.json tests/emulate/.npmrc $(NODE)
	@npm ci --prefix $(NODE) --loglevel=error --ignore-scripts >/dev/null
	@touch $@

node: $(NODE)/installed ## install emulate, which the tests in tests/emulate ask (needs Node and npm)

package: $(VENV)/package ## build wheel and sdist, and try them with every Python of this machine
	@$(BIN)/python -m scripts.package

format-check: $(VENV)/dev
	@$(BIN)/ruff format --check --quiet . || { echo "Run: make fix"; exit 1; }

lint: $(VENV)/dev ## ruff
	@$(BIN)/ruff check --quiet .

types: $(VENV)/dev ## mypy, strict
	@$(BIN)/mypy

architecture: $(VENV)/dev ## the import rules of the house
	@$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports

fix: $(VENV)/dev ## format, and mend what the linter can mend
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

bench: $(VENV)/dev ## measure the budgets of docs/performance.md
	@$(BIN)/python -m benchmarks $(ARGS)

bench-cluster: $(VENV)/dev ## measure several workers over PostgreSQL (docs/performance.md); takes some minutes
	@$(BIN)/python -m benchmarks.cluster $(ARGS)

soak: $(VENV)/dev ## 20,000 replies over 200 rounds in one program; takes some minutes
	@$(BIN)/python -m benchmarks.soak $(ARGS)

chaos: $(VENV)/dev ## kill the bot 2,000 times, by lot, and see what is lost; takes about ten minutes
	@$(BIN)/python -m tests.faults $(ARGS)

mutate: $(VENV)/dev ## mutation testing of the promise, or of FILES="bot/keys/rounds.py ..."; takes some minutes
	@PYTHON=$(PYTHON) scripts/mutate $(FILES)

screenshots: $(VENV)/dev ## take the pictures of the docs from the running demo
	@$(BIN)/python scripts/screenshots.py

gallery: $(VENV)/dev ## write docs/gallery.md anew, with its pictures
	@$(BIN)/python -m scripts.gallery

validate-blocks: $(VENV)/dev ## ask Slack whether it accepts every message and view (needs internet)
	@$(BIN)/python -m scripts.validate_blocks

audit: $(VENV)/dev ## look for known vulnerabilities of what is installed (needs internet)
	@$(BIN)/python -m scripts.audit $(ARGS)

sbom: $(VENV)/dev ## write dist/sbom.json: every package that the bot runs with, and its licence (CycloneDX)
	@rm -rf build/sbom && mkdir -p dist && $(BIN)/python -m venv --without-pip build/sbom
	@$(BIN)/python -m pip --python build/sbom/bin/python install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/cyclonedx-py environment build/sbom/bin/python --pyproject pyproject.toml --output-reproducible -o dist/sbom.json

messages: $(VENV)/dev ## collect the messages, and bring the catalogues in bot/locale up to date
	@$(BIN)/python -m scripts.messages $(ARGS)

lock: ## pin the dependencies anew, with hashes (needs uv); ARGS="--upgrade-package aiohttp" raises one
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet $(ARGS) pyproject.toml --group build -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet $(ARGS) pyproject.toml --extra cluster --group build -c requirements.lock -o requirements-cluster.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet $(ARGS) pyproject.toml --extra cluster --group dev -c requirements-cluster.lock -o requirements-dev.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet $(ARGS) --group package -c requirements-dev.lock -o requirements-package.lock

clean: ## remove the virtual environment and all caches
	rm -rf $(VENV) $(NODE) .pytest_cache .mypy_cache .ruff_cache .hypothesis htmlcov .coverage
