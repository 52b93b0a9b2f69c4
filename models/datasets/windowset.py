"""A set of labelled windows on disk: the one form that every data set takes before it is trained or evaluated on.

A folder holds `windows.npy` (n, channels, context + window samples) float32, already conditioned by the code that
streams; a .npy file (n,) for each column; and `windowset.json`, written last, so that a folder without it was never
finished. The context is the past of each window, for networks that look further back; most sets have none.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.datasets.arrayfile import HEADER_BYTES
from models.errors import DataError
from models.sleep_stages import STAGES

Floats = NDArray[np.float32]
Indices = NDArray[np.int64]

STAGE_CODES: Final = ("unknown", *STAGES, "asleep")
"""What a code in column `stage` means; "asleep" where a data set knows sleep and waking and no more."""
SPLITS: Final = ("", "train", "validation", "test")
"""What a code in column `split` means; "" where the data set prescribes none."""
# The least type that holds the values: 22 bytes for each window instead of 64.
COLUMNS: Final[dict[str, str]] = {
    "label": "uint8",
    "stage": "uint8",
    "split": "uint8",
    "montage": "uint8",
    "group": "uint16",
    "subject": "uint32",
    "recording": "uint32",
    "start_s": "float64",
}
WINDOWS, HEADER = "windows.npy", "windowset.json"
AGAIN: Final = "prepare it again with `spikewatch data prepare`"


@dataclass(frozen=True, slots=True)
class Header:
    """What all windows of a set share.

    `source` is the kind of data ("tuev", "edf", "simulated", ...); `unit` "uV" or "any"; `notch` as the
    configuration writes it; `command` and `note` say how the set was made and what was left out.
    `montages`, `groups`, `subjects` and `recordings` are the names that the columns number.
    """

    source: str
    channels: int
    window_samples: int
    rate_hz: float
    bandpass_hz: tuple[float, float] = (1.0, 50.0)
    notch: str = "auto"
    unit: str = "any"
    command: str = ""
    note: str = ""
    context_samples: int = 0
    montages: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    recordings: tuple[str, ...] = ()

    @property
    def window_shape(self) -> tuple[int, int]:
        """Channels, and samples of a window with the past it brings."""
        return self.channels, self.context_samples + self.window_samples


@dataclass(frozen=True, slots=True)
class WindowSet:
    """Windows and what is known of each; every array is mapped from disk.

    `windows` (n, channels, context + window samples) float32; `label` (n,) 1 with a discharge, 0 without; `stage`,
    `split` (n,) codes of STAGE_CODES and SPLITS; `montage`, `group`, `subject`, `recording` (n,) numbers of names in
    the header; `start_s` (n,) where in its recording a window begins.
    """

    folder: Path
    header: Header
    windows: Floats
    label: NDArray[np.uint8]
    stage: NDArray[np.uint8]
    split: NDArray[np.uint8]
    montage: NDArray[np.uint8]
    group: NDArray[np.uint16]
    subject: NDArray[np.uint32]
    recording: NDArray[np.uint32]
    start_s: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.label)


class Reader:
    """Copies windows from a set's file into memory by their numbers.

    Raises
    ------
    DataError
        if more of the past is asked for, `context_samples`, than the set has
    """

    def __init__(self, windowset: WindowSet, context_samples: int = 0) -> None:
        self._first = windowset.header.context_samples - context_samples
        if self._first < 0:
            raise DataError(
                f"{windowset.folder}: its windows bring {windowset.header.context_samples} samples of their past, the "
                f"network looks back on {context_samples}: make the set with `--context {context_samples}`"
            )
        self._shape = windowset.windows.shape[1:]
        self._window_bytes = int(np.prod(self._shape)) * 4
        # Read by `pread` and not through the map: pages of a map count as this process's memory for as long as the
        # system keeps them, and random reads over a large set would keep all of it.
        self._file = (windowset.folder / WINDOWS).open("rb", buffering=0)

    def take(self, indices: Indices) -> Floats:
        """Return windows (len(indices), channels, context + window samples), in the order of `indices`."""
        windows = np.empty((len(indices), *self._shape), np.float32)
        rows = windows.view(np.uint8).reshape(len(indices), self._window_bytes)
        descriptor = self._file.fileno()
        # In the order of the file, which a disk reads faster than back and forth.
        for position in np.argsort(indices):
            offset = HEADER_BYTES + int(indices[position]) * self._window_bytes
            # Fewer bytes are a file cut off while it is open: zeros must not pass for windows.
            if os.preadv(descriptor, [rows[position]], offset) != self._window_bytes:
                raise DataError(f"{self._file.name}: window {indices[position]} cannot be read; {AGAIN}")
        return windows[:, :, self._first :]

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def is_windowset(folder: Path) -> bool:
    """Whether a folder is a finished window set."""
    return (folder / HEADER).is_file()


def load(folder: Path) -> WindowSet:
    """Map a window set.

    Raises
    ------
    DataError
        if it was never finished, or a file is missing, cut off or of another shape
    """
    header = _header(folder / HEADER)
    windows = _mapped(folder / WINDOWS, "float32")
    columns: dict[str, Any] = {name: _mapped(folder / f"{name}.npy", kind) for name, kind in COLUMNS.items()}
    if windows.shape[1:] != header.window_shape:
        raise DataError(f"{folder / WINDOWS}: has shape {windows.shape}, which {HEADER} contradicts; {AGAIN}")
    for name, column in columns.items():
        if column.shape != (len(windows),):
            raise DataError(f"{folder / name}.npy: {column.shape} values for {len(windows)} windows; {AGAIN}")
    return WindowSet(folder, header, windows, **columns)


def _header(path: Path) -> Header:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        raw["bandpass_hz"] = tuple(raw["bandpass_hz"])
        lists = {key: tuple(raw[key]) for key in ("montages", "groups", "subjects", "recordings")}
        return Header(**{**raw, **lists})
    except FileNotFoundError:
        raise DataError(f"{path.parent}: is no finished window set (no {HEADER}); {AGAIN}") from None
    except (OSError, ValueError, TypeError, KeyError) as problem:
        raise DataError(f"{path}: cannot be read ({problem}); {AGAIN}") from None


def _mapped(path: Path, dtype: str) -> NDArray[Any]:
    try:
        array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as problem:
        raise DataError(f"{path}: cannot be mapped ({problem}); {AGAIN}") from None
    if array.dtype != np.dtype(dtype):
        raise DataError(f"{path}: holds {array.dtype}, not {dtype}; {AGAIN}")
    return array
