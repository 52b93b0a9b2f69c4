"""Windows on a GPU are scored as in plain torch; here buffers run on the CPU, graphs where there is a GPU."""

import numpy as np
import pytest

from models.engines.cuda_windows import CudaWindows
from models.engines.eager import Eager
from models.engines.engine import EngineWarning
from models.engines.opening import open_engine
from models.engines.readout import LocatedReadout, PooledReadout
from models.networks.resnet1d import ResNet18
from models.networks.whole_window import WholeWindow
from tests.models.engines.networks import NEEDED, loaded, noise, stream_network, window_network
from tests.models.engines.without_gpu import CPU, agree, as_it_is, failing_after, needs_gpu, windows_here


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


@pytest.mark.parametrize("count", [0, 1, 70])
def test_a_network_that_only_scores_has_graphs_too(count: int) -> None:
    """Its logits and peaks are what a batch brings back, one span each; a window that is not finite stays alone."""
    network = WholeWindow(ResNet18(5, 64).eval())
    engine = CudaWindows(network, LocatedReadout(network), "fp32", lambda: Eager(network, CPU), CPU, as_it_is)
    windows = noise(count, 5, 64)
    windows[3:4, 2, 10] = np.nan
    got, expected = engine.score(windows), Eager(network, CPU).score(windows)
    assert got[0].shape == got[1].shape == (count, 1)
    assert agree(got, expected)


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
    # The second replay fails: the windows at hand are not lost.
    with pytest.warns(EngineWarning, match="unspecified launch failure"):
        assert agree(engine.score(noise(2, 5, 64)), expected)
    assert engine.name == "eager-fp32-cpu since cuda-graph-fp32-cpu failed"
    assert agree(engine.score(noise(2, 5, 64)), expected)


@pytest.mark.gpu
@needs_gpu
def test_graphs_score_as_the_cpu() -> None:
    """Replayed for other windows and sizes than were captured, they agree with plain torch on the CPU."""
    engine, alone = open_engine(loaded(window_network()), "cuda"), Eager(window_network(), CPU)
    assert engine.name == "cuda-graph-fp32-cuda"
    for count in (1, 5, 70):
        assert agree(engine.score(noise(count, 5, 64, seed=count)), alone.score(noise(count, 5, 64, seed=count)), 1e-4)


@pytest.mark.gpu
@needs_gpu
def test_graphs_give_the_same_bits_every_time() -> None:
    """The same batch, twice."""
    engine = open_engine(loaded(window_network()), "cuda")
    first, second = engine.score(noise(9, 5, 64)), engine.score(noise(9, 5, 64))
    assert np.array_equal(first[0], second[0])
