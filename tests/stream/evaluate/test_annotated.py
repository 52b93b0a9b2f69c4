"""One pass over a recording gives at each threshold what running live at that threshold gives."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from models.evaluation.events import total
from models.readers.contract import Opened, in_memory
from models.readers.recording import Recording, read
from stream.account import Account
from stream.config.keys import Acquire, Bed, Condition, Config, Infer
from stream.detect.binding import Binding
from stream.detect.models import Detectors
from stream.errors import InputError
from stream.evaluate.annotated import each_outcome, examine
from stream.evaluate.marks import Marks
from stream.pipeline import Outcome
from stream.score import outcomes
from tests.stream.patient import RATE_HZ, binding_of, config_in, patient_eeg, source_of
from tests.stream.untrained_stream import THRESHOLD, config_with, save_untrained

DATA = Path(__file__).parents[3] / "../shared/data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="no recordings beside the repository (../shared/data)")


@pytest.fixture(scope="module")
def recording() -> Recording:
    """Return ten seconds with many discharges."""
    samples, labels = patient_eeg()
    samples = samples[:, : round(10 * RATE_HZ)]
    return Recording(samples, RATE_HZ, labels, ("uV",) * len(labels), ("EEG",) * len(labels))


def at_thresholds(binding: Binding, opened: Opened, thresholds: Sequence[float]) -> dict[float, list[Outcome]]:
    """Return all outcomes of each threshold."""
    found: dict[float, list[Outcome]] = {threshold: [] for threshold in thresholds}
    for threshold, outcome in each_outcome(binding, opened, thresholds):
        found[threshold].append(outcome)
    return found


def test_each_threshold_gives_what_running_live_at_it_gives(recording: Recording) -> None:
    """Every outcome to the last bit: detections, coverage, cursor; and the thresholds differ."""
    source = source_of(recording.labels)
    config = config_in(Path())
    got = at_thresholds(binding_of(config, source), in_memory(recording), (0.05, 0.3, 0.7))
    for threshold, found in got.items():
        alone = binding_of(config_in(Path(), threshold=threshold), source)
        # The last outcome closes the account of a file; live there is none.
        assert found == list(outcomes(alone, in_memory(recording), 64))[:-1]
    counts = [sum(len(outcome.detections) for outcome in found) for found in got.values()]
    assert len(set(counts)) > 1


def test_a_lost_electrode_is_bridged_at_each_threshold_as_it_is_live() -> None:
    """From 10 s on its chain is looked at across it, whatever the threshold."""
    samples, labels = patient_eeg(30.0)
    samples = np.array(samples)
    samples[next(k for k, label in enumerate(labels) if label in ("T7", "T3"))] = 0.0
    recording = Recording(samples, RATE_HZ, labels, ("uV",) * len(labels), ("EEG",) * len(labels))
    binding, account = binding_of(config_in(Path()), source_of(labels)), Account()
    found = [one for at, one in each_outcome(binding, in_memory(recording), (0.7, 0.3), account) if at == 0.3]
    assert found == list(outcomes(binding, in_memory(recording), 64))[:-1]
    assert account.summary()["bridged_s"]["T7"] == pytest.approx(20, abs=0.3)


def test_a_streaming_detector_gives_at_each_threshold_what_it_gives_live(recording: Recording, tmp_path: Path) -> None:
    """The network is carried once for all thresholds, anew for every recording."""
    config = config_with(save_untrained(tmp_path), tmp_path)
    binding = Binding(config, config.bed[0], source_of(recording.labels), Detectors(config))
    alone = list(outcomes(binding, in_memory(recording), 64))[:-1]
    # Twice: state left from the first recording would show in the second.
    for _ in range(2):
        found = at_thresholds(binding, in_memory(recording), (0.4, THRESHOLD))
        assert found[THRESHOLD] == alone
        assert any(outcome.detections for outcome in found[THRESHOLD])
        assert found[0.4] != alone


def config_of(montage: str, unit: str) -> Config:
    """Configure one bed with the shipped detector."""
    bed = Bed(id="bed-1", acquire=Acquire(unit=unit), condition=Condition(montage=montage))  # type: ignore[arg-type]
    return Config(bed=[bed], infer=Infer(device="cpu", sleep="off"))


@cache
def opened() -> Detectors:
    """Open the shipped detector of the scalp once for all tests."""
    return Detectors(config_of("scalp", "auto"))


@needs_data
def test_real_depth_discharges_are_counted(tmp_path: Path) -> None:
    """Both marked discharges are found and nothing else, late by the settling time; signal mirrored before it."""
    kleen = read(DATA / "kleen_ll/sampledatacopy.mat")
    # Eight seconds for the filters, mirrored so that there is no step.
    pad = round(8 * kleen.rate_hz)
    samples = np.concatenate([kleen.samples[:, pad:0:-1], kleen.samples], axis=1)
    np.savez(tmp_path / "kleen.npz", x=samples, fs=kleen.rate_hz, labels=np.array(kleen.labels))
    config = config_of("shaft", "uV")
    subject = examine(config, Detectors(config), tmp_path / "kleen.npz", Marks("kleen", [10.63, 16.14]), (0.2, 0.4))
    counts, timing = subject.counts[0.4], subject.timings[0.4]
    assert (counts.found, counts.marked, counts.alarms) == (2, 2, 0)
    assert np.abs(timing.errors_ms).max() < 60
    # Two windows have to see a discharge, a hop of 125 ms apart: nothing can be settled sooner.
    assert 125 < min(timing.latencies_ms) <= max(timing.latencies_ms) < 1000


@needs_data
def test_a_healthy_recording_has_only_false_alarms(tmp_path: Path) -> None:
    """The first 20 s of one person: few events, all false, counted by the analysed time."""
    whole = read(DATA / "eegmat/Subject00_2.edf")
    piece = whole.samples[:, : round(20 * whole.rate_hz)]
    np.savez(tmp_path / "calm.npz", x=piece, fs=whole.rate_hz, labels=np.array(whole.labels))
    config = config_of("scalp", "uV")
    subject = examine(config, opened(), tmp_path / "calm.npz", Marks("calm"), (0.02, 0.9))
    assert total([subject], 0.9).marked == 0
    assert subject.counts[0.9].alarms <= subject.counts[0.02].alarms
    # Of 20 s the first, in which filters settle, are not analysed; at least 12 s, 0.2 min, must be.
    assert 0.2 < subject.counts[0.9].minutes <= 20 / 60


def test_marks_that_are_no_instants_are_counted_by_what_lies_in_them(recording: Recording, tmp_path: Path) -> None:
    """A span has one discharge, at the first event in it; in a run nothing counts."""
    path = tmp_path / "a.npz"
    np.savez(path, x=recording.samples, fs=RATE_HZ, labels=recording.labels, units=["uV"] * len(recording.labels))
    config = config_of("scalp", "auto")
    plain = examine(config, opened(), path, Marks("a"), (0.3,)).counts[0.3]
    assert plain.alarms > 1
    every = examine(config, opened(), path, Marks("a", runs_s=[(0.0, 9.0)]), (0.3,)).counts[0.3]
    assert every.alarms < plain.alarms
    assert every.minutes == pytest.approx(max(0.0, plain.minutes - 9 / 60))
    spans = [(second + 0.0, second + 1.0) for second in range(10)]
    subject = examine(config, opened(), path, Marks("a", spans_s=spans), (0.3,))
    assert 1 < subject.counts[0.3].found < subject.counts[0.3].marked == 10
    assert subject.timings[0.3].errors_ms == ()


@pytest.mark.parametrize("marks", [Marks("a", [1.0, 8000.0]), Marks("a", [-1.0]), Marks("a", spans_s=[(700.0, 701.0)])])
def test_marks_outside_of_the_recording_are_refused(recording: Recording, tmp_path: Path, marks: Marks) -> None:
    """In milliseconds, or of another file: each would count as missed."""
    path = tmp_path / "a.npz"
    np.savez(path, x=recording.samples, fs=recording.rate_hz, labels=recording.labels, units=recording.units)
    config = config_of("scalp", "auto")
    with pytest.raises(InputError, match=r"a\.npz: a discharge is marked at .* s of 10 s; give seconds"):
        examine(config, opened(), path, marks, (0.3,))


def test_a_file_of_which_nothing_was_analysed_is_no_detector_that_finds_nothing(
    recording: Recording, tmp_path: Path
) -> None:
    """The line says why: here filters settle for longer than there are samples."""
    path = tmp_path / "short.npz"
    second = recording.samples[:, : round(RATE_HZ)]
    np.savez(path, x=second, fs=RATE_HZ, labels=recording.labels, units=["uV"] * len(recording.labels))
    config = config_of("scalp", "auto")
    said = r"short.npz: nothing of it could be analysed \(.*nothing analysed of 1.0 s \(before the first whole window"
    with pytest.raises(InputError, match=said):
        examine(config, opened(), path, Marks("short", [0.5]), (0.3,))
