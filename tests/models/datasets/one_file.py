"""A folder of one recording, read as a data set, and the notes of one that has marks and stages."""

from pathlib import Path

from models.datasets import edf
from models.datasets.annotations import Labelled, Mark, Skipped, StageSpan
from tests.models.datasets.edfplus import Note

NOTES: list[Note] = [
    (0, 8, "Sleep stage W"), (2.5, 0, "spike T3"), (8, 12, "Sleep stage 2"), (8.25, 1.5, "sharp wave"),
    (12, 0, "no spikes"),
]  # fmt: skip
MARKS = (Mark(2.5, 0.0, "ied", "T3"), Mark(8.25, 1.5, "ied"), Mark(12.0, 0.0, "no spikes"))
STAGES = (StageSpan(0.0, 8.0, "W"), StageSpan(8.0, 12.0, "N2"))


def only(folder: Path) -> Labelled | Skipped:
    """Read a folder of one file."""
    (found,) = edf.read(folder)
    return found


def recording(folder: Path) -> Labelled:
    """Read a folder of one file that can be read."""
    found = only(folder)
    assert isinstance(found, Labelled), found
    return found


def reason(folder: Path) -> str:
    """Return why the one file of a folder cannot be read."""
    found = only(folder)
    assert isinstance(found, Skipped), found
    assert "\n" not in found.reason
    return found.reason
