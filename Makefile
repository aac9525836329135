# Everything a newcomer types. Each target first fetches what it needs: uv (into .tools, unless it
# is on PATH) and the locked packages (into .venv). Only Python 3.11 or 3.12 has to be there.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
# `uv --version` and not `command -v`: a version manager's shim can exist and still refuse to run.
UV := $(shell uv --version >/dev/null 2>&1 && echo uv || echo .tools/uv/bin/uv)
RUN := $(UV) run --frozen --no-sync
PY_SOURCES := libs services clients tools scripts
ARGS ?=
comma := ,
# Nine processes start again and again here: compiled modules are worth keeping.
unexport PYTHONDONTWRITEBYTECODE
# All of them run as two processes, a file of tests in one of them, the long ones first: most of the time is waiting for
# processes. Paths given in ARGS replace the list and run as one.
TESTS := $(if $(findstring tests/,$(ARGS)),,-n 2 --dist loadscope tests/e2e tests/service tests/repo tests/unit tests/contract)

.PHONY: help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z][a-z-]*:.*## / {printf "  \033[1m%-12s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.tools/uv/bin/uv:
	@echo "make: uv is not on PATH, installing it into .tools/uv"
	@$(PYTHON) -m venv .tools/uv >/dev/null 2>&1 && .tools/uv/bin/python -m pip install --quiet uv \
		|| { rm -rf .tools/uv; $(PYTHON) -m pip install --quiet --target .tools/uv uv; }

.PHONY: setup
setup: $(filter .tools/%,$(UV)) ## Install the locked packages into .venv (every other target does it)
	@$(UV) sync --frozen --quiet --compile-bytecode

.PHONY: demo
demo: setup ## A synthetic county's whole month; report in build/demo-report.json (ARGS="--households 2000")
	$(RUN) bangfu demo $(ARGS)

HOUSEHOLDS ?= 2000
.PHONY: year
year: setup ## That county's whole year on a moved clock, who was late and why; build/year.json (HOUSEHOLDS=20000)
	$(RUN) bangfu year --households $(HOUSEHOLDS) $(ARGS)

.PHONY: up
up: setup ## The whole system on this machine until Ctrl-C (ARGS="--port 8080")
	$(RUN) bangfu up $(ARGS)

.PHONY: test
test: setup ## Unit, service, contract, repository and end-to-end tests (ARGS="-k clues")
	$(RUN) pytest -m "not kafka and not keycloak and not soak and not generated and not described" $(TESTS) $(ARGS)

.PHONY: test-kafka
test-kafka: setup ## The bus suite and one journey on Apache Kafka (needs Java 17 and Maven)
	$(RUN) python -m scripts.kafka run -- $(RUN) pytest -m "kafka and not soak" $(ARGS)

.PHONY: test-keycloak
test-keycloak: setup ## People sign in at a real Keycloak and act through the gateway (needs Java 17 and Maven)
	$(RUN) python -m scripts.keycloak run -- $(RUN) pytest -m keycloak tests/e2e/signin $(ARGS)

.PHONY: generated-clients
generated-clients: setup ## Java, TypeScript and Python clients made of the API's document push a delivery (Java, Maven, Node.js)
	UV="$(UV)" $(RUN) pytest -m generated tests/e2e/generated $(ARGS)

.PHONY: described
described: setup ## Generated requests over the whole API for two minutes: every answer is as described (SEED=n repeats)
	UV="$(UV)" $(RUN) pytest -m described tests/e2e/test_described.py -s $(ARGS)

SEED ?= 1
BUS ?= embedded
SEEDS ?= 1-20
.PHONY: faults
faults: setup ## A month under attack (SEED=3 BUS=kafka FAILPOINT=outbox.sent:kill NEMESIS=postgres-kill)
	PYTHONPATH=tests $(RUN) python -m faults --seed $(SEED) --bus $(BUS) \
		$(if $(FAILPOINT),--failpoint $(FAILPOINT)) $(if $(NEMESIS),--nemesis $(NEMESIS)) $(ARGS)

