"""A check counts what is there, exactly, and says how far that is from what was published."""

from pathlib import Path

import edfio
import numpy as np
import pytest

from models.datasets import tuev
from models.datasets.inspection import Comparison, inspect
from models.datasets.preparation import Wanted, prepare
from models.readers.edf_samples import EdfSamples
from tests.models.datasets.handmade import TRAIN_1, TRAIN_2, tuev_tree

MINI = {
    "3,3": {"train": (4, 7), "test": (1, 3)},
    "1,1": {"train": (2, 4), "test": (1, 3)},
    "1,3": {"train": (2, 7), "test": (1, 3)},
}


def test_rows_are_counted_as_table_1_counts_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small corpus against a small table: exact, doubled rows counted twice."""
    monkeypatch.setattr(tuev, "TABLE_1", MINI)
    found = inspect(tuev_tree(tmp_path))
    assert {one.verdict for one in found.comparisons} == {"exact"}
    assert len(found.comparisons) == 6
    assert found.labels["train"] == {"bckg": 4, "spsw": 2, "artf": 2, "gped": 1, "pled": 1, "eyem": 1}
    assert (found.recordings, found.subjects, found.rates_hz) == (3, 3, {"250": 3})
    # Three recordings of 40 s.
    assert found.hours == pytest.approx(120 / 3600)
    assert found.usable


def test_a_file_less_is_a_difference_that_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By how many, and which file is to blame."""
    monkeypatch.setattr(tuev, "TABLE_1", MINI)
    tree = tuev_tree(tmp_path)
    (tree / "edf" / f"{TRAIN_2}.rec").write_bytes(b"0,1,2\n")
    found = inspect(tree)
    # What that file has: a gped and a pled with; an eyem, two artf and a bckg without.
    assert found.comparisons[0].verdict == "differs by -2 with and -4 without"
    assert [one.path.stem for one in found.skipped] == ["aaaaaabs_00000002"]


def test_no_sample_is_read_to_count_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the length of recordings costs neither time nor memory."""
    monkeypatch.setattr(EdfSamples, "pieces", None)
    assert inspect(tuev_tree(tmp_path)).recordings == 3


def test_contradictions_are_noted(tmp_path: Path) -> None:
    """The .rec is followed, and the check says that something is wrong."""
    tree = tuev_tree(tmp_path)
    path = tree / "edf" / f"{TRAIN_1}_ch000.lab"
    # 10 to 11 s in units of 10 microseconds, where the .rec has spsw.
    path.write_text("1000000 1100000 bckg\n", encoding="ascii")
    assert inspect(tree).notes == ("1 rows of .rec are contradicted by .lab; the .rec is followed",)


def test_channels_left_out_for_their_rate_are_noted(tmp_path: Path) -> None:
    """An ECG faster than the EEG leaves the recording its electrodes, and the check says that it is not used."""
    # 4 s of either: 1024 samples at 256 Hz, 4096 at 1024 Hz.
    eeg = edfio.EdfSignal(np.linspace(-1, 1, 1024), 256, label="Fp1")
    ecg = edfio.EdfSignal(np.linspace(-1, 1, 4096), 1024, label="ECG")
    edfio.Edf([eeg, ecg], data_record_duration=1).write(tmp_path / "a.edf")
    (tmp_path / "a.csv").write_text("onset,duration,label\n1,0,spike\n", encoding="utf-8")
    found = inspect(tmp_path)
    assert found.rates_hz == {"256": 1}
    assert found.notes == ("left out of 1 recordings: ECG: sampled at 1024 Hz, the EEG at 256 Hz",)


def test_a_window_set_is_counted_too(tmp_path: Path) -> None:
    """Windows by part and label."""
    prepare(tuev_tree(tmp_path / "tuev"), tmp_path / "set", Wanted(view="rows"))
    found = inspect(tmp_path / "set")
    assert found.labels == {"train": {"with": 4, "without": 7}, "test": {"with": 1, "without": 3}}
    assert (found.format, found.subjects, found.rates_hz) == ("window set (tuev)", 3, {"250": 15})


def test_a_verdict_has_signs() -> None:
    """More and fewer are told apart."""
    assert Comparison("", (3, 1_000), (1, 3_000)).verdict == "differs by +2 with and -2,000 without"
