"""Engines score as the network does, show what is not finite, and refuse clearly."""

import dataclasses

import numpy as np
import pytest
import torch

from models.engines.opening import open_engine
from models.errors import ModelError
from models.sc import SC
from models.spectral import SpectralClassifier
from models.store import LoadedModel
from tests.models.test_store import PARAMETERS, a_manifest


@pytest.fixture
def loaded() -> LoadedModel:
    """Return a tiny random detector."""
    torch.manual_seed(4)
    return LoadedModel(SC(**PARAMETERS).eval(), a_manifest())


def windows(count: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    """Return random windows (count, 5, 64)."""
    return np.random.default_rng(5).normal(0, 30, (count, 5, 64)).astype(np.float32)


def test_cpu_engine_scores_as_the_network(loaded: LoadedModel) -> None:
    """Probabilities are the sigmoid of the network's logits, peaks its evidence, input untouched."""
    batch = windows(7)
    before = batch.copy()
    probabilities, peaks = open_engine(loaded, "cpu").score(batch)
    with torch.no_grad():
        logits, where = loaded.network.evidence(torch.from_numpy(batch))  # type: ignore[operator]
    assert np.array_equal(probabilities, torch.sigmoid(logits).numpy())
    assert np.array_equal(peaks, where.numpy())
    assert (probabilities.dtype, peaks.dtype) == (np.float32, np.int64)
    assert np.array_equal(batch, before)


def test_no_windows_give_no_scores(loaded: LoadedModel) -> None:
    """An empty batch is answered with empty arrays."""
    probabilities, peaks = open_engine(loaded, "cpu").score(windows(0))
    assert probabilities.shape == peaks.shape == (0,)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_is_nan_and_stays_alone(loaded: LoadedModel, bad: float) -> None:
    """One bad sample makes its own window's probability NaN and leaves the others as they were."""
    engine = open_engine(loaded, "cpu")
    batch = windows(3)
    clean, _ = engine.score(batch)
    batch[1, 2, 10] = bad
    probabilities, _ = engine.score(batch)
    assert np.isnan(probabilities[1])
    assert np.array_equal(probabilities[[0, 2]], clean[[0, 2]])


def test_missing_device_is_one_clear_line(loaded: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """CUDA asked for on a host without it is refused, naming the key; auto falls back to the CPU."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ModelError, match=r"infer\.device"):
        open_engine(loaded, "cuda")
    assert open_engine(loaded, "auto").name == "eager-fp32-cpu"


def test_a_sleep_model_is_no_detector() -> None:
    """A model for another task is refused by name."""
    manifest = dataclasses.replace(a_manifest(), name="dozy", task="sleep")
    with pytest.raises(ModelError, match="dozy"):
        open_engine(LoadedModel(SpectralClassifier(), manifest), "cpu")


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_cuda_scores_as_the_cpu(loaded: LoadedModel) -> None:
    """Both devices agree to 1e-4 in probability, the difference of their summation orders."""
    expected, _ = open_engine(loaded, "cpu").score(windows(9))
    got, _ = open_engine(loaded, "cuda").score(windows(9))
    assert np.allclose(expected, got, atol=1e-4)
