"""Recordings without discharges become a window set with simulated ones on them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.datasets import hybrid
from models.datasets.hybrid import Mix, background, subject_of
from models.datasets.windowset import WindowSet
from models.errors import DataError
from models.simulate import simulate

SMALL = Mix(copies=2, seed=5, stretch_s=12.0)
RATE_HZ = 256.0


def a_recording(path: Path, seed: int, seconds: float = 26.0, unit: str = "uV") -> Path:
    """Write a quiet person's EEG with an ECG beside it, electrodes named as a hospital names them."""
    quiet = simulate(seed, seconds, rate_hz=RATE_HZ, plan=[("W", 100.0)], ied_rate_per_min=0.0)
    labels = [*(f"EEG {name}-REF" for name in quiet.labels), "ECG"]
    samples = np.concatenate([quiet.samples, np.full_like(quiet.samples[:1], 500.0)])
    np.savez(path, x=samples, fs=RATE_HZ, labels=np.array(labels), units=np.array([unit] * len(labels)))
    return path


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return recordings of two people, the first with two."""
    folder = tmp_path_factory.mktemp("background")
    return [a_recording(folder / f"{name}.npz", seed) for seed, name in enumerate(("ann_1", "ann_2", "bob_1"))]


@pytest.fixture(scope="module")
def made(recordings: list[Path], tmp_path_factory: pytest.TempPathFactory) -> WindowSet:
    """Return the set of the three recordings."""
    return hybrid.write(tmp_path_factory.mktemp("hybrid") / "set", recordings, SMALL)


def test_positives_come_from_laid_copies_alone(made: WindowSet) -> None:
    """Copy 0 of every stretch is the recording as it is, and gives negatives only."""
    names = np.array(made.header.recordings)[made.recording]
    bare = np.array([name.endswith("+0") for name in names])
    assert made.label[bare].sum() == 0
    assert made.label[~bare].sum() > 50
    # Two stretches of 12 s a recording, each three times.
    assert len(set(names)) == 3 * 2 * 3


def test_subjects_are_the_people_recorded(made: WindowSet) -> None:
    """A split by subject then keeps all copies of a person on one side."""
    assert made.header.subjects == ("ann", "bob")
    assert made.header.source == "hybrid"
    assert "3 recordings of 2 people" in made.header.note


def test_an_interrupted_run_goes_on_and_gives_the_same_bytes(
    recordings: list[Path], made: WindowSet, tmp_path: Path
) -> None:
    """What is finished is not made again; what was cut short is."""
    out = tmp_path / "set"

    def interrupt(name: str) -> None:
        if name == "ann_2.npz":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        hybrid.write(out, recordings, SMALL, watch=interrupt)
    finished = out / "parts" / "00000-ann_1" / "windows.npy"
    before = finished.stat().st_mtime_ns
    unfinished = out / "parts" / "00001-ann_2"
    # The header is written last: a part without it counts as unfinished.
    (unfinished / "windowset.json").unlink()

    kept: list[int] = []
    again = hybrid.write(out, recordings, SMALL, watch=lambda _: kept.append(finished.stat().st_mtime_ns))
    assert set(kept) == {before}
    for file in made.folder.iterdir():
        assert file.read_bytes() == (again.folder / file.name).read_bytes(), file.name
    assert not (out / "parts").exists()


def test_parts_of_other_settings_are_refused(recordings: list[Path], tmp_path: Path) -> None:
    """Else a run that resumes with another seed would join both kinds without a word."""

    def interrupt(_name: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        hybrid.write(tmp_path / "set", recordings, SMALL, watch=interrupt)
    with pytest.raises(DataError, match="00000-ann_1: was made with other settings"):
        hybrid.write(tmp_path / "set", recordings, replace(SMALL, seed=6))


def test_wholly_simulated_patients_stand_beside_the_recordings(recordings: list[Path], tmp_path: Path) -> None:
    """Without depth leads in the mix a network forgets them."""
    both = hybrid.write(tmp_path / "set", recordings[:1], replace(SMALL, copies=1, patients=2))
    assert both.header.montages == ("scalp", "shaft")
    assert len(both.header.subjects) == 1 + 2


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
    assert [stretch.name for stretch in hybrid.stretches(found, 12.0)] == ["dora@12s"]


def test_a_recording_without_electrodes_is_refused(tmp_path: Path) -> None:
    """The line names the file and what is missing."""
    path = tmp_path / "few.npz"
    np.savez(path, x=np.zeros((2, 5000)), fs=RATE_HZ, labels=np.array(["Fp1", "C3"]), units=np.array(["uV", "uV"]))
    with pytest.raises(DataError, match=r"few.npz: has 2 electrodes of the 10-20 system, needs 10"):
        background(path)


def test_two_recordings_of_one_name_are_refused(recordings: list[Path], tmp_path: Path) -> None:
    """Their copies could not be told apart."""
    with pytest.raises(DataError, match="ann_1: two recordings have this name"):
        hybrid.write(tmp_path / "set", [recordings[0], recordings[0]], SMALL)


@pytest.mark.parametrize(
    ("path", "subject"),
    [("Subject04_1.edf", "Subject04"), ("eeg/sub-07/eeg/sub-07_task-rest_eeg.edf", "sub-07"), ("night.edf", "night")],
)
def test_a_files_name_says_whose_it_is(path: str, subject: str) -> None:
    """BIDS names its subject; others have it before the first underscore."""
    assert subject_of(Path(path)) == subject
