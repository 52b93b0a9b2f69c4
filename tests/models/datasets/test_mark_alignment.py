"""Marks are placed in what streaming would show, read in pieces or at once."""

import numpy as np
import pytest

from models.datasets.mark_alignment import traces
from models.readers.contract import in_memory
from models.readers.recording import Recording
from models.signal.montage import build
from models.signal.offline import condition
from tests.models.datasets.marked_scalp import GROUPS, RATE_HZ, SCALP, background


@pytest.mark.parametrize("piece_bytes", [1, 50_000, 10**9])
def test_in_pieces_the_traces_are_those_of_the_whole(piece_bytes: int) -> None:
    """Bit for bit, with a gap of some seconds in it, which is NaN."""
    samples, gap = background(12)[:, : 250 * 12], (1000, 2000)
    samples[:, slice(*gap)] = np.nan
    head = Recording(samples, RATE_HZ, SCALP, ("uV",) * len(SCALP), ("",) * len(SCALP), gaps=(gap,))
    montage = build("scalp", SCALP)
    seen = traces(in_memory(head, max(1, piece_bytes // 100)), montage, GROUPS)
    whole = condition(samples, RATE_HZ, montage)
    np.testing.assert_array_equal(seen.samples, whole.samples)
    np.testing.assert_array_equal(seen.valid, whole.valid)
    seen.rest()
    np.testing.assert_array_equal(seen.samples, whole.samples)
