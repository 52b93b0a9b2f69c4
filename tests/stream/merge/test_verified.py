"""A verifier is shown the newest samples of all groups, and its probability decides."""

import math
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from models.detection.events import EventRules
from models.detection.shape import shape
from models.engines.verifying import Verifier
from models.networks.candidate_window import BEFORE, EARLIEST, LATEST, WINDOW
from models.signal.montage import Group, build
from models.simulate.electrodes import SCALP_19
from stream.merge.ied import Merge, Merged
from stream.records import Detection, Hop, Score, SpanScore, Window
from stream.timebase import Timebase
from tests.models.detection import test_eyes
from tests.stream.patient import GROUPS

HOP = 16
PEAK = 1000


@dataclass
class Logits:
    """Answers in turn, and records what it was shown."""

    answers: list[float]
    shown: list[np.ndarray] = field(default_factory=list)

    def __call__(self, surroundings: np.ndarray) -> float:
        """Return the next answer, the last one again."""
        self.shown.append(surroundings)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def a_merge(
    logits: Logits, threshold: float = 0.5, recurrence: float = 0.0, groups: tuple[Group, ...] = GROUPS
) -> Merge:
    """Merge scores with a verifier that candidates reach from 0.1 on."""
    return Merge(
        "bed-1",
        groups,
        Timebase(128.0, 128.0, 0.0),
        EventRules(threshold, candidate_threshold=0.1),
        window_samples=192,
        flags=(),
        verifier=Verifier(logits, 0.1, 1.0, "whole-head", "0" * 64, recurrence),
    )


def numbered(end: int, samples: int = HOP) -> np.ndarray:
    """Return (10, samples) of which sample i of row r is 100000 r + i, up to `end`."""
    return (100_000 * np.arange(10)[:, None] + np.arange(end - samples, end)).astype(np.float32)


def push(
    merge: Merge,
    end: int,
    probability: float | None,
    usable: np.ndarray | None = None,
    samples: np.ndarray | None = None,
) -> list[Detection]:
    """Push a hop as `merged` does; return the detections alone."""
    return list(merged(merge, end, probability, usable, samples).detections)


def merged(
    merge: Merge,
    end: int,
    probability: float | None,
    usable: np.ndarray | None = None,
    samples: np.ndarray | None = None,
) -> Merged:
    """Push a hop in which group 1 is given a probability with its evidence at PEAK."""
    window = np.zeros((5, 192), np.float32)
    window[2, PEAK - (end - 192)] = -50.0
    scored = Window("bed-1", GROUPS[1].name, 1, GROUPS[1].derivations, end - 192, window)
    scores = [] if probability is None else [Score(scored, (SpanScore(probability, PEAK),))]
    rows = np.ones(10, np.bool_) if usable is None else usable
    shown = numbered(end) if samples is None else samples[:, end - HOP : end]
    hop = Hop("bed-1", end, (scored,), (), shown, rows, 0.0, 0.0)
    return merge.push(hop, scores)


def fill(merge: Merge, until: int) -> None:
    """Push hops without evidence, so that the seconds before are known."""
    for end in range(until - 512 + HOP, until + 1, HOP):
        assert push_nothing(merge, end) == ()


def push_nothing(merge: Merge, end: int) -> tuple[Detection, ...]:
    """Push a hop without a window."""
    return push_samples(merge, end, None)


def push_samples(merge: Merge, end: int, samples: np.ndarray | None) -> tuple[Detection, ...]:
    """Push a hop of some samples without a window."""
    shown = numbered(end) if samples is None else samples[:, end - HOP : end]
    return merge.push(Hop("bed-1", end, (), (), shown, np.ones(10, np.bool_), 0.0, 0.0), []).detections


def test_the_verified_probability_decides_and_is_the_events() -> None:
    """Log odds add up: even odds and log odds of 2 are 0.88."""
    logits = Logits([2.0])
    merge = a_merge(logits)
    fill(merge, 1008)
    [found] = push(merge, 1024, 0.5)
    assert round(found.probability, 2) == 0.88
    assert (found.group, found.sample, found.threshold) == (GROUPS[1].name, PEAK, 0.5)


def test_a_candidate_waits_until_its_verifier_is_sure() -> None:
    """It is asked at every hop, and shown what has come since."""
    logits = Logits([-3.0, -1.0, 4.0])
    merge = a_merge(logits)
    fill(merge, 1008)
    assert push(merge, 1024, 0.5) == push(merge, 1040, 0.5) == []
    assert len(push(merge, 1056, 0.5)) == 1
    assert [int((shown[0] != 0).sum()) for shown in logits.shown] == [BEFORE + 24, BEFORE + 40, BEFORE + 56]


def test_what_it_is_shown_has_the_peak_at_its_place() -> None:
    """The suspected group's rows first, then the other's."""
    logits = Logits([0.0])
    merge = a_merge(logits)
    fill(merge, 1008)
    push(merge, 1024, 0.4)
    [shown] = logits.shown
    assert shown.shape == (10, WINDOW)
    assert shown[[0, 4, 5, 9], BEFORE].tolist() == [501_000, 901_000, 1_000, 401_000]


