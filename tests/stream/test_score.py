"""`spikewatch score`: the same events from a file for any chunk size."""

from functools import cache
from pathlib import Path
from typing import Any

import edfio
import numpy as np
import pytest

from models.errors import MontageError, RecordingError
from models.readers.contract import in_memory
from models.readers.recording import Recording, read
from stream.account import Account
from stream.config.keys import Acquire, Bed, Condition, Config, Infer
from stream.score import outcomes, score
from tests.field_cases import field_case
from tests.stream.patient import RATE_HZ, binding_of, config_in, patient_eeg, source_of

KLEEN = Path(__file__).parents[2] / "../shared/data/kleen_ll/sampledatacopy.mat"
PAD_S = 8.0


@cache
def shaft_config() -> Config:
    """Configure a depth lead in microvolts, which the file does not declare."""
    bed = Bed(id="bed-1", acquire=Acquire(unit="uV"), condition=Condition(montage="shaft"))
    return Config(bed=[bed], infer=Infer(device="cpu", sleep="off"))


@pytest.fixture(scope="module")
def padded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the recording with 8 s of itself mirrored before it, for the filters."""
    if not KLEEN.exists():
        pytest.skip("the recording kleen_ll is not here")
    recording = read(KLEEN)
    pad = round(PAD_S * recording.rate_hz)
    samples = np.concatenate([recording.samples[:, pad:0:-1], recording.samples], axis=1)
    path = tmp_path_factory.mktemp("score") / "padded.npz"
    np.savez(path, x=samples, fs=recording.rate_hz, labels=np.array(recording.labels))
    return path


@cache
def events(path: Path, chunk_samples: int) -> list[dict[str, Any]]:
    """Score the file in chunks of a size; LSL times, which rounding may move, apart."""
    return [{**event, "lsl_time_s": 0.0} for event in score(shaft_config(), path, chunk_samples, "bed-1")]


def test_the_two_discharges_of_the_recording_are_found(padded: Path) -> None:
    """At 10.63 and 16.14 s of the padded file, within 50 ms."""
    # 2.63 and 8.14 s of the recording, behind 8 s of padding.
    assert [event["time_s"] for event in events(padded, 5000)] == pytest.approx([10.63, 16.14], abs=0.05)


@pytest.mark.parametrize("chunk_samples", [1, 7, 64])
def test_any_chunk_size_gives_the_same_events(padded: Path, chunk_samples: int) -> None:
    """Every field to the last bit, the ids with them."""
    assert events(padded, chunk_samples) == events(padded, 5000)


def test_events_say_when_and_where(padded: Path) -> None:
    """The time is the sample's; the group and channel are of the lead; ids differ."""
    found = events(padded, 5000)
    assert all(event["time_s"] == event["sample"] / 512.0 for event in found)
    assert {event["group"] for event in found} == {"la1-6"}
    assert all(event["peak_channel"] in event["channels"] for event in found)
    assert len({event["id"] for event in found}) == len(found)


def test_a_file_that_cannot_be_analysed_is_refused_in_a_line(tmp_path: Path) -> None:
    """Channels that make no group, and a file that is not there."""
    path = tmp_path / "odd.npz"
    np.savez(path, x=np.zeros((2, 512), np.float32), fs=256.0, labels=np.array(["X1", "X2"]))
    with pytest.raises(MontageError):
        score(shaft_config(), path, 256, "bed-1")
    with pytest.raises(RecordingError, match="no such file"):
        score(shaft_config(), tmp_path / "absent.npz", 256, "bed-1")
    # What the reader left out may be what the montage lacks.
    signals = [edfio.EdfSignal(np.zeros(per), per, label=name) for name, per in (("X1", 256), ("X2", 256), ("X3", 128))]
    edfio.Edf(signals, data_record_duration=1).write(tmp_path / "odd.edf")
    with pytest.raises(MontageError, match=r"own \(left out X3: sampled at 128 Hz, most of the EEG at 256 Hz\)"):
        score(shaft_config(), tmp_path / "odd.edf", 256, "bed-1")


def test_an_ecg_faster_than_the_eeg_changes_no_event(tmp_path: Path) -> None:
    """Nineteen electrodes at 256 Hz, alone and beside an ECG at 1,024 Hz: the same events, and the ECG is named."""
    samples, labels = patient_eeg()
    eeg = [
        edfio.EdfSignal(row.astype(float), RATE_HZ, label=label, physical_dimension="uV", physical_range=(-3000, 3000))
        for row, label in zip(samples, labels, strict=True)
    ]
    ecg = edfio.EdfSignal(np.sin(np.arange(4 * samples.shape[1]) / 99), 4 * RATE_HZ, label="ECG")
    found: dict[str, list[str]] = {}
    left_out: dict[str, dict[str, str]] = {}
    for name, signals in (("alone", eeg), ("beside", [*eeg, ecg])):
        edfio.Edf(signals, data_record_duration=1).write(tmp_path / f"{name}.edf")
        account = Account()
        events = score(config_in(tmp_path), tmp_path / f"{name}.edf", 512, "bed-1", account=account)
        found[name] = [event["id"] for event in events]
        left_out[name] = account.left_out
    assert left_out["beside"] == left_out["alone"] | {"ECG": "sampled at 1024 Hz, the EEG at 256 Hz"}
    assert found["beside"] == found["alone"] != []


def test_a_stream_declared_twice_as_fast_as_it_was_sent_is_scored_by_its_stamps(tmp_path: Path) -> None:
    """All eight discharges at their times, and a line with both rates."""
    path = field_case("06-xdf-nominal-rate-is-wrong", tmp_path) / "daisy.xdf"
    lines: list[str] = []
    found = score(config_in(tmp_path), path, 512, "bed-1", lines.append)
    assert [event["time_s"] for event in found] == pytest.approx([8, 13, 19, 24, 31, 37, 44, 52], abs=0.1)
    stream = 'stream "obci_eeg1" declares 250 Hz, its time stamps show 125.00 Hz; the latter is used'
    assert lines == [f"{path}: {stream}"]


def test_every_sample_of_a_file_has_a_fate() -> None:
    """The last outcome closes the account at the file's end, also where no hop ends."""
    samples, labels = patient_eeg()
    # No multiple of 32, the samples of a hop.
    length = 2000 + 13
    recording = Recording(samples[:, :length], RATE_HZ, labels, ("uV",) * len(labels), ("EEG",) * len(labels))
    binding = binding_of(config_in(Path()), source_of(labels))
    pieces = [piece for outcome in outcomes(binding, in_memory(recording), 100) for piece in outcome.coverage]
    assert [piece.first for piece in pieces] == [0, *(piece.end for piece in pieces[:-1])]
    assert (pieces[-1].end, pieces[-1].fate, pieces[-1].reason) == (length, "rejected", "end")
