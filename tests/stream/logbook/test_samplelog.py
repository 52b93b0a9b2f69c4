"""The sample log: nothing lost, doubled or torn, whoever is killed and however slow the reader is."""

import math
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stream.config import Bed, Config, JournalFile
from stream.errors import RecordError
from stream.logbook.ring import Ring
from stream.logbook.samplelog import SHARED_MEMORY, SampleLogReader, SampleLogWriter, ring_path
from stream.records import Chunk, Gap, Samples, Source

SOURCE = Source(
    name="ward",
    type="EEG",
    source_id="amp-1",
    hostname="host",
    uid="u-1",
    rate_hz=100.0,
    format="float32",
    labels=("Fp1", "O2"),
    units=("uV", "uV"),
    types=("EEG", "EEG"),
)


def ramp(first: int, length: int) -> Samples:
    """Return two channels that name each sample: its index modulo 2**20, and that negated."""
    index = (np.arange(first, first + length) % 2**20).astype(np.float32)
    return np.stack([index, -index])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give a place for a ring."""
    return tmp_path / "bed.ring"


@pytest.fixture
def log(path: Path) -> SampleLogWriter:
    """Begin a recording whose ring holds 50 samples."""
    return SampleLogWriter.create(path, SOURCE, capacity_s=0.5)


def feed(writer: SampleLogWriter, length: int) -> None:
    """Append the next `length` samples of the ramp, one sample a tick of both clocks."""
    end = writer.head + length
    writer.append(ramp(writer.head, length), end / 100, 1000 + (end - 1) / 100)


def feed_all(writer: SampleLogWriter, lengths: list[int]) -> None:
    """Append samples, and a gap for each negative length."""
    for length in lengths:
        if length > 0:
            feed(writer, length)
        else:
            writer.gap(-length, "lost", 0.0)


def indices(records: list[Chunk | Gap]) -> list[int]:
    """List the sample indices that chunks hold, as the samples themselves name them."""
    return [int(x) for chunk in records if isinstance(chunk, Chunk) for x in chunk.samples[0]]


def test_what_is_appended_is_read_with_its_times(log: SampleLogWriter, path: Path) -> None:
    """Samples, validity, arrival and LSL time come back as they went in."""
    samples = ramp(0, 4)
    samples[1, 2] = np.nan
    log.append(samples, 7.5, 9.25)
    [chunk] = SampleLogReader.open(path).read(0, 100)
    assert isinstance(chunk, Chunk)
    np.testing.assert_array_equal(chunk.samples, samples)
    np.testing.assert_array_equal(chunk.valid, [[True] * 4, [True, True, False, True]])
    assert (chunk.first, chunk.arrival_s, chunk.lsl_s) == (0, 7.5, 9.25)
    assert chunk.samples.dtype == np.float32
    assert chunk.samples.flags.c_contiguous


def test_chunk_cut_short_carries_its_own_newest_samples_time(log: SampleLogWriter, path: Path) -> None:
    """A read of 3 of 10 samples ends 7 samples earlier on the LSL clock; the rest follows."""
    log.append(ramp(0, 10), 1.0, 50.0)
    [chunk] = SampleLogReader.open(path).read(0, 3)
    [rest] = SampleLogReader.open(path).read(3, 100)
    assert isinstance(chunk, Chunk)
    assert isinstance(rest, Chunk)
    assert chunk.end == 3
    assert chunk.lsl_s == pytest.approx(50.0 - 0.07)
    assert (rest.first, rest.end, rest.lsl_s) == (3, 10, 50.0)


def test_gap_moves_the_index_and_takes_no_room(log: SampleLogWriter, path: Path) -> None:
    """A gap far longer than the ring pushes no sample out."""
    feed(log, 20)
    log.gap(10_000, "lost", 3.0)
    feed(log, 5)
    reader = SampleLogReader.open(path)
    before, gap, after = reader.read(0, 1000)
    assert (before.first, before.end) == (0, 20)
    assert gap == Gap(20, 10_000, "missing", "lost", 3.0)
    assert (after.first, after.end) == (10_020, 10_025)
    assert (reader.tail, reader.head, reader.samples, reader.missing) == (0, 10_025, 25, 10_000)


def test_reading_from_inside_a_gap_gives_its_rest(log: SampleLogWriter, path: Path) -> None:
    """A reader that stopped inside a gap gets what is left of it."""
    feed(log, 5)
    log.gap(100, "lost", 3.0)
    assert SampleLogReader.open(path).read(60, 10) == [Gap(60, 45, "missing", "lost", 3.0)]


def test_slow_reader_is_told_what_was_overwritten(log: SampleLogWriter, path: Path) -> None:
    """What was lost to the ring's size is a shed gap up to the oldest sample held."""
    reader = SampleLogReader.open(path)
    for _ in range(13):
        feed(log, 10)
    records = reader.read(0, 1000)
    assert isinstance(records[0], Gap)
    assert (records[0].first, records[0].length, records[0].fate, records[0].reason) == (0, 80, "shed", "overrun")
    assert indices(records) == list(range(80, 130))
    assert reader.tail == 80


