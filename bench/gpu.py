"""Question: how late is one window on a GPU, how near does a full batch come to its limit, and how many beds fit?

Method: SC, small and as in the paper, by CUDA graph (fp32, bf16), plain torch and torch.compile: one window from numpy
array to probability, copies and synchronisation included, engines in turn in every round; p50 and p99. Batches of 1 to
1,024 windows that lie on the device already: windows a second, as operations a second and as a share of the best of
large bf16 products in the same run. Streaming SC by CUDA graph: the time of one hop of all of 1 to 1,024 beds of 5
groups, and the most whose p99 leaves half of the hop. Idle clocks: one window every 125 ms beside one after another.
Command: python -m bench.gpu [--json bench/results/gpu.json] [--quick]; where there is no CUDA device it says so.
"""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import torch

from bench.command_line import command_line
from bench.machine import publish
from bench.throughput import flops
from bench.throughput.untrained import HOP_S, PAPER, SMALL, Size, untrained
from models.engines.cuda_device import CUDA
from models.engines.cuda_streams import CudaStreams
from models.engines.cuda_windows import CudaWindows
from models.engines.eager import Eager, EagerStream
from models.engines.engine import Answers, Engine, Floats, Precision
from models.engines.readout import PooledReadout
from models.engines.static_batches import Capture
from models.networks.sc import SC
from models.networks.sc_stream import StreamSC

Row = dict[str, Any]
Timed = Callable[[], object]

