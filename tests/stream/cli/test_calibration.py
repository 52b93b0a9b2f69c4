"""`spikewatch calibrate` as a user meets it, in a process of its own."""

import tomllib
from pathlib import Path

import numpy as np
import pytest

from models.simulate import simulate
from tests.stream.cli.command import spikewatch
from tests.stream.patient import RATE_HZ


def calm(folder: Path, name: str = "calm.npz", *, odd_unit: str = "") -> Path:
    """Write half a minute of a simulated person without discharges or artefacts: white noise would be rejected.

    The electrode `odd_unit` is in no unit of voltage.
    """
    quiet = simulate(5, 30.0, rate_hz=RATE_HZ, plan=[("W", 30.0)], ied_rate_per_min=0.0, confounders=False)
    units = np.array(["bpm" if label == odd_unit else "uV" for label in quiet.labels])
    np.savez(folder / name, x=quiet.samples, fs=RATE_HZ, labels=np.array(quiet.labels), units=units)
    return folder / name


def test_the_answer_is_what_config_toml_takes(folder: Path) -> None:
    """A whole table, remarks with it; a bed of another montage is not named; `--set` and the file accept it."""
    calm(folder)
    other = ("--set", "bed.bed-2.condition.montage=shaft")
    ended = spikewatch(folder, "calibrate", "calm.npz", "--alarms-per-hour", "600", *other)
    assert (ended.code, ended.err) == (0, "calm.npz: 0 events in 0.01 analysed hours\n")
    assert ended.out.startswith('# Bed bed-1: montage "scalp", detector sc-small every 125 ms')
    threshold = tomllib.loads(ended.out)["bed"]["merge"]["threshold"]
    (folder / "bed.toml").write_text(f'[[bed]]\nid = "bed-1"\n{ended.out}', encoding="utf-8")
    shown = spikewatch(folder, "config", "show", "--config", "bed.toml")
    assert shown.code == 0
    assert f"threshold = {threshold}" in shown.out


def test_a_program_reads_what_the_threshold_rests_on(folder: Path) -> None:
    """Beds that are alike share it; an unreadable recording is listed, and the exit code remembers it."""
    calm(folder)
    ended = spikewatch(folder, "calibrate", "calm.npz", "gone.edf", "--alarms-per-hour", "600", "--json")
    [answer] = ended.lines
    assert ended.code == 3
    assert answer["beds"] == ["bed-1", "bed-2"]
    assert (answer["events"], answer["per_h"]) == (0, 0)
    assert [one["file"] for one in answer["recordings"]] == ["calm.npz"]
    assert len(answer["skipped"]) == 1
    assert answer["skipped"][0].startswith("gone.edf: there is no such file")


def test_what_is_left_out_of_a_recording_is_told(folder: Path) -> None:
    """An electrode that is not looked at has no false alarms: the threshold holds for the others alone."""
    calm(folder, odd_unit="F7")
    words = ("calibrate", "calm.npz", "--alarms-per-hour", "600")
    told = spikewatch(folder, *words).err.splitlines()
    assert told == ['calm.npz: left out F7: in "bpm", which is no voltage', "calm.npz: 0 events in 0.01 analysed hours"]
    [answer] = spikewatch(folder, *words, "--json").lines
    assert [f"calm.npz: {remark}" for remark in answer["recordings"][0]["remarks"]] == told[:1]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["calm.npz"], 3, "0.01 h of recordings could be analysed: to show at most 6 alarms an hour takes at least"),
        (["calm.npz", "--bed", "icu"], 2, "--bed icu: no such bed; there are bed-1, bed-2"),
        (["calm.npz", "calm.npz"], 2, "calm.npz: is given twice"),
    ],
)
def test_what_a_user_can_cause_is_one_line(folder: Path, words: list[str], code: int, said: str) -> None:
    """Exit code 2 for usage, 3 for inputs; no traceback."""
    calm(folder)
    ended = spikewatch(folder, "calibrate", *words)
    assert (ended.code, ended.err.count("\n")) == (code, 1)
    assert said in ended.err
