"""Sleep alone: one to three channels of EEG and no montage of chains are staged all the same."""

from functools import cache
from pathlib import Path

import edfio
import numpy as np
import pytest
from numpy.typing import NDArray

from models.errors import MontageError, RecordingError
from models.sleep_stages import STAGES
from stream.config.keys import Bed, Config, Infer
from stream.detect.binding import Binding
from stream.detect.models import Detectors
from stream.errors import ConfigError
from stream.hypnogram import NO_WHOLE_EPOCH, Hypnogram, stage
from stream.records import Chunk, Gap, Source
from tests.stream.patient import run_stages

CONFIG = Config(bed=[Bed(id="bed-1")], infer=Infer(device="cpu", detector="off"))


@cache
def eeg(rate_hz: float, seconds: float, channels: int) -> NDArray[np.float32]:
    """Return (channels, n) noise of the amplitude of EEG, most of it slow."""
    white = np.random.default_rng(1).normal(size=(channels, round(seconds * rate_hz)))
    spectrum = np.fft.rfft(white)
    spectrum /= np.maximum(np.fft.rfftfreq(white.shape[1], 1 / rate_hz), 0.5)
    made = np.fft.irfft(spectrum, white.shape[1])
    return np.asarray(30 * made / made.std(axis=1, keepdims=True), np.float32)


def write(path: Path, samples: NDArray[np.float32], rate_hz: float, labels: list[str]) -> Path:
    """Write an EDF in microvolts."""
    signals = [
        edfio.EdfSignal(row.astype(float), rate_hz, label=label, physical_dimension="uV", physical_range=(-500, 500))
        for row, label in zip(samples, labels, strict=True)
    ]
    edfio.Edf(signals, data_record_duration=1).write(path)
    return path


def staged(path: Path, chunk: int = 512) -> Hypnogram:
    """Stage a file's sleep."""
    return stage(CONFIG, path, chunk, "bed-1")


@pytest.mark.parametrize(
    ("labels", "rate_hz", "derivations"),
    [
        (["EEG Fpz-Cz"], 100, ("Fpz-Cz",)),
        (["C3-M2", "EOG left"], 200, ("C3-M2",)),
        (["EEG C4-A1", "CZ-A1", "ECG"], 256, ("C4-A1", "Cz-A1")),
        (["C3", "C3-M2"], 128, ("C3-M2", "C3")),
        (["C4-M1"], 16_000, ("C4-M1",)),
    ],
)
def test_few_channels_are_staged(labels: list[str], rate_hz: int, derivations: tuple[str, ...], tmp_path: Path) -> None:
    """At any rate from 100 Hz; an epoch that is ready names a stage and how sure it is."""
    found = staged(write(tmp_path / "night.edf", eeg(rate_hz, 65, len(labels)), rate_hz, labels))
    assert found.derivations == derivations
    assert [(epoch.onset_s, epoch.duration_s) for epoch in found.epochs] == [(0, 30), (30, 30)]
    last = found.epochs[-1]
    assert (last.ready, last.stage in STAGES, 0.2 <= last.confidence <= 1) == (True, True, True)
    # Every second of the file is either staged or has a reason.
    assert found.staged_s + sum(found.not_staged_s.values()) == pytest.approx(65, abs=1e-3)
    assert found.not_staged_s[NO_WHOLE_EPOCH] == pytest.approx(5)


def test_any_chunk_size_gives_the_same_hypnogram(tmp_path: Path) -> None:
    """To the last bit."""
    path = write(tmp_path / "night.edf", eeg(100, 35, 1), 100, ["EEG Fpz-Cz"])
    assert staged(path, 7) == staged(path, 6500)


def test_a_flat_stretch_has_no_stage_and_says_why(tmp_path: Path) -> None:
    """A loose electrode for two minutes: unknown, never the stage of before; known again an epoch later."""
    samples = eeg(100, 270, 1).copy()
    samples[:, 60 * 100 : 180 * 100] = 0
    found = staged(write(tmp_path / "night.edf", samples, 100, ["C3-M2"]))
    ready = [epoch.ready for epoch in found.epochs]
    assert (ready[1], ready[2:6], ready[-1]) == (True, [False] * 4, True)
    assert {(epoch.stage, epoch.confidence) for epoch in found.epochs if not epoch.ready} == {("unknown", 0.0)}
    assert found.not_staged_s["signal"] == 120
    assert "electrodes are flat" in found.lines()[0]


@pytest.mark.parametrize(
    ("labels", "line"),
    [(["ECG", "EMG chin"], "no EEG channel to stage sleep from"), (["C3", "C3"], "are both electrode C3")],
)
def test_a_file_without_usable_channels_is_refused_in_a_line(labels: list[str], line: str, tmp_path: Path) -> None:
    """It names the file, the channels and the remedy."""
    path = write(tmp_path / "night.edf", eeg(100, 65, 2), 100, labels)
    with pytest.raises(MontageError, match=f"night.edf: .*{line}"):
        staged(path)
    with pytest.raises(RecordingError, match="no such file"):
        staged(tmp_path / "none.edf")


def test_both_switched_off_is_refused_with_the_keys() -> None:
    """There would be nothing to do."""
    with pytest.raises(ConfigError, match=r'infer\.detector = "off" and infer\.sleep = "off".*set one of them'):
        Detectors(Config(bed=[Bed(id="bed-1")], infer=Infer(detector="off", sleep="off")))


def test_behind_a_gap_of_an_hour_the_stage_is_unknown_at_once() -> None:
    """Live: the first hop behind it has no stage, and the first state that is told says so."""
    source = Source("psg", "EEG", "", "", "u", 100.0, "float32", ("C4-M1",), ("uV",), ("EEG",))
    binding = Binding(CONFIG, CONFIG.bed[0], source, Detectors(CONFIG))
    pipeline, samples, hour = binding.pipeline(), eeg(100, 65, 1), 3600 * 100
    valid = np.ones(samples.shape, np.bool_)
    before = run_stages(binding, pipeline, [Chunk(0, samples, valid, 65.0, 65.0)])
    assert before[-1].stage in STAGES
    gap = Gap(6500, hour, "missing", "silent", 3665.0)
    behind = run_stages(binding, pipeline, [gap, Chunk(gap.end, samples, valid, 3730.0, 3730.0)])
    assert (behind[0].stage, behind[0].coverage[-1].fate) == ("unknown", "missing")
    assert (behind[1].stage, behind[1].stage_confidence) == ("unknown", 0.0)
    told = [state for outcome in behind for state in outcome.sleep]
    assert (told[0].stage, told[0].ready) == ("unknown", False)
    assert told[-1].ready
    assert any(outcome.coverage[-1].fate == "analysed" for outcome in behind[1:])
    assert binding.ready(1, pipeline).detector == {}
