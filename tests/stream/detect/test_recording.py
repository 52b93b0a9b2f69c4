"""One recording read from its log: hop by hop, whatever the chunks."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stream.condition import Condition
from stream.detect.ladder import STEPS
from stream.logbook import samplelog
from stream.records import Chunk, joined
from tests.stream.bed_harness import BedHarness
from tests.stream.patient import RATE_HZ, chunk_of, patient_eeg


@pytest.fixture
def bedside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BedHarness:
    """Begin a recording in a place of its own."""
    monkeypatch.setattr(samplelog, "SHARED_MEMORY", tmp_path)
    return BedHarness(tmp_path)


# Few: every example writes a ring and opens a journal.
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lengths=st.lists(st.integers(1, 90), min_size=1, max_size=25))
def test_a_hop_comes_with_the_chunk_that_brings_its_last_sample(bedside: BedHarness, lengths: list[int]) -> None:
    """None earlier or later, whatever the chunks, and with that chunk's arrival; a hop is 32 samples."""
    bedside.writer.close()
    bedside.begin_recording(bedside.source)
    # All examples share one fixture: each needs a recording and a detector of its own.
    bedside.kill_detector()
    whole, _ = patient_eeg()
    for number, length in enumerate(lengths):
        first = bedside.writer.head
        bedside.writer.append(whole[:, first : first + length], float(number), float(number))
        hops = [due.item for due in iter(lambda: next(iter(bedside.bed.collect(STEPS[0])), None), None)]
        # The longest example has 25 * 90 = 2250 samples, and 80 hops would be 2560.
        due = [number for number in range(80) if first < 32 * number <= first + length]
        # A hop's end counts the model's samples, one for two of the stream's.
        assert [hop.end for hop in hops] == [16 * number for number in due]
        assert {hop.arrival_s for hop in hops} <= {float(number)}


def test_the_chunks_of_one_hop_are_worked_on_together(bedside: BedHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of a quarter of a hop: one push a hop, of a whole hop."""
    pushed: list[int] = []
    push = Condition.push

    def push_and_note(stage: Condition, chunk: Chunk) -> Chunk:
        pushed.append(chunk.end)
        return push(stage, chunk)

    monkeypatch.setattr(Condition, "push", push_and_note)
    # Ten hops and a half: the half that is left over must not be pushed.
    for _ in range(42):
        bedside.feed(8)
        bedside.work()
    assert pushed == list(range(32, 42 * 8 + 1, 32))


def test_a_backlog_is_taken_hop_by_hop(bedside: BedHarness) -> None:
    """One in a round, so that no bed keeps the others waiting."""
    bedside.feed(5120)
    ends = [[due.item.end for due in bedside.bed.collect(STEPS[0])] for _ in range(40)]
    assert ends == [[16 * number] for number in range(1, 41)]


def test_chunks_that_follow_each_other_are_joined() -> None:
    """Their samples in order, with the times of the newest one."""
    samples, _ = patient_eeg()
    whole = joined([chunk_of(samples, 10, 17), chunk_of(samples, 17, 18), chunk_of(samples, 18, 40)])
    assert (whole.first, whole.end, whole.lsl_s, whole.arrival_s) == (10, 40, 39 / RATE_HZ, 39 / RATE_HZ)
    np.testing.assert_array_equal(whole.samples, samples[:, 10:40])
    assert whole.valid.shape == whole.samples.shape
