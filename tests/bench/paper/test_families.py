"""Simulated data sets have the papers' shapes, shares and splits."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.paper import families, family_sizes, family_sleep
from bench.paper.family_sizes import ICM, TUEV, Extent
from models.datasets import splits, windowset
from models.datasets.windowset import STAGE_CODES
from models.simulate import simulate
from models.simulate.truth import Ied
from tests.models.datasets.test_vepiset import mat


def call(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """Run the command in this process."""
    monkeypatch.setattr(sys, "argv", ["bench.paper.families", *words])
    return families.main()


def test_a_depth_patient_has_the_papers_share_windows_and_split(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """ICM1 at a five-hundredth, twice that to test: 5 pairs at 512 Hz, one patient; positives stand out; made once."""
    words = ("--out", str(tmp_path), "--scale", "0.002", "--test-scale", "0.004", "--only", "ICM1")
    assert call(monkeypatch, *words) == 0
    ws = windowset.load(tmp_path / "ICM1-like")
    assert (ws.windows.shape[1:], ws.header.rate_hz, len(ws.header.subjects)) == ((5, 768), 512.0, 1)
    train, test = ws.split == 1, ws.split == 3
    assert (int(ws.label[train].sum()), int((ws.label[train] == 0).sum())) == (22, 143)
    assert (int(ws.label[test].sum()), int((ws.label[test] == 0).sum())) == (9, 57)
    assert np.isfinite(ws.windows).all()
    assert [len(part) for part in splits.parts(ws, seed=0, by="row").values()] == [132, 33, 66]
    largest = np.abs(ws.windows).max(axis=(1, 2))
    assert np.median(largest[ws.label == 1]) > np.quantile(largest[ws.label == 0], 0.75)
    made = (tmp_path / "ICM1-like" / "windows.npy").stat().st_mtime_ns
    assert call(monkeypatch, *words) == 0
    assert (tmp_path / "ICM1-like" / "windows.npy").stat().st_mtime_ns == made
    # Another size or rate is not passed off as this one.
    for other in (("--scale", "0.003"), ("--decimate", "8")):
        assert call(monkeypatch, *words, *other) == 2
        assert "ICM1-like: is there already, made otherwise (ICM1-like, scale 0.002" in capsys.readouterr().err


def test_single_derivations_keep_test_patients_apart(tmp_path: Path) -> None:
    """One channel, 1 s at 250 Hz, 1.19 % of the training part."""
    families.tuev("TUEV1,1", tmp_path / "set", Extent(0.005, 0.005))
    ws = windowset.load(tmp_path / "set")
    assert ws.windows.shape[1:] == (1, 250)
    train, test = ws.split == 1, ws.split == 3
    assert (int(ws.label[train].sum()), int((ws.label[train] == 0).sum())) == (3, 269)
    assert (int(ws.label[test].sum()), int((ws.label[test] == 0).sum())) == (3, 98)
    assert not set(ws.subject[train]) & set(ws.subject[test])


def test_the_papers_shares_are_those_of_its_table() -> None:
    """13.2 to 1.95 %, 1.19 and 0.97 % of training windows are positive."""
    sets = (ICM[1], ICM[8], TUEV["TUEV1,1"], TUEV["TUEV1,3"])
    shares = [round(100 * counts[0] / (counts[0] + counts[1]), 2) for counts in sets]
    assert shares == [13.25, 1.95, 1.19, 0.97]


def test_epochs_of_two_tasks_have_both_labels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 5 patients, and 3 to test on: 38 rows of 4 s at 500 Hz, discharges and several stages."""
    monkeypatch.setattr(family_sizes, "TWO_TASK_PATIENTS", 6)
    families.two_task(tmp_path / "set", Extent(0.0001, 0.0003))
    ws = windowset.load(tmp_path / "set")
    assert (ws.windows.shape, len(ws.header.subjects)) == ((64, 38, 2000), 8)
    parts = splits.parts(ws, seed=0)
    assert {name: len(np.unique(ws.subject[part.indices])) for name, part in parts.items()} == {
        "train": 4, "validation": 1, "test": 3,
    }  # fmt: skip
    assert 0.03 < ws.label.mean() < 0.3
    assert len({STAGE_CODES[code] for code in np.unique(ws.stage)} & {"W", "N1", "N2", "N3", "R"}) > 2
    # Below: the same electrodes against their average.
    assert ws.windows[0, 19:].sum(axis=0) == pytest.approx(0, abs=0.01)


