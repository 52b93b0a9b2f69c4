"""Networks on a GPU by CUDA graphs: each batch size captured once, a hop of all beds one replay.

Single precision is single precision: no TF32. A graph that cannot be captured is run operation by operation on the
same device; a device that fails is left for the CPU. Both are said by an `EngineWarning` and by the engine's name.
"""

import copy
import warnings
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext

import numpy as np
import torch
from torch import Tensor

from models.engines.clean import CleanPast
from models.engines.engine import Answers, Engine, EngineWarning, Floats, Precision, StreamEngine
from models.engines.readout import Readout
from models.engines.static_batches import Capture, Slots, StaticBatches
from models.networks.sc import SC, SPANS, pool_spans
from models.networks.sc_stream import StreamSC
from models.networks.stream_state import StreamStep

CUDA = torch.device("cuda")
WARM_UPS = 3
FIRST_CAPACITY = 256
"""Groups whose memory there is room for at first; room doubles when it is full, and graphs are captured anew."""


class GraphCapture:
    """Captures work in CUDA graphs on a stream of its own; once that has failed, work is returned as it came."""

    def __init__(self, device: torch.device = CUDA) -> None:
        self.stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        self.failed = False

    def __call__(self, work: Callable[[], None]) -> Callable[[], None]:
        """Warm up, capture and return the replay."""
        self.stream.wait_stream(torch.cuda.current_stream(self.stream.device))
        with torch.cuda.stream(self.stream):
            for _ in range(WARM_UPS):
                work()
        self.stream.synchronize()
        return work if self.failed else self._captured(work)

    def _captured(self, work: Callable[[], None]) -> Callable[[], None]:
        graph = torch.cuda.CUDAGraph()
        try:
            # Another thread's CUDA call, be it only a look at the clocks, must not spoil a capture.
            with torch.cuda.graph(graph, stream=self.stream, capture_error_mode="thread_local"):
                work()
        except RuntimeError as problem:
            self.failed = True
            _say(f"no CUDA graph could be captured ({_line(problem)}): operations are launched one by one")
            return work
        return graph.replay


class _Device:
    """Where and how an engine of this module runs; `capture` stands in for CUDA graphs on other devices."""

    def __init__(self, precision: Precision, device: torch.device, capture: Capture | None) -> None:
        self.device, self._precision = device, precision
        self.capture: Capture = capture or GraphCapture(device)

    @property
    def name(self) -> str:
        """Kind, precision and device."""
        captured = not getattr(self.capture, "failed", False)
        return f"{'cuda-graph' if captured else 'cuda-eager'}-{self._precision}-{self.device.type}"

    def on_stream(self) -> AbstractContextManager[object]:
        """Launch on the stream that graphs were captured on."""
        return torch.cuda.stream(self.capture.stream) if isinstance(self.capture, GraphCapture) else nullcontext()

    def arithmetic(self) -> AbstractContextManager[object]:
        """Inference in the precision that was asked for, the same algorithms every time."""
        stack = ExitStack()
        stack.enter_context(torch.inference_mode())
        stack.enter_context(torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False))
        if self._precision == "bf16":
            stack.enter_context(torch.autocast(self.device.type, torch.bfloat16, cache_enabled=False))
        return stack


class CudaWindows:
    """Scores windows.

    Parameters
    ----------
    network
        Copied to the device.
    precision
        Of products and convolutions.
    open_cpu
        Opens the engine that takes over when the device fails.
    device, capture
        Another device and what stands in for CUDA graphs there: for tests.
    """

    def __init__(
        self,
        network: SC | StreamSC,
        precision: Precision,
        open_cpu: Callable[[], Engine],
        device: torch.device = CUDA,
        capture: Capture | None = None,
    ) -> None:
        self._open_cpu = open_cpu
        self._cpu: Engine | None = None
        self._place, self._readout = _Device(precision, device, capture), Readout(network)
        self._network = copy.deepcopy(network).to(device).eval()
        self.context_samples = network.context_samples
        shape = (network.channels, network.context_samples + network.window_samples)
        found = (SPANS, network.head.in_features)
        self._batches = StaticBatches(self._work, shape, found, device, self._place.capture)

    @property
    def name(self) -> str:
        """What answers now."""
        return self._place.name if self._cpu is None else f"{self._cpu.name} since {self._place.name} failed"

    def score(self, windows: Floats) -> Answers:
        """Score conditioned windows; see Engine."""
        if self._cpu is None:
            try:
                return self._on_device(windows)
            except RuntimeError as problem:
                _say(f"{self.name} failed ({_line(problem)}): the CPU takes over")
                self._cpu = self._open_cpu()
        return self._cpu.score(windows)

    def _on_device(self, windows: Floats) -> Answers:
        finite = np.asarray(np.isfinite(windows).all(axis=(1, 2)))
        whole = windows if finite.all() else np.where(finite[:, None, None], windows, np.float32(0))
        with self._place.on_stream():
            pooled, where = self._batches.run(whole, np.zeros(len(windows), np.int64))
        probabilities, peaks = self._readout.answers(pooled, where)
        probabilities[~finite] = np.nan
        return probabilities, peaks

    def _work(self, samples: Tensor, _slots: Tensor) -> tuple[Tensor, Tensor]:
        with self._place.arithmetic():
            return pool_spans(self._network.features(samples))


