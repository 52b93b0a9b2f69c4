"""infer: one batch over beds and hops, and every window its own answer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from stream.infer import BATCH_WINDOWS, infer
from stream.records import Hop, Rejected, Score, Window


class Echo:
    """An engine whose answer to a window is the number that the window holds; it notes its batches."""

    name = "echo"

    def __init__(self) -> None:
        self.batches: list[int] = []

    def score(self, windows: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Answer with the first sample, and the second for a peak."""
        self.batches.append(len(windows))
        return windows[:, 0, 0].copy(), windows[:, 0, 1].astype(np.int64)


def hop_of(bed: str, end: int, answers: list[float]) -> Hop:
    """Make a hop whose windows hold the answers to give, each with its own place of the peak."""
    windows = []
    for k, answer in enumerate(answers):
        samples = np.zeros((5, 8), np.float32)
        samples[:, 0], samples[:, 1] = answer, k % 8
        windows.append(Window(bed, f"g{k}", ("", "", "", "", ""), end - 8, samples))
    rows = np.zeros((5, 4), np.float32)
    return Hop(bed, end, tuple(windows), (), rows, np.ones(5, np.bool_), 0.0, 0.0)


@given(st.lists(st.integers(0, 25), max_size=9))
def test_every_hop_gets_the_answers_to_its_own_windows(sizes: list[int]) -> None:
    """In order, over any number of beds and hops, some of them without a window."""
    numbers = iter(np.linspace(0.1, 0.9, sum(sizes) + 1, dtype=np.float32).tolist())
    hops = [hop_of(f"bed-{k}", 100 + 8 * k, [next(numbers) for _ in range(size)]) for k, size in enumerate(sizes)]
    verdicts = infer(Echo(), hops)
    assert len(verdicts) == len(hops)
    for hop, said in zip(hops, verdicts, strict=True):
        assert said.rejected == ()
        expected = [(window, float(window.samples[0, 0])) for window in hop.windows]
        assert [(score.window, score.probability) for score in said.scores] == expected
        assert [score.peak for score in said.scores] == [hop.end - 8 + k % 8 for k in range(len(hop.windows))]


def test_an_answer_that_is_no_number_is_a_rejection() -> None:
    """It is not evidence that nothing was there; its neighbours keep their scores."""
    [said] = infer(Echo(), [hop_of("bed-1", 16, [0.5, float("nan"), 0.25, float("inf")])])
    assert said.rejected == (Rejected("bed-1", "g1", "output"), Rejected("bed-1", "g3", "output"))
    assert [(type(score), score.window.group, score.probability) for score in said.scores] == [
        (Score, "g0", 0.5),
        (Score, "g2", 0.25),
    ]


@pytest.mark.parametrize("windows", [1, BATCH_WINDOWS, BATCH_WINDOWS + 1, 3 * BATCH_WINDOWS + 7])
def test_a_backlog_is_worked_off_in_pieces(windows: int) -> None:
    """No forward sees more windows than BATCH_WINDOWS, and none is scored twice."""
    engine = Echo()
    [said] = infer(engine, [hop_of("bed-1", 16, [0.5] * windows)])
    assert len(said.scores) == windows
    assert sum(engine.batches) == windows
    assert max(engine.batches) <= BATCH_WINDOWS
    assert len(engine.batches) == -(-windows // BATCH_WINDOWS)


def test_nothing_due_asks_nothing_of_the_network() -> None:
    """An empty batch would cost a forward for nothing."""
    engine = Echo()
    assert infer(engine, []) == []
    assert infer(engine, [hop_of("bed-1", 16, [])])[0].scores == ()
    assert engine.batches == []
