"""Question: is SC as much faster than other detectors as iEDeaL's figure 5b says, on this CPU?

Method: every detector's way from a window of five channels and 1.5 s to its answer, on one thread, weights as drawn,
paths in turn, every second round backwards; ratios are taken round by round. SC is the paper's (768 samples at 512 Hz,
256 wide), in plain torch and in OpenVINO as the detector runs it; streaming SC, which the paper has not, is one hop of
125 ms. Each other network runs in plain torch and, converted, in OpenVINO fp32, so that like meets like; TST also with
attention written out, as all had it when the paper was written. AiED and HDL are bounded from below: of AiED what
comes before the spectrogram is left out, of HDL everything but the spectrogram, as in the paper. The paper divides by
a V100's time of SC, which a CPU does not have.
Command: python -m bench.seeds_speed [--json bench/results/seeds_speed.json] [--quick]; needs the extra `train`.
"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import numpy as np
import torch
from scipy import signal
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from bench.command_line import command_line
from bench.machine import machine, publish
from bench.seeds_speed import aied
from bench.throughput.runners import PLAIN, runners
from bench.throughput.timing import quantiles_ms, took_s
from bench.throughput.untrained import PAPER
from bench.throughput.ward import OfStreams, OfWindows
from models.engines.opening import tune_process
from models.engines.openvino_runtime import compiled, ov
from models.networks.resnet1d import ResNet18
from models.networks.resnet2d import ImageResNet18
from models.networks.tst import TST
from models.signal.montage import ROWS

HDL_RATE_HZ, HDL_SEGMENT, HDL_STEP = 250.0, 50, 25  # windows of 0.2 s, one every 0.1 s
WINDOW_S: Final = 1.5
AIED, AIED_DIRECT, HDL = "AiED as published", "AiED without the figure", "HDL, spectrogram alone"
TST_64, TST_128 = "TST, 64 wide, 8 heads", "TST, 128 wide, 16 heads"
WRITTEN_OUT: Final = "attention written out"
CONVERTED: Final = "openvino fp32"
# How many times faster SC is, from the paper's figure 5b; it does not say which TST.
CLAIMS: Final = {AIED: "above 100", AIED_DIRECT: "above 100", HDL: "above 100", "TST": "3"}
NOT_COUNTED: Final = {
    AIED: "re-referencing, filters, the search for candidates, files",
    AIED_DIRECT: "re-referencing, filters, the search for candidates",
    HDL: "everything but the spectrogram: cepstra, hidden Markov models, autoencoders, grammar",
}


@dataclass(slots=True)
class Way:
    """One detector's way to an answer: steps by name, and the seconds that each took in each round."""

    detector: str
    engine: str
    steps: dict[str, Callable[[], object]]
    took_s: dict[str, list[float]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its name in the result."""
        return f"{self.detector}; {self.engine}"

    def measure(self, calls: int) -> None:
        """Time every step once more."""
        for step, call in self.steps.items():
            self.took_s.setdefault(step, []).append(float(np.median(took_s(call, calls, 1))))

    def totals_s(self) -> list[float]:
        """Return the seconds of the whole way, round by round."""
        return [sum(steps) for steps in zip(*self.took_s.values(), strict=True)]


def ours() -> Iterator[Way]:
    """Yield SC for one window, and streaming SC for one hop, with every engine that this host has."""
    rng = np.random.default_rng(0)
    windows = rng.normal(size=(1, ROWS, PAPER.window_samples)).astype(np.float32)
    for name, engine in runners("sc", PAPER).items():
        if isinstance(engine, OfWindows):
            yield Way("SC", name, {"network": partial(engine.engine.score, windows)})
    hop = {"one": windows[:, :, : PAPER.hop_samples].copy()}
    for name, engine in runners("sc_stream", PAPER).items():
        if isinstance(engine, OfStreams):
            yield Way("streaming SC, one hop", name, {"network": partial(engine.engine.push, hop)})


def others() -> Iterator[Way]:
    """Yield the detectors that the paper compares SC with."""
    images = torch.zeros(ROWS, 3, aied.SIDE, aied.SIDE)
    samples = np.random.default_rng(1).normal(size=(ROWS, aied.SAMPLES)).astype(np.float32)
    # Drawn beforehand: reading is a step of its own, timed apart from drawing.
    pngs = [aied.figure(channel) for channel in samples]
    drawn = {"figure": partial(_each, aied.figure, samples), "read": partial(_each, aied.read, pngs)}
    direct = {"spectrogram": partial(_each, aied.without_figure, samples)}
    for engine, network in _networks(ImageResNet18(), images).items():
        yield Way(AIED, engine, {**drawn, "network": network})
        yield Way(AIED_DIRECT, engine, {**direct, "network": network})
    yield Way(HDL, "scipy", {"spectrogram": _hdl()})
    windows = torch.randn(1, ROWS, PAPER.window_samples)
    for name, made in ((TST_64, TST()), (TST_128, TST(width=128, heads=16)), ("ResNet-18 1D", ResNet18())):
        for engine, network in _networks(made, windows).items():
            yield Way(name, engine, {"network": network})
        if isinstance(made, TST):
            yield Way(f"{name}, {WRITTEN_OUT}", PLAIN, {"network": partial(_written_out, made, windows)})


def _each(call: Callable[[Any], object], channels: Iterable[Any]) -> None:
    for channel in channels:
        call(channel)


def _hdl() -> Callable[[], object]:
    """Return the call of HDL's spectrogram, cut as its features are: 0.2 s every 0.1 s at 250 Hz, of all channels."""
    samples = np.random.default_rng(2).normal(size=(ROWS, round(WINDOW_S * HDL_RATE_HZ)))
    return partial(signal.spectrogram, samples, HDL_RATE_HZ, "hamming", HDL_SEGMENT, HDL_SEGMENT - HDL_STEP)


def _networks(network: nn.Module, given: Tensor) -> dict[str, Callable[[], object]]:
    """Make a network ready in plain torch and in OpenVINO, on the same input."""
    network.eval()
    with torch.inference_mode():
        graph = ov.convert_model(network, example_input=given, input=[tuple(given.shape)])
    fast, array = compiled(graph, "fp32"), given.numpy()
    return {PLAIN: partial(_plain, network, given), CONVERTED: lambda: fast(array)}


@torch.inference_mode()
def _plain(network: nn.Module, given: Tensor) -> None:
    network(given)


def _written_out(network: nn.Module, given: Tensor) -> None:
    """Compute attention with its weights written out, the only way there was when TST and the paper were written."""
    with sdpa_kernel(SDPBackend.MATH):
        _plain(network, given)


def ratios(ways: Sequence[Way]) -> list[dict[str, Any]]:
    """Return how many times longer every other way takes than SC.

    Plain torch stands beside plain torch, converted networks beside both precisions.
    """
    sc = [way for way in ways if way.detector in {"SC", "streaming SC, one hop"}]
    rows = []
    for other in [way for way in ways if way not in sc]:
        beside = [way for way in sc if _alike(other.engine, way.engine)]
        for way in beside:
            # Round by round, then the median: the machine's drift is in both totals of a round.
            times = np.array(other.totals_s()) / np.array(way.totals_s())
            rows.append(
                {
                    "detector": other.name,
                    "over": way.name,
                    "times": float(f"{np.median(times):.3g}"),
                    "least": float(f"{times.min():.3g}"),
                    "largest": float(f"{times.max():.3g}"),
                    "paper": next(
                        (claim for name, claim in CLAIMS.items() if other.detector.startswith(name)), "not told"
                    ),
                }
            )
    return rows


def _alike(theirs: str, ours: str) -> bool:
    return theirs == "scipy" or (theirs == PLAIN) == (ours == PLAIN)


def row(way: Way) -> dict[str, Any]:
    """Return the times of a way for five channels, step by step."""
    steps = {step: round(float(np.median(seconds)) * 1e3, 3) for step, seconds in way.took_s.items()}
    times = {"detector": way.detector, "engine": way.engine, "ms": quantiles_ms(way.totals_s()), "steps_ms": steps}
    return times | ({"not_counted": NOT_COUNTED[way.detector]} if way.detector in NOT_COUNTED else {})


def main() -> None:
    """Measure and print, the machine first."""
    parser = command_line("bench.seeds_speed", __doc__)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    tune_process()
    print(json.dumps(machine(), indent=2), file=sys.stderr, flush=True)
    ways = [*ours(), *others()]
    rounds, calls = (2, 1) if options.quick else (11, 5)
    for number in range(rounds):
        # Every second round backwards: no way always follows the same one.
        for way in ways[:: -1 if number % 2 else 1]:
            way.measure(calls)
    result = {"quick": options.quick, "threads": 1, "rounds": rounds, "calls": calls}
    publish("seeds_speed", {**result, "ways": [row(way) for way in ways], "ratios": ratios(ways)}, options.json)


if __name__ == "__main__":
    main()
