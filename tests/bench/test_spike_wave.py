"""The bench of the spike-wave index counts the same seconds on both sides."""

import math
from pathlib import Path

import numpy as np
import pytest

from bench.spike_wave import USUAL_SHARE, expected, indices, night
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


@pytest.mark.parametrize("percent", [0, 10, 50, 95])
def test_probabilities_that_hold_at_one_share_speak_for_another(percent: int) -> None:
    """Of seconds that differ as discharges and others do, the share is found whatever it is."""
    rng = np.random.default_rng(1)
    has = rng.random(5000) < percent / 100
    # Log odds of a normal measure with means 4 apart, at the usual share.
    odds = 4 * (rng.normal(0, 1, 5000) + 4 * has) - 8 + math.log(USUAL_SHARE / (1 - USUAL_SHARE))
    assert expected(1 / (1 + np.exp(-odds))) == pytest.approx(100 * has.mean(), abs=1.5)
