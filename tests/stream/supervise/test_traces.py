"""One bed's traces: the same for all who look, nobody waits for anybody, and what is past is what was live."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from numpy.typing import NDArray

from stream.config.keys import Bed, Config, JournalFile
from stream.logbook.ring import lock_path
from stream.logbook.samplelog import SampleLogWriter, ring_path
from stream.records import Source
from stream.supervise import traces as module
from stream.supervise.trace_frames import BEHIND_GAP
from stream.supervise.traces import MOST_BEHIND_S, MOST_WAITING, SETTLE_S, BedTraces, Viewer
from tests.stream.supervise.trace_reading import ReadFrame, decoded

RATE_HZ: Final = 256.0
EACH: Final = 2
LABELS: Final = ("Fp1", "F7", "T3", "T5", "O1")
SOURCE: Final = Source("a", "EEG", "a", "h", "u", RATE_HZ, "float32", LABELS, ("uV",) * 5, ("EEG",) * 5)


class Watched:
    """A bed's sample log and its traces."""

    def __init__(self, config: Config) -> None:
        self.path = ring_path(config, "bed-1")
        self.log = SampleLogWriter.create(self.path, SOURCE, 60.0)
        self.traces = BedTraces(config, "bed-1")
        self._draw = np.random.default_rng(0)

    def append(self, count: int) -> None:
        """Let samples come in."""
        samples = self._draw.normal(scale=30, size=(5, count)).astype(np.float32)
        end_s = (self.log.head + count) / RATE_HZ
        self.log.append(samples, end_s, end_s)

    def begin_anew(self) -> None:
        """Begin another recording."""
        self.log.close()
        self.log = SampleLogWriter.create(self.path, SOURCE, 60.0)

    def close(self) -> None:
        """Remove the log."""
        self.log.close()
        self.path.unlink()
        lock_path(self.path).unlink()


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Return a site with one bed, whose sample log lies under a name of its own."""
    return Config(bed=[Bed(id="bed-1")], journal=JournalFile(path=tmp_path / "journal.sqlite"))


@pytest.fixture
def watched(config: Config) -> Iterator[Watched]:
    """Begin a recording of one bed."""
    made = Watched(config)
    yield made
    made.close()


def taken(viewer: Viewer) -> tuple[list[dict[str, Any]], list[ReadFrame]]:
    """Return what waits for a viewer: layouts and frames."""
    messages = list(viewer.waiting)
    viewer.waiting.clear()
    layouts = [message for message in messages if isinstance(message, dict)]
    return layouts, [decoded(message) for message in messages if isinstance(message, bytes)]


def lows(frames: list[ReadFrame]) -> NDArray[np.float64]:
    """Return the lowest values of frames that follow each other."""
    return np.concatenate([frame.low for frame in frames], axis=1)


def test_a_viewer_is_told_what_is_drawn_and_then_sent_what_comes(watched: Watched) -> None:
    """Names, groups and filters first; each frame begins where the one before ended."""
    watched.append(2048)
    viewer = watched.traces.viewer("detector")
    for _ in range(4):
        watched.append(50)
        watched.traces.poll()
    [layout], frames = taken(viewer)
    assert (layout["samples_per_column"], layout["kept_s"], layout["band_hz"]) == (EACH, 600.0, (0.5, 35.0))
    assert layout["montages"] == ["detector", "average", "referential"]
    assert layout["rows"][0] == {"name": "Fp1-F7", "group": "left-temporal"}
    assert [frame.number for frame in frames] == [1, 2, 3, 4]
    assert [frame.first for frame in frames[1:]] == [frame.first + frame.low.shape[1] for frame in frames[:-1]]
    assert [frame.flags & BEHIND_GAP for frame in frames] == [1, 0, 0, 0]
    assert frames[-1].first + frames[-1].low.shape[1] == watched.log.head // EACH


def test_frames_are_made_once_for_all_of_one_montage(watched: Watched) -> None:
    """The same bytes for two; another montage has frames, and numbers, of its own."""
    watched.append(512)
    one, other, third = (watched.traces.viewer(name) for name in ("average", "average", "referential"))
    watched.traces.poll()
    watched.append(64)
    watched.traces.poll()
    assert one.waiting[-1] is other.waiting[-1]
    assert one.waiting[-1] != third.waiting[-1]
    assert [frame.number for frame in taken(third)[1]] == [1, 2]


def test_who_does_not_read_loses_the_oldest(watched: Watched) -> None:
    """The queue has an end, the newest are in it, and the one who reads beside has all."""
    watched.append(512)
    deaf, reader = (watched.traces.viewer("detector") for _ in range(2))
    read: list[int] = []
    for _ in range(3 * MOST_WAITING):
        watched.append(20)
        watched.traces.poll()
        read += [frame.number for frame in taken(reader)[1]]
    numbers = [frame.number for frame in taken(deaf)[1]]
    assert numbers == list(range(2 * MOST_WAITING + 1, 3 * MOST_WAITING + 1))
    assert read == list(range(1, 3 * MOST_WAITING + 1))


def test_another_recording_is_told_as_such(watched: Watched) -> None:
    """Its frames begin at 0, and nothing of the old one waits any more."""
    watched.append(512)
    viewer = watched.traces.viewer("detector")
    watched.traces.poll()
    watched.begin_anew()
    watched.append(128)
    watched.traces.poll()
    [layout], frames = taken(viewer)
    assert layout["recording"] == watched.log.recording
    assert [(frame.first, frame.low.shape[1]) for frame in frames] == [(0, 64)]


def test_without_a_stream_a_viewer_is_told_that_there_is_none(config: Config) -> None:
    """Once, however often is looked."""
    traces = BedTraces(config, "bed-1")
    viewer = traces.viewer("detector")
    traces.poll()
    traces.poll()
    assert taken(viewer) == ([{}], [])


def test_a_montage_that_cannot_be_made_gives_way_to_one_that_can(watched: Watched) -> None:
    """A page keeps the reader's choice over another stream."""
    watched.append(64)
    viewer = watched.traces.viewer("no such")
    watched.traces.poll()
    assert taken(viewer)[0][0]["montage"] == "detector"


