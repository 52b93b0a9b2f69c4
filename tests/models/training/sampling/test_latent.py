"""Latent sampling: one negative of each cluster of features, within a stated memory."""

import numpy as np
import pytest
from numpy.typing import NDArray

from models.errors import ModelsError
from models.training.sampling.latent import LatentSampler, clusters, most_windows, pair_bytes
from models.training.sampling.random import RandomSampler

Array = NDArray[np.float64]


def clusters_one_by_one(features: Array, count: int) -> set[frozenset[int]]:
    """Merge the two clusters whose farthest members are nearest, until `count` are left."""
    groups = [frozenset({i}) for i in range(len(features))]
    distance = np.linalg.norm(features[:, None] - features[None], axis=2)
    while len(groups) > count:
        pairs = [(a, b) for i, a in enumerate(groups) for b in groups[:i]]
        a, b = min(pairs, key=lambda pair: max(distance[i, j] for i in pair[0] for j in pair[1]))
        groups = [group for group in groups if group not in {a, b}] + [a | b]
    return set(groups)


def grouped(labels: NDArray[np.int32]) -> set[frozenset[int]]:
    """Labels (n,) as sets of members."""
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in set(labels.tolist())}


@pytest.mark.parametrize("count", [1, 2, 7, 24, 25])
def test_clusters_are_those_merged_one_by_one(count: int) -> None:
    """Complete linkage, cut at exactly `count`."""
    features = np.random.default_rng(count).normal(size=(25, 3))
    assert grouped(clusters(features, count)) == clusters_one_by_one(features, count)


def test_equal_features_still_give_exactly_as_many_clusters() -> None:
    """Where all distances tie, cutting at a distance would give one."""
    assert sorted(set(clusters(np.zeros((10, 4)), 6).tolist())) == list(range(6))
    assert clusters(np.zeros((1, 4)), 1).tolist() == [0]


def test_a_draw_has_one_of_each_blob() -> None:
    """Five tight blobs of unequal size, five draws: one from each, and by chance which."""
    # Unequal on purpose: a random draw of five would nearly always come from the largest blobs alone.
    blobs = np.repeat(np.arange(5), [1, 2, 5, 20, 72])
    features = np.eye(5)[blobs] * 10 + np.random.default_rng(0).normal(size=(100, 5)) * 0.01
    sampler = LatentSampler(100, 7, lambda: features)
    draws = [sampler.draw(epoch, 5) for epoch in range(1, 6)]
    assert all(sorted(blobs[draw].tolist()) == [0, 1, 2, 3, 4] for draw in draws)
    assert len({tuple(draw.tolist()) for draw in draws}) > 1
    assert np.array_equal(draws[2], LatentSampler(100, 7, lambda: features).draw(3, 5))


def test_epoch_0_draws_at_random_and_asks_for_no_features() -> None:
    """An untrained network's features mean nothing."""

    def never() -> Array:
        raise AssertionError

    assert np.array_equal(LatentSampler(50, 3, never).draw(0, 20), RandomSampler(50, 3).draw(0, 20))


def test_too_many_negatives_are_refused_before_anything_is_computed() -> None:
    """The message has the need, the bound, how many fit, and what to do."""
    with pytest.raises(ModelsError, match=r"60000 negatives needs 26\.8 GiB.* 4\.0 GiB hold 23170: raise memory_bytes"):
        LatentSampler(60_000, 0, lambda: np.zeros((60_000, 1)))


@pytest.mark.parametrize("memory_bytes", [16, 1000, 4 << 30])
def test_the_bound_is_the_most_that_fits(memory_bytes: int) -> None:
    """One more would not."""
    most = most_windows(memory_bytes)
    assert pair_bytes(most) <= memory_bytes < pair_bytes(most + 1)


def test_features_that_cannot_be_used_are_refused() -> None:
    """Of other windows, or not finite."""
    with pytest.raises(ModelsError, match="9 windows came for 10"):
        LatentSampler(10, 0, lambda: np.zeros((9, 2))).draw(1, 3)
    with pytest.raises(ModelsError, match="not finite"):
        LatentSampler(10, 0, lambda: np.full((10, 2), np.nan)).draw(1, 3)
