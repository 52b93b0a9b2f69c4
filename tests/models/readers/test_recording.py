"""Recordings: every kind of file is read as it is, and every bad file is one clear line."""

import struct
from pathlib import Path
from typing import Any

import edfio
import numpy as np
import pytest
import scipy.io
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.errors import RecordingError
from models.readers import contract
from models.readers import recording as recordings
from models.readers.recording import Annotation, Recording, read
from models.signal.montage import build
from tests.models.readers.written import NOISE, WRITERS, write_bdf, write_edf, write_mat, write_npz

DATA = Path(__file__).parents[3] / "../shared/data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the real recordings of ../shared/data are not here")
DATA_TYPE_AT = 128 + 8 + 16 + 16 + 8
"""Where a MATLAB file states its first variable's type: after header, tag, flags, dimensions and a short name."""


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


def test_mat_whose_bytes_would_crash_the_reader_is_one_clear_line(tmp_path: Path) -> None:
    """An element type beyond scipy's table ends the process that reads it, not this one."""
    path = write_mat(tmp_path / "a.mat")
    content = bytearray(path.read_bytes())
    # Of an unknown type the reader takes a function from behind the end of its table.
    struct.pack_into("<I", content, DATA_TYPE_AT, 0xFFF0)
    path.write_bytes(content)
    with pytest.raises(RecordingError, match=r"a.mat: cannot be read as .mat \("):
        read(path)


def test_a_mat_of_version_7_3_says_how_to_save_it(tmp_path: Path) -> None:
    """The header tells."""
    header = b"MATLAB 7.3 MAT-file".ljust(116) + b"\0" * 8 + struct.pack("<H", 0x0200) + b"IM"
    (tmp_path / "a.mat").write_bytes(header + b"\0" * 512)
    with pytest.raises(RecordingError, match=r"is a MATLAB 7.3 file; save it with -v7"):
        read(tmp_path / "a.mat")


REMARKS = {".edf": "its end is missing", ".bdf": "its end is missing", ".xdf": "cut off"}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("part", [0.0, 0.001, 0.3, 0.9, 0.999])
def test_a_file_cut_off_is_one_clear_line(tmp_path: Path, name: str, part: float) -> None:
    """Wherever it was cut: a remark where whole records or chunks can be read, else an error that names the file."""
    path = WRITERS[name](tmp_path / name)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(part * len(whole))])
    if path.suffix in REMARKS and part > 0.5:
        assert any(REMARKS[path.suffix] in remark for remark in read(path).remarks)
        return
    with pytest.raises(RecordingError) as raised:
        read(path)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(sorted(WRITERS)),
    places=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=8)), min_size=1, max_size=8
    ),
    in_header=st.booleans(),
)
def test_damaged_bytes_are_read_or_refused_but_never_crash(
    tmp_path: Path, name: str, places: list[tuple[float, bytes]], in_header: bool
) -> None:
    """Bytes overwritten anywhere, or in the first kilobyte: a recording or a `RecordingError`, nothing else."""
    path = WRITERS[name](tmp_path / name)
    content = bytearray(path.read_bytes())
    # Headers are small: bytes drawn from the whole file would rarely meet them.
    reach = min(1024, len(content)) if in_header else len(content)
    for place, bytes_ in places:
        at = int(place * reach)
        content[at : at + len(bytes_)] = bytes_[: len(content) - at]
    path.write_bytes(content)
    outcome = read_or_message(path)
    if isinstance(outcome, Recording):
        assert len(outcome.labels) == len(outcome.samples) > 0
    else:
        assert str(path) in outcome
        assert "\n" not in outcome


def read_or_message(path: Path) -> Recording | str:
    """Return the recording, or the one error that there may be."""
    try:
        return read(path)
    except RecordingError as error:
        return str(error)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", b"x", "of no known kind; give one of .edf, .bdf, .xdf, .npz, .mat"),
        ("a", b"x", "of no known kind"),
        ("a.edf", b"", "is empty; copy or export it again"),
        ("a.edf", b"0" * 5000, "its header is damaged"),
        ("a.mat", b"0" * 5000, "cannot be read as .mat"),
        ("a.xdf", b"XDF:", "holds no stream of numbers"),
    ],
)
def test_a_file_that_is_no_recording_is_one_clear_line(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    """The error names the file and the remedy."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(RecordingError, match=message):
        read(tmp_path / name)


def test_a_file_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    """The error names the path; a folder is no file."""
    with pytest.raises(RecordingError, match=r"gone.edf: there is no such file"):
        read(tmp_path / "gone.edf")
    (tmp_path / "folder.edf").mkdir()
    with pytest.raises(RecordingError, match=r"folder.edf: there is no such file"):
        read(tmp_path / "folder.edf")


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"y": NOISE}, "has no `x` or `samples`"),
        ({"x": NOISE, "fs": 250.0, "labels": ["LA1"]}, "has 1 labels for 3 channels"),
        ({"x": NOISE[0], "fs": 250.0, "labels": ["LA1"]}, "holds no samples as"),
        ({"x": NOISE, "fs": 0.0, "labels": ["LA1", "LA2", "LA3"]}, "states a sampling rate of 0 Hz"),
        ({"x": NOISE, "fs": np.nan, "labels": ["LA1", "LA2", "LA3"]}, "states a sampling rate of nan Hz"),
        ({"x": NOISE[:, :0], "fs": 250.0, "labels": ["LA1", "LA2", "LA3"]}, "holds no samples"),
        ({"x": np.array([None]), "fs": 250.0, "labels": ["LA1"]}, "holds Python objects"),
    ],
)
def test_an_npz_that_lacks_something_is_one_clear_line(tmp_path: Path, arrays: dict[str, Any], message: str) -> None:
    """The error names what is missing; a pickle is never opened."""
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(RecordingError, match=message):
        read(tmp_path / "a.npz")


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


@pytest.mark.parametrize("names", [("data", "sfreq", "ch_names"), ("eeg", "srate", "channel_names")])
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


def test_a_file_too_large_to_be_read_at_once_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it takes the memory; EDF is read in pieces whatever its size."""
    monkeypatch.setattr(recordings, "AT_ONCE_BYTES", 100)
    with pytest.raises(RecordingError, match=r"a.npz: 0 MB, and .npz is read at once, up to 0.0001 MB; export"):
        read(write_npz(tmp_path / "a.npz"))
    assert read(write_edf(tmp_path / "a.edf")).rate_hz == 250.0
    monkeypatch.setattr(contract, "MOST_BYTES", 1000)
    with pytest.raises(RecordingError, match="GB of samples, read at once up to 1e-06 GB; split the recording"):
        read(tmp_path / "a.edf")
