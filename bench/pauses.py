"""Question: why does a network take longer after a pause than at once, and for how long?

Method: the paper's size at 512 Hz, weights as drawn, one group every 125 ms, one thread. One answer after another is
timed, `RUNS` of them, after each of four ways to spend 100 ms or less: nothing (the network ran until now), asleep,
awake in an empty loop (the core does not sleep), and reading `EVICTING_MIB` of memory once (what the network left in
caches goes, the core stays busy). The ways take turns; medians over `--rounds`. If the pause costs because the core
sleeps, the loop repairs it; if it costs because weights leave the processor's shared cache, where others' data comes
instead, reading costs as much as sleeping, at once.
Command: python -m bench.pauses [--rounds 30] [--json bench/results/pauses.json]
"""

import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from bench.command_line import command_line
from bench.machine import publish
from bench.throughput.untrained import PAPER, Kind, untrained
from models.engines.engine import Precision
from models.engines.opening import open_engine, open_stream_engine, tune_process
from models.signal.montage import ROWS

PAUSE_S: Final = 0.1  # nearly all of a hop of 125 ms
EVICTING_MIB: Final = 256  # more than the shared caches of the processors that it was run on
RUNS: Final = 8
WARM_UP_RUNS: Final = 20  # until an answer takes as long as the one before it
NETWORKS: Final[tuple[tuple[Kind, Precision], ...]] = (
    ("sc", "fp32"),
    ("sc", "bf16"),
    ("sc_stream", "fp32"),
    ("sc_stream", "bf16"),
)


def answer_of(kind: Kind, precision: Precision) -> Callable[[], object]:
    """Open an engine and return the call that gives one group's next answer."""
    loaded, rng = untrained(kind, PAPER), np.random.default_rng(0)
    if kind == "sc":
        windows = rng.standard_normal((1, ROWS, PAPER.window_samples)).astype(np.float32)
        engine = open_engine(loaded, "cpu", precision)
        return lambda: engine.score(windows)
    hop = rng.standard_normal((1, ROWS, PAPER.hop_samples)).astype(np.float32)
    stream = open_stream_engine(loaded, PAPER.hop_samples, "cpu", precision)
    return lambda: stream.push({"bed": hop})


def pauses() -> dict[str, Callable[[], object]]:
    """Return the ways to spend the time before the next answer, by name."""
    # float64: 2**17 of them are a MiB.
    beside = np.ones(EVICTING_MIB << 17)
    return {"none": lambda: None, "asleep": lambda: time.sleep(PAUSE_S), "awake": _awake, "reading": beside.sum}


def _awake() -> None:
    until_s = time.perf_counter() + PAUSE_S
    while time.perf_counter() < until_s:
        pass


def timed(answer: Callable[[], object], rounds: int) -> dict[str, list[float]]:
    """Return the medians, milliseconds, of the answers after every pause, in their order."""
    taken: defaultdict[str, list[list[float]]] = defaultdict(list)
    ways = pauses()
    for _ in range(rounds):
        # In turn within a round: a machine that slows down slows all ways alike.
        for name, pause in ways.items():
            for _ in range(WARM_UP_RUNS):
                answer()
            pause()
            taken[name].append([_one_ms(answer) for _ in range(RUNS)])
    return {name: np.median(ms, axis=0).round(3).tolist() for name, ms in taken.items()}


def _one_ms(answer: Callable[[], object]) -> float:
    start = time.perf_counter()
    answer()
    return (time.perf_counter() - start) * 1e3


def figures(ms: dict[str, list[float]]) -> dict[str, Any]:
    """Return the times, and the first answer after every pause over one without."""
    return {"ms": ms, "first_over_none": {name: round(of[0] / ms["none"][0], 2) for name, of in ms.items()}}


def main() -> None:
    """Measure every network."""
    parser = command_line("bench.pauses", __doc__)
    parser.add_argument("--rounds", type=int, default=30)
    asked = parser.parse_args()
    tune_process()
    found = {f"{kind} {of}": figures(timed(answer_of(kind, of), asked.rounds)) for kind, of in NETWORKS}
    publish("pauses", {"size": PAPER.name, "rounds": asked.rounds, **found}, asked.json)


if __name__ == "__main__":
    main()
