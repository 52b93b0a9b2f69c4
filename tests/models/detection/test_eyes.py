"""A blink or a movement of the eyes is told by its field over all derivations."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from models.detection.eyes import Eyes
from models.signal.montage import build
from models.simulate.electrodes import SCALP_19, TEN_TWENTY

RATE_HZ = 128.0
PEAK = 200
SCALP = [name for group in build("scalp", list(SCALP_19)).groups for name in group.derivations]
EYES = [np.array([-0.33, 0.92, -0.2]), np.array([0.33, 0.92, -0.2])]
"""Where a head's eyeballs are, in head radii: x right, y front, z up."""
Floats = NDArray[np.float64]


def dipole(source: Floats, moment: Floats) -> Callable[[str], float]:
    """Return the potential of a dipole in an endless conductor, by electrode."""

    def at(electrode: str) -> float:
        away = np.array(TEN_TWENTY[electrode]) - source
        return float(moment @ away / np.linalg.norm(away) ** 3)

    return at


def recorded(potential: Callable[[str], float], largest_uv: float, derivations: list[str] = SCALP) -> Floats:
    """Return noise with a hump of 150 ms at PEAK, as a potential has it in each derivation."""
    of_rows = np.array([potential(a) - potential(b) for a, b in (name.split("-") for name in derivations)])
    hump = np.exp(-0.5 * ((np.arange(PEAK + 24) - PEAK) / RATE_HZ / 0.06) ** 2)
    noise = np.random.default_rng(1).normal(0, 4.0, (len(derivations), PEAK + 24))
    made: Floats = noise + (largest_uv / np.abs(of_rows).max()) * of_rows[:, None] * hump
    return made


def gaze(up: float, aside: float) -> Callable[[str], float]:
    """Return the potential of two eyes that turn up, and to the left."""
    moment = np.array([-aside, 0.0, up])
    both = [dipole(eye, moment) for eye in EYES]
    return lambda electrode: sum(eye(electrode) for eye in both)


def blink(electrode: str) -> float:
    """Return what is left of a blink at an electrode."""
    near = min(float(np.linalg.norm(np.array(TEN_TWENTY[electrode]) - eye)) for eye in EYES)
    return float(np.exp(-((near / 0.62) ** 2)))


def spike(electrode: str, sign: float = -1.0) -> Callable[[str], float]:
    """Return the potential of a discharge below an electrode, negative at the surface."""
    place = np.array(TEN_TWENTY[electrode])
    return dipole(0.7 * place, sign * place)


@pytest.mark.parametrize(
    "potential",
    [pytest.param(blink, id="blink"), pytest.param(gaze(1.0, 0.0), id="up"), pytest.param(gaze(0.4, 0.8), id="aside")],
)
def test_eyes_are_told(potential: Callable[[str], float]) -> None:
    """By the field of a model of the head that has nothing to do with the shares that are looked for."""
    assert Eyes(SCALP).moved(recorded(potential, 200.0), PEAK, RATE_HZ)


@pytest.mark.parametrize("electrode", ["Fp1", "F3", "F7", "Fz", "F8", "T7", "C4", "Cz", "P3", "O2"])
def test_a_discharge_below_any_electrode_is_none(electrode: str) -> None:
    """Negative at the surface, as nearly all are."""
    assert not Eyes(SCALP).moved(recorded(spike(electrode), 200.0), PEAK, RATE_HZ)


def test_frontal_discharges_of_both_sides_are_none() -> None:
    """Their field may be as wide as a blink's, but the forehead is negative."""
    both = [spike("Fp1"), spike("Fp2")]
    assert not Eyes(SCALP).moved(recorded(lambda end: sum(one(end) for one in both), 200.0), PEAK, RATE_HZ)
    assert not Eyes(SCALP).moved(recorded(lambda end: -blink(end), 200.0), PEAK, RATE_HZ)


def test_what_was_there_before_is_not_counted() -> None:
    """A step of the baseline long before a spike is no part of it."""
    samples = recorded(spike("T7"), 100.0)
    forehead = np.array([blink(a) - blink(b) for a, b in (name.split("-") for name in SCALP)])
    assert not Eyes(SCALP).moved(samples + 300.0 * forehead[:, None], PEAK, RATE_HZ)


def test_without_the_forehead_or_enough_electrodes_nothing_is_said() -> None:
    """As of depth leads, or of a channel or two of sleep."""
    depth = [f"LA{contact}-LA{contact + 1}" for contact in range(1, 8)]
    for derivations in (depth, ["Fp1-F7", "Fp2-F8"], [name for name in SCALP if "Fp" not in name]):
        samples = recorded(blink, 200.0)[: len(derivations)]
        assert not Eyes(derivations).moved(samples, PEAK, RATE_HZ)


def test_rows_without_known_electrodes_do_not_matter() -> None:
    """They are left out, whatever they show."""
    odd = ["", *SCALP[1:-1], "X1-X2"]
    samples = recorded(blink, 200.0)
    samples[[0, -1]] = 500.0
    assert Eyes(odd).moved(samples, PEAK, RATE_HZ)


def test_too_little_before_the_candidate_says_nothing() -> None:
    """What it stands out of is not known."""
    assert not Eyes(SCALP).moved(recorded(blink, 200.0)[:, PEAK - 40 :], 40, RATE_HZ)


def test_silence_is_no_eye() -> None:
    """There is no field to compare."""
    assert not Eyes(SCALP).moved(np.zeros((len(SCALP), PEAK + 24)), PEAK, RATE_HZ)