class CudaStreams:
    """Carries streams; the memory of all of them lies in one tensor a layer, a row (slot) for each group.

    Parameters
    ----------
    network
        Copied to the device.
    hop_samples
        Samples of every hop; it divides the window.
    precision, open_cpu, device, capture
        As for `CudaWindows`. When the device fails every stream begins anew on the CPU.
    """

    def __init__(
        self,
        network: StreamSC,
        hop_samples: int,
        precision: Precision,
        open_cpu: Callable[[], StreamEngine],
        device: torch.device = CUDA,
        capture: Capture | None = None,
    ) -> None:
        self._open_cpu = open_cpu
        self._cpu: StreamEngine | None = None
        self._place, self._readout = _Device(precision, device, capture), Readout(network)
        self._step = StreamStep(copy.deepcopy(network).to(device), hop_samples)
        self.hop_samples, self.context_samples = hop_samples, network.context_samples
        self._streams: dict[str, tuple[list[int], CleanPast]] = {}
        self._slots = Slots(FIRST_CAPACITY)
        self._make_room([])

    @property
    def name(self) -> str:
        """What answers now."""
        return self._place.name if self._cpu is None else f"{self._cpu.name} since {self._place.name} failed"

    def push(self, hops: Mapping[str, Floats]) -> dict[str, Answers]:
        """Take the next hop of some streams; see StreamEngine."""
        if not hops:
            return {}
        if self._cpu is None:
            try:
                return self._on_device(hops)
            except RuntimeError as problem:
                _say(f"{self.name} failed ({_line(problem)}): the CPU takes over, and streams begin anew")
                self._cpu = self._open_cpu()
        return self._cpu.push(hops)

    def forget(self, stream: str) -> None:
        """Give the memory of a stream back."""
        if self._cpu is not None:
            self._cpu.forget(stream)
        slots, _ = self._streams.pop(stream, ([], None))
        self._slots.give_back(slots)

    def _on_device(self, hops: Mapping[str, Floats]) -> dict[str, Answers]:
        network = self._step.network
        whole = np.empty((sum(map(len, hops.values())), network.channels, self.hop_samples), np.float32)
        slots, counts, at = [], [], 0
        for stream, hop in hops.items():
            mine, clean = self._of(stream, len(hop))
            counts.append(clean.take(hop, whole[at : at + len(hop)]))
            slots += mine
            at += len(hop)
        with self._place.on_stream():
            pooled, where = self._batches.run(whole, slots)
        probabilities, peaks = self._readout.answers(pooled, where)
        probabilities[~np.concatenate(counts)] = np.nan
        ends = np.cumsum([len(hop) for hop in hops.values()])[:-1]
        return dict(zip(hops, zip(np.split(probabilities, ends), np.split(peaks, ends), strict=True), strict=True))

    def _of(self, stream: str, groups: int) -> tuple[list[int], CleanPast]:
        """Give a stream its slots. They need no cleaning: answers count once all that they hold was replaced."""
        known = self._streams.get(stream)
        if known is not None and len(known[0]) == groups:
            return known
        self.forget(stream)
        if self._slots.free < groups:
            self._slots.grow(groups)
            self._make_room(self._carried)
        needed = self.context_samples + self._step.network.window_samples
        self._streams[stream] = self._slots.take(groups), CleanPast(groups, needed)
        return self._streams[stream]

    def _make_room(self, before: list[Tensor]) -> None:
        self._carried = self._step.start(self._slots.capacity + 1)
        for old, new in zip(before, self._carried, strict=False):
            new[: len(old)] = old
        network, place = self._step.network, self._place
        shape, found = (network.channels, self.hop_samples), (SPANS, network.head.in_features)
        self._batches = StaticBatches(self._work, shape, found, place.device, place.capture)

    def _work(self, samples: Tensor, slots: Tensor) -> tuple[Tensor, Tensor]:
        with self._place.arithmetic():
            carried = [memory.index_select(0, slots) for memory in self._carried]
            pooled, where, after = self._step(samples, carried)
            for memory, new in zip(self._carried, after, strict=True):
                memory.index_copy_(0, slots, new.to(memory.dtype))
            return pooled, where


def _say(text: str) -> None:
    warnings.warn(text, EngineWarning, stacklevel=3)


def _line(problem: RuntimeError) -> str:
    return (str(problem).splitlines() or [type(problem).__name__])[0]
