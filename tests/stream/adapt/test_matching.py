"""Events are found in a recording whose clock differs, and in no other recording."""

import tracemalloc
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from models.training.looks import Looks
from stream.adapt.matching import BACKGROUND, Matched, began_utc_s, matched, nearest_s
from stream.errors import InputError
from stream.review.verdicts import Judgement, Verdicts

BEGAN = datetime(2026, 3, 1, 22, tzinfo=UTC)
RNG = np.random.default_rng(3)
PEAKS_S = np.sort(RNG.uniform(5, 995, 40))
ELSEWHERE_S = np.sort(RNG.uniform(5, 995, 500))


def looks(times_s: np.ndarray[Any, np.dtype[np.float64]]) -> Looks:
    """Return two looks at each time, the second of a peak that moved by a sample."""
    both = np.concatenate([times_s, times_s + 1 / 128])
    nothing = np.zeros((len(both), 2), np.float32)
    return Looks(nothing, nothing, np.zeros(len(both), np.int64), np.zeros(len(both)), both)


def match(of: Looks, shift_s: float, verdicts: dict[int, bool], odds: float = -3.0, others: int = 0) -> Matched:
    """Match the events as the host's clock had them to looks by the recorder's; `others` came in the night before."""
    peaks_s = np.concatenate([PEAKS_S, -80_000 + np.arange(others)])
    events = [
        {"id": str(at), "utc": (BEGAN + timedelta(seconds=float(peak_s - shift_s))).isoformat()}
        for at, peak_s in enumerate(peaks_s)
    ]
    said = Verdicts({str(at): {"ann": Judgement(true, "", single=True, drawn=False)} for at, true in verdicts.items()})
    span_s = (BEGAN.timestamp(), BEGAN.timestamp() + 1000)
    return matched(events, said, of, np.full(len(of.odds), odds), span_s, "night.edf")


@pytest.mark.parametrize("shift_s", [0.0, 0.43, -17.2, 41.0])
def test_the_difference_of_the_clocks_is_found(shift_s: float) -> None:
    """By all events of the journal, reviewed or not, among ten times as many other candidates."""
    found = match(looks(np.concatenate([PEAKS_S, ELSEWHERE_S])), shift_s, {0: True, 1: False, 39: True})
    assert found.ahead_s == pytest.approx(shift_s, abs=0.02)
    assert found.judged.true.tolist() == [True, False, True]
    for number, at in enumerate((0, 1, 39)):
        own = found.judged.looks.times_s[found.judged.event == number]
        assert np.abs(own - PEAKS_S[at]).max() <= 0.15
        assert len(own) >= 2


def test_background_is_drawn_away_from_every_event_and_is_unlikely() -> None:
    """An event that nobody reviewed may be a discharge, and so may what the threshold kept from being told."""
    found = match(looks(np.concatenate([PEAKS_S, ELSEWHERE_S])), 0.0, {0: True})
    background = found.judged.looks.times_s[found.judged.event < 0]
    assert len(background) == BACKGROUND
    assert np.abs(background[:, None] - PEAKS_S).min() > 1.0
    assert found.judged.labels.tolist() == [float(event == 0) for event in found.judged.event]
    likely = match(looks(np.concatenate([PEAKS_S, ELSEWHERE_S])), 0.0, {0: True}, odds=0.1)
    assert (likely.judged.event == 0).all()


@pytest.mark.parametrize("peaks", [0, 1, 50])
def test_the_nearest_event_is_that_of_the_slow_way(peaks: int) -> None:
    """On random times in no order, some of which are peaks themselves, and with fewer peaks than times."""
    rng = np.random.default_rng(peaks)
    peaks_s = rng.uniform(-100, 1100, peaks)
    times_s = rng.permutation(np.concatenate([rng.uniform(0, 1000, 300), peaks_s]))
    slow = [min((abs(time_s - peak_s) for peak_s in peaks_s), default=np.inf) for time_s in times_s]
    assert nearest_s(times_s, peaks_s).tolist() == slow


def test_a_long_journal_takes_no_memory_for_each_pair_of_look_and_event() -> None:
    """8,000 looks beside 20,000 events took 2.5 GB, the most of them of other nights."""
    tracemalloc.start()
    match(looks(PEAKS_S.repeat(50)), 0.0, {0: True}, others=4000)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # The events themselves are 3 MB; a table of all pairs took 260.
    assert peak_bytes < 20e6


def test_another_recording_is_refused() -> None:
    """The clock of the recorder is not to be believed by itself: windows of another patient would be learned."""
    with pytest.raises(InputError, match=r"^night\.edf: \d+% of the bed's 40 events of that time"):
        match(looks(ELSEWHERE_S[:100]), 0.0, {0: True})
    with pytest.raises(InputError, match=r"the nearest of the bed's events is 2\.0 h away"):
        match(looks(PEAKS_S), float(PEAKS_S[0]) - 1000 - 2 * 3600, {0: True})
    with pytest.raises(InputError, match="no event of its time was reviewed"):
        match(looks(PEAKS_S), 0.0, {})


def test_a_recording_has_to_say_when_it_began() -> None:
    """A start without a zone, as EDF has it, is this host's time."""
    assert began_utc_s("2026-03-01T22:00:00+00:00", "a.xdf") == BEGAN.timestamp()
    assert began_utc_s("2026-03-01T22:00:00", "a.edf") == datetime(2026, 3, 1, 22).astimezone().timestamp()
    with pytest.raises(InputError, match=r"a\.npz: does not say when it began"):
        began_utc_s("", "a.npz")
