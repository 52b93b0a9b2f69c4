"""Heart and eyes are recognised among candidates, and a discharge is neither."""

import numpy as np

from models.detection.artefacts import Artefacts
from tests.models.detection import test_eyes, test_qrs


def test_each_artefact_is_named_and_a_discharge_is_none() -> None:
    """As what is kept back is counted."""
    artefacts = Artefacts(test_eyes.SCALP)
    blink = test_eyes.recorded(test_eyes.blink, 200.0)
    assert artefacts.recognise(blink, test_eyes.PEAK, test_eyes.RATE_HZ) == "eyes"
    times_s = (1 + 0.8 * np.arange(6)).tolist()
    beats, peak = test_qrs.recorded(times_s, [test_qrs.field()] * 6, test_qrs.peaked(0.03))
    assert artefacts.recognise(beats, peak, test_qrs.RATE_HZ) == "qrs"
    spike = test_eyes.recorded(test_eyes.spike("F7"), 200.0)
    assert artefacts.recognise(spike, test_eyes.PEAK, test_eyes.RATE_HZ) is None
