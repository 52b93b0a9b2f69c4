"""Writing a window set: windows and columns grow as they come, the header is written last."""

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.datasets.arrayfile import ArrayFile
from models.datasets.windowset import COLUMNS, HEADER, SPLITS, WINDOWS, Floats, Header
from models.errors import DataError


@dataclass(slots=True)
class _Names:
    """Numbers names in the order they first come."""

    numbers: dict[str, int] = field(default_factory=dict)

    def number(self, name: str) -> int:
        return self.numbers.setdefault(name, len(self.numbers))


def refuse_filled(folder: Path) -> None:
    """Check that a folder for a window set is missing or empty: among other files a set could not be recognised.

    Raises
    ------
    DataError
        if it holds anything, or is a file
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(f"{folder}: is not empty; name another folder, or remove it")


class Writer:
    """Writes a window set; leaving the `with` block without an error finishes it.

    `header` is what it was given: the names that columns number are added at the end.
    """

    def __init__(self, folder: Path, header: Header) -> None:
        if (folder / HEADER).exists():
            raise DataError(f"{folder}: there is a window set already; name another folder or remove it")
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self.header = folder, header
        self._windows = ArrayFile(folder / WINDOWS, header.window_shape, np.float32)
        self._columns = {name: ArrayFile(folder / f"{name}.npy", (), kind) for name, kind in COLUMNS.items()}
        self._names = {name: _Names() for name in ("montage", "group", "subject", "recording")}

    def __enter__(self) -> "Writer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in (self._windows, *self._columns.values()):
            file.close()
        # After an error there is no header, so that what was written is never taken for a set.
        if kind is None:
            self._finish()

    def add(
        self,
        windows: Floats,
        labels: NDArray[np.integer],
        starts_s: NDArray[np.float64],
        *,
        subject: str,
        recording: str,
        group: str,
        montage: str,
        split: str = "",
        stages: NDArray[np.integer] | None = None,
    ) -> None:
        """Append windows (n, channels, samples) of one group of one recording.

        `labels` (n,) 1 or 0; `starts_s` (n,); `split` one of SPLITS; `stages` (n,) codes of STAGE_CODES, all unknown if
        absent.
        """
        count = len(windows)
        names = {"subject": subject, "recording": recording, "group": group, "montage": montage}
        columns: dict[str, Any] = {key: self._names[key].number(name) for key, name in names.items()}
        columns |= {"label": labels, "start_s": starts_s, "split": SPLITS.index(split)}
        columns["stage"] = 0 if stages is None else stages
        self._windows.append(windows)
        for name, values in columns.items():
            self._columns[name].append(np.broadcast_to(np.asarray(values), (count,)))

    def _finish(self) -> None:
        lists: dict[str, Any] = {f"{name}s": tuple(names.numbers) for name, names in self._names.items()}
        header = dataclasses.replace(self.header, **lists)
        text = json.dumps(dataclasses.asdict(header), indent=1)
        # Renamed when whole: a header half written would make a set that was never finished look like one.
        partial = self._folder / f"{HEADER}.partial"
        partial.write_text(text + "\n", encoding="utf-8")
        partial.replace(self._folder / HEADER)
