"""A network is added by its file and its record: trained, evaluated and live, with nothing else touched."""

import dataclasses
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from models.datasets import windowset
from models.engines import parity
from models.engines.eager import Eager
from models.engines.engine import EngineWarning
from models.engines.opening import CPU, open_engine
from models.errors import TrainingError
from models.networks import registry
from models.networks.contract import NetworkRecord
from models.networks.whole_window import locating
from models.training import outcome
from models.training.network import parameters
from models.training.recipe import Recipe
from models.zoo import store
from models.zoo.store import LoadedModel
from stream.cli import __main__ as cli
from stream.config.keys import Acquire, Bed, Config, Frame, Infer
from stream.detect.models import Detectors
from stream.errors import ConfigError
from stream.evaluate.evaluate import evaluate
from stream.evaluate.request import EvaluationRequest
from stream.score import score
from tests.models.training.small_training import easy_set
from tests.models.zoo.test_store import a_manifest
from tests.stream.patient import RATE_HZ, patient_eeg


class Peakiness(nn.Module):
    """How far a window's largest deflection stands out: no more than `forward`, and as simple as a network can be."""

    def __init__(self, channels: int = 5, window_samples: int = 64, steepness: float = 1.0) -> None:
        super().__init__()
        self.channels, self.window_samples = channels, window_samples
        self.weight, self.bias = nn.Parameter(torch.tensor(steepness)), nn.Parameter(torch.tensor(0.0))

    def forward(self, windows: Tensor) -> Tensor:
        """(n, channels, samples) to logits (n,)."""
        centred = windows - windows.mean(dim=2, keepdim=True)
        # A flat window has no spread, and 0 / 0 would be NaN.
        spread = centred.square().mean(dim=(1, 2)).sqrt().clamp(min=1e-12)
        return centred.abs().amax(dim=(1, 2)) / spread * self.weight + self.bias


RECORD = NetworkRecord(
    "peakiness", Peakiness, "ied", scale_free=True, normalisation="in units of the window's spread", rows=range(1, 9)
)
RECIPE = (
    "architecture=peakiness", "parameters={}", "initialisation=torch", "loss=bce", "inc_neg=off", "pre_bce_epochs=0",
    # Two parameters to learn: a high rate and a few epochs do.
    "optimiser=adamw", "learning_rate=0.2", "epochs=12", "batch_windows=16",
)  # fmt: skip


@pytest.fixture(scope="module")
def added() -> Iterator[pytest.MonkeyPatch]:
    """Put the record among the others."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "RECORDS", {**registry.RECORDS, RECORD.name: RECORD})
        yield patch


@pytest.fixture(scope="module")
def model(added: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train one on an easy set with `spikewatch train`."""
    folder = tmp_path_factory.mktemp("training")
    easy_set(folder / "set")
    settings = [word for setting in RECIPE for word in ("--set", setting)]
    command = ["train", str(folder / "set"), "--out", str(folder / "run"), "--device", "cpu", *settings]
    added.setattr(sys, "argv", ["spikewatch", *command])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert not ended.value.code
    assert outcome.read(folder / "run").figures["test"].auroc > 0.95
    return folder / "run" / "model"


def config_with(model: Path, unit: str = "uV") -> Config:
    """Configure one bed with the model; its windows of 250 ms need short hops."""
    bed = Bed(id="bed-1", acquire=Acquire(unit=unit))  # type: ignore[arg-type]
    infer = Infer(device="cpu", detector=str(model), sleep="off")
    return Config(bed=[bed], frame=Frame(hop_ms=62.5), infer=infer)


