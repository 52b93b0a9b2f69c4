"""Pools of windows: what they lack, and parts drawn from them."""

from pathlib import Path

import numpy as np
import pytest

from bench.paper.pools import Pool, write
from models.datasets import windowset
from models.datasets.windowset import Header
from models.datasets.windowset_writer import Writer
from models.errors import DataError


def test_a_pool_says_what_it_lacks() -> None:
    """Windows without a label are left out."""
    pool, none = Pool(), np.zeros(3, np.uint8)
    pool.add(np.zeros((3, 1, 4), np.float32), np.array([1, 0, np.nan], np.float32), none, 1)
    assert (pool.lacks(1, 1), pool.lacks(2, 1), pool.lacks(1, 2)) == (False, True, True)


def test_parts_share_no_window_and_one_too_many_is_refused(tmp_path: Path) -> None:
    """Of 3 positives and 9 negatives, each window its number: 1 and 4 to train, 2 and 5 to test, none twice."""
    pool, labels = Pool(), np.array([1, 0, 0, 0] * 3, np.float32)
    windows = np.broadcast_to(np.arange(12, dtype=np.float32)[:, None, None], (12, 1, 4))
    pool.add(windows, labels, np.zeros(12, np.uint8), 7)
    header = Header("test", 1, 4, 128.0, unit="uV")
    with Writer(tmp_path / "set", header) as writer:
        write(writer, pool, {"train": (1, 4), "test": (2, 5)}, 1)
    ws = windowset.load(tmp_path / "set")
    assert sorted(ws.windows[:, 0, 0].tolist()) == list(range(12))
    assert [(int(ws.label[ws.split == split].sum()), int((ws.split == split).sum())) for split in (1, 3)] == [
        (1, 5),
        (2, 7),
    ]
    with Writer(tmp_path / "more", header) as writer, pytest.raises(DataError, match="1 windows too few"):
        write(writer, pool, {"train": (2, 4), "test": (2, 5)}, 1)
