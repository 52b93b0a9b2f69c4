"""A known window shows an engine that began to answer wrongly, and nothing else does."""

from collections.abc import Callable

import numpy as np
import pytest

from models.engines.canary import CHECKED_HOPS, STREAM, StreamCanary, WindowCanary
from models.engines.eager import Eager, EagerStream
from models.engines.engine import Answers, Floats
from models.engines.opening import CPU
from tests.models.engines.networks import NEEDED, WINDOW, stream_network, window_network

HOP = 12


class Changed:
    """An engine whose answers are changed by a function of the window and the right answer."""

    name = "changed-fp32-cpu"

    def __init__(self, engine: Eager, change: Callable[[Floats, Floats], Floats]) -> None:
        self.context_samples = engine.context_samples
        self._engine, self._change = engine, change

    def score(self, windows: Floats) -> Answers:
        """Score and change."""
        probabilities, peaks = self._engine.score(windows)
        return self._change(windows, probabilities), peaks


@pytest.fixture(scope="module")
def engine() -> Eager:
    """Return plain torch."""
    return Eager(window_network(), CPU)


@pytest.fixture
def canary(engine: Eager) -> WindowCanary:
    """Return two windows with the answers of plain torch."""
    network = window_network()
    return WindowCanary(engine, network.channels, network.window_samples)


def test_an_engine_that_answers_as_before_passes(engine: Eager, canary: WindowCanary) -> None:
    """Also within the rounding of another one."""
    close = Changed(engine, lambda _, right: right + np.float32(5e-4))
    assert [canary.check(one) for one in (engine, engine, close, close)] == [""] * 4


@pytest.mark.parametrize("wrong", [0.1, np.nan])
def test_another_answer_is_named_with_its_difference(engine: Eager, canary: WindowCanary, wrong: float) -> None:
    """And so is none."""
    found = canary.check(Changed(engine, lambda _, right: right + np.float32(wrong)))
    assert "changed-fp32-cpu gives another answer than when it was opened: probabilities differ by" in found


def test_i3_an_engine_that_repeats_itself_is_found_at_the_second_window(engine: Eager, canary: WindowCanary) -> None:
    """As a graph does that is replayed without its new input."""
    answers: list[Floats] = []

    def stale(_: Floats, right: Floats) -> Floats:
        answers.append(right)
        return answers[0]

    stuck = Changed(engine, stale)
    assert canary.check(stuck) == ""
    assert "another answer" in canary.check(stuck)
    assert canary.check(stuck) == ""


def test_a_stream_goes_round_hop_by_hop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is left in the engine behind a round, and the next one is as good."""
    network = stream_network()
    engine = EagerStream(network, HOP, CPU)
    canary = StreamCanary(EagerStream(network, HOP, CPU), network.channels, WINDOW)
    hops = -(-NEEDED // HOP) + CHECKED_HOPS
    assert [canary.check(engine) for _ in range(hops)] == [""] * hops
    assert STREAM not in engine._streamers
    push = engine.push
    monkeypatch.setattr(
        engine, "push", lambda given: {name: (p + np.float32(0.1), at) for name, (p, at) in push(given).items()}
    )
    assert any(canary.check(engine) for _ in range(hops))
    monkeypatch.undo()
    # In the middle of a round another engine begins with the first hop.
    canary.check(engine)
    canary.begin()
    assert [canary.check(EagerStream(network, HOP, CPU)) for _ in range(1)] == [""]
