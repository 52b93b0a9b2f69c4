"""The simulated set of the benches on losses is as imbalanced as it says, and its windows keep their shape."""

import dataclasses

import numpy as np
import pytest

from bench.imbalanced import PROMINENCE, chosen, decimated, prominent
from models.signal.window_geometry import WINDOW_SAMPLES
from models.simulate.windows import POSITIVE_RATIO, draw_track, labels_at


def test_a_share_of_the_chosen_is_positive() -> None:
    """2 of 100 at 2 %, each window once, in ascending order, the same for the same seed."""
    labels = (np.arange(1000) % 10 == 0).astype(np.uint8)
    found = chosen(labels, 100, 0.02, 3)
    assert labels[found].sum() == 2
    assert len(found) == len(set(found.tolist())) == 100
    assert np.all(np.diff(found) > 0)
    assert np.array_equal(found, chosen(labels, 100, 0.02, 3))
    assert not np.array_equal(found, chosen(labels, 100, 0.02, 4))


def test_too_few_of_a_kind_are_refused() -> None:
    """Nothing is drawn twice to fill up."""
    # At a share of 0.1 ten positives are wanted and one is there; with all 90 negatives that makes 91.
    with pytest.raises(ValueError, match="91 windows where 100 are wanted"):
        chosen(np.array([1] + [0] * 500, np.uint8), 100, 0.1, 0)


def test_decimation_keeps_what_is_slow_and_drops_what_would_fold() -> None:
    """A wave of 10 Hz comes through with every second sample; one of 55 Hz, above the new limit of 32, hardly."""
    seconds = np.arange(WINDOW_SAMPLES) / 128
    waves = np.sin(2 * np.pi * np.array([10.0, 55.0])[:, None] * seconds).astype(np.float32)[None]
    slow = decimated(waves)
    # At the ends the filter sees the edge of the window.
    inner = slice(10, -10)
    assert slow.shape == (1, 2, WINDOW_SAMPLES // 2)
    assert slow.dtype == np.float32
    assert np.abs(slow[0, 0] - waves[0, 0, ::2])[inner].max() < 0.02
    assert np.abs(slow[0, 1])[inner].max() < 0.02


def test_a_faint_discharge_is_neither_positive_nor_negative() -> None:
    """What was positive and stands out less than asked for is left out; nothing else changes."""
    track = draw_track(11, "depth", seconds=24.0, quiet=False)
    group = int((track.ratios >= POSITIVE_RATIO).sum(axis=1).argmax())
    # The later half stands out, the earlier half just does not.
    later = np.arange(len(track.peaks)) >= len(track.peaks) // 2
    half = dataclasses.replace(track, visible=np.where(later, 9.0, PROMINENCE - 0.1) * np.ones_like(track.visible))
    starts = np.arange(track.samples.shape[2] - WINDOW_SAMPLES)
    before, after = labels_at(track, group, starts), labels_at(prominent(half), group, starts)
    assert 0 < (after == 1).sum() < (before == 1).sum()
    changed = ~((before == after) | (np.isnan(before) & np.isnan(after)))
    assert np.all(before[changed] == 1)
    assert np.all(np.isnan(after[changed]))
