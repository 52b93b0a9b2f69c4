"""Files of amplifiers and programs that MNE-Python reads (extra `files`), in pieces.

Samples are MNE's, in volts. EDF, BDF and XDF are read without it (`edf`, `xdf`).
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np

from models.errors import RecordingError
from models.readers import mne_door
from models.readers.contract import PIECE_BYTES, Annotation, Opened, Piece, Recording

READERS: Final[dict[str, str]] = {
    ".vhdr": "read_raw_brainvision",
    ".set": "read_raw_eeglab",
    ".fif": "read_raw_fif",
    ".eeg": "read_raw_nihon",
    ".lay": "read_raw_persyst",
    ".cnt": "read_raw_cnt",
    ".cdt": "read_raw_curry",
}
"""BrainVision, EEGLAB, FIF, Nihon Kohden, Persyst, Neuroscan (or ANT, by its first bytes) and Curry."""
ANT_BEGINS: Final = b"RIFF"
VOLTS: Final = frozenset({"eeg", "seeg", "ecog", "dbs", "ecg", "eog", "emg"})
"""Kinds of channels that MNE has in volts."""
SKIPPED: Final = "BAD_ACQ_SKIP"
"""How MNE marks what was not recorded."""


def open_file(path: Path, piece_bytes: int = PIECE_BYTES) -> Opened:
    """Open a file with the reader that MNE has for it.

    Raises
    ------
    RecordingError
        if MNE is not installed, or the file is the data of a header that should be named instead
    """
    if path.suffix.lower() == ".eeg" and path.with_suffix(".vhdr").is_file():
        raise RecordingError(f"is BrainVision's data; name its header {path.with_suffix('.vhdr').name}")
    raw = mne_door.opened(path, _reader(path))
    kinds = raw.get_channel_types()
    gaps = _gaps(raw)
    head = Recording(
        samples=np.zeros((len(kinds), 0), np.float32),
        rate_hz=float(raw.info["sfreq"]),
        labels=tuple(raw.ch_names),
        units=tuple("V" if kind in VOLTS else "" for kind in kinds),
        types=tuple(kind.upper() for kind in kinds),
        annotations=_annotations(raw),
        start_utc=_start(raw, knows_zone=path.suffix.lower() == ".fif"),
        gaps=gaps,
    )
    return Opened(head, int(raw.n_times), _pieces(raw, gaps, max(1, piece_bytes // (8 * max(1, len(kinds))))))


def annotations(path: Path) -> tuple[str, tuple[Annotation, ...]]:
    """Read a file of annotations alone: the time from which they count (ISO 8601 or ""), and the annotations.

    Raises
    ------
    RecordingError
        if MNE is not installed, or the file holds none
    """
    try:
        found = mne_door.annotations(path)
    except (OSError, ValueError) as problem:
        raise RecordingError(f"holds no annotations of MNE-Python ({problem}); save them again") from None
    notes = zip(found.onset, found.duration, found.description, strict=True)
    # MNE counts in UTC, and writes files without a zone for it.
    origin = "" if found.orig_time is None else found.orig_time.replace(tzinfo=None).isoformat()
    return origin, tuple(Annotation(float(one[0]), float(one[1]), str(one[2]).strip()) for one in notes)


def _reader(path: Path) -> str:
    if path.suffix.lower() == ".cnt":
        with path.open("rb") as file:
            if file.read(len(ANT_BEGINS)) == ANT_BEGINS:
                return "read_raw_ant"
    return READERS[path.suffix.lower()]


def _annotations(raw: Any) -> tuple[Annotation, ...]:  # noqa: ANN401
    # Onsets are counted from the file's start where the recording has a date, and from its first sample else.
    first_s = float(raw.first_time) if raw.annotations.orig_time is not None else 0.0
    return tuple(
        Annotation(float(onset_s) - first_s, float(duration_s), str(text).strip())
        for onset_s, duration_s, text in zip(
            raw.annotations.onset, raw.annotations.duration, raw.annotations.description, strict=True
        )
        if text != SKIPPED
    )


def _gaps(raw: Any) -> tuple[tuple[int, int], ...]:  # noqa: ANN401
    """Return where nothing was recorded: (first sample, one past the last)."""
    rate_hz, first_s = float(raw.info["sfreq"]), float(raw.first_time)
    shift_s = first_s if raw.annotations.orig_time is not None else 0.0
    spans = zip(raw.annotations.onset, raw.annotations.duration, raw.annotations.description, strict=True)
    found = {
        (round((float(onset_s) - shift_s) * rate_hz), round((float(onset_s + duration_s) - shift_s) * rate_hz))
        for onset_s, duration_s, text in spans
        if text == SKIPPED
    }
    # A set, since MNE marks a skip again that its file has marked already.
    return tuple(sorted(found))


def _start(raw: Any, *, knows_zone: bool) -> str:  # noqa: ANN401
    date: datetime | None = raw.info["meas_date"]
    if date is None:
        return ""
    # MNE calls the local time of most formats UTC, since these do not state a zone.
    return (date if knows_zone else date.replace(tzinfo=None)).isoformat()


def _pieces(raw: Any, gaps: tuple[tuple[int, int], ...], most: int) -> Callable[[int], Iterator[Piece]]:  # noqa: ANN401
    edges = [0, *(edge for gap in gaps for edge in gap), int(raw.n_times)]

    def pieces(first: int) -> Iterator[Piece]:
        for begin, end in list(pairwise(edges))[::2]:
            for at in range(max(begin, first), end, most):
                with mne_door.quiet():
                    samples = raw.get_data(start=at, stop=min(at + most, end)).astype(np.float32)
                yield at, samples

    return pieces
