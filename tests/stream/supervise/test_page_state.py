"""What the page is told of all beds: the age of the newest sample from the log itself, whatever was reported of it."""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from stream.config.keys import Bed, Config, JournalFile
from stream.logbook.ring import lock_path
from stream.logbook.samplelog import SampleLogWriter, ring_path
from stream.supervise.newest_sample import NewestSample
from stream.supervise.page_state import PageState
from tests.stream.hand_clock import HandClock
from tests.stream.logbook.ramps import SOURCE
from tests.stream.supervise.bed_harness import Harness


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    """Name a sample log."""
    named = ring_path(Config(bed=[Bed(id="bed-1")], journal=JournalFile(path=tmp_path / "j.db")), "bed-1")
    yield named
    named.unlink(missing_ok=True)
    lock_path(named).unlink(missing_ok=True)


def test_the_age_is_the_log_s_where_that_is_newer_and_the_report_s_otherwise(path: Path) -> None:
    """Before there is a log, before its first sample, with samples, and of the log that takes its place."""
    clock = HandClock(100.0)
    newest = NewestSample(path, clock)
    assert newest.age_s(7.0) == 7.0
    log = SampleLogWriter.create(path, SOURCE, 60.0)
    assert newest.age_s(math.inf) == math.inf
    log.append(np.zeros((2, 10), np.float32), 99.75, 0.0)
    assert newest.age_s(7.0) == 0.25
    clock.now_s = 103.0
    assert (newest.age_s(7.0), newest.age_s(1.0)) == (3.25, 1.0)
    log.close()
    log = SampleLogWriter.create(path, SOURCE, 60.0)
    log.append(np.zeros((2, 10), np.float32), 102.5, 0.0)
    assert newest.age_s(7.0) == 0.5
    log.close()


def test_numbers_and_the_whole_state_have_the_age_of_the_log(harness: Harness) -> None:
    """To a hundredth of a second; the rest is what the bed's status has."""
    state = PageState(Config(site="ward-3", bed=[Bed(id="bed-1")]), {"bed-1": harness.bed}, lambda: {"outbox": 4})
    harness.clock.now_s += 1.23456
    whole, numbers = state.snapshot(), state.numbers()
    assert (whole["site"], whole["mqtt"]) == ("ward-3", {"outbox": 4})
    assert whole["beds"]["bed-1"]["data_age_s"] == numbers["bed-1"]["data_age_s"] == 1.23
    assert numbers == {"bed-1": harness.bed.numbers() | {"data_age_s": 1.23}}
    assert state.rejected("bed-1") == harness.bed.rejected.spans() == []
