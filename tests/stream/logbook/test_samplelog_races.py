"""The sample log under fire: a writer that laps its reader, or dies between two steps, never spoils what is read."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.logbook.ring import Ring
from stream.logbook.samplelog import SHARED_MEMORY, SampleLogReader, SampleLogWriter
from stream.records import Chunk
from tests.stream.logbook.ramps import SOURCE, feed, feed_all, indices, ramp


class Meddler:
    """A ring whose writer strikes just before its reader's call number `at`: every race, by hand."""

    def __init__(self, ring: Ring, at: int, strike: Callable[[], object]) -> None:
        self._ring, self._left, self._strike = ring, at, strike

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 -- whatever the ring has
        """Count each look at the ring, and strike when it is time."""
        self._left -= 1
        if self._left == 0:
            self._strike()
        return getattr(self._ring, name)


# A few long appends overtake the reader's samples, many short ones its entries.
lengths = st.one_of(
    st.lists(st.integers(1, 60), max_size=3),
    st.integers(40, 120).map(lambda n: [1] * n),
    st.integers(40, 120).map(lambda n: [1, -3] * n),
)


@settings(max_examples=600, deadline=None)
@given(at=st.integers(1, 120), sizes=lengths, first=st.integers(0, 90), known=st.booleans())
def test_writer_that_strikes_amid_a_read_never_spoils_it(at: int, sizes: list[int], first: int, known: bool) -> None:
    """Wherever in the reading the writer laps the reader, what is returned is contiguous and true."""
    with TemporaryDirectory(dir=SHARED_MEMORY) as folder:
        path = Path(folder) / "race.ring"
        log = SampleLogWriter.create(path, SOURCE, capacity_s=0.5)
        # 92 samples, a gap up to 101 and 5 samples: the ring of 50 has gone round, and the head is at 106.
        for length in (7, 13, 40, 1, 1, 30):
            feed(log, length)
        log.gap(9, "lost", 0.0)
        feed(log, 5)
        reader = SampleLogReader.open(path)
        reader._ring = cast("Ring", Meddler(reader._ring, at, lambda: feed_all(log, sizes)))
        at_index = max(first, reader.tail) if known else first
        for record in reader.read(at_index, 1000):
            assert record.first == at_index
            if isinstance(record, Chunk):
                assert indices([record]) == list(range(record.first, record.end))
            elif record.fate == "shed":
                assert record.end <= reader.tail
            elif record.first < 106:
                assert (record.end, record.length) == (101, min(9, 101 - at_index))
            at_index = record.end
        assert at_index in {106, 106 + sum(abs(size) for size in sizes)}
        log.close()


@pytest.mark.parametrize("step", ["give_up", "store", "publish"])
@pytest.mark.parametrize("done", [False, True])
def test_writer_that_dies_between_two_steps_leaves_a_whole_log(
    log: SampleLogWriter, path: Path, monkeypatch: pytest.MonkeyPatch, step: str, done: bool
) -> None:
    """Before the count is raised there is no entry; after it there is all of it; the next writer goes on."""
    feed(log, 30)
    feed(log, 20)
    original = getattr(Ring, step)

    def die(*arguments: object) -> None:
        if done:
            original(*arguments)
        # No `except Exception` on the way may tidy up: a kill leaves no time for that.
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Ring, step, die)
        with pytest.raises(KeyboardInterrupt):
            feed(log, 10)
    log.close()
    resumed = SampleLogWriter.resume(path, SOURCE)
    whole = 60 if (step, done) == ("publish", True) else 50
    assert resumed.head == whole
    feed(resumed, 5)
    records = SampleLogReader.open(path).read(0, 1000)
    given_up = 0 if (step, done) == ("give_up", False) else 10
    # With 5 more a ring of 50 reaches back to whole - 45; what was given up is gone, overwritten or not.
    assert indices(records) == list(range(max(given_up, whole - 45), whole + 5))
    resumed.close()


ENDLESS_WRITER = """
import sys
from pathlib import Path
from stream.logbook.samplelog import SampleLogWriter
from tests.stream.logbook.ramps import SOURCE, feed
path = Path(sys.argv[1])
log = SampleLogWriter.resume(path, SOURCE) if path.exists() else SampleLogWriter.create(path, SOURCE, 3.0)
print("writing", flush=True)
sizes = (1, 7, 40, 3)
while True:
    feed(log, sizes[log.head % 4])
    if log.head % 11 == 0:
        log.gap(2, "lost", 0.0)
"""


def start_writer(path: Path) -> subprocess.Popen[bytes]:
    """Start a process that writes as fast as it can; return once it does."""
    command = [sys.executable, "-c", ENDLESS_WRITER, str(path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"writing\n"
    process.stdout.close()
    return process


def follow(reader: SampleLogReader, at: int, goal: int) -> int:
    """Read up to index `goal` while the writer writes; each sample must name its own index, none may be skipped."""
    while at < goal:
        for record in reader.read(at, 200):
            assert record.first == at
            if isinstance(record, Chunk):
                np.testing.assert_array_equal(record.samples, ramp(record.first, record.end - record.first))
            at = record.end
    return at


def test_reader_beside_a_racing_writer_that_is_killed_again_and_again(path: Path) -> None:
    """Overrun hundreds of times a second and with the writer killed mid-stroke, no torn sample is ever seen."""
    at = 0
    recordings = set()
    for _ in range(4):
        process = start_writer(path)
        reader = SampleLogReader.open(path)
        try:
            # Some 330 times round the ring of 300 samples.
            at = follow(reader, at, at + 100_000)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        recordings.add(reader.recording)
        at = follow(reader, at, reader.head)
        assert at == reader.head
    assert len(recordings) == 1
