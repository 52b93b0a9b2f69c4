"""Recordings from files: EDF, EDF+, BDF, XDF, npz and mat. The only code that knows edfio.

Whatever is wrong with a file, the answer is one `RecordingError` that names it and the remedy.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import edfio
import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.errors import AGAIN, RecordingError
from models.readers import eeg_rate, xdf
from models.readers import mat as matfile

EDF_TYPES: Final = frozenset({"EEG", "ECG", "EOG", "EMG", "ERG", "MEG", "MCG", "EP", "SEEG", "ECOG", "RESP", "TEMP"})
"""Words that, before a sensor's name, are its type: the labels that EDF+ prescribes."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """A remark in a recording: seconds after its start."""

    onset_s: float
    duration_s: float
    text: str


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording as its file has it.

    `samples` (channels, n) float32 in each channel's own unit, NaN where the file has a hole; `units` and `types`
    are "" where the file states none; `start_utc` is ISO 8601, without a zone where the file states none (EDF never
    does), or ""; `left_out` says by label why a channel of the file is not among the samples; `remarks` say where the
    file contradicts itself, and what was believed.
    """

    samples: NDArray[np.float32]
    rate_hz: float
    labels: tuple[str, ...]
    units: tuple[str, ...]
    types: tuple[str, ...]
    annotations: tuple[Annotation, ...] = ()
    start_utc: str = ""
    left_out: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()

    @property
    def duration_s(self) -> float:
        """Length of the recording."""
        return float(self.samples.shape[1] / self.rate_hz)

    def left_out_text(self) -> str:
        """Return what is left out in one line, by reason, or "" where nothing is."""
        labels: dict[str, list[str]] = {}
        for label, reason in self.left_out.items():
            labels.setdefault(reason, []).append(label)
        return "; ".join(f"{', '.join(names)}: {reason}" for reason, names in labels.items())


def read(path: Path | str, wanted: xdf.Wanted = xdf.ANY_EEG) -> Recording:
    """Read a recording.

    Parameters
    ----------
    path
        .edf and .bdf: the signals of the EEG's rate (`eeg_rate`); .xdf: its one EEG stream with samples; .npz: `x`
        (channels, n), `fs` and `labels`, or `samples`, `rate_hz` and `labels`; .mat: `data` (n, channels) and
        `samplingfrequency`, with `labels`, or else contacts LA1, LA2, ... of one lead
    wanted
        which of several EEG streams of an .xdf is meant

    Raises
    ------
    RecordingError
        if the file is absent, empty, cut off, damaged, of no known kind, or holds no EEG
    """
    path = Path(path)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise RecordingError(f"{path}: of no known kind; give one of {', '.join(_READERS)}")
    if not path.is_file():
        raise RecordingError(f"{path}: there is no such file; check the path")
    if path.stat().st_size == 0:
        raise RecordingError(f"{path}: is empty; {AGAIN}")
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            recording = _read_xdf(path, wanted) if reader is _read_xdf else reader(path)
        return _checked(recording, [str(warning.message) for warning in caught])
    except RecordingError as error:
        raise RecordingError(f"{path}: {error}") from error
    except Exception as error:
        # The readers answer damaged bytes with whatever their parsing stumbles on.
        what = " ".join(str(error).split())[:120] or type(error).__name__
        raise RecordingError(f"{path}: cannot be read as {path.suffix.lower()} ({what}); {AGAIN}") from error


def _checked(recording: Recording, remarks: Sequence[str]) -> Recording:
    # edfio reads what there is of a file that was cut off, and warns. -1 records is no damage: the number was not
    # known when the recording began, and follows from the length of the file.
    for remark in remarks:
        if "truncated" in remark or ("but file contains" in remark and "indicates -1 " not in remark):
            raise RecordingError(f"is cut off or damaged ({' '.join(remark.split())}); {AGAIN}")
    if recording.samples.ndim != 2 or 0 in recording.samples.shape:
        raise RecordingError("holds no samples as (channels, n); export the EEG with its channels")
    if not (np.isfinite(recording.rate_hz) and recording.rate_hz > 0):
        raise RecordingError(f"states a sampling rate of {recording.rate_hz:g} Hz; export it with its rate")
    channels = len(recording.samples)
    for name, stated in (("labels", recording.labels), ("units", recording.units), ("types", recording.types)):
        if len(stated) != channels:
            raise RecordingError(f"has {len(stated)} {name} for {channels} channels; give one each")
    return recording


def _read_edf(path: Path) -> Recording:
    # EDF prescribes ASCII; Latin-1 reads every byte, so that an umlaut or a degree sign in a name costs no recording.
    return _from_edf(edfio.read_edf(path, header_encoding="latin-1"))


def _read_bdf(path: Path) -> Recording:
    return _from_edf(edfio.read_bdf(path, header_encoding="latin-1"))


def _from_edf(file: edfio.Edf | edfio.Bdf) -> Recording:
    # edfio puts the parts one behind the other, which would move every time after the first gap.
    if file.reserved.startswith(("EDF+D", "BDF+D")):
        raise RecordingError("is discontinuous (EDF+D); export it as continuous EDF+C")
    signals = file.signals
    labels = [signal.label.strip() for signal in signals]
    types = [_edf_type(label) for label in labels]
    chosen = eeg_rate.choose(labels, types, [float(signal.sampling_frequency) for signal in signals])
    remarks = [Annotation(note.onset, note.duration or 0.0, note.text) for note in file.annotations]
    return Recording(
        # Only what is kept is decoded: a trigger at 16 kHz would be most of the memory.
        samples=_stacked([signals[k].data for k in chosen.kept]),
        rate_hz=chosen.rate_hz,
        labels=tuple(labels[k] for k in chosen.kept),
        units=tuple(signals[k].physical_dimension.strip() for k in chosen.kept),
        types=tuple(types[k] for k in chosen.kept),
        annotations=tuple(remarks),
        start_utc=_edf_start(file),
        left_out=chosen.left_out,
    )


def _edf_type(label: str) -> str:
    """Return the type that EDF+ puts before a sensor's name: of "EEG Fp1" it is "EEG", of "Fp1" nothing."""
    word, _, name = label.partition(" ")
    return word.upper() if name and word.upper() in EDF_TYPES else ""


