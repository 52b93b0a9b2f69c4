"""A simulated sleeper's derivation has the spectra and the waves by which stages are told apart."""

from functools import cache

import numpy as np
import pytest

from models.simulate.sleeper import RATE_HZ, sleeper
from models.simulate.sleeper_events import EPOCH_SAMPLES, KINDS, Habits, paint
from models.sleep.features import measure
from models.sleep_stages import STAGES

W, N1, N2, N3, R = range(5)


@cache
def by_stage() -> "dict[int, np.ndarray]":
    """Return the mean measures of epochs by stage, over sleepers: (MEASURES,)."""
    found: dict[int, list[np.ndarray]] = {stage: [] for stage in range(5)}
    for seed in range(24):
        night = sleeper(seed, 12)
        for at, stage in enumerate(night.stages):
            epoch = night.samples[at * EPOCH_SAMPLES :][:EPOCH_SAMPLES].reshape(-1, 256)
            found[int(stage)].append(np.median(measure(epoch), axis=0))
    return {stage: np.mean(measures, axis=0) for stage, measures in found.items()}


def test_a_seed_is_a_sleeper() -> None:
    """The same seed the same night, of the length asked for, in microvolts of ordinary size."""
    one, again, other = sleeper(3, 6), sleeper(3, 6), sleeper(4, 6)
    assert np.array_equal(one.samples, again.samples)
    assert not np.array_equal(one.samples, other.samples)
    assert one.samples.shape == (6 * 30 * RATE_HZ,)
    assert one.stages.shape == (6,)
    assert 2 < one.samples.std() < 100


def test_stages_differ_as_the_literature_has_it() -> None:
    """Slow power rises from waking to N3; fast power is largest awake; spindles stand out in N2, not in REM sleep."""
    slow, fast, sigma = ({stage: m[at] for stage, m in by_stage().items()} for at in (0, 9, 11))
    assert slow[W] < slow[N2] < slow[N3]
    assert slow[R] < slow[N2]
    assert fast[W] > max(fast[N2], fast[N3], fast[R])
    assert sigma[N2] > max(sigma[R], sigma[N1]) + 0.3


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_event_is_painted(kind: str) -> None:
    """In the stage that has most of it, with about its size."""
    rng = np.random.default_rng(5)
    habits = Habits.draw(rng)
    rates = {other: np.zeros(5) for other in KINDS} | {kind: np.full(5, 20.0)}
    only = Habits(rates, dict.fromkeys(KINDS, 100.0), 13.0, (1.0, 0.0))
    samples = np.zeros(4 * EPOCH_SAMPLES)
    paint(samples, np.zeros(4, np.int64), only, rng)
    assert 40 < np.ptp(samples) < 2500
    assert len(habits.rates) == len(KINDS)
    assert len(STAGES) == 5
