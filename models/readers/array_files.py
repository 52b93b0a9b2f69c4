"""Recordings in .npz and .mat files: samples, rate and labels under the names that programs give them."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.errors import RecordingError
from models.readers import mat, vepiset_mat
from models.readers.contract import Recording

SAMPLES: Final = ("x", "samples", "data", "eeg", "signals")
RATE: Final = ("fs", "rate_hz", "sfreq", "srate", "sampling_rate", "samplingfrequency", "sampling_frequency")
LABELS: Final = ("labels", "ch_names", "channels", "channel_names")
UNITS: Final = ("units", "unit")
TURNED: Final = "has its channels in columns, by the number of its labels"


def read_npz(path: Path) -> Recording:
    """Read arrays that numpy saved: samples (channels, n), rate, labels, and units and types if there are any."""
    # Opened here, since numpy leaves a damaged file open.
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        samples, labels = _first(arrays, SAMPLES, "x", "samples"), _texts(_first(arrays, LABELS, "labels"))
        return _recording(np.asarray(samples), labels, _first(arrays, RATE, "fs", "rate_hz"), arrays)


def read_mat(path: Path) -> Recording:
    """Read what MATLAB saved: samples with a channel in each column, the rate, and labels, or else one lead LA."""
    found = mat.read(path)
    if vepiset_mat.fits(found):
        return vepiset_mat.recording(found)
    samples = np.asarray(_first(found, SAMPLES, "data")).T
    given = next((name for name in LABELS if name in found), "")
    labels = _texts(found[given]) if given else tuple(f"LA{number}" for number in range(1, len(samples) + 1))
    return _recording(samples, labels, _first(found, RATE, "samplingfrequency"), found)


def _recording(samples: NDArray[Any], labels: tuple[str, ...], rate: ArrayLike, found: Mapping[str, Any]) -> Recording:
    turned = samples.ndim == 2 and samples.shape[0] != len(labels) == samples.shape[1]
    stated = next((_texts(found[name]) for name in UNITS if name in found), ())
    return Recording(
        samples=np.ascontiguousarray(samples.T if turned else samples, np.float32),
        rate_hz=float(np.asarray(rate).squeeze()),
        labels=labels,
        # One unit for all is what people write.
        units=stated * len(labels) if len(stated) == 1 else stated or ("",) * len(labels),
        types=_texts(found["types"]) if "types" in found else ("",) * len(labels),
        remarks=(TURNED,) if turned else (),
    )


def _first(found: Mapping[str, Any], names: Iterable[str], *said: str) -> Any:  # noqa: ANN401
    """Return the first of these variables that a file has; an error names those that are `said`."""
    for name in names:
        if name in found:
            return found[name]
    there = ", ".join(sorted(str(name) for name in found if not str(name).startswith("__")))
    raise RecordingError(f"has no `{'` or `'.join(said)}` (it has: {there or 'no arrays'}); save it under that name")


def _texts(values: ArrayLike) -> tuple[str, ...]:
    return tuple(str(value).strip() for value in np.asarray(values).ravel())
