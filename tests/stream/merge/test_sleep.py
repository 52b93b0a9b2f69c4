"""Sleep states: the stager's answers on an absolute grid, and of them what is worth telling."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.sleep.stager import RESULT_SAMPLES, Stager
from models.zoo import store
from models.zoo.store import LoadedModel
from stream.merge.sleep import PUBLISH_EVERY_S, DetectorStaging, NoStaging, SignalStaging
from stream.records import Hop, Samples, Score, SleepState, Window
from stream.timebase import Timebase

RATE_HZ = 128
HOP = 16
TIMEBASE = Timebase(256.0, float(RATE_HZ), 0.02)


@cache
def stager() -> LoadedModel:
    """Load the shipped stager."""
    return store.load(store.for_montage("scalp", "sleep"))


@cache
def night() -> Samples:
    """Return 2 min of noise that turns from fast to slow: (5, n) at the model's rate."""
    rng = np.random.default_rng(4)
    noise = rng.normal(scale=20.0, size=(5, 120 * RATE_HZ))
    # Summed noise has most of its power at low frequencies, as deep sleep has.
    slow = np.cumsum(noise, axis=1) * 0.3
    noise[:, 60 * RATE_HZ :] = slow[:, 60 * RATE_HZ :]
    return noise.astype(np.float32)


def run(staging: SignalStaging, first: int, end: int, bad_rows: tuple[int, ...] = ()) -> list[SleepState]:
    """Push the hops from `first` to `end` (multiples of the hop)."""
    states: list[SleepState] = []
    usable = np.array([row not in bad_rows for row in range(5)])
    for start in range(first, end, HOP):
        hop = Hop("bed-1", start + HOP, (), (), night()[:, start : start + HOP], usable, 0.0, 0.0)
        states += staging.push(hop, ())
    return states


def staging_of() -> SignalStaging:
    """Begin staging."""
    return SignalStaging("bed-1", Stager(stager()), TIMEBASE)


def slow_states(bad_rows: tuple[int, ...] = ()) -> list[tuple[int, str]]:
    """Return what the stager makes of the whole night at once: changes, and the stage every 30 s."""
    valid = np.ones(night().shape, np.bool_)
    valid[list(bad_rows)] = False
    told, before = [], "nothing"
    for result in Stager(stager()).push(night(), valid):
        if result.stage != before or result.end % (PUBLISH_EVERY_S * RATE_HZ) == 0:
            told.append((2 * result.end, result.stage))
        before = result.stage
    return told


@pytest.mark.parametrize("bad_rows", [(), (2,), (0, 1, 2, 3, 4)])
def test_states_are_those_of_the_whole_night(bad_rows: tuple[int, ...]) -> None:
    """A change at once, and an unchanged stage every 30 s; rows that are not usable are not looked at."""
    states = run(staging_of(), 0, 120 * RATE_HZ, bad_rows)
    assert [(state.epoch_end, state.stage) for state in states] == slow_states(bad_rows)
    stages = {state.stage for state in states}
    assert stages == {"unknown"} if len(bad_rows) == 5 else len(stages) > 1


def test_a_state_has_what_a_reader_needs() -> None:
    """Bed, probabilities that sum to one, whether a whole epoch stood behind it."""
    staging = staging_of()
    states = run(staging, 0, 120 * RATE_HZ)
    assert (states[0].bed, states[0].ready, states[0].stage) == ("bed-1", False, "unknown")
    assert states[-1].ready
    assert sum(states[-1].probabilities.values()) == pytest.approx(1.0, abs=1e-5)
    assert staging.stage == states[-1].stage


