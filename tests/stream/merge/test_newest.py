"""The newest samples of a bed: as they came, without what may not be analysed."""

import numpy as np

from stream.merge.newest import Newest
from stream.records import Hop


def hop(end: int, value: float) -> Hop:
    """Make a hop of 16 samples of two derivations, the second of which may not be analysed."""
    samples = np.full((2, 16), value, np.float32)
    return Hop("bed-1", end, (), (), samples, np.array([True, False]), 0.0, 0.0)


def test_the_newest_samples_stand_last_and_the_oldest_go() -> None:
    """Four seconds at 16 Hz are four hops."""
    newest = Newest(2, 16.0)
    for number in range(1, 7):
        newest.remember(hop(16 * number, float(number)))
    assert newest.samples.shape == (2, 64)
    assert newest.samples[0, ::16].tolist() == [3.0, 4.0, 5.0, 6.0]
    assert not newest.samples[1].any()


def test_nothing_is_known_after_a_gap() -> None:
    """Zero as far back as is kept."""
    newest = Newest(2, 16.0)
    newest.remember(hop(16, 1.0))
    newest.forget()
    assert newest.samples.shape == (2, 64)
    assert not newest.samples.any()
