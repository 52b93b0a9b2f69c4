"""Question: how many of a simulated patient's discharges does the whole of Spikewatch find live, and how late?

Method: `spikewatch demo --seconds N --json`: a simulated sleeping patient (19 channels, 256 Hz) over real LSL from a
process of its own, the detector, a journal on disk, a broker. Nothing is warmed up: the first windows count. The truth
comes from the patient's process; only discharges that stand out as a reader would mark them count, see `demo`.
Command: python -m bench.demo [--seconds 300] [--json bench/results/demo.json]
"""

import json
import subprocess
import sys

from bench.command_line import command_line
from bench.machine import publish


def main() -> None:
    """Run the demo and write its answer."""
    arguments = command_line("bench.demo", __doc__)
    arguments.add_argument("--seconds", type=float, default=300.0)
    given = arguments.parse_args()
    command = [sys.executable, "-m", "stream.cli", "demo", "--seconds", str(given.seconds), "--json"]
    # stderr is not caught: what goes wrong in the demo is seen while it runs.
    answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    # The last line alone: with --json the demo writes nothing else, but a library might.
    publish("demo", json.loads(answer.splitlines()[-1]), given.json)


if __name__ == "__main__":
    main()
