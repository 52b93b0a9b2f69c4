"""The bench of what staging costs counts an hour's share of what it runs."""

import pytest

from bench.sleep import cost
from bench.sleep.cost import processor_s_an_hour


def test_an_hour_costs_sixty_minutes_of_what_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clocked around 36 s by a clock that moves 0.5 s, so that an hour is 50 s."""
    monkeypatch.setattr(cost, "MEASURED_S", 36)
    monkeypatch.setattr(cost, "WARM_UP_S", 1)
    clock = iter((10.0, 10.5))
    monkeypatch.setattr("time.process_time", lambda: next(clock))
    assert processor_s_an_hour("sleep-context") == pytest.approx(50.0)
