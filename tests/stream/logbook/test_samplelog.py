"""The sample log: what is appended is read, nothing lost or doubled, however slow the reader is."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stream.errors import RecordError
from stream.logbook.samplelog import SampleLogReader, SampleLogWriter
from stream.records import Chunk, Gap
from tests.stream.logbook.ramps import SOURCE, feed, indices, ramp


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


def test_slow_reader_gets_what_was_overwritten_as_a_gap(log: SampleLogWriter, path: Path) -> None:
    """What was lost to the ring's size is a shed gap up to the oldest sample held."""
    reader = SampleLogReader.open(path)
    for _ in range(13):
        feed(log, 10)
    records = reader.read(0, 1000)
    assert isinstance(records[0], Gap)
    # 130 samples in a ring of 50.
    assert (records[0].first, records[0].length, records[0].fate, records[0].reason) == (0, 80, "shed", "overrun")
    assert indices(records) == list(range(80, 130))
    assert reader.tail == 80


def test_oldest_chunk_half_overwritten_keeps_its_other_half(log: SampleLogWriter, path: Path) -> None:
    """The tail need not lie on a chunk's edge."""
    feed(log, 10)
    feed(log, 25)
    feed(log, 18)
    reader = SampleLogReader.open(path)
    # 53 samples in a ring of 50.
    assert reader.tail == 3
    assert indices(reader.read(3, 1000)) == list(range(3, 53))


def test_append_of_more_than_the_ring_keeps_the_newest(log: SampleLogWriter, path: Path) -> None:
    """One append of 4 rings' length leaves exactly the newest ring's length, with true times."""
    log.append(ramp(0, 200), 2.0, 10.0)
    records = SampleLogReader.open(path).read(0, 1000)
    assert indices(records) == list(range(150, 200))
    assert isinstance(records[-1], Chunk)
    assert records[-1].lsl_s == 10.0
    # The first is the gap of what did not fit.
    for record in records[1:]:
        assert isinstance(record, Chunk)
        assert record.lsl_s == pytest.approx(10.0 - (200 - record.end) / 100)


def test_one_sample_chunks_run_out_of_entries_not_of_truth(path: Path) -> None:
    """Where entries are fewer than samples, the tail moves and nothing else changes."""
    fast = replace(SOURCE, rate_hz=1000.0)
    log = SampleLogWriter.create(path, fast, capacity_s=1.0)
    # 250 entries a second are kept: of 900 chunks of one sample each, the last 250.
    for index in range(900):
        log.append(ramp(index, 1), 0.0, 0.0)
    reader = SampleLogReader.open(path)
    assert reader.tail == 900 - 250
    assert indices(reader.read(reader.tail, 1000)) == list(range(650, 900))
    log.close()


# Seven before the ends of int32, of uint32 and of float64's whole numbers; five appends of four lead past them.
@pytest.mark.parametrize("start", [2**31 - 7, 2**32 - 7, 2**53 - 7])
def test_s7_indices_past_the_edges_of_integers(log: SampleLogWriter, path: Path, start: int) -> None:
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


# One folder for all examples will do: `create` puts a new ring in place of the last one.
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
    # At last all that is left: 60 appends of 70 are 4200.
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
            # Shed for want of room among the samples, or among the entries, of which a ring has 16 at the fewest.
            assert sum(truth[record.first :]) > capacity or len(truth) > 16
        at = record.end
    assert room >= 0
    assert at == len(truth) or room == 0
    return at


def test_gap_without_length_or_reason_is_a_mistake(log: SampleLogWriter) -> None:
    """Neither may be invented by the caller's arithmetic."""
    # An entry has 40 bytes for the reason.
    for length, reason in [(0, "lost"), (-1, "lost"), (5, ""), (5, "x" * 41)]:
        with pytest.raises(ValueError, match="a gap has a length"):
            log.gap(length, reason, 0.0)
