"""An array in a file of its own."""

import numpy as np
import pytest

from models.datasets.scratch import Scratch


@pytest.mark.parametrize("dtype", [np.float32, np.bool_])
@pytest.mark.parametrize("shape", [(3, 5000), (3, 0), (0, 4)])
def test_what_was_written_is_there_after_a_rest(shape: tuple[int, int], dtype: type[np.generic]) -> None:
    """Zeros at first, then what was put in, of any size."""
    scratch = Scratch(shape, dtype)
    assert scratch.array.shape == shape
    assert not scratch.array.any()
    scratch.array[:, 1::2] = 1
    scratch.rest()
    expected = np.zeros(shape, dtype)
    expected[:, 1::2] = 1
    np.testing.assert_array_equal(scratch.array, expected)