def test_it_is_trained_evaluated_and_scores_live(model: Path, tmp_path: Path) -> None:
    """From the command line's training to events in a simulated patient, each where the EEG deflects most."""
    manifest = store.load(model).manifest
    assert (manifest.architecture, manifest.unit, manifest.normalisation) == ("peakiness", "any", RECORD.normalisation)
    request = EvaluationRequest(str(model), data=model.parents[1] / "set", part="validation")
    found = evaluate(request, lambda _: None)
    assert found.windows["validation"].areas["AUROC"].value > 0.95
    samples, labels = patient_eeg()
    file = tmp_path / "patient.npz"
    np.savez(file, x=samples, fs=RATE_HZ, labels=np.array(labels))
    # Neither is a multiple of a hop's 16 samples, so chunks end in different places of it.
    events, again = (score(config_with(model), file, chunk, "bed-1") for chunk in (500, 37))
    assert len(events) > 3
    assert [event["id"] for event in events] == [event["id"] for event in again]
    # Places are those of the largest deflections: none of them is as faint as the background.
    assert all(event["amplitude_uv"] > 20 for event in events)


def test_openvino_and_plain_torch_agree_on_it(model: Path) -> None:
    """The graph is converted, for any number of windows; one that is not finite stays alone."""
    loaded = store.load(model)
    engine, eager = open_engine(loaded, "cpu"), Eager(locating(loaded.network, RECORD), CPU)
    assert engine.name == "openvino-converted-fp32-cpu"
    for count in (0, 1, 5, 19):
        windows = parity.eeg_like(count, 5, 32) if count else np.empty((0, 5, 32), np.float32)
        # A slice, since batches of 0 and 1 have no fourth window.
        windows[3:4, 2, 10] = np.nan
        got, expected = engine.score(windows), eager.score(windows)
        assert got[0].shape == got[1].shape == (count, 1)
        assert np.allclose(got[0], expected[0], rtol=0, atol=1e-5, equal_nan=True)
        finite = np.isfinite(expected[0])
        assert np.array_equal(got[1][finite], expected[1][finite])


def test_where_openvino_has_no_operation_plain_torch_scores(added: pytest.MonkeyPatch) -> None:
    """It is reported, with what is missing."""

    class Middling(Peakiness):
        def forward(self, windows: Tensor) -> Tensor:
            return super().forward(windows - windows.median(dim=2, keepdim=True).values)

    with added.context() as patch:
        patch.setattr(registry, "RECORDS", {"peakiness": dataclasses.replace(RECORD, network=Middling)})
        loaded = LoadedModel(Middling(5, 64), dataclasses.replace(a_manifest(), architecture="peakiness"))
        with pytest.warns(EngineWarning, match="OpenVINO cannot run architecture peakiness"):
            assert open_engine(loaded, "cpu").name == "eager-fp32-cpu"


def test_what_it_cannot_do_is_refused_in_one_line(model: Path) -> None:
    """No last layer whose bias or steepness could be moved, no features, no more than eight rows."""
    folder = model.parents[1] / "set"
    request = EvaluationRequest(str(model), data=folder, part="test", calibrate=True)
    with pytest.raises(ConfigError, match="--calibrate: architecture peakiness"):
        evaluate(request, lambda _: None)
    recipe, header = Recipe(architecture="peakiness"), windowset.load(folder).header
    with pytest.raises(TrainingError, match="live_prevalence"):
        parameters(recipe.changed({"live_prevalence": 0.01, "loss": "bce"}), header)
    with pytest.raises(TrainingError, match="sampler 'latent'"):
        parameters(recipe.changed({"sampler": "latent"}), header)
    with pytest.raises(TrainingError, match=r"'peakiness' takes 1 to 8 channels, the windows have 22"):
        parameters(recipe, dataclasses.replace(header, channels=22))


def test_a_network_that_needs_microvolts_is_refused_where_the_unit_is_not_known(
    added: pytest.MonkeyPatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before its engine is opened, with the key."""
    manifest = dataclasses.replace(
        store.load("sc-small").manifest, architecture="peakiness", parameters={}, name="in-microvolts", unit="uV",
        verification=None,
    )  # fmt: skip
    store.save(tmp_path / "model", Peakiness(5, 192), manifest, "")
    monkeypatch.setattr("stream.detect.stages.open_engine", lambda *_: pytest.fail("an engine was opened"))
    with pytest.raises(ConfigError, match=r'bed\.acquire\.unit of bed-1 = "any": .*in-microvolts takes microvolts'):
        Detectors(config_with(tmp_path / "model", unit="any"))
