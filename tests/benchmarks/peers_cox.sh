#!/bin/sh
# Makes the environment of the peers: sh peers_cox.sh DIR (lifelines needs pandas < 3)
python3 -m venv "$1" && "$1/bin/pip" install --quiet "lifelines==0.30.3" "pandas<3" "survival==2.0.0" numpy