def test_epochs_of_sleepers_hold_what_may_pass_for_a_discharge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of three patients, at 125 Hz: a tenth hold a discharge, half are around waveforms of sleep, which are counted."""
    monkeypatch.setattr(family_sleep, "SECONDS", 120.0)
    for module in (family_sleep, family_sizes):
        monkeypatch.setattr(module, "SLEEP_EPOCHS", 20)
    monkeypatch.setattr(family_sleep, "POSITIVES", 2)
    monkeypatch.setattr(family_sleep, "AROUND_WAVES", 10)
    words = ("--out", str(tmp_path), "--scale", "0.001", "--decimate", "4", "--only", "two-task-sleep")
    assert call(monkeypatch, *words) == 0
    ws = windowset.load(tmp_path / "two-task-sleep")
    assert (ws.windows.shape, ws.header.rate_hz) == ((60, 19, 500), 125.0)
    assert [len(np.unique(ws.subject[ws.split == split])) for split in (1, 3)] == [2, 1]
    assert not set(ws.subject[ws.split == 1]) & set(ws.subject[ws.split == 3])
    assert 0 < ws.label.sum() <= 6
    assert ws.windows.sum(axis=1) == pytest.approx(0, abs=0.01)
    card = (tmp_path / "two-task-sleep" / "CARD.md").read_text(encoding="utf-8")
    counts = {
        line.split(" | ")[0].removeprefix("| with a "): sum(int(one) for one in line.strip("| ").split(" | ")[1:])
        for line in card.splitlines()
        if "| with a " in line
    }
    assert set(counts) == set(family_sleep.WAVES)
    assert sum(counts.values()) >= 30
    assert "has an AUROC of" in card
    assert call(monkeypatch, *words) == 0
    assert call(monkeypatch, *words[:-2], "--decimate", "2", *words[-2:]) == 2
    assert "is there already, made otherwise (2 simulated sleepers" in capsys.readouterr().err


def test_an_epoch_is_labelled_as_a_reader_would_see_it() -> None:
    """Well inside and clear: 1; near the edge, or faint: left out; none near: 0."""
    simulated = simulate(family_sleep.FIRST_SLEEPER, 8.0, rate_hz=500.0, ied_rate_per_min=0.0, illness="none")
    ied = Ied(1000, 980, 1050, "spike", 100.0, 3.0, "C3", np.ones(19, np.float32), 0, run=False)
    starts = np.array([0, 960, 1040, 1100], np.int64)
    clear, faint, none = (replace(simulated, ieds=(replace(ied, ratio=ratio),)) for ratio in (4.0, 3.9, 0.4))
    np.testing.assert_array_equal(family_sleep.labels_at(clear, starts), [1, np.nan, np.nan, 0])
    np.testing.assert_array_equal(family_sleep.labels_at(faint, starts), [np.nan, np.nan, np.nan, 0])
    np.testing.assert_array_equal(family_sleep.labels_at(none, starts), [0, 0, 0, 0])


def test_vepiset_gives_epochs_of_two_tasks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its patient of 24 s: six epochs in microvolts, with the group's labels; a bad file is named."""
    (tmp_path / "files").mkdir()
    mat(tmp_path / "files" / "a.mat")
    mat(tmp_path / "files" / "b.mat", channels=28)
    assert call(monkeypatch, "--vepiset", str(tmp_path / "files"), "--out", str(tmp_path / "set")) == 0
    ws = windowset.load(tmp_path / "set")
    assert ws.label.tolist() == [0, 1, 1, 1, 0, 0]
    assert [STAGE_CODES[code] for code in ws.stage] == ["W", "W", "asleep", "asleep", "asleep", "asleep"]
    assert (ws.windows.shape[1], ws.header.montages) == (77, ("stack-77",))
    assert ws.windows[:, :19].std() == pytest.approx(30, rel=0.02)
    assert "b.mat: has no `eeg_data` of 29" in capsys.readouterr().err


def test_what_cannot_be_made_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name that there is not; a rate that the epochs cannot have."""
    assert call(monkeypatch, "--out", str(tmp_path), "--only", "ICM9") == 2
    assert "--only ICM9: there are ICM1" in capsys.readouterr().err
    assert call(monkeypatch, "--out", str(tmp_path), "--only", "two-task", "--decimate", "2") == 2
    assert "epochs keep 500 Hz" in capsys.readouterr().err
    assert call(monkeypatch, "--out", str(tmp_path), "--only", "ICM8", "--scale", "0.0001") == 2
    assert "leaves 0 positives to train and 0 to test on" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        call(monkeypatch, "--out", str(tmp_path), "--scale", "0")
    assert "0: give a share of the paper's windows, above 0" in capsys.readouterr().err
