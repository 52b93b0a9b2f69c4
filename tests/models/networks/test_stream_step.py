"""A streaming network's step keeps nothing itself, and gives what its full window and `Streamer` give."""

from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from models.networks.sc import SPANS
from models.networks.sc_stream import StreamSC
from models.networks.stream_state import Streamer
from models.networks.stream_step import StreamStep
from tests.models.networks.test_sc_stream import GROUPS, WINDOW, full, signal, small


def answers(network: StreamSC, samples: Tensor, hop: int) -> list[tuple[Tensor, Tensor]]:
    """Carry a signal through the step by hand."""
    step = StreamStep(network, hop)
    carried, given = step.start(len(samples)), []
    with torch.no_grad():
        for chunk in torch.split(samples, hop, dim=2):
            pooled, where, carried = step(chunk, carried)
            given.append((network.logits(pooled), network.peaks(pooled, where)))
    return given


@pytest.mark.parametrize("hop", [1, 2, 4, 8, 16, WINDOW])
def test_step_equals_the_full_window_and_the_streamer(hop: int) -> None:
    """Every warm answer, at every hop; the streamer agrees. Where a hop is the window, both spans are the same."""
    network, samples = small(), signal(10 * WINDOW)
    streamer = Streamer(network, GROUPS, hop)
    for k, (logits, peaks) in enumerate(answers(network, samples, hop)):
        end = hop * (k + 1)
        same, same_peaks = streamer.push(samples[..., end - hop : end])
        if end >= streamer.warm_up_samples:
            expected, expected_peaks = full(network, samples, end)
            # There the newest third, taken in whole hops, is the whole window.
            if hop == WINDOW:
                expected, expected_peaks = (both[:, :1].expand(-1, SPANS) for both in (expected, expected_peaks))
            assert torch.allclose(logits, expected, rtol=0, atol=1e-9)
            assert torch.allclose(logits, same, rtol=0, atol=1e-9)
            assert torch.equal(peaks, expected_peaks)
            assert torch.equal(peaks, same_peaks)


@settings(max_examples=20, deadline=None)
@given(st.sampled_from([4, 8, 16]), st.lists(st.integers(1, 3), min_size=4, max_size=12))
def test_history_of_chunks_does_not_matter(hop: int, sizes: list[int]) -> None:
    """A streamer that was fed several hops at a time answers as the step that took them one by one."""
    ends = torch.tensor([0, *sizes]).cumsum(0).tolist()
    network, samples = small(), signal(hop * ends[-1])
    streamer, stepped = Streamer(network, GROUPS, hop), answers(small(), samples, hop)
    for start, end in pairwise(ends):
        logits, peaks = streamer.push(samples[..., hop * start : hop * end])
        # Before, the streamer answers NaN and the step, which does not count samples, a number.
        if streamer.ready.all():
            assert torch.allclose(logits, stepped[end - 1][0], rtol=0, atol=1e-9)
            assert torch.equal(peaks, stepped[end - 1][1])


def test_step_modifies_nothing_it_was_given() -> None:
    """The same hop from the same memory gives the same answer again: the function is pure."""
    network = small()
    step = StreamStep(network, 8)
    with torch.no_grad():
        _, _, carried = step(signal(8), step.start(GROUPS))
        before = [part.clone() for part in carried]
        first, second = (step(signal(8, seed=2), carried) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(before, carried, strict=True))
    assert torch.equal(first[0], second[0])
    assert [part.shape for part in first[2]] == [part.shape for part in carried]


def test_hop_must_divide_the_window() -> None:
    """A hop that does not is refused by name."""
    with pytest.raises(ValueError, match="does not divide"):
        StreamStep(small(), 5)
