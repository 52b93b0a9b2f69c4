"""Recordings in .npz and .mat files: samples, rate and labels under the names that programs give them."""

import math
import sys
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
from numpy.lib import format as npy
from numpy.typing import ArrayLike, NDArray

from models.errors import AGAIN, RecordingError
from models.readers import mat, vepiset_mat
from models.readers.contract import MOST_BYTES, Recording
from models.readers.xdf_times import Placed, place

SAMPLES: Final = ("x", "samples", "data", "eeg", "signals")
RATE: Final = ("fs", "rate_hz", "sfreq", "srate", "sampling_rate", "samplingfrequency", "sampling_frequency")
LABELS: Final = ("labels", "ch_names", "channels", "channel_names")
UNITS: Final = ("units", "unit")
TIMES: Final = ("times", "time", "t", "timestamps", "time_stamps")
"""When each sample was taken, which decides about the rate."""
TYPES: Final = "types"
_MEMBERS: Final = frozenset(f"{name}.npy" for name in (*SAMPLES, *RATE, *LABELS, *UNITS, *TIMES, TYPES))
TURNED: Final = "has its channels in columns, by the number of its labels"


def read_npz(path: Path) -> Recording:
    """Read arrays that numpy saved: samples (channels, n), rate, labels, and units and types if there are any."""
    _check_sizes(path)
    # Opened here, since numpy leaves a damaged file open.
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        samples, labels = _first(arrays, SAMPLES, "x", "samples"), _texts(_first(arrays, LABELS, "labels"))
        return _recording(np.asarray(samples), labels, arrays, ("fs", "rate_hz"))


def read_mat(path: Path) -> Recording:
    """Read what MATLAB saved: samples with a channel in each column, the rate, and labels, or else one lead LA."""
    found = mat.read(path)
    if vepiset_mat.fits(found):
        return vepiset_mat.recording(found)
    samples = np.asarray(_first(found, SAMPLES, "data")).T
    given = _named(found, LABELS)
    labels = _texts(found[given]) if given else _one_lead(samples)
    return _recording(samples, labels, found, ("samplingfrequency",))


def _one_lead(samples: NDArray[Any]) -> tuple[str, ...]:
    """Return the contacts of samples (channels, n) that nobody named."""
    if samples.ndim == 2 and samples.shape[0] > samples.shape[1] > 0:
        channels, n = samples.shape
        raise RecordingError(
            f"has {channels} columns of {n} samples, and a channel should be a column; turn it, or save `labels`, too"
        )
    return tuple(f"LA{number}" for number in range(1, len(samples) + 1))


def _recording(
    samples: NDArray[Any], labels: tuple[str, ...], found: Mapping[str, Any], rate: Sequence[str]
) -> Recording:
    if samples.dtype.kind not in "biuf":
        raise RecordingError(f"has samples of type {samples.dtype}, which are no numbers; save them as float32")
    turned = samples.ndim == 2 and samples.shape[0] != len(labels) == samples.shape[1]
    unit = _named(found, UNITS)
    stated = _texts(found[unit]) if unit else ()
    placed = _placed(np.ascontiguousarray(samples.T if turned else samples, np.float32), found, rate)
    return Recording(
        samples=placed.samples,
        rate_hz=placed.rate_hz,
        labels=labels,
        # One unit for all is what people write.
        units=stated * len(labels) if len(stated) == 1 else stated or ("",) * len(labels),
        types=_texts(found[TYPES]) if TYPES in found else ("",) * len(labels),
        remarks=((TURNED,) if turned else ()) + placed.remarks,
        gaps=placed.gaps,
    )


