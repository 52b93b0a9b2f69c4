"""Windows from .npz files go into a set as they are, or the file is skipped with what is wrong."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from models.datasets import arrays
from models.datasets.annotations import Skipped
from models.datasets.windowset import STAGE_CODES, Header, WindowSet, load
from models.datasets.windowset_writer import Writer
from models.datasets.writing import Cut
from models.errors import DataError

# Windows of another size than any shipped network takes: nothing here may depend on it.
WINDOWS = np.random.default_rng(0).normal(size=(6, 2, 8)).astype(np.float32)
LABELS = np.array([0, 1, 0, 0, 1, 0])
SHAPE = Header("arrays", 2, 8, 128.0)


def good(**others: object) -> dict[str, Any]:
    """Return the arrays of a file; None takes one away."""
    given: dict[str, Any] = {"windows": WINDOWS, "labels": LABELS, "rate_hz": 128.0, **others}
    return {name: value for name, value in given.items() if value is not None}


def taken(folder: Path, shape: Header = SHAPE) -> tuple[WindowSet, list[Cut | Skipped]]:
    """Take a folder's windows into a set."""
    with Writer(folder / "set", shape) as writer:
        found = list(arrays.read(folder))
        outcomes = [one if isinstance(one, Skipped) else arrays.write(one, writer) for one in found]
    return load(folder / "set"), outcomes


def test_windows_come_as_they_are(tmp_path: Path) -> None:
    """Samples to the bit; the file is the subject, and windows follow each other, where nothing else is given."""
    np.savez(tmp_path / "anna.npz", **good())
    ws, outcomes = taken(tmp_path)
    assert np.array_equal(ws.windows, WINDOWS)
    assert ws.label.tolist() == LABELS.tolist()
    # One behind the other: 8 samples at 128 Hz each.
    assert ws.start_s.tolist() == [k * 8 / 128 for k in range(6)]
    assert (ws.header.subjects, ws.header.recordings, outcomes) == (("anna",), ("anna",), [Cut(2, 4)])
    assert not ws.stage.any()
    assert not ws.split.any()
    assert arrays.header(tmp_path) == SHAPE
    assert arrays.is_arrays(tmp_path)


def test_windows_may_begin_with_their_past(tmp_path: Path) -> None:
    """Three samples of eight are past; a past that leaves no window is refused in one line."""
    np.savez(tmp_path / "anna.npz", **good())
    shape = arrays.header(tmp_path, 3)
    assert (shape.window_samples, shape.context_samples) == (5, 3)
    ws, outcomes = taken(tmp_path, shape)
    assert np.array_equal(ws.windows, WINDOWS)
    assert outcomes == [Cut(2, 4)]
    with pytest.raises(DataError, match="its windows have 8 samples, no more than a past of 8"):
        arrays.header(tmp_path, 8)


def test_what_is_said_of_each_window_comes_along(tmp_path: Path) -> None:
    """Whose, when, in which stage and part: each window keeps its own."""
    subjects = np.array(["a", "b", "a", "b", "a", "a"])
    stages, splits = np.array(["W", "N2", "R", "W", "asleep", "unknown"]), np.array(["train"] * 3 + ["test"] * 3)
    starts_s = np.array([3.0, 1, 4, 1, 5, 9])
    np.savez(tmp_path / "x.npz", **good(subjects=subjects, stages=stages, splits=splits, starts_s=starts_s))
    ws, _ = taken(tmp_path)
    found = {
        tuple(ws.windows[k].ravel().tolist()): (
            int(ws.label[k]), ws.header.subjects[ws.subject[k]], STAGE_CODES[ws.stage[k]], int(ws.split[k]),
            float(ws.start_s[k]),
        )
        for k in range(6)
    }  # fmt: skip
    for k in range(6):
        told = int(LABELS[k]), str(subjects[k]), str(stages[k]), 1 if k < 3 else 3, float(starts_s[k])
        assert found[tuple(WINDOWS[k].ravel().tolist())] == told


def spoilt(value: float) -> NDArray[np.float32]:
    """Put one value among the samples."""
    windows = WINDOWS.copy()
    windows[3, 1, 2] = value
    return windows


