"""Turned windows: by their own montage, the same in every run, refused where the other end is unknown."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from models.errors import TrainingError
from models.signal.window_geometry import FROM_THE_OTHER_END, WINDOW_SAMPLES
from models.training.augmentation import STACKS, Permute, for_recipe, turn
from tests.models.training.small_training import easy_set, tiny_recipe

TURN = tiny_recipe(augmentation="turn")


def test_each_window_is_turned_by_its_own_montage(tmp_path: Path) -> None:
    """A window is as it was, or read from the other end of its montage, but for rows that are missing."""
    windowset = easy_set(tmp_path / "set")
    indices = np.arange(len(windowset))
    windows = np.array(windowset.windows)
    varied = for_recipe(TURN, windowset)(windows, indices, 1, 2)
    turned = 0
    for number, window in enumerate(windows):
        montage = windowset.header.montages[windowset.montage[number]]
        other = -window[FROM_THE_OTHER_END[montage]]
        there = varied[number].any(axis=1)
        # Missing rows are zero either way, so only rows that are there can tell.
        is_turned = bool(np.array_equal(varied[number][there], other[there]))
        assert is_turned or np.array_equal(varied[number][there], window[there])
        turned += is_turned
    # 300 windows at one half: a standard deviation is 2.9 %, so these bounds are three of them and more.
    assert 0.4 * len(windows) < turned < 0.6 * len(windows)
    assert not varied.any(axis=2).all()


def test_turning_keeps_every_electrodes_polarity() -> None:
    """A chain read backwards has each derivation negated and in reverse order; its ends' row only negated."""
    potentials = np.random.default_rng(3).normal(size=(6, WINDOW_SAMPLES)).astype(np.float32)
    chain = np.stack([*(potentials[k] - potentials[k + 1] for k in range(4)), potentials[0] - potentials[4]])
    mirrored = potentials[[4, 3, 2, 1, 0, 5]]
    backwards = np.stack([*(mirrored[k] - mirrored[k + 1] for k in range(4)), mirrored[0] - mirrored[4]])
    varied = turn(np.repeat(chain[None], 200, axis=0), np.random.default_rng(4), "scalp")
    live = (varied != 0).max(axis=2)
    assert 0 < (~live).mean() < 0.2
    for window, rows in zip(varied, live, strict=True):
        assert np.allclose(window[rows], chain[rows]) or np.allclose(window[rows], backwards[rows])
    assert not np.allclose(varied[live.all(axis=1)][:20], chain)


def test_how_windows_are_varied_depends_on_seed_epoch_and_batch_alone(tmp_path: Path) -> None:
    """The same again, and another in another epoch, batch or run."""
    windowset = easy_set(tmp_path / "set")
    indices = np.arange(40)
    windows = np.array(windowset.windows[:40])
    vary = for_recipe(TURN, windowset)
    assert np.array_equal(vary(windows, indices, 1, 2), vary(windows, indices, 1, 2))
    for other in (vary(windows, indices, 1, 3), vary(windows, indices, 2, 2)):
        assert not np.array_equal(other, vary(windows, indices, 1, 2))
    reseeded = for_recipe(TURN.changed({"seed": 2}), windowset)
    assert not np.array_equal(reseeded(windows, indices, 1, 2), vary(windows, indices, 1, 2))


def test_spectral_augmentation_comes_on_top_of_turning(tmp_path: Path) -> None:
    """The same derivations are missing, and those that are there are no longer the window's own."""
    windowset = easy_set(tmp_path / "set")
    indices = np.arange(60)
    windows = np.array(windowset.windows[:60])
    turned = for_recipe(TURN, windowset)(windows, indices, 1, 2)
    both = for_recipe(TURN.changed({"augmentation": "turn_and_recolour"}), windowset)(windows, indices, 1, 2)
    there = turned.any(axis=2)
    assert np.array_equal(both.any(axis=2), there)
    assert not np.isclose(both[there], turned[there], rtol=1e-3).all(axis=1).any()


def test_channels_change_places_within_their_group_alone() -> None:
    """Two groups of 19 rows, each window in an order of its own; all rows of any other group."""
    windows = np.tile(np.arange(38, dtype=np.float32)[None, :, None], (3, 1, 4))
    varied = Permute(1, STACKS[38])(windows, np.arange(3), 0, 0)
    assert (np.sort(varied[:, :19, 0]) == np.arange(19)).all()
    assert (np.sort(varied[:, 19:, 0]) == np.arange(19, 38)).all()
    assert (varied[0] != varied[1]).any()
    assert (varied == varied[:, :, :1]).all()
    assert sum(STACKS[77]) == 77
    again, other = (Permute(1, STACKS[38])(windows, np.arange(3), 0, batch) for batch in (0, 1))
    assert (again == varied).all()
    assert (other != varied).any()


def test_groups_with_an_unknown_other_end_are_refused(tmp_path: Path) -> None:
    """A table of derivations, or single derivations, cannot be turned."""
    windowset = easy_set(tmp_path / "set")
    for change, named in (({"montages": ("scalp", "my table")}, "my table"), ({"channels": 1}, "1 derivations")):
        header = dataclasses.replace(windowset.header, **change)
        with pytest.raises(TrainingError, match=named):
            for_recipe(TURN, dataclasses.replace(windowset, header=header))
