"""Traces for the eye: exact places, sizes and gaps, whoever looks, and however samples came in."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from stream.config.keys import Bed, Condition, Config, JournalFile
from stream.logbook.ring import lock_path
from stream.logbook.samplelog import SampleLogWriter, ring_path
from stream.records import Source
from stream.supervise import traces
from stream.supervise.trace_frames import HEADER, MISSING
from stream.supervise.traces import FRAME_S, KEPT_S, BedTraces

RATE_HZ = 256.0
EACH = 2
"""Samples of a point at this rate."""
LABELS = ("Fp1", "F7", "T3", "T5", "O1", "ECG")


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Return a site with one bed, whose sample log lies under a name of its own."""
    return Config(bed=[Bed(id="bed-1")], journal=JournalFile(path=tmp_path / "journal.sqlite"))


def source(unit: str = "uV") -> Source:
    """Return a stream of five electrodes and an ECG."""
    n = len(LABELS)
    return Source("a", "EEG", "a", "h", "u", RATE_HZ, "float32", LABELS, (unit,) * n, ("EEG",) * (n - 1) + ("ECG",))


class Clock:
    """A clock that is set by hand."""

    now_s = 1000.0

    def __call__(self) -> float:
        """Return its time."""
        return self.now_s


class Watched:
    """A bed's sample log and who looks at it."""

    def __init__(self, config: Config, unit: str = "uV") -> None:
        path = ring_path(config, "bed-1")
        self.log = SampleLogWriter.create(path, source(unit), 60.0)
        self.clock = Clock()
        self.traces = BedTraces(config, "bed-1", self.clock)
        self.end = 0

    def append(self, samples: NDArray[np.float32]) -> None:
        """Let samples come in."""
        self.end += samples.shape[1]
        self.log.append(samples, self.end / RATE_HZ, self.end / RATE_HZ)

    def look(self, number: int = 0) -> list[bytes]:
        """Return what a visitor is given who looks a frame later."""
        self.clock.now_s += FRAME_S
        return self.traces.since(number)

    def close(self) -> None:
        """Remove the log."""
        self.log.close()
        self.log.path.unlink()
        lock_path(self.log.path).unlink()


def decoded(frame: bytes) -> tuple[int, int, NDArray[np.float64]]:
    """Return the number, the first point and the points in microvolts (channels, n), NaN where there is none."""
    length, number, first, each, channels, points, step_uv = HEADER.unpack_from(frame)
    assert length == len(frame)
    assert each == EACH
    steps = np.frombuffer(frame, "<i2", offset=HEADER.size).reshape(channels, points)
    return number, int(first), np.where(steps == MISSING, np.nan, steps * step_uv)


def sine(first: int, count: int, uv: float = 50.0) -> NDArray[np.float32]:
    """Return 10 Hz in all channels."""
    times_s = np.arange(first, first + count) / RATE_HZ
    return np.tile(uv * np.sin(2 * np.pi * 10 * times_s), (len(LABELS), 1)).astype(np.float32)


def test_frames_hold_microvolts_of_the_electrodes_at_their_place(config: Config) -> None:
    """A stream in millivolts: 10 Hz keep their size within a twentieth; the ECG is no trace of the montage."""
    watched = Watched(config, "mV")
    try:
        watched.append(sine(0, 2048, uv=0.05))
        number, first, points = decoded(watched.look()[0])
    finally:
        watched.close()
    assert (number, first, points.shape) == (1, 0, (5, 1024))
    assert np.abs(points[:, 512:]).max() == pytest.approx(50.0, rel=0.05)


def test_what_the_page_draws_is_described(config: Config) -> None:
    """Names, filters, and each derivation's channels; nothing where there is no stream."""
    assert BedTraces(config, "bed-1").layout() == {}
    watched = Watched(config)
    try:
        layout = watched.traces.layout()
    finally:
        watched.close()
    assert layout["channels"] == list(LABELS[:5])
    assert (layout["rate_hz"], layout["samples_per_point"], layout["kept_s"]) == (RATE_HZ, EACH, KEPT_S)
    [group] = layout["groups"]
    assert group["derivations"][0] == {"name": "Fp1-F7", "weights": [1.0, -1.0, 0.0, 0.0, 0.0]}


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(2, 300), min_size=1, max_size=8))
def test_any_chunking_gives_the_same_points(tmp_path_factory: pytest.TempPathFactory, sizes: list[int]) -> None:
    """Whether a visitor looks after every chunk or once at the end, to half a step of the 16 bits."""
    rng = np.random.default_rng(sum(sizes))
    samples = rng.normal(scale=30, size=(len(LABELS), sum(sizes))).astype(np.float32)
    found = []
    for often in (True, False):
        folder = tmp_path_factory.mktemp("site")
        watched = Watched(Config(bed=[Bed(id="bed-1")], journal=JournalFile(path=folder / "j.sqlite")))
        try:
            frames: list[bytes] = []
            watched.look()
            for size in sizes:
                watched.append(samples[:, watched.end : watched.end + size])
                if often:
                    frames = watched.look()
            found.append(frames or watched.look())
        finally:
            watched.close()
    pieces, whole = ([decoded(frame) for frame in frames] for frames in found)
    joined = np.concatenate([points for _, _, points in pieces], axis=1)
    assert [first for _, first, _ in pieces] == np.cumsum([0, *(p.shape[1] for _, _, p in pieces)])[:-1].tolist()
    assert joined == pytest.approx(whole[0][2], abs=0.01)


