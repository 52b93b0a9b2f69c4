"""Events, sensitivity and false alarms are counted as a reader would count them."""

import dataclasses
from collections.abc import Sequence
from functools import partial

import numpy as np
import pytest

from models.engines.verifying import Verifier
from models.evaluation.forming import events
from models.evaluation.simulated import compare, held_out, score
from models.networks.candidate_window import BEFORE
from models.networks.sc import SPANS
from models.signal.window_geometry import WINDOW_SAMPLES
from models.simulate.windows import Floats, Track, draw_track

# Without the gate: the silence here is white noise, which it would take for what it is.
ungated = partial(score, gated=False)


def twice(found: np.ndarray) -> np.ndarray:
    """Return the same for the whole window and for its newest part."""
    return np.repeat(found[:, None], SPANS, axis=1)


class Oracle:
    """An engine that knows where discharges are: it finds spikes of exactly 1000."""

    name = "oracle"
    context_samples = 0

    def score(self, windows: Floats) -> "tuple[np.ndarray, np.ndarray]":
        """Return 0.97 where a row holds 1000, and its place."""
        height = windows.max(axis=1)
        found = height.max(axis=1) == 1000
        return twice(np.where(found, 0.97, 0.001).astype(np.float32)), twice(height.argmax(axis=1).astype(np.int64))


@pytest.fixture
def track() -> Track:
    """Return a minute of silence with spikes at 10, 20 and 30 s, of which two are discharges that stand out."""
    made = draw_track(3, "scalp", seconds=2.0, quiet=True)
    samples = np.random.default_rng(0).normal(size=(5, 5, 60 * 128)).astype(np.float32)
    spikes = np.array([10, 20, 30]) * 128
    # A hundred times the noise, and a value that noise never has: the oracle knows it by that.
    samples[1, 2, spikes] = 1000
    ratios = np.zeros((5, 3))
    # Marked, marked and clear, and too faint to be marked.
    ratios[1] = [4.0, 9.0, 2.0]
    whole = dataclasses.replace(made, samples=samples, valid=np.ones((5, 60 * 128), bool), visible=ratios)
    return with_discharges(whole, [10 * 128, 40 * 128, 50 * 128])


def with_discharges(track: Track, peaks: Sequence[int]) -> Track:
    """Put discharges in at these samples of the model's rate, without any delay of filters."""
    ied = draw_track(1, "scalp", seconds=8.0, quiet=False).simulated.ieds[0]
    rate_hz, first = track.simulated.rate_hz, track.simulated.first
    ieds = tuple(dataclasses.replace(ied, peak=first + round(peak / 128 * rate_hz)) for peak in peaks)
    simulated = dataclasses.replace(track.simulated, ieds=ieds)
    return dataclasses.replace(track, peaks=np.array(peaks), simulated=simulated)


def test_counts_are_exact(track: Track) -> None:
    """One of two marked discharges found, two false alarms, a faint discharge that counts for nothing."""
    scored = ungated(Oracle(), track.samples, track.valid, track.names)
    got, _ = compare(track, scored, 0.5)
    assert (got.found, got.marked, got.alarms) == (1, 2, 2)
    assert (got.clear_found, got.clear) == (0, 1)
    assert (got.sensitivity, got.clear_sensitivity) == (0.5, 0.0)
    assert got.minutes == pytest.approx((60 * 128 - WINDOW_SAMPLES + 16) / 128 / 60)


def test_an_event_finds_one_of_two_discharges(track: Track) -> None:
    """Two marked peaks 120 ms apart at the one event: the nearer is found, the clear one is missed."""
    near = with_discharges(track, [1280 + 2, 1280 - 13, 50 * 128])
    got, timing = compare(near, ungated(Oracle(), near.samples, near.valid, near.names), 0.5)
    assert (got.found, got.marked, got.clear_found, got.clear) == (1, 2, 0, 1)
    assert timing.errors_ms == (-1000 * 2 / 128,)


def test_nothing_passes_a_threshold_above_the_scores(track: Track) -> None:
    """A threshold higher than every probability gives no events."""
    scored = ungated(Oracle(), track.samples, track.valid, track.names)
    assert events(scored, 0.98) == []
    assert len(events(scored, 0.97)) == 3


def test_a_candidate_is_judged_once_for_all_thresholds(track: Track) -> None:
    """A verifier costs as much as many windows; its answer does not depend on the threshold."""
    asked: list[Floats] = []

    def logit(surroundings: Floats) -> float:
        asked.append(surroundings)
        return 0.5

    scored = ungated(Oracle(), track.samples, track.valid, track.names, verifier=Verifier(logit, 0.1, 1.0, "v", ""))
    first = events(scored, 0.5)
    judged = len(asked)
    assert (len(first), judged > 0) == (3, True)
    assert events(scored, 0.4) == first
    assert len(asked) == judged


