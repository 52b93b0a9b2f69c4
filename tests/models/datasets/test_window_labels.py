"""What a window is, against a twin that looks at every sample."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.datasets.window_labels import Interval, WindowLabel, between, label_windows, painted, starts_holding
from models.datasets.writing import Cut

INTERVALS = st.lists(
    st.tuples(st.integers(-5, 60), st.integers(0, 25)).map(lambda pair: (pair[0], sum(pair))), max_size=4
)
WINDOW, BEFORE, AFTER = 12, 3, 2


def holds(start: int, mark: Interval) -> bool:
    """Return whether a window is positive for a mark, by looking at every sample."""
    window = set(range(start, start + WINDOW))
    inside = set(range(*mark))
    if len(inside) > WINDOW:
        return window <= inside
    middle = (mark[0] + mark[1]) // 2
    return inside | set(range(middle - BEFORE, middle + AFTER + 1)) <= window


def label(start: int, valid: "list[bool]", marks: "list[Interval]", near: "list[Interval]", other: "list[Interval]",
            cleared: "list[Interval] | None") -> WindowLabel:  # fmt: skip
    """Return what one window is, sample by sample."""
    window = range(start, start + WINDOW)

    def touched(sample: int, intervals: "list[Interval]") -> bool:
        return any(begin <= sample < end or sample == begin for begin, end in intervals)

    if not all(valid[sample] for sample in window):
        return WindowLabel.INVALID
    if any(holds(start, mark) for mark in marks):
        return WindowLabel.POSITIVE
    if any(touched(sample, near) for sample in window):
        return WindowLabel.NEAR
    if cleared is not None and any(touched(sample, other) for sample in window):
        return WindowLabel.OTHER
    if cleared is not None and not all(touched(sample, cleared) for sample in window):
        return WindowLabel.UNMARKED
    return WindowLabel.NEGATIVE


@settings(deadline=None, max_examples=300)
@given(
    marks=INTERVALS, near=INTERVALS, other=INTERVALS, cleared=st.none() | INTERVALS, bad=st.lists(st.integers(0, 59))
)
def test_a_label_is_what_looking_at_every_sample_gives(
    marks: list[Interval], near: list[Interval], other: list[Interval], cleared: list[Interval] | None, bad: list[int]
) -> None:
    """Any marks anywhere, also outside and empty ones."""
    valid = [sample not in bad for sample in range(60)]
    starts = np.arange(60 - WINDOW + 1)
    found = label_windows(
        starts,
        WINDOW,
        np.array(valid),
        holding=[starts_holding(mark, WINDOW, BEFORE, AFTER) for mark in marks],
        near=near,
        other=other,
        cleared=cleared,
    )
    assert found.tolist() == [label(start, valid, marks, near, other, cleared) for start in starts.tolist()]


def test_labels_are_counted_from_zero() -> None:
    """`np.bincount` of labels has a place for each, and none more."""
    assert sorted(WindowLabel) == list(range(len(WindowLabel)))
    assert Cut.of(np.arange(7)) == Cut(
        positives=0, negatives=1, near=2, other=3, unmarked=4, invalid=5, past=6, marks_lost=0
    )


def test_an_instant_is_held_well_inside() -> None:
    """With 192 samples, 16 before and 14 after: the starts that simulated examples have, both ends included."""
    # The window must reach sample 1014: it begins at 1014 - 191 = 1000 - 177 or later.
    assert starts_holding((1000, 1000), 192, 16, 14) == (1000 - 177, 1000 - 16)


def test_a_mark_of_a_second_is_held_whole_and_one_of_two_seconds_holds_the_window() -> None:
    """At 128 Hz."""
    # To end at 1128 or later it begins at 1128 - 192 = 936 or later.
    assert starts_holding((1000, 1128), 192, 16, 14) == (936, 1000)
    # 256 samples are more than a window: it must lie inside, so it begins by 1256 - 192 = 1064.
    assert starts_holding((1000, 1256), 192, 16, 14) == (1000, 1064)


def test_starts_between_two_ends_include_both() -> None:
    """An empty range gives nothing."""
    starts = np.arange(0, 100, 10)
    assert starts[between(starts, (20, 40))].tolist() == [20, 30, 40]
    assert starts[between(starts, (41, 39))].size == 0


def test_painting_stays_inside() -> None:
    """What lies outside paints nothing; an instant paints its sample."""
    assert np.flatnonzero(painted([(-5, -2), (-1, 2), (4, 4), (8, 20)], 10)).tolist() == [0, 1, 4, 8, 9]
