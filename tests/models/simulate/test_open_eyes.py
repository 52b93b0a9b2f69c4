"""Open eyes laid on a recording: steps that stay, a spike where each begins, and the fields of both."""

from itertools import pairwise

import numpy as np
import pytest

from models.simulate.electrodes import SCALP_19
from models.simulate.open_eyes import SPIKE_S, OpenEyes, Saccade, open_eyes
from models.simulate.truth import Float32

RATE_HZ, SECONDS = 512.0, 60


def drawn(seed: int) -> OpenEyes:
    """Draw one person's eyes."""
    return open_eyes(int(RATE_HZ) * SECONDS, RATE_HZ, SCALP_19, np.random.default_rng(seed))


def at(eyes: OpenEyes, first: str, second: str) -> Float32:
    """Return a derivation."""
    derived: Float32 = eyes.samples[SCALP_19.index(first)] - eyes.samples[SCALP_19.index(second)]
    return derived


def alone(eyes: OpenEyes, far_deg: float = 5.0) -> list[Saccade]:
    """Return saccades of some size before which and after which the eyes rest for 0.25 s."""
    onsets = np.array([one.onset_s for one in eyes.saccades])
    apart = np.minimum(np.diff(onsets, prepend=-1.0), np.diff(onsets, append=SECONDS + 1.0))
    found = zip(eyes.saccades, apart, strict=True)
    return [one for one, gap in found if gap > 0.25 and one.size_deg > far_deg and 1 < one.onset_s < SECONDS - 1]


def test_the_same_generator_draws_the_same() -> None:
    """A set that is made again is the same to the bit."""
    np.testing.assert_array_equal(drawn(3).samples, drawn(3).samples)
    assert drawn(3).samples.shape == (19, int(RATE_HZ) * SECONDS)
    assert drawn(3).samples.dtype == np.float32


def test_eyes_turn_as_far_and_rest_as_long_as_is_known_of_people() -> None:
    """Half of saccades are smaller than 5 degrees, one in six larger than 15; most fixations last 200 to 400 ms."""
    people = [drawn(seed).saccades for seed in range(20)]
    sizes = np.array([one.size_deg for person in people for one in person])
    assert np.mean(sizes < 5) == pytest.approx(0.53, abs=0.03)
    assert np.mean(sizes < 15) == pytest.approx(0.83, abs=0.03)
    rests = [b.onset_s - a.onset_s - a.duration_s for person in people for a, b in pairwise(person)]
    assert np.median(rests) == pytest.approx(0.33, abs=0.05)
    assert min(rests) > 0.05
    assert Saccade(0.0, -6.0, 8.0).duration_s == pytest.approx(0.043)


@pytest.mark.parametrize("seed", range(5))
def test_the_temple_that_is_turned_to_becomes_positive_and_stays_so(seed: int) -> None:
    """By as much a degree at every saccade of a person, whatever blinks add; the other temple by as much less."""
    eyes = drawn(seed)
    course = at(eyes, "F8", "F7")
    step = [course[round((one.onset_s + 0.12) * RATE_HZ)] - course[round((one.onset_s - 0.03) * RATE_HZ)]
            for one in alone(eyes)]  # fmt: skip
    per_deg = np.array(step) / [one.right_deg for one in alone(eyes)]
    aside = np.array([abs(one.right_deg) > 2 * abs(one.up_deg) for one in alone(eyes)])
    assert np.median(per_deg[aside]) > 2
    assert np.mean(np.abs(per_deg[aside] / np.median(per_deg[aside]) - 1) < 0.2) > 0.8


def test_a_spike_stands_where_a_saccade_begins() -> None:
    """Negative at the orbit on that side, over within 22 ms; the step is hardly begun by then."""
    eyes = drawn(1)
    larger = 0
    for one in alone(eyes):
        first = round(one.onset_s * RATE_HZ)
        spike = np.abs(np.diff(at(eyes, "Fp2", "O2")[first - 6 : first + round(SPIKE_S * RATE_HZ)], n=2))
        later = np.abs(np.diff(at(eyes, "Fp2", "O2")[first + 26 : first + 80], n=2))
        larger += spike.max() > 2 * later.max()
    assert larger > 0.8 * len(alone(eyes)) > 5


def test_eyes_are_seen_in_front_of_the_head() -> None:
    """Over people, derivations in front carry several times what those behind do."""
    people = [drawn(seed) for seed in range(8)]
    front = np.median([np.diff(at(eyes, "F8", "T8")).std() for eyes in people])
    behind = np.median([np.diff(at(eyes, "P8", "O2")).std() for eyes in people])
    assert front > 3 * behind > 0
