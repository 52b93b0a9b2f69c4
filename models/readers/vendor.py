"""Files of amplifiers and programs that MNE-Python reads (extra `files`), in pieces.

Samples are MNE's, in microvolts in place of volts. EDF, BDF and XDF are read without it (`edf`, `xdf`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.errors import RecordingError
from models.readers import header_copies, joints, mne_door, mne_marks, stretches
from models.readers.contract import PIECE_BYTES, Annotation, Opened, Recording
from models.readers.header_copies import Copies
from models.readers.vendor_formats import FORMATS, Format

READERS: Final = tuple(FORMATS)
"""The endings of such files."""
VOLTS: Final = frozenset({"eeg", "seeg", "ecog", "dbs", "ecg", "eog", "emg"})
"""Kinds of channels that MNE has in volts."""
IN_ONE_VOLT: Final = 1e6
"""Microvolts. Most of these files have their numbers in them, and these are what a unit that is set by hand means."""


def open_file(path: Path, piece_bytes: int = PIECE_BYTES) -> Opened:
    """Open a file with the reader that MNE has for it.

    Raises
    ------
    RecordingError
        if MNE is not installed, or the file is the data of a header that should be named instead
    """
    if path.suffix.lower() == ".eeg" and path.with_suffix(".vhdr").is_file():
        raise RecordingError(f"is BrainVision's data; name its header {path.with_suffix('.vhdr').name}")
    known = FORMATS[path.suffix.lower()]
    copies, raw = _opened(path, known)
    kinds = [known.kind(label, kind) for label, kind in zip(raw.ch_names, raw.get_channel_types(), strict=True)]
    in_volts = [kind in VOLTS or known.all_in_volts for kind in kinds]
    rate_hz = float(raw.info["sfreq"])
    breaks = known.breaks(path, rate_hz) if known.breaks else mne_marks.breaks(path, raw)
    recorded, doubts = joints.placed(breaks, mne_marks.skipped(raw), int(raw.n_times), rate_hz)
    head = Recording(
        samples=np.zeros((len(kinds), 0), np.float32),
        rate_hz=rate_hz,
        labels=tuple(raw.ch_names),
        units=tuple("uV" if is_voltage else "" for is_voltage in in_volts),
        types=tuple(kind.upper() for kind in kinds),
        annotations=mne_marks.annotations(raw, recorded),
        start_utc=_start(raw, knows_zone=known.knows_zone),
        left_out=copies.left_out,
        remarks=(*copies.remarks, *doubts, *known.odd_length(path)),
        gaps=stretches.gaps(recorded),
    )
    scales = np.array([[IN_ONE_VOLT if is_voltage else 1.0] for is_voltage in in_volts])

    def samples(stored: int, end: int) -> NDArray[np.float32]:
        with mne_door.quiet():
            return np.asarray(raw.get_data(start=stored, stop=end) * scales, np.float32)

    length = recorded[-1].first + recorded[-1].count if recorded else 0
    most = max(1, piece_bytes // (8 * max(1, len(kinds))))
    return Opened(head, length, stretches.pieces(samples, recorded, most))


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


def _opened(path: Path, known: Format) -> tuple[Copies, Any]:
    """Open a file by its own texts, or by copies where MNE would stumble over these."""
    reader, copies = known.reader(path), known.copies(path)
    with _explained(path, known):
        if copies is None:
            return Copies({}), mne_door.opened(path, reader)
        raw = header_copies.opened(copies, lambda copy: mne_door.opened(copy, reader))
    useless = [label for label in raw.ch_names if label in copies.left_out]
    if len(useless) == len(raw.ch_names):
        raise RecordingError(f"holds no EEG with a scale ({copies.left_out[useless[0]]}); export it with one")
    return copies, raw.drop_channels(useless)


@contextmanager
def _explained(path: Path, known: Format) -> Iterator[None]:
    """Raise what is known to be wrong with a file in place of what MNE makes of it."""
    try:
        yield
    except RecordingError:
        raise
    except Exception:
        if why := known.why_refused(path):
            raise RecordingError(why) from None
        raise


def _start(raw: Any, *, knows_zone: bool) -> str:  # noqa: ANN401
    date: datetime | None = raw.info["meas_date"]
    if date is None:
        return ""
    # MNE calls the local time of most formats UTC, since these do not state a zone.
    return (date if knows_zone else date.replace(tzinfo=None)).isoformat()
