"""Artefacts: the same answer as a loop over samples that spells the rules out."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.artifacts import Continuity

Samples = NDArray[np.float64]


def twin(x: Samples, valid: NDArray[np.bool_], flat_samples: int, pop_uv: float) -> tuple[list[float], list[int]]:
    """Return one channel's continuous signal and the samples since the last bad one, sample by sample."""
    level, run, before, before_good, since = 0.0, 0, 0.0, False, 0
    signal, since_bad = [], []
    for value, allowed in zip(x.tolist(), valid.tolist(), strict=True):
        usable = allowed and np.isfinite(value)
        now = value if usable else 0.0
        run = run + 1 if usable and now == before else 1
        good = usable and run < flat_samples
        step = now - before if good and before_good else 0.0
        pop = abs(step) > pop_uv
        level += 0.0 if pop else step
        since = 0 if pop or not good else since + 1
        signal.append(level)
        since_bad.append(since)
        before, before_good = now, good
    return signal, since_bad


@settings(max_examples=150, deadline=None)
@given(
    values=st.lists(st.sampled_from([0.5, 1.0, 2.0, 30.0, 1e4, np.nan, np.inf, -np.inf]), min_size=1, max_size=60),
    invalid=st.sets(st.integers(0, 59), max_size=5),
    cuts=st.lists(st.integers(0, 60), max_size=5),
    first=st.sampled_from([0, 7, 2**53 - 5]),
)
def test_chunks_equal_the_loop_over_samples(
    values: list[float], invalid: set[int], cuts: list[int], first: int
) -> None:
    """NaN, infinities, pops, flat runs and marks, in any order and any chunking."""
    x = np.array([values])
    valid = np.array([[place not in invalid for place in range(len(values))]])
    continuity = Continuity(1, 50.0, pop_uv=1000.0)
    continuity.restart(first)
    pieces = [
        continuity.push(part, marks)
        for part, marks in zip(np.split(x, sorted(cuts), axis=1), np.split(valid, sorted(cuts), axis=1), strict=True)
        if part.shape[1]
    ]
    signal, since_bad = twin(x[0], valid[0], continuity.flat_samples, 1000.0)
    np.testing.assert_array_equal(np.concatenate([piece[0] for piece in pieces], axis=1)[0], signal)
    np.testing.assert_array_equal(np.concatenate([piece[1] for piece in pieces], axis=1)[0], since_bad)


def test_a_restart_forgets_everything() -> None:
    """After it, the same samples give the same answer as at the very start."""
    x, valid = np.array([[5.0, 6.0, 9.0]]), np.ones((1, 3), bool)
    continuity = Continuity(1, 50.0)
    before = continuity.push(x, valid)
    continuity.push(x, ~valid)
    continuity.restart(900)
    after = continuity.push(x, valid)
    np.testing.assert_array_equal(before[0], after[0])
    np.testing.assert_array_equal(before[1], after[1])
    np.testing.assert_array_equal(before[0], [[0.0, 1.0, 4.0]])
