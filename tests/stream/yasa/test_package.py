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
from stream.yasa.package import installed

pytestmark = pytest.mark.skipif(not installed(), reason="the extra [yasa] is not installed: nothing to ask")
EPOCHS = 14


CONFIG = Config(bed=[Bed(id="bed-1")], infer=Infer(device="cpu", detector="off", sleep="yasa"))


def states(samples: Samples, detectors: Detectors) -> list[SleepState]:
    """Stage one derivation (1, samples) by YASA, in its process, as `score` does."""
    source = Source("psg", "EEG", "", "", "", float(RATE_HZ), "float32", ("C4-M1",), ("uV",), ("EEG",))
    recording = Recording(samples, float(RATE_HZ), ("C4-M1",), ("uV",), ("EEG",))
    made = outcomes(Binding(CONFIG, CONFIG.bed[0], source, detectors), in_memory(recording), 512)
    return [state for outcome in made for state in outcome.sleep]


def test_a_sleeper_is_staged_from_the_fifth_minute_on_and_the_future_does_not_matter() -> None:
    """Who falls asleep is told to; waking that comes later changes no stage before it, and a recording no other's."""
    # Of one stage alone YASA would make nothing: it sets each epoch beside the whole record.
    plan = np.array([STAGES.index(stage) for stage in ["W"] * 6 + ["N2"] * 2 + ["N3"] * 6])
    asleep = sleeper(8, EPOCHS, plan).samples[None]
    awake = asleep.copy()
    awake[:, 12 * 30 * RATE_HZ :] = asleep[:, : 2 * 30 * RATE_HZ]
    detectors = Detectors(CONFIG)
    assert detectors.yasa is not None
    with closing(detectors.yasa):
        told, again = states(asleep, detectors), states(awake, detectors)
    assert [state.ready for state in told] == [False] * 9 + [True] * 4
    assert [state.stage for state in told[-2:]] == ["N3", "N3"]
    assert [(s.epoch_end, s.probabilities) for s in again[:11]] == [(s.epoch_end, s.probabilities) for s in told[:11]]
