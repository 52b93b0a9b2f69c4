"""Events by the stage of their time: counts that are known."""

from dataclasses import replace

import numpy as np
import pytest

from bench.sleep.excerpts import alone
from bench.sleep.false_events import arms, told
from bench.sleep.staged_events import counted, intervals, on_waves, point, stage_at
from bench.stage_prior import Tally
from models.detection.sightings import Sighting
from models.evaluation.forming import Scored
from models.evaluation.simulated import HOP_SAMPLES
from models.simulate.truth import Confounder, Simulated, StageSpan
from models.simulate.windows import Track
from models.sleep.stager import StageResult
from models.sleep_stages import STAGES

SECONDS = 60
N2, N3 = STAGES.index("N2"), STAGES.index("N3")
ENDS = tuple(range(192, SECONDS * 128 + 1, HOP_SAMPLES))
# N2 from 30 s, N3 from 45 s on; a marked discharge in each, one before the first stage, and a faint one.
RESULTS = [
    StageResult(at * 128, stage, {}, ready=True) for at, stage in ((30, "N2"), (35, "N2"), (40, "N2"), (45, "N3"))
]
DISCHARGES = np.array([10, 35, 50, 55]) * 128
MARKED = np.array([True, True, True, False])
NONE = np.zeros(len(STAGES))


def scored(peaks_s: dict[float, float]) -> Scored:
    """Return sightings of what peaks at these seconds, with so high a probability in each window that holds it."""
    seen: dict[int, list[Sighting]] = {end: [] for end in ENDS}
    for second, probability in peaks_s.items():
        peak = round(second * 128)
        one = Sighting("left", 0, probability, peak, 0, (0,), -50.0, peak - 2, peak + 2)
        for end in ENDS:
            seen[end] += [replace(one, end=end)] * (peak + 8 <= end < peak + 150)
    return Scored(seen, ENDS, len(ENDS) * HOP_SAMPLES / 128 / 60)


def tally() -> Tally:
    """Count a recording whose discharges are all found for certain; of the false events, that in N3 is surer."""
    found = dict.fromkeys((10.0, 35.0, 50.0, 55.0), 0.97) | {20.0: 0.9, 38.0: 0.6, 47.0: 0.9}
    return counted(scored(found), RESULTS, DISCHARGES, MARKED)


def test_the_stage_of_an_event_is_the_newest_one_published() -> None:
    """None before the first."""
    assert stage_at(RESULTS, np.array([0, 3839, 3840, 45 * 128 - 1, 45 * 128])).tolist() == [-1, -1, N2, N2, N3]
    assert stage_at([], np.array([5])).tolist() == [-1]


def test_what_comes_before_the_first_stage_and_what_nobody_would_mark_counts_for_nothing() -> None:
    """Two discharges of four, two false events of three, 20 s of a minute."""
    one = tally()
    assert one.marked.tolist() == [0, 0, 1, 1, 0]
    assert one.minutes[[N2, N3]] == pytest.approx([15 / 60, 5 / 60])
    at_half = point([one], 0.0, NONE)
    assert at_half[:3] == (2, 2, 2)
    assert at_half.minutes == pytest.approx(20 / 60)


def test_a_prior_moves_the_threshold_of_its_own_stage_alone() -> None:
    """The false event of N2 has log odds of 0.4, that of N3 of 2.2, the discharges of 3.5."""
    against_n2, against_n3 = np.eye(len(STAGES))[[N2, N3]] * -2.5
    assert point([tally()], 0.0, against_n2)[:3] == (2, 2, 1)
    assert point([tally()], 0.0, against_n3)[:3] == (2, 2, 1)
    assert point([tally()], 0.0, against_n2 + against_n3)[:3] == (2, 2, 0)
    assert point([tally()], 2.0, -against_n2 - against_n3)[:3] == (2, 2, 2)


def test_recordings_that_are_alike_leave_no_doubt() -> None:
    """Whichever are drawn, all are found, and half of the false events are left."""
    drawn = intervals([tally()] * 3, 0.0, np.eye(len(STAGES))[N2] * -2.5)
    assert drawn == {"found": [1, 1], "found_with_prior": [1, 1], "ratio_of_false_events": [0.5, 0.5]}


def test_recordings_without_a_discharge_have_no_sensitivity() -> None:
    """Their false events have a ratio all the same: one of two in 20 s is left."""
    quiet = counted(scored({38.0: 0.6, 47.0: 0.9}), RESULTS, np.zeros(0, np.int64), np.zeros(0, np.bool_))
    figures = told([quiet], 0.0, np.eye(len(STAGES))[N2] * -2.5)
    assert figures["plain"] == {"found": None, "false_events": 2, "false_per_h": 360}
    assert figures["with_prior"] == {"found": None, "false_events": 1, "false_per_h": 180}
    assert figures["ratio_of_false_events"] == 0.5


def test_arms_are_compared_seed_by_seed() -> None:
    """Twice as many false epochs with each of two seeds, and as many found."""
    of = {"full": (0.8, 0.9), "no fusion": (0.9, 0.95), "neither": (0.8, 0.9)}
    ablation = [
        {"row": row, "seeds": [{"specificity": one, "recall": 0.5} for one in both]} for row, both in of.items()
    ]
    against = arms(ablation)["full, no fusion"]
    assert against["false_epochs_per_h"] == [135, 67.5]
    assert against["ratio_of_false_epochs"] == [2, 2, 2]
    assert against["difference_of_found"] == [0, 0, 0]


def test_an_event_lies_on_a_waveform_of_sleep_within_a_filters_delay() -> None:
    """Of a vertex wave from 10.0 to 10.4 s, not of a blink; the recording begins at sample 256."""
    waves = (Confounder("vertex-wave", 256 + 2560, 256 + 2662), Confounder("blink", 256 + 5120, 256 + 5200))
    samples = np.zeros((1, 5, 1280), np.float32)
    made = Simulated(samples[0], samples[0], 256.0, ("Fp1",), 256, (), waves, (StageSpan("N2", 0, 1280),))
    none = np.zeros((1, 0))
    track = Track(samples, np.ones((1, 1280), np.bool_), ("left",), np.zeros(0, np.int64), none, none, made)
    times_s = np.array([9.7, 9.85, 10.2, 10.59, 10.7, 20.1])
    found = on_waves(track, np.round(times_s * 128).astype(np.int64))
    assert found.tolist() == [False, True, True, True, False, False]
    assert not on_waves(track, np.zeros(0, np.int64)).size


def test_one_derivation_is_a_channel_or_the_difference_of_two() -> None:
    """The other rows of its group stay empty."""
    assert alone(3).matrix[:, 0].tolist() == [1, 0, 0, 0, 0]
    assert alone(4, 2).matrix.tolist() == [[1, -1], *[[0, 0]] * 4]
    assert alone(4, 2).channels == (4, 2)
