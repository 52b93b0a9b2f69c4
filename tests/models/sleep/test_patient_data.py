"""Features of simulated patients: what each derivation says together, with the stage that was simulated."""

from functools import cache

import numpy as np
import pytest

from models.sleep import patient_data
from models.sleep.context_data import Labelled
from models.sleep.features import FEATURES
from models.sleep.patient_data import patients
from models.sleep_stages import STAGES, Stage

PLAN: tuple[tuple[Stage, float], ...] = (("W", 60.0), ("N3", 40.0))


@cache
def drawn(*, strange: bool = False) -> list[Labelled]:
    """Draw two patients of 100 s who pass through two stages."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(patient_data, "SECONDS", 100.0)
        patch.setattr(patient_data, "_plan", lambda _: PLAN)
        return patients(7, 2, strange=strange)


def test_a_patient_is_seen_through_all_some_and_one_derivation() -> None:
    """The same epochs, the same stages, other features; epochs end every 5 s from the thirtieth on."""
    everything, some, one, *other = drawn()
    assert everything.features.shape == some.features.shape == one.features.shape == (14, FEATURES)
    assert np.array_equal(everything.stages, one.stages)
    assert not np.allclose(everything.features, one.features, equal_nan=True)
    assert len(other) == 3


def test_the_stage_is_that_of_the_epochs_middle() -> None:
    """Features begin 5 s late: epochs end at 35, 40, ... 100 s, so that middles pass 60 s with the ninth."""
    assert [STAGES[at] for at in drawn()[0].stages] == ["W"] * 8 + ["N3"] * 6


def test_strange_patients_are_recorded_otherwise() -> None:
    """The same seeds and stages, other spectra."""
    usual, strange = drawn()[0], drawn(strange=True)[0]
    assert np.array_equal(usual.stages, strange.stages)
    assert np.abs(usual.features - strange.features).max() > 0.3
    assert np.isfinite(strange.features).all()
