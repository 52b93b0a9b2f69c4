"""A fleet that is late, gone or wrong costs no window: this host scores it, and says so."""

import numpy as np
import pytest

from models.engines.engine import Answers, Floats
from stream.fleet.engine import FleetEngine
from stream.fleet.link import FleetError, FleetLateError
from tests.stream.hand_clock import HandClock

WINDOWS = np.zeros((3, 5, 512), np.float32)


class Here:
    """An engine of this host."""

    name = "here"
    context_samples = 7

    def score(self, windows: Floats) -> Answers:
        """Answer 0.25 for every window."""
        return np.full((len(windows), 1), 0.25, np.float32), np.ones((len(windows), 1), np.int64)


class Away:
    """A link whose fleet answers 0.75, or not at all while there is a `problem`; `asked` counts questions."""

    def __init__(self) -> None:
        self.problem: FleetError | None = None
        self.asked = 0

    def ask(self, windows: Floats, deadline_s: float) -> tuple[Answers, str]:
        """Answer as told."""
        self.asked += 1
        assert deadline_s == 0.1
        if self.problem:
            raise self.problem
        return (np.full((len(windows), 1), 0.75, np.float32), np.zeros((len(windows), 1), np.int64)), "gpu"


class Ward:
    """A fleet, a clock, and the engine between them."""

    def __init__(self) -> None:
        self.away, self.clock = Away(), HandClock()
        self.engine = FleetEngine(self.away, Here(), 0.1, self.clock)

    def scored(self) -> tuple[float, str]:
        """Score three windows; return their probability and who scored them."""
        probabilities, peaks = self.engine.score(WINDOWS)
        assert probabilities.shape == peaks.shape == (3, 1)
        return float(probabilities[0, 0]), self.engine.by


def test_a_fleet_that_answers_scores_everything() -> None:
    """Its engine is named, and nothing is wrong."""
    ward = Ward()
    assert ward.scored() == (0.75, "fleet")
    assert (ward.engine.name, ward.engine.alarm, ward.engine.context_samples) == ("fleet-gpu", "", 7)


@pytest.mark.parametrize(
    ("problem", "by"),
    [(FleetLateError("no answer within 100 ms"), "late"), (FleetError("it does not have this model"), "failed")],
)
@pytest.mark.fault
def test_i9_what_the_fleet_does_not_answer_is_scored_here_and_said(problem: FleetError, by: str) -> None:
    """The same windows, at once; name and alarm give the reason until it is long over."""
    ward = Ward()
    ward.scored()
    ward.away.problem = problem
    assert ward.scored() == (0.25, by)
    assert ward.engine.name == "here in place of the fleet"
    assert ward.engine.alarm == f"the fleet: {problem}; windows are scored by here on this host in its place"
    ward.away.problem = None
    ward.clock.now_s += 1.0
    assert ward.scored() == (0.75, "fleet")
    # An event of now may be made of windows that were scored here.
    assert ward.engine.name == "here in place of the fleet"
    ward.clock.now_s += 4.1
    assert ward.engine.name == "fleet-gpu"
    assert ward.engine.alarm
    ward.clock.now_s += 55.0
    assert ward.engine.alarm == ""


def test_a_fleet_that_is_gone_is_asked_less_and_less() -> None:
    """Each question costs a deadline: after 1, 2, 4, 8 and then every 16 s, and at once again after an answer."""
    ward = Ward()
    ward.away.problem = FleetLateError("late")
    asked_s = []
    for _ in range(640):
        before = ward.away.asked
        _, by = ward.scored()
        if ward.away.asked > before:
            asked_s.append(ward.clock.now_s - HandClock().now_s)
        else:
            assert by == "not_asked"
        ward.clock.now_s += 0.125
    assert asked_s == [0, 1, 3, 7, 15, 31, 47, 63, 79]
    ward.away.problem = None
    ward.clock.now_s += 16.0
    assert [ward.scored()[1] for _ in range(2)] == ["fleet", "fleet"]


def test_a_fleet_that_answers_wrongly_is_left_for_good() -> None:
    """The canary asks for another engine: it is that of this host."""
    ward = Ward()
    ward.away.problem = FleetError("gone")
    ward.scored()
    assert ward.engine.leave().name == "here"
    assert (ward.engine.by, ward.engine.alarm) == ("not_asked", "")
