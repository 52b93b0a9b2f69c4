"""GPU engines answer as plain torch does; here their buffers and slots run on the CPU, graphs where there is a GPU."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.engines import cuda_streams
from models.engines.cuda_streams import CudaStreams
from models.engines.cuda_windows import CudaWindows
from models.engines.eager import Eager, EagerStream
from models.engines.engine import Answers, EngineWarning
from models.engines.graph_capture import GraphCapture
from models.engines.opening import open_engine, open_stream_engine
from models.engines.readout import PooledReadout
from tests.models.engines.networks import NEEDED, loaded, noise, stream_network, window_network

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


@pytest.mark.parametrize("count", [0, 1, 5, 64, 70])
def test_windows_score_as_in_plain_torch(count: int) -> None:
    """Any number of windows, one of them not finite, which stays alone; the input is not touched."""
    windows = noise(count, 5, 64)
    windows[3:4, 2, 10] = np.nan
    before = windows.copy()
    assert agree(windows_here().score(windows), Eager(window_network(), CPU).score(windows))
    assert np.array_equal(windows, before, equal_nan=True)


def test_whole_windows_of_a_streaming_network() -> None:
    """They bring their context along."""
    engine = CudaWindows(
        stream_network(), PooledReadout(stream_network()), "fp32", lambda: Eager(stream_network(), CPU), CPU, as_it_is
    )
    assert engine.context_samples == 61
    assert agree(engine.score(noise(3, 5, NEEDED)), Eager(stream_network(), CPU).score(noise(3, 5, NEEDED)))


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_any_subset_of_streams_is_one_batch(data: st.DataObject) -> None:
    """Streams of any size come, pause, are forgotten and change their size; each answers as if it were alone."""
    engine, alone = streams_here(), EagerStream(stream_network(), 16, CPU)
    sizes = {"a": 2, "b": 3, "c": 1}
    for step in range(24):
        chosen = data.draw(st.sets(st.sampled_from("abc"), min_size=1)) if step > 8 else set("abc")
        if step == 12:
            sizes["b"] = data.draw(st.integers(1, 4))
            engine.forget("c")
            alone.forget("c")
        hops = {name: noise(sizes[name], 5, 16, seed=step * 3 + ord(name)) for name in sorted(chosen)}
        got, expected = engine.push(hops), alone.push(hops)
        assert list(got) == list(expected)
        assert all(agree(got[name], expected[name]) for name in hops)


@pytest.mark.parametrize("hop", [1, 4, 48])
def test_stream_agrees_at_other_hops(hop: int) -> None:
    """Over a NaN too, and when there is nothing to push."""
    engine, alone, signal = streams_here(hop), EagerStream(stream_network(), hop, CPU), noise(2, 5, 288)
    signal[1, 2, 130] = np.nan
    for end in range(hop, 289, hop):
        piece = {"a": signal[..., end - hop : end]}
        assert agree(engine.push(piece)["a"], alone.push(piece)["a"])
    assert engine.push({}) == {}


def test_room_grows_without_a_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams that come when all slots are taken leave those before them undisturbed, in more than one batch."""
    monkeypatch.setattr(cuda_streams, "FIRST_CAPACITY", 4)
    engine, alone = streams_here(), EagerStream(stream_network(), 16, CPU)
    for step in range(12):
        hops = {"a": noise(3, 5, 16, seed=step)}
        if step >= 4:
            hops["many"] = noise(70, 5, 16, seed=100 + step)
        got, expected = engine.push(hops), alone.push(hops)
        assert all(agree(got[name], expected[name]) for name in hops)
    assert np.isfinite(got["many"][0]).all()


def test_a_device_that_fails_is_left_for_the_cpu() -> None:
    """The windows at hand are scored all the same, the warning and the name say what happened, once."""
    engine = CudaWindows(
        window_network(),
        PooledReadout(window_network()),
        "fp32",
        lambda: Eager(window_network(), CPU),
        CPU,
        failing_after(1),
    )
    expected = Eager(window_network(), CPU).score(noise(2, 5, 64))
    assert agree(engine.score(noise(2, 5, 64)), expected)
    with pytest.warns(EngineWarning, match="unspecified launch failure"):
        assert agree(engine.score(noise(2, 5, 64)), expected)
    assert engine.name == "eager-fp32-cpu since cuda-graph-fp32-cpu failed"
    assert agree(engine.score(noise(2, 5, 64)), expected)


