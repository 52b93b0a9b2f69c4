"""Question: how many beds does one detecting process with one inference thread follow in real time?

Method: a simulated patient of 19 channels at 512 Hz in every bed (five groups, eight hops a second), from raw chunks
to conclusions, as fast as it goes: condition, frame, infer, merge. LSL, sample log and journal are not in it. A ward
keeps up where every hop of all beds is done before the next is due, so beds in real time = beds x 125 ms / what a hop
of all beds took; p99 is over hops of all beds. It says that it is ready, and begins when it reads a line, so that
several can run side by side. Weights are as drawn, sleep is off.
Command: python -m bench.throughput.beds JSON, the fields of `Task`; `bench.throughput` runs it.
"""

import json
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.throughput.runners import runner
from bench.throughput.untrained import HOP_S, SIZES, Kind
from bench.throughput.ward import Round, Ward
from models.engines.opening import tune_process


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be measured; names as in `bench.throughput.untrained` and `bench.throughput.runners`."""

    kind: Kind
    size: str
    engine: str
    beds: int
    rounds: int


def warmed(ward: Ward, rounds: int = 4) -> int:
    """Lead a ward on until windows are scored, and some rounds more; return how many are scored a round."""
    # Filters, windows and carried context must be filled first: until then a hop costs less.
    taken = 0
    while taken < rounds:
        scored = ward.round().scored
        taken += scored > 0
    return scored


def summary(rounds: list[Round], beds: int) -> dict[str, Any]:
    """Sum up rounds: milliseconds of a hop of all beds and of its stages, and beds in real time."""
    whole_ms = np.array([one.whole_s for one in rounds]) * 1e3
    stages = {
        stage: round(float(np.median([getattr(one, f"{stage}_s") for one in rounds])) * 1e3, 3)
        for stage in ("condition", "frame", "infer", "merge")
    }
    # The rate is the median's: a hop that another program held up must not set it. p99 tells of such hops.
    middle, late = (float(np.percentile(whole_ms, share)) for share in (50, 99))
    return {
        "beds": beds,
        "windows_a_hop": int(np.median([one.scored for one in rounds])),
        "hop_ms": {"p50": round(middle, 3), "p99": round(late, 3)},
        "stages_ms": stages,
        "beds_in_real_time": round(beds * HOP_S * 1e3 / middle, 1),
        "p99_in_time": late <= HOP_S * 1e3,
    }


def main() -> None:
    """Measure what the first argument asks for; print one line of JSON."""
    task = Task(**json.loads(sys.argv[1]))
    tune_process()
    loaded, engine = runner(task.kind, SIZES[task.size], task.engine)
    ward = Ward(loaded, engine, task.beds)
    warmed(ward)
    # The caller starts all processes before it lets any of them measure.
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps(summary([ward.round() for _ in range(task.rounds)], task.beds)))


if __name__ == "__main__":
    main()
