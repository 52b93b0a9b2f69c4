"""YASA's process, one for all beds: epochs in, probabilities of stages out, each made of the past alone.

Run as `python -m stream.yasa`. After an empty task it reads `stream.yasa.epoch` lines from stdin and answers each with
a line of JSON on stdout, in order. It yields to every other process of the host, and ends with the one that asks.
"""

import json
import os
import sys
from collections import defaultdict
from typing import Final, NoReturn

import numpy as np

from stream.child_process import Task
from stream.yasa.epoch import read
from stream.yasa.package import Yasa
from stream.yasa.past import LEAST_EPOCHS, Past

NICE: Final = 10
_WARM_UP_HZ: Final = 100.0


def run(_task: Task) -> NoReturn:
    """Answer until stdin is closed."""
    os.nice(NICE)
    # What the library prints must not stand among the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    library = Yasa()
    # Compiles what the first answer would wait for.
    library(np.random.default_rng(0).normal(0, 20, round(30 * LEAST_EPOCHS * _WARM_UP_HZ)).astype("f4"), _WARM_UP_HZ)
    pasts: defaultdict[str, Past] = defaultdict(Past)
    for line in sys.stdin:
        epoch = read(line)
        probabilities = pasts[epoch.bed].stage(epoch, library)
        answers.write(json.dumps({"bed": epoch.bed, "end": epoch.end, "probabilities": probabilities}) + "\n")
        answers.flush()
    sys.exit(0)
