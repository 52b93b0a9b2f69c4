"""Recordings without discharges are read as background: electrodes by name, in microvolts, in whole stretches."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.datasets.background import HEARTS, TEMPO, background, mirrored, stretches, subject_of, varied
from models.errors import DataError
from tests.models.datasets.background_recording import RATE_HZ, a_recording


def test_electrodes_are_named_and_scaled(tmp_path: Path) -> None:
    """Millivolts become microvolts; the ECG is not among the electrodes."""
    path = a_recording(tmp_path / "carl.npz", 4, unit="mV")
    found = background(path)
    assert found.labels[:2] == ("Fp1", "Fp2")
    assert len(found.labels) == 19
    assert found.samples.std() == pytest.approx(1000 * np.load(path)["x"][:19].std(), rel=1e-5)


def test_a_stretch_with_a_hole_is_not_used(tmp_path: Path) -> None:
    """Nothing is laid on samples that are not there."""
    found = background(a_recording(tmp_path / "dora.npz", 4))
    # Sample 100 lies in the first 12 s: the stretch from 12 s on is whole.
    found.samples[3, 100] = np.nan
    assert [stretch.name for stretch in stretches(found, 12.0)] == ["dora@12s"]


def test_a_recording_without_electrodes_is_refused(tmp_path: Path) -> None:
    """The line names the file and what is missing."""
    path = tmp_path / "few.npz"
    np.savez(path, x=np.zeros((2, 5000)), fs=RATE_HZ, labels=np.array(["Fp1", "C3"]), units=np.array(["uV", "uV"]))
    with pytest.raises(DataError, match=r"few.npz: has 2 electrodes of the 10-20 system, needs 10"):
        background(path)


@pytest.mark.parametrize(
    ("path", "subject"),
    [("Subject04_1.edf", "Subject04"), ("eeg/sub-07/eeg/sub-07_task-rest_eeg.edf", "sub-07"), ("night.edf", "night")],
)
def test_a_files_name_says_whose_it_is(path: str, subject: str) -> None:
    """BIDS names its subject; others have it before the first underscore."""
    assert subject_of(Path(path)) == subject


@pytest.mark.parametrize(("label", "other"), [("F3", "F4"), ("T8", "T7"), ("O1", "O2"), ("Cz", "Cz"), ("Fp2", "Fp1")])
def test_the_electrode_on_the_other_side(label: str, other: str) -> None:
    """Odd numbers are on the left, even ones on the right, and z is in the middle."""
    assert mirrored(label) == other


def test_a_varied_stretch_has_another_tempo_and_at_times_its_sides_changed(tmp_path: Path) -> None:
    """The samples stay as they are, or have a heart laid on; labels are the same set, in their order or mirrored."""
    [first, *_] = stretches(background(a_recording(tmp_path / "emma.npz", 4)), 12.0)
    rng = np.random.default_rng(0)
    found = [varied(first, rng) for _ in range(40)]
    hearts = [one.samples - first.samples for one in found if one.samples is not first.samples]
    assert 0.5 * HEARTS < len(hearts) / len(found) < 1.5 * HEARTS
    # One course for the whole head: nothing else was added.
    assert all(np.linalg.matrix_rank(heart, tol=1e-3 * np.abs(heart).max()) == 1 for heart in hearts)
    tempos = [one.rate_hz / first.rate_hz for one in found]
    assert TEMPO[0] <= min(tempos) < 0.95
    assert 1.05 < max(tempos) < TEMPO[1]
    assert {one.labels for one in found} == {first.labels, tuple(mirrored(label) for label in first.labels)}


def test_sides_are_not_changed_where_one_is_not_whole(tmp_path: Path) -> None:
    """Without T7, the electrode opposite of T8 would be one that nobody recorded."""
    [first, *_] = stretches(background(a_recording(tmp_path / "finn.npz", 4)), 12.0)
    kept = [at for at, label in enumerate(first.labels) if label not in {"T3", "T7"}]
    half = replace(first, samples=first.samples[kept], labels=tuple(first.labels[at] for at in kept))
    rng = np.random.default_rng(0)
    assert {varied(half, rng).labels for _ in range(40)} == {half.labels}
