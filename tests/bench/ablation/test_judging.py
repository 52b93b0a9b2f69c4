"""Arms are compared at as many false events, person by person."""

import numpy as np

from bench.ablation.judging import EVERY, NO_GATE, OF_OTHER_ARMS, VARIANTS, WithoutEnds, rows, seen
from bench.worth.contract import Scored, Shown
from bench.worth.curve import Answer
from bench.worth.truth import LaidOn
from models.engines.engine import Answers, Floats
from models.signal.montage import ROWS
from models.signal.window_geometry import WINDOW_SAMPLES

PEAKS_S = np.array([100.0, 200.0, 300.0, 400.0])


class Recording:
    """An engine that keeps what it was shown, and gives every window the same probability and peak."""

    name, context_samples = "recording", 0

    def __init__(self, probability: float = 0.9) -> None:
        self.probability = probability
        self.shown: list[Floats] = []

    def score(self, windows: Floats) -> Answers:
        """Keep the windows."""
        self.shown.append(windows)
        return np.full((len(windows), 2), self.probability, np.float32), np.full((len(windows), 2), 90, np.int64)


def answer(subject: str, part: str, scores: list[float]) -> Answer:
    """Return an hour with four discharges of which these scores were seen; bare, that many false events."""
    there = part == "hybrid"
    every = np.ones(4 if there else 0, bool)
    truth = LaidOn(PEAKS_S[: len(every)], every, every)
    found = Scored(PEAKS_S[: len(scores)], np.array(scores), 0.0, 3600.0, 60.0)
    return Answer(subject, "hybrid" if there else "bare", truth, found)


def test_arms_are_compared_at_the_lowest_threshold_that_keeps_to_the_limit() -> None:
    """The usual arm may go down to 0.5, the other one, with eight false events below 0.9, only there."""
    usual = [answer("ann", "hybrid", [0.97, 0.92, 0.6]), answer("ann", "bare", [0.4] * 4)]
    usual += [answer("bob", "hybrid", [0.97, 0.6, 0.6]), answer("bob", "bare", [])]
    ours = [answer("ann", "hybrid", [0.97, 0.92, 0.6]), answer("ann", "bare", [])]
    ours += [answer("bob", "hybrid", [0.97, 0.6, 0.3]), answer("bob", "bare", [])]
    (first, *_) = rows(ours, usual)
    assert first["at_most_per_h"] == 7.0
    assert first["false_per_h"] == 0.0
    # Both at the lowest threshold of the table: six of eight there, all the same.
    assert first["marked_found"] == 6 / 8
    assert first["change"][0] == 0.0


def test_a_worse_arm_has_a_change_below_zero() -> None:
    """Every person loses one of three found: the interval has no width."""
    usual = [a for name in ("ann", "bob") for a in (answer(name, "hybrid", [0.9] * 3), answer(name, "bare", []))]
    ours = [a for name in ("ann", "bob") for a in (answer(name, "hybrid", [0.9] * 2), answer(name, "bare", []))]
    assert rows(ours, usual)[0]["change"] == [-0.25, -0.25, -0.25]


def test_the_last_row_is_zero_for_the_engine_and_as_it_was_for_the_caller() -> None:
    """A verifier is shown the same windows afterwards."""
    engine = Recording()
    windows = np.ones((2, ROWS, WINDOW_SAMPLES), np.float32)
    WithoutEnds(engine).score(windows)
    assert not engine.shown[0][:, ROWS - 1].any()
    assert engine.shown[0][:, : ROWS - 1].all()
    assert windows.all()


def test_without_the_gate_windows_are_judged_that_it_rejects() -> None:
    """Half a minute in which one derivation's noise is a hundred times that of the others."""
    rng = np.random.default_rng(4)
    traces = rng.standard_normal((1, ROWS, 128 * 30)).astype(np.float32)
    traces[0, :, 128 * 10 :] *= 400
    shown = Shown(
        np.zeros((1, 1), np.float32),
        128.0,
        ("Fp1",),
        traces,
        np.ones((1, traces.shape[2]), bool),
        ("midline",),
        (("",) * ROWS,),
        0.0,
    )
    found = seen(Recording(), None, shown, EVERY)
    assert set(found) == {*VARIANTS, NO_GATE}
    assert set(seen(Recording(), None, shown, OF_OTHER_ARMS)) == set(OF_OTHER_ARMS)
    assert found[NO_GATE].minutes > 1.5 * found["whole"].minutes
