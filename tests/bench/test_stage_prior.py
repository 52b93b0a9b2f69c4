"""The bench of a prior by stage: counts that are known."""

import numpy as np
import pytest

from bench.stage_prior import LOG_ODDS, Tally, learnt
from models.sleep_stages import STAGES


def counted(false_in_rem: float) -> Tally:
    """Return ten found of ten in each stage whatever the threshold, and false events at the lowest ones alone."""
    counts = Tally.none()
    counts.found[:], counts.marked[:], counts.minutes[:] = 10, 10, 60
    counts.false[:, :4] = 5
    counts.false[STAGES.index("R"), :4] = false_in_rem
    return counts


def test_stages_in_which_a_detector_errs_alike_have_no_prior() -> None:
    """Nothing is moved."""
    assert learnt(counted(5.0)) == pytest.approx(np.zeros(len(STAGES)))


def test_more_is_asked_in_the_stage_of_more_false_events() -> None:
    """Its threshold rises, those of the others fall: the false events of its lowest thresholds are gone."""
    counts = counted(55.0)
    prior = learnt(counts)
    # 15 of 60 against the mean of 15 of 20 (the false events of all stages are 75).
    assert prior[STAGES.index("R")] == pytest.approx(np.log(15 / 60 / (15 / 20)))
    assert (np.delete(prior, STAGES.index("R")) > 0).all()
    moved, plain = counts.at(prior), counts.at(np.zeros(len(STAGES)))
    assert plain[3] == (1.0, 60 * 75 / 300)
    # The others' thresholds are lowered past this one by two steps, and REM's is raised behind its false events.
    assert moved[3] == (1.0, 60 * 20 / 300)
    assert len(moved) == len(LOG_ODDS)
