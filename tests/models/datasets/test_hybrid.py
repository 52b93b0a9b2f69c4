"""Recordings without discharges become a window set with simulated ones on them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.datasets import hybrid
from models.datasets.hybrid import Mix
from models.datasets.windowset import SPLITS, WindowSet
from models.errors import DataError
from tests.models.datasets.background_recording import a_recording

SMALL = Mix(copies=2, seed=5, stretch_s=12.0)


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
    """Copies 0 to 2 of every stretch carry no discharge, and give negatives only."""
    names = np.array(made.header.recordings)[made.recording]
    bare = np.array([name.endswith(("+0", "+1", "+2")) for name in names])
    assert made.label[bare].sum() == 0
    assert made.label[~bare].sum() > 50
    # Two stretches of 12 s a recording, each five times.
    assert len(set(names)) == 3 * 2 * 5


def test_a_person_is_in_one_part_and_several_people_make_two(made: WindowSet) -> None:
    """The first of two people validates; no window is for testing."""
    parts = {subject: set(made.split[made.subject == number]) for number, subject in enumerate(made.header.subjects)}
    assert parts == {"ann": {SPLITS.index("validation")}, "bob": {SPLITS.index("train")}}


def test_a_bare_stretch_is_cut_about_as_densely_as_it_is_looked_at_in_use(made: WindowSet) -> None:
    """Three passes of windows 48 samples apart, each beginning elsewhere."""
    first = made.header.recordings.index("ann_1@0s+0")
    starts = np.sort(made.start_s[(made.recording == first) & (made.group == 0)]) * 128.0
    # 12 s hold 28 windows a pass; the filters settle over the first ones, which are left out.
    assert 3 * 22 <= len(starts) <= 3 * 28
    assert len(set(starts % 48)) == 3


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
    # One person and two patients: nobody to validate on, so the set prescribes nothing for either.
    assert not both.split.any()


def test_simulated_patients_wear_the_electrodes_that_are_asked_for(recordings: list[Path], tmp_path: Path) -> None:
    """A detector for the scalp alone need not learn depth leads."""
    mix = replace(SMALL, copies=1, patients=2, layouts=("scalp",))
    made = hybrid.write(tmp_path / "set", recordings[:1], mix)
    assert made.header.montages == ("scalp",)
    assert len(made.header.subjects) == 1 + 2
    assert "2 wholly simulated patients (scalp)" in made.header.note


def test_two_recordings_of_one_name_are_refused(recordings: list[Path], tmp_path: Path) -> None:
    """Their copies could not be told apart."""
    with pytest.raises(DataError, match="ann_1: two recordings have this name"):
        hybrid.write(tmp_path / "set", [recordings[0], recordings[0]], SMALL)
