"""What is clicked on, learned and counted in `bench.adaptation`."""

import numpy as np
import torch

from bench.adaptation.clicks import ODDS, candidates, events_s, learned, measured, review
from bench.adaptation.gains import at_limit, at_sensitivity, gains
from bench.adaptation.patients import Patient
from models.networks.likeness import COURSE
from models.networks.whole_head import WholeHead
from models.training.looks import Looks


def network() -> WholeHead:
    """Return a network whose last layer answers with the one feature there is."""
    made = WholeHead(width=4, hidden=1)
    with torch.no_grad():
        made.head.weight[0], made.head.bias[0] = 1.0, 0.0
    return made.eval()


def patient() -> Patient:
    """Return 200 s with a candidate every 2 s, the even ones discharges; the odds of both kinds overlap."""
    times_s = np.repeat(np.arange(2.0, 200.0, 2.0), 2) + np.tile([0.0, 0.01], 99)
    true = np.arange(99) % 2 == 0
    # The second look of each is the surer one.
    odds = np.repeat(np.linspace(0, 3, 99), 2) + np.tile([0.0, 1.0], 99)
    features = np.repeat(np.where(true, 1.0, -1.0), 2)[:, None].astype(np.float32)
    shapes = np.zeros((198, 25 + COURSE), np.float32)
    # Each kind has a field of its own.
    shapes[np.arange(198), np.repeat(np.where(true, 0, 1), 2)] = shapes[:, -1] = 1.0
    peaks_s = times_s[::2][true]
    looks = Looks(features, shapes, np.zeros(198, np.int64), odds, times_s)
    return Patient(looks, peaks_s, np.ones(len(peaks_s), bool), 100.0, 200.0)


def test_looks_at_one_place_are_one_candidate_with_the_highest_odds() -> None:
    """At its first look's time."""
    times_s, odds = candidates(patient(), network(), 1.0)
    assert times_s.tolist() == np.arange(2.0, 200.0, 2.0).tolist()
    assert odds[:2].tolist() == [2.0, odds[1]]
    assert events_s(np.array([1.0, 1.2, 1.31, 5.0]), np.array([3.0, 9.0, 3.0, 2.0]), 2.5).tolist() == [1.0, 1.31]


def test_clicks_are_drawn_from_the_first_half_and_judged_by_the_truth() -> None:
    """Of what is told at the threshold; background is none of it."""
    reviewed = review(patient(), network(), 1.0, 10, 0.0, seed=1)
    assert reviewed.accepted + reviewed.rejected == 10
    clicked = reviewed.judged.looks.times_s[reviewed.judged.event >= 0]
    assert clicked.max() < 100
    assert len(clicked) == 20
    for number, true in enumerate(reviewed.judged.true.tolist()):
        at = reviewed.judged.looks.times_s[reviewed.judged.event == number][0]
        assert true == (at % 4 == 2)


def test_what_is_learned_lowers_false_events_at_equal_sensitivity() -> None:
    """Of two kinds that one feature tells apart; an hour has 20 times a half."""
    one, model = patient(), network()
    before = measured(one, model, 0.5)
    assert before.shape == (len(ODDS), 4)
    assert before[0].tolist() == [25.0, 25.0, 24.0, 100 / 3600]
    after = measured(one, learned(review(one, model, 0.5, 40, -4.0, seed=1), model, 0.5, "bce"), 0.5)
    whole, adapted = before[None], after[None]
    sensitivity, false_per_h = at_limit(whole, 200.0)
    assert at_sensitivity(adapted, sensitivity) < false_per_h
    told = gains(whole, adapted, [1], 0.98)
    assert set(told) == {"at_6_per_h", "at_20_per_h", "at_threshold"}
    assert told["at_6_per_h"]["sensitivity_after"] >= told["at_6_per_h"]["sensitivity_before"]
