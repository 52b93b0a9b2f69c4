#!/bin/sh
# What somebody meets who installs Spikewatch without its repository: an empty environment of a Python, a wheel or a
# sdist, and the first commands. Ends with "works: ..." or at the first command that fails.
# Usage: deploy/install/try.sh PYTHON FILE, such as `try.sh 3.13 dist/spikewatch-0.1.0.tar.gz`;
# UV is the program uv, DEMO_SECONDS how long the demo runs (20; more on a busy machine).
set -eu
UV=${UV:-uv}
file=$(realpath "$2")
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
# Somewhere else than in the repository: its folders would be imported in place of what was installed.
cd "$place"
unset PYTHONPATH
"$UV" venv -q --no-project --python "$1" env
# The CPU build of torch where it can be had; elsewhere the default one, which brings CUDA along.
"$UV" pip install -q --python env/bin/python --index-strategy unsafe-best-match ${EXTRA_INDEX:+--extra-index-url "$EXTRA_INDEX"} "spikewatch[demo] @ file://$file"
PATH="$place/env/bin:$PATH"
spikewatch --version
spikewatch models
# Counted from the start: importing torch and compiling the network for the first time are in it.
spikewatch demo --seconds "${DEMO_SECONDS:-20}"
python - <<'SIMULATE'
from edfio import Edf, EdfSignal

from models.simulate import simulate

made = simulate(1, 60, ied_rate_per_min=20)
signals = zip(made.samples, made.labels, strict=True)
Edf([EdfSignal(row, made.rate_hz, label=label, physical_dimension="uV") for row, label in signals]).write("night.edf")
SIMULATE
spikewatch score night.edf --out events.csv
test "$(wc -l < events.csv)" -gt 1
echo "works: $(basename "$file") on $(python --version), torch $(python -c 'import torch; print(torch.__version__)')"
