"""A folder is taken for what it is, and a folder of EDF+ or BIDS files becomes a window set."""

from collections.abc import Callable
from pathlib import Path

import pytest

from models.datasets.catalogue import recognise
from models.datasets.inspection import inspect
from models.datasets.preparation import prepare
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


@pytest.mark.parametrize(("write", "name"), [(edf_folder, "edf"), (bids_folder, "bids"), (tuev_tree, "tuev")])
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
