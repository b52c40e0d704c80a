PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help demo test check bench clean

help:
	@echo "make demo   set everything up and run the main job on real photos"
	@echo "make test   set everything up and run all tests"
	@echo "make check  lint, format, types, import contract, exports"
	@echo "make bench  measure against the usual tool (ORL=folder adds accuracy)"
	@echo "make clean  remove what the other commands made here"

# `run` holds what users install, `dev` adds what tests and checks need; same versions in both.
.venv/.%: requirements/%.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r $<
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@
