"""Abnormal background: it has the pace, the place and the size that the truth and the terminology say."""

from functools import cache

import numpy as np
import pytest
from scipy.signal import welch

from models.simulate import Illness, Simulated, simulate
from models.simulate.abnormal import LEFT, RIGHT
from models.simulate.truth import Float32

RATE_HZ = 256.0
SECONDS = 80.0
SEEDS = range(4)


@cache
def patient(illness: Illness, seed: int) -> Simulated:
    """Return a waking patient without discharges and artefacts."""
    return simulate(seed, SECONDS, plan=(("W", 400),), confounders=False, ied_rate_per_min=0, illness=illness)


def added(illness: Illness, seed: int) -> tuple[Float32, Simulated]:
    """Return what an illness of additive waves adds to a patient, (channels, samples), and the recording."""
    ill = patient(illness, seed)
    return ill.samples - patient("none", seed).samples, ill


@pytest.mark.parametrize("illness", ["grda", "lrda", "firda", "rhythmic-theta"])
def test_rhythmic_waves_have_the_pace_that_the_truth_says(illness: Illness) -> None:
    """In a run that is recorded for 5 s and more, the strongest electrode's spectrum peaks at the stated frequency."""
    errors = []
    for seed in SEEDS:
        waves, recording = added(illness, seed)
        named = recording.abnormalities[-1]
        assert named.kind == illness
        row = waves[recording.labels.index(named.electrode)]
        runs = [row[c.onset : c.end] for c in recording.confounders if c.kind == illness]
        for run in (run for run in runs if len(run) > 5 * RATE_HZ):
            # Padded to 1/64 Hz: the peak's place must not be rounded to the resolution of a short run.
            f, power = welch(run, RATE_HZ, nperseg=min(len(run), 2048), nfft=16384)
            errors.append(f[(power * (f > 0.5)).argmax()] / named.frequency_hz - 1)
    assert len(errors) >= 3
    # The pace itself wanders by up to 8 %.
    assert np.median(np.abs(errors)) < 0.05
    assert np.max(np.abs(errors)) < 0.15


def test_rhythmic_waves_are_delta_and_frontal_where_their_name_says_so() -> None:
    """Rhythmic delta is at most 4 Hz; the frontal kind is largest at Fp1 or Fp2, the lateral one on one side."""
    for seed in SEEDS:
        grda, lrda, firda = (added(name, seed)[1].abnormalities[-1] for name in ("grda", "lrda", "firda"))
        assert all(0.5 <= named.frequency_hz <= 4 for named in (grda, lrda, firda))
        assert firda.electrode in {"Fp1", "Fp2"}


def test_intermittent_runs_are_seconds_long() -> None:
    """FIRDA comes and goes: every run has six cycles at least and ends within 30 s, and most time is between them."""
    recordings = [added("firda", seed)[1] for seed in SEEDS]
    lengths = [(c.end - c.onset) / RATE_HZ for r in recordings for c in r.confounders if c.kind == "firda"]
    assert len(lengths) > 8
    assert min(lengths) > 6 / 3.0 - 0.01
    assert max(lengths) < 30
    assert sum(lengths) < 0.7 * SECONDS * len(SEEDS)


def test_slowing_adds_power_in_its_band_alone() -> None:
    """Nine tenths of what generalised slowing adds lie within three widths of the stated centre."""
    for seed in SEEDS:
        waves, recording = added("generalised-slowing", seed)
        named = recording.abnormalities[0]
        f, power = welch(waves[recording.labels.index(named.electrode)], RATE_HZ, nperseg=1024)
        low, high = named.frequency_hz - 3, named.frequency_hz + 3
        # What it takes away of alpha is in the difference as well.
        slow = f < 7.5
        assert power[slow & (f > low) & (f < high)].sum() > 0.9 * power[slow].sum()


