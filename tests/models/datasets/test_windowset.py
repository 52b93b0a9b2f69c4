"""A window set on disk returns what went in, in little memory, and refuses what is damaged."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.datasets.arrayfile import HEADER_BYTES, ArrayFile
from models.datasets.windowset import COLUMNS, HEADER, WINDOWS, Header, Reader, WindowSet, load
from models.datasets.windowset_writer import Writer
from models.errors import DataError

SHAPE = Header("test", channels=2, window_samples=3, rate_hz=128.0, command="by hand")


def numbered(count: int, first: int = 0) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    """Windows whose every sample is the window's number."""
    return np.broadcast_to(np.arange(first, first + count, dtype=np.float32)[:, None, None], (count, 2, 3))


def written(folder: Path) -> WindowSet:
    """Two patients: three windows of one, with stages; two of the other, held for testing."""
    with Writer(folder, SHAPE) as writer:
        starts_s = np.arange(3) / 2
        writer.add(
            numbered(3), np.array([0, 1, 0]), starts_s, subject="anna", recording="a1", group="left", montage="scalp",
            stages=np.array([1, 2, 0]),
        )  # fmt: skip
        writer.add(
            numbered(2, 3), np.array([1, 1]), starts_s[:2], subject="ben", recording="b1", group="LA", montage="shaft",
            split="test",
        )  # fmt: skip
    return load(folder)


def test_every_column_comes_back(tmp_path: Path) -> None:
    """Names are numbered in the order they came; what was not given is unknown."""
    found = written(tmp_path / "set")
    assert found.windows[:, 0, 0].tolist() == [0, 1, 2, 3, 4]
    assert found.label.tolist() == [0, 1, 0, 1, 1]
    assert found.stage.tolist() == [1, 2, 0, 0, 0]
    assert found.split.tolist() == [0, 0, 0, 3, 3]
    assert [found.header.subjects[number] for number in found.subject] == ["anna"] * 3 + ["ben"] * 2
    assert [found.header.montages[number] for number in found.montage] == ["scalp"] * 3 + ["shaft"] * 2
    assert (found.header.recordings, found.header.groups) == (("a1", "b1"), ("left", "LA"))
    assert found.start_s.tolist() == [0, 0.5, 1, 0, 0.5]
    assert (found.header.bandpass_hz, found.header.command) == ((1.0, 50.0), "by hand")


@settings(deadline=None)
@given(numbers=st.lists(st.integers(0, 4), max_size=12))
def test_taking_windows_is_indexing(numbers: list[int], tmp_path_factory: pytest.TempPathFactory) -> None:
    """Any windows in any order, the same one twice included, are those that the map holds there."""
    found = written(tmp_path_factory.mktemp("sets") / "set")
    indices = np.array(numbers, np.int64)
    reader = Reader(found)
    assert np.array_equal(reader.take(indices), found.windows[indices])
    reader.close()


@pytest.mark.parametrize("context_samples", [0, 1, 4])
def test_a_reader_gives_as_much_of_the_past_as_is_wanted(context_samples: int, tmp_path: Path) -> None:
    """Windows with less of their past are the ends of those with more."""
    past = dataclasses.replace(SHAPE, context_samples=4)
    samples = np.arange(5 * 2 * 7, dtype=np.float32).reshape(5, 2, 7)
    with Writer(tmp_path / "set", past) as writer:
        writer.add(samples, np.zeros(5, int), np.zeros(5), subject="a", recording="a", group="g", montage="m")
    # Backwards and twice: training draws windows in any order, and some more than once.
    found, indices = load(tmp_path / "set"), np.array([3, 0, 3])
    reader = Reader(found, context_samples)
    assert np.array_equal(reader.take(indices), samples[indices][:, :, 4 - context_samples :])
    assert reader.take(indices).shape == (3, 2, context_samples + 3)
    reader.close()


