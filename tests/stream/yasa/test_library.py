"""YASA itself, where it is installed: a sleeper is staged through the live stages, and nothing of the future counts."""

from contextlib import closing

import numpy as np
import pytest

from models.readers.contract import Recording, in_memory
from models.simulate.sleeper import RATE_HZ, sleeper
from models.sleep_stages import STAGES
from stream.config.keys import Bed, Config, Infer
from stream.detect.binding import Binding
from stream.detect.models import Detectors
from stream.records import Samples, SleepState, Source
from stream.score import outcomes
from stream.yasa.library import installed

pytestmark = pytest.mark.skipif(not installed(), reason="the extra [yasa] is not installed: nothing to ask")
EPOCHS = 14


def states(samples: Samples) -> list[SleepState]:
    """Stage one derivation (1, samples) by YASA, in its process, as `score` does."""
    config = Config(bed=[Bed(id="bed-1")], infer=Infer(device="cpu", detector="off", sleep="yasa"))
    detectors = Detectors(config)
    assert detectors.yasa is not None
    source = Source("psg", "EEG", "", "", "", float(RATE_HZ), "float32", ("C4-M1",), ("uV",), ("EEG",))
    recording = Recording(samples, float(RATE_HZ), ("C4-M1",), ("uV",), ("EEG",))
    with closing(detectors.yasa):
        made = list(outcomes(Binding(config, config.bed[0], source, detectors), in_memory(recording), 512))
    return [state for outcome in made for state in outcome.sleep]


def test_a_sleeper_is_staged_from_the_fifth_minute_on_and_the_future_does_not_matter() -> None:
    """Deep sleep is told as such; waking that comes later changes no stage before it."""
    plan = np.full(EPOCHS, STAGES.index("N3"))
    deep = sleeper(5, EPOCHS, plan).samples[None]
    told = states(deep)
    assert [state.ready for state in told] == [False] * 9 + [True] * 4
    assert {state.stage for state in told if state.ready} == {"N3"}
    later = deep.copy()
    later[:, 12 * 30 * RATE_HZ :] = sleeper(6, EPOCHS, np.zeros(EPOCHS, np.int64)).samples[: 2 * 30 * RATE_HZ]
    again = states(later)
    assert [(s.epoch_end, s.probabilities) for s in again[:11]] == [(s.epoch_end, s.probabilities) for s in told[:11]]
