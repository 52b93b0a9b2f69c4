"""What each engine does of windows and hops on one thread, and how near that is to the machine's matmul ceiling."""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import torch

from bench.throughput import ceiling, flops
from bench.throughput.runners import runners
from bench.throughput.timing import quantiles_ms, took_s
from bench.throughput.untrained import HOP_S, Kind, Size, untrained
from bench.throughput.ward import OfStreams, OfWindows
from models.engines.engine import Floats
from models.networks.sc_stream import StreamSC
from models.signal.montage import ROWS

GROUPS: Final = 5
# 5 are the groups of one bed: what a detector with a single bed scores at every hop.
WINDOWS: Final = (1, 5, 8)
BEDS: Final = (1, 4, 16)
WARM: Final = 2


@dataclass(slots=True)
class Measured:
    """Seconds of every call of an engine, and its share of the ceiling, round by round."""

    calls_s: list[float] = field(default_factory=list)
    gflops: list[float] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)

    def add(self, calls_s: list[float], flop: int, ceiling_gflops: float) -> None:
        """Add one round."""
        rate = flop / float(np.median(calls_s)) / 1e9
        self.calls_s += calls_s
        self.gflops.append(rate)
        self.shares.append(rate / ceiling_gflops)


def rates(kind: Kind, size: Size, rounds: int, calls: int) -> list[dict[str, Any]]:
    """Measure every engine of a network at every batch, in turn, the ceiling anew in each round."""
    engines = runners(kind, size)
    batches = WINDOWS if kind == "sc" else BEDS
    flop = {batch: _flop(kind, size, batch) for batch in batches}
    found = {(name, batch): Measured() for name in engines for batch in batches}
    for number in range(rounds):
        # Anew in each round, beside what it is compared with: the clock of a shared machine changes within minutes.
        highest = {precision: ceiling.gflops(precision) for precision in _precisions(list(engines))}
        # Forwards and backwards, so that no engine always follows the same one.
        for name in list(engines)[:: -1 if number % 2 else 1]:
            for batch in batches:
                took = _calls(engines[name], size, batch, calls)
                found[name, batch].add(took, flop[batch], highest[_precision(name)])
    return [_row(kind, size, name, batch, flop[batch], one) for (name, batch), one in found.items()]


def _row(kind: Kind, size: Size, name: str, batch: int, flop: int, one: Measured) -> dict[str, Any]:
    middle_s = float(np.median(one.calls_s))
    windows = batch if kind == "sc" else batch * GROUPS
    row = {
        "network": kind,
        "size": size.name,
        "engine": name,
        "windows": windows,
        "mflop": round(flop / 1e6, 1),
        "ms": quantiles_ms(one.calls_s),
        "windows_per_s": round(windows / middle_s, 1),
        "gflops": round(float(np.median(one.gflops)), 1),
        "of_ceiling": round(float(np.median(one.shares)), 3),
    }
    beds = windows / GROUPS * HOP_S / middle_s
    return row | {"beds_in_real_time": round(beds, 1)}


def _calls(engine: OfWindows | OfStreams, size: Size, batch: int, calls: int) -> list[float]:
    """Return the seconds of each call: a batch of windows, or a hop of as many beds."""
    rng = np.random.default_rng(0)
    if isinstance(engine, OfWindows):
        windows = rng.normal(size=(batch, ROWS, size.window_samples)).astype(np.float32)
        return took_s(lambda: engine.engine.score(windows), calls, WARM)
    hop: Floats = rng.normal(size=(GROUPS, ROWS, size.hop_samples)).astype(np.float32)
    beds = {f"bed-{bed}": hop for bed in range(batch)}
    took = took_s(lambda: engine.engine.push(beds), calls, WARM)
    # The next batch size must not find streams of this one.
    for bed in beds:
        engine.engine.forget(bed)
    return took


def _flop(kind: Kind, size: Size, batch: int) -> int:
    network = untrained(kind, size).network
    if isinstance(network, StreamSC):
        return batch * flops.of_hop(network, GROUPS, size.hop_samples)
    return batch * flops.of_window(network, torch.zeros(1, ROWS, size.window_samples))


def _precision(name: str) -> ceiling.Precision:
    return "bf16" if name.endswith("bf16") else "fp32"


def _precisions(names: list[str]) -> set[ceiling.Precision]:
    return {_precision(name) for name in names}
