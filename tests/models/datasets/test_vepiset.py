"""vEpiSet's files as its group's code writes them, and everything else skipped with its reason."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import scipy.io

from models.datasets import vepiset
from models.datasets.annotations import Labelled, Mark, Skipped, StageSpan
from models.readers.recording import read
from tests.models.datasets.handmade import edf_bytes

REMARKS = (("0.5", "Waking"), ("6.0", "!"), ("9.0", "Sleeping"), ("10.0", "!start"), ("15.5", "!end"), ("17.0", "eats"))


def mat(path: Path, events: Sequence[tuple[str, str]] = REMARKS, *, scale: float = 3e-5, channels: int = 29) -> Path:
    """Write 24 s of noise with remarks."""
    # 30 microvolts in volts, as a scalp electrode has.
    noise = scale * np.random.default_rng(0).normal(size=(channels, 12_000))
    scipy.io.savemat(path, {"eeg_data": noise, "events": np.array([(at, "0", text) for at, text in events])})
    return path


def only(folder: Path) -> Labelled | Skipped:
    """Read a folder of one recording."""
    (found,) = vepiset.read(folder)
    return found


def test_remarks_become_discharges_intervals_and_stages(tmp_path: Path) -> None:
    """An instant, a stretch between start and end, waking until sleeping, and a word that means nothing."""
    mat(tmp_path / "DA00102R.mat")
    found = only(tmp_path)
    assert isinstance(found, Labelled)
    assert found.marks == (Mark(6.0, 0.0, "ied"), Mark(10.0, 5.5, "ied"), Mark(17.0, 0.0, "eats"))
    assert found.stages == (StageSpan(0.5, 8.5, "W"), StageSpan(9.0, 15.0, "asleep"))
    assert (found.subject, found.complete, found.recording.rate_hz) == ("DA00102R", True, 500.0)
    assert found.recording.samples.shape == (29, 12_000)
    assert set(found.recording.units) == {"V"}


def test_a_cell_array_of_events_is_read(tmp_path: Path) -> None:
    """As MATLAB keeps texts of different lengths, with numbers among them; `score` reads the same file."""
    path = mat(tmp_path / "DA00102R.mat")
    cells = np.array([(float(at), "0", text) for at, text in REMARKS], object)
    scipy.io.savemat(path, {"eeg_data": scipy.io.loadmat(path)["eeg_data"], "events": cells})
    found = only(tmp_path)
    assert isinstance(found, Labelled)
    assert found.marks == (Mark(6.0, 0.0, "ied"), Mark(10.0, 5.5, "ied"), Mark(17.0, 0.0, "eats"))
    recording = read(path)
    assert (recording.labels[12], recording.types[27], recording.rate_hz) == ("T3", "EMG", 500.0)
    assert [note.text for note in recording.annotations] == [text for _, text in REMARKS]
    np.testing.assert_array_equal(recording.samples, found.recording.samples)


def test_epochs_are_labelled_with_a_guard(tmp_path: Path) -> None:
    """A mark within 0.1 s of an epoch's edge is in none; an interval touches epochs 2 and 3."""
    # 20.05 s lies 50 ms behind an edge of epochs.
    mat(tmp_path / "a.mat", [*REMARKS[:5], ("20.05", "!")])
    found = only(tmp_path)
    assert isinstance(found, Labelled)
    # Epochs of 4 s: 6 s lies in epoch 1, 10 to 15.5 s in epochs 2 and 3, and 20.05 s in none.
    assert vepiset.epoch_labels(found).tolist() == [0, 1, 1, 1, 0, 0]


WRONG = {
    "soon": ([("soon", "!")], '"soon", which is no number of seconds'),
    "outside": ([("24.5", "!")], "a discharge is marked at 24.5 s of 24 s"),
    "alone": ([("3", "!start")], "without its other end"),
    "nan": ([("nan", "!")], "an event is at nan s"),
}


@pytest.mark.parametrize(("events", "why"), WRONG.values(), ids=WRONG)
def test_wrong_events_are_a_reason(tmp_path: Path, events: list[tuple[str, str]], why: str) -> None:
    """The file is skipped whole."""
    mat(tmp_path / "a.mat", events)
    found = only(tmp_path)
    assert isinstance(found, Skipped)
    assert why in found.reason


def test_files_of_another_form_are_skipped(tmp_path: Path) -> None:
    """Another number of channels, microvolts, no remarks, another rate, damaged bytes."""
    mat(tmp_path / "a.mat", channels=28)
    # Numbers around 30, as microvolts have them: as volts no scalp gives them.
    mat(tmp_path / "b.mat", scale=30.0)
    (tmp_path / "c.mat").write_bytes(b"MATLAB 5.0 MAT-file" + bytes(200))
    scipy.io.savemat(tmp_path / "d.mat", {"eeg_data": np.zeros((29, 9)), "events": np.zeros((2, 2))})
    (tmp_path / "e.edf").write_bytes(edf_bytes(["Fp1"], np.zeros((1, 1000), np.int16)))
    reasons = [found.reason for found in vepiset.read(tmp_path) if isinstance(found, Skipped)]
    wanted = "no `eeg_data` of 29", "cannot be volts", "cannot be read as .mat", "no `events` of text", "has 250 Hz"
    assert len(reasons) == len(wanted)
    assert all(want in reason for want, reason in zip(wanted, reasons, strict=True))


def test_a_folder_of_mat_files_alone_is_recognised(tmp_path: Path) -> None:
    """Beside other recordings it is something else."""
    assert not vepiset.is_vepiset(tmp_path)
    mat(tmp_path / "a.mat")
    assert vepiset.is_vepiset(tmp_path)
    (tmp_path / "b.edf").write_bytes(b"")
    assert not vepiset.is_vepiset(tmp_path)
