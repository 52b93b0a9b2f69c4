"""Pulling: what liblsl holds, whole and in order, from memory that is used again and again."""

import ctypes
from typing import Any

import numpy as np
import pytest

from stream.acquire.ports import LinkLostError
from stream.acquire.pull import ChunkPull

# Neither divides the other: samples taken for values would show.
CHANNELS, MOST = 3, 8
# Both as in liblsl's lsl_error_code_t.
LOST = -2
TIMED_OUT = -1


class Queue:
    """Does what liblsl's `lsl_pull_chunk_*` does, with samples that a test puts in; stamps are sample numbers."""

    def __init__(self, dtype: str) -> None:
        self.dtype = np.dtype(dtype)
        self.waiting = np.zeros((0, CHANNELS), self.dtype)
        self.number = 0
        self.timeouts: list[float] = []
        self.error = 0
        self.pull = ChunkPull(self, ctypes.c_void_p(7), channels=CHANNELS, dtype=self.dtype, most=MOST)

    def put(self, n: int) -> np.ndarray:
        """Make the next samples available; return them as they must come out."""
        first = len(self.waiting) + self.number
        # Tens for the sample, units for the channel: the axes cannot be mixed up unnoticed.
        samples = (np.arange(first, first + n)[:, None] * 10 + np.arange(CHANNELS)).astype(self.dtype)
        self.waiting = np.concatenate([self.waiting, samples])
        return samples.T.astype(np.float32)

    def __call__(
        self,
        inlet: ctypes.c_void_p,
        data: ctypes.c_void_p,
        stamps: ctypes.c_void_p,
        values: ctypes.c_size_t,
        most: ctypes.c_size_t,
        timeout: ctypes.c_double,
        error: Any,  # noqa: ANN401 -- what `byref` gives has no name
    ) -> int:
        """Hand over what is there, as far as there is room."""
        assert inlet.value == 7
        assert values.value == most.value * CHANNELS
        self.timeouts.append(timeout.value)
        error._obj.value = self.error
        given, self.waiting = self.waiting[: most.value], self.waiting[most.value :]
        assert data.value is not None
        assert stamps.value is not None
        ctypes.memmove(data.value, np.ascontiguousarray(given).ctypes.data, given.nbytes)
        numbers = np.arange(self.number, self.number + len(given), dtype=np.float64)
        ctypes.memmove(stamps.value, numbers.ctypes.data, numbers.nbytes)
        self.number += len(given)
        return given.size


@pytest.mark.parametrize("dtype", ["float32", "float64", "int8", "int16", "int32", "int64"])
def test_what_is_there_comes_whole_in_microvolts_of_float32(dtype: str) -> None:
    """One sample is waited for; of the others, those that are there; stamped as the newest."""
    queue = Queue(dtype)
    # 8 fills the room to the last sample.
    for n in (1, 5, 8):
        sent = queue.put(n)
        pulled = queue.pull(0.2)
        np.testing.assert_array_equal(pulled.samples, sent)
        assert pulled.samples.dtype == np.float32
        assert pulled.stamp_s == queue.number - 1
    # Asked with a time-out for more than one, liblsl would wait until all had come.
    assert queue.timeouts == [0.2, 0.0] * 3


def test_more_than_there_is_room_for_comes_in_pieces() -> None:
    """Twenty samples, eight at a time, nothing lost between."""
    queue = Queue("float32")
    sent = queue.put(20)
    pieces = [queue.pull(0.2) for _ in range(4)]
    assert [piece.samples.shape[1] for piece in pieces] == [8, 8, 4, 0]
    np.testing.assert_array_equal(np.concatenate([piece.samples for piece in pieces], axis=1), sent)
    assert [piece.stamp_s for piece in pieces[:3]] == [7.0, 15.0, 19.0]


def test_what_was_pulled_stays_when_more_is_pulled() -> None:
    """The memory is used again; what was handed out is a copy."""
    queue = Queue("float32")
    sent = queue.put(4)
    pulled = queue.pull(0.2)
    queue.put(4)
    queue.pull(0.2)
    np.testing.assert_array_equal(pulled.samples, sent)


@pytest.mark.parametrize("error", [0, TIMED_OUT])
def test_a_timeout_is_nothing(error: int) -> None:
    """No sample, no stamp, no error; nothing more is asked for."""
    queue = Queue("int16")
    queue.error = error
    pulled = queue.pull(0.2)
    assert pulled.samples.shape == (CHANNELS, 0)
    assert np.isnan(pulled.stamp_s)
    assert queue.timeouts == [0.2]


def test_a_lost_stream_is_an_error() -> None:
    """Whatever liblsl reports but a timeout means that the link is gone."""
    queue = Queue("float32")
    queue.error = LOST
    with pytest.raises(LinkLostError, match="error -2"):
        queue.pull(0.2)
