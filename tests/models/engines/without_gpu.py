"""Stand-ins for CUDA graphs, so that the engines' buffers, sizes and slots run without a GPU."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from models.engines.cuda_streams import CudaStreams
from models.engines.cuda_windows import CudaWindows
from models.engines.eager import Eager, EagerStream
from models.engines.engine import Answers
from models.engines.readout import PooledReadout
from tests.models.engines.networks import stream_network, window_network

CPU = torch.device("cpu")
needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")


def as_it_is(work: Callable[[], None]) -> Callable[[], None]:
    """Stand in for a CUDA graph."""
    return work


def failing_after(calls: int) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Stand in for a device that breaks at some replay."""
    left = iter(range(calls))

    def capture(work: Callable[[], None]) -> Callable[[], None]:
        def replay() -> None:
            # The first line names the trouble, as CUDA's own errors do; the rest is advice on debugging.
            if next(left, None) is None:
                raise RuntimeError("CUDA error: unspecified launch failure\nmore lines")
            work()

        return replay

    return capture


def windows_here() -> CudaWindows:
    """Open the window engine on the CPU."""
    return CudaWindows(
        window_network(), PooledReadout(window_network()), "fp32", lambda: Eager(window_network(), CPU), CPU, as_it_is
    )


def streams_here(hop: int = 16) -> CudaStreams:
    """Open the stream engine on the CPU."""
    return CudaStreams(stream_network(), hop, "fp32", lambda: EagerStream(stream_network(), hop, CPU), CPU, as_it_is)


def agree(got: Answers, expected: Answers, atol: float = 1e-5) -> bool:
    """Whether probabilities agree and are NaN alike, and peaks are equal where they count."""
    counts = ~np.isnan(expected[0])
    near = np.allclose(got[0], expected[0], rtol=0, atol=atol, equal_nan=True)
    return near and np.array_equal(got[1][counts], expected[1][counts])
