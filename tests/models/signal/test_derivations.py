"""Derivations: a matrix product, term by term."""

import numpy as np
import pytest

from models.signal.derivations import Derivations

SAMPLES = np.random.default_rng(0).normal(size=(4, 50))
PAIRS = np.array([[1.0, -1, 0, 0], [0, 0, 0, 0], [0, 0, -1, 1]])
SUMS = np.array([[1.0, 1, -1, 0], [0, 0, 0, 0], [0, 0, 0, -1], [0, 1, 0, 0]])
ONE_EACH = np.array([[0.0, 1, 0, 0], [-1, 0, 0, 0]])


@pytest.mark.parametrize("matrix", [PAIRS, SUMS, ONE_EACH, np.zeros((2, 4))])
def test_rows_are_those_of_the_product(matrix: np.ndarray) -> None:
    """Live rows only, in their order; good where every channel of the row is good."""
    made = Derivations(matrix)
    assert made.live.tolist() == np.flatnonzero(matrix.any(axis=1)).tolist()
    np.testing.assert_allclose(made.of(SAMPLES), (matrix @ SAMPLES)[made.live], rtol=0, atol=1e-12)
    good = SAMPLES > -0.5
    all_good = [good[row != 0].all(axis=0) for row in matrix[made.live]]
    assert made.all_of(good).tolist() == [row.tolist() for row in all_good]


@pytest.mark.parametrize("matrix", [PAIRS, SUMS])
def test_any_number_of_samples_gives_the_same_bits(matrix: np.ndarray) -> None:
    """One at a time, or all."""
    one_by_one = [Derivations(matrix).of(SAMPLES[:, at : at + 1]) for at in range(SAMPLES.shape[1])]
    np.testing.assert_array_equal(np.concatenate(one_by_one, axis=1), Derivations(matrix).of(SAMPLES))
