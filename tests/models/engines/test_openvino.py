"""OpenVINO answers as plain torch does, the same bits every time, and nothing leaves the host."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from models.engines.eager import Eager, EagerStream
from models.engines.engine import Answers, Floats
from models.engines.openvino import OpenVino, OpenVinoStream
from models.networks.sc import SPANS, Variant
from tests.models.engines.networks import NEEDED, WINDOW, noise, stream_network, wide_network, window_network

CPU = torch.device("cpu")


def agree(got: Answers, expected: Answers) -> bool:
    """Whether probabilities agree to 1e-5 and are NaN alike, and peaks are equal where they count."""
    counts = ~np.isnan(expected[0])
    near = np.allclose(got[0], expected[0], rtol=0, atol=1e-5, equal_nan=True)
    return near and np.array_equal(got[1][counts], expected[1][counts])


@pytest.mark.parametrize("variant", ["paper", "official"])
def test_windows_score_as_in_plain_torch(variant: Variant) -> None:
    """Every batch size, with a missing row, a flat window and another unit."""
    engine, eager = OpenVino(window_network(variant)), Eager(window_network(variant), CPU)
    windows = noise(19, 5, 64)
    # Each of these takes another way through the normalisation.
    windows[3, 2] = 0
    windows[5] = 0
    windows[7] *= 1e-6
    for count in (1, 2, 3, 5, 6, 19):
        assert agree(engine.score(windows[:count]), eager.score(windows[:count]))
    # Answers that are all alike would agree whatever the graph does.
    assert np.ptp(engine.score(windows)[0]) > 0.05


@pytest.mark.parametrize("window_samples", [64, 96, 100])
def test_wide_windows_score_as_in_plain_torch(window_samples: int) -> None:
    """Tiles of four and of three, whole and padded: probabilities to 1e-5, the same peaks, of both spans."""
    network = wide_network(window_samples)
    engine, windows = OpenVino(network), noise(5, 5, window_samples)
    probabilities, peaks = engine.score(windows)
    assert agree((probabilities, peaks), Eager(network, CPU).score(windows))
    assert np.ptp(probabilities) > 0.01
    assert peaks[:, 0].min() < window_samples - -(-window_samples // 3) <= peaks[:, 1].min()
    # Wide windows go through one by one, so what came with one cannot change its bits.
    assert np.array_equal(probabilities[2:3], engine.score(windows[2:3])[0])


def test_wide_windows_of_the_official_variant_score_as_in_plain_torch() -> None:
    """Its first block has a shortcut of its own, and takes five derivations to all features."""
    network, windows = wide_network(96, "official"), noise(5, 5, 96)
    assert agree(OpenVino(network).score(windows), Eager(network, CPU).score(windows))


def test_two_threads_answer_alike_and_are_named() -> None:
    """The same windows and streams to rounding, the same bits every time, and a name of their own."""
    windows, signal = noise(5, 5, 96), noise(2, 5, 320)
    one, two = OpenVino(wide_network(96)), OpenVino(wide_network(96), threads=2)
    assert agree(two.score(windows), one.score(windows))
    assert np.array_equal(two.score(windows)[0], two.score(windows)[0])
    assert two.name == "openvino-fp32-cpu-2-threads"
    stream = OpenVinoStream(stream_network(), 16, threads=2)
    carried = push_all(stream, signal)
    assert all(
        agree(got, expected)
        for got, expected in zip(carried, push_all(EagerStream(stream_network(), 16, CPU), signal), strict=True)
    )
    assert stream.name == "openvino-stream-fp32-cpu-2-threads"


def test_no_windows_give_no_scores() -> None:
    """An empty batch is answered with empty arrays of the right types."""
    probabilities, peaks = OpenVino(window_network()).score(noise(0, 5, 64))
    assert probabilities.shape == peaks.shape == (0, SPANS)
    assert (probabilities.dtype, peaks.dtype) == (np.dtype(np.float32), np.dtype(np.int64))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_is_nan_and_stays_alone(bad: float) -> None:
    """One bad sample makes its own window NaN, changes no bit of the others, and is gone with the next batch."""
    engine, windows = OpenVino(window_network()), noise(5, 5, 64)
    clean, _ = engine.score(windows)
    dirty = windows.copy()
    dirty[1, 2, 10] = bad
    probabilities, _ = engine.score(dirty)
    assert np.isnan(probabilities).tolist() == [[row == 1] * SPANS for row in range(5)]
    assert np.array_equal(np.delete(probabilities, 1, axis=0), np.delete(clean, 1, axis=0))
    assert np.array_equal(engine.score(windows)[0], clean)


def test_same_batch_gives_the_same_bits() -> None:
    """Two engines, asked twice, in between about something else, agree bit for bit."""
    first, second, windows = OpenVino(window_network()), OpenVino(window_network()), noise(7, 5, 64)
    expected = first.score(windows)
    first.score(noise(4, 5, 64, seed=6))  # leaves its windows in the buffers
    for got in (first.score(windows), second.score(windows)):
        assert np.array_equal(got[0], expected[0])
        assert np.array_equal(got[1], expected[1])


def push_all(engine: EagerStream | OpenVinoStream, signal: Floats, stream: str = "bed-1") -> list[Answers]:
    """Push a signal (groups, channels, samples) hop by hop."""
    hop = engine.hop_samples
    ends = range(hop, signal.shape[2] + 1, hop)
    return [engine.push({stream: signal[..., end - hop : end]})[stream] for end in ends]


@pytest.mark.parametrize("hop", [1, 2, 4, 8, 16, WINDOW])
def test_stream_scores_as_in_plain_torch_at_every_hop(hop: int) -> None:
    """From the first hop on, over a NaN, a missing row and a flat stretch: same probabilities, NaNs and peaks."""
    signal = noise(3, 5, 480)
    signal[0, 2] = 0
    signal[1, :, 150:260] = 0
    signal[2, 3, 230] = np.nan
    engine, eager = OpenVinoStream(stream_network(), hop), EagerStream(stream_network(), hop, CPU)
    got, expected = push_all(engine, signal), push_all(eager, signal)
    assert all(agree(*pair) for pair in zip(got, expected, strict=True))
    # Most hops have an answer: NaN on both sides would agree as well.
    assert sum(int(np.isfinite(answer[0]).sum()) for answer in got) > 3 * (480 - NEEDED - 120) // hop


def test_stream_equals_its_full_window() -> None:
    """Warm answers are those of windows cut from the signal with their context."""
    signal, eager = noise(2, 5, 240), Eager(stream_network(), CPU)
    answers = push_all(OpenVinoStream(stream_network(), 8), signal)
    for end in range(112, 241, 8):  # 109 samples warm it up; 112 is the next hop's end
        assert agree(answers[end // 8 - 1], eager.score(signal[..., end - NEEDED : end]))


def test_streams_do_not_touch_each_other() -> None:
    """Streams of different sizes pushed together or in turn answer as if alone; one that was forgotten begins anew."""
    engine, alone = OpenVinoStream(stream_network(), 16), OpenVinoStream(stream_network(), 16)
    a, b = noise(2, 5, 320, seed=1), noise(3, 5, 320, seed=2)
    expected_a, expected_b = push_all(alone, a, "x"), push_all(alone, b, "y")
    for k in range(20):
        hop = slice(16 * k, 16 * k + 16)
        got = engine.push({"a": a[..., hop], "b": b[..., hop]}) if k % 3 else engine.push({"a": a[..., hop]})
        got |= {} if k % 3 else engine.push({"b": b[..., hop]})
        assert np.array_equal(got["a"][0], expected_a[k][0], equal_nan=True)
        assert np.array_equal(got["b"][0], expected_b[k][0], equal_nan=True)
    engine.forget("a")
    engine.forget("never seen")
    again = push_all(engine, a, "a")
    assert all(np.array_equal(x[0], y[0], equal_nan=True) for x, y in zip(again, expected_a, strict=True))


def test_answers_stay_what_they_were() -> None:
    """What was returned is not overwritten by the next hop."""
    engine, signal = OpenVinoStream(stream_network(), 16), noise(2, 5, 320)
    answers = push_all(engine, signal)
    again = push_all(OpenVinoStream(stream_network(), 16), signal)
    # They differ from hop to hop, so a buffer that was handed out would show.
    assert len({answer[0].tobytes() for answer in answers[8:]}) > 5
    assert all(np.array_equal(a[0], b[0], equal_nan=True) for a, b in zip(answers, again, strict=True))


def test_wrong_shapes_are_refused() -> None:
    """A hop that does not divide the window, and hops of another length or other channels, raise and say what fits."""
    with pytest.raises(ValueError, match="does not divide"):
        OpenVinoStream(stream_network(), 5)
    engine = OpenVinoStream(stream_network(), 4)
    for wrong in (noise(2, 5, 8), noise(2, 1, 4)):
        with pytest.raises(ValueError, match=r"takes \(2, 5, 4\)"):
            engine.push({"bed-1": wrong})


QUIET = """
import socket, sys
reached = []
socket.socket.connect = lambda self, address: reached.append(address)
socket.getaddrinfo = lambda host, *more, **named: reached.append(host) or []
from models.engines.openvino import OpenVino, OpenVinoConverted, OpenVinoStream
from models.networks.resnet1d import ResNet18
from models.networks.whole_window import WholeWindow
from tests.models.engines.networks import noise, stream_network, window_network
OpenVinoConverted(WholeWindow(ResNet18(5, 64).eval())).score(noise(2, 5, 64))
OpenVino(window_network()).score(noise(2, 5, 64))
OpenVinoStream(stream_network(), 16).push({"bed-1": noise(2, 5, 16)})
assert not reached, reached
assert sys.modules["openvino_telemetry"] is None
"""


def test_nothing_leaves_the_host(tmp_path: Path) -> None:
    """Opening engines in a fresh process and home reaches no address, and leaves no identity behind for later."""
    root = Path(__file__).parents[3]
    # An empty home: telemetry keeps an identity there, and would find one of an earlier run.
    environment = {"HOME": str(tmp_path), "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", QUIET], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []
