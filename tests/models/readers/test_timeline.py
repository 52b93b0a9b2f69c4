"""The timeline of stamped samples, against senders whose truth is known to the sample."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from models.readers.timeline import Timeline, jumps, strays, timeline

MINUTE_S = 60


def stamps(
    true_hz: float, seconds: float = MINUTE_S, steps: Sequence[tuple[float, float]] = (), jitter_s: float = 0.0
) -> NDArray[np.float64]:
    """Stamp samples from 1,000 s on; each step, (at, seconds), moves all stamps from there on."""
    taken_s = np.arange(round(seconds * true_hz)) / true_hz
    late_s = sum((np.where(taken_s >= at, step_s, 0.0) for at, step_s in steps), np.zeros(len(taken_s)))
    return 1000 + taken_s + late_s + np.random.default_rng(3).normal(0, jitter_s, len(taken_s))


def as_chunks(stamps_s: NDArray[np.float64], chunk: int, declared_hz: float) -> NDArray[np.float64]:
    """Stamp as LSL does: the newest sample of a chunk for real, the others by the declared rate."""
    at = np.arange(len(stamps_s))
    newest = np.minimum(at // chunk * chunk + chunk - 1, len(stamps_s) - 1)
    return stamps_s[newest] - (newest - at) / declared_hz


def whole(stamps_s: NDArray[np.float64], rate_hz: float) -> Timeline:
    """Return the timeline of a stream without a break."""
    return Timeline(rate_hz, ((0, len(stamps_s), 0),), ())


@pytest.mark.parametrize("true_hz", [256.0, 255.0, 257.2])
def test_a_rate_that_is_nearly_as_declared_is_the_declared_one(true_hz: float) -> None:
    """Half a per cent (RATE_TOLERANCE) is 1.28 Hz of 256: less is a crystal, jitter of 20 ms is no rate."""
    taken_s = stamps(true_hz, jitter_s=0.02)
    assert timeline(taken_s, 256.0) == whole(taken_s, 256.0)


def test_a_rate_that_is_nearly_as_declared_does_not_date_the_end_wrongly() -> None:
    """200 ppm are 0.01 s in a minute, and 1.4 s in two hours: the stamps then count."""
    assert timeline(stamps(250.05), 250.0).rate_hz == 250.0
    assert timeline(stamps(250.05, seconds=7200), 250.0).rate_hz == pytest.approx(250.05, abs=0.001)


@pytest.mark.parametrize("value", [0.0, 1e9, -5.0, 1_020.0])
def test_stamps_that_leave_the_others_and_come_back_are_strays(value: float) -> None:
    """One, or some in a row; a stretch between two of them is none, nor is a pause."""
    taken_s = stamps(250.0, steps=[(40, 5.0)])
    expected = np.zeros(len(taken_s), bool)
    expected[[2000, 2001, 2100]] = True
    assert not strays(taken_s, 250.0).any()
    np.testing.assert_array_equal(strays(np.where(expected, value, taken_s), 250.0), expected)


@pytest.mark.parametrize("true_hz", [125.0, 500.0, 253.0, 200.0, 25.0, 249.123])
@pytest.mark.parametrize("chunk", [1, 25])
def test_a_wrong_rate_gives_way_to_the_stamps(true_hz: float, chunk: int) -> None:
    """By any factor, also where only one stamp of a chunk is real; both numbers are told."""
    found = timeline(as_chunks(stamps(true_hz), chunk, 250.0), 250.0 if true_hz != 249.123 else 256.0)
    assert found.rate_hz == pytest.approx(true_hz, rel=2e-3)
    declared = "250" if true_hz != 249.123 else "256"
    [remark] = found.remarks
    assert remark.startswith(f"declares {declared} Hz, its time stamps show {found.rate_hz:.2f} Hz")


def test_jitter_of_a_short_recording_is_no_wrong_rate() -> None:
    """Over 2 s, one chunk that is stamped 50 ms late bends the line by 2 %."""
    taken_s = stamps(250.0, seconds=2)
    taken_s[-25:] += 0.05
    assert timeline(taken_s, 250.0) == whole(taken_s, 250.0)


@pytest.mark.parametrize("at_s", [0.5, 30.0, 59.5])
@pytest.mark.parametrize("step_s", [200_000.0, -200_000.0, 3_601.0, -5.0])
def test_a_clock_that_jumps_costs_no_time(at_s: float, step_s: float) -> None:
    """Ahead by more than a pause may last, or back: the samples are counted on, and the place is told."""
    found = timeline(stamps(256.0, steps=[(at_s, step_s)]), 256.0)
    edge, end = round(at_s * 256), MINUTE_S * 256
    assert (found.rate_hz, found.parts) == (256.0, ((0, edge, 0), (edge, end, edge)))
    [remark] = found.remarks
    way = "ahead" if step_s > 0 else "back"
    assert f"jump {way} by {abs(step_s):.1f} s at {at_s:.1f} s" in remark


def test_several_jumps_are_each_found() -> None:
    """There and back, and once more; a pause between them keeps its length."""
    steps = [(10.0, 200_000.0), (20.0, -200_000.0), (30.0, 20.0), (31.0, -86_400.0)]
    found = timeline(stamps(256.0, steps=steps), 256.0)
    assert [first / 256 for first, _, _ in found.parts] == [0, 10, 20, 30, 31]
    assert [at / 256 for _, _, at in found.parts] == [0, 10, 20, 50, 51]
    assert found.rate_hz == 256.0
    assert len(found.remarks) == 4


@pytest.mark.parametrize("pause_s", [1.5, 3.0, 3_599.0])
@pytest.mark.parametrize("rate_hz", [100.0, 2048.0])
def test_a_pause_is_a_hole_of_its_length(pause_s: float, rate_hz: float) -> None:
    """To the sample, whatever the rate."""
    found = timeline(stamps(rate_hz, steps=[(30.0, pause_s)]), rate_hz)
    edge, end = round(30 * rate_hz), round(MINUTE_S * rate_hz)
    assert found.parts == ((0, edge, 0), (edge, end, edge + round(pause_s * rate_hz)))
    assert found.remarks == (f"pauses for {pause_s:.1f} s until {30 + pause_s:.1f} s",)


def test_a_burst_after_a_stall_is_no_pause() -> None:
    """A sender that stamps what it held for 1.5 s when it sends it has lost nothing."""
    taken_s = stamps(256.0)
    held = (taken_s >= 1030) & (taken_s < 1031.5)
    taken_s[held] = 1031.5 + np.arange(held.sum()) * 1e-4
    assert timeline(taken_s, 256.0) == whole(taken_s, 256.0)


def test_a_wrong_rate_and_a_jump_are_both_seen() -> None:
    """The jump says nothing about the rate, and the wrong rate hides no jump."""
    found = timeline(stamps(125.0, steps=[(40.0, -90_000.0)]), 250.0)
    assert found.rate_hz == 125.0
    assert [first for first, _, _ in found.parts] == [0, 5000]
    assert len(found.remarks) == 2


def test_stamps_that_stand_still_leave_the_declared_rate() -> None:
    """All zero, as of a sender that never stamps: it is said that they are of no use."""
    found = timeline(np.zeros(1000), 250.0)
    assert (found.rate_hz, found.parts) == (250.0, ((0, 1000, 0),))
    assert found.remarks == ("has time stamps that do not advance; the declared rate is believed",)
    assert timeline(np.zeros(1), 250.0) == Timeline(250.0, ((0, 1, 0),), ())


def test_a_jump_below_a_second_is_jitter() -> None:
    """0.9 s is none, 1.1 s is one (JUMP_S)."""
    assert jumps(stamps(100.0, steps=[(30.0, 0.9)]), 100.0) == []
    [found] = jumps(stamps(100.0, steps=[(30.0, 1.1)]), 100.0)
    assert found.index == 3000
    assert found.seconds == pytest.approx(1.1)


def test_a_stream_without_a_rate_has_the_one_of_its_stamps() -> None:
    """Its senders call it irregular; a pause in it is one all the same."""
    found = timeline(stamps(250.0, steps=[(30.0, 100.0)]), 0.0)
    assert found.rate_hz == pytest.approx(250.0, rel=1e-6)
    assert found.parts == ((0, 7500, 0), (7500, 15_000, 7500 + 25_000))
    assert found.remarks[0] == "declares no rate, its time stamps show 250.00 Hz"


def test_stamps_that_contradict_each_other_leave_the_declared_rate() -> None:
    """A second of them is eleven days ahead, and the clock comes back."""
    odd = stamps(256.0, steps=[(10.0, 1e6), (11.0, -1e6)])
    found = timeline(odd, 256.0)
    assert (found.rate_hz, found.parts) == (256.0, ((0, len(odd), 0),))
    assert found.remarks == ("has time stamps that contradict each other; the declared rate is believed",)
