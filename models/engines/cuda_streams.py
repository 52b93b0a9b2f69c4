"""Streams carried on a GPU by CUDA graphs: a hop of all beds is one replay.

What happens where a graph cannot be captured or the device fails is as for `models.engines.cuda_windows`.
"""

import copy
from collections.abc import Callable, Mapping
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from models.engines.clean import CleanPast
from models.engines.cuda_device import CUDA, CudaDevice
from models.engines.engine import Answers, Floats, Precision, StreamEngine, first_line, warn
from models.engines.readout import PooledReadout
from models.engines.static_batches import Capture, Slots, StaticBatches
from models.networks.contract import StreamingNetwork
from models.networks.stream_step import StreamStep

# Groups whose memory there is room for at first; room doubles when it is full, and graphs are captured anew.
FIRST_CAPACITY = 256


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
        network: StreamingNetwork,
        hop_samples: int,
        precision: Precision,
        open_cpu: Callable[[], StreamEngine],
        device: torch.device = CUDA,
        capture: Capture | None = None,
    ) -> None:
        self._open_cpu = open_cpu
        self._cpu: StreamEngine | None = None
        self._place, self._readout = CudaDevice(precision, device, capture), PooledReadout(network)
        self._step = StreamStep(copy.deepcopy(network), hop_samples)
        self._place.place(cast("nn.Module", self._step.network))
        self.hop_samples, self.context_samples = hop_samples, network.context_samples
        self._streams: dict[str, tuple[list[int], CleanPast]] = {}
        self._slots = Slots(FIRST_CAPACITY)
        self._make_room([])

    @property
    def name(self) -> str:
        """What answers now."""
        return self._place.name if self._cpu is None else f"{self._cpu.name} since {self._place.name} failed"

    def push(self, hops: Mapping[str, Floats]) -> dict[str, Answers]:
        """Push the next hop of some streams; see StreamEngine."""
        if not hops:
            return {}
        if self._cpu is None:
            try:
                return self._on_device(hops)
            except RuntimeError as problem:
                warn(f"{self.name} failed ({first_line(problem)}): the CPU takes over, and streams begin anew")
                self._cpu = self._open_cpu()
        return self._cpu.push(hops)

    def forget(self, stream: str) -> None:
        """Release the memory of a stream."""
        if self._cpu is not None:
            self._cpu.forget(stream)
        slots, _ = self._streams.pop(stream, ([], None))
        self._slots.give_back(slots)

    def _on_device(self, hops: Mapping[str, Floats]) -> dict[str, Answers]:
        network = self._step.network
        # Hops of all streams side by side: one batch, whatever number of groups each bed has.
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
        # The last end is left out: splitting there would add an empty piece.
        ends = np.cumsum([len(hop) for hop in hops.values()])[:-1]
        return dict(zip(hops, zip(np.split(probabilities, ends), np.split(peaks, ends), strict=True), strict=True))

    def _of(self, stream: str, groups: int) -> tuple[list[int], CleanPast]:
        """Return a stream's slots. They need no cleaning: answers count once all that they hold was replaced."""
        known = self._streams.get(stream)
        if known is not None and len(known[0]) == groups:
            return known
        # The stream is new or has another number of groups than before: both begin anew.
        self.forget(stream)
        if self._slots.free < groups:
            self._slots.grow(groups)
            self._make_room(self._carried)
        needed = self.context_samples + self._step.network.window_samples
        self._streams[stream] = self._slots.take(groups), CleanPast(groups, needed)
        return self._streams[stream]

    def _make_room(self, before: list[Tensor]) -> None:
        # One row more than there are slots: row 0 is for padding.
        self._carried = self._step.start(self._slots.capacity + 1)
        for old, new in zip(before, self._carried, strict=False):
            new[: len(old)] = old
        network, place = self._step.network, self._place
        shape = (network.channels, self.hop_samples)
        # Captured anew, since a graph holds the addresses of the memory it was captured with.
        self._batches = StaticBatches(self._work, shape, self._readout.found, place.device, place.capture)

    def _work(self, samples: Tensor, slots: Tensor) -> tuple[Tensor, Tensor]:
        with self._place.arithmetic():
            carried = [memory.index_select(0, slots) for memory in self._carried]
            pooled, where, after = self._step(samples, carried)
            for memory, new in zip(self._carried, after, strict=True):
                # What is carried is in float32, whatever the products are in.
                memory.index_copy_(0, slots, new.to(memory.dtype))
            return pooled, where
