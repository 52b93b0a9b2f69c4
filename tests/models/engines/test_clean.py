"""What of a stream's past is clean is counted to the exact sample."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.engines.clean import CleanPast
from tests.models.engines.networks import noise


@given(st.sampled_from([1, 2, 3, 8]), st.lists(st.tuples(st.integers(0, 1), st.integers(0, 79)), max_size=6))
def test_answers_count_once_enough_clean_samples_are_in(hop: int, bad: list[tuple[int, int]]) -> None:
    """The plain twin looks back over the whole signal at every hop."""
    signal = noise(2, 5, 80)
    for group, sample in bad:
        signal[group, sample % 5, sample] = np.nan
    # Ends that are no multiple of the hop are left out: samples come in whole hops.
    past, into = CleanPast(2, 20), np.zeros((2, 5, hop), np.float32)
    for end in range(hop, 81, hop):
        counts = past.take(signal[..., end - hop : end], into)
        for group in (0, 1):
            assert counts[group] == (end >= 20 and bool(np.isfinite(signal[group, :, max(0, end - 20) : end]).all()))
        assert np.array_equal(into, np.nan_to_num(signal[..., end - hop : end]))


def test_infinity_becomes_zero_and_the_input_stays() -> None:
    """Only the copy is mended."""
    hop, into = noise(2, 5, 4), np.ones((2, 5, 4), np.float32)
    hop[1, 0, 2] = -np.inf
    before = hop.copy()
    CleanPast(2, 1).take(hop, into)
    assert np.array_equal(hop, before)
    assert into[1, 0, 2] == 0
    assert np.array_equal(into[0], hop[0])


def test_a_hop_of_another_shape_is_refused() -> None:
    """A single row would otherwise stand for all of them."""
    with pytest.raises(ValueError, match=r"takes \(2, 5, 4\)"):
        CleanPast(2, 1).take(noise(2, 1, 4), np.zeros((2, 5, 4), np.float32))
