"""A folder is taken for what it is, and a folder of EDF+ or BIDS files becomes a window set."""

from collections.abc import Callable
from pathlib import Path

import edfio
import numpy as np
import pytest

from models.datasets.annotations import Labelled
from models.datasets.formats import recognise
from models.datasets.inspection import inspect
from models.datasets.preparation import prepare
from models.signal.electrodes import TEN_TWENTY
from tests.models.datasets.edfplus import edf_plus
from tests.models.datasets.handmade import tuev_tree

EVENTS = "onset\tduration\ttrial_type\n8.4\t0\tIED\n14\t1\tblink\n"


def edf_folder(folder: Path) -> Path:
    """Write two patients, a discharge each, and a recording that nobody read."""
    for name in ("anna_1", "ben_1"):
        (folder / f"{name}.edf").write_bytes(edf_plus([(8.4, 0, "spike T3"), (14, 1, "blink")], seed=len(name)))
    (folder / "carl_1.edf").write_bytes(edf_plus([(3, 0, "lights off")]))
    return folder


def bids_folder(folder: Path) -> Path:
    """Write the same two patients, and one without events."""
    for name in ("sub-anna", "sub-ben", "sub-carl"):
        (folder / name / "eeg").mkdir(parents=True)
        (folder / name / "eeg" / f"{name}_task-rest_eeg.edf").write_bytes(edf_plus([]))
        if name != "sub-carl":
            (folder / name / "eeg" / f"{name}_task-rest_events.tsv").write_text(EVENTS)
    return folder


def npz_folder(folder: Path) -> Path:
    """Write windows of two people, some held for testing, and a file that is none."""
    windows = np.arange(6 * 5 * 192, dtype=np.float32).reshape(6, 5, 192)
    splits = np.array(["train"] * 4 + ["test"] * 2)
    for name in ("anna", "ben"):
        np.savez(folder / f"{name}.npz", windows=windows, labels=[0, 1] * 3, rate_hz=128.0, splits=splits)
    np.savez(folder / "carl.npz", x=windows)
    return folder


FOLDERS = [(edf_folder, "edf"), (bids_folder, "bids"), (tuev_tree, "tuev"), (npz_folder, "arrays")]


@pytest.mark.parametrize(("write", "name"), FOLDERS)
def test_a_folder_is_taken_for_what_it_is(tmp_path: Path, write: Callable[[Path], Path], name: str) -> None:
    """The more particular first: a BIDS data set of .edf files is one, and TUH's corpus is its own."""
    assert recognise(write(tmp_path)).name == name


@pytest.mark.parametrize("write", [edf_folder, bids_folder])
def test_marked_recordings_become_windows(tmp_path: Path, write: Callable[[Path], Path]) -> None:
    """Two people's windows, positive where the discharge is; what nobody read is named; other words are listed."""
    (tmp_path / "raw").mkdir()
    raw = write(tmp_path / "raw")
    made = prepare(raw, tmp_path / "set")
    assert (made.read, len(made.skipped), len(made.windowset.header.subjects)) == (2, 1, 2)
    starts_s = made.windowset.start_s[made.windowset.label == 1]
    assert set(starts_s.tolist()) <= {7.5, 8.0}
    assert made.cut.positives == len(starts_s) == 4
    found = inspect(raw)
    assert (found.labels[""]["ied"], found.unknown) == (2, {"blink": 2})


def test_windows_of_npz_become_a_set_as_they_are(tmp_path: Path) -> None:
    """With their people and parts; `check` counts them, and names what is no windows."""
    (tmp_path / "raw").mkdir()
    raw = npz_folder(tmp_path / "raw")
    made = prepare(raw, tmp_path / "set")
    assert (made.read, made.cut.positives, made.cut.negatives, len(made.skipped)) == (2, 6, 6, 1)
    assert made.windowset.header.subjects == ("anna", "ben")
    assert np.array_equal(made.windowset.windows[:4], np.load(raw / "anna.npz")["windows"][:4])
    found = inspect(raw)
    assert found.labels == {"test": {"without": 2, "with": 2}, "train": {"without": 4, "with": 4}}
    assert (found.subjects, found.unknown, [one.path.name for one in found.skipped]) == (2, {}, ["carl.npz"])


def test_the_montage_says_which_electrodes_rate_is_read(tmp_path: Path) -> None:
    """Scalp electrodes at 256 Hz beside a lead at 512 Hz: prepared for either, each is there."""
    noise = np.random.default_rng(0).normal(scale=20, size=512 * 10)
    scalp = [edfio.EdfSignal(noise[: 256 * 10], 256, label=name, physical_dimension="uV") for name in TEN_TWENTY[:8]]
    lead = [edfio.EdfSignal(noise, 512, label=f"LA{k}", physical_dimension="uV") for k in range(1, 13)]
    edfio.Edf([*scalp, *lead]).write(tmp_path / "a.edf")
    (tmp_path / "a.csv").write_text("onset,label\n2,spike\n")
    for montage, rate_hz in (("scalp", 256.0), ("shaft", 512.0)):
        (found,) = recognise(tmp_path, montage=montage).read(tmp_path)
        assert isinstance(found, Labelled)
        assert found.opened.head.rate_hz == rate_hz