def test_oldest_chunk_half_overwritten_keeps_its_other_half(log: SampleLogWriter, path: Path) -> None:
    """The tail need not lie on a chunk's edge."""
    feed(log, 10)
    feed(log, 25)
    feed(log, 18)
    reader = SampleLogReader.open(path)
    assert reader.tail == 3
    assert indices(reader.read(3, 1000)) == list(range(3, 53))


def test_append_of_more_than_the_ring_keeps_the_newest(log: SampleLogWriter, path: Path) -> None:
    """One append of 4 rings' length leaves exactly the newest ring's length, with true times."""
    log.append(ramp(0, 200), 2.0, 10.0)
    records = SampleLogReader.open(path).read(0, 1000)
    assert indices(records) == list(range(150, 200))
    assert isinstance(records[-1], Chunk)
    assert records[-1].lsl_s == 10.0
    for record in records[1:]:
        assert isinstance(record, Chunk)
        assert record.lsl_s == pytest.approx(10.0 - (200 - record.end) / 100)


def test_one_sample_chunks_run_out_of_entries_not_of_truth(path: Path) -> None:
    """Where entries are fewer than samples, the tail moves and nothing else changes."""
    fast = replace(SOURCE, rate_hz=1000.0)
    log = SampleLogWriter.create(path, fast, capacity_s=1.0)
    for index in range(900):
        log.append(ramp(index, 1), 0.0, 0.0)
    reader = SampleLogReader.open(path)
    assert reader.tail == 900 - 250
    assert indices(reader.read(reader.tail, 1000)) == list(range(650, 900))
    log.close()


@pytest.mark.parametrize("start", [2**31 - 7, 2**32 - 7, 2**53 - 7])
def test_indices_past_the_edges_of_integers(log: SampleLogWriter, path: Path, start: int) -> None:
    """Days into a recording, indices are still exact."""
    log.gap(start, "not_started", 0.0)
    for _ in range(5):
        feed(log, 4)
    reader = SampleLogReader.open(path)
    records = reader.read(start + 2, 1000)
    assert (records[0].first, records[-1].end, reader.head) == (start + 2, start + 20, start + 20)
    assert indices(records) == [(start + k) % 2**20 for k in range(2, 20)]


def test_nothing_new_is_an_empty_list(log: SampleLogWriter, path: Path) -> None:
    """Before the first sample and at the head there is nothing to read."""
    reader = SampleLogReader.open(path)
    assert reader.read(0, 10) == []
    assert (reader.head, reader.tail, reader.samples, reader.missing) == (0, 0, 0, 0)
    feed(log, 3)
    assert reader.read(3, 10) == []
    assert reader.read(0, 0) == []


def test_reading_past_the_head_is_refused(log: SampleLogWriter, path: Path) -> None:
    """An index not reached yet can only come from another recording."""
    feed(log, 3)
    with pytest.raises(RecordError, match="sample 4 is past the newest, 3"):
        SampleLogReader.open(path).read(4, 10)


def test_chunks_are_copies(log: SampleLogWriter, path: Path) -> None:
    """What was read stays as it was when the ring moves on."""
    feed(log, 50)
    [chunk, *_] = SampleLogReader.open(path).read(0, 10)
    feed(log, 50)
    assert indices([chunk]) == list(range(10))


steps = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(0, 70)),
        st.tuples(st.just("gap"), st.integers(1, 90)),
        st.tuples(st.just("read"), st.integers(1, 60)),
    ),
    max_size=60,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps, capacity_s=st.sampled_from([0.05, 0.3, 0.5]))
def test_any_order_of_appends_gaps_and_reads_equals_a_plain_list(
    steps: list[tuple[str, int]], capacity_s: float, tmp_path: Path
) -> None:
    """Every index is read once and in order: its sample, or missing, or shed when the ring was too small."""
    path = tmp_path / "twin.ring"
    log = SampleLogWriter.create(path, SOURCE, capacity_s)
    reader = SampleLogReader.open(path)
    truth: list[bool] = []
    at = 0
    for kind, size in [*steps, ("read", 10_000)]:
        if kind == "append":
            feed(log, size)
            truth += [True] * size
        elif kind == "gap":
            log.gap(size, "lost", 1.0)
            truth += [False] * size
        else:
            at = check_against(truth, reader.read(at, size), at, size, math.ceil(capacity_s * 100))
    assert at == len(truth) == reader.head
    assert (reader.samples, reader.missing) == (sum(truth), len(truth) - sum(truth))
    log.close()


def check_against(truth: list[bool], records: list[Chunk | Gap], at: int, size: int, capacity: int) -> int:
    """Compare what one read gave with the plain list; return where it ended."""
    room = size
    for record in records:
        assert record.first == at
        came = truth[record.first : record.end]
        if isinstance(record, Chunk):
            assert all(came)
            assert indices([record]) == list(range(record.first, record.end))
            room -= len(came)
        elif record.fate == "missing":
            assert not any(came)
        else:
            assert sum(truth[record.first :]) > capacity or len(truth) > 16
        at = record.end
    assert room >= 0
    assert at == len(truth) or room == 0
    return at


