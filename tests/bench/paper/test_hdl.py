"""HDL's features by hand, and the system on a set that is easy."""

from pathlib import Path

import numpy as np
import pytest

from bench.paper.hdl import HDL
from bench.paper.hdl_features import FEATURES, at_rate, features
from models.datasets import splits
from models.datasets.splits import Part
from models.datasets.windowset import Header, load
from models.datasets.windowset_writer import Writer
from models.errors import TrainingError
from models.evaluation import metrics


def test_features_have_their_number_and_places() -> None:
    """1.5 s are 14 frames of 26; louder is more energy and the same cepstra."""
    noise = np.random.default_rng(0).normal(size=(2, 375)).astype(np.float32)
    one, louder = features(noise), features(10 * noise)
    assert one.shape == (2, 14, FEATURES)
    assert FEATURES == 26
    assert louder[..., :7] == pytest.approx(one[..., :7], abs=1e-4)
    assert louder[..., 7] - one[..., 7] == pytest.approx(np.full((2, 14), 2 * np.log(10)), abs=1e-4)


def test_differential_energy_is_largest_less_least_nearby() -> None:
    """A burst in the middle of a quiet channel; its slope is that of its neighbours."""
    channel = 1e-2 * np.random.default_rng(1).normal(size=375).astype(np.float32)
    channel[180:200] *= 1000
    found = features(channel)
    energy, differential = found[:, 7], found[:, 8]
    assert differential[7] == pytest.approx(energy[3:12].max() - energy[3:12].min(), rel=1e-5)
    slope = sum(w * energy[7 + w] for w in (-2, -1, 1, 2)) / 10
    assert found[7, 9 + 7] == pytest.approx(slope, rel=1e-4, abs=1e-4)


def test_another_rate_keeps_the_length_in_seconds() -> None:
    """128 Hz to 250 Hz: 192 samples are 375."""
    assert at_rate(np.zeros((3, 192), np.float32), 128.0).shape == (3, 375)


def bursts(folder: Path, samples: int) -> dict[str, Part]:
    """Return parts of a set of six people whose positives have a burst of 20 Hz in the middle."""
    rng = np.random.default_rng(0)
    labels = np.tile([1, 0, 0], 60)
    windows = rng.normal(size=(180, 2, samples)).astype(np.float32)
    middle = slice(samples // 3, 2 * samples // 3)
    windows[labels == 1, :, middle] += 4 * np.sin(np.arange(samples)[middle] * 2 * np.pi * 20 / 128)
    with Writer(folder, Header("test", 2, samples, 128.0)) as writer:
        for subject in range(6):
            own, name = slice(30 * subject, 30 * subject + 30), f"s{subject}"
            writer.add(windows[own], labels[own], np.zeros(30), subject=name, recording=name, group="g", montage="m")
    return splits.parts(load(folder), seed=0)


def test_it_finds_what_is_easy(tmp_path: Path) -> None:
    """Trained and tested on other windows; the same seed gives the same."""
    parts = bursts(tmp_path / "set", 192)
    found = HDL(1).fit(parts, tmp_path)
    assert metrics.auroc(parts["test"].labels, found["test"]) > 0.9
    assert len(found["validation"]) == len(parts["validation"])
    assert (HDL(1).fit(parts, tmp_path)["test"] == found["test"]).all()


def test_windows_with_too_few_frames_are_refused(tmp_path: Path) -> None:
    """A quarter of a second has none."""
    with pytest.raises(TrainingError, match="too few frames"):
        HDL(1).fit(bursts(tmp_path / "set", 32), tmp_path)