def _edf_start(file: edfio.Edf | edfio.Bdf) -> str:
    try:
        return datetime.combine(file.startdate, file.starttime).isoformat()
    except ValueError:
        return ""  # an anonymised date, which EDF+ allows


def _read_npz(path: Path) -> Recording:
    # Opened here: numpy and pyxdf leave a damaged file open.
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        samples = _first(arrays, "x", "samples")
        labels = _texts(_first(arrays, "labels"))
        blank = [""] * len(labels)
        return Recording(
            samples=_stacked(samples),
            rate_hz=float(_first(arrays, "fs", "rate_hz")),
            labels=labels,
            units=_texts(arrays.get("units", blank)),
            types=_texts(arrays.get("types", blank)),
        )


def _read_mat(path: Path) -> Recording:
    found = matfile.read(path)
    # MATLAB keeps a channel in a column.
    samples = _stacked(np.asarray(_first(found, "data")).T)
    numbered = [f"LA{number}" for number in range(1, len(samples) + 1)]
    labels = _texts(found.get("labels", numbered))
    blank = ("",) * len(labels)
    rate_hz = float(np.asarray(_first(found, "samplingfrequency")).squeeze())
    return Recording(samples, rate_hz, labels, blank, blank)


def _first(found: Any, *names: str) -> Any:  # noqa: ANN401
    """Return the first of these variables that a file has."""
    for name in names:
        if name in found:
            return found[name]
    there = ", ".join(sorted(str(name) for name in found if not str(name).startswith("__")))
    raise RecordingError(f"has no `{'` or `'.join(names)}` (it has: {there or 'nothing'}); save it under that name")


def _texts(values: ArrayLike) -> tuple[str, ...]:
    return tuple(str(value).strip() for value in np.asarray(values).ravel())


def _stacked(samples: ArrayLike | list[NDArray[np.float64]]) -> NDArray[np.float32]:
    return np.ascontiguousarray(samples, np.float32)


def _read_xdf(path: Path, wanted: xdf.Wanted = xdf.ANY_EEG) -> Recording:
    streams, header = xdf.load(path)
    eeg, left_out = xdf.eeg_stream(streams, wanted)
    channels = xdf.channels(eeg["info"])
    samples, rate_hz, remarks = xdf.placed(eeg)
    return Recording(
        samples=samples,
        rate_hz=rate_hz,
        labels=_texts([channel["label"] for channel in channels]),
        units=_texts([channel["unit"] for channel in channels]),
        types=_texts([channel["type"] for channel in channels]),
        start_utc=xdf.start_utc(header),
        left_out=left_out,
        remarks=remarks,
    )


_READERS: Final[dict[str, Callable[[Path], Recording]]] = {
    ".edf": _read_edf,
    ".bdf": _read_bdf,
    ".xdf": _read_xdf,
    ".npz": _read_npz,
    ".mat": _read_mat,
}
