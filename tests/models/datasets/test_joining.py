"""Several window sets become one, every window with its own names."""

from pathlib import Path

import numpy as np
import pytest

from models.datasets.joining import join, together
from models.datasets.windowset import Header, WindowSet, load
from models.datasets.windowset_writer import Writer
from models.errors import DataError

HEADER = Header("test", 5, 192, 128.0, unit="uV")


def a_set(folder: Path, first: int, header: Header = HEADER, split: str = "train") -> WindowSet:
    """Write six windows, each filled with its number from `first` on, of two recordings of one subject."""
    with Writer(folder, header) as writer:
        for recording in range(2):
            numbers = first + 3 * recording + np.arange(3)
            windows = np.broadcast_to(numbers[:, None, None], (3, 5, header.window_samples)).astype(np.float32)
            writer.add(
                windows, numbers % 2, numbers / 10, subject=f"s{first}", recording=f"r{first}-{recording}",
                group="left", montage="scalp", split=split, stages=np.full(3, 2, np.uint8),
            )  # fmt: skip
    return load(folder)


def test_every_window_keeps_its_columns(tmp_path: Path) -> None:
    """Windows follow each other in the order of the sets; names are those that they had."""
    for number in (0, 6):
        a_set(tmp_path / str(number), number)
    joined = join([tmp_path / "0", tmp_path / "6"], tmp_path / "both", HEADER)
    assert joined.windows[:, 0, 0].tolist() == list(range(12))
    assert joined.label.tolist() == [0, 1] * 6
    assert joined.start_s.tolist() == [number / 10 for number in range(12)]
    assert [joined.header.subjects[number] for number in joined.subject] == ["s0"] * 6 + ["s6"] * 6
    names = [name for name in ("r0-0", "r0-1", "r6-0", "r6-1") for _ in range(3)]
    assert [joined.header.recordings[number] for number in joined.recording] == names
    assert set(joined.split.tolist()) == {1}
    assert set(joined.stage.tolist()) == {2}


def test_windows_of_another_length_are_refused(tmp_path: Path) -> None:
    """The line names the set and what differs; nothing finished is left."""
    a_set(tmp_path / "long", 0)
    a_set(tmp_path / "short", 0, Header("test", 5, 96, 128.0, unit="uV"))
    with pytest.raises(DataError, match="short: window_samples is 96, of the other sets 192"):
        join([tmp_path / "long", tmp_path / "short"], tmp_path / "both", HEADER)
    assert not (tmp_path / "both" / "windowset.json").exists()


def test_a_joined_set_says_what_it_is_made_of(tmp_path: Path) -> None:
    """Names, notes and commands of its sets, and its own command."""
    for number, source in enumerate(("tuev", "hybrid")):
        made = Header(source, 5, 192, 128.0, unit="uV", note=f"note {number}", command=f"make {number}")
        a_set(tmp_path / f"set-{number}", number, made)
    joined = together([tmp_path / "set-0", tmp_path / "set-1"], tmp_path / "both", "join them")
    assert len(joined) == 12
    assert (joined.header.source, joined.header.command) == ("tuev and hybrid", "join them")
    assert joined.header.note == "set-0: note 0 (`make 0`); set-1: note 1 (`make 1`)"


def test_a_person_who_trains_in_one_set_and_validates_in_another_is_refused(tmp_path: Path) -> None:
    """The line names the set and the person."""
    for name, split in (("one", "train"), ("two", "validation")):
        a_set(tmp_path / name, 0, split=split)
    with pytest.raises(DataError, match="two: s0 is in other parts"):
        together([tmp_path / "one", tmp_path / "two"], tmp_path / "both", "join them")


def test_a_set_that_is_named_twice_is_refused(tmp_path: Path) -> None:
    """Its windows would count twice."""
    a_set(tmp_path / "one", 0)
    with pytest.raises(DataError, match="a set is named twice"):
        together([tmp_path / "one", tmp_path / "one"], tmp_path / "both", "join them")
