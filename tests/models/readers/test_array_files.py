"""Arrays that claim more than they are, and texts as older programs save them."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io

from models.errors import RecordingError
from models.readers.array_files import read_npz
from models.readers.recording import Recording, read
from tests.models.readers.written import NOISE

WHOLE: dict[str, Any] = {"x": NOISE, "fs": 250.0, "labels": ["LA1", "LA2", "LA3"]}


def saved(path: Path, **changed: Any) -> Recording:  # noqa: ANN401  (any array)
    """Save arrays and read them."""
    np.savez(path / "a.npz", **{**WHOLE, **changed})
    return read(path / "a.npz")


@pytest.mark.parametrize("labels", [np.array([b"LA1", b"LA2", b"LA\xb5"]), np.array(["LA1", "LA2 ", "LAµ"])])
def test_labels_may_be_bytes(tmp_path: Path, labels: Any) -> None:  # noqa: ANN401
    """As Python 2 and some exports have them."""
    assert saved(tmp_path, labels=labels).labels == ("LA1", "LA2", "LAµ")


def test_one_rate_for_each_channel_is_one_rate(tmp_path: Path) -> None:
    """As some programs write it."""
    assert saved(tmp_path, fs=[250, 250, 250]).rate_hz == 250.0


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"labels": np.array(["LA1", 2, None], object)}, "holds Python objects, which may be programs; save texts"),
        ({"fs": [250.0, 500.0]}, "states no sampling rate, or several"),
        ({"fs": []}, "states no sampling rate, or several"),
        ({"fs": "fast"}, 'states a sampling rate of "fast"'),
        ({"x": NOISE.astype(np.complex64)}, "has samples of type complex64, which are no numbers"),
        ({"x": np.array([["a", "b"]])}, "has samples of type <U1, which are no numbers"),
        ({"labels": np.array([0xFFFFFFFF] * 3, np.uint32).view("U1")}, "has texts that are none"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    """In one line, with the remedy."""
    with pytest.raises(RecordingError, match=said):
        saved(tmp_path, **changed)


def test_an_array_that_claims_more_than_it_is_takes_no_memory(tmp_path: Path) -> None:
    """Else numpy would ask for all of it at once."""
    np.savez(tmp_path / "a.npz", **WHOLE)
    with zipfile.ZipFile(tmp_path / "a.npz") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["x.npy"] = members["x.npy"].replace(b"(3, 1000), }       ", b"(3, 999999999), }  ")
    with zipfile.ZipFile(tmp_path / "b.npz", "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(RecordingError, match=r"x.npy is not as long as it says"):
        read_npz(tmp_path / "b.npz")


def test_a_mat_of_structures_names_them(tmp_path: Path) -> None:
    """As EEGLAB and FieldTrip keep a recording in one variable."""
    scipy.io.savemat(tmp_path / "a.mat", {"EEG": {"data": NOISE, "srate": 250.0}})
    with pytest.raises(
        RecordingError, match=r"a.mat: holds its data in structures \(EEG\); save samples, rate and labels"
    ):
        read(tmp_path / "a.mat")


def test_what_else_a_file_holds_costs_nothing(tmp_path: Path) -> None:
    """A program's own objects beside the EEG are never loaded."""
    found = saved(tmp_path, info=np.array({"subject": 1}, object), notes=np.array(b"\xff"))
    np.testing.assert_array_equal(found.samples, NOISE)


def test_the_times_of_the_samples_decide_about_the_rate(tmp_path: Path) -> None:
    """A rate that they contradict is not believed, nor missed; where they pause, there is a gap."""
    times_s = np.arange(NOISE.shape[1]) / 250
    assert saved(tmp_path, times=times_s).remarks == ()
    found = saved(tmp_path, fs=500, Time=times_s)
    assert (found.rate_hz, found.duration_s) == (250.0, NOISE.shape[1] / 250)
    assert found.remarks == ("declares 500 Hz, its time stamps show 250.00 Hz; the latter is used",)
    paused = saved(tmp_path, fs=250, t=np.where(times_s < 2, times_s, times_s + 2))
    assert (paused.gaps, paused.remarks) == (((500, 1000),), ("pauses for 2.0 s until 4.0 s",))
    np.testing.assert_array_equal(paused.samples[:, 1000:], NOISE[:, 500:])