def test_a_candidate_below_its_limit_is_not_asked_about() -> None:
    """Nor one so early that nothing after its peak has come, nor one that has been judged for long."""
    logits = Logits([9.0])
    merge = a_merge(logits)
    fill(merge, 992)
    assert push(merge, 1008, 0.5) == []
    assert 1008 - PEAK < EARLIEST
    assert push(merge, 1024, 0.09) != []
    late = a_merge(Logits([9.0]))
    fill(late, 1088)
    assert 1104 - PEAK > LATEST
    assert push(late, 1104, 0.5) == []


def test_rows_that_may_not_be_analysed_are_not_shown() -> None:
    """They count as not there."""
    logits = Logits([0.0])
    merge = a_merge(logits)
    fill(merge, 1008)
    usable = np.ones(10, np.bool_)
    usable[0] = False
    push(merge, 1024, 0.4, usable)
    [shown] = logits.shown
    # The hop's 16 samples end 24 behind the peak; row 0 is the first of the other group.
    assert not shown[5, BEFORE + 8 : BEFORE + 24].any()
    assert shown[5, BEFORE + 7] != 0


def test_a_heartbeat_is_no_event_and_is_counted_once() -> None:
    """Whatever the verifier says of it, at each of its hops; what its threshold does not reach is not asked about."""
    merge = a_merge(Logits([-9.0, 9.0]))
    beat = np.exp(-0.5 * ((np.arange(-26, 38) / 128) / 0.012) ** 2)
    heart = np.random.default_rng(0).normal(size=(10, 1100)).astype(np.float32)
    # The last of them lies where the candidate peaks, 0.8 s behind the one before.
    for at in PEAK - np.array([600, 497, 398, 300, 199, 99, 0]):
        heart[:, at - 26 : at + 38] += np.linspace(-30, 30, 10)[:, None] * beat
    for end in range(HOP, 1009, HOP):
        push_samples(merge, end, heart)
    counts = []
    for end in (1024, 1040, 1056):
        came = merged(merge, end, 0.5, samples=heart)
        assert came.detections == ()
        counts.append(dict(came.artefacts))
    assert counts == [{}, {"qrs": 1}, {}]


def test_eyes_that_turn_aside_are_no_event_and_are_counted_once() -> None:
    """At each hop from the peak on; the verifier would have made an event of it."""
    scalp = build("scalp", list(SCALP_19)).groups
    merge = a_merge(Logits([9.0]), groups=scalp)
    turn = test_eyes.recorded(test_eyes.aside, 200.0)
    samples = np.random.default_rng(0).normal(0, 4, (len(turn), PEAK + 64)).astype(np.float32)
    samples[:, PEAK - test_eyes.PEAK : PEAK + 24] = turn
    window = Window("bed-1", scalp[0].name, 0, scalp[0].derivations, 0, np.zeros((5, 192), np.float32))
    counts = []
    for end in range(HOP, PEAK + 57, HOP):
        seen = replace(window, first=end - 192, samples=samples[:5, end - 192 : end]) if end > PEAK else None
        scores = [Score(seen, (SpanScore(0.5, PEAK),))] if seen else []
        rows = np.ones(len(samples), np.bool_)
        came = merge.push(Hop("bed-1", end, (), (), samples[:, end - HOP : end], rows, 0.0, 0.0), scores)
        assert came.detections == ()
        counts.append(dict(came.artefacts))
    assert [one for one in counts if one] == [{"eyes": 1}]


def test_nothing_before_a_gap_is_shown_after_it() -> None:
    """What was recorded before does not join what comes next."""
    logits = Logits([0.0])
    merge = a_merge(logits)
    fill(merge, 1008)
    merge.gap()
    push(merge, 1024, 0.4)
    [shown] = logits.shown
    assert not shown[:, : BEFORE + 8].any()
    assert shown[:, BEFORE + 8 : BEFORE + 24].all()


@pytest.mark.parametrize(("recurrence", "found"), [(0.0, 0), (1.0, 1)])
def test_a_recent_event_that_looks_alike_makes_an_event_of_what_was_none(recurrence: float, found: int) -> None:
    """The same deflection, seconds after a clear one, with odds of 0.6 to 0.4 where 0.7 are needed."""
    samples = np.random.default_rng(1).normal(size=(10, PEAK + 64)).astype(np.float32)
    samples[5:, PEAK - 4 : PEAK + 5] -= 50 * np.arange(1, 6, dtype=np.float32)[:, None]
    merge = a_merge(Logits([math.log(0.6 / 0.4)]), threshold=0.7, recurrence=recurrence)
    for end in range(PEAK + 24 - 512 + HOP, PEAK + 24, HOP):
        push_samples(merge, end, samples)
    earlier = shape(samples[:, : PEAK + 24], 7, PEAK, 128.0)
    merge.recurrence.push(earlier, PEAK - 500, 0.9, similar=0)
    events = push(merge, PEAK + 24, 0.5, samples=samples)
    assert len(events) == found
    assert [(one.similar, round(one.probability, 3)) for one in events] == [(1, 0.803)] * found
