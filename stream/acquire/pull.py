"""Pulling from an inlet: wait for the first sample, then fetch all there are, into memory that stays.

Waking up cold, 32 times a second, a process pays for every line it runs: liblsl's own function called twice costs
a third of what pylsl's `pull_chunk` costs around it, which builds its arguments and four arrays each time.
"""

import ctypes
import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from stream.acquire.ports import LinkLostError, Pulled

PullChunk = Callable[..., Any]
"""One of liblsl's `lsl_pull_chunk_*`: inlet, data, stamps, values and stamps there is room for, timeout, error."""

_TIMEOUT: Final = -1


class ChunkPull:
    """Pulls numbers of one type from one inlet; not for two threads.

    Parameters
    ----------
    pull_chunk, inlet
        liblsl's function for this type, and the inlet's handle
    channels, dtype
        of the stream
    most
        samples fetched at once at the most, two or more
    """

    def __init__(
        self, pull_chunk: PullChunk, inlet: ctypes.c_void_p, *, channels: int, dtype: np.dtype[Any], most: int
    ) -> None:
        self._pull_chunk, self._inlet, self._channels = pull_chunk, inlet, channels
        self._samples = np.zeros((most, channels), dtype)
        self._stamps = np.zeros(most)
        self._error = ctypes.c_int()
        self._first, self._others = self._room(0, 1), self._room(1, most)
        self._nothing = Pulled(np.zeros((channels, 0), np.float32), math.nan)

    def __call__(self, timeout_s: float) -> Pulled:
        """Wait for samples and return all there are.

        Raises
        ------
        LinkLostError
            if liblsl has lost the stream
        """
        # Asked for many at once, liblsl waits until all have come or the time-out is over; for one, until it comes.
        if not self._fill(self._first, timeout_s):
            return self._nothing
        end = 1 + self._fill(self._others, 0.0)
        # `astype` copies, so that the next pull may write over the same memory.
        return Pulled(self._samples[:end].astype(np.float32).T, float(self._stamps[end - 1]))

    def _room(self, begin: int, end: int) -> tuple[ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t]:
        samples, stamps = self._samples[begin:end], self._stamps[begin:end]
        return (
            ctypes.c_void_p(samples.ctypes.data),
            ctypes.c_void_p(stamps.ctypes.data),
            ctypes.c_size_t(samples.size),
            ctypes.c_size_t(stamps.size),
        )

    def _fill(
        self, room: tuple[ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t], timeout_s: float
    ) -> int:
        """Fill some room; return how many samples came."""
        error = self._error
        # liblsl counts values, not samples: one for each channel.
        values = self._pull_chunk(self._inlet, *room, ctypes.c_double(timeout_s), ctypes.byref(error))
        if error.value not in (0, _TIMEOUT):
            raise LinkLostError(f"liblsl's error {error.value}")
        return int(values) // self._channels
