"""A real outlet whose buffer runs full, because who takes its samples stands still."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stream.acquire.time_line import LEARNING_SECONDS
from tests.stream.acquire.acquire_process import Acquiring

HELD_S = 3
STOPPED_S = 12.0
SMALL_SOCKETS = """[tuning]
SendSocketBufferSize = 4096
ReceiveSocketBufferSize = 4096
"""
"""Else the kernel alone holds minutes of samples before LSL's own buffer fills."""


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Acquiring]:
    """Start a session of LSL for this test alone, with little room between the two ends."""
    with Acquiring(tmp_path) as acquiring:
        acquiring.config_path.write_text(acquiring.config_path.read_text() + SMALL_SOCKETS)
        yield acquiring


@pytest.mark.fault
def test_l11_what_the_senders_full_buffer_dropped_is_missing_and_an_alarm(ward: Acquiring) -> None:
    """Its oldest samples are gone without a word of LSL: they are counted, and the rest keeps its place."""
    # Many channels: the sockets hold bytes, not seconds.
    ward.amplifier(channels=64, buffer_s=HELD_S)
    process = ward.acquire()
    # Until both lines of time are known, nothing can be called late.
    ward.follow(lambda: ward.samples > (LEARNING_SECONDS + 3) * 256, within_s=40)
    assert ward.gaps == []
    process.send_signal(signal.SIGSTOP)
    time.sleep(STOPPED_S)  # the fault itself
    process.send_signal(signal.SIGCONT)
    ward.follow(lambda: "samples_missing" in ward.reports[-1].alarms, within_s=30)
    assert "s of samples never came: nothing came for 12 s before" in ward.reports[-1].alarms["samples_missing"]
    [gap] = ward.gaps
    assert (gap.fate, gap.reason) == ("missing", "counted")
    # What LSL and the sockets held came; what they could not hold is the gap.
    assert 256 < gap.length < (STOPPED_S - HELD_S + 1) * 256
    ward.follow(lambda: ward.records[-1].first > gap.end + 256)
    offsets = [number - index for index, number in ward.numbers()]
    # Before and behind the gap a sample's number is where its index is, to one; while the gap was unknown it was not.
    assert abs(offsets[-1] - offsets[0]) <= 1
    assert ward.reports[-1].missing == gap.length
