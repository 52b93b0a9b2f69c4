"""A candidate is a heartbeat where its like came before it at a heart's pace, as brief and in the same field."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from models.detection.qrs import is_qrs

RATE_HZ = 128.0
ROWS = 25
AFTER = 24
"""Samples that have come after the candidate's peak when it is judged."""
Floats = NDArray[np.float64]


def field(seed: int = 1) -> Floats:
    """Return how large a source far away is in each derivation."""
    return np.random.default_rng(seed).normal(0, 20.0, ROWS)


def peaked(width_s: float, wave: float = 0.0, length_s: float = 0.8) -> Floats:
    """Return a beat of height 1 that peaks at 0.2 s, and a slow wave behind it."""
    t = np.arange(round(length_s * RATE_HZ)) / RATE_HZ - 0.2
    course: Floats = np.exp(-0.5 * (t / (width_s / 2.355)) ** 2) + wave * np.exp(-0.5 * ((t - 0.2) / 0.06) ** 2)
    return course


def recorded(
    times_s: Sequence[float], fields: Sequence[Floats], beat: Floats, noise_uv: float = 3.0
) -> tuple[Floats, int]:
    """Return noise with a beat at each time, up to AFTER samples behind the last one, and where that peaks."""
    last = round(times_s[-1] * RATE_HZ)
    samples = np.random.default_rng(7).normal(0, noise_uv, (ROWS, last + len(beat) + 1))
    for at_s, of in zip(times_s, fields, strict=True):
        begin = round(at_s * RATE_HZ) - round(0.2 * RATE_HZ)
        samples[:, begin : begin + len(beat)] += of[:, None] * beat
    return samples[:, : last + AFTER], last


def row_of_beats(period_s: float, jitter: float, count: int, beat: Floats) -> bool:
    """Return the verdict on the last of some beats whose intervals vary by a share of the period."""
    rng = np.random.default_rng(3)
    times_s = 1.0 + np.cumsum(period_s * (1 + rng.uniform(-jitter, jitter, count)))
    samples, peak = recorded(times_s.tolist(), [field()] * count, beat)
    return is_qrs(samples, peak, RATE_HZ)


@pytest.mark.parametrize("per_min", [48, 70, 100, 140])
def test_the_fifth_of_a_row_of_heartbeats_is_one_and_the_fourth_not_yet(per_min: float) -> None:
    """Four like it must have come before, at any pace of a heart that varies as one does at rest."""
    assert row_of_beats(60 / per_min, 0.05, 5, peaked(0.03))
    assert not row_of_beats(60 / per_min, 0.05, 4, peaked(0.03))


@pytest.mark.parametrize(
    ("period_s", "jitter", "beat"),
    [
        pytest.param(0.8, 0.4, peaked(0.03), id="periodic discharges without a steady pace"),
        pytest.param(0.8, 0.05, peaked(0.1), id="sharp waves of 100 ms"),
        pytest.param(0.8, 0.05, peaked(0.03, wave=-1.2), id="each with a slow wave behind it"),
        pytest.param(0.33, 0.02, peaked(0.03), id="three a second"),
        pytest.param(2.0, 0.02, peaked(0.03), id="one in two seconds"),
    ],
)
def test_what_comes_again_otherwise_than_a_heart_beats_is_none(period_s: float, jitter: float, beat: Floats) -> None:
    """Pace, steadiness, width and what follows all have to be a heart's."""
    assert not row_of_beats(period_s, jitter, 9, beat)


def test_a_spike_of_another_field_between_heartbeats_is_none() -> None:
    """As brief as the beats and as large, at the moment of the next beat, but elsewhere."""
    times_s = (1 + 0.8 * np.arange(10)).tolist()
    samples, peak = recorded(times_s, [field()] * 9 + [field(2)], peaked(0.03))
    assert not is_qrs(samples, peak, RATE_HZ)


def test_a_run_of_spikes_that_began_lately_is_none() -> None:
    """A heart beats throughout."""
    times_s = (8 + 0.5 * np.arange(6)).tolist()
    samples, peak = recorded(times_s, [field()] * 6, peaked(0.03))
    assert not is_qrs(samples, peak, RATE_HZ)
    assert is_qrs(samples[:, 7 * 128 :], peak - 7 * 128, RATE_HZ)


def test_what_only_a_few_derivations_show_is_none() -> None:
    """A heart is far from the head; a focus that is as steady is not."""
    focal = np.where(np.arange(ROWS) < 8, field(), 0.0)
    samples, peak = recorded((1 + 0.8 * np.arange(9)).tolist(), [focal] * 9, peaked(0.03))
    assert not is_qrs(samples, peak, RATE_HZ)


def test_of_a_few_derivations_nothing_is_said() -> None:
    """One chain alone does not show whether all of the head sees it; rows that are not there do not count."""
    samples, peak = recorded((1 + 0.8 * np.arange(9)).tolist(), [field()] * 9, peaked(0.03))
    assert not is_qrs(samples[:5], peak, RATE_HZ)
    samples[8:] = 0.0
    assert is_qrs(samples, peak, RATE_HZ)


def test_a_discharge_much_larger_than_the_beats_is_none() -> None:
    """Although it has their field: beats are of one size."""
    times_s = (1 + 0.8 * np.arange(10)).tolist()
    samples, peak = recorded(times_s, [field()] * 9 + [3 * field()], peaked(0.03))
    assert not is_qrs(samples, peak, RATE_HZ)


def test_zeros_before_the_recording_change_nothing() -> None:
    """What was not recorded is no quiet EEG: live it is there as zeros, in a file it is not."""
    samples, peak = recorded((1 + 0.8 * np.arange(5)).tolist(), [field()] * 5, peaked(0.03))
    later = np.pad(samples, ((0, 0), (500, 0)))
    assert is_qrs(samples, peak, RATE_HZ)
    assert is_qrs(later, peak + 500, RATE_HZ)


def test_beats_longer_ago_than_ten_seconds_do_not_count() -> None:
    """A heart that was plain to see once may not be so any more."""
    times_s = [*(1 + 0.8 * np.arange(6)).tolist(), 16.0]
    samples, peak = recorded(times_s, [field()] * 7, peaked(0.03))
    assert not is_qrs(samples, peak, RATE_HZ)


def test_silence_is_no_heart() -> None:
    """Nothing at all was recorded but the candidate itself."""
    samples = np.zeros((ROWS, 400))
    samples[3, 300] = 50.0
    assert not is_qrs(samples, 300, RATE_HZ)
    assert not is_qrs(np.zeros((ROWS, 400)), 300, RATE_HZ)
