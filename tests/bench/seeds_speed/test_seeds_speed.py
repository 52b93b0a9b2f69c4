"""AiED's path is the published one, and ratios are taken where like meets like."""

import numpy as np
import pytest

pytest.importorskip("matplotlib", reason="AiED draws its spectrograms: pip install 'spikewatch[train]'")

from bench.seeds_speed import __main__ as seeds_speed
from bench.seeds_speed import aied
from bench.seeds_speed.__main__ import AIED, HDL, Way


def chirp() -> aied.Floats:
    """Return two seconds that climb from 5 to 60 Hz."""
    times_s = np.arange(aied.SAMPLES) / aied.RATE_HZ
    return np.sin(2 * np.pi * (5 + 14 * times_s) * times_s).astype(np.float32)


def test_the_figure_is_a_png_of_900_dots_and_the_network_takes_226() -> None:
    """The PNG's own header has its size."""
    png = aied.figure(chirp())
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert [int.from_bytes(png[at : at + 4], "big") for at in (16, 20)] == [900, 900]
    assert aied.read(png).shape == aied.without_figure(chirp()).shape == (3, 226, 226)


def test_the_image_without_a_figure_shows_the_same() -> None:
    """Dark where the drawn one is dark: high frequencies above, time from left to right."""
    drawn, direct = (image.mean(dim=0).flatten().numpy() for image in (aied.read(aied.figure(chirp())),
                                                                      aied.without_figure(chirp())))  # fmt: skip
    # matplotlib interpolates the drawn one and scales its decibels otherwise: alike, not equal.
    assert np.corrcoef(drawn, direct)[0, 1] > 0.6


def way(detector: str, engine: str, *seconds: float) -> Way:
    """Return a way of two steps, the first of which takes a second in every round."""
    return Way(detector, engine, {}, {"first": [1.0] * len(seconds), "second": list(seconds)})


def test_a_ratio_is_the_median_of_its_rounds_on_the_same_engine() -> None:
    """Sums of steps, round by round; HDL has no engine and stands beside all."""
    ways = [way("SC", "eager fp32", 1, 1, 3), way("SC", "openvino fp32", 0, 0, 0)]
    ways += [way(AIED, "eager fp32", 9, 19, 3), way(HDL, "scipy", 0, 0, 0)]
    found = {(row["detector"], row["over"]): row for row in seeds_speed.ratios(ways)}
    assert set(found) == {
        ("AiED as published; eager fp32", "SC; eager fp32"),
        ("HDL, spectrogram alone; scipy", "SC; eager fp32"),
        ("HDL, spectrogram alone; scipy", "SC; openvino fp32"),
    }
    aied_row = found["AiED as published; eager fp32", "SC; eager fp32"]
    # The rounds' ratios of sums: (1 + 9) / (1 + 1), (1 + 19) / (1 + 1) and (1 + 3) / (1 + 3).
    assert [aied_row[key] for key in ("times", "least", "largest")] == [5.0, 1.0, 10.0]
    of_third = seeds_speed.row(ways[2])
    assert of_third["steps_ms"] == {"first": 1000.0, "second": 9000.0}
    assert of_third["ms"]["p50"] == pytest.approx(10_000)
    assert "not_counted" in of_third