def test_a_gap_is_missing_points_and_filters_begin_anew(config: Config) -> None:
    """256 samples lost are 128 points that are drawn as nothing; places behind them are right."""
    watched = Watched(config)
    try:
        watched.append(sine(0, 512))
        watched.log.gap(256, "lost", 3.0)
        watched.end += 256
        watched.append(sine(768, 256) + 4000)
        [frame] = watched.look()
    finally:
        watched.close()
    _, first, points = decoded(frame)
    assert (first, points.shape[1]) == (0, 512)
    assert np.isnan(points[:, 256:384]).all()
    assert np.isfinite(points[:, :256]).all()
    # An electrode's offset of 4 mV is not drawn.
    assert np.abs(points[:, 384:]).max() < 150


def test_a_sample_that_is_no_number_is_a_missing_point(config: Config) -> None:
    """In its channel alone."""
    watched = Watched(config)
    try:
        samples = sine(0, 512)
        samples[1, 201] = math.nan
        watched.append(samples)
        _, _, points = decoded(watched.look()[0])
    finally:
        watched.close()
    assert np.argwhere(np.isnan(points)).tolist() == [[1, 100]]


def test_frames_are_made_once_for_all_visitors(config: Config) -> None:
    """Fifty at once are given the same bytes; one who has a frame is not given it again."""
    watched = Watched(config)
    try:
        watched.append(sine(0, 512))
        given_to = [watched.traces.since(0) for _ in range(50)]
        watched.append(sine(512, 64))
        later = watched.look(1)
    finally:
        watched.close()
    assert all(len(frames) == 1 and frames[0] is given_to[0][0] for frames in given_to)
    assert [decoded(frame)[:2] for frame in later] == [(2, 256)]


def test_who_looks_after_a_long_time_gets_what_is_kept(config: Config) -> None:
    """Half a minute back, without a hole, however long nobody looked."""
    watched = Watched(config)
    try:
        watched.append(sine(0, 512))
        watched.look()
        watched.clock.now_s += 40
        watched.append(sine(512, 10_240))
        frames = [decoded(frame) for frame in watched.look()]
    finally:
        watched.close()
    assert [first for _, first, _ in frames] == [(10_752 - int(KEPT_S * RATE_HZ)) // EACH]
    assert frames[0][2].shape[1] == KEPT_S * RATE_HZ / EACH


def test_another_recording_is_another_set_of_frames(config: Config) -> None:
    """The old one's frames are not given out with the new one's."""
    watched = Watched(config)
    watched.append(sine(0, 512))
    watched.look()
    watched.log.close()
    watched.log = SampleLogWriter.create(watched.log.path, source(), 60.0)
    try:
        watched.append(sine(0, 128))
        frames = [decoded(frame) for frame in watched.look()]
    finally:
        watched.close()
    assert [(first, points.shape[1]) for _, first, points in frames] == [(0, 64)]


def test_without_a_stream_there_is_nothing(config: Config) -> None:
    """And nothing is wrong."""
    assert BedTraces(config, "bed-1").since(0) == []


def test_a_long_backlog_comes_in_pieces(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """The parent filters no more at once than it has time for; nothing is left out between two looks."""
    monkeypatch.setattr(traces, "MOST_SAMPLES", 500)
    watched = Watched(config)
    try:
        watched.append(sine(0, 1200))
        frames = [watched.look(0) for _ in range(3)][-1]
    finally:
        watched.close()
    assert [decoded(frame)[1] for frame in frames] == [0, 250, 500]
    assert sum(decoded(frame)[2].shape[1] for frame in frames) == 600


def test_electrodes_go_by_their_aliases(config: Config) -> None:
    """As for the detector: a channel that is called "1" in the stream is Fp1 where the configuration says so."""
    condition = Condition(aliases=tuple(f"{number}={label}" for number, label in enumerate(LABELS[:5])))
    [bed] = config.bed
    config = config.model_copy(update={"bed": [bed.model_copy(update={"condition": condition})]})
    n = len(LABELS)
    numbered = replace(source(), labels=("0", "1", "2", "3", "4", "ECG"), types=("EEG",) * (n - 1) + ("ECG",))
    log = SampleLogWriter.create(ring_path(config, "bed-1"), numbered, 60.0)
    try:
        layout = BedTraces(config, "bed-1").layout()
    finally:
        log.close()
        log.path.unlink()
        lock_path(log.path).unlink()
    assert layout["channels"] == list(LABELS[:5])
    assert [group["name"] for group in layout["groups"]] == ["left-temporal"]
