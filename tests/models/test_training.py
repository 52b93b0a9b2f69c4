"""Training learns, pools keep the newest, and saved probabilities are for rare discharges."""

import math
import queue
from collections.abc import Callable

import numpy as np
import pytest
import torch

from models import training
from models.pool import Pool
from models.sc import SC
from models.training import PRIOR, PRIOR_SHIFT, SHARES, Trainer, learning_rate, patient_windows


def bumps(count: int, height: float) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    """Return noise windows (count, 5, 192) with a bump of some height in the middle."""
    windows = np.random.default_rng(int(height)).normal(size=(count, 5, 192)).astype(np.float32)
    windows[:, 2, 90:96] += height
    return windows


def tiny_sc() -> SC:
    """Return a network small enough for tests."""
    return SC(5, 192, width=8, blocks=2, dropout=0.0)


@pytest.fixture
def a_trainer(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Trainer]:
    """Return a maker of small trainers fed with windows that are easy to tell apart."""
    monkeypatch.setattr(training, "small_sc", tiny_sc)
    monkeypatch.setattr(training, "BATCH", 32)
    monkeypatch.setattr(training, "START_WINDOWS", 200)
    monkeypatch.setattr(training, "WARM_UP_STEPS", 1)
    monkeypatch.setattr(training, "LR", 1e-2)
    torch.set_num_threads(1)
    source: queue.Queue[dict[str, np.ndarray]] = queue.Queue()
    for _ in range(4):
        source.put({"positive": bumps(100, 8.0), "negative": bumps(100, 0.0), "hard": bumps(100, 0.0)})
    return lambda: Trainer(0, 40, source)  # type: ignore[arg-type]


def test_the_loss_falls(a_trainer: Callable[[], Trainer]) -> None:
    """Forty steps on easy windows bring the loss well below where it began."""
    trainer = a_trainer()
    losses = [trainer.step(number) for number in range(40)]
    assert np.mean(losses[-5:]) < 0.5 * losses[0]


def test_finished_weights_expect_rare_discharges(a_trainer: Callable[[], Trainer]) -> None:
    """The saved bias is lower by the log odds between the batch's share of positives and the prior."""
    trainer = a_trainer()
    trainer.step(0)
    before, finished = trainer.average.head.bias.detach().clone(), trainer.finished()
    odds = SHARES["positive"] / (1 - SHARES["positive"]) * (1 - PRIOR) / PRIOR
    assert math.log(odds) == pytest.approx(PRIOR_SHIFT)
    assert (before - finished.head.bias.detach()).item() == pytest.approx(math.log(odds), abs=1e-5)
    trainer.resume(finished)
    assert torch.allclose(trainer.network.head.bias, before, atol=1e-5)


def test_a_pool_keeps_the_newest() -> None:
    """A full pool forgets its oldest windows and draws only what it holds, free of scale."""
    pool = Pool(4)
    shape = np.random.default_rng(0).normal(size=(1, 5, 192)).astype(np.float32)
    pool.add(np.repeat(shape, 3, axis=0) * 1e4)
    pool.add(np.repeat(-shape, 4, axis=0))
    assert (len(pool), pool.seen) == (4, 7)
    drawn = pool.draw(50, np.random.default_rng(1))
    assert np.allclose(drawn, -shape / shape.std(), atol=5e-3)


def test_learning_rate_rises_then_falls() -> None:
    """The rate warms up, peaks once and ends near its last value."""
    rates = [learning_rate(step, 1000) for step in range(1000)]
    peak = int(np.argmax(rates))
    assert np.all(np.diff(rates[: peak + 1]) > 0)
    assert np.all(np.diff(rates[peak + 1 :]) < 0)
    assert rates[-1] < 0.05 * rates[peak]


def test_a_network_that_cries_wolf_is_shown_its_errors() -> None:
    """Mining returns negatives that the network takes for discharges, and none where it takes none."""
    network = tiny_sc().eval()
    network.head.bias.data[0] = 50.0
    crying = patient_windows(5, ["scalp"], network)
    network.head.bias.data[0] = -50.0
    silent = patient_windows(5, ["scalp"], network)
    assert len(crying["hard"]) > 50
    assert len(silent["hard"]) == 0
    assert len(patient_windows(5, ["scalp"], None)["negative"]) > 0
