"""Streams on a GPU are carried as in plain torch; here buffers run on the CPU, graphs where there is a GPU."""

from contextlib import nullcontext

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.engines import cuda_streams
from models.engines.cuda_streams import CudaStreams
from models.engines.eager import EagerStream
from models.engines.engine import EngineWarning
from models.engines.opening import open_stream_engine
from tests.models.engines.networks import loaded, noise, stream_network
from tests.models.engines.without_gpu import CPU, agree, failing_after, needs_gpu, streams_here


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_any_subset_of_streams_is_one_batch(data: st.DataObject) -> None:
    """Streams of any size come, pause, are forgotten and change their size; each answers as if it were alone."""
    engine, alone = streams_here(), EagerStream(stream_network(), 16, CPU)
    sizes = {"a": 2, "b": 3, "c": 1}
    for step in range(24):
        # All of them until they are warm; a stream that pauses then goes on from where it was.
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
        if step >= 4:  # when the first ones carry something that growing could lose
            hops["many"] = noise(70, 5, 16, seed=100 + step)
        got, expected = engine.push(hops), alone.push(hops)
        assert all(agree(got[name], expected[name]) for name in hops)
    assert np.isfinite(got["many"][0]).all()


def test_streams_begin_anew_on_the_cpu() -> None:
    """After a failure answers are NaN until context and window are in again, then those of plain torch."""
    open_cpu, alone = (lambda: EagerStream(stream_network(), 16, CPU)), EagerStream(stream_network(), 16, CPU)
    engine = CudaStreams(stream_network(), 16, "fp32", open_cpu, CPU, failing_after(9))
    for step in range(20):
        hops = {"a": noise(2, 5, 16, seed=step)}
        with pytest.warns(EngineWarning, match="begin anew") if step == 9 else nullcontext():
            got = engine.push(hops)["a"]
        expected = alone.push(hops)["a"]
        # 109 samples are in after seven hops of 16; the device fails at the tenth.
        assert np.isnan(got[0]).all() == (step < 6 or 9 <= step < 15)
        assert np.isnan(got[0]).any() or agree(got, expected)
    engine.forget("a")
    assert np.isnan(engine.push(hops)["a"][0]).all()


@pytest.mark.gpu
@needs_gpu
def test_graphs_carry_streams_as_the_cpu() -> None:
    """Streams that come and pause agree with plain torch on the CPU."""
    streams, carried = open_stream_engine(loaded(stream_network()), 16, "cuda"), EagerStream(stream_network(), 16, CPU)
    assert streams.name == "cuda-graph-fp32-cuda"
    for step in range(20):
        hops = {name: noise(size, 5, 16, seed=step * 9 + size) for name, size in (("a", 2), ("b", 5)) if step % size}
        got, expected = streams.push(hops), carried.push(hops)
        assert all(agree(got[name], expected[name], 1e-4) for name in hops)