@settings(max_examples=15, deadline=None)
# 700 hops are 87.5 of the 120 s: behind the hole there is time for an epoch of 30 s.
@given(st.integers(0, 400), st.integers(1, 300))
def test_the_grid_is_absolute_whatever_is_lost(before: int, lost: int) -> None:
    """Behind a hole, results stand on multiples of 5 s of the recording, and a whole epoch must come again."""
    staging = staging_of()
    states = run(staging, 0, before * HOP)
    resumed = (before + lost) * HOP
    states += run(staging, resumed, 120 * RATE_HZ)
    assert all(state.epoch_end % (2 * RESULT_SAMPLES) == 0 for state in states)
    behind = [state for state in states if state.epoch_end > 2 * resumed]
    ready_at = [state.epoch_end // 2 for state in behind if state.ready]
    # Of an epoch's 29 segments, which begin 1 s apart, 20 must be usable.
    assert min(ready_at) >= resumed + 20 * RATE_HZ
    # A whole epoch, and up to one result's step until the grid comes round.
    assert min(ready_at) < resumed + 30 * RATE_HZ + 2 * RESULT_SAMPLES


def test_behind_an_hour_without_samples_no_old_stage_is_told() -> None:
    """Unknown from the first hop on, published as such, and again a stage when a whole epoch has come."""
    staging = staging_of()
    assert run(staging, 0, 60 * RATE_HZ)[-1].ready
    assert staging.confidence > 0
    told: list[SleepState] = []
    for at in range(3660 * RATE_HZ, 3700 * RATE_HZ, HOP):
        samples = night()[:, at - 3600 * RATE_HZ : at - 3600 * RATE_HZ + HOP]
        told += staging.push(Hop("bed-1", at + HOP, (), (), samples, np.ones(5, np.bool_), 0.0, 0.0), ())
        if at == 3660 * RATE_HZ:
            assert (staging.stage, staging.confidence) == ("unknown", 0.0)
    # The first result behind the hole says that nothing is known: a retained stage of an hour ago must not stay.
    assert (told[0].epoch_end, told[0].stage) == (2 * 3665 * RATE_HZ, "unknown")
    assert next(state.epoch_end for state in told if state.ready) == 2 * 3690 * RATE_HZ


def test_without_a_model_no_state_is_published() -> None:
    """The stage is unknown."""
    staging = NoStaging()
    hop = Hop("bed-1", HOP, (), (), night()[:, :HOP], np.ones(5, np.bool_), 0.0, 0.0)
    assert staging.push(hop, ()) == ()
    assert staging.stage == "unknown"


def detected(staging: DetectorStaging, first: int, end: int, stages: tuple[float, ...]) -> list[SleepState]:
    """Push hops from `first` to `end` with two windows each, of which one has no answer for stages."""
    states: list[SleepState] = []
    for at in range(first, end, HOP):
        hop = Hop("bed-1", at + HOP, (), (), night()[:, :HOP], np.ones(5, np.bool_), 0.0, 0.0)
        window = Window("bed-1", "left", 0, (), at, night()[:, :HOP])
        states += staging.push(hop, (Score(window, (), stages), Score(window, ())))
    return states


def test_a_detectors_stages_are_means_over_half_a_minute() -> None:
    """First after 20 s of 30; 10 s of another stage count for a third; published as it changes and every 30 s."""
    staging, deep, awake = DetectorStaging("bed-1", TIMEBASE), (0.0, 0.0, 0.0, 1.0, 0.0), (1.0, 0.0, 0.0, 0.0, 0.0)
    states = detected(staging, 0, 30 * RATE_HZ, deep) + detected(staging, 30 * RATE_HZ, 40 * RATE_HZ, awake)
    assert [(s.epoch_end, s.stage, s.ready) for s in states] == [
        (5 * 256, "unknown", False), (20 * 256, "N3", True), (30 * 256, "N3", True),
    ]  # fmt: skip
    assert staging.confidence == pytest.approx(2 / 3)
    [state] = detected(staging, 40 * RATE_HZ, 50 * RATE_HZ, awake)
    assert (state.epoch_end, state.stage) == (45 * 256, "W")
    assert state.probabilities["N3"] == pytest.approx(1 / 2)


def test_a_hole_breaks_a_detectors_epoch() -> None:
    """Unknown at once, and until 20 s were scored again; hops that were not scored are nothing seen."""
    staging, deep = DetectorStaging("bed-1", TIMEBASE), (0.0, 0.0, 0.0, 1.0, 0.0)
    detected(staging, 0, 30 * RATE_HZ, deep)
    states = detected(staging, 35 * RATE_HZ, 60 * RATE_HZ, deep)
    assert [(s.epoch_end, s.stage) for s in states] == [(40 * 256, "unknown"), (55 * 256, "N3"), (60 * 256, "N3")]
    states = detected(staging, 60 * RATE_HZ, 90 * RATE_HZ, ())
    assert (states[-1].stage, staging.confidence) == ("unknown", 0.0)
    assert sum(states[-1].probabilities.values()) == pytest.approx(1)
