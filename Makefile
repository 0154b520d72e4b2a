# The verbs of the project. Each makes what it needs on first use: nothing has to be installed beforehand but git,
# make and a Python >= 3.11 with pip.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.PHONY: help demo test check test-all bench bench-detection mutation build deploy clean

BIN := .venv/bin
EVERYDAY := tests/unit tests/property tests/protocol tests/local tests/deploy
# PYTEST=… passes options on, as in: make test PYTEST="-k fault_6 -x"
PYTEST ?=
# What the layers are built for and the functions run on: arm64 or x86_64.
export ABSLAKE_ARCHITECTURE ?= arm64
# Tests start hundreds of Python processes: without compiled modules each would take twice as long to begin.
unexport PYTHONDONTWRITEBYTECODE
OVERRIDES := --parameter-overrides Architecture=$(ABSLAKE_ARCHITECTURE)

help: ## print these verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## start the local stack, upload the sample logs, show the six reports
	@scripts/bootstrap.sh demo
	@$(BIN)/abslake demo

test: ## run the everyday tests (unit, property, local, deploy)
	@scripts/bootstrap.sh all
	@$(BIN)/pytest -n auto $(EVERYDAY) $(PYTEST)

check: ## lint code, types, template, scripts and the lock's addresses
	@scripts/bootstrap.sh all
	@scripts/check.sh

test-all: test ## the everyday tests, then the runtime, the scale-out and the container tier
	@scripts/bootstrap.sh sam
	@scripts/bootstrap.sh runtime
	@scripts/bootstrap.sh newman
	@$(BIN)/pytest tests/runtime $(PYTEST)
	@scripts/scale_out_tier.sh $(PYTEST)
	@scripts/container_tier.sh $(PYTEST)

bench: ## measure speed and size beside the bound and the peers
	@scripts/bootstrap.sh all
	@scripts/bootstrap.sh sam
	@scripts/bootstrap.sh runtime
	@PYTHONPATH=layers/abslake/python $(BIN)/python -m benchmarks

# Detection on simulated attacks, beside its peers: BENCH="--quick" or other options of python -m benchmarks.detection.
BENCH ?=
bench-detection:
	@scripts/bootstrap.sh bench
	@PYTHONPATH=.:layers/abslake/python .venv-bench/bin/python -m benchmarks.detection $(BENCH)

# Which changes to detection would no test find? A few minutes; CONTRIBUTING.md.
mutation:
	@scripts/bootstrap.sh mutation
	@scripts/mutation.sh

build: ## build functions and layers into .aws-sam/build, as they are deployed
	@scripts/bootstrap.sh sam
	@scripts/sam.sh build $(OVERRIDES)

deploy: build ## deploy the stack to the AWS account that your credentials name, asking for parameters
	@scripts/sam.sh deploy --guided --capabilities CAPABILITY_IAM $(OVERRIDES)

clean: ## delete what the other verbs have made
	@rm -rf .venv .venv-* .tools .aws-sam build demo-output .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
