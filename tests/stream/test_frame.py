"""frame: windows by absolute index, whatever the chunks were, and a reason for each that may not be scored."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.signal.montage import Group
from stream.frame import Frame
from stream.records import Chunk, Hop, Rejected, Samples, Window
from tests.stream.patient import GROUPS

WINDOW, HOP = 24, 4
ROWS = 10


def make_frame(*, check_unit: bool = False, context_samples: int = 0) -> Frame:
    """Cut windows of 24 samples every 4, at 128 Hz."""
    return Frame(
        "bed-1",
        GROUPS,
        rate_hz=128.0,
        window_samples=WINDOW,
        context_samples=context_samples,
        hop_samples=HOP,
        check_unit=check_unit,
    )


def ramp(first: int, n: int) -> Samples:
    """Return the samples' numbers in row 0; the other rows hold the number and 1000 times the row."""
    # No test has 1000 samples, so a number tells row and index; float32 holds all of them exactly.
    return (np.arange(first, first + n)[None] + 1000.0 * np.arange(ROWS)[:, None]).astype(np.float32)


def chunk(first: int, samples: Samples, bad: list[tuple[int, int]] | None = None) -> Chunk:
    """Make a chunk; `bad` lists (row, absolute index) that may not be analysed. LSL time 0 is sample 0."""
    valid = np.ones(samples.shape, np.bool_)
    for row, index in bad or []:
        if first <= index < first + samples.shape[1]:
            valid[row, index - first] = False
    newest_s = (first + samples.shape[1] - 1) / 128.0
    # Arrival is 100 s off LSL time, so a test sees when one is taken for the other.
    return Chunk(first, samples, valid, arrival_s=100.0 + newest_s, lsl_s=newest_s)


def cut(frame: Frame, lengths: list[int], bad: list[tuple[int, int]] | None = None, first: int = 0) -> list[Hop]:
    """Push the numbered samples in pieces of these lengths."""
    hops = []
    for n in lengths:
        hops += frame.push(chunk(first, ramp(first, n), bad))
        first += n
    return hops


