"""What patients' models find before and after clicks, and what that comes to for some of them."""

import numpy as np
import pytest

from bench.adaptation.clicks import ODDS
from bench.adaptation.measured import Measured
from tests.bench.adaptation.test_clicks import network, patient

# The second half has 25 discharges and 24 others in 100 s; 17 of the former are surer than the surest other.
MARKED, FALSE, HOURS, SURE = 25, 24, 100 / 3600, 17


@pytest.fixture(scope="module")
def two() -> Measured:
    """Measure two patients who are the same."""
    return Measured([patient(), patient()], network(), 0.5)


def test_each_patient_is_measured_before_at_every_threshold(two: Measured) -> None:
    """From where everything is called to where nothing is."""
    assert two.before.shape == (2, len(ODDS), 4)
    assert two.before[:, 0].tolist() == [[MARKED, MARKED, FALSE, HOURS]] * 2
    assert two.before[:, -1].tolist() == [[0, MARKED, 0, HOURS]] * 2


def test_every_loss_learns_from_the_same_clicks(two: Measured) -> None:
    """Ten clicks of each patient; a row for each loss."""
    first, second = two.rows(0.5, 10, ("bce", "sasu"), seed=1)
    assert [(row.shown_from, row.clicks, row.loss) for row in (first, second)] == [(0.5, 10, "bce"), (0.5, 10, "sasu")]
    assert first.reviewed is second.reviewed
    assert [one.accepted + one.rejected for one in first.reviewed] == [10, 10]
    assert first.after.shape == two.before.shape
    # The same patient by the same seed learns the same.
    assert np.array_equal(first.after[0], first.after[1])


def test_more_clicks_than_there_are_events_are_all_of_them(two: Measured) -> None:
    """The 49 of the first half, of which a half teaches no more for being asked for more."""
    [enough] = two.rows(0.5, 60, ("bce",), seed=1)
    [more] = two.rows(0.5, 200, ("bce",), seed=1)
    assert [(one.accepted, one.rejected) for one in more.reviewed] == [(25, 24)] * 2
    assert np.array_equal(enough.after, more.after)


@pytest.mark.parametrize(("chosen", "patients"), [([0], 1), ([0, 1], 2)])
def test_figures_are_those_of_the_chosen_patients(two: Measured, chosen: list[int], patients: int) -> None:
    """Two kinds that one feature tells apart are told apart after twenty clicks: all found, and none falsely."""
    told = two.told(chosen, list(two.rows(0.02, 20, ("bce",), seed=1)), threshold=0.5)
    assert (told["patients"], told["marked"]) == (patients, patients * MARKED)
    assert told["hours"] == round(patients * HOURS, 2)
    [row] = told["rows"]
    assert (row["shown_from"], row["clicks"], row["loss"]) == (0.02, 20, "bce")
    assert row["accepted_mean"] + row["rejected_mean"] == 20
    limit = row["at_6_per_h"]
    assert (limit["sensitivity_before"], limit["false_per_h_before"]) == (SURE / MARKED, 0.0)
    assert (limit["sensitivity_after"], limit["false_per_h_after_at_equal_sensitivity"]) == (1.0, 0.0)
    # Whoever is drawn again is the same patient: the interval has no width. Of no false event there is no ratio.
    assert limit["sensitivity_gain"] == [round(1 - SURE / MARKED, 3)] * 3
    assert limit["ratio"] is None
