"""Recordings from files: EDF, EDF+, BDF, XDF, npz and mat. The only code that knows edfio and pyxdf.

Whatever is wrong with a file, the answer is one `RecordingError` that names it and the remedy.
"""

import logging
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import edfio
import numpy as np
import pyxdf
from numpy.typing import ArrayLike, NDArray

from models.errors import RecordingError
from models.readers import mat as matfile
from models.readers import xdf

EDF_TYPES: Final = frozenset({"EEG", "ECG", "EOG", "EMG", "ERG", "MEG", "MCG", "EP", "SEEG", "ECOG", "RESP", "TEMP"})
"""Words that, before a sensor's name, are its type: the labels that EDF+ prescribes."""

_AGAIN: Final = "copy or export it again"


@dataclass(frozen=True, slots=True)
class Annotation:
    """Somebody's remark in a recording: seconds after its start."""

    onset_s: float
    duration_s: float
    text: str


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording as its file has it.

    `samples` (channels, n) float32 in each channel's own unit, NaN where the file has a hole; `units` and `types`
    are "" where the file states none; `start_utc` is ISO 8601, without a zone where the file states none (EDF never
    does), or "".
    """

    samples: NDArray[np.float32]
    rate_hz: float
    labels: tuple[str, ...]
    units: tuple[str, ...]
    types: tuple[str, ...]
    annotations: tuple[Annotation, ...] = ()
    start_utc: str = ""

    @property
    def duration_s(self) -> float:
        """Length of the recording."""
        return float(self.samples.shape[1] / self.rate_hz)


def read(path: Path | str) -> Recording:
    """Read a recording.

    Parameters
    ----------
    path
        .edf and .bdf: the signals of the highest rate; .xdf: its one EEG stream; .npz: `x` (channels, n), `fs` and
        `labels`, or `samples`, `rate_hz` and `labels`; .mat: `data` (n, channels) and `samplingfrequency`, with
        `labels`, or else contacts LA1, LA2, ... of one lead

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
        raise RecordingError(f"{path}: is empty; {_AGAIN}")
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            recording = reader(path)
        return _checked(recording, [str(warning.message) for warning in caught])
    except RecordingError as error:
        raise RecordingError(f"{path}: {error}") from error
    except Exception as error:
        # The readers answer damaged bytes with whatever their parsing stumbles on.
        what = " ".join(str(error).split())[:120] or type(error).__name__
        raise RecordingError(f"{path}: cannot be read as {path.suffix.lower()} ({what}); {_AGAIN}") from error


def _checked(recording: Recording, remarks: Sequence[str]) -> Recording:
    for remark in remarks:
        if "truncated" in remark or ("but file contains" in remark and "indicates -1 " not in remark):
            raise RecordingError(f"is cut off or damaged ({' '.join(remark.split())}); {_AGAIN}")
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
    return _from_edf(edfio.read_edf(path, header_encoding="latin-1"))


def _read_bdf(path: Path) -> Recording:
    return _from_edf(edfio.read_bdf(path, header_encoding="latin-1"))


def _from_edf(file: edfio.Edf | edfio.Bdf) -> Recording:
    if file.reserved.startswith(("EDF+D", "BDF+D")):
        raise RecordingError("is discontinuous (EDF+D); export it as continuous EDF+C")
    rate_hz = max((signal.sampling_frequency for signal in file.signals), default=0.0)
    kept = [signal for signal in file.signals if signal.sampling_frequency == rate_hz]
    labels = [signal.label.strip() for signal in kept]
    words = [label.split()[0].upper() if " " in label else "" for label in labels]
    remarks = [Annotation(note.onset, note.duration or 0.0, note.text) for note in file.annotations]
    return Recording(
        samples=_stacked([signal.data for signal in kept]),
        rate_hz=float(rate_hz),
        labels=tuple(labels),
        units=tuple(signal.physical_dimension.strip() for signal in kept),
        types=tuple(word if word in EDF_TYPES else "" for word in words),
        annotations=tuple(remarks),
        start_utc=_edf_start(file),
    )


def _edf_start(file: edfio.Edf | edfio.Bdf) -> str:
    try:
        return datetime.combine(file.startdate, file.starttime).isoformat()
    except ValueError:
        return ""  # anonymised, which EDF+ allows


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


class _Complaints(logging.Handler):
    """Keeps what pyxdf only logs: that a file is damaged."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one complaint."""
        self.texts.append(record.getMessage())


def _load_xdf(path: Path) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Let pyxdf read, quietly; a complaint of its is an error here."""
    logger = logging.getLogger("pyxdf")
    complaints, propagates = _Complaints(), logger.propagate
    logger.addHandler(complaints)
    logger.propagate = False
    try:
        with path.open("rb") as file:
            streams, header = pyxdf.load_xdf(file)
    finally:
        logger.removeHandler(complaints)
        logger.propagate = propagates
    if complaints.texts:
        raise RecordingError(f"is cut off or damaged ({' '.join(complaints.texts[0].split())}); {_AGAIN}")
    return streams, header


def _read_xdf(path: Path) -> Recording:
    streams, header = _load_xdf(path)
    eeg = [stream for stream in streams if str(stream["info"]["type"][0]).upper() == "EEG"]
    if len(eeg) != 1:
        names = ", ".join(str(stream["info"]["name"][0]) for stream in eeg or streams)
        raise RecordingError(f"holds {len(eeg)} EEG streams (among {names or 'none'}); export exactly one")
    if not eeg[0].get("footer"):
        raise RecordingError(f"ends before its EEG stream does: it was cut off; {_AGAIN}")
    info = eeg[0]["info"]
    channels = xdf.channels(info)
    return Recording(
        samples=xdf.placed(eeg[0], float(info["nominal_srate"][0])),
        rate_hz=float(info["nominal_srate"][0]),
        labels=_texts([channel["label"] for channel in channels]),
        units=_texts([channel["unit"] for channel in channels]),
        types=_texts([channel["type"] for channel in channels]),
        start_utc=xdf.start_utc(header),
    )


_READERS: Final[dict[str, Callable[[Path], Recording]]] = {
    ".edf": _read_edf,
    ".bdf": _read_bdf,
    ".xdf": _read_xdf,
    ".npz": _read_npz,
    ".mat": _read_mat,
}
