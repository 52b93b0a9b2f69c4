"""Clusters of events as they come: three foci are found again, whatever order their events have."""

import time
from math import comb

import numpy as np
import pytest

from models.detection.clusters import MOST, Clusters
from models.detection.shape import Shape, shape
from tests.models.detection.planted import FOCI, RATE_HZ, event, largest


def adjusted_rand(one: list[int], other: list[int]) -> float:
    """Return the adjusted Rand index (Hubert and Arabie 1985) from counts of pairs."""
    pairs = [(a, b) for a in set(one) for b in set(other)]
    both = sum(comb(sum((x, y) == pair for x, y in zip(one, other, strict=True)), 2) for pair in pairs)
    of_one, of_other = (sum(comb(labels.count(a), 2) for a in set(labels)) for labels in (one, other))
    expected = of_one * of_other / comb(len(one), 2)
    return (both - expected) / ((of_one + of_other) / 2 - expected)


def shapes(truth: list[int], noise_uv: float = 10.0) -> list[Shape]:
    """Return the shapes of events of foci in their order."""
    seen = [event(FOCI[focus], seed=number, noise_uv=noise_uv) for number, focus in enumerate(truth)]
    return [shape(samples, *largest(samples), RATE_HZ) for samples in seen]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_three_foci_are_three_clusters(seed: int) -> None:
    """Unequal in number, in a random order, in noise of an eighth of their size."""
    truth = np.random.default_rng(seed).choice(3, 120, p=[0.6, 0.3, 0.1]).tolist()
    clusters = Clusters()
    found = [clusters.push(one) for one in shapes(truth)]
    assert adjusted_rand(found, truth) >= 0.9


def test_a_copy_stands_as_its_original_did_and_changes_alone() -> None:
    """What joins the copy is told by the copy alone."""
    clusters = Clusters()
    for one in shapes([0, 1, 0]):
        clusters.push(one, clear_at=7)
    before = clusters.states()
    copied = clusters.copy()
    assert copied.states() == before
    assert copied.take_changed() == {}
    assert copied.push(shapes([1])[0]) == 2
    assert clusters.states() == before
    assert set(copied.take_changed()) == {2}


def test_a_cluster_holds_mean_and_spread_of_its_events() -> None:
    """As computed from all of them at once."""
    seen, clusters = shapes([0] * 20), Clusters()
    assert {clusters.push(one) for one in seen} == {1}
    all_of_them = np.stack([one.waveform for one in seen])[:, :, :40].astype(np.float64)
    [cluster] = clusters.clusters
    np.testing.assert_allclose(cluster.mean[:, :40], all_of_them.mean(axis=0), atol=1e-4)
    np.testing.assert_allclose(cluster.spread[:, :40], all_of_them.std(axis=0), atol=1e-2)
    assert np.isnan(cluster.mean[:, -1]).all()
    assert (cluster.count, int(cluster.leads.sum())) == (20, 20)


def test_clusters_go_on_from_what_was_packed() -> None:
    """In the middle of a recording: the same numbers, means and leads as without a restart."""
    seen, whole, first, second = shapes([0, 1, 2] * 12), Clusters(), Clusters(), Clusters()
    numbers = [whole.push(one) for one in seen]
    kept: dict[int, bytes] = {}
    for one in seen[:20]:
        first.push(one)
        kept |= first.take_changed()
    assert first.take_changed() == {}
    second.restore(kept)
    assert [second.push(one) for one in seen[20:]] == numbers[20:]
    for found, expected in zip(second.clusters, whole.clusters, strict=True):
        assert (found.count, found.leads.tolist()) == (expected.count, expected.leads.tolist())
        np.testing.assert_array_equal(found.mean, expected.mean)


def test_clusters_are_never_more_than_a_bound() -> None:
    """Noise resembles nothing; what comes once there are enough joins the nearest."""
    rng, clusters = np.random.default_rng(0), Clusters()
    for number in range(3 * MOST):
        noise = rng.normal(size=(25, 412)).astype(np.float32)
        clusters.push(shape(noise, number % 25, 400, RATE_HZ))
    assert len(clusters.clusters) == MOST
    assert sum(cluster.count for cluster in clusters.clusters) == 3 * MOST


def test_an_event_costs_less_than_a_millisecond() -> None:
    """At the largest number of clusters; the median, for others use this machine too."""
    clusters, samples = Clusters(), event(FOCI[0], seed=1)
    for _ in range(MOST):
        clusters.push(shape(np.random.default_rng(_).normal(size=(25, 412)).astype(np.float32), 0, 400, RATE_HZ))
    took = []
    for _ in range(50):
        began = time.thread_time()
        clusters.push(shape(samples, 6, 400, RATE_HZ))
        took.append(time.thread_time() - began)
    assert float(np.median(took)) < 1e-3
