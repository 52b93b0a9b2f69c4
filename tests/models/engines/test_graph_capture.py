"""Graphs are captured largest first, in one pool of memory; where one cannot be, work goes on without it."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from itertools import count

import pytest
import torch

from models.engines.cuda_windows import CudaWindows
from models.engines.eager import Eager
from models.engines.engine import EngineWarning
from models.engines.graph_capture import GraphCapture
from models.engines.opening import open_engine
from models.engines.readout import PooledReadout
from models.engines.static_batches import SIZES
from tests.models.engines.networks import loaded, noise, window_network
from tests.models.engines.without_gpu import CPU, agree, needs_gpu


class Stream:
    """A stream on which nothing waits."""

    device = CPU

    def __init__(self, _device: torch.device) -> None: ...

    def synchronize(self) -> None:
        """Wait for nothing."""

    def wait_stream(self, other: object) -> None:
        """Wait for nothing."""


class Graph:
    """A graph that replays nothing."""

    def replay(self) -> None:
        """Do nothing."""


@pytest.fixture
def pools(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Stand in for CUDA; what is returned fills with the pool of each capture."""
    used: list[object] = []
    numbers = count()

    @contextmanager
    def graph(_graph: Graph, *, pool: object = None, **_: object) -> Iterator[None]:
        used.append(pool)
        yield

    monkeypatch.setattr(torch.cuda, "Stream", Stream)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda _: None)
    monkeypatch.setattr(torch.cuda, "stream", lambda _: nullcontext())
    monkeypatch.setattr(torch.cuda, "CUDAGraph", Graph)
    monkeypatch.setattr(torch.cuda, "graph", graph)
    monkeypatch.setattr(torch.cuda, "graph_pool_handle", lambda: (0, next(numbers)))
    return used


def windows_with(capture: GraphCapture) -> CudaWindows:
    """Open the window engine on the CPU with graphs of the stand-in."""
    network = window_network()
    return CudaWindows(network, PooledReadout(network), "fp32", lambda: Eager(network, CPU), CPU, capture)


def test_all_sizes_of_an_engine_share_one_pool(pools: list[object]) -> None:
    """Each capture is given it; another engine, whose graphs may replay at the same time, has one of its own."""
    windows_with(GraphCapture(CPU))
    assert pools == [(0, 0)] * len(SIZES)
    windows_with(GraphCapture(CPU))
    assert pools[len(SIZES) :] == [(0, 1)] * len(SIZES)


def test_the_largest_size_is_captured_first() -> None:
    """So that the others find room in its memory."""
    assert list(SIZES) == sorted(SIZES, reverse=True)


def test_i2_a_graph_that_cannot_be_captured_leaves_the_work_as_it_is(
    pools: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reported once for all sizes, and in the engine's name."""

    def no_graph(*_: object, **__: object) -> Iterator[None]:
        raise RuntimeError("operation not permitted when stream is capturing")

    monkeypatch.setattr(torch.cuda, "graph", no_graph)
    with pytest.warns(EngineWarning, match="not permitted") as warned:
        engine = windows_with(GraphCapture(CPU))
    assert len(warned) == 1
    assert pools == []
    assert engine.name == "cuda-eager-fp32-cpu"
    assert agree(engine.score(noise(3, 5, 64)), Eager(window_network(), CPU).score(noise(3, 5, 64)))


@pytest.mark.gpu
@needs_gpu
def test_all_sizes_together_take_hardly_more_memory_than_the_largest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reserved by the pools of an engine with one size, and of one with all."""

    def reserved(sizes: tuple[int, ...]) -> int:
        monkeypatch.setattr("models.engines.static_batches.SIZES", sizes)
        torch.cuda.synchronize()
        torch.cuda.empty_cache()
        before = torch.cuda.memory_reserved()
        engine = open_engine(loaded(window_network()), "cuda")
        assert engine.name == "cuda-graph-fp32-cuda"
        return torch.cuda.memory_reserved() - before

    largest = reserved(SIZES[:1])
    # The smaller graphs' own inputs and outputs, and CUDA's blocks of 2 MiB, may come on top.
    assert reserved(SIZES) <= 1.5 * largest + (4 << 20)
