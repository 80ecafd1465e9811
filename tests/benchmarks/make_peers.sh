#!/bin/sh
# The Python peers of the survival benchmarks in an environment of their own (lifelines needs pandas < 3).
# Usage: tests/benchmarks/make_peers.sh [folder]; then python tests/benchmarks/bench_survival.py --peers folder/bin/python
# R takes part with its packages survival, cmprsk and coin (Debian: r-cran-survival, r-cran-cmprsk, r-cran-coin).
set -e
folder="${1:-.peers}"
python3 -m venv "$folder"
"$folder/bin/python" -m pip install --quiet "pandas<3" "lifelines==0.30.3" "statsmodels==0.15.0" "survival==2.0.0" numpy
# where there is no wheel of it, the others still run
"$folder/bin/python" -m pip install --quiet --only-binary :all: "scikit-survival==0.28.0" || echo "scikit-survival is left out"
