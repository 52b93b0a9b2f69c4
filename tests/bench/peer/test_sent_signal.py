"""The sent signal and the windows that are compared."""

from pathlib import Path

import numpy as np
import pytest
import torch

from bench.peer.networks import conditioned, cut, save
from bench.peer.sent_signal import LABELS, RATE_HZ, loop, montage
from bench.peer.task import probabilities
from models.networks.contract import context_samples
from models.signal.montage import build
from models.zoo import store


def test_six_groups_of_five_pairs_share_no_pair() -> None:
    """32 electrodes in a row have 31 neighbouring pairs."""
    groups = montage(6)
    pairs = [pair for pairs in groups.values() for pair in pairs]
    assert [len(pairs) for pairs in groups.values()] == [5] * 6
    assert len(set(pairs)) == 30
    assert montage(1) == {"g1": ["E1-E2", "E2-E3", "E3-E4", "E4-E5", "E5-E6"]}
    assert [group.name for group in build(groups, LABELS).groups] == list(groups)


def test_the_minute_is_the_same_each_time_and_looks_like_eeg() -> None:
    """So the time of its first sample tells every sample; no step where it begins again."""
    minute = loop()
    assert minute.shape == (32, 60 * RATE_HZ)
    assert np.array_equal(minute, loop())
    assert 20 < minute.std() < 100
    steps = np.abs(np.diff(minute, axis=1))
    assert (np.abs(minute[:, 0] - minute[:, -1]) < steps.max(axis=1)).all()


def test_windows_are_cut_before_their_ends_group_by_group() -> None:
    """(ends x groups, 5, length): the groups of one end lie together."""
    samples = np.arange(10 * 40, dtype=np.float32).reshape(10, 40)
    windows = cut(samples, np.array([20, 40]), 8)
    assert windows.shape == (4, 5, 8)
    assert np.array_equal(windows[1], samples[5:, 12:20])
    assert np.array_equal(windows[2], samples[:5, 32:40])


@pytest.mark.parametrize("architecture", ["sc", "sc_stream"])
def test_random_networks_use_the_range_of_probabilities(architecture: str, tmp_path: Path) -> None:
    """Neither all 0 nor all 1; the same weights each time; the manifest says 512 Hz."""
    loaded = store.load(save(tmp_path / "one", architecture, width=8))  # type: ignore[arg-type]
    again = store.load(save(tmp_path / "two", architecture, width=8))  # type: ignore[arg-type]
    assert loaded.manifest.rate_hz == RATE_HZ
    assert loaded.manifest.sha256 == again.manifest.sha256
    length = context_samples(loaded.network) + 768
    windows = cut(conditioned(1), np.arange(6000, 30000, 800), length)
    found = probabilities(loaded.network, windows)
    # A sigmoid that saturates would hide differences between the two sides.
    assert min(found) < 0.4
    assert max(found) > 0.6
    assert found == pytest.approx(torch.sigmoid(loaded.network(torch.from_numpy(windows))).tolist())
