"""The .mat files of vEpiSet: 29 channels in volts at 500 Hz, and remarks.

What is known of them comes from the group's public code; the files themselves were not at hand. `eeg_data` (29, n) in
the order of CHANNELS, and `events` (m, 2 or more) of text, seconds first, remark last. [R] In volts, since the group's
code wrote what MNE read and its networks divide by 1e-3; a file whose amplitudes cannot be volts is refused.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.errors import RecordingError
from models.readers.contract import Annotation, Recording

CHANNELS: Final = (
    "Fp1", "Fp2", "F3", "F4", "C3", "C4", "P3", "P4", "O1", "O2", "F7", "F8", "T3", "T4", "T5", "T6", "Fz", "Cz", "Pz",
    "PG1", "PG2", "A1", "A2", "EKG1", "EKG2", "EMG1", "EMG2", "EMG3", "EMG4",
)  # fmt: skip
SCALP: Final = 19
"""The first so many are electrodes of the 10-20 system."""
TYPES: Final = ("EEG",) * SCALP + ("MISC",) * 2 + ("EEG",) * 2 + ("ECG",) * 2 + ("EMG",) * 4
RATE_HZ: Final = 500.0
PLAUSIBLE_V: Final = (1e-7, 1e-2)
"""What a scalp electrode's deviation may be in volts: the middle one of a recording."""

Variables = Mapping[str, NDArray[Any]]


def fits(found: Variables) -> bool:
    """Check whether a file's variables are those of the set."""
    return "eeg_data" in found


def recording(found: Variables) -> Recording:
    """Return the recording with its remarks.

    Raises
    ------
    RecordingError
        if the variables are not as the set has them
    """
    samples, events = found.get("eeg_data"), found.get("events")
    if samples is None or samples.ndim != 2 or len(samples) != len(CHANNELS) or samples.dtype.kind != "f":
        raise RecordingError(f"has no `eeg_data` of {len(CHANNELS)} channels: no file of vEpiSet")
    # A cell array of texts; numbers alone would be a file that was converted by other means.
    if events is None or events.ndim != 2 or events.dtype.kind != "U" or events.shape[1] < 2:
        raise RecordingError("has no `events` of text, seconds first and remark last: no file of vEpiSet")
    _refuse_other_units(samples)
    remarks = tuple(Annotation(_seconds(str(row[0])), 0.0, str(row[-1]).strip()) for row in events)
    units = ("V",) * len(CHANNELS)
    return Recording(np.ascontiguousarray(samples, np.float32), RATE_HZ, CHANNELS, units, TYPES, remarks)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        raise RecordingError(f'an event is at "{text[:20]}", which is no number of seconds') from None
    if not np.isfinite(seconds):
        raise RecordingError(f"an event is at {text} s")
    return seconds


def _refuse_other_units(samples: NDArray[Any]) -> None:
    # The median of the channels: one that is off or at a rail says nothing of the unit.
    middle = float(np.median(np.std(samples[:SCALP], axis=1, dtype=np.float64))) if samples.shape[1] else 0.0
    if not PLAUSIBLE_V[0] <= middle <= PLAUSIBLE_V[1]:
        raise RecordingError(f"the scalp electrodes deviate by {middle:.3g}, which cannot be volts")
