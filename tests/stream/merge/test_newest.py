"""The newest samples of a bed: as they came, without what may not be analysed."""

import numpy as np
import pytest

from stream.merge.newest import Newest
from stream.records import Hop


def hop(end: int, value: float) -> Hop:
    """Make a hop of 16 samples of two derivations, the second of which may not be analysed."""
    samples = np.full((2, 16), value, np.float32)
    return Hop("bed-1", end, (), (), samples, np.array([True, False]), 0.0, 0.0)


@pytest.mark.parametrize("hops", [3, 11, 21, 22, 50])
def test_the_newest_samples_stand_last_and_the_oldest_go(hops: int) -> None:
    """10.6 s at 16 Hz are ten hops and ten samples; before the first hop is nothing."""
    newest = Newest(2, 16.0)
    for number in range(1, hops + 1):
        newest.remember(hop(16 * number, float(number)))
    assert newest.samples.shape == (2, 170)
    assert newest.samples[0, ::-16].tolist() == [max(0.0, float(hops - back)) for back in range(11)]
    assert not newest.samples[1].any()


def test_of_a_hop_longer_than_what_is_kept_the_end_is_kept() -> None:
    """Sample 200 is the newest."""
    newest = Newest(1, 16.0)
    newest.remember(Hop("bed-1", 200, (), (), np.arange(200, dtype=np.float32)[None], np.array([True]), 0.0, 0.0))
    assert newest.samples.tolist() == [[*range(30, 200)]]


def test_nothing_is_known_after_a_gap() -> None:
    """Zero as far back as is kept."""
    newest = Newest(2, 16.0)
    newest.remember(hop(16, 1.0))
    newest.forget()
    assert newest.samples.shape == (2, 170)
    assert not newest.samples.any()