def test_a_verifier_is_shown_whole_valid_hops_as_live(track: Track) -> None:
    """Filters settle within a hop: its last samples are in windows, but live a hop is kept whole or not at all."""
    asked: list[Floats] = []

    def logit(surroundings: Floats) -> float:
        asked.append(surroundings)
        return 0.5

    spike, hop = 20 * 128, 16
    valid = track.valid.copy()
    # Four samples before the end of a hop; the next one begins 128 samples before the spike.
    valid[:, : spike - 128 - 4] = False
    verifier = Verifier(logit, 0.1, 1.0, "v", "")
    events(ungated(Oracle(), track.samples, valid, track.names, hop_samples=hop, verifier=verifier), 0.5)
    # The spike at 30 s has all of its past.
    assert {int(one.any(axis=0).argmax()) for one in asked} == {BEFORE - 128, 0}


def test_invalid_stretches_are_neither_scored_nor_held_against(track: Track) -> None:
    """A discharge in a stretch that cannot be scored is not missed, and the minutes shrink."""
    valid = track.valid.copy()
    # Around the clear discharge at 40 s.
    valid[:, 38 * 128 : 42 * 128] = False
    blind = dataclasses.replace(track, valid=valid)
    got, _ = compare(blind, ungated(Oracle(), blind.samples, blind.valid, blind.names), 0.5)
    assert (got.found, got.marked) == (1, 1)
    assert got.clear == 0
    assert got.minutes < 57 / 60


def test_planted_delays_are_measured(track: Track) -> None:
    """Events 5 samples late have an error of 39 ms; the latency counts from the discharge's own peak."""
    true_s = 10.0 - 5 / 128
    ied = dataclasses.replace(draw_track(1, "scalp", seconds=8.0, quiet=False).simulated.ieds[0], peak=0)
    first = -round(true_s * track.simulated.rate_hz)
    simulated = dataclasses.replace(track.simulated, ieds=(ied,), first=first)
    late = dataclasses.replace(track, peaks=np.array([1275]), visible=np.full((5, 1), 9.0), simulated=simulated)
    scored = ungated(Oracle(), late.samples, late.valid, late.names)
    _, got = compare(late, scored, 0.5)
    [event] = [event for event in events(scored, 0.5) if event.best.peak == 1280]
    assert got.errors_ms == pytest.approx((1000 * 5 / 128,))
    assert got.latencies_ms == pytest.approx((1000 * (event.decided / 128 - true_s),), abs=3)
    # Strong evidence waits 62.5 ms behind the event's peak, which is 39 ms late, and for the end of a hop of 125 ms.
    assert 101 <= got.latencies_ms[0] <= 227


def test_held_out_patients_are_counted_one_by_one() -> None:
    """Two short patients, the first without discharges; an engine that is silent finds nothing and is never wrong."""

    class Silent:
        name = "silent"
        context_samples = 0

        def score(self, windows: Floats) -> "tuple[np.ndarray, np.ndarray]":
            return np.zeros((len(windows), SPANS), np.float32), np.zeros((len(windows), SPANS), np.int64)

    people = list(held_out(Silent(), "scalp", patients=2, seconds=12.0, thresholds=(0.5,)))
    assert [person.name for person in people] == ["simulated 900000000", "simulated 900000001"]
    assert people[0].counts[0.5].marked == 0
    assert all(person.counts[0.5].alarms == person.counts[0.5].found == 0 for person in people)
    assert all(person.counts[0.5].minutes > 0.1 for person in people)


def test_the_past_that_an_engine_looks_back_on_is_before_its_windows() -> None:
    """A window is scored from its own samples and those just before; the first one ends when both are in."""
    seen: list[Floats] = []

    class LooksBack:
        name = "looks back"
        context_samples = 20

        def score(self, windows: Floats) -> "tuple[np.ndarray, np.ndarray]":
            seen.append(windows.copy())
            return np.zeros((len(windows), SPANS), np.float32), np.zeros((len(windows), SPANS), np.int64)

    samples = np.broadcast_to(np.arange(300, dtype=np.float32), (1, 5, 300))
    scored = score(LooksBack(), samples, np.ones((1, 300), bool), ("left",))
    # 212 samples are needed; 224 is the first multiple of the hop that has them.
    assert scored.ends == (224, 240, 256, 272, 288)
    windows = np.concatenate(seen)
    assert windows.shape == (5, 5, 20 + WINDOW_SAMPLES)
    twice_as_often = score(LooksBack(), samples, np.ones((1, 300), bool), ("left",), hop_samples=8)
    assert twice_as_often.ends == (*range(216, 301, 8),)
    assert twice_as_often.minutes == pytest.approx(11 * 8 / 128 / 60)
    assert [(int(one[0, 0]), int(one[0, -1])) for one in windows] == [(e - 212, e - 1) for e in scored.ends]


def test_what_the_gate_rejects_is_not_scored(track: Track) -> None:
    """White noise in every group: of a minute a tenth at most counts as analysed, and no event is found."""
    scored = score(Oracle(), track.samples, track.valid, track.names)
    assert scored.minutes < 0.1
    assert events(scored, 0.5) == []
