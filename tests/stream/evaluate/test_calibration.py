"""A bed's threshold from recordings without discharges: planted events, and a network that says how large they are."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from models.engines.engine import Answers, Floats
from models.evaluation.poisson import highest_rate
from models.networks.sc import SPANS
from models.readers.contract import in_memory
from models.readers.recording import read
from models.simulate import simulate
from stream.config.keys import Bed, Config
from stream.detect.binding import Binding
from stream.detect.models import Detector, Detectors
from stream.errors import InputError
from stream.evaluate.calibration import CANDIDATES, Calibration, Counted, calibrate, count
from stream.infer import InferWindows
from stream.score import outcomes
from tests.stream.patient import RATE_HZ, config_in, shipped_detectors, source_of

FULL_UV = 600.0
BACKGROUND_UV, PULSE_S = 20.0, 0.1
SIZES_UV = (100.0, 200.0, 300.0, 400.0, 500.0, 600.0)
SECONDS = 60.0


class Ruler:
    """An engine whose probability is the size of the largest deflection."""

    name = "ruler"
    context_samples = 0

    def score(self, windows: Floats) -> Answers:
        """Return the largest absolute value over FULL_UV, 1 at the most, and where it is."""
        size = np.abs(windows).max(axis=1)
        probabilities = np.minimum(size.max(axis=1) / FULL_UV, 1).astype(np.float32)
        return np.repeat(probabilities[:, None], SPANS, 1), np.repeat(size.argmax(axis=1)[:, None], SPANS, 1)


class Measured(Detectors):
    """The shipped detector with the ruler for its network, and nothing that judges what it finds."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self._ruler = dataclasses.replace(
            shipped_detectors().of(config.bed[0]), infer=InferWindows(Ruler()), verifier=None
        )

    def of(self, bed: Bed) -> Detector:  # noqa: ARG002  (as the class it stands for)
        """Return the ruler for every bed."""
        return self._ruler


def planted(folder: Path) -> Path:
    """Write a minute of flat EEG with six pulses at Fp1, each larger than the one before."""
    labels = ("Fp1", "F7", "T7", "P7", "O1")
    samples = np.zeros((len(labels), round(SECONDS * RATE_HZ)), np.float32)
    # A quiet person's EEG and rounded pulses, since flat channels, white noise and pops are rejected.
    quiet = simulate(3, SECONDS, rate_hz=RATE_HZ, plan=[("W", SECONDS)], ied_rate_per_min=0.0, confounders=False)
    eeg = quiet.samples[[quiet.labels.index(name) for name in labels]]
    samples += BACKGROUND_UV * eeg / eeg.std(axis=1, keepdims=True)
    for number, size_uv in enumerate(SIZES_UV):
        # Eight seconds apart: each has decayed before the next one comes.
        first = round((10 + 8 * number) * RATE_HZ)
        samples[0, first : first + round(PULSE_S * RATE_HZ)] += size_uv * np.hanning(round(PULSE_S * RATE_HZ))
    path = folder / "planted.npz"
    units = np.array(["uV"] * len(labels))
    np.savez(path, x=samples, fs=RATE_HZ, labels=np.array(labels), units=units)
    return path


def events_at(path: Path, config: Config, threshold: float) -> int:
    """Count the events of a bed that runs at one threshold, as `score` does."""
    recording = read(path)
    bed = config.bed[0].model_copy(update={"merge": config.bed[0].merge.model_copy(update={"threshold": threshold})})
    binding = Binding(config, bed, source_of(recording.labels), Measured(config))
    return sum(len(outcome.detections) for outcome in outcomes(binding, in_memory(recording), 512))


def test_the_lowest_threshold_that_costs_few_enough_is_chosen(tmp_path: Path) -> None:
    """Three events in the minute are allowed: the one below would give a fourth."""
    path, config = planted(tmp_path), config_in(tmp_path)
    counted = count(config, config.bed[0], Measured(config), path)
    # Hops are analysed from the end of the first window and the filters' settling on; of a minute that leaves most.
    assert 55 / 3600 < counted.hours < SECONDS / 3600
    found = calibrate([counted], 3.5 / counted.hours)
    chosen = CANDIDATES.index(found.chosen.threshold)
    assert found.chosen.events == 3
    assert found.chosen.highest_per_h == highest_rate(3, counted.hours)
    # As a bed finds that runs at this threshold, and at the next lower one.
    assert events_at(path, config, CANDIDATES[chosen]) == 3
    assert events_at(path, config, CANDIDATES[chosen - 1]) == found.rows[chosen - 1].events == 4


def quiet_from(threshold: float, before: int, hours: float = 1.0) -> Counted:
    """Count an invented recording: so many events below a threshold, none from there on."""
    return Counted(Path("calm.edf"), hours, {at: before if at < threshold else 0 for at in CANDIDATES})


def chosen_of(found: Calibration) -> tuple[float, int]:
    """Return the chosen threshold and its events."""
    return found.chosen.threshold, found.chosen.events


def test_recordings_add_up() -> None:
    """Events and hours of all together decide, so that a short loud recording is not judged by itself."""
    assert chosen_of(calibrate([quiet_from(0.5, 9)], 6.0)) == (0.5, 0)
    assert chosen_of(calibrate([quiet_from(0.5, 9), quiet_from(0.1, 0)], 6.0)) == (0.1, 9)


def test_what_is_shown_at_95_percent_is_named_apart() -> None:
    """Six events in one hour are few enough, and leave nearly twelve an hour possible: those are shown higher up."""
    found = calibrate([quiet_from(0.7, 6)], 6.0)
    assert chosen_of(found) == (0.1, 6)
    assert [row.threshold for row in found.shown] == [0.7]
    # Ten events in five hours: within the limit, and shown to be.
    assert [row.threshold for row in calibrate([quiet_from(0.7, 10, 5.0)], 6.0).shown] == [0.1]


def test_a_lower_threshold_that_is_quiet_by_chance_is_not_chosen() -> None:
    """All from the chosen one on are quiet enough."""
    events = dict.fromkeys(CANDIDATES, 0) | {0.4: 7}
    assert chosen_of(calibrate([Counted(Path("calm.edf"), 1.0, events)], 6.0)) == (0.42, 0)


def test_too_little_recording_is_refused() -> None:
    """The line says how much there is, how much it takes and how much is missing."""
    with pytest.raises(InputError, match=r"0\.30 h of recordings .* at least 0\.50 h, .* give 0\.20 h more"):
        calibrate([quiet_from(0.5, 0, 0.3)], 6.0)
    with pytest.raises(InputError, match=r"0\.00 h of recordings"):
        calibrate([], 6.0)


def test_recordings_that_are_never_quiet_are_refused() -> None:
    """The line names the one that is to blame."""
    loud = Counted(Path("loud.edf"), 1.0, dict.fromkeys(CANDIDATES, 20))
    with pytest.raises(InputError, match=r"loud\.edf: 20 of 20 events in 2\.00 analysed hours even at threshold"):
        calibrate([quiet_from(0.5, 9), loud], 6.0)
