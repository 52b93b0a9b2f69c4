"""An epoch's batches, read from disk a little ahead of the network and never all at once.

One thread reads (`windowset.Reader`), varies and stacks while the network computes. Which windows, in which order and
how varied is a function of the indices, the epoch and the batch's number alone, so a run that resumes within an epoch
goes on with the very batches that it would have seen.
"""

from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np
import torch
from torch import Tensor

from models.datasets.windowset import Floats, Indices, Reader, WindowSet

# Batches that wait for the network: enough to bridge a slow read, few enough that memory stays that of a few batches.
AHEAD: Final = 3


class Vary(Protocol):
    """Augments a batch."""

    def __call__(self, windows: Floats, indices: Indices, epoch: int, batch: int) -> Floats:
        """Return windows (n, channels, samples) varied; `indices` (n,) are their numbers in the set."""
        ...


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows (n, channels, samples) float32 as they are on disk, or varied, and their targets (n,) float32.

    `stages` (n,) are codes of `models.datasets.windowset.STAGE_CODES`, uint8; none where nobody asks for them.
    """

    windows: Tensor
    targets: Tensor
    stages: Tensor = field(default_factory=lambda: torch.zeros(0, dtype=torch.uint8))


class BatchLoader:
    """Makes batches of a window set for one device, each window with `context_samples` of its past."""

    def __init__(
        self, windowset: WindowSet, batch_windows: int, device: torch.device, context_samples: int = 0
    ) -> None:
        self._reader = Reader(windowset, context_samples)
        self._labels, self._stages = windowset.label, windowset.stage
        self._size = batch_windows
        self._device = device

    def epoch(self, indices: Indices, epoch: int, vary: Vary, *, first: int = 0) -> Generator[Batch, None, None]:
        """Yield the batches of an epoch from the `first` on: `indices` in their order, the last batch may be short.

        Closing the iterator ends its thread; an error in the thread is raised here.
        """
        size = self._size
        count = self.batches(len(indices))

        def load(number: int) -> Batch:
            # `number` counts from the epoch's beginning, not from `first`: a run that resumes varies windows the same.
            chosen = indices[number * size : (number + 1) * size]
            windows = vary(self._reader.take(chosen), chosen, epoch, number)
            targets = torch.from_numpy(self._labels[chosen].astype(np.float32))
            # Not pinned: a byte a window.
            return self._pinned(torch.from_numpy(windows), targets, torch.from_numpy(np.array(self._stages[chosen])))

        with closing(_ahead(load, range(first, count))) as batches:
            for batch in batches:
                yield self._moved(batch)

    def batches(self, windows: int) -> int:
        """Return how many batches a number of windows makes."""
        return -(-windows // self._size)  # rounded up: the last batch may be short

    def take(self, indices: Indices) -> Tensor:
        """Return a few windows (n, channels, samples) on the device."""
        return torch.from_numpy(self._reader.take(indices)).to(self._device)

    def close(self) -> None:
        """Close the set's file."""
        self._reader.close()

    def _moved(self, batch: Batch) -> Batch:
        device = self._device
        # From pinned memory this copy runs beside the computation of the batch before.
        windows, targets = (one.to(device, non_blocking=True) for one in (batch.windows, batch.targets))
        return Batch(windows, targets, batch.stages)

    def _pinned(self, windows: Tensor, targets: Tensor, stages: Tensor) -> Batch:
        # Pinned in the loading thread, where it costs the network no time; without CUDA torch cannot pin.
        if self._device.type != "cuda":
            return Batch(windows, targets, stages)
        return Batch(windows.pin_memory(), targets.pin_memory(), stages)


def unvaried(windows: Floats, indices: Indices, epoch: int, batch: int) -> Floats:  # noqa: ARG001
    """Return windows as they are."""
    return windows


def _ahead(load: Callable[[int], Batch], numbers: range) -> Generator[Batch, None, None]:
    """Yield load(number) in order; a thread works on the next ones meanwhile."""
    waiting: deque[Future[Batch]] = deque()
    # One thread: batches are read in order, and numpy and the disk release the lock while the network computes.
    with ThreadPoolExecutor(1, thread_name_prefix="batches") as thread:
        try:
            for number in numbers:
                waiting.append(thread.submit(load, number))
                if len(waiting) > AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            # A reader that stops early must not wait for batches which are not needed any more.
            for future in waiting:
                future.cancel()
