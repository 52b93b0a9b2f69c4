"""The kill loop kills as often as it says, within its time, and the verdict follows from what was seen."""

import random
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest

from bench.recovery.__main__ import met
from bench.recovery.kill_loop import KILLS, SECONDS, plan

WELL: dict[str, Any] = {
    "detector_killed_s": [3.1, 5.0],
    "tree_killed_s": [9.9],
    "backlog": {"cleared_s": 15.0, "in_order": True},
    "samples_lost_to_the_detector": 0,
    "kill_loop": {"lost": 0, "ids_clashing": 0},
}


@pytest.mark.parametrize("seed", range(5))
def test_every_kill_has_its_time(seed: int) -> None:
    """Twenty-four, in order and within the hundred seconds."""
    kills = plan(random.Random(seed))
    assert Counter(name for _, name in kills) == KILLS
    assert all(earlier < later for (earlier, _), (later, _) in pairwise(kills))
    assert 0 < kills[0][0] < kills[-1][0] < SECONDS


@pytest.mark.parametrize(
    ("goal", "worse"),
    [
        ("detector_s", {"detector_killed_s": [3.1, 5.1]}),
        ("tree_s", {"tree_killed_s": [10.1]}),
        ("backlog_s", {"backlog": {"cleared_s": 15.1, "in_order": True}}),
        ("backlog_s", {"backlog": {"cleared_s": 1.0, "in_order": False}}),
        ("samples_lost", {"samples_lost_to_the_detector": 1}),
        ("messages_lost", {"kill_loop": {"lost": 1, "ids_clashing": 0}}),
        ("messages_lost", {"kill_loop": {"lost": 0, "ids_clashing": 1}}),
    ],
)
def test_the_worst_decides(goal: str, worse: dict[str, Any]) -> None:
    """One late start among good ones misses its goal, and no other."""
    assert all(met(WELL).values())
    assert [name for name, good in met(WELL | worse).items() if not good] == [goal]
