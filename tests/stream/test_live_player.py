"""MNE-LSL's player, as people use it to try Spikewatch: its labels, its unit, its loop."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from stream.logbook.journal_reader import JournalReader
from tests.stream.brokers import MOSQUITTO
from tests.stream.live_system import LiveSystem, becomes, bed

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("mne_lsl") is None, reason="mne-lsl is not installed: extra `bench`"),
    pytest.mark.skipif(MOSQUITTO is None, reason="no mosquitto on this machine"),
]
PLAYER = """
import sys, time
import mne
from mne_lsl.player import PlayerLSL
from models.simulate import simulate
made = simulate(3, 20.0, rate_hz=256.0)
info = mne.create_info([f"EEG {label}-REF" for label in made.labels], 256.0, "eeg")
# 320 chunks of 16: the length at which each end of the loop brings the whole recording at once.
PlayerLSL(mne.io.RawArray(made.samples * 1e-6, info), chunk_size=16, name="player", source_id="player").start()
print("sending", flush=True)
time.sleep(600)
"""


def test_a_player_in_a_loop_is_watched_and_its_ends_are_told(tmp_path: Path) -> None:
    """Type "eeg", unit "0" (volts), electrodes against a reference: nothing has to be configured."""
    with LiveSystem(tmp_path, bed("player")) as ward:
        command = [sys.executable, "-c", PLAYER]
        player = subprocess.Popen(command, env=ward.environment, stdout=subprocess.PIPE)
        try:
            ward.run("--set", "infer.sleep=off")
            becomes(lambda: told_of_the_loop(ward.journal_path), 110, "an alarm at the end of the loop")
        finally:
            player.kill()
            player.wait()
        ward.running.terminate()
        ward.running.wait(30)
        journal = JournalReader(ward.journal_path)
        account = journal.accounting("player", 1)
        journal.close()
    assert account["analysed"] > 256
    assert account.keys() <= {"analysed", "rejected"}


def told_of_the_loop(path: Path) -> bool:
    """Check whether the journal has the alarm."""
    if not path.exists():
        return False
    journal = JournalReader(path)
    try:
        return any(alarm["name"] == "clock_step" for alarm in journal.newest("player", "alarm", 50))
    finally:
        journal.close()
