"""Artefacts: the same answer as a loop over samples that spells the rules out."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.signal.artifacts import BadSampleTracker

Samples = NDArray[np.float64]


def twin(x: Samples, valid: NDArray[np.bool_], flat_samples: int, pop_uv: float) -> tuple[list[float], list[int]]:
    """Return one channel's steps and the samples since the last bad one, sample by sample."""
    run, before, before_good, since = 0, 0.0, False, 0
    steps, since_bad = [], []
    for value, allowed in zip(x.tolist(), valid.tolist(), strict=True):
        usable = allowed and np.isfinite(value)
        now = value if usable else 0.0
        run = run + 1 if usable and now == before else 1
        good = usable and run < flat_samples
        step = now - before if good and before_good else 0.0
        pop = abs(step) > pop_uv
        since = 0 if pop or not good else since + 1
        steps.append(0.0 if pop else step)
        since_bad.append(since)
        before, before_good = now, good
    return steps, since_bad


def pushed(tracker: BadSampleTracker, x: Samples, valid: NDArray[np.bool_]) -> tuple[Samples, NDArray[np.int64]]:
    """Push a piece; return its steps, and the samples since the last bad one at each of its places."""
    steps = tracker.push(x, valid)
    return steps, tracker.since_bad(np.arange(x.shape[1]))


@settings(max_examples=150, deadline=None)
@given(
    values=st.one_of(
        # Without anything bad, so that the quick way through `push` is taken as well.
        st.lists(st.sampled_from([0.5, 1.0, 2.0, 30.0]), min_size=1, max_size=60),
        st.lists(st.sampled_from([0.5, 1.0, 2.0, 30.0, 1e4, np.nan, np.inf, -np.inf]), min_size=1, max_size=60),
    ),
    invalid=st.sets(st.integers(0, 59), max_size=5),
    cuts=st.lists(st.integers(0, 60), max_size=12),
    first=st.sampled_from([0, 7, 2**53 - 5]),
)
def test_chunks_equal_the_loop_over_samples(
    values: list[float], invalid: set[int], cuts: list[int], first: int
) -> None:
    """NaN, infinities, pops, flat runs and marks, in any order and any chunking."""
    x = np.array([values])
    valid = np.array([[place not in invalid for place in range(len(values))]])
    # At 50 Hz five equal samples are flat: short lists meet every rule.
    tracker = BadSampleTracker(1, 50.0, pop_uv=1000.0)
    tracker.restart(first)
    pieces = zip(np.split(x, sorted(cuts), axis=1), np.split(valid, sorted(cuts), axis=1), strict=True)
    given_steps, given_since = zip(*(pushed(tracker, *piece) for piece in pieces if piece[0].size), strict=True)
    steps, since_bad = twin(x[0], valid[0], tracker.flat_samples, 1000.0)
    np.testing.assert_array_equal(np.concatenate(given_steps, axis=1)[0], steps)
    np.testing.assert_array_equal(np.concatenate(given_since, axis=1)[0], since_bad)
    assert tracker.newest_bad == first + len(values) - 1 - since_bad[-1]


@settings(max_examples=60, deadline=None)
@given(
    runs=st.lists(st.integers(1, 12), min_size=5, max_size=40),
    cuts=st.lists(st.integers(0, 200), max_size=20),
)
def test_runs_of_equal_samples_are_timed_across_chunks(runs: list[int], cuts: list[int]) -> None:
    """Two channels of a coarse converter, one with longer runs: the fifth equal sample is bad, whatever the cuts."""
    slow = np.repeat(np.arange(len(runs)), runs).astype(float)
    quick = np.repeat(np.arange(len(slow)), 1 + np.arange(len(slow)) % 2)[: len(slow)].astype(float)
    x = np.stack([slow, quick])
    tracker = BadSampleTracker(2, 50.0)
    valid = np.ones(x.shape, bool)
    pieces = zip(np.split(x, sorted(cuts), axis=1), np.split(valid, sorted(cuts), axis=1), strict=True)
    given_since = np.concatenate([pushed(tracker, *piece)[1] for piece in pieces if piece[0].size], axis=1)
    for channel, samples in enumerate(x):
        np.testing.assert_array_equal(given_since[channel], twin(samples, valid[channel], 5, 20_000.0)[1])


def test_a_restart_forgets_everything() -> None:
    """After it, the same samples give the same answer as at the very start."""
    x, valid = np.array([[5.0, 6.0, 9.0]]), np.ones((1, 3), bool)
    tracker = BadSampleTracker(1, 50.0)
    before = pushed(tracker, x, valid)
    tracker.push(x, ~valid)
    tracker.restart(900)
    after = pushed(tracker, x, valid)
    np.testing.assert_array_equal(before[0], after[0])
    np.testing.assert_array_equal(before[1], after[1])
    np.testing.assert_array_equal(before[0], [[0.0, 1.0, 3.0]])
