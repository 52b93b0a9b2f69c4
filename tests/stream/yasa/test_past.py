"""What YASA is shown: the past of each derivation and no more, with a stand-in for the library."""

from functools import partial

import numpy as np
import pytest

from stream.records import Samples
from stream.yasa import epoch as asked
from stream.yasa.epoch import AskedEpoch
from stream.yasa.past import LEAST_EPOCHS, MOST_EPOCHS, Past

EPOCH = 3


def level(samples: Samples, _rate_hz: float, seen: list[list[float]]) -> list[float]:
    """Note what is shown, one number an epoch, and answer with the newest."""
    seen.append(samples[::EPOCH].tolist())
    return [float(samples[-1]), 0.0, 0.0, 0.0, 1 - float(samples[-1])]


def epoch(at: int, *, fresh: bool = False, **rows: float) -> AskedEpoch:
    """Return an epoch whose derivations are constant."""
    return AskedEpoch("bed-1", at, 128.0, {name: np.full(EPOCH, v, np.float32) for name, v in rows.items()}, fresh)


def test_a_line_of_the_pipe_holds_the_epoch() -> None:
    """To the last bit."""
    sent = AskedEpoch("bed-1", 7680, 128.0, {"C3-M2": np.array([0.1, -3e-7, 5e3], np.float32)}, fresh=True)
    got = asked.read(sent.line().decode())
    assert (got.bed, got.end, got.rate_hz, got.fresh) == ("bed-1", 7680, 128.0, True)
    assert got.rows["C3-M2"].tobytes() == sent.rows["C3-M2"].tobytes()


def test_a_stage_comes_with_five_minutes_and_is_the_mean_of_the_derivations_that_have_them() -> None:
    """Of a derivation that was bad at first, what there is of it is not enough yet."""
    seen: list[list[float]] = []
    past, library = Past(), partial(level, seen=seen)
    told = [past.stage(epoch(at, C3=0.5, fresh=at == 0), library) for at in range(LEAST_EPOCHS - 1)]
    assert told == [[]] * (LEAST_EPOCHS - 1)
    assert past.stage(epoch(99, C3=0.25, C4=1.0), library) == [0.25, 0.0, 0.0, 0.0, 0.75]
    assert seen == [[0.5] * (LEAST_EPOCHS - 1) + [0.25]]
    later = [past.stage(epoch(99, C3=0.25, C4=0.75), library) for _ in range(LEAST_EPOCHS - 1)]
    assert later[-1] == pytest.approx([0.5, 0.0, 0.0, 0.0, 0.5])


def test_what_is_kept_is_bounded_and_forgotten_where_a_recording_begins_anew() -> None:
    """Four hours are shown at the most; behind a fresh beginning, five minutes must come again."""
    seen: list[list[float]] = []
    past, library = Past(), partial(level, seen=seen)
    for at in range(MOST_EPOCHS + 2):
        past.stage(epoch(at, C3=at / 1000), library)
    assert len(seen[-1]) == MOST_EPOCHS
    assert seen[-1][0] == pytest.approx(0.002)
    assert past.stage(epoch(0, C3=0.5, fresh=True), library) == []
