#!/usr/bin/env bash
# Writes the hashed locks anew from pyproject.toml. They name versions and hashes, no index.
# `requirements/compile.sh --upgrade` takes the newest versions that fit.
set -euo pipefail
cd "$(dirname "$0")/.."
lock() { # lock OUT EXTRA...
  local out=$1
  shift
  uv pip compile pyproject.toml requirements/build.in "$@" --quiet --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-emit-find-links --no-header --no-annotate --output-file "$out"
}
upgrade=("$@")
lock requirements/dev.txt --extra models --extra evaluate --extra dask --extra dev "${upgrade[@]}"
lock requirements/run.txt --extra models --constraint requirements/dev.txt
