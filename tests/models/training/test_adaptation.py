"""A last layer moves as far as clicks take it, and says whether events that were held out gained."""

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from torch import nn

from models.networks.whole_head import WholeHead
from models.training.adaptation import (
    HELD,
    HELD_BIAS,
    AdaptationLoss,
    Features,
    Judged,
    Looks,
    adapted,
    held_out,
    joined,
)

WEIGHT = 0.7


def head(features: int = 4) -> nn.Linear:
    """Return a last layer with weights that can be told apart."""
    layer = nn.Linear(features, 1)
    with torch.no_grad():
        layer.weight[0] = torch.linspace(-0.5, 0.5, features)
        layer.bias[0] = 0.25
    return layer


def judged(events: int = 20, looks: int = 3, background: int = 40, apart: float = 2.0) -> Judged:
    """Return looks at events of which the first half are true; a feature says which, where it is apart."""
    rng = np.random.default_rng(5)
    event = np.concatenate([np.repeat(np.arange(events), looks), np.full(background, -1)])
    true = np.arange(events) < events // 2
    features = rng.normal(size=(len(event), 4)).astype(np.float32)
    features[:, 2] += np.where(np.append(true, False)[event], apart, -apart)
    return Judged(Looks(features, rng.normal(size=len(event)), np.arange(len(event), dtype=float)), event, true)


def test_cross_entropy_ends_where_a_slow_minimiser_does() -> None:
    """The twin: the same sum by the formula, in float64, by another method."""
    known, layer = judged(apart=0.3), head()
    labels, features = known.labels, known.looks.features.astype(float)
    first, bias = layer.weight.detach().numpy()[0].astype(float), float(layer.bias.detach()[0])

    def total(by: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
        logits = known.looks.odds + WEIGHT * (features @ (first + by[:-1]) + bias + by[-1])
        cross = np.where(labels > 0, np.logaddexp(0, -logits), np.logaddexp(0, logits)).sum()
        return float(cross + HELD / 2 * ((by[:-1] ** 2).sum() + HELD_BIAS * by[-1] ** 2))

    best = minimize(total, np.zeros(5)).x
    found = adapted(layer, known, WEIGHT, "bce")
    assert found.weight.detach().numpy()[0] == pytest.approx(first + best[:-1], abs=0.02)
    assert float(found.bias.detach()[0]) == pytest.approx(bias + best[-1], abs=0.1)
    # What was given stays as it was.
    assert layer.weight.equal(head().weight)


@pytest.mark.parametrize("loss", ["regularised_sasu", "wbce"])
def test_held_out_events_get_better_where_there_is_something_to_learn(loss: AdaptationLoss) -> None:
    """With losses of both families."""
    found = held_out(head(), judged(), WEIGHT, loss)
    assert found.verdict == "better"
    assert found.after > 0.9 > found.before


def test_an_event_is_judged_by_weights_that_have_not_seen_it() -> None:
    """With more features than looks, a model that had seen the events would set all pairs right."""
    known = judged(events=40, looks=1, background=0, apart=0.0)
    features = 10 * np.random.default_rng(1).normal(size=(40, 60)).astype(np.float32)
    wide = Judged(Looks(features, np.zeros(40), np.arange(40.0)), known.event, known.true)
    odds = wide.looks.verified(adapted(head(60), wide, WEIGHT, "bce"), WEIGHT)
    assert odds[wide.true].min() > odds[~wide.true].max()
    assert held_out(head(60), wide, WEIGHT, "bce").after < 0.75


def test_two_of_a_kind_say_nothing() -> None:
    """Chance would decide."""
    known = judged()
    few = Judged(known.looks, known.event, np.arange(20) < 2)
    assert held_out(head(), few, WEIGHT, "bce").verdict == "too few"


def test_background_is_negative_and_recordings_join() -> None:
    """Whatever the last event was."""
    known = Judged(judged().looks, judged().event, np.ones(20, bool))
    assert known.labels.tolist() == [1.0] * 60 + [0.0] * 40
    twice = joined([known.looks, known.looks])
    assert twice.features.shape == (200, 4)
    assert np.array_equal(twice.odds[100:], known.looks.odds)


def test_features_are_what_the_last_layer_judges_by() -> None:
    """So an adapted layer on kept features gives what the whole network would."""
    torch.manual_seed(0)
    network = WholeHead(width=4, hidden=8).eval()
    window = np.random.default_rng(0).normal(size=(25, 288)).astype(np.float32)
    features = Features(network)
    with torch.inference_mode():
        whole = float(network(torch.from_numpy(window[None]))[0])
    assert features(window) == pytest.approx(whole, abs=1e-6)
    again = network.head(torch.from_numpy(features.last[None])).detach()
    assert float(again[0, 0]) == pytest.approx(whole, abs=1e-6)
