"""From samples to columns: the lowest and highest value at their place, however samples came, around gaps and holes."""

import math
from dataclasses import replace
from typing import Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import signal

from stream.config.keys import Bed, Condition
from stream.records import Chunk, Gap, Samples, Source
from stream.supervise.trace_frames import Columns
from stream.supervise.trace_maker import BAND_HZ, TraceMaker

RATE_HZ: Final = 512.0
EACH: Final = 4
"""Samples of a column at this rate."""
LABELS: Final = ("Fp1", "F7", "T3", "T5", "O1", "ECG")
N: Final = len(LABELS)
SOURCE: Final = Source(
    "a", "EEG", "a", "h", "u", RATE_HZ, "float32", LABELS, ("uV",) * N, ("EEG",) * (N - 1) + ("ECG",)
)


def chunk(first: int, samples: NDArray[np.float32]) -> Chunk:
    """Return samples as the sample log returns them."""
    return Chunk(first, samples, np.isfinite(samples), 0.0, 0.0)


def noise(count: int) -> Samples:
    """Return what looks a little like EEG, the same each time."""
    return np.random.default_rng(count).normal(scale=30, size=(N, count)).astype(np.float32)


def sine(first: int, count: int, uv: float) -> Samples:
    """Return 10 Hz in all channels."""
    wave = uv * np.sin(2 * np.pi * 10 * np.arange(first, first + count) / RATE_HZ)
    return np.tile(wave, (N, 1)).astype(np.float32)


def made(records: list[Chunk | Gap], montage: str = "referential", source: Source = SOURCE) -> Columns:
    """Return the columns of records as one stretch from index 0."""
    maker = TraceMaker(source, Bed(id="bed-1"))
    parts = [columns for record in records for _, columns in maker.push([record], [montage])]
    whole = Columns.unknown(0, len(maker.montages[montage].rows), parts[-1].end)
    for part in parts:
        whole.put(part)
    return whole


def test_columns_are_the_lowest_and_highest_of_the_filtered_samples() -> None:
    """The slow twin: every channel filtered as a whole, every column sought for itself."""
    samples = noise(400)
    sections = signal.butter(2, BAND_HZ, "bandpass", fs=RATE_HZ, output="sos")
    filtered = signal.sosfilt(sections, samples[:5].astype(float) - samples[:5, :1], axis=1)
    columns = made([chunk(0, samples)])
    for row in range(5):
        for column in range(100):
            part = filtered[row, EACH * column : EACH * (column + 1)]
            assert columns.low[row, column] == pytest.approx(min(part), abs=1e-9)
            assert columns.high[row, column] == pytest.approx(max(part), abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 150), min_size=1, max_size=8))
def test_any_chunking_gives_the_same_columns(sizes: list[int]) -> None:
    """To the bit."""
    samples, records, first = noise(sum(sizes) + EACH), list[Chunk | Gap](), 0
    for size in [*sizes, EACH]:
        records.append(chunk(first, samples[:, first : first + size]))
        first += size
    pieces, whole = made(records, "detector"), made([chunk(0, samples)], "detector")
    assert np.array_equal(pieces.low, whole.low)
    assert np.array_equal(pieces.high, whole.high)


def test_a_stream_in_millivolts_is_drawn_in_microvolts() -> None:
    """10 Hz keep their size within a twentieth; the ECG is no row."""
    source = replace(SOURCE, units=("mV",) * N)
    columns = made([chunk(0, sine(0, 2048, 0.05))], source=source)
    assert columns.low.shape == (5, 512)
    assert columns.high[:, 256:].max() == pytest.approx(50.0, rel=0.05)
    assert columns.low[:, 256:].min() == pytest.approx(-50.0, rel=0.05)


@pytest.mark.parametrize(("length", "lost"), [(2, 0), (254, 63), (256, 63), (258, 64)])
def test_lost_samples_are_missing_columns_and_filters_begin_anew(length: int, lost: int) -> None:
    """A column of which some samples came is drawn from those; an offset of 4 mV behind the gap is not drawn."""
    gap = Gap(514, length, "missing", "lost", 3.0)
    columns = made([chunk(0, sine(0, 514, 50)), gap, chunk(gap.end, sine(gap.end, 512, 50) + 4000)])
    assert np.isnan(columns.low).sum(axis=1).tolist() == [lost] * 5
    assert np.isnan(columns.low[:, 129 : 129 + lost]).all()
    assert np.abs(columns.high[:, 129 + lost :]).max() < 150


def test_a_sample_that_is_no_number_spoils_the_rows_of_its_channel_alone() -> None:
    """In the detector's montage both its derivations; in the average, where all have a little of it, its own row."""
    samples = noise(512)
    samples[1, 204:208] = math.nan
    for montage, rows in (("referential", [1]), ("average", [1]), ("detector", [0, 1])):
        columns = made([chunk(0, samples)], montage)
        assert np.argwhere(np.isnan(columns.low)).tolist() == [[row, 51] for row in rows]


def test_rows_of_the_average_have_none_in_common() -> None:
    """What all electrodes share is taken off."""
    columns = made([chunk(0, sine(0, 512, 100))], "average")
    assert np.abs(columns.high).max() < 1e-6


def test_what_warms_the_filters_is_not_shown() -> None:
    """The first column shown is the first that begins at the place asked for, or behind it."""
    maker = TraceMaker(SOURCE, Bed(id="bed-1"))
    maker.begin(30)
    found = [columns for _, columns in maker.push([chunk(22, noise(600)[:, :200])], ["referential"])]
    assert [(columns.first, columns.end) for columns in found] == [(8, 55)]


def test_electrodes_go_by_their_aliases() -> None:
    """As for the detector: a channel that is called "1" in the stream is Fp1 where the configuration says so."""
    condition = Condition(aliases=tuple(f"{number}={label}" for number, label in enumerate(LABELS[:5])))
    numbered = replace(SOURCE, labels=("0", "1", "2", "3", "4", "ECG"))
    maker = TraceMaker(numbered, Bed(id="bed-1", condition=condition))
    assert maker.labels == list(LABELS[:5])
    assert maker.montages["detector"].rows[0] == ("Fp1-F7", "left-temporal")


def test_electrodes_that_no_group_has_are_shown_all_the_same() -> None:
    """A cap has more of them than the detector looks at; the groups' rows are what they were."""
    source = replace(SOURCE, labels=("FC3", *LABELS), units=("uV",) * (N + 1), types=("EEG", *SOURCE.types))
    samples = noise(600)
    more = np.concatenate([np.zeros((1, 600), np.float32), samples])
    maker = TraceMaker(source, Bed(id="bed-1"))
    assert [name for name, _ in maker.montages["average"].rows] == ["FC3", *LABELS[:5]]
    assert np.allclose(made([chunk(0, more)], "detector", source).low, made([chunk(0, samples)], "detector").low)


def test_channels_of_which_no_group_is_made_are_shown_as_sent() -> None:
    """Sleep alone, or a stream with an alarm of its own."""
    maker = TraceMaker(replace(SOURCE, labels=("a", "b", "c", "d", "e", "f"), types=("EEG",) * N), Bed(id="bed-1"))
    assert list(maker.montages) == ["average", "referential"]
