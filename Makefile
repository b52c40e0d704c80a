PYTHON ?= python3
BIN := .venv/bin
ORL ?=
YUNET ?=
SFACE ?=
PEER_WEIGHTS := $(if $(YUNET),--yunet $(YUNET)) $(if $(SFACE),--sface $(SFACE))
# Tools here that import ONNX Runtime on their own send nothing to its maker either.
export ORT_DISABLE_TELEMETRY := 1

.DEFAULT_GOAL := help
.PHONY: help demo test check bench protection fuzz clean models materials

help:
	@echo "make demo    set everything up and run the main job on real photos"
	@echo "make test    set everything up and run all tests"
	@echo "make check   lint, format, types, import contract"
	@echo "make bench   measure beside other tools; ORL=folder adds error rates"
	@echo "make protection  how passes protect what is in them: linkage, time, guessing a PIN"
	@echo "make fuzz    a million random changes to passes, proofs and lists"
	@echo "make clean   remove what the other commands made here"

demo: .venv/run
	$(BIN)/visavis demo

test: .venv/dev materials
	tests/offline.sh $(BIN)/python -m pytest -n 2 --dist loadfile

check: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/contract

bench: .venv/dev models
	$(BIN)/python bench/run.py
	$(if $(ORL),$(BIN)/python -m bench.peers $(ORL) $(PEER_WEIGHTS))

protection: .venv/dev
	$(BIN)/python bench/protection.py

fuzz: .venv/dev
	$(BIN)/python tests/fuzz/run.py

clean:
	rm -rf .venv .venv-peer .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

models: .venv/dev
	$(BIN)/visavis models fetch

materials: models
	$(BIN)/python tests/materials.py

# `run` is what users install, `dev` adds what tests and checks need; same versions in both.
.venv/run .venv/dev: .venv/%: requirements/%.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
		--no-build-isolation --editable .
	@touch $@
