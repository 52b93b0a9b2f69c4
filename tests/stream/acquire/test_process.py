"""acquire against real LSL outlets: killed, stopped, doubled, of the wrong kind."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stream.acquire import process
from stream.logbook.samplelog import SampleLogReader
from stream.records import Chunk
from tests.stream.acquire.acquire_process import Acquiring
from tests.stream.logbook.ramps import SOURCE


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Acquiring]:
    """Start a session of LSL for this test alone."""
    with Acquiring(tmp_path) as acquiring:
        yield acquiring


def differences(ward: Acquiring) -> set[int]:
    """Return how far the senders' numbers are from the log's indices: one value if nothing went wrong."""
    return {number - index for index, number in ward.numbers()}


def test_l1_every_sample_once_through_a_killed_sender_and_a_killed_acquire(ward: Acquiring) -> None:
    """Numbers run on without a break, over each outage by as many as the gap states."""
    sender = ward.amplifier()
    process = ward.acquire()
    ward.follow(lambda: ward.samples > 256)
    assert len(differences(ward)) == 1
    assert ward.gaps == []

    sender.kill()
    # The kernel closes a killed sender's connection at once; a sender that hangs would be silent.
    ward.follow(lambda: ward.state == "lost", within_s=2)
    ward.amplifier()
    ward.follow(lambda: ward.state == "streaming" and ward.samples > 512)
    [gap] = ward.gaps
    assert (gap.fate, gap.reason) == ("missing", "lost")
    # Half a second at the least: the search alone takes one.
    assert gap.length > 256 / 2
    assert max(differences(ward)) - min(differences(ward)) <= 1
    assert ward.reports[-1].reconnects == 1

    process.kill()
    process.wait()
    recording = SampleLogReader.open(ward.ring).recording
    held = ward.samples
    ward.acquire(restarted=True)
    ward.follow(lambda: ward.samples > held + 256)
    assert len(ward.gaps) == 2
    assert max(differences(ward)) - min(differences(ward)) <= 1
    reader = SampleLogReader.open(ward.ring)
    assert reader.recording == recording
    assert reader.missing == sum(gap.length for gap in ward.gaps)


def test_l2_l4_stopped_sender_is_silent_then_its_backlog_comes_whole(ward: Acquiring) -> None:
    """Silence is reported within two seconds; what the sender still held is not called missing."""
    sender = ward.amplifier()
    ward.acquire()
    ward.follow(lambda: ward.samples > 100)
    sender.send_signal(signal.SIGSTOP)
    stopped_s = time.monotonic()
    ward.follow(lambda: ward.state == "silent", within_s=2.5)
    # Not before a second without samples (SILENCE_S): a pause between two chunks is no silence.
    assert time.monotonic() - stopped_s > 0.9
    ward.follow(lambda: time.monotonic() - stopped_s > 2.5)
    sender.send_signal(signal.SIGCONT)
    before = ward.samples
    # 3 s: more than the backlog of 2.5 s, so that samples sent afterwards are among them.
    ward.follow(lambda: ward.samples > before + 3 * 256 and ward.state == "streaming")
    assert len(differences(ward)) == 1
    assert ward.gaps == []


def test_two_matching_streams_are_refused_until_one_goes(ward: Acquiring) -> None:
    """A bed is never bound to one of two candidates; both are named."""
    ward.amplifier(source_id="amp-1")
    second = ward.amplifier(source_id="amp-2")
    ward.acquire()
    ward.follow(lambda: ward.state == "refused")
    assert "2 streams match" in ward.reports[-1].reason
    assert 'source_id "amp-1"' in ward.reports[-1].reason
    assert 'source_id "amp-2"' in ward.reports[-1].reason
    assert not ward.ring.exists()
    second.kill()
    ward.follow(lambda: ward.samples > 50)


@pytest.mark.fault
def test_l7_l8_a_twin_is_told_and_its_takeover_is_a_gap_of_its_own(ward: Acquiring) -> None:
    """Two outlets of one identity: the bed stays with the first, and when that is killed the second is known for it."""
    first = ward.amplifier()
    ward.acquire()
    ward.follow(lambda: ward.samples > 50)
    ward.amplifier()
    # A search every 5 s, each of a second, and a report.
    ward.follow(lambda: "duplicate_source" in ward.reports[-1].alarms, within_s=12)
    assert len(differences(ward)) == 1
    first.kill()
    before = ward.samples
    ward.follow(lambda: ward.samples > before + 50)
    assert [gap.reason for gap in ward.gaps] == ["source_changed"]
    assert max(differences(ward)) - min(differences(ward)) <= 1
    ward.follow(lambda: ward.reports[-1].alarms == {}, within_s=12)


def test_l5_sender_that_returns_with_another_rate_is_refused(ward: Acquiring) -> None:
    """The old recording gets no sample of it, and the report says what differs."""
    sender = ward.amplifier()
    ward.acquire()
    ward.follow(lambda: ward.samples > 50)
    sender.kill()
    sender.wait()
    ward.amplifier(rate_hz=512.0)
    ward.follow(lambda: ward.state == "refused")
    assert "rate_hz: 256.0 -> 512.0" in ward.reports[-1].reason
    assert SampleLogReader.open(ward.ring).head == ward.records[-1].end


def test_l18_text_is_refused_and_integers_become_numbers(ward: Acquiring) -> None:
    """A stream of strings is no EEG; int16 samples keep their values, not their bytes."""
    text = ward.amplifier(format="string")
    ward.acquire()
    ward.follow(lambda: ward.state == "refused")
    assert "sends string samples" in ward.reports[-1].reason
    text.kill()
    text.wait()
    # Numbered from now on: an int16 ends at 32,767, which is 128 s.
    ward.epoch_s = time.monotonic()
    ward.amplifier(format="int16")
    ward.follow(lambda: ward.samples > 100)
    [number] = differences(ward)
    # As many as were sent before the first was logged: 20 s is ample for the search and the inlet.
    assert 0 <= number < 256 * 20
    # The other channels are sent as 0: values read in a wrong width would put channel 0 there.
    assert all(np.all(record.samples[1:] == 0) for record in ward.records if isinstance(record, Chunk))


def test_sigterm_ends_it_and_leaves_the_log(ward: Acquiring) -> None:
    """A clean stop is prompt, exits 0 and can be resumed from."""
    ward.amplifier()
    process = ward.acquire()
    ward.follow(lambda: ward.samples > 50)
    process.terminate()
    # A pull under way ends first (0.2 s), and Python takes its time to end.
    assert process.wait(timeout=3) == 0
    assert SampleLogReader.open(ward.ring).head >= ward.records[-1].end


# It waits for the child's first report: only then is it sure that the child has asked to die with its parent.
MAKES_AN_ORPHAN = """
import json, os, subprocess, sys, time
read_fd, report_fd = os.pipe()
child = subprocess.Popen([sys.executable, "-m", "stream.acquire"], stdin=subprocess.PIPE, pass_fds=[report_fd])
task = {"config": json.loads(sys.argv[1]), "bed": "bed-1", "wake_fd": report_fd, "report_fd": report_fd}
child.stdin.write(json.dumps(task).encode() + b"\\n")
child.stdin.flush()
os.read(read_fd, 1)
print(child.pid, flush=True)
time.sleep(60)
"""


def test_it_dies_with_its_parent(ward: Acquiring) -> None:
    """A parent that is killed leaves no process behind."""
    command = [sys.executable, "-c", MAKES_AN_ORPHAN, ward.config.model_dump_json()]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, env=ward.environment)
    assert parent.stdout is not None
    # Watched by a pidfd: the number may be another process's once the orphan has ended.
    child = os.pidfd_open(int(parent.stdout.readline()))
    parent.stdout.close()
    parent.kill()
    parent.wait()
    ended, _, _ = select.select([child], [], [], 10)
    os.close(child)
    assert ended, "the child outlived its parent"


def test_it_loads_neither_torch_nor_scipy() -> None:
    """The process that must not die is small."""
    # In a process of its own: other tests may have loaded both into this one.
    command = "import sys, stream.acquire.process; print([m for m in ('torch', 'scipy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_streams_lists_what_can_be_seen_with_names_and_units(ward: Acquiring) -> None:
    """Each stream once, with its channels as its sender declares them."""
    ward.amplifier(channels=2, unit="millivolts")
    ward.amplifier(name="gait", source_id="amp-2", channels=1, format="int16")
    command = (
        "import json; from dataclasses import asdict; from stream.acquire.lsl import streams;"
        "print(json.dumps([asdict(source) for source in streams()]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", command], env=ward.environment, capture_output=True, text=True, check=True
    )
    gait, found = sorted(json.loads(done.stdout), key=lambda source: str(source["name"]))
    assert (found["name"], found["source_id"], found["rate_hz"]) == ("ward", "amp-1", 256.0)
    assert (found["labels"], found["units"]) == (["E0", "E1"], ["millivolts", "millivolts"])
    assert (gait["name"], gait["format"], len(gait["labels"])) == ("gait", "int16", 1)


def test_started_afresh_on_another_stream_a_new_recording_begins(tmp_path: Path) -> None:
    """The same stream goes on in its recording; another one supersedes it."""
    open_log = process._log_opener(tmp_path / "bed.ring", 60)
    first = open_log(SOURCE)
    first.append(np.zeros((2, 5), np.float32), 1.0, 1.0)
    first.close()
    same = open_log(replace(SOURCE, uid="u-2"))
    assert (same.recording, same.head) == (first.recording, 5)
    reader = SampleLogReader.open(tmp_path / "bed.ring")
    same.close()
    other = open_log(replace(SOURCE, labels=("X", "Y")))
    assert (other.head, reader.superseded) == (0, True)
    other.close()
