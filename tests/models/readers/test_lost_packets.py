"""Packets that were lost, by honest stamps: gaps where they were, none for jitter, stalls and rates that are wrong."""

import numpy as np
import pytest
from numpy.typing import NDArray

from models.readers.lost_packets import losses
from models.readers.timeline import timeline
from tests.models.readers.test_timeline import as_chunks, stamps, whole

RATE_HZ = 256.0
TAKEN_S = stamps(RATE_HZ)
AT_S = TAKEN_S - TAKEN_S[0]
JITTER_S = np.random.default_rng(4).normal(0, 0.002, len(TAKEN_S))


def as_whole_milliseconds(taken_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round stamps as many senders do."""
    return np.round(taken_s, 3)


@pytest.mark.parametrize(
    "came",
    [
        ~((AT_S >= 4.5) & ((AT_S - 4.5) % 5 < 0.5)),
        np.arange(len(AT_S)) % 1280 >= 20,
        np.random.default_rng(0).random(len(AT_S) // 32).repeat(32) > 0.03,
        (AT_S < 20) | (AT_S >= 20.047),
    ],
    ids=["half a second of five", "20 samples of 5 s", "packets by chance", "one small packet"],
)
@pytest.mark.parametrize("stamped_s", [TAKEN_S, as_whole_milliseconds(TAKEN_S), TAKEN_S + JITTER_S])
def test_every_sample_stands_where_it_was_taken(came: NDArray[np.bool_], stamped_s: NDArray[np.float64]) -> None:
    """To the sample where stamps are exact, else within their jitter; the rate is the declared one."""
    came[0] = True
    found = timeline(stamped_s[came], RATE_HZ)
    assert found.rate_hz == RATE_HZ
    placed = np.concatenate([np.arange(at, at + end - first) for first, end, at in found.parts])
    assert np.abs(placed - np.flatnonzero(came)).max() <= (0 if stamped_s is TAKEN_S else 3)
    assert len(found.remarks) == 1
    assert found.remarks[0].startswith("lacks samples at ")


def test_samples_that_get_lost_all_the_time_are_joined_and_it_is_said() -> None:
    """As live: gaps every two seconds would leave nothing that could be analysed."""
    found = timeline(TAKEN_S[np.arange(len(TAKEN_S)) % 512 >= 20], RATE_HZ)
    assert len(found.parts) == 1
    assert found.rate_hz == pytest.approx(246.0, abs=0.1)
    said = "lacks samples at 29 places, 2.27 s in all: too often for gaps, so the samples are joined at 246.0"
    assert found.remarks[1].startswith(said)


def test_a_stall_that_is_made_up_for_is_no_loss() -> None:
    """0.3 s are held and come at once, or faster than they were taken for eight seconds."""
    held, slowly = TAKEN_S.copy(), TAKEN_S.copy()
    held[(AT_S >= 30) & (AT_S < 30.3)] = TAKEN_S[0] + 30.3
    slowly += np.where((AT_S >= 30) & (AT_S < 38), 0.3 * (1 - (AT_S - 30) / 8), 0)
    for stamped_s in (held, slowly):
        assert timeline(stamped_s, RATE_HZ) == whole(stamped_s, RATE_HZ)


@pytest.mark.parametrize("jitter_s", [0.005, 0.02, 0.1])
@pytest.mark.parametrize("chunk", [1, 8, 64, 256])
def test_jitter_is_no_loss(jitter_s: float, chunk: int) -> None:
    """Whatever the chunks that are stamped at once."""
    taken_s = as_chunks(stamps(RATE_HZ, jitter_s=jitter_s), chunk, RATE_HZ)
    assert losses(taken_s, [(0, len(taken_s))], RATE_HZ) == []


@pytest.mark.parametrize("true_hz", [125.0, 200.0, 240.0, 300.0])
@pytest.mark.parametrize("chunk", [10, 25, 100, 500])
def test_chunks_that_are_stamped_by_a_wrong_rate_are_no_losses(true_hz: float, chunk: int) -> None:
    """Up to 2 s long, where a packet lost as regularly would be 15 % or more of the recording."""
    taken_s = as_chunks(stamps(true_hz), chunk, 250.0)
    assert losses(taken_s, [(0, len(taken_s))], true_hz) == [] or (true_hz, chunk) == (240.0, 500)


@pytest.mark.parametrize("grain_s", [0.1, 0.25, 0.3, 1.0])
def test_stamps_in_coarse_steps_are_no_losses(grain_s: float) -> None:
    """Whole seconds stand still, and then go on by one."""
    taken_s = np.floor(TAKEN_S / grain_s) * grain_s
    assert losses(taken_s, [(0, len(taken_s))], RATE_HZ) == []