def test_new_recording_supersedes_the_old_one(log: SampleLogWriter, path: Path) -> None:
    """A reader notices that its ring was replaced, and can still read what it held."""
    feed(log, 5)
    reader = SampleLogReader.open(path)
    before = reader.superseded
    log.close()
    SampleLogWriter.create(path, SOURCE, 0.5).close()
    assert (before, reader.superseded) == (False, True)
    assert indices(reader.read(0, 10)) == list(range(5))
    renewed = SampleLogReader.open(path)
    assert renewed.head == 0
    assert renewed.recording != reader.recording


def test_resume_goes_on_at_the_head(log: SampleLogWriter, path: Path) -> None:
    """The recording, its index and its totals survive the writer."""
    feed(log, 5)
    log.gap(7, "lost", 0.0)
    log.close()
    resumed = SampleLogWriter.resume(path, replace(SOURCE, uid="u-2"))
    assert (resumed.recording, resumed.head, resumed.samples, resumed.missing) == (log.recording, 12, 5, 7)
    feed(resumed, 5)
    assert indices(SampleLogReader.open(path).read(0, 99)) == [0, 1, 2, 3, 4, 12, 13, 14, 15, 16]
    resumed.close()


@pytest.mark.parametrize(
    "other",
    [
        replace(SOURCE, rate_hz=200.0),
        replace(SOURCE, labels=("O2", "Fp1")),
        replace(SOURCE, units=("V", "V")),
        replace(SOURCE, hostname="elsewhere"),
        replace(SOURCE, format="int16"),
    ],
)
def test_resume_for_another_stream_is_refused(log: SampleLogWriter, path: Path, other: Source) -> None:
    """Two streams never share a recording."""
    log.close()
    with pytest.raises(RecordError, match="another stream"):
        SampleLogWriter.resume(path, other)


def test_second_writer_is_refused(log: SampleLogWriter, path: Path) -> None:
    """One ring, one writer."""
    with pytest.raises(RecordError, match="another process is writing"):
        SampleLogWriter.resume(path, SOURCE)
    with pytest.raises(RecordError, match="another process is writing"):
        SampleLogWriter.create(path, SOURCE, 0.5)


def test_absent_cut_and_foreign_files_are_refused_by_name(log: SampleLogWriter, path: Path) -> None:
    """Whatever lies at the path, the error is one line that names it."""
    with pytest.raises(RecordError, match="no sample log yet"):
        SampleLogReader.open(path.with_name("absent.ring"))
    content = path.read_bytes()
    for name, data in {
        "empty": b"",
        "short": content[:40],
        "cut": content[:-1],
        "foreign": b"x" * 5000,
        "garbled": content[:64] + b"{" * 4000,
    }.items():
        broken = path.with_name(name)
        broken.write_bytes(data)
        with pytest.raises(RecordError, match=f"{name}: not a whole sample log") as error:
            SampleLogReader.open(broken)
        assert "\n" not in str(error.value)


def test_ring_that_memory_cannot_hold_is_refused_and_leaves_nothing(path: Path) -> None:
    """The size is reserved at once, so that a full tmpfs cannot kill the writer hours later."""
    with pytest.raises(RecordError, match=r"lower bed\.acquire\.ring_s"):
        SampleLogWriter.create(path, replace(SOURCE, rate_hz=1e12), capacity_s=7200.0)
    assert [left.suffix for left in path.parent.iterdir()] == [".lock"]


def test_only_the_owner_may_read_the_ring(log: SampleLogWriter, path: Path) -> None:
    """Raw EEG is nobody else's."""
    assert path.stat().st_mode & 0o777 == 0o600


def test_gap_without_length_or_reason_is_a_mistake(log: SampleLogWriter) -> None:
    """Neither may be invented by the caller's arithmetic."""
    for length, reason in [(0, "lost"), (-1, "lost"), (5, ""), (5, "x" * 41)]:
        with pytest.raises(ValueError, match="a gap has a length"):
            log.gap(length, reason, 0.0)


def test_rings_of_two_instances_never_meet(tmp_path: Path) -> None:
    """Journal path, site and bed each change the ring's name; nothing else does."""

    def config(site: str, journal: str) -> Config:
        return Config(site=site, bed=[Bed(id="bed-1")], journal=JournalFile(path=tmp_path / journal))

    paths = {
        ring_path(config("a", "one.db"), "bed-1"),
        ring_path(config("b", "one.db"), "bed-1"),
        ring_path(config("a", "two.db"), "bed-1"),
        ring_path(config("a", "one.db"), "bed-2"),
    }
    assert len(paths) == 4
    assert ring_path(config("a", "one.db"), "bed-1") in paths


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
    assert indices(records) == list(range(max(given_up, whole - 45), whole + 5))
    resumed.close()


ENDLESS_WRITER = """
import sys
from pathlib import Path
from stream.logbook.samplelog import SampleLogWriter
from tests.stream.logbook.test_samplelog import SOURCE, feed
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
            at = follow(reader, at, at + 100_000)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        recordings.add(reader.recording)
        at = follow(reader, at, reader.head)
        assert at == reader.head
    assert len(recordings) == 1
