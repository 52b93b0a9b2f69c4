"""Candidates are varied as they come live, the same way for the same batch."""

import numpy as np
import pytest

from models.datasets.windowset import Header
from models.errors import TrainingError
from models.networks.candidate_window import BEFORE, EARLIEST, WINDOW
from models.training.candidate_augmentation import (
    ABSENT,
    ALONE,
    BEGUN,
    FLIPPED,
    LACKING,
    MISSING,
    RECOLOURED,
    SOONEST,
    for_windows,
)

CANDIDATES = Header("hybrid", 25, WINDOW, 128.0)
ONES = np.ones((2000, 25, WINDOW), np.float32)


def varied(batch: int = 0) -> np.ndarray:
    """Return 2,000 candidates of ones, varied."""
    return for_windows(CANDIDATES, seed=1)(ONES, np.arange(2000), 0, batch)


def test_a_candidate_is_judged_at_any_time_from_the_earliest_on() -> None:
    """All rows lack the same newest samples."""
    there = (varied() != 0).any(axis=1)
    come = there[:, BEFORE:].sum(axis=1)
    assert there[:, BEFORE - SOONEST : BEFORE].all()
    assert set(come) == set(range(EARLIEST, WINDOW - BEFORE + 1))


def test_some_come_soon_after_the_recording_began() -> None:
    """All rows lack the same oldest samples, as many as may be; most candidates lack none."""
    there = (varied() != 0).any(axis=1)[:, :BEFORE]
    lacking = (~there).sum(axis=1)
    assert np.mean(lacking > 0) == pytest.approx(BEGUN, abs=0.02)
    assert 150 < lacking.max() < BEFORE - SOONEST
    # What is missing is the beginning, in one piece.
    assert all(row[number:].all() for row, number in zip(there, lacking, strict=True))


def test_some_change_sides_and_some_lack_rows() -> None:
    """In the shares that are stated; a suspected group never lacks all of its rows."""
    found = varied()[:, :, BEFORE]
    assert np.mean(found.sum(axis=1) < 0) == pytest.approx(FLIPPED, abs=0.04)
    # Of those that may lack rows nearly all do, 25 rows being many; the suspected group's five tell them apart.
    assert np.mean((found[:, :5] == 0).any(axis=1)) == pytest.approx(LACKING * (1 - (1 - MISSING) ** 5), abs=0.03)
    assert (found[:, :5] != 0).any(axis=1).all()


def test_some_lack_other_groups_whole() -> None:
    """As from a cap of few electrodes; by chance alone five rows of a group are hardly ever missing at once."""
    groups = (varied()[:, :, BEFORE].reshape(2000, 5, 5) == 0).all(axis=2)
    assert not groups[:, 0].any()
    assert groups[:, 1:].mean(axis=0) == pytest.approx(ALONE * ABSENT, abs=0.025)


def test_spectra_and_gains_are_varied_where_that_is_asked_for() -> None:
    """Of the share that is stated: rows that were equal are so no more, and what is missing stays so."""
    for spectral, share in ((True, RECOLOURED), (False, 0.0)):
        rows = np.abs(for_windows(CANDIDATES, seed=1, spectral=spectral)(ONES, np.arange(2000), 0, 0)[:, :, BEFORE])
        smallest = np.where(rows == 0, np.inf, rows).min(axis=1)
        assert np.mean(rows.max(axis=1) > 1.01 * smallest) == pytest.approx(share, abs=0.04)
        lacking = np.mean((rows[:, :5] == 0).any(axis=1))
        assert lacking == pytest.approx(LACKING * (1 - (1 - MISSING) ** 5), abs=0.03)


def test_a_batch_is_always_varied_alike() -> None:
    """A resumed run sees what it would have seen; another batch is varied otherwise."""
    assert np.array_equal(varied(), varied())
    assert not np.array_equal(varied(), varied(batch=1))


def test_windows_of_a_detector_are_refused() -> None:
    """The line says how candidates are made."""
    with pytest.raises(TrainingError, match="the set has 5 rows and 192 samples: make it with --candidates-of"):
        for_windows(Header("simulated", 5, 192, 128.0), seed=1)
