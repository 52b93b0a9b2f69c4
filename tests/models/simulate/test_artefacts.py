"""Artefacts laid on a recording: eyes in front, muscle at the temples, nothing that the draw did not make."""

import numpy as np

from models.simulate.artefacts import artefacts
from models.simulate.electrodes import SCALP_19
from models.simulate.truth import Float32

RATE_HZ, SECONDS = 256.0, 40


def drawn(seed: int) -> Float32:
    """Draw one person's artefacts."""
    return artefacts(int(RATE_HZ) * SECONDS, RATE_HZ, SCALP_19, np.random.default_rng(seed))


def test_the_same_generator_draws_the_same() -> None:
    """A set that is made again is the same to the bit."""
    np.testing.assert_array_equal(drawn(3), drawn(3))
    assert drawn(3).shape == (19, 10240)
    assert drawn(3).dtype == np.float32


def test_eyes_are_seen_in_front_of_the_head() -> None:
    """Over people, derivations in front carry several times what those behind do; no electrode of all is spared."""
    people = np.stack([drawn(seed) for seed in range(30)])
    at = {label: people[:, row] for row, label in enumerate(SCALP_19)}
    front = np.median((at["Fp1"] - at["F3"]).std(axis=1))
    behind = np.median((at["P3"] - at["O1"]).std(axis=1))
    assert front > 3 * behind > 0


def test_people_differ() -> None:
    """Between somebody who lies still and somebody who moves lies a factor of ten."""
    sizes = np.array([np.median(drawn(seed).std(axis=1)) for seed in range(30)])
    assert sizes.max() > 10 * sizes.min()
    assert np.isfinite(sizes).all()
