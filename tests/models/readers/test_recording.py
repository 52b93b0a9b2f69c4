"""Recordings: every kind of file is read as it is."""

from pathlib import Path
from typing import Any

import edfio
import numpy as np
import pytest
import scipy.io
from numpy.typing import NDArray

from models.readers.recording import Annotation, Recording, read
from models.signal.montage import build
from tests.models.readers.written import NOISE, write_bdf, write_edf, write_mat

DATA = Path(__file__).parents[3] / "../shared/data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the real recordings of ../shared/data are not here")


def test_edf_keeps_its_eeg(tmp_path: Path) -> None:
    """Labels, units, types, annotations and start as the file states them; samples to the converter's step."""
    recording = read(write_edf(tmp_path / "a.EDF"))
    # 16 bits over the range of the noise, about 7: half a step is 6e-5.
    np.testing.assert_allclose(recording.samples, NOISE[:2], atol=2e-4)
    assert recording.samples.dtype == np.float32
    assert (recording.rate_hz, recording.duration_s) == (250.0, 4.0)
    assert recording.labels == ("EEG Fp1-REF", "EEG T3-REF")
    assert recording.units == ("uV", "uV")
    assert recording.types == ("EEG", "EEG")
    assert recording.annotations == (Annotation(1.5, 0.0, "eyes closed"),)
    assert recording.left_out == {"ECG ECG": "sampled at 50 Hz, the EEG at 250 Hz"}


@pytest.mark.parametrize("suffix", [".edf", ".bdf"])
@pytest.mark.parametrize("fast", ["ECG", "EMG Chin1", "Trigger"])
def test_a_channel_faster_than_the_eeg_does_not_take_it_away(tmp_path: Path, suffix: str, fast: str) -> None:
    """Two electrodes of 250 Hz beside a signal of 1,000 Hz, in either format: the electrodes are the recording."""
    # Any: the two pairs share no base class, though they are called alike.
    kinds: dict[str, Any] = {".edf": (edfio.Edf, edfio.EdfSignal), ".bdf": (edfio.Bdf, edfio.BdfSignal)}
    made, signal = kinds[suffix]
    eeg = [signal(NOISE[row].astype(float), 250, label=label) for row, label in enumerate(("Fp1", "F7"))]
    other = signal(np.tile(NOISE[2], 4).astype(float), 1000, label=fast)
    made([other, *eeg], data_record_duration=1).write(tmp_path / f"a{suffix}")
    recording = read(tmp_path / f"a{suffix}")
    np.testing.assert_allclose(recording.samples, NOISE[:2], atol=2e-4)
    assert (recording.rate_hz, recording.labels) == (250.0, ("Fp1", "F7"))
    assert recording.left_out_text() == f"{fast}: sampled at 1000 Hz, the EEG at 250 Hz"


def test_bdf_is_read_with_its_24_bits(tmp_path: Path) -> None:
    """Exact to a millionth of the range."""
    recording = read(write_bdf(tmp_path / "a.bdf"))
    np.testing.assert_allclose(recording.samples, NOISE[:1], atol=2e-6)
    assert recording.labels == ("Cz",)


@pytest.mark.parametrize("keys", [("x", "fs"), ("samples", "rate_hz")])
def test_npz_is_read_under_either_name(tmp_path: Path, keys: tuple[str, str]) -> None:
    """Exactly what was saved; units and types where they are given."""
    arrays: dict[str, Any] = {keys[0]: NOISE, keys[1]: 512.0, "labels": ["LA1", "LA2", "LA3"], "units": ["uV"] * 3}
    np.savez(tmp_path / "a.npz", **arrays)
    recording = read(tmp_path / "a.npz")
    np.testing.assert_array_equal(recording.samples, NOISE)
    assert recording == Recording(recording.samples, 512.0, ("LA1", "LA2", "LA3"), ("uV",) * 3, ("",) * 3)


def test_mat_is_one_lead_unless_it_has_labels(tmp_path: Path) -> None:
    """(n, channels) is turned; LA1, LA2, LA3."""
    recording = read(write_mat(tmp_path / "a.mat"))
    np.testing.assert_array_equal(recording.samples, NOISE)
    assert (recording.rate_hz, recording.labels) == (250.0, ("LA1", "LA2", "LA3"))


def test_mat_with_a_cell_array_of_labels(tmp_path: Path) -> None:
    """Labels as MATLAB keeps texts; variables of other kinds are no hindrance."""
    labels = np.array(["Fp1", "F7", "T3"], object)
    others = {"file": 1.0, "meta": {"age": 3}, "remark": "seen"}
    scipy.io.savemat(tmp_path / "a.mat", {"data": NOISE.T, "samplingfrequency": 250.0, "labels": labels, **others})
    assert read(tmp_path / "a.mat").labels == ("Fp1", "F7", "T3")


@needs_data
def test_real_edf_makes_the_scalp_montage() -> None:
    """19 electrodes of 500 Hz, their ear reference and ECG left out."""
    recording = read(DATA / "eegmat/Subject00_1.edf")
    assert (recording.samples.shape, recording.rate_hz) == ((21, 91_000), 500.0)
    made = build("scalp", recording.labels, recording.types)
    assert len(made.groups) == 5
    assert sorted(made.left_out) == ["ECG ECG", "EEG A2-A1"]


@needs_data
def test_real_mat_is_what_scipy_reads() -> None:
    """The intracranial sample: six contacts of one lead at 512 Hz."""
    recording = read(DATA / "kleen_ll/sampledatacopy.mat")
    raw: NDArray[np.float64] = scipy.io.loadmat(DATA / "kleen_ll/sampledatacopy.mat")["data"]
    np.testing.assert_array_equal(recording.samples, raw.T.astype(np.float32))
    assert [group.name for group in build("shaft", recording.labels).groups] == ["la1-6"]


@pytest.mark.parametrize(
    "names", [("data", "sfreq", "ch_names"), ("EEG", "Fs", "Labels"), ("eeg", "srate", "channel_names")]
)
def test_npz_and_mat_are_read_by_other_names_too(tmp_path: Path, names: tuple[str, str, str]) -> None:
    """One unit for all channels; of npz, channels in columns are turned, and that is said."""
    samples, rate, labels = names
    stated: dict[str, Any] = {rate: 250.0, labels: ["Fp1", "F7", "T3"], "unit": "mV"}
    np.savez(tmp_path / "a.npz", **{samples: NOISE.T, **stated})
    scipy.io.savemat(tmp_path / "a.mat", {samples: NOISE.T, **stated, labels: np.array(stated[labels], object)})
    for path in (tmp_path / "a.npz", tmp_path / "a.mat"):
        recording = read(path)
        np.testing.assert_array_equal(recording.samples, NOISE)
        assert (recording.labels, recording.units, recording.rate_hz) == (("Fp1", "F7", "T3"), ("mV",) * 3, 250.0)
    assert read(tmp_path / "a.npz").remarks == ("has its channels in columns, by the number of its labels",)