def test_times_alone_show_the_rate(tmp_path: Path) -> None:
    """What is no time of each sample shows none."""
    arrays = {name: value for name, value in WHOLE.items() if name != "fs"}
    np.savez(tmp_path / "a.npz", **arrays, times=np.arange(NOISE.shape[1]) / 250, allow_pickle=False)
    assert read(tmp_path / "a.npz").rate_hz == 250.0
    np.savez(tmp_path / "a.npz", **arrays, times=np.arange(3), allow_pickle=False)
    with pytest.raises(RecordingError, match="has no `fs` or `rate_hz`"):
        read(tmp_path / "a.npz")


@pytest.mark.parametrize("unit", ["ns", "us", "ms"])
@pytest.mark.parametrize("kind", ["datetime64", "timedelta64"])
@pytest.mark.parametrize("fs", [{"fs": 500.0}, {}])
def test_dates_of_each_sample_decide(tmp_path: Path, unit: str, kind: str, fs: dict[str, float]) -> None:
    """As pandas and xarray have them: about the rate, and the gap that they leave."""
    taken_s = np.arange(2000) / 250 + np.where(np.arange(2000) >= 1000, 4.0, 0.0)
    times = np.round(taken_s * {"ns": 1e9, "us": 1e6, "ms": 1e3}[unit]).astype(f"timedelta64[{unit}]")
    dates = times if kind == "timedelta64" else np.datetime64("2026-01-02T03:04:05") + times
    samples = np.random.default_rng(1).normal(size=(3, 2000)).astype(np.float32)
    np.savez(tmp_path / "a.npz", x=samples, labels=["LA1", "LA2", "LA3"], times=dates, **fs)  # type: ignore[arg-type]
    recording = read(tmp_path / "a.npz")
    assert recording.rate_hz == pytest.approx(250.0)
    assert recording.gaps == ((1000, 2000),)
    np.testing.assert_array_equal(recording.samples[:, 2000:], samples[:, 1000:])


def test_dates_that_are_missing_take_those_around_them(tmp_path: Path) -> None:
    """Not one or all."""
    dates = np.datetime64("2026-01-02", "us") + np.arange(1000).astype("timedelta64[us]") * 4000
    dates[100] = np.datetime64("NaT")
    np.savez(tmp_path / "a.npz", x=np.ones((1, 1000), np.float32), labels=["LA1"], fs=250.0, times=dates)
    assert read(tmp_path / "a.npz").remarks[0].startswith("has 1 time stamps that are no times")
    np.savez(tmp_path / "a.npz", x=np.ones((1, 1000), np.float32), labels=["LA1"], fs=250.0, times=dates[[100] * 1000])
    assert read(tmp_path / "a.npz").remarks[0] == "has no time stamps; the declared rate is believed"


def test_times_that_are_texts_are_told(tmp_path: Path) -> None:
    """The rate is believed then, and it is said."""
    texts = [f"{k / 250:.3f}" for k in range(1000)]
    np.savez(tmp_path / "a.npz", x=np.ones((1, 1000), np.float32), labels=["LA1"], fs=250.0, times=texts)
    recording = read(tmp_path / "a.npz")
    assert recording.rate_hz == 250.0
    assert recording.remarks == ("has `times` of type <U5, which are no times; the rate is believed",)


def test_samples_without_labels_that_lie_on_their_side_are_refused(tmp_path: Path) -> None:
    """A thousand contacts of three samples would be a montage that takes for ever; labels say which way round it is."""
    scipy.io.savemat(tmp_path / "a.mat", {"data": NOISE, "samplingfrequency": 250.0})
    with pytest.raises(
        RecordingError, match=r"a\.mat: has 1000 columns of 3 samples, and a channel should be a column;"
    ):
        read(tmp_path / "a.mat")
    scipy.io.savemat(tmp_path / "a.mat", {"data": NOISE, "samplingfrequency": 250.0, "labels": WHOLE["labels"]})
    assert read(tmp_path / "a.mat").labels == ("LA1", "LA2", "LA3")
