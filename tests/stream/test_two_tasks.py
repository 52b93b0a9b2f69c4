"""A network for two tasks runs live: discharges and stages of sleep of one pass, from `spikewatch train` to events."""

import dataclasses
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from models.datasets.windowset import STAGE_CODES, Header, load
from models.datasets.windowset_writer import Writer
from models.engines import parity
from models.engines.eager import Eager
from models.engines.engine import EngineWarning
from models.engines.opening import CPU, open_engine
from models.networks import registry
from models.networks.siamese_es import SiameseES
from models.networks.whole_window import class_probabilities, locating
from models.sleep_stages import STAGES
from models.zoo import store
from models.zoo.store import LoadedModel
from stream.cli import __main__ as cli
from stream.config.keys import Acquire, Bed, Condition, Config, Frame, Infer
from stream.detect.models import Detectors
from stream.errors import ConfigError
from stream.infer import InferWindows
from stream.score import find
from tests.models.zoo.test_store import a_manifest
from tests.stream.patient import RATE_HZ, patient_eeg

RECORD = registry.RECORDS["siamese_es"]


class PeakAndPace(nn.Module):
    """A discharge by how far it stands out, a stage by how fast the rest of the window is."""

    def __init__(self, channels: int = 5, window_samples: int = 64, sleep_classes: int = 5) -> None:
        super().__init__()
        self.channels, self.window_samples, self.sleep_classes = channels, window_samples, sleep_classes
        self.head, self.sleep_head = nn.Linear(1, 1), nn.Linear(1, sleep_classes)

    def both(self, windows: Tensor) -> tuple[Tensor, Tensor]:
        """(n, channels, samples) to logits (n,) and (n, classes)."""
        centred = windows - windows.mean(dim=2, keepdim=True)
        spread = centred.square().mean(dim=(1, 2)).sqrt().clamp(min=1e-12)
        peak = centred.abs().amax(dim=(1, 2)) / spread
        pace = (windows[:, :, 1:] - windows[:, :, :-1]).square().mean(dim=(1, 2)).sqrt() / spread
        return self.head(peak[:, None])[:, 0], self.sleep_head(pace[:, None])

    def forward(self, windows: Tensor) -> Tensor:
        """(n, channels, samples) to logits (n,)."""
        return self.both(windows)[0]


@pytest.fixture(scope="module")
def added() -> Iterator[pytest.MonkeyPatch]:
    """Put a small network of two tasks among the others."""
    record = dataclasses.replace(RECORD, name="peak_and_pace", network=PeakAndPace, window_samples=range(8, 1000))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "RECORDS", {**registry.RECORDS, record.name: record})
        yield patch


def _write_set(folder: Path) -> None:
    """Write windows of white noise (W) and of summed noise (N3), a fifth of them with a bump."""
    rng = np.random.default_rng(0)
    windows = rng.normal(size=(360, 5, 64)).astype(np.float32)
    slow = np.arange(360) % 2 == 1
    windows[slow] = np.cumsum(windows[slow], axis=2)
    windows /= windows.std(axis=(1, 2), keepdims=True)
    labels = (np.arange(360) % 5 == 0).astype(np.uint8)
    windows[labels == 1, 2, 30:33] += 5
    stages = np.where(slow, STAGE_CODES.index("N3"), STAGE_CODES.index("W")).astype(np.uint8)
    with Writer(folder, Header("two tasks", 5, 64, 128.0, unit="uV", command="made by hand")) as writer:
        for subject in range(12):
            at = np.arange(subject * 30, subject * 30 + 30)
            where = {"subject": f"s{subject}", "recording": f"r{subject}", "group": "A", "montage": "scalp"}
            writer.add(windows[at], labels[at], at * np.float64(1.5), stages=stages[at], **where)
    load(folder)