def test_more_of_the_past_than_there_is_is_one_clear_line(tmp_path: Path) -> None:
    """What the set has, what the network needs, and the option that makes such a set."""
    with pytest.raises(DataError) as refused:
        Reader(written(tmp_path / "set"), 509)
    line = str(refused.value)
    assert line.startswith(f"{tmp_path / 'set'}: its windows bring 0 samples of their past")
    assert "looks back on 509" in line
    assert line.endswith("make the set with `--context 509`")
    assert "\n" not in line


def test_an_unfinished_set_is_refused(tmp_path: Path) -> None:
    """A writer that was interrupted leaves no header, and the folder is reported as unfinished."""
    seven = np.zeros((1, 7, 7), np.float32)
    with pytest.raises(ValueError, match="do not fit"), Writer(tmp_path, SHAPE) as writer:
        writer.add(seven, np.array([1]), np.zeros(1), subject="a", recording="a", group="g", montage="m")
    with pytest.raises(DataError, match="no finished window set"):
        load(tmp_path)


def test_a_finished_set_is_never_overwritten(tmp_path: Path) -> None:
    """Preparing into a folder that holds a set needs another name."""
    written(tmp_path)
    with pytest.raises(DataError, match="already"):
        Writer(tmp_path, SHAPE)


@pytest.mark.parametrize("name", [WINDOWS, *(f"{column}.npy" for column in COLUMNS)])
@pytest.mark.parametrize("damage", ["missing", "cut off", "another type"])
def test_a_damaged_file_is_named(name: str, damage: str, tmp_path: Path) -> None:
    """A file that is missing, cut off or of another type is one line with its name and the remedy."""
    written(tmp_path)
    path = tmp_path / name
    if damage == "missing":
        path.unlink()
    elif damage == "cut off":
        path.write_bytes(path.read_bytes()[:-1])
    else:
        np.save(path, np.load(path).astype(np.int16))
    with pytest.raises(DataError, match=rf"{name}.*spikewatch data prepare"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("key", "value"), [("channels", 3), ("window_samples", 4), ("unknown", 1), ("bandpass_hz", None)]
)
def test_a_header_that_does_not_fit_is_refused(key: str, value: object, tmp_path: Path) -> None:
    """Unknown keys, and shapes that the file has not."""
    written(tmp_path)
    header = json.loads((tmp_path / HEADER).read_text())
    (tmp_path / HEADER).write_text(json.dumps(header | {key: value}))
    with pytest.raises(DataError, match="spikewatch data prepare"):
        load(tmp_path)


def test_a_file_cut_off_while_open_is_noticed(tmp_path: Path) -> None:
    """Windows that are no longer there are an error, never zeros."""
    reader = Reader(written(tmp_path))
    with (tmp_path / WINDOWS).open("r+b") as file:
        # Two windows of 2 x 3 float32 are left.
        file.truncate(HEADER_BYTES + 2 * 24)
    assert reader.take(np.array([1]))[0, 0, 0] == 1
    with pytest.raises(DataError, match="window 2 cannot be read"):
        reader.take(np.array([2]))
    reader.close()


@settings(deadline=None)
@given(sizes=st.lists(st.integers(0, 5), max_size=6))
def test_an_array_grows_as_rows_come(sizes: list[int], tmp_path_factory: pytest.TempPathFactory) -> None:
    """However rows are split, numpy reads them all back, in order."""
    path = tmp_path_factory.mktemp("arrays") / "rows.npy"
    rows = np.random.default_rng(len(sizes)).normal(size=(sum(sizes), 4))
    growing = ArrayFile(path, (4,), "float64")
    for piece in np.split(rows, np.cumsum(sizes)[:-1]) if sizes else []:
        growing.append(piece)
    growing.close()
    assert np.array_equal(np.load(path), rows)


def test_rows_of_another_shape_are_refused(tmp_path: Path) -> None:
    """A row too long would shift all that follow."""
    growing = ArrayFile(tmp_path / "rows.npy", (4,), "float32")
    with pytest.raises(ValueError, match="do not fit"):
        growing.append(np.zeros((1, 5)))
    growing.close()
