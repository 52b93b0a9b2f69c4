"""Work on batches of a few fixed sizes in buffers that never move: what a CUDA graph needs, on any device.

A `Capture` makes of each size's work something to repeat: a CUDA graph's replay, or the work itself, so that the
buffers, sizes and slots are the same code with and without a GPU.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.engines.engine import Floats

# Batch sizes, largest first, so that the smaller graphs find room in the memory of the largest.
SIZES = (64, 32, 16, 8, 4, 2, 1)

Work = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
"""From samples (n, channels, samples) and slots (n,), int64, to features' maxima and places, (n, *found) both."""
Capture = Callable[[Callable[[], None]], Callable[[], None]]


class StaticBatches:
    """Pads batches to the next size and runs them, in pieces where they are larger than all.

    Parameters
    ----------
    work
        What is to be done; it sees the same tensors at every call.
    shape
        (channels, samples) of one item.
    found
        Shape of an item's maxima, and of their places.
    device
        Where the work is done; items are staged in pinned memory where that is CUDA.
    capture
        Makes of a size's work something to repeat.
    """

    def __init__(
        self, work: Work, shape: tuple[int, int], found: tuple[int, ...], device: torch.device, capture: Capture
    ) -> None:
        most, pinned = SIZES[0], device.type == "cuda"
        self._work = work
        self._samples = torch.zeros(most, *shape, device=device)
        self._slots = torch.zeros(most, dtype=torch.int64, device=device)
        self._answers = torch.zeros(2, most, *found, device=device)
        # Pinned memory can be copied while the host goes on; the batch and its answers lie in it at fixed places.
        self._staged = torch.zeros(most, *shape, pin_memory=pinned)
        self._staged_slots = torch.zeros(most, dtype=torch.int64, pin_memory=pinned)
        self._back = torch.zeros(2, most, *found, pin_memory=pinned)
        self._device = device
        self._repeat = {size: capture(partial(self._run, size)) for size in SIZES}

    def run(self, items: Floats, slots: Sequence[int] | NDArray[np.int64]) -> tuple[Floats, NDArray[np.int32]]:
        """Work on items (n, channels, samples), each with its slot; what is beyond them in a batch goes to slot 0."""
        shape = (len(items), *self._back.shape[2:])
        pooled, where = np.empty(shape, np.float32), np.empty(shape, np.int32)
        for at in range(0, len(items), SIZES[0]):
            piece = slice(at, at + SIZES[0])
            back = self._piece(items[piece], np.asarray(slots[piece], np.int64))
            pooled[piece], where[piece] = back[0], back[1]
        return pooled, where

    def _piece(self, items: Floats, slots: NDArray[np.int64]) -> Floats:
        n = len(items)
        size = min(size for size in SIZES if size >= n)
        self._staged.numpy()[:n] = items
        # Otherwise rows of an earlier batch would be scored again, into slot 0.
        self._staged.numpy()[n:size] = 0
        self._staged_slots.numpy()[:n] = slots
        self._staged_slots.numpy()[n:size] = 0
        self._samples[:size].copy_(self._staged[:size], non_blocking=True)
        self._slots[:size].copy_(self._staged_slots[:size], non_blocking=True)
        self._repeat[size]()
        self._back[:, :size].copy_(self._answers[:, :size], non_blocking=True)
        # The only wait of a hop: everything before it was queued.
        if self._device.type == "cuda":
            torch.cuda.current_stream(self._device).synchronize()
        back: Floats = self._back.numpy()[:, :n]
        return back

    def _run(self, size: int) -> None:
        pooled, where = self._work(self._samples[:size], self._slots[:size])
        self._answers[0, :size].copy_(pooled)
        self._answers[1, :size].copy_(where)  # a window's samples are few enough for float32 to count them


class Slots:
    """Hands out rows of carried tensors; row 0 is what padding is carried in."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        # From the end, so that low rows are handed out first.
        self._free = list(range(capacity, 0, -1))

    def take(self, count: int) -> list[int]:
        """Return that many rows; that so many are free is for the caller to see first."""
        return [self._free.pop() for _ in range(count)]

    def give_back(self, slots: Sequence[int]) -> None:
        """Return rows to those that are free."""
        self._free.extend(slots)

    @property
    def free(self) -> int:
        """Rows that are free."""
        return len(self._free)

    def grow(self, wanted: int) -> None:
        """Double the rows until so many are free."""
        while len(self._free) < wanted:
            # In front, so that rows that were freed are handed out before new ones.
            self._free = [*range(2 * self.capacity, self.capacity, -1), *self._free]
            self.capacity *= 2
