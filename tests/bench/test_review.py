"""The bench of reviewing by focus: foci are told apart, and what ten clicks judge is counted."""

from collections import Counter

import numpy as np

from bench.review import NAMES, adjusted_rand, clicks, discharge, seen


def test_the_index_is_one_of_equal_labels_and_none_of_chance() -> None:
    """Whatever the labels are called."""
    assert adjusted_rand([1, 1, 2, 3], [7, 7, 9, 8]) == 1.0
    rng = np.random.default_rng(0)
    one, other = rng.integers(3, size=(2, 2000)).tolist()
    assert abs(adjusted_rand(one, other)) < 0.01


def test_ten_clicks_judge_every_event() -> None:
    """Twelve clusters of 12, 11, ... 1 events; the largest has three events of the other sort, the last card one."""
    found = [cluster for cluster in range(12) for _ in range(12 - cluster)]
    truth = [-1] * 3 + [0] * (len(found) - 3)
    truth[-1] = -1
    assert clicks(found, truth) == (len(found), 3 + 1)


def test_a_discharge_leads_at_its_electrode() -> None:
    """Over P3, 20 ms before its neighbours: in most of the events."""
    rng = np.random.default_rng(1)
    leads = Counter(NAMES[seen(discharge("P3", 20.0, rng)).lead] for _ in range(10))
    assert "P3" in leads.most_common(1)[0][0].split("-")
