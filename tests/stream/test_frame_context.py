"""Windows of a network that looks back: the samples before a window must be whole as well."""

import numpy as np

from stream.frame import Frame
from tests.stream.test_frame import HOP, WINDOW, cut, fates_of, make_frame, ramp

CONTEXT = 9


def reached(bad: list[tuple[int, int]], gap_at: int = 0) -> dict[int, dict[str, str]]:
    """Return what becomes of each hop of 160 samples with a context; at `gap_at`, 11 samples are missing."""
    frame: Frame = make_frame(context_samples=CONTEXT)
    hops = cut(frame, [gap_at], bad) if gap_at else []
    hops += cut(frame, [160 - gap_at], bad, first=gap_at + 11 if gap_at else 0)
    return {hop.end: fates_of(hop) for hop in hops}


def test_a_network_that_looks_back_needs_its_context_too() -> None:
    """The first window is the one that has context and window behind the start; a window stays a window."""
    hops = cut(make_frame(context_samples=CONTEXT), [48])
    # 9 + 24 = 33 samples are needed; the next end on the grid of 4 is 36.
    assert [hop.end for hop in hops if hop.windows] == [36, 40, 44, 48]
    assert {lost.reason for hop in hops for lost in hop.rejected} == {"start"}
    [*_, newest] = hops
    np.testing.assert_array_equal(newest.windows[1].samples, ramp(48 - WINDOW, WINDOW)[5:])
    assert [window.index for window in newest.windows] == [0, 1]


def test_behind_a_gap_the_context_must_be_whole_again() -> None:
    """Samples [61, 72) are missing; 33 behind them are needed: the window that ends at 108, not that at 104."""
    hops = reached([], gap_at=61)
    assert {end for end, fates in hops.items() if set(fates.values()) == {"gap"}} == set(range(76, 105, HOP))
    assert next(end for end, fates in hops.items() if end > 61 and "scored" in fates.values()) == 108


def test_a_bad_sample_within_the_context_costs_its_group() -> None:
    """Samples [50, 54) of a row are bad: windows that end within 33 samples behind 53 are refused, 88 is the first."""
    hops = reached([(2, index) for index in range(50, 54)])
    assert [end for end, fates in hops.items() if fates["left"] == "signal"] == list(range(52, 85, HOP))
    assert hops[88]["left"] == "scored"
    assert all(fates["right"] == "scored" for end, fates in hops.items() if end >= 36)