def test_streams_begin_anew_on_the_cpu() -> None:
    """After a failure answers are NaN until context and window are in again, then those of plain torch."""
    open_cpu, alone = (lambda: EagerStream(stream_network(), 16, CPU)), EagerStream(stream_network(), 16, CPU)
    engine = CudaStreams(stream_network(), 16, "fp32", open_cpu, CPU, failing_after(9))
    for step in range(20):
        hops = {"a": noise(2, 5, 16, seed=step)}
        with pytest.warns(EngineWarning, match="begin anew") if step == 9 else nullcontext():
            got = engine.push(hops)["a"]
        expected = alone.push(hops)["a"]
        assert np.isnan(got[0]).all() == (step < 6 or 9 <= step < 15)
        assert np.isnan(got[0]).any() or agree(got, expected)
    engine.forget("a")
    assert np.isnan(engine.push(hops)["a"][0]).all()


def test_a_graph_that_cannot_be_captured_leaves_the_work_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Said once for all sizes; the engine's name tells."""

    class Stream:
        device = CPU

        def __init__(self, _device: torch.device) -> None: ...
        def synchronize(self) -> None: ...
        def wait_stream(self, other: object) -> None: ...

    def no_graph(*_: object, **__: object) -> Iterator[None]:
        raise RuntimeError("operation not permitted when stream is capturing")

    monkeypatch.setattr(torch.cuda, "Stream", Stream)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda _: None)
    monkeypatch.setattr(torch.cuda, "stream", lambda _: nullcontext())
    monkeypatch.setattr(torch.cuda, "CUDAGraph", object)
    monkeypatch.setattr(torch.cuda, "graph", no_graph)
    monkeypatch.setattr(torch.cuda, "graph_pool_handle", lambda: (0, 1))
    capture = GraphCapture(CPU)
    with pytest.warns(EngineWarning, match="not permitted") as said:
        engine = CudaWindows(
            window_network(),
            PooledReadout(window_network()),
            "fp32",
            lambda: Eager(window_network(), CPU),
            CPU,
            capture,
        )
    assert len(said) == 1
    assert engine.name == "cuda-eager-fp32-cpu"
    assert agree(engine.score(noise(3, 5, 64)), Eager(window_network(), CPU).score(noise(3, 5, 64)))


@pytest.mark.gpu
@needs_gpu
def test_graphs_score_as_the_cpu() -> None:
    """Replayed for other windows, sizes and streams than were captured, they agree with plain torch on the CPU."""
    engine, alone = open_engine(loaded(window_network()), "cuda"), Eager(window_network(), CPU)
    assert engine.name == "cuda-graph-fp32-cuda"
    for count in (1, 5, 70):
        assert agree(engine.score(noise(count, 5, 64, seed=count)), alone.score(noise(count, 5, 64, seed=count)), 1e-4)
    streams, carried = open_stream_engine(loaded(stream_network()), 16, "cuda"), EagerStream(stream_network(), 16, CPU)
    assert streams.name == "cuda-graph-fp32-cuda"
    for step in range(20):
        hops = {name: noise(size, 5, 16, seed=step * 9 + size) for name, size in (("a", 2), ("b", 5)) if step % size}
        got, expected = streams.push(hops), carried.push(hops)
        assert all(agree(got[name], expected[name], 1e-4) for name in hops)


@pytest.mark.gpu
@needs_gpu
def test_graphs_give_the_same_bits_every_time() -> None:
    """The same batch, twice."""
    engine = open_engine(loaded(window_network()), "cuda")
    first, second = engine.score(noise(9, 5, 64)), engine.score(noise(9, 5, 64))
    assert np.array_equal(first[0], second[0])
