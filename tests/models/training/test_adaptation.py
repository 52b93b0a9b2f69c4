"""Examples say as much as clicks warrant, and held-out events say whether they are better."""

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from models.networks.likeness import SPREAD
from models.networks.whole_head import WholeHead
from models.training.adaptation import FREE, AdaptationLoss, adapted, held_out
from models.training.looks import Judged
from tests.models.training.judged_looks import judged, looks

WEIGHT = 0.7


@pytest.fixture(scope="module")
def network() -> WholeHead:
    """Return an untrained network."""
    torch.manual_seed(0)
    return WholeHead(width=4, hidden=8).eval()


def test_cross_entropy_ends_where_a_slow_minimiser_does(network: WholeHead) -> None:
    """The twin: the same sum over what is added to each look, by its formula, in float64 and by another method."""
    known = judged(events=8, each=1, background=12, apart=0.3)
    labels, come = known.labels, known.looks.verified(network, WEIGHT)
    cosine = known.looks.shapes.astype(float) @ known.looks.shapes.astype(float).T / 2
    covariance = FREE * np.exp((cosine - 1) / SPREAD)
    precision = np.linalg.inv(covariance)

    def total(added: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
        logits = come + added
        cross = np.where(labels > 0, np.logaddexp(0, -logits), np.logaddexp(0, logits)).sum()
        return float(cross + added @ precision @ added / 2)

    best = minimize(total, np.zeros(20), tol=1e-10).x
    own = adapted(network, known, WEIGHT, "bce")
    assert known.looks.verified(own, WEIGHT) - come == pytest.approx(best, abs=0.02)
    # What was given stays as it was.
    assert network.own is None


@pytest.mark.parametrize("loss", ["regularised_sasu", "wbce"])
def test_held_out_events_get_better_where_there_is_something_to_learn(network: WholeHead, loss: AdaptationLoss) -> None:
    """With losses of both families."""
    found = held_out(network, judged(), WEIGHT, loss)
    assert found.verdict == "better"
    assert found.after > 0.9 > found.before


def test_an_event_is_judged_by_a_model_that_has_not_seen_it(network: WholeHead) -> None:
    """Examples that are like nothing else set all pairs right that they hold, and no other."""
    known = judged(events=40, each=1, background=0, apart=0.0)
    silent = Judged(looks(known.looks.shapes.astype(float), np.zeros(40)), known.event, known.true)
    odds = silent.looks.verified(adapted(network, silent, WEIGHT, "bce"), WEIGHT)
    assert odds[silent.true].min() > odds[~silent.true].max()
    assert held_out(network, silent, WEIGHT, "bce").after < 0.75


def test_two_of_a_kind_say_nothing(network: WholeHead) -> None:
    """Chance would decide."""
    few = judged(true=np.arange(20) < 2)
    assert held_out(network, few, WEIGHT, "bce").verdict == "too few"
