"""Bad signals: as large as they shall be, where they shall be, and the same for the same seed."""

import numpy as np
import pytest

from models.simulate.bad_signals import BAD_KINDS, RAIL_UV, BadKind, spoil
from models.simulate.electrodes import SCALP_19

RATE_HZ = 200.0
GOOD = np.zeros((len(SCALP_19), round(60 * RATE_HZ)), np.float32)


def laid(kind: BadKind, seed: int, *, throughout: bool = True) -> np.ndarray:
    """Return what is laid on a signal of zeros."""
    return spoil(kind, GOOD, RATE_HZ, tuple(SCALP_19), seed, throughout=throughout)


@pytest.mark.parametrize("kind", BAD_KINDS)
def test_the_same_seed_gives_the_same_signal(kind: BadKind) -> None:
    """Another seed gives another, and what is given stays as it is."""
    np.testing.assert_array_equal(laid(kind, 1), laid(kind, 1))
    assert not np.array_equal(laid(kind, 1), laid(kind, 2))
    assert not GOOD.any()


@pytest.mark.parametrize("kind", BAD_KINDS)
def test_no_sample_leaves_the_range_of_the_input(kind: BadKind) -> None:
    """And all are numbers."""
    samples = laid(kind, 4)
    assert np.isfinite(samples).all()
    assert np.abs(samples).max() <= RAIL_UV


@pytest.mark.parametrize("kind", BAD_KINDS)
def test_episodes_leave_pauses(kind: BadKind) -> None:
    """Two seconds at least before the first, and the signal is untouched there."""
    samples = laid(kind, 5, throughout=False)
    assert not samples[:, : round(1.8 * RATE_HZ)].any()
    assert samples.any()


def test_a_loose_electrode_spares_the_others() -> None:
    """One to four of 19 are loose."""
    touched = [int(np.abs(laid("loose", seed)).any(axis=1).sum()) for seed in range(10)]
    assert min(touched) >= 1
    assert max(touched) <= 4


def test_muscle_is_weakest_at_the_vertex() -> None:
    """There is none under it; the temples have the most."""
    level = dict(zip(SCALP_19, laid("muscle", 6).std(axis=1), strict=True))
    assert level["Cz"] < 0.5 * min(level["T7"], level["T8"])