def test_focal_slowing_stays_about_its_place() -> None:
    """Where it is largest it has at least three times the size of a median electrode."""
    ratios = []
    for seed in SEEDS:
        waves, recording = added("focal-slowing", seed)
        size = waves.std(axis=1)
        ratios.append(size[recording.labels.index(recording.abnormalities[0].electrode)] / np.median(size))
    assert np.median(ratios) > 3


def test_suppression_is_below_ten_microvolts_and_bursts_are_not() -> None:
    """Between bursts brain activity spans less than 10 uV; in bursts it is at least four times as large."""
    for seed in SEEDS:
        recording = patient("burst-suppression", seed)
        bursts = [c for c in recording.confounders if c.kind == "burst-suppression"]
        inside = np.zeros(recording.samples.shape[1], bool)
        for burst in bursts:
            inside[burst.onset : burst.end] = True
        first = bursts[0].onset
        f, loud = welch(_where(recording, inside, first), RATE_HZ, nperseg=256)
        _, quiet = welch(_where(recording, ~inside, first), RATE_HZ, nperseg=256)
        # From 3 to 15 Hz: below it drift and above it muscle and mains, which no illness suppresses.
        band = (f >= 3) & (f <= 15)
        loud_uv, quiet_uv = (np.median(np.sqrt(power[:, band].sum(axis=1) * (f[1] - f[0]))) for power in (loud, quiet))
        assert loud_uv > 4 * quiet_uv
        # A span of 10 uV is about five times the root mean square.
        assert quiet_uv < 2.5
        share = inside[first:].mean()
        assert 0.01 < share < 0.6


def _where(recording: Simulated, chosen: "np.ndarray[tuple[int], np.dtype[np.bool_]]", first: int) -> Float32:
    kept: Float32 = recording.samples[:, first:][:, chosen[first:]]
    return kept


def test_low_voltage_is_low() -> None:
    """A median electrode's root mean square, its own noise included, is below 5 uV from 2 to 25 Hz."""
    for seed in SEEDS:
        recording = patient("low-voltage", seed)
        f, power = welch(recording.samples, RATE_HZ, nperseg=1024)
        band = (f >= 2) & (f <= 25)
        assert np.median(np.sqrt(power[:, band].sum(axis=1) * (f[1] - f[0]))) < 5


def test_blunt_triphasic_waves_are_slow_and_mostly_positive_in_front() -> None:
    """Their main phase lasts at least 200 ms from foot to foot, and each is a confounder, none a discharge."""
    count = 0
    for seed in SEEDS:
        waves, recording = added("triphasic", seed)
        assert not recording.ieds
        found = [c for c in recording.confounders if c.kind == "triphasic"]
        named = recording.abnormalities[-1]
        steps = np.diff([c.onset for c in found]) / RATE_HZ
        inside = steps[steps < 2 / named.frequency_hz]
        if len(inside) > 10:
            assert np.median(inside) == pytest.approx(1 / named.frequency_hz, rel=0.08)
            row = waves[recording.labels.index(named.electrode)]
            # Averaged over waves, so that what else the illness adds falls away.
            mean = np.mean([row[c.onset : c.onset + 256] for c in found if c.onset + 256 < len(row)], axis=0)
            top = mean[64:180] - np.median(mean)
            assert top.max() > 0
            assert (top > 0.5 * top.max()).sum() / RATE_HZ > 0.08
            count += 1
    assert count >= 2


def test_a_breach_enlarges_its_side() -> None:
    """Beta over the breach is at least half larger than in the same patient without."""
    for seed in SEEDS:
        ill, well = patient("breach", seed), patient("none", seed)
        assert ill.abnormalities[0].electrode in {*LEFT, *RIGHT}
        at = ill.labels.index(ill.abnormalities[0].electrode)
        f, power = welch(np.stack([ill.samples[at], well.samples[at]]), RATE_HZ, nperseg=512)
        ratio = power[:, (f > 14) & (f < 30)].sum(axis=1)
        assert ratio[0] > 1.5**2 * ratio[1]
