"""The state of an EEG from what it is made of."""

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.worth.states import State, states
from models.signal.conditioning import MODEL_RATE_HZ

TIMES_S = np.arange(round(20 * MODEL_RATE_HZ)) / MODEL_RATE_HZ


def wave(frequency_hz: float) -> NDArray[np.float64]:
    """Return 20 s of a rhythm."""
    rhythm: NDArray[np.float64] = np.sin(2 * np.pi * frequency_hz * TIMES_S)
    return rhythm


@pytest.mark.parametrize(
    ("trace", "state"),
    [
        (wave(35), State.ACTIVE),
        (wave(10), State.QUIET),
        (wave(6), State.DESYNCHRONISED),
        (wave(2) + 0.6 * wave(13.5), State.PHASIC),
        (wave(2), State.SLOW),
    ],
    ids=lambda given: given.value if isinstance(given, State) else "trace",
)
def test_each_state_is_known_by_its_rhythm(trace: NDArray[np.float64], state: State) -> None:
    """Every second has one, the unfinished last one too."""
    found = states(np.tile(trace, (3, 1))[:, : round(19.5 * MODEL_RATE_HZ)].astype(np.float32))
    assert found == [state] * 20


def test_one_bad_derivation_decides_nothing() -> None:
    """The median over derivations counts."""
    traces = np.stack([wave(10), wave(10), 50 * wave(35)]).astype(np.float32)
    assert set(states(traces)) == {State.QUIET}
