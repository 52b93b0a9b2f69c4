"""Sleep states by a stager in another process: whole epochs are asked, and told at a fixed time."""

import numpy as np
import pytest

from stream.merge.sleep_asked import ANSWER_S, FORGET_S, AskedStaging, central
from stream.records import Hop, SleepState
from stream.timebase import Timebase
from stream.yasa.epoch import AskedEpoch

RATE_HZ = 128
EPOCH = 30 * RATE_HZ
WAIT = round(ANSWER_S * RATE_HZ)
TIMEBASE = Timebase(256.0, float(RATE_HZ), 0.02)
DEEP = (0.0, 0.0, 0.25, 0.75, 0.0)


class Answering:
    """Notes what is asked, and answers N3 unless it is not `known`."""

    def __init__(self) -> None:
        self.asked: list[AskedEpoch] = []
        self.known = True

    def ask(self, epoch: AskedEpoch) -> None:
        """Note it."""
        self.asked.append(epoch)

    def answer(self, bed: str, end: int) -> tuple[float, ...]:
        """Answer for what was asked last; who waits for anything else would wait for ever."""
        assert (bed, end) == (self.asked[-1].bed, self.asked[-1].end)
        return DEEP if self.known else ()


def run(staging: AskedStaging, first: int, end: int, hop: int = 16, bad: tuple[int, ...] = ()) -> list[SleepState]:
    """Push hops whose samples are their own indices, in row 1 with the other sign."""
    states: list[SleepState] = []
    usable = np.array([row not in bad for row in range(2)])
    for at in range(first, end, hop):
        samples = np.arange(at, at + hop, dtype=np.float32) * np.array([[1], [-1]], np.float32)
        states += staging.push(Hop("bed-1", at + hop, (), (), samples, usable, 0.0, (at + hop) / RATE_HZ), ())
    return states


def begun() -> tuple[AskedStaging, Answering]:
    """Begin staging."""
    asked = Answering()
    return AskedStaging("bed-1", asked, TIMEBASE, ("Fp1-F3", "C4-M1")), asked


@pytest.mark.parametrize("hop", [16, 128])
def test_each_epoch_is_asked_whole_and_told_ten_seconds_later(hop: int) -> None:
    """Whatever the hop."""
    staging, asked = begun()
    states = run(staging, 0, 2 * EPOCH + WAIT, hop)
    # Its time is that at which the epoch ended, not when its answer came.
    assert [(s.epoch_end, s.stage, s.ready, s.lookahead_s, s.lsl_s) for s in states] == [
        (2 * EPOCH, "N3", True, ANSWER_S, 30.0),
        (4 * EPOCH, "N3", True, ANSWER_S, 60.0),
    ]
    assert [(one.end, one.fresh, list(one.rows)) for one in asked.asked[:2]] == [
        (EPOCH, True, ["C4-M1", "Fp1-F3"]),
        (2 * EPOCH, False, ["C4-M1", "Fp1-F3"]),
    ]
    assert (asked.asked[1].rows["C4-M1"] == -np.arange(EPOCH, 2 * EPOCH)).all()
    assert staging.confidence == 0.75


def test_before_the_first_answer_is_due_nothing_is_told() -> None:
    """Ten seconds into the recording no epoch has ended."""
    staging, _ = begun()
    assert run(staging, 0, EPOCH + WAIT - 16) == []
    assert len(run(staging, EPOCH + WAIT - 16, EPOCH + WAIT)) == 1


def test_an_answer_that_is_not_there_is_no_stage() -> None:
    """Not the one before either."""
    staging, asked = begun()
    run(staging, 0, EPOCH + WAIT)
    asked.known = False
    [state] = run(staging, EPOCH + WAIT, 2 * EPOCH + WAIT)
    assert (state.stage, state.ready, staging.stage) == ("unknown", False, "unknown")
    assert sum(state.probabilities.values()) == pytest.approx(1)


def test_bad_derivations_are_left_out_and_an_epoch_without_good_ones_is_not_asked() -> None:
    """Ten seconds of thirty may be missing; they are shown as nothing."""
    staging, asked = begun()
    run(staging, 0, EPOCH // 3, bad=(0,))
    run(staging, EPOCH // 3, EPOCH // 2, bad=(1,))
    states = run(staging, EPOCH // 2, EPOCH + WAIT)
    assert list(asked.asked[0].rows) == ["C4-M1", "Fp1-F3"]
    assert not asked.asked[0].rows["Fp1-F3"][: EPOCH // 3].any()
    assert [s.stage for s in states] == ["N3"]
    states = run(staging, EPOCH + WAIT, 3 * EPOCH + WAIT, bad=(0, 1))
    # Of the epoch in which it began, a third was good.
    assert (len(asked.asked), [s.stage for s in states]) == (1, ["unknown", "unknown"])


@pytest.mark.parametrize(
    ("missing_s", "fresh", "later"),
    [
        # 75 s into the recording: of the epoch under way, half is missing.
        (45, False, [(90, "unknown"), (120, "N3")]),
        # 360 s: the epoch before lies in the hole, though its answer would be due behind it.
        (FORGET_S + 30, True, [(360, "unknown"), (390, "N3")]),
    ],
)
def test_behind_a_hole_the_stage_is_unknown_until_a_new_epoch_is_told(
    missing_s: float, fresh: bool, later: list[tuple[int, str]]
) -> None:
    """The epoch that was asked before the hole is not told behind it; after a long hole the past does not count."""
    staging, asked = begun()
    run(staging, 0, EPOCH + 32)
    resumed = EPOCH + 32 + round(missing_s * RATE_HZ)
    assert (run(staging, resumed, resumed + 16), staging.stage) == ([], "unknown")
    states = run(staging, resumed + 16, later[-1][0] * RATE_HZ + WAIT)
    assert [(s.epoch_end / 256, s.stage) for s in states] == later
    assert asked.asked[1].fresh is fresh


def test_central_derivations_come_first() -> None:
    """Those against an ear or mastoid before pairs, empty ones never."""
    assert central(("Fp1-F3", "", "C3-P3", "C4-M1", "O1-M2")) == (3, 4)
    assert central(("EEG",)) == (0,)
