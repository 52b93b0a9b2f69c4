"""Batches come in order, complete, a few ahead, and their thread ends with their reader."""

import threading
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import torch

from models.datasets.windowset import Floats, Indices
from models.errors import DataError
from models.training.batches import AHEAD, BatchLoader, unvaried
from tests.models.training.small_training import easy_set

CPU = torch.device("cpu")


def threads() -> list[str]:
    """Return the names of the threads that load batches."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("batches")]


@pytest.mark.parametrize("first", [0, 2, 4])
def test_batches_are_the_windows_in_their_order(tmp_path: Path, first: int) -> None:
    """As slices of the whole array would be, the last one short, from any batch on."""
    windowset = easy_set(tmp_path / "set")
    # 130 of 32: four batches and a short one.
    order = np.random.default_rng(3).permutation(len(windowset))[:130]
    with closing(BatchLoader(windowset, 32, CPU)) as loader:
        batches = list(loader.epoch(order, 0, unvaried, first=first))
    chosen = [order[start : start + 32] for start in range(32 * first, 130, 32)]
    assert [len(batch.targets) for batch in batches] == [len(c) for c in chosen]
    for batch, numbers in zip(batches, chosen, strict=True):
        assert np.array_equal(batch.windows.numpy(), windowset.windows[numbers])
        assert np.array_equal(batch.targets.numpy(), windowset.label[numbers])
    assert threads() == []


def test_only_a_few_batches_wait(tmp_path: Path) -> None:
    """However long the network takes, no more than AHEAD are read before they are asked for."""
    read: list[int] = []

    def note(windows: Floats, indices: Indices, epoch: int, batch: int) -> Floats:
        read.append(batch)
        return windows

    windowset = easy_set(tmp_path / "set")
    with closing(BatchLoader(windowset, 4, CPU)) as loader, closing(loader.epoch(np.arange(300), 0, note)) as batches:
        next(batches)
        for _ in range(3):
            next(batches)
        # Four were consumed; the thread may have finished all that it is allowed to hold.
        assert len(read) <= 4 + AHEAD
    assert threads() == []


def test_what_goes_wrong_in_the_thread_is_raised(tmp_path: Path) -> None:
    """A file that shrinks while it is read is named in the error, and no thread stays behind."""
    windowset = easy_set(tmp_path / "set")
    path = tmp_path / "set" / "windows.npy"
    with path.open("r+b") as file:
        # As a full disk or another program would leave it; a mapped read beyond the end would otherwise kill the
        # process.
        file.truncate(path.stat().st_size // 2)
    with closing(BatchLoader(windowset, 32, CPU)) as loader, pytest.raises(DataError, match=r"windows\.npy"):
        list(loader.epoch(np.arange(len(windowset)), 0, unvaried))
    assert threads() == []