@pytest.mark.parametrize(
    ("others", "message"),
    [
        ({"windows": None}, "has no `windows` (it has: labels, rate_hz)"),
        ({"labels": None}, "has no `labels`"),
        ({"windows": WINDOWS[0]}, "`windows` is float32 (2, 8); save numbers as (n, channels, samples)"),
        ({"windows": WINDOWS[:0], "labels": LABELS[:0]}, "`windows` is float32 (0, 2, 8)"),
        ({"windows": WINDOWS.astype(complex)}, "`windows` is complex128"),
        ({"windows": spoilt(np.nan)}, "not finite"),
        ({"windows": spoilt(np.inf)}, "not finite"),
        # Finite as float64, but beyond what float32 holds, in which windows are kept.
        ({"windows": spoilt(1).astype(np.float64) * 1e300}, "not finite"),
        ({"labels": LABELS[:5]}, "`labels` is not 0 or 1 for each of 6 windows"),
        ({"labels": LABELS + 1}, "`labels` is not 0 or 1"),
        ({"labels": LABELS * np.nan}, "`labels` is not 0 or 1"),
        ({"rate_hz": 0.0}, "`rate_hz` is no number above 0"),
        ({"rate_hz": "fast"}, "`rate_hz` is no number above 0"),
        ({"subjects": np.array(["a"])}, "`subjects` is <U1 (1,)"),
        ({"starts_s": np.full(6, np.nan)}, "`starts_s` is not a number of seconds"),
        ({"stages": np.array(["W"] * 5 + ["N9"])}, '`stages` holds "N9"; use unknown, W, N1'),
        ({"splits": np.array(["dev"] * 6)}, '`splits` holds "dev"; use "", train'),
        ({"subjects": np.array([None] * 6)}, "cannot be read as .npz (Object arrays cannot be loaded"),
    ],
)
def test_a_file_that_is_not_as_said_is_skipped_and_the_others_taken(
    tmp_path: Path, others: dict[str, Any], message: str
) -> None:
    """With what is wrong, in one line."""
    np.savez(tmp_path / "a.npz", **good(**others))
    np.savez(tmp_path / "b.npz", **good())
    ws, outcomes = taken(tmp_path)
    assert (len(ws), outcomes[1]) == (6, Cut(2, 4))
    assert isinstance(outcomes[0], Skipped)
    assert message in outcomes[0].reason
    assert outcomes[0].path == tmp_path / "a.npz"


@pytest.mark.parametrize("other", [{"rate_hz": 250.0}, {"windows": WINDOWS[:, :1]}, {"windows": WINDOWS[:, :, 1:]}])
def test_windows_of_another_shape_or_rate_are_refused(tmp_path: Path, other: dict[str, Any]) -> None:
    """A set has one of either; nothing is written."""
    np.savez(tmp_path / "a.npz", **good(**other))
    (found,) = arrays.read(tmp_path)
    assert isinstance(found, arrays.Windows)
    refused = pytest.raises(DataError, match=r"has windows \(.*\) at .* Hz; the set has \(2, 8\) at 128 Hz")
    with Writer(tmp_path / "set", SHAPE) as writer, refused:
        arrays.write(found, writer)
    assert len(load(tmp_path / "set")) == 0


def test_the_header_is_that_of_the_first_good_file(tmp_path: Path) -> None:
    """And a folder without one is refused."""
    with pytest.raises(DataError, match=r"holds no \.npz of windows, labels, rate_hz"):
        arrays.header(tmp_path)
    np.savez(tmp_path / "a.npz", **good(labels=LABELS[1:]))
    with pytest.raises(DataError, match=r"the first: .*a\.npz: `labels` is not"):
        arrays.header(tmp_path)
    np.savez(tmp_path / "b.npz", **good())
    assert arrays.header(tmp_path) == SHAPE


def cut_off(content: bytearray, rng: np.random.Generator) -> bytearray:
    """Lose the end."""
    return content[: rng.integers(len(content))]


def overwritten(content: bytearray, rng: np.random.Generator) -> bytearray:
    """Change some bytes."""
    for place in rng.integers(0, len(content), 3):
        content[place] = rng.integers(256)
    return content


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("damage", [cut_off, overwritten])
def test_damaged_files_give_the_same_windows_or_a_reason(
    tmp_path: Path, save: Callable[..., None], damage: Callable[[bytearray, np.random.Generator], bytearray]
) -> None:
    """A zip has checksums: no damage gives another label or sample."""
    path, rng = tmp_path / "a.npz", np.random.default_rng(1)
    save(path, **good())
    whole = path.read_bytes()
    for _ in range(100):
        path.write_bytes(damage(bytearray(whole), rng))
        (found,) = arrays.read(tmp_path)
        if isinstance(found, Skipped):
            assert "\n" not in found.reason
        else:
            assert np.array_equal(found.windows, WINDOWS)
            assert np.array_equal(found.labels, LABELS)