def test_a_host_that_is_too_slow_makes_no_traces(watched: Watched) -> None:
    """Whoever looks is sent nothing; afterwards what came meanwhile, and what comes."""
    watched.append(512)
    viewer = watched.traces.viewer("detector")
    watched.traces.resting = True
    watched.traces.poll()
    assert taken(viewer) == ([], [])
    watched.traces.resting = False
    watched.traces.poll()
    layouts, frames = taken(viewer)
    assert len(layouts) == len(frames) == 1


def test_after_nobody_looked_traces_go_on_at_the_newest_sample(watched: Watched) -> None:
    """With filters that have settled; what lies between is a gap that can be asked for."""
    watched.append(512)
    watched.traces.poll()
    watched.append(round((MOST_BEHIND_S + SETTLE_S + 10) * RATE_HZ))
    viewer = watched.traces.viewer("detector")
    watched.traces.poll()
    _, [frame] = taken(viewer)
    assert frame.first * EACH == watched.log.head - SETTLE_S * RATE_HZ
    assert frame.flags & BEHIND_GAP


def test_what_is_past_is_what_was_live(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    """In pieces, with filters settled before: to a fiftieth of a microvolt, at any place of the ring."""
    monkeypatch.setattr(module, "MOST_SAMPLES", 500)
    viewer = watched.traces.viewer("detector")
    for _ in range(12):
        watched.append(400)
        watched.traces.poll()
    live = lows(taken(viewer)[1])
    frame = watched.traces.past(watched.log.recording, "detector", 2000, 300)
    assert frame is not None
    assert decoded(frame).low == pytest.approx(live[:, 2000:2300], abs=0.02)


def test_what_the_ring_has_given_up_is_missing(watched: Watched) -> None:
    """And what has not come yet."""
    for _ in range(70):
        watched.append(256)
    tail, head = (watched.log.head - 60 * 256) // EACH, watched.log.head // EACH
    for first, missing in ((tail - 100, range(90, 110)), (head - 100, range(99, 101))):
        frame = watched.traces.past(watched.log.recording, "referential", first, 200)
        assert frame is not None
        lacking = np.isnan(decoded(frame).low).any(axis=0).sum()
        assert lacking in missing


def test_nothing_is_answered_of_another_recording(watched: Watched) -> None:
    """A page that was open before the stream began anew asks again."""
    watched.append(512)
    assert watched.traces.past("another", "detector", 0, 10) is None
    assert watched.traces.past(watched.log.recording, "no such", 0, 10) is None
