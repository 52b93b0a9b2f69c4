"""A verifier's log odds are added to the detector's."""

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from models.engines.verifying import Verifier, open_verifier
from models.errors import ModelError
from models.networks.candidate_window import WINDOW
from models.networks.whole_head import WholeHead
from models.zoo import store
from models.zoo.manifest import Verification

WINDOWS = np.ones((10, WINDOW), np.float32)


@pytest.mark.parametrize(("probability", "logit", "weight", "verified"), [
    (0.5, 2.0, 1.0, 0.8808), (0.5, 2.0, 0.5, 0.7311), (0.2, 0.0, 1.0, 0.2), (1.0, -20.0, 1.0, 0.0020),
])  # fmt: skip
def test_log_odds_add_up(probability: float, logit: float, weight: float, verified: float) -> None:
    """A detector that is wholly sure can still be overruled."""
    verifier = Verifier(lambda _window: logit, 0.1, weight, "v", "")
    assert verifier.verify(WINDOWS, probability) == pytest.approx(verified, abs=1e-3)


def test_an_answer_that_is_no_number_is_an_error() -> None:
    """It would compare below every threshold, and nothing would ever be reported."""
    verifier = Verifier(lambda _window: math.nan, 0.1, 1.0, "judge", "")
    with pytest.raises(ModelError, match="model judge: its answer is not a number"):
        verifier.verify(WINDOWS, 0.9)


def test_a_detector_without_one_has_none() -> None:
    """As most models of a user's own."""
    manifest = dataclasses.replace(store.load("sc-small").manifest, verification=None)
    assert open_verifier(manifest) is None


def test_a_model_that_verifies_nothing_is_refused() -> None:
    """The line names both."""
    manifest = dataclasses.replace(
        store.load("sc-small").manifest, verification=Verification("sleep-spectral", 0.1, 0.5)
    )
    with pytest.raises(ModelError, match="model sleep-spectral does sleep: it cannot verify sc-small"):
        open_verifier(manifest)


def test_a_detector_of_other_groups_is_refused() -> None:
    """Before anything is analysed, and not by an error of torch's in the middle of it."""
    manifest = dataclasses.replace(store.load("sc-small").manifest, channels=3)
    with pytest.raises(ModelError, match="judges groups of 5 rows at 128 Hz: it cannot verify sc-small, which takes 3"):
        open_verifier(manifest)


def test_a_verifier_in_a_folder_is_opened(tmp_path: Path) -> None:
    """With the manifest's numbers, and the network's answer."""
    torch.manual_seed(0)
    network = WholeHead(width=8, hidden=16)
    detector = store.load("sc-small").manifest
    parameters = {"channels": 25, "window_samples": WINDOW, "width": 8, "hidden": 16, "dropout": 0.3}
    manifest = dataclasses.replace(
        detector, name="judge", task="verify", architecture="whole_head", parameters=parameters, channels=25,
        window_samples=WINDOW, verification=None,
    )  # fmt: skip
    saved = store.save(tmp_path / "judge", network, manifest, "")
    asked = Verification(str(tmp_path / "judge"), 0.15, 0.5)
    verifier = open_verifier(dataclasses.replace(detector, verification=asked))
    assert verifier is not None
    assert (verifier.candidate_threshold, verifier.weight, verifier.sha256) == (0.15, 0.5, saved.sha256)
    window = np.random.default_rng(0).normal(size=(25, WINDOW)).astype(np.float32)
    with torch.no_grad():
        logit = float(network.eval()(torch.from_numpy(window)[None])[0])
    assert verifier.verify(window, 0.5) == pytest.approx(1 / (1 + math.exp(-0.5 * logit)), abs=1e-6)
