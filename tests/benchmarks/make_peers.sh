#!/bin/sh
# The Python peers of the survival benchmarks in an environment of their own (lifelines needs pandas < 3).
# Usage: tests/benchmarks/make_peers.sh [folder]; then MSCSLE_PEERS=folder/bin/python python tests/benchmarks/bench_survival.py
set -e
folder="${1:-.peers}"
python3 -m venv "$folder"
"$folder/bin/python" -m pip install --quiet "pandas<3" lifelines statsmodels
