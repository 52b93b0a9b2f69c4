"""Frames of traces: what is read is what was written, to half a step of 16 bits."""

import numpy as np
import pytest

from stream.supervise.trace_frames import BEHIND_GAP, HOLDS_GAP, LARGEST, Columns, encoded, thinned
from tests.stream.supervise.trace_reading import decoded


def test_a_frame_is_read_as_it_was_written() -> None:
    """Also beyond 32 bits of index; a large artefact is not cut off."""
    low = np.random.default_rng(0).normal(scale=50, size=(3, 20))
    low[1, 7] = -60_000.0
    frame = decoded(encoded(Columns(2**33, low, low + 5), 2**32 + 7, 4))
    assert (frame.number, frame.flags, frame.first, frame.samples_per_column) == (7, 0, 2**33, 4)
    assert frame.low == pytest.approx(low, abs=60_000 / LARGEST / 2 + 1e-2)
    assert frame.high == pytest.approx(low + 5, abs=60_000 / LARGEST / 2 + 1e-2)


def test_gaps_are_flags() -> None:
    """Before the frame, and in it; a missing column stays one."""
    columns = Columns.unknown(5, 2, 4)
    columns.put(Columns(3, np.zeros((2, 4)), np.ones((2, 4))))
    frame = decoded(encoded(columns, 1, 4, behind_gap=True))
    assert frame.flags == BEHIND_GAP | HOLDS_GAP
    assert np.isnan(frame.low).tolist() == [[False, False, True, True]] * 2
    assert decoded(encoded(columns, 1, 4)).flags == HOLDS_GAP


def test_a_column_counts_the_samples_that_it_has() -> None:
    """A spike beside a lost sample stays in sight."""
    columns = thinned(0, np.array([[1.0, np.nan, 300.0, np.nan, np.nan, np.nan]]), 3)
    assert (columns.low[0, 0], columns.high[0, 0]) == (1.0, 300.0)
    assert np.isnan(columns.high[0, 1])
