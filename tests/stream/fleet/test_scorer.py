"""A replica scores the windows of many hosts together, and gives each its own."""

import numpy as np
import pytest

from models.engines.opening import open_engine
from models.engines.parity import eeg_like
from models.errors import ModelError
from models.zoo import store
from stream.config.keys import Infer
from stream.fleet import wire
from stream.fleet.scorer import Scorer, servable
from stream.infer import BATCH_WINDOWS


def test_each_request_has_the_answers_of_its_own_windows() -> None:
    """More than one piece's windows, from three hosts: what the engine answers to each alone, within rounding."""
    scorer, engine = Scorer("sc-small", Infer(device="cpu")), open_engine(store.load("sc-small"), "cpu")
    manifest = servable("sc-small")
    windows = eeg_like(wire.MOST_WINDOWS + 4, manifest.channels, manifest.window_samples)
    requests = [scorer.windows(wire.request_of(part)) for part in (windows[:1], windows[1:60], windows[60:])]
    answers = scorer.score(requests)
    assert [len(probabilities) for probabilities, _ in answers] == [1, 59, 4]
    for asked, (probabilities, peaks) in zip(requests, answers, strict=True):
        wanted, places = engine.score(asked)
        np.testing.assert_allclose(probabilities, wanted, atol=1e-5)
        np.testing.assert_array_equal(peaks, places)
    assert scorer.engine == engine.name


def test_a_network_that_is_carried_along_stays_with_its_bed() -> None:
    """A fleet keeps nothing from one request to the next, and says so before anything is started."""
    with pytest.raises(ModelError, match="sc-stream-small is carried along from hop to hop and stays with its bed"):
        servable("sc-stream-small")


def test_an_infer_stage_asks_for_no_more_than_a_fleet_takes() -> None:
    """Or every large batch would be refused."""
    assert BATCH_WINDOWS <= wire.MOST_WINDOWS
