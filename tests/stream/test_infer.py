"""infer: one batch over beds and hops, and every window its own answer."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from stream.infer import BATCH_WINDOWS, HopScores, InferStreams, InferWindows
from stream.records import Hop, Rejected, Score, SpanScore, Window


class Echo:
    """An engine whose answer to a window is the number that the window holds; it notes its batches."""

    name = "echo"
    context_samples = 0

    def __init__(self) -> None:
        self.batches: list[int] = []

    def score(self, windows: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Answer with the first sample, and the second for a peak; of the newest part with half, one later."""
        self.batches.append(len(windows))
        probabilities, peaks = windows[:, 0, 0], windows[:, 0, 1].astype(np.int64)
        # The two looks differ in both figures, so that one taken for the other is seen.
        return np.stack([probabilities, probabilities / 2], axis=1), np.stack([peaks, peaks + 1], axis=1)


def hop_of(bed: str, end: int, answers: list[float]) -> Hop:
    """Make a hop whose windows hold the answers to give, each with its own place of the peak."""
    windows = []
    for k, answer in enumerate(answers):
        samples = np.zeros((5, 8), np.float32)
        # A window has eight samples, and a peak must lie in it.
        samples[:, 0], samples[:, 1] = answer, k % 8
        windows.append(Window(bed, f"g{k}", k, ("", "", "", "", ""), end - 8, samples))
    rows = np.zeros((5, 4), np.float32)
    return Hop(bed, end, tuple(windows), (), rows, np.ones(5, np.bool_), 0.0, 0.0)


@given(st.lists(st.integers(0, 25), max_size=9))
def test_every_hop_gets_the_answers_to_its_own_windows(sizes: list[int]) -> None:
    """In order, over any number of beds and hops, some of them without a window."""
    # Every window another number, so that a score in the wrong place is seen.
    numbers = iter(np.linspace(0.1, 0.9, sum(sizes) + 1, dtype=np.float32).tolist())
    hops = [hop_of(f"bed-{k}", 100 + 8 * k, [next(numbers) for _ in range(size)]) for k, size in enumerate(sizes)]
    of_hops = InferWindows(Echo()).infer(hops)
    assert len(of_hops) == len(hops)
    for hop, scored in zip(hops, of_hops, strict=True):
        assert scored.rejected == ()
        expected = [(window, float(window.samples[0, 0])) for window in hop.windows]
        assert [(score.window, score.spans[0].probability) for score in scored.scores] == expected
        for k, score in enumerate(scored.scores):
            whole, newest = score.spans
            assert newest == SpanScore(whole.probability / 2, whole.peak + 1)
            assert whole.peak == hop.end - 8 + k % 8


def test_i4_an_answer_that_is_no_number_is_a_rejection() -> None:
    """It is not evidence that nothing was there; its neighbours keep their scores."""
    [scored] = InferWindows(Echo()).infer([hop_of("bed-1", 16, [0.5, float("nan"), 0.25, float("inf")])])
    assert scored.rejected == (Rejected("bed-1", "g1", "output"), Rejected("bed-1", "g3", "output"))
    assert [(type(score), score.window.group, score.spans[0].probability) for score in scored.scores] == [
        (Score, "g0", 0.5),
        (Score, "g2", 0.25),
    ]


