"""A verifier is shown all groups around a candidate's peak, the suspected one first, what has not come as zeros."""

import numpy as np
import pytest

from models.detection.surroundings import Floats, surroundings
from models.networks.candidate_window import AFTER, BEFORE, WINDOW


@pytest.fixture
def numbered() -> Floats:
    """Return three groups of five rows in which sample i of row r of group g is 10000 g + 1000 r + i + 1."""
    group, row, sample = np.ogrid[:3, :5, :600]
    return np.asarray(10_000 * group + 1_000 * row + sample + 1, np.float32)


def test_the_peak_stands_where_the_network_looks(numbered: Floats) -> None:
    """And the suspected group's rows come first, the others in their order."""
    found = surroundings(numbered, 1, 300)
    assert found.shape == (15, WINDOW)
    assert found[[0, 5, 10], BEFORE].tolist() == [10_301, 301, 20_301]
    assert found[0, [0, -1]].tolist() == [10_301 - BEFORE, 10_300 + AFTER]


def test_what_has_not_come_is_zero(numbered: Floats) -> None:
    """Of a peak 9 samples ago nine have come, itself included."""
    found = surroundings(numbered, 0, 591)
    assert found[4, BEFORE : BEFORE + 9].tolist() == [4_592 + i for i in range(9)]
    assert not found[:, BEFORE + 9 :].any()


def test_what_was_not_recorded_is_zero(numbered: Floats) -> None:
    """A recording that begins 50 samples before the peak."""
    found = surroundings(numbered, 0, 50)
    assert not found[:, : BEFORE - 50].any()
    assert found[0, BEFORE - 50] == 1
