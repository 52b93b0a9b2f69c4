"""Replay: a recording over real LSL, every sample once, at its own pace, under its own names."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from models.readers.contract import Opened, Recording, in_memory
from stream.logbook.samplelog import SampleLogReader
from stream.records import Chunk
from stream.replay import Playback, replay
from tests.stream.acquire.acquire_process import Acquiring

RATE_HZ = 200.0
# Chunks of 20 ms have 4 samples: the last of 330 is shorter, and where the file begins anew none may be lost.
LENGTH = 330


def ramp() -> Opened:
    """Make a recording whose first channel numbers its samples."""
    samples = np.stack([np.arange(LENGTH), np.full(LENGTH, 7), -np.arange(LENGTH)]).astype(np.float32)
    return in_memory(Recording(samples, RATE_HZ, ("Fp1", "Cz", "O2"), ("uV", "uV", "mV"), ("EEG", "EEG", "misc")))


REPLAYS = """
from stream.replay import Playback, replay
from tests.stream.test_replay import ramp
replay(ramp(), Playback(name="ward", source_id="file-1", repeat=2, wait_s=10))
"""


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Acquiring]:
    """Yield a session of LSL for this test alone."""
    with Acquiring(tmp_path) as acquiring:
        yield acquiring


def test_replayed_recording_arrives_whole_in_time_and_under_its_names(ward: Acquiring) -> None:
    """Twice through, without a sample between, stamped where the first line says, in about real time."""
    player = subprocess.Popen([sys.executable, "-c", REPLAYS], env=ward.environment, stdout=subprocess.PIPE)
    ward.acquire()
    # repeat=2 in REPLAYS.
    ward.follow(lambda: ward.samples == 2 * LENGTH)
    assert player.stdout is not None
    started, done = (json.loads(line) for line in player.stdout)
    player.stdout.close()
    assert player.wait() == 0
    assert (started["fs"], started["pad_s"], started["n"]) == (RATE_HZ, 0.0, 2 * LENGTH)
    assert started["labels"] == ["Fp1", "Cz", "O2"]
    assert done == {"done": True, "seconds": 2 * LENGTH / RATE_HZ}
    assert [number for _, number in ward.numbers()] == [*range(LENGTH), *range(LENGTH)]
    assert ward.gaps == []
    for chunk in ward.records:
        assert isinstance(chunk, Chunk)
        # Samples are 5 ms apart, so 2 ms still shows a stamp that is off by one.
        assert chunk.lsl_s == pytest.approx(started["t0_lsl"] + (chunk.end - 1) / RATE_HZ, abs=0.002)
    source = SampleLogReader.open(ward.ring).source
    assert (source.labels, source.units, source.types) == (ramp().head.labels, ramp().head.units, ramp().head.types)
    assert (source.name, source.source_id, source.rate_hz) == ("ward", "file-1", RATE_HZ)


def test_playing_needs_no_consumer(capsys: pytest.CaptureFixture[str]) -> None:
    """Playing goes on without a consumer, at the recording's pace."""
    began_s = time.monotonic()
    replay(ramp(), Playback(name="unheard", source_id="unheard", wait_s=0.05))
    taken_s = time.monotonic() - began_s
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [set(line) for line in lines] == [
        {"warning"},
        {"t0_lsl", "pad_s", "fs", "n", "labels"},
        {"done", "seconds"},
    ]
    # No upper bound: a busy machine may take its time.
    assert taken_s >= LENGTH / RATE_HZ
