"""A blink or a movement of the eyes is told by its field over all derivations."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from models.detection.eyes import Eyes
from models.signal.conditioning import Conditioner
from models.signal.montage import build
from models.simulate.electrodes import SCALP_19, TEN_TWENTY
from models.simulate.open_eyes import Saccade, open_eyes
from models.simulate.overlay import overlay
from models.simulate.windows import record

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


def recorded(
    potential: Callable[[str], float], largest_uv: float, derivations: list[str] = SCALP, *, spread_s: float = 0.06
) -> Floats:
    """Return noise with a hump at PEAK, of 150 ms unless it shall be briefer, as a potential has it in derivations."""
    of_rows = np.array([potential(a) - potential(b) for a, b in (name.split("-") for name in derivations)])
    hump = np.exp(-0.5 * ((np.arange(PEAK + 24) - PEAK) / RATE_HZ / spread_s) ** 2)
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


def aside(electrode: str) -> float:
    """Return the potential of eyes that turn aside, in a head whose electrodes are further back than usual."""
    both = [dipole(eye + np.array([0.0, 0.3, 0.0]), np.array([-1.0, 0.0, 0.0])) for eye in EYES]
    return sum(eye(electrode) for eye in both)


def test_a_turn_aside_need_not_fit_as_well_as_a_blink() -> None:
    """Three quarters of its power are explained, on either side of the head."""
    assert Eyes(SCALP).moved(recorded(aside, 200.0), PEAK, RATE_HZ)


@pytest.mark.parametrize("sign", [-1.0, 1.0])
@pytest.mark.parametrize("electrode", ["F7", "T7", "F8", "P8"])
def test_a_discharge_at_one_temple_is_no_turn_aside(electrode: str, sign: float) -> None:
    """Whatever its sign: the other side of the head has next to nothing of it."""
    assert not Eyes(SCALP).moved(recorded(spike(electrode, sign), 200.0), PEAK, RATE_HZ)


def test_a_discharge_that_points_along_the_scalp_is_no_turn_aside() -> None:
    """Its two poles lie at one temple: together they are much like a turn, but the other side hardly sees them."""
    along = dipole(np.array([-0.34, 0.355, -0.08]), np.array([-1.01, 0.9, -0.52]))
    assert not Eyes(SCALP).moved(recorded(along, 200.0), PEAK, RATE_HZ)


def muscles(electrode: str) -> float:
    """Return the potential of the muscles that begin a turn to the left, negative near the orbits."""
    left, right = (float(np.linalg.norm(np.array(TEN_TWENTY[electrode]) - eye)) for eye in EYES)
    return -float(np.exp(-((left / 0.62) ** 2)) + 0.6 * np.exp(-((right / 0.62) ** 2)))


def test_the_muscles_that_begin_a_turn_are_told_by_their_briefness() -> None:
    """Of the same field, what lasts twice as long may be a discharge of both sides of the forehead."""
    assert Eyes(SCALP).moved(recorded(muscles, 100.0, spread_s=0.005), PEAK, RATE_HZ)
    assert not Eyes(SCALP).moved(recorded(muscles, 100.0, spread_s=0.012), PEAK, RATE_HZ)


@pytest.mark.parametrize("electrode", ["Fp1", "F7", "Fz", "T8", "C3", "O1"])
def test_a_discharge_as_brief_as_a_muscle_is_none(electrode: str) -> None:
    """By its field: that of one focus, and not of two orbits."""
    assert not Eyes(SCALP).moved(recorded(spike(electrode), 100.0, spread_s=0.005), PEAK, RATE_HZ)


@pytest.mark.parametrize("electrode", ["Fp1", "F3", "F8", "T7"])
def test_a_discharge_with_its_slow_wave_is_none(electrode: str) -> None:
    """At any time after its peak: what follows has the field of the focus, not of the eyes."""
    slow = np.exp(-0.5 * (((np.arange(PEAK + 24) - PEAK) / RATE_HZ - 0.15) / 0.05) ** 2)
    of_rows = recorded(spike(electrode), 120.0, spread_s=0.02)
    of_rows += 0.8 * 120.0 * of_rows[:, [PEAK]] / np.abs(of_rows[:, PEAK]).max() * slow
    for known in range(PEAK + 9, PEAK + 24):
        assert not Eyes(SCALP).moved(of_rows[:, :known], PEAK, RATE_HZ)


def test_saccades_of_people_who_look_around_are_told_where_they_end() -> None:
    """Large ones to a side, conditioned as live, at the largest deflection where each is known to be."""
    told = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        eyes = open_eyes(256 * 60, 256.0, SCALP_19, rng)
        noise = rng.normal(0, 3, eyes.samples.shape).astype(np.float32)
        made = overlay(noise + eyes.samples, 256.0, SCALP_19, 0, ied_rate_per_min=0.0)
        rows = record(made, "auto").samples.reshape(len(SCALP), -1)
        delay_s = Conditioner(build("scalp", list(SCALP_19)), 256.0).delay_s()
        for one in _large(eyes.saccades, seconds=58.0):
            first, last = (round((one.onset_s + delay_s + after) * RATE_HZ) for after in (0, one.duration_s + 0.03))
            peak = first + int(np.argmax(np.abs(rows[:, first:last]).max(axis=0)))
            told.append(Eyes(SCALP).moved(rows[:, : peak + 9], peak, RATE_HZ))
    assert len(told) > 15
    assert all(told)


def _large(saccades: tuple[Saccade, ...], seconds: float) -> list[Saccade]:
    """Return those of 15 degrees and more to a side, before which the eyes rested for half a second."""
    pairs = [two for before, two in pairwise(saccades) if two.onset_s - before.onset_s > 0.4]
    return [one for one in pairs if abs(one.right_deg) > max(15, 4 * abs(one.up_deg)) and 2 < one.onset_s < seconds]


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
