"""The bench of the spike-wave index counts the same seconds on both sides."""

import math
from pathlib import Path

import numpy as np
import pytest

from bench.spike_wave import MIDDLE, STEEPNESS, by_patient, expected, indices, night, usual_share
from tests.stream.patient import config_in, shipped_detectors


def test_both_indices_are_of_the_seconds_that_were_analysed() -> None:
    """A patient with a discharge in most seconds, of which the detector finds some."""
    made = night(9000, 15.0, 120.0)
    figures = indices(made, shipped_detectors(), config_in(Path()))
    assert 5 <= figures["analysed_s"] < 15
    assert figures["true"] > 60
    assert figures["true"] >= figures["marked"] >= figures["clear"] >= 0
    assert 0 <= figures["events"] <= 100
    assert 0 <= figures["estimate"] <= 100
    assert 0 <= figures["share_clear"] <= 1


def test_a_patient_meets_the_goal_who_meets_it_at_every_level_with_discharges() -> None:
    """The first is 4 points off at most, the second 6 at one level, 2 of which no reader would have marked."""
    none = {"size": None, "share_clear": None, "true": 0.0, "marked": 0.0, "events": 9.0, "estimate": 1.0}
    clear = {"size": 8.0, "share_clear": 0.9, "true": 50.0, "marked": 50.0, "events": 46.0, "estimate": 57.0}
    small = {"size": 3.0, "share_clear": 0.1, "true": 50.0, "marked": 48.0, "events": 44.0, "estimate": 42.0}
    first, second = by_patient([[none, none], [clear, clear], [clear, small]])
    assert first == {
        "size": 8.0,
        "share_clear": 0.9,
        "largest_error": 4.0,
        "largest_error_to_a_reader": 4.0,
        "largest_error_of_the_estimate": 7.0,
        "goal_met": True,
        "goal_met_to_a_reader": True,
    }
    assert (second["largest_error"], second["largest_error_to_a_reader"]) == (6.0, 4.0)
    assert second["largest_error_of_the_estimate"] == 8.0
    assert (second["goal_met"], second["goal_met_to_a_reader"]) == (False, True)


@pytest.mark.parametrize("usual", [0.1, 0.5])
@pytest.mark.parametrize("percent", [0, 10, 50, 95])
def test_probabilities_that_hold_at_one_share_speak_for_another(percent: int, usual: float) -> None:
    """Of seconds that differ as discharges and others do, the share is found whatever it is."""
    rng = np.random.default_rng(1)
    has = rng.random(5000) < percent / 100
    # Log odds of a normal measure with means 4 apart, at the usual share.
    odds = 4 * (rng.normal(0, 1, 5000) + 4 * has) - 8 + math.log(usual / (1 - usual))
    assert expected(1 / (1 + np.exp(-odds)), usual) == pytest.approx(100 * has.mean(), abs=1.5)


def test_the_surer_the_events_the_less_does_a_low_probability_speak_for_one() -> None:
    """By their median; without any event, as if one had just reached the threshold."""
    half, less = (1 / (1 + math.exp(-odds)) for odds in (MIDDLE, MIDDLE - 1 / STEEPNESS))
    assert usual_share([0.9, half, 1.0], 0.75) == pytest.approx(0.5)
    assert usual_share([less], 0.75) == pytest.approx(1 / (1 + math.e))
    assert usual_share([], 0.75) == usual_share([0.75], 0.75) < 0.02