.PHONY: soak
soak: setup ## Months under attack, many seeds on both buses (SEEDS=1-20); build/faults/soak.json
	PYTHONPATH=tests $(RUN) python -m faults --soak $(SEEDS) $(ARGS)
	$(RUN) pytest -m soak tests/faults tests/e2e/test_month.py

.PHONY: adversarial
adversarial: setup ## A county drawn to break the product, judged by the oracle (ARGS="--seed 3 --cases 500")
	PYTHONPATH=tests $(RUN) python -m adversarial $(ARGS)

.PHONY: mutants
mutants: setup ## Faults planted in the product, each to be found by such a county
	$(RUN) pytest -q -n 2 tests/adversarial $(ARGS)

.PHONY: restore-drill
restore-drill: setup ## Back up under load, lose everything, restore, compare with the oracle; prints sizes and seconds
	$(RUN) pytest -q tests/e2e/test_restore.py $(ARGS)

.PHONY: kafka
kafka: setup ## Start an Apache Kafka broker in the background and print its address
	@$(RUN) python -m scripts.kafka start

.PHONY: kafka-stop
kafka-stop: setup ## End that broker
	@$(RUN) python -m scripts.kafka stop

.PHONY: keycloak
keycloak: setup ## Start a Keycloak with generated people in the background and print where they are listed
	@$(RUN) python -m scripts.keycloak start

.PHONY: keycloak-stop
keycloak-stop: setup ## End that Keycloak
	@$(RUN) python -m scripts.keycloak stop

.PHONY: lint
lint: setup ## Style: ruff check and ruff format --check; what is imported is declared and locked
	$(UV) lock --check
	$(RUN) python scripts/dependencies.py
	$(RUN) ruff check .
	$(RUN) ruff format --check .

.PHONY: format
format: setup ## Let ruff mend what it can
	$(RUN) ruff check --fix .
	$(RUN) ruff format .

.PHONY: types
types: setup ## mypy, strict
	$(RUN) mypy $(PY_SOURCES)

.PHONY: contracts
contracts: setup ## Import contracts: who may import whom
	$(RUN) lint-imports

.PHONY: schemas
schemas: setup ## Check the event models against docs/events, then regenerate them
	$(RUN) python scripts/schemas.py --write

.PHONY: schemas-check
schemas-check: setup
	$(RUN) python scripts/schemas.py --check

.PHONY: docs
docs: setup ## Renew the parts of the pages in docs/ that are made from declarations
	$(RUN) python -m scripts.docs --write

.PHONY: requirements
requirements: setup ## What the policy documents ask, row by row: who holds it, how far it is, the tests that cite it
	@$(RUN) python -m scripts.requirements

.PHONY: manifests
manifests: setup ## Check the Kubernetes overlays, the Dockerfile and the compose file (needs kubectl or kustomize)
	$(RUN) python scripts/manifests.py

.PHONY: bench
bench: setup ## Measure the budgets; SMALL=1 a smoke run, ROWS=intake,relay some, SCALE=0.1 a part, LONG=1 more
	UV="$(UV)" PYTHONPATH=tests $(RUN) python -m bench $(if $(SMALL),--small) $(if $(LONG),--long) \
		$(if $(SCALE),--scale $(SCALE),$(if $(SMALL),,--write)) $(subst $(comma), ,$(ROWS)) $(ARGS)

.PHONY: walkthrough
walkthrough: setup ## Run the README's walk-through against a fresh system and compare what it shows
	$(RUN) python scripts/walkthrough.py

.PHONY: compose-check
compose-check: setup ## The compose stack for real: build, up, a month, kill, recover, down (Docker, or root on Debian)
	UV=$(UV) $(RUN) python -m scripts.compose $(ARGS)

.PHONY: ci
ci: ## Everything that CI runs
	bash .ci/run

.PHONY: clean
clean: ## Remove what was built or cached; .venv and .tools stay
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find libs services clients tools scripts tests -type d -name __pycache__ -prune -exec rm -rf {} +
