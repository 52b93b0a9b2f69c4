"""What electrodes say of each other: copies, other sizes, another unit, and nothing of sound EEG."""

import numpy as np
import pytest
from numpy.typing import NDArray

from models.signal.electrode_check import EVERY_S, HELD_LOOKS, ElectrodeCheck

RATE_HZ = 256.0
LABELS = ("Fp1", "F7", "T3", "T5", "O1", "T4")
Samples = NDArray[np.float32]


def eeg(seconds: float = 20.0) -> Samples:
    """Make noise of 30 uV, another on each electrode."""
    dice = np.random.default_rng(1)
    return (30 * dice.standard_normal((len(LABELS), round(seconds * RATE_HZ)))).astype(np.float32)


def checked(samples: Samples, *, scale_to_uv: float = 1.0, known_unit: bool = True, piece: int = 32) -> ElectrodeCheck:
    """Check samples, piece by piece."""
    check = ElectrodeCheck(LABELS, RATE_HZ, scale_to_uv, known_unit=known_unit)
    push(check, samples, piece)
    return check


def push(check: ElectrodeCheck, samples: Samples, piece: int = 32) -> None:
    """Push samples piece by piece."""
    for first in range(0, samples.shape[1], piece):
        check.push(samples[:, first : first + piece])


def test_sound_electrodes_raise_no_doubt() -> None:
    """Of three to 300 microvolts."""
    check = checked(eeg() * np.array([[0.1], [1], [1], [1], [1], [10]], np.float32))
    assert (check.doubts, check.unit_wrong) == ("", False)


# One sample, an odd number, and more than is looked at: how samples come is no matter.
@pytest.mark.parametrize("piece", [1, 37, 1000])
def test_two_electrodes_that_send_the_same_samples_are_named(piece: int) -> None:
    """T4 is a copy of T3: what is on the left is found on the right, too."""
    samples = eeg(60.0)
    samples[5] = samples[2]
    assert checked(samples, piece=piece).doubts == "T3 and T4 send the same samples"


def test_flat_electrodes_and_those_without_numbers_are_no_copies() -> None:
    """They are found bad by themselves."""
    samples = eeg()
    samples[:2], samples[3:5] = 0.0, np.nan
    assert checked(samples).doubts == ""


@pytest.mark.parametrize(("factor", "word"), [(1e-3, "smaller"), (1e3, "larger")])
def test_an_electrode_in_another_unit_than_the_others_is_named(factor: float, word: str) -> None:
    """Millivolts sent as microvolts, or the other way round; a unit that is unknown is no hindrance."""
    samples = eeg()
    samples[2] *= factor
    told = f"T3 is more than 100 times {word} than most: its unit, or its contact"
    assert checked(samples).doubts == told
    assert checked(samples, known_unit=False).doubts == told


def test_a_doubt_must_hold_for_ten_seconds_and_is_over_with_its_cause() -> None:
    """A movement of one electrode is none."""
    check = ElectrodeCheck(LABELS, RATE_HZ, 1.0, known_unit=True)
    odd = eeg(EVERY_S)
    odd[2] *= 1e3
    said = []
    for samples in [eeg(EVERY_S), odd, odd, odd, eeg(EVERY_S)]:
        push(check, samples)
        said.append(check.doubts != "")
    assert HELD_LOOKS == 3
    assert said == [False, False, False, True, False]


def test_samples_a_million_times_too_large_are_of_a_wrong_unit() -> None:
    """Volts declared, microvolts sent; in an unknown unit no size is wrong."""
    assert checked(eeg(), scale_to_uv=1e6).unit_wrong
    assert checked(eeg(), scale_to_uv=1e6).doubts == ""
    assert not checked(eeg(), scale_to_uv=1e6, known_unit=False).unit_wrong
