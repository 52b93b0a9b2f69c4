"""The pauses' bench: a network runs warm before every pause, is timed after it, and first answers are compared."""

import pytest

from bench import pauses

RECOVERS_S = 0.01


class Clock:
    """A clock by hand, in place of `time`: asking takes a millionth of a second, sleeping what is asked for."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def perf_counter(self) -> float:
        """Return the time."""
        # Time has to pass with every look, or the loop that keeps the core awake would never end.
        self.now_s += 1e-6
        return self.now_s

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now_s += seconds


def test_an_answer_that_is_slow_only_after_a_pause_shows_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that takes 5 ms after a pause and 2 ms otherwise is seen to, asleep or awake, and only at the first."""
    clock = Clock()
    monkeypatch.setattr(pauses, "time", clock)
    # The clock by hand does not see how long reading takes, so there is no need to read much.
    monkeypatch.setattr(pauses, "EVICTING_MIB", 1)
    last_s = 0.0

    def answer() -> None:
        nonlocal last_s
        clock.now_s += 0.005 if clock.now_s - last_s > RECOVERS_S else 0.002
        last_s = clock.now_s

    ms = pauses.timed(answer, rounds=2)
    assert list(ms) == ["none", "asleep", "awake", "reading"]
    for way, first in (("none", 2.0), ("asleep", 5.0), ("awake", 5.0), ("reading", 2.0)):
        assert ms[way] == pytest.approx([first] + [2.0] * (pauses.RUNS - 1), abs=0.01)
    assert pauses.figures(ms)["first_over_none"] == {"none": 1.0, "asleep": 2.5, "awake": 2.5, "reading": 1.0}