@pytest.fixture(scope="module")
def model(added: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train it on both tasks with `spikewatch train`."""
    folder = tmp_path_factory.mktemp("two-tasks")
    _write_set(folder / "set")
    settings = (
        "architecture=peak_and_pace", "parameters={}", "initialisation=torch", "loss=bce", "inc_neg=off",
        "pre_bce_epochs=0", "optimiser=adamw", "learning_rate=0.2", "epochs=6", "batch_windows=16", "sleep_weight=1",
    )  # fmt: skip
    words = [word for setting in settings for word in ("--set", setting)]
    command = ["train", str(folder / "set"), "--out", str(folder / "run"), "--device", "cpu", *words]
    added.setattr(sys, "argv", ["spikewatch", *command])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert not ended.value.code
    return folder / "run" / "model"


def config_with(model: Path | str, sleep: str = "detector") -> Config:
    """Configure one bed whose detector scores sleep as well; windows of 500 ms need short hops."""
    infer = Infer(device="cpu", detector=str(model), sleep=sleep)
    # White noise is no EEG, and would be left out.
    bed = Bed(id="bed-1", acquire=Acquire(unit="uV"), condition=Condition(quality_gate=False))
    return Config(bed=[bed], frame=Frame(hop_ms=62.5), infer=infer)


def test_one_trained_network_gives_discharges_and_stages(model: Path, tmp_path: Path) -> None:
    """A patient, then as long white noise: events, and stages that turn to W."""
    samples, labels = patient_eeg(45.0)
    noise = np.random.default_rng(1).normal(0, 20, (len(labels), round(45 * RATE_HZ))).astype(np.float32)
    file = tmp_path / "patient.npz"
    np.savez(file, x=np.concatenate([samples, noise], axis=1), fs=RATE_HZ, labels=np.array(labels))
    found = find(config_with(model), file, 500, "bed-1")
    assert len(found.events) > 3
    assert [span.stage for span in found.stages] == ["N3", "W"]
    # The mean over 30 s turns when half of them are of the other kind.
    assert found.stages[0].onset_s + found.stages[0].duration_s == pytest.approx(60, abs=10)
    late = [event for event in found.events if event["time_s"] > 80]
    assert {event["sleep_stage"] for event in found.events if 31 < event["time_s"] < 45} == {"N3"}
    assert {event["sleep_stage"] for event in late} <= {"W"}


@pytest.fixture(scope="module")
def siamese() -> LoadedModel:
    """Return a light Siamese-ES of five stages as it is made, before training."""
    torch.manual_seed(0)
    parameters: dict[str, int | float | str] = {
        "channels": 5,
        "window_samples": 192,
        "size": "light",
        "sleep_classes": 5,
    }
    network = SiameseES(5, 192, "light", sleep_classes=5).eval()
    manifest = dataclasses.replace(
        a_manifest(), architecture="siamese_es", parameters=parameters, window_samples=192, name="two-tasks"
    )
    return LoadedModel(network, manifest)


def test_an_engine_answers_for_both_tasks_on_openvino_as_in_plain_torch(model: Path) -> None:
    """The first probability is that of a discharge, the others make the softmax of the stages."""
    loaded = store.load(model)
    engine = open_engine(loaded, "cpu", both=True)
    eager = Eager(locating(loaded.network, RECORD, both=True), CPU)
    assert engine.name == "openvino-converted-fp32-cpu"
    windows = parity.eeg_like(3, 5, 64)
    got, expected = engine.score(windows), eager.score(windows)
    assert got[0].shape == got[1].shape == (3, 1 + len(STAGES))
    assert np.allclose(got[0], expected[0], atol=1e-5)
    with torch.no_grad():
        discharge, sleep = cast("PeakAndPace", loaded.network).both(torch.from_numpy(windows))
    assert expected[0][:, 0] == pytest.approx(torch.sigmoid(discharge).numpy(), abs=1e-5)
    assert class_probabilities(expected[0][:, 1:]) == pytest.approx(torch.softmax(sleep, 1).numpy(), abs=1e-4)


def test_siamese_es_runs_live(siamese: LoadedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In plain torch, as it is made: half a minute in, a stage is told, by the network itself."""
    monkeypatch.setattr("models.engines.opening.find_spec", lambda _: None)
    store.save(tmp_path / "model", siamese.network, siamese.manifest, "")
    samples, labels = patient_eeg(31.5)
    file = tmp_path / "patient.npz"
    np.savez(file, x=samples, fs=RATE_HZ, labels=np.array(labels))
    config = config_with(tmp_path / "model")
    slow_hops = config.model_copy(update={"frame": Frame(hop_ms=625)})
    with pytest.warns(EngineWarning, match="openvino is not installed"):
        found = find(slow_hops, file, 500, "bed-1")
    assert [span.stage in STAGES for span in found.stages] == [True]


def test_what_scores_no_stages_is_refused_in_one_line(siamese: LoadedModel, tmp_path: Path) -> None:
    """A detector of one task, and one that only tells waking from sleep; before an engine is opened."""
    with pytest.raises(ConfigError, match=r'infer\.sleep = "detector": detector sc-small scores no sleep'):
        Detectors(config_with("sc-small"))
    parameters = {**siamese.manifest.parameters, "sleep_classes": 2}
    two = dataclasses.replace(siamese.manifest, parameters=parameters)
    store.save(tmp_path, SiameseES(5, 192, "light"), two, "")
    with pytest.raises(ConfigError, match="tells 2 classes of sleep apart"):
        Detectors(config_with(tmp_path))
    with pytest.raises(ConfigError, match="nothing would be looked at"):
        Detectors(config_with("off"))


def test_a_restart_scores_an_epoch_again(model: Path) -> None:
    """So far back does a stage look."""
    [bed] = config_with(model).bed
    infer = Detectors(config_with(model)).of(bed).infer
    assert isinstance(infer, InferWindows)
    assert infer.warm_up_samples == 30 * 128
    assert Detectors(config_with(model, "off")).of(bed).infer.warm_up_samples == 0