@pytest.mark.parametrize("windows", [1, BATCH_WINDOWS, BATCH_WINDOWS + 1, 3 * BATCH_WINDOWS + 7])
def test_a_backlog_is_worked_off_in_pieces(windows: int) -> None:
    """No forward sees more windows than BATCH_WINDOWS, and none is scored twice."""
    engine = Echo()
    [scored] = InferWindows(engine).infer([hop_of("bed-1", 16, [0.5] * windows)])
    assert len(scored.scores) == windows
    assert sum(engine.batches) == windows
    assert max(engine.batches) <= BATCH_WINDOWS
    # Rounded up: the last batch holds what is left.
    assert len(engine.batches) == -(-windows // BATCH_WINDOWS)


def test_without_a_window_the_network_is_not_called() -> None:
    """An empty batch would cost a forward for nothing."""
    engine = Echo()
    infer = InferWindows(engine)
    assert infer.infer([]) == []
    assert infer.infer([hop_of("bed-1", 16, [])])[0].scores == ()
    assert engine.batches == []


def twice(found: NDArray[Any]) -> NDArray[Any]:
    """See the same in both looks."""
    return np.repeat(found[:, None], 2, axis=1)


class Running:
    """A streaming engine whose answer for a group is the sum of all that it was ever shown of it, in order."""

    name = "running"
    hop_samples, context_samples = 4, 3

    def __init__(self) -> None:
        self.sums: dict[str, NDArray[np.float32]] = {}
        self.batches: list[list[str]] = []

    def push(self, hops: Mapping[str, NDArray[np.float32]]) -> dict[str, tuple[NDArray[np.float32], NDArray[np.int64]]]:
        """Add one hop of each bed, (groups, 5, 4)."""
        self.batches.append(list(hops))
        for bed, hop in hops.items():
            assert hop.shape[1:] == (5, 4)
            self.sums[bed] = self.sums.get(bed, np.zeros(len(hop), np.float32)) + hop.sum(axis=(1, 2))
        return {bed: (twice(self.sums[bed]), twice(np.arange(len(hop)))) for bed, hop in hops.items()}

    def forget(self, stream: str) -> None:
        """Begin anew."""
        self.sums.pop(stream, None)


def carried_hop(bed: str, number: int, shown: tuple[int, ...] = (0, 1, 2)) -> Hop:
    """Make the numbered hop of three groups, of which these have a window; a group adds up to k + 1."""
    rows = np.zeros((15, 4), np.float32)
    # One sample in the first of a group's five rows, so a hop adds 1, 2 or 3 to its group's sum.
    rows[::5, 0] = 1, 2, 3
    end = 4 * (number + 1)
    nothing = np.zeros((5, 8), np.float32)
    windows = tuple(Window(bed, f"g{k}", k, ("",) * 5, end - 8, nothing) for k in shown)
    lost = tuple(Rejected(bed, f"g{k}", "signal") for k in range(3) if k not in shown)
    return Hop(bed, end, windows, lost, rows, np.ones(15, np.bool_), 0.0, 0.0)


def test_a_carried_network_sees_every_hop_in_order_and_beds_together() -> None:
    """Each bed's first hop in one batch, then each bed's second: whatever the order they are given in."""
    engine = Running()
    infer = InferStreams(engine, window_samples=5, rows=5)
    hops = [carried_hop("a", 0), carried_hop("a", 1), carried_hop("b", 0), carried_hop("a", 2), carried_hop("b", 1)]
    first, second, _, third, _ = infer.infer(hops)
    assert engine.batches == [["a", "b"], ["a", "b"], ["a"]]
    # Window 5 and context 3 are two hops of 4, so the first hop has no score; the sums are 2 and 3 times (1, 2, 3).
    assert first == HopScores()
    assert [score.spans[0].probability for score in second.scores] == [2.0, 4.0, 6.0]
    assert [score.spans[0].probability for score in third.scores] == [3.0, 6.0, 9.0]
    assert [(score.window.group, score.spans[1].peak) for score in third.scores] == [("g0", 4), ("g1", 5), ("g2", 6)]


def test_samples_of_a_rejected_window_flow_on() -> None:
    """The group that has no window in a hop is carried along, and each window gets the answer of its own group."""
    infer = InferStreams(Running(), window_samples=5, rows=5)
    shown = [(0, 1, 2), (), (2,), (0, 2), (0, 1, 2)]
    scored = infer.infer([carried_hop("a", number, groups) for number, groups in enumerate(shown)])
    # Group k has added k + 1 in each hop so far, also in those without its window: 3 x 3, 4 x 1, 4 x 3 and so on.
    assert [[(s.window.index, s.spans[0].probability) for s in one.scores] for one in scored] == [
        [],
        [],
        [(2, 9.0)],
        [(0, 4.0), (2, 12.0)],
        [(0, 5.0), (1, 10.0), (2, 15.0)],
    ]


def test_a_stream_says_nothing_until_window_and_context_are_in() -> None:
    """At the start, and again when it was forgotten; another bed goes on."""
    infer = InferStreams(Running(), window_samples=10, rows=5)
    assert (infer.context_samples, infer.warm_up_samples) == (3, 13)
    has_scores = [bool(infer.infer([carried_hop("a", number)])[0].scores) for number in range(5)]
    # 10 + 3 = 13 samples are in with the fourth hop of 4.
    assert has_scores == [False, False, False, True, True]
    infer.infer([carried_hop("b", number) for number in range(4)])
    infer.forget("a")
    infer.forget("never seen")
    again = [infer.infer([carried_hop(bed, 5)])[0].scores for bed in ("a", "b")]
    # One hop is too little for `a`, which begins anew; `b` was warm and has its three groups.
    assert [len(scores) for scores in again] == [0, 3]
