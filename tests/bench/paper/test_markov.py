"""A model from left to right aligns as all paths tried one by one, and tells sequences apart."""

from itertools import pairwise, product

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.paper.markov import STATES, LeftToRight, Mixture


def sequences(rng: np.random.Generator, *levels: float) -> NDArray[np.float64]:
    """Return 40 sequences of 9 frames of 2 numbers that step through levels."""
    steps = np.repeat(levels, 3)[None, :, None]
    return np.asarray(steps + 0.3 * rng.normal(size=(40, 9, 2)))


def test_the_best_path_is_that_of_all_paths_tried() -> None:
    """Of four frames: each way to stay or go on by one from the first state to the last."""
    rng = np.random.default_rng(0)
    model = LeftToRight([Mixture(np.ones(1), rng.normal(size=(1, 2)), np.ones((1, 2))) for _ in range(STATES)])
    given = rng.normal(size=(1, 4, 2))
    density = np.stack([state.log_density(given[0]) for state in model.states], axis=1)
    paths = [(0, *rest) for rest in product(range(STATES), repeat=3)]
    allowed = [p for p in paths if p[-1] == STATES - 1 and all(b - a in {0, 1} for a, b in pairwise(p))]
    best = max(sum(density[i, state] for i, state in enumerate(path)) for path in allowed)
    assert model.scores(given)[0] == pytest.approx(best / 4)


def test_sequences_are_told_apart_by_their_order() -> None:
    """Rising and falling have the same frames."""
    rng = np.random.default_rng(1)
    rising, falling = (LeftToRight.fitted(sequences(rng, *levels), rng) for levels in ((0, 3, 6), (6, 3, 0)))
    unseen = sequences(rng, 0, 3, 6)
    assert (rising.scores(unseen) > falling.scores(unseen)).all()


def test_a_mixture_is_a_density() -> None:
    """Of one number it sums to 1, and two heaps have their own means."""
    rng = np.random.default_rng(2)
    heaps = np.concatenate([rng.normal(-4, 1, (300, 1)), rng.normal(4, 1, (300, 1))])
    mixture = Mixture.fitted(heaps, rng)
    grid = np.linspace(-12, 12, 4801)[:, None]
    assert np.exp(mixture.log_density(grid)).sum() * 0.005 == pytest.approx(1, abs=1e-3)
    assert mixture.log_density(np.array([[4.0]]))[0] > mixture.log_density(np.array([[0.0]]))[0] + 2