def slow_hops(n: int, bad: list[tuple[int, int]]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield for every multiple of the hop what becomes of each group, from the whole recording at once."""
    # Written out and not taken from GROUPS: the slow way must not share the code's reading of empty rows.
    live = {"left": [0, 1, 2, 3, 4], "right": [5, 6, 9]}
    for end in range(HOP, n + 1, HOP):
        fates = {}
        for group, rows in live.items():
            spoilt = any(row in rows and end - WINDOW <= index < end for row, index in bad)
            fates[group] = "start" if end < WINDOW else "signal" if spoilt else "scored"
        yield end, fates


def fates_of(hop: Hop) -> dict[str, str]:
    """Name what became of each group."""
    return {window.group: "scored" for window in hop.windows} | {lost.group: lost.reason for lost in hop.rejected}


BAD = st.lists(st.tuples(st.integers(0, ROWS - 1), st.integers(0, 119)), max_size=6)


@given(st.lists(st.integers(0, 40), min_size=1, max_size=12), BAD)
def test_hops_are_those_of_the_whole_recording(lengths: list[int], bad: list[tuple[int, int]]) -> None:
    """Any chunking gives a hop at each multiple of four samples, with the fates of the slow way."""
    hops = cut(make_frame(), lengths, bad)
    assert [(hop.end, fates_of(hop)) for hop in hops] == list(slow_hops(sum(lengths), bad))


@given(st.lists(st.integers(1, 40), min_size=4, max_size=12))
def test_windows_hold_the_samples_they_name(lengths: list[int]) -> None:
    """Every window is the ramp from its first sample to its end, in each group's own rows."""
    for hop in cut(make_frame(), lengths):
        # Not strict: hops before the first window have none.
        for window, rows in zip(hop.windows, (slice(0, 5), slice(5, 10)), strict=False):
            assert window.first + window.samples.shape[1] == hop.end
            np.testing.assert_array_equal(window.samples, ramp(hop.end - WINDOW, WINDOW)[rows])
        np.testing.assert_array_equal(hop.samples[:, :], ramp(hop.end - HOP, HOP))


@given(st.lists(st.integers(1, 40), min_size=1, max_size=12))
def test_a_hop_has_the_time_of_its_newest_sample(lengths: list[int]) -> None:
    """LSL time is that of sample end - 1, the arrival that of the chunk which completed the hop."""
    chunk_ends = np.cumsum(lengths)
    for hop in cut(make_frame(), lengths):
        completed_by = chunk_ends[np.searchsorted(chunk_ends, hop.end)]
        assert hop.lsl_s == pytest.approx((hop.end - 1) / 128.0)
        assert hop.arrival_s == 100.0 + (completed_by - 1) / 128.0


def test_later_samples_leave_old_windows_as_they_were() -> None:
    """A window is a copy: the ring goes on beneath it."""
    frame = make_frame()
    hops = cut(frame, [30])
    before = [window.samples.copy() for hop in hops for window in hop.windows]
    assert before
    # 50 more than fill the block of 48, twice the window: every sample in it is written over.
    cut(frame, [50], first=30)
    after = [window.samples for hop in hops for window in hop.windows]
    assert all((one == other).all() for one, other in zip(before, after, strict=True))


def test_s5_no_window_spans_a_gap() -> None:
    """After a discontinuity, windows are named `gap` until one lies wholly behind it; the grid stays absolute."""
    frame = make_frame()
    cut(frame, [50])
    hops = cut(frame, [45], first=61)
    assert [hop.end for hop in hops] == list(range(64, 105, HOP))
    # 61 + 24 = 85 is the first end wholly behind the gap; the next on the grid of 4 is 88.
    assert [hop.end for hop in hops if hop.windows] == list(range(88, 105, HOP))
    assert {lost.reason for hop in hops for lost in hop.rejected} == {"gap"}
    np.testing.assert_array_equal(hops[6].windows[0].samples, ramp(64, WINDOW)[:5])


def test_an_empty_chunk_behind_a_gap_counts_as_its_end() -> None:
    """Conditioning may give no sample yet; the gap is known all the same."""
    frame = make_frame()
    cut(frame, [50])
    frame.push(chunk(61, ramp(61, 0)))
    assert [hop.end for hop in cut(frame, [39], first=61) if hop.windows] == [88, 92, 96, 100]


def test_a_bad_sample_costs_its_group_one_window_length() -> None:
    """The other group is scored; a bad sample in an empty row costs nothing."""
    hops = cut(make_frame(), [96], bad=[(3, 40), (7, 60)])
    # Windows [end - 24, end) that hold sample 40 end in 41 to 64. Row 7 is empty.
    assert [hop.end for hop in hops if fates_of(hop).get("left") == "signal"] == [44, 48, 52, 56, 60, 64]
    assert all(fates_of(hop)["right"] == "scored" for hop in hops if hop.end >= WINDOW)


@pytest.mark.parametrize(("size_uv", "reason"), [(0.1, "amplitude"), (1.0, ""), (3000.0, ""), (9000.0, "amplitude")])
def test_an_implausible_amplitude_is_refused_by_group(size_uv: float, reason: str) -> None:
    """With a known unit the standard deviation of the group's live rows must be that of EEG."""
    # The standard deviation of a row that alternates between +a and -a is a; 0.5 to 5000 uV is plausible.
    samples = np.tile(np.array([20.0, -20.0], np.float32), (ROWS, WINDOW // 2))
    samples[5:] = np.tile(np.array([size_uv, -size_uv], np.float32), (5, WINDOW // 2))
    # Empty rows must not lower the amplitude of the group.
    samples[7:9] = 0.0
    [*_, hop] = make_frame(check_unit=True).push(chunk(0, samples))
    assert fates_of(hop) == {"left": "scored", "right": reason or "scored"}


def test_any_amplitude_will_do_where_the_unit_is_unknown() -> None:
    """Without a unit no number is too small or too large."""
    [*_, hop] = make_frame().push(chunk(0, np.full((ROWS, WINDOW), 1e-9, np.float32)))
    assert fates_of(hop) == {"left": "scored", "right": "scored"}


@given(st.lists(st.integers(1, 40), min_size=2, max_size=8), BAD)
def test_usable_rows_are_live_and_whole_over_the_hop(lengths: list[int], bad: list[tuple[int, int]]) -> None:
    """A row with a bad sample in the hop is not usable, nor one that the montage leaves empty."""
    for hop in cut(make_frame(), lengths, bad):
        spoilt = {row for row, index in bad if hop.end - HOP <= index < hop.end}
        assert hop.usable.tolist() == [row not in {7, 8} | spoilt for row in range(ROWS)]


def test_a_hop_that_begins_before_a_gap_ended_is_not_usable() -> None:
    """Stale samples of the block are not taken for signal."""
    frame = make_frame()
    cut(frame, [50])
    # The gap ends at 61, within the hop [60, 64); [64, 68) is the first one without it.
    first, second, *_ = cut(frame, [45], first=61)
    assert not first.usable.any()
    assert second.usable.tolist() == [row not in {7, 8} for row in range(ROWS)]


def test_a_window_names_bed_group_and_rows() -> None:
    """A window names what a reader of an event must know."""
    [*_, hop] = cut(make_frame(), [WINDOW], bad=[(9, 0)])
    assert hop.windows[0].channels == GROUPS[0].derivations
    assert (hop.windows[0].bed, hop.windows[0].first) == ("bed-1", 0)
    assert isinstance(hop.windows[0], Window)
    # Row 9 is F-H, of the right group; F and H are good elsewhere, so no electrode is named.
    assert hop.rejected == (Rejected("bed-1", "right", "signal"),)


@pytest.mark.parametrize(
    ("bad_rows", "left", "right"),
    [
        # B-C and C-D are bad; B is good in A-B and D in D-E.
        ((1, 2), ("C",), ()),
        ((0, 4), ("A",), ()),
        ((0, 1, 2, 3, 4), ("A", "B", "C", "D", "E"), ()),
        ((5, 9), (), ("F",)),
        # F-H is bad; F and H are good in F-G and G-H.
        ((9,), (), ()),
        ((1, 2, 5, 6, 9), ("C",), ("F", "G", "H")),
    ],
)
def test_a_refused_group_names_the_electrodes_that_may_be_at_fault(
    bad_rows: tuple[int, ...], left: tuple[str, ...], right: tuple[str, ...]
) -> None:
    """Those of bad derivations that no good one has; nothing where every electrode is in a good one."""
    [*_, hop] = cut(make_frame(), [WINDOW], bad=[(row, 3) for row in bad_rows])
    named = {lost.group: lost.channels for lost in hop.rejected}
    assert (named.get("left", ()), named.get("right", ())) == (left, right)


def test_an_electrode_that_is_good_in_another_group_is_not_named() -> None:
    """A midline chain shares electrodes with its neighbours."""
    # A-B, B-C, C-X and X-Y are bad; C is good in C-D, Y in C-Y, and B and X in none.
    groups = (GROUPS[0], Group("other", ("C-X", "X-Y", "", "", "C-Y")))
    frame = Frame("b", groups, rate_hz=128.0, window_samples=8, context_samples=0, hop_samples=8, check_unit=False)
    [hop] = frame.push(chunk(0, ramp(0, 8), bad=[(0, 1), (1, 1), (5, 1), (6, 1)]))
    assert {lost.group: lost.channels for lost in hop.rejected} == {"left": ("B",), "other": ("X",)}


def test_a_hop_longer_than_the_window_is_given_whole() -> None:
    """The newest window is scored, and all samples since the hop before are handed on."""
    frame = Frame("bed-1", GROUPS, rate_hz=128.0, window_samples=6, context_samples=0, hop_samples=10, check_unit=False)
    # The second chunk completes two hops, at 10 and at 20, and goes on to 23.
    [_, hop, _] = cut(frame, [7, 16, 9])
    np.testing.assert_array_equal(hop.samples, ramp(10, 10))
    np.testing.assert_array_equal(hop.windows[0].samples, ramp(14, 6)[:5])
