"""The mimetic detector: a planted discharge is found, and what a state explains is not."""

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.worth.half_waves import waves
from bench.worth.mimetic import ALPHA_S, Mimetic, is_blink, is_muscle, is_rhythmic, is_slow, is_vertex_wave
from models.signal.conditioning import MODEL_RATE_HZ
from tests.bench.worth.traces import shown

SECONDS = 20
TIMES_S = np.arange(round(SECONDS * MODEL_RATE_HZ)) / MODEL_RATE_HZ
AT = 1280
"""Sample of the planted wave: 10 s."""


def theta() -> NDArray[np.float32]:
    """Return five rows of a quiet background of 6 Hz, each with a phase of its own."""
    phases = np.arange(5)[:, None]
    noise = np.random.default_rng(0).normal(size=(5, len(TIMES_S)))
    return (np.sin(2 * np.pi * 6 * TIMES_S + phases) + 0.1 * noise).astype(np.float32)


def with_wave(rows: NDArray[np.float32], row: int, height: float, half_samples: int) -> NDArray[np.float32]:
    """Return (1, rows, m) with a triangle planted in one row."""
    triangle = height * np.clip(1 - np.abs(np.arange(rows.shape[1]) - AT) / half_samples, 0, None)
    planted = rows.copy()
    planted[row] += triangle.astype(np.float32)
    return planted[None]


def test_a_planted_discharge_is_the_highest_event() -> None:
    """80 ms wide and ten times the background, at 10 s."""
    found = Mimetic().detect(shown(with_wave(theta(), 2, 20.0, 5)))
    assert abs(found.times_s[found.scores.argmax()] - 10.0) <= 2 / MODEL_RATE_HZ
    assert found.scores.max() > 5


@pytest.mark.parametrize(("derivations", "seen"), [(("Fp1-F7",) * 5, False), (("T3-T5",) * 5, True)])
def test_a_wide_wave_at_the_eyes_is_a_blink(derivations: tuple[str, ...], seen: bool) -> None:
    """The same wave further back is an event."""
    found = Mimetic().detect(shown(with_wave(theta(), 2, 20.0, 9), derivations))
    assert bool((np.abs(found.times_s - 10.0) < 0.05).any()) is seen


def test_empty_rows_and_rows_that_are_not_valid_are_left_out() -> None:
    """A row without a derivation has no waves to judge."""
    planted = with_wave(theta(), 2, 20.0, 5)
    derivations = ("F7-T3", "T3-T5", "", "C3-P3", "P3-O1")
    found = Mimetic().detect(shown(planted, derivations))
    assert not (np.abs(found.times_s - 10.0) < 0.05).any()


def test_rules_know_rhythms_muscle_slow_and_vertex_waves() -> None:
    """Of pure rhythms, every wave but those at the ends is a part."""
    alpha = waves(np.sin(2 * np.pi * 10 * TIMES_S).astype(np.float32))
    assert is_rhythmic(ALPHA_S)(alpha, "P3-O1")[5:-5].all()
    assert not is_muscle(alpha, "P3-O1").any()
    assert not is_slow(alpha, "P3-O1")[5:-5].any()
    fast = waves(np.sin(2 * np.pi * 35 * TIMES_S).astype(np.float32))
    assert is_muscle(fast, "T3-T5").all()
    assert not is_rhythmic(ALPHA_S)(fast, "T3-T5").any()
    slow = waves(np.sin(2 * np.pi * 2 * TIMES_S).astype(np.float32))
    assert is_slow(slow, "C3-P3")[2:-2].all()
    assert is_vertex_wave(slow, "Fz-Cz")[2:-2].all()
    assert not is_vertex_wave(slow, "C3-P3").any()
    assert not is_blink(slow, "Cz-Pz").any()
