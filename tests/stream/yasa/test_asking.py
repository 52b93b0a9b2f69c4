"""Asking a process: what it answers is looked up, and one that is slow, dead or not there is never waited for."""

import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest

from stream.yasa import asking
from stream.yasa.asking import YasaProcess
from stream.yasa.epoch import AskedEpoch

ANSWERS = """
import json, sys
sys.stdin.readline()
for line in sys.stdin:
    said = json.loads(line)
    if said["end"] == 3:
        sys.exit(1)
    print(json.dumps({"probabilities": [said["end"], 0, 0, 0, 0]}), flush=True)
"""
SILENT = "import sys, time; time.sleep(3600)"


@contextmanager
def process(program: str, *, waits: bool) -> Iterator[YasaProcess]:
    """Have a program asked in YASA's place."""
    with closing(YasaProcess(waits=waits, command=(sys.executable, "-c", program))) as asked:
        yield asked


def epoch(end: int, bed: str = "bed-1", *, fresh: bool = False) -> AskedEpoch:
    """Return an epoch of a bed that ends there."""
    return AskedEpoch(bed, end, 128.0, {"C3-M2": np.zeros(4, np.float32)}, fresh)


def test_each_answer_is_found_under_its_bed_and_epoch_once() -> None:
    """In `score` it is waited for; beds do not mix, and a process that dies is started again."""
    with process(ANSWERS, waits=True) as asked:
        for end, bed in [(1, "bed-1"), (2, "bed-2"), (3, "bed-1"), (4, "bed-1")]:
            asked.ask(epoch(end, bed))
        assert asked.answer("bed-2", 2)[0] == 2
        assert [asked.answer("bed-1", end)[:1] for end in (1, 3, 4)] == [(1.0,), (), (4.0,)]


@pytest.mark.parametrize("program", [SILENT, "raise SystemExit(3)"])
def test_live_nothing_is_waited_for(program: str) -> None:
    """A process that hangs or dies costs neither who asks nor who looks for an answer."""
    with process(program, waits=False) as asked:
        began_s = time.perf_counter()
        # More than a pipe takes and than may wait: the rest is left out.
        for end in range(400):
            asked.ask(AskedEpoch("bed-1", end, 128.0, {"C3-M2": np.zeros(3840, np.float32)}, fresh=False))
            assert asked.answer("bed-1", end) == ()
        # Who waited would wait 300 s for the one that hangs, and 10 s before the one that dies is started again.
        assert time.perf_counter() - began_s < 10.0


def test_a_process_that_hangs_is_ended_and_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the next epoch that is asked, once it has had its time."""
    # Longer than a busy host takes to start Python: the second process must have the time to answer.
    monkeypatch.setattr(asking, "LONGEST_WAIT_S", 3.0)
    monkeypatch.setattr(asking, "RESTART_S", (0.0, 0.0))
    hangs_once = f"import pathlib, time\nif not pathlib.Path({str(tmp_path / 'hung')!r}).exists():\n"
    hangs_once += f"    pathlib.Path({str(tmp_path / 'hung')!r}).touch()\n    time.sleep(3600)\n"
    with process(hangs_once + ANSWERS, waits=False) as asked:
        found: tuple[float, ...] = ()
        until_s, end = time.monotonic() + 100, 10
        while not found and time.monotonic() < until_s:
            end += 1
            asked.ask(epoch(end))
            time.sleep(0.1)
            found = asked.answer("bed-1", end)
        assert found == (float(end), 0, 0, 0, 0)


def test_a_process_that_fails_is_an_alarm_until_it_answers() -> None:
    """With what it ended with, or why it cannot be started."""
    with process(ANSWERS, waits=True) as asked:
        told = []
        for end in (3, 4):
            asked.ask(epoch(end))
            asked.answer("bed-1", end)
            told.append(asked.alarm)
        ended = "the process of YASA ended (exit code 1); it is started again, and no stage is known meanwhile"
        assert told == [ended, ""]
    with closing(YasaProcess(waits=True, command=("/nowhere/yasa",))) as asked:
        asked.ask(epoch(1))
        assert asked.answer("bed-1", 1) == ()
        assert "of YASA cannot be started ([Errno 2] No such file or directory" in asked.alarm


def test_a_process_that_is_too_slow_is_an_alarm() -> None:
    """Epochs are then left out; it ends with the next one that need not be."""
    with process(SILENT, waits=False) as asked:
        # Beside those that wait, the pipe to the process holds a few.
        for end in range(asking.MOST_WAITING + 20):
            asked.ask(epoch(end))
        assert asked.alarm == "YASA is too slow for this host's beds: epochs are not staged"


def test_an_answer_of_the_recording_before_is_not_taken_for_one_of_the_next() -> None:
    """Both count their samples from 0."""
    with process(ANSWERS, waits=True) as asked:
        asked.ask(epoch(5))
        asked.ask(epoch(1, fresh=True))
        assert asked.answer("bed-1", 1)[0] == 1
        asked.ask(epoch(2))
        assert asked.answer("bed-1", 2)[0] == 2
        assert ("bed-1", 5) not in asked._answered