CPU: Final = torch.device("cpu")
GROUPS: Final = 5  # of a bed: a scalp montage's chains and midline
SIDE: Final = 8192  # of the products: large enough that the device is full, and memory is not the limit
# Aims of ours, beside which the figures stand in the result.
GOALS: Final = {"graph_over_eager": 2.0, "share_of_bf16_products": 0.5, "beds": 100}


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is run, and where: `capture` stands in for CUDA graphs where a test runs this on the CPU."""

    sizes: tuple[Size, ...] = (SMALL, PAPER)
    batches: tuple[int, ...] = (1, 4, 16, 64, 256, 1024)
    beds: tuple[int, ...] = (1, 4, 16, 64, 256, 1024)
    rounds: int = 1000
    hops: int = 200
    paced_hops: int = 160
    side: int = SIDE
    compiled: bool = True
    device: torch.device = CUDA
    capture: Capture | None = None


QUICK: Final = Extent((SMALL,), (1, 64), (1, 16), 50, 20, 16)


class Compiled:
    """SC by torch.compile with its own CUDA graphs, copies as in plain torch."""

    context_samples = 0
    name = "torch.compile"

    def __init__(self, network: SC, device: torch.device) -> None:
        self._device = device
        # "reduce-overhead" is torch's own use of CUDA graphs: the fairest rival of ours.
        self._evidence = torch.compile(network.to(device).evidence, mode="reduce-overhead")

    @torch.inference_mode()
    def score(self, windows: Floats) -> Answers:
        """Score windows; see Engine."""
        logits, peaks = self._evidence(torch.from_numpy(windows).to(self._device))
        return torch.sigmoid(logits).cpu().numpy(), peaks.cpu().numpy()


def measured(extent: Extent) -> Row:
    """Measure everything."""
    peak = products(extent)
    latencies, curve = [], []
    for size in extent.sizes:
        latencies += one_window(extent, size)
        curve += batch_curve(extent, size, peak)
    beds = [row for size in extent.sizes for row in beds_per_hop(extent, size)]
    return {
        "device": _device_name(extent.device),
        "goals": GOALS,
        "bf16_product_tflops": peak,
        "one_window": latencies,
        "batches": curve,
        "beds": beds,
        "idle_clocks": [idle_clocks(extent, size) for size in extent.sizes],
    }


def products(extent: Extent) -> float:
    """Return the best rate of large bf16 products, TFLOP/s."""
    left, right = (torch.randn(extent.side, extent.side, device=extent.device).bfloat16() for _ in range(2))
    took_s = _seconds(extent.device, [lambda: torch.mm(left, right)], 10)[0]
    # A product and a sum count as two operations, as in every data sheet.
    return float(2 * extent.side**3 / took_s.min() / 1e12)


def one_window(extent: Extent, size: Size) -> list[Row]:
    """Time one window from array to probability by every engine, in turn."""
    window = _noise(1, size.window_samples)
    engines = _engines(extent, size)
    timed: list[Timed] = [_scoring(engine, window) for engine in engines]
    plain, *_ = took_s = _seconds(extent.device, timed, extent.rounds)
    return [
        {
            "network": f"SC {size.name}",
            "engine": engine.name,
            **_quantiles(times),
            "times_as_fast_as_eager": round(float(np.median(plain / times)), 2),
        }
        for engine, times in zip(engines, took_s, strict=True)
    ]


@torch.inference_mode()
def batch_curve(extent: Extent, size: Size, peak_tflops: float) -> list[Row]:
    """Time the forward alone on batches that lie on the device, in bf16."""
    network = _network(size).to(extent.device)
    # Counted on the CPU and in plain torch: an engine's own tricks must not shrink the work that is done.
    each = flops.of_window(_network(size), torch.zeros(1, GROUPS, size.window_samples))
    rows = []
    for batch in extent.batches:
        windows = torch.from_numpy(_noise(batch, size.window_samples)).to(extent.device)
        with torch.autocast(extent.device.type, torch.bfloat16):
            took_s = _seconds(extent.device, [partial(network, windows)], 20)[0]
        rate = batch / float(np.median(took_s))
        tflops = rate * each / 1e12
        share = round(tflops / peak_tflops, 4)
        rows.append({"network": f"SC {size.name}", "batch": batch, "windows_per_s": round(rate), "tflops": tflops})
        rows[-1]["share_of_bf16_products"] = share
    return rows


def beds_per_hop(extent: Extent, size: Size) -> list[Row]:
    """Time one hop of many beds at once."""
    engine = _streams(extent, size)
    rows = []
    for beds in extent.beds:
        hops = {f"bed-{k}": _noise(GROUPS, size.hop_samples) for k in range(beds)}
        took_s = _seconds(extent.device, [partial(engine.push, hops)], extent.hops)[0]
        # Half of the hop: the other half is for filters, the journal and what else runs on the host.
        fits = bool(np.quantile(took_s, 0.99) < HOP_S / 2)
        rows.append({"network": f"StreamSC {size.name}", "engine": engine.name, "beds": beds, **_quantiles(took_s)})
        rows[-1]["leaves_half_of_the_hop"] = fits
    return rows


def idle_clocks(extent: Extent, size: Size) -> Row:
    """Time one window when the device rests between hops, beside one after another."""
    score = _scoring(_graph(extent, size, "fp32"), _noise(1, size.window_samples))
    # A device that rests lowers its clocks, and at a bed it rests nearly all the time.
    busy_s = _seconds(extent.device, [score], extent.rounds)[0]
    paced_s = _seconds(extent.device, [score], extent.paced_hops, pause_s=HOP_S)[0]
    return {"network": f"SC {size.name}", "one_after_another": _quantiles(busy_s), "every_125_ms": _quantiles(paced_s)}


def _engines(extent: Extent, size: Size) -> list[Engine]:
    # Plain torch first: every other engine is compared with it.
    found: list[Engine] = [Eager(_network(size), extent.device)]
    found += [_graph(extent, size, precision) for precision in ("fp32", "bf16")]
    return [*found, Compiled(_network(size), extent.device)] if extent.compiled else found


def _graph(extent: Extent, size: Size, precision: Precision) -> CudaWindows:
    network = _network(size)
    readout = PooledReadout(network)
    return CudaWindows(network, readout, precision, lambda: Eager(network, CPU), extent.device, extent.capture)


def _streams(extent: Extent, size: Size) -> CudaStreams:
    network, hop = untrained("sc_stream", size).network, size.hop_samples
    assert isinstance(network, StreamSC)  # noqa: S101  (it is what was asked for)
    return CudaStreams(network, hop, "fp32", lambda: EagerStream(network, hop, CPU), extent.device, extent.capture)


def _network(size: Size) -> SC:
    network = untrained("sc", size).network
    assert isinstance(network, SC)  # noqa: S101
    return network.eval()


def _scoring(engine: Engine, windows: Floats) -> Timed:
    return lambda: engine.score(windows)


def _seconds(device: torch.device, timed: Sequence[Timed], rounds: int, pause_s: float = 0.0) -> list[Floats]:
    """Time calls in turn, rounds of them after three that do not count; each ends when the device is done."""
    took: list[list[float]] = [[] for _ in timed]
    # Three rounds to warm up: compilation, capture and the first allocation are not what a hop costs.
    for round_number in range(-3, rounds):
        for call, times in zip(timed, took, strict=True):
            time.sleep(pause_s)
            began_s = time.perf_counter()
            call()
            if device.type == "cuda":
                # A call returns before the device is done; without waiting, only the launch would be timed.
                torch.cuda.synchronize(device)
            if round_number >= 0:
                times.append(time.perf_counter() - began_s)
    return [np.array(times, np.float32) for times in took]


def _quantiles(took_s: Floats) -> Row:
    return {f"p{at}_us": round(float(np.quantile(took_s, at / 100)) * 1e6, 1) for at in (50, 99)}


def _noise(count: int, samples: int) -> Floats:
    return np.random.default_rng(count).normal(0, 30, (count, GROUPS, samples)).astype(np.float32)


def _device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


def main() -> None:
    """Run, and print."""
    parser = command_line("bench.gpu", __doc__)
    parser.add_argument("--quick", action="store_true", help="only show that it runs")
    options = parser.parse_args()
    if not torch.cuda.is_available():
        sys.stderr.write("no CUDA device: nothing was measured\n")
        return
    publish("gpu", measured(QUICK if options.quick else Extent()), options.json)


if __name__ == "__main__":
    main()
