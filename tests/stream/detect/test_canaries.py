"""An engine that begins to answer wrongly is replaced within a minute, and everybody is told."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.engines.engine import Engine, Floats
from stream.detect.canaries import Canaries, Checked
from stream.infer import InferWindows
from stream.logbook import samplelog
from stream.schema.reports import ReadyReport
from tests.stream.detect import two_beds
from tests.stream.detect.two_beds import BEDS, Host
from tests.stream.hand_clock import HandClock
from tests.stream.untrained_stream import save_untrained


class Named:
    """An engine that is nothing but a name."""

    context_samples = 0

    def __init__(self, name: str) -> None:
        self.name = name

    def score(self, windows: Floats) -> Any:  # noqa: ANN401
        """Score nothing."""
        raise AssertionError(windows)


class Word:
    """A canary that says what it is told, and notes which engines it was shown to."""

    every_s = 60.0

    def __init__(self) -> None:
        self.wrong = ""
        self.shown: list[str] = []

    def check(self, engine: Engine) -> str:
        """Say it."""
        self.shown.append(engine.name)
        return self.wrong

    def begin(self) -> None:
        """Note that another engine begins."""
        self.shown.append("begin")


def test_i3_an_engine_is_looked_at_once_a_minute_and_replaced_when_it_is_wrong() -> None:
    """The stage stays the same object, which the beds have."""
    clock, word = HandClock(), Word()
    infer = InferWindows(Named("first"))
    canaries = Canaries([Checked(infer, word, lambda: Named("second"))], clock)
    for _ in range(120):
        assert list(canaries.replaced()) == []
        clock.now_s += 1.0
    assert word.shown == ["first", "first"]
    word.wrong = "first is wrong"
    [(stage, reason)] = canaries.replaced()
    assert stage is infer
    assert reason == "first is wrong; second is used in its place; what it found before may be wrong"
    assert infer.name == "second"
    assert word.shown[2:] == ["first", "begin"]


class Off:
    """An engine whose answers are off by a fifth."""

    def __init__(self, engine: Any) -> None:  # noqa: ANN401
        self._engine = engine

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        """Be the engine otherwise."""
        return getattr(self._engine, name)

    def score(self, windows: Floats) -> Any:  # noqa: ANN401
        """Score wrongly."""
        probabilities, peaks = self._engine.score(windows)
        return np.abs(probabilities - np.float32(0.2)), peaks

    def push(self, hops: Any) -> Any:  # noqa: ANN401
        """Push, and answer wrongly."""
        return {name: (np.abs(p - np.float32(0.2)), at) for name, (p, at) in self._engine.push(hops).items()}


@pytest.mark.fault
@pytest.mark.parametrize("kind", ["windows", "stream"])
def test_i3_beds_go_on_with_another_engine_and_say_so(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An alarm, an `info` with the engine that is used, and the findings of a detector that was never wrong."""
    monkeypatch.setattr(samplelog, "SHARED_MEMORY", tmp_path)
    model = "sc-small" if kind == "windows" else save_untrained(tmp_path)
    # Opened for this test alone: what is broken here must not be shared.
    monkeypatch.setattr(two_beds, "opened", two_beds.opened.__wrapped__)
    (tmp_path / "right").mkdir()
    right = Host(tmp_path / "right", model)
    right.play(*BEDS)
    host = Host(tmp_path, model)
    [checked] = host.rounds._canaries._checked
    checked.infer.engine = Off(checked.infer.engine)
    # A stream's canary has to come to its first answer; a window's is asked at the first report.
    for _ in range(1 if kind == "windows" else 200):
        host.rounds.report()
        if host.report("good").alarms:
            break
    for bed in BEDS:
        assert "gives another answer than when it was opened" in host.report(bed).alarms["engine_replaced"]
    host.play(*BEDS)
    assert {one.engine.partition(",")[0] for one in host.reports if isinstance(one, ReadyReport)} == {
        checked.infer.name
    }
    assert host.samples_of_events("good") == right.samples_of_events("good")