def _placed(samples: NDArray[np.float32], found: Mapping[str, Any], rate: Sequence[str]) -> Placed:
    """Return samples where their times put them, if the file has a time for each; else one behind the other.

    `rate` are the names by which an error calls a rate that is missing.
    """
    named = _named(found, TIMES)
    times = np.asarray(found[named]).ravel() if named else np.zeros(0)
    has_times = samples.ndim == 2 and 1 < len(times) == samples.shape[1]
    if not has_times or times.dtype.kind not in "iufMm":
        odd = (f"has `{named}` of type {times.dtype}, which are no times; the rate is believed",) * has_times
        return Placed(samples, _number(_first(found, RATE, *rate)), odd, ())
    declared = _named(found, RATE)
    return place(samples.T, _in_numbers(times), _number(found[declared]) if declared else 0.0)


def _in_numbers(times: NDArray[Any]) -> NDArray[np.float64]:
    """Return times (n,) as numbers: dates, which pandas and xarray save, as seconds, NaN where there is none."""
    if times.dtype.kind in "iuf":
        return times.astype(np.float64)
    known = times[~np.isnat(times)]
    if not len(known):
        return np.full(len(times), np.nan)
    # From shortly before the first one: whole nanoseconds since 1970 do not fit, and 0 would be no time.
    seconds: NDArray[np.float64] = 1.0 + (times - known[0]) / np.timedelta64(1, "s")
    return seconds


def _number(rate: ArrayLike) -> float:
    found = np.asarray(rate).ravel()
    # One for each channel is what some programs write.
    if len(set(found.tolist())) != 1:
        raise RecordingError("states no sampling rate, or several; save it as one number")
    try:
        return float(found[0])
    except (TypeError, ValueError):
        raise RecordingError(f'states a sampling rate of "{str(found[0])[:20]}"; save it as one number') from None


def _named(found: Mapping[str, Any], names: Iterable[str]) -> str:
    """Return what the first of these variables is called in a file, "" where it has none: "Fs" is fs."""
    there = {str(name).casefold(): str(name) for name in reversed(list(found))}
    return next((there[name] for name in names if name in there), "")


def _first(found: Mapping[str, Any], names: Iterable[str], *said: str) -> Any:  # noqa: ANN401
    """Return the first of these variables that a file has; an error names those that are `said`."""
    if name := _named(found, names):
        return found[name]
    there = ", ".join(sorted(str(name) for name in found if not str(name).startswith("__")))
    raise RecordingError(f"has no `{'` or `'.join(said)}` (it has: {there or 'no arrays'}); save it under that name")


def _check_sizes(path: Path) -> None:
    """Check that the arrays are as long as they say, before numpy makes room for them.

    Raises
    ------
    RecordingError
        if one is not, is of Python objects, or all are larger than memory should be
    """
    with zipfile.ZipFile(path) as archive:
        # Other members of the file are never loaded, so a program's own objects beside the EEG cost nothing.
        members = [info for info in archive.infolist() if info.filename.casefold() in _MEMBERS]
        if sum(info.file_size for info in members) > MOST_BYTES:
            raise RecordingError(f"unpacks to more than {MOST_BYTES / 1e9:g} GB; export it as EDF")
        for info in members:
            with archive.open(info) as file:
                _check_header(info.filename, file, info.file_size)


def _check_header(name: str, file: IO[bytes], size: int) -> None:
    version = npy.read_magic(file)
    shape, _, dtype = (npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0)(file)
    if dtype.hasobject:
        raise RecordingError(f"{name} holds Python objects, which may be programs; save texts with dtype=str")
    if math.prod(shape) * dtype.itemsize != size - file.tell():
        raise RecordingError(f"{name} is not as long as it says; {AGAIN}")


def _texts(values: ArrayLike) -> tuple[str, ...]:
    """Return texts, also of bytes, which older programs save."""
    found = np.asarray(values).ravel()
    if found.dtype.kind == "S":
        return tuple(_decoded(value).strip() for value in found.tolist())
    # Damaged bytes make characters that no text has.
    if found.dtype.kind == "U" and found.size and found.view(np.uint32).max() > sys.maxunicode:
        raise RecordingError(f"has texts that are none; {AGAIN}")
    return tuple(str(value).strip() for value in found)


def _decoded(text: bytes) -> str:
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("latin-1")
