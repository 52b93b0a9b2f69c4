"""MNE-LSL's own player in a loop, where it is installed: watched, its doubled recording at each end included.

It is no dependency of the tests: it brings MNE, Qt's shims and a liblsl of its own.
"""

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from models.signal.montage import build
from stream.acquire.identity import scale_to_uv
from stream.logbook.samplelog import SampleLogReader
from stream.records import Chunk
from tests.stream.acquire.acquire_process import Acquiring

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("mne_lsl") is None, reason="mne-lsl is not installed; pip install mne-lsl"
)
LOOP_SAMPLES = 200
# The recording's length is a multiple of the chunk's: then version 1.14 sends all of it once more at each end.
PLAYER = f"""
import time

import mne
import numpy as np
from mne_lsl.player import PlayerLSL

mne.set_log_level("error")
names = "Fp1 Fp2 F7 F3 Fz F4 F8 T7 C3 Cz C4 T8 P7 P3 Pz P4 P8 O1 O2".split()
raw = mne.io.RawArray(np.tile(np.arange({LOOP_SAMPLES}.0), (len(names), 1)), mne.create_info(names, 100.0, "eeg"))
player = PlayerLSL(raw, chunk_size=20, n_repeat=np.inf, name="ward", source_id="ward")
player.start()
print("sending", flush=True)
time.sleep(120)
"""


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Acquiring]:
    """Start a session of LSL for this test alone."""
    with Acquiring(tmp_path) as acquiring:
        yield acquiring


def test_its_loop_is_watched_whole_with_true_times(ward: Acquiring) -> None:
    """Type "eeg", unit "0" (volts), each sample once and in order, and no time of the future or the past."""
    player = ward._start([sys.executable, "-c", PLAYER], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert player.stdout is not None
    ward._stack.callback(player.stdout.close)
    assert b"sending" in iter(lambda: player.stdout.readline().strip(), b"")  # type: ignore[union-attr]
    ward.acquire()
    ward.follow(lambda: ward.samples > 6 * LOOP_SAMPLES, within_s=40)
    source = SampleLogReader.open(ward.ring).source
    assert (source.type, len(build("scalp", source.labels, source.types).groups)) == ("eeg", 5)
    assert set(scale_to_uv(source.labels, source.units, "auto")) == {1e6}
    assert ward.gaps == []
    numbers = np.array([number for _, number in ward.numbers()])
    assert set(np.diff(numbers) % LOOP_SAMPLES) == {1}
    ahead_s = [record.lsl_s - record.arrival_s for record in ward.records if isinstance(record, Chunk)]
    # Each doubled recording is worth 2 s: six of them would lie 12 s ahead. What is late may be this host's doing.
    assert max(ahead_s) < 0.6
    assert min(ahead_s) > -4.0
    alarms = {alarm for report in ward.reports for alarm in report.alarms}
    assert alarms <= {"clock_step", "clock_wrong", "rate_wrong"}
