"""Looks keep what a verifier judged by, and what is known of them."""

import numpy as np
import pytest
import torch

from models.networks.likeness import COURSE
from models.networks.whole_head import WholeHead
from models.training.looks import Looks, Watched, joined
from tests.models.training.judged_looks import judged


@pytest.fixture(scope="module")
def network() -> WholeHead:
    """Return an untrained network."""
    torch.manual_seed(0)
    return WholeHead(width=4, hidden=8).eval()


def test_background_is_negative_and_recordings_join() -> None:
    """Whatever the last event was."""
    known = judged(true=np.ones(20, bool))
    assert known.labels.tolist() == [1.0] * 60 + [0.0] * 40
    twice = joined([known.looks, known.looks])
    assert twice.shapes.shape == (200, 25 + COURSE)
    assert np.array_equal(twice.odds[100:], known.looks.odds)
    assert known.without(np.array([0, 1])).event.tolist() == known.event[6:].tolist()


def test_what_is_noted_gives_what_the_whole_network_would(network: WholeHead) -> None:
    """So a model that differs in its last layer or examples alone need not look again."""
    windows = np.random.default_rng(0).normal(size=(2, 25, 288)).astype(np.float32)
    with torch.inference_mode():
        whole = network(torch.from_numpy(windows)).numpy()
    watched = Watched(network)
    for number, window in enumerate(windows):
        assert watched(window) == pytest.approx(whole[number], abs=1e-6)
        watched.note(number + 1, 0.5, float(number))
    looks = watched.looks()
    assert looks.verified(network, 0.7) == pytest.approx(0.5 + 0.7 * whole, abs=1e-6)
    assert (looks.places.tolist(), looks.times_s.tolist()) == ([1, 2], [0.0, 1.0])


def test_where_nothing_was_seen_there_are_no_looks(network: WholeHead) -> None:
    """Of as many numbers each, so that the looks of another recording can be joined."""
    empty: Looks = Watched(network).looks()
    assert empty.verified(network, 0.7).shape == (0,)
    assert empty.shapes.shape == (0, 25 + COURSE)
