"""Line length against its definition, and a planted spike."""

import numpy as np

from bench.worth.line_length import LineLength, relative
from tests.bench.worth.traces import shown


def test_it_is_the_sum_of_steps_over_its_median() -> None:
    """Compared with a loop, away from the ends."""
    traces = np.random.default_rng(0).normal(size=(1, 2, 400)).astype(np.float32)
    found = relative(traces, np.ones((1, 400), bool))
    for row in range(2):
        steps = np.abs(np.diff(traces[0, row].astype(float), prepend=traces[0, row, 0]))
        # Five samples are 40 ms.
        slow = np.array([steps[at - 2 : at + 3].sum() for at in range(2, 398)])
        padded = np.convolve(steps, np.ones(5), "same")
        assert np.allclose(found[0, row, 2:398], slow / np.median(padded))


def test_rows_that_are_missing_or_not_valid_say_nothing() -> None:
    """An empty row has no usual line length; where a group is not valid, its length is 0."""
    traces = np.random.default_rng(0).normal(size=(2, 1, 300)).astype(np.float32)
    traces[0] = 0
    valid = np.ones((2, 300), bool)
    valid[1, 100:] = False
    found = relative(traces, valid)
    assert not found[0].any()
    assert not found[1, 0, 100:].any()
    assert found[1, 0, 10:90].min() > 0
    assert not relative(traces, np.zeros((2, 300), bool)).any()


def test_a_planted_spike_is_the_highest_event() -> None:
    """At its place, in s of the recording."""
    traces = np.random.default_rng(1).normal(size=(1, 5, 1280)).astype(np.float32)
    traces[0, 2, 638:643] += np.array([5, 20, 40, 20, 5])
    found = LineLength().detect(shown(traces))
    assert abs(found.times_s[found.scores.argmax()] - 5.0) <= 2 / 128
