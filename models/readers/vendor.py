"""Files of amplifiers and programs that MNE-Python reads (extra `files`), in pieces.

Samples are MNE's, in microvolts in place of volts. EDF, BDF and XDF are read without it (`edf`, `xdf`).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.errors import RecordingError
from models.readers import brainvision, cnt, eeglab, header_copies, joints, mne_door, nihon_kohden, persyst, stretches
from models.readers.contract import PIECE_BYTES, Annotation, Opened, Recording
from models.readers.header_copies import Copies

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
VOLTS: Final = frozenset({"eeg", "seeg", "ecog", "dbs", "ecg", "eog", "emg"})
"""Kinds of channels that MNE has in volts."""
IN_ONE_VOLT: Final = 1e6
"""Microvolts. Most of these files have their numbers in them, and these are what a unit that is set by hand means."""
SKIPPED: Final = "BAD_ACQ_SKIP"
"""How MNE marks what was not recorded."""
JOINED: Final = frozenset({"boundary", "EDGE boundary"})
"""How EEGLAB and MNE mark where a part was cut out, or another recording put behind."""
BREAKS: Final[dict[str, Callable[[Path, float], list[joints.Joint]]]] = {
    ".vhdr": brainvision.breaks,
    ".lay": persyst.breaks,
    ".eeg": nihon_kohden.breaks,
}
"""Formats that state when each part began, by ending."""
COPIES: Final[dict[str, Callable[[Path], Copies | None]]] = {".vhdr": brainvision.copies, ".lay": persyst.copies}
"""Formats with texts over which MNE may stumble, by ending."""
ODD_LENGTH: Final[dict[str, Callable[[Path], tuple[str, ...]]]] = {
    ".vhdr": brainvision.odd_length,
    ".lay": persyst.odd_length,
}
"""Formats of which MNE reads what is there, however little it is, by ending."""
WHY_REFUSED: Final[dict[str, Callable[[Path], str]]] = {
    ".set": eeglab.why_refused,
    ".eeg": nihon_kohden.why_refused,
    ".cnt": cnt.why_refused,
}
"""What is known of files that MNE refuses, by ending."""


def open_file(path: Path, piece_bytes: int = PIECE_BYTES) -> Opened:
    """Open a file with the reader that MNE has for it.

    Raises
    ------
    RecordingError
        if MNE is not installed, or the file is the data of a header that should be named instead
    """
    if path.suffix.lower() == ".eeg" and path.with_suffix(".vhdr").is_file():
        raise RecordingError(f"is BrainVision's data; name its header {path.with_suffix('.vhdr').name}")
    copies, raw = _opened(path)
    kinds = _kinds(path, raw)
    # Nihon Kohden's reader has all of its channels in volts.
    in_volts = [kind in VOLTS or path.suffix.lower() == ".eeg" for kind in kinds]
    rate_hz = float(raw.info["sfreq"])
    recorded, doubts = joints.placed(_breaks(path, raw), _skipped(raw), int(raw.n_times), rate_hz)
    head = Recording(
        samples=np.zeros((len(kinds), 0), np.float32),
        rate_hz=rate_hz,
        labels=tuple(raw.ch_names),
        units=tuple("uV" if known else "" for known in in_volts),
        types=tuple(kind.upper() for kind in kinds),
        annotations=_annotations(raw, recorded),
        start_utc=_start(raw, knows_zone=path.suffix.lower() == ".fif"),
        left_out=copies.left_out,
        remarks=(*copies.remarks, *doubts, *ODD_LENGTH.get(path.suffix.lower(), _sound)(path)),
        gaps=stretches.gaps(recorded),
    )

    scales = np.array([[IN_ONE_VOLT if known else 1.0] for known in in_volts])

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


def _opened(path: Path) -> tuple[Copies, Any]:
    """Open a file by its own texts, or by copies where MNE would stumble over these."""
    reader, copies = _reader(path), COPIES.get(path.suffix.lower(), _none)(path)
    if copies is None:
        with _explained(path):
            return Copies({}), mne_door.opened(path, reader)
    raw = header_copies.opened(copies, lambda copy: mne_door.opened(copy, reader))
    useless = [label for label in raw.ch_names if label in copies.left_out]
    if len(useless) == len(raw.ch_names):
        raise RecordingError(f"holds no EEG with a scale ({copies.left_out[useless[0]]}); export it with one")
    return copies, raw.drop_channels(useless)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Raise what is known to be wrong with a file in place of what MNE makes of it."""
    try:
        yield
    except RecordingError:
        raise
    except Exception:
        if why := WHY_REFUSED.get(path.suffix.lower(), _nothing)(path):
            raise RecordingError(why) from None
        raise


def _sound(_path: Path) -> tuple[str, ...]:
    return ()


def _nothing(_path: Path) -> str:
    return ""


def _none(_path: Path) -> None:
    return None


def _reader(path: Path) -> str:
    kind = path.suffix.lower()
    return cnt.reader(path) if kind == ".cnt" else READERS[kind]


def _kinds(path: Path, raw: Any) -> list[str]:  # noqa: ANN401  (MNE has no types)
    """Return what MNE takes each channel for, "" where only its label says what it is."""
    kinds: list[str] = raw.get_channel_types()
    if path.suffix.lower() != ".eeg":
        return kinds
    return [nihon_kohden.kind(label, kind) for label, kind in zip(raw.ch_names, kinds, strict=True)]


def _breaks(path: Path, raw: Any) -> list[joints.Joint]:  # noqa: ANN401  (MNE has no types)
    """Return the breaks of which MNE says nothing, or says no more than that they are there."""
    kind, rate_hz = path.suffix.lower(), float(raw.info["sfreq"])
    if kind in BREAKS:
        return BREAKS[kind](path, rate_hz)
    marked = [(at_s, duration_s) for at_s, duration_s, text in _marks(raw) if text in JOINED]
    if kind == ".set" and marked:
        # On opening MNE shortens whatever is longer than what is left of the recording, as a long break may be.
        found = mne_door.annotations(path)
        whole = zip(found.onset, found.duration, found.description, strict=True)
        marked = [(float(at_s), float(missing_s)) for at_s, missing_s, text in whole if text in JOINED]
    return [joints.Joint(joints.sample_behind(at_s, rate_hz), _stated(missing_s)) for at_s, missing_s in marked]


def _stated(missing_s: float) -> float | None:
    # EEGLAB states none (NaN) where two recordings were joined, MNE zero.
    return missing_s if 0 < missing_s <= joints.LONGEST_S else None


def _marks(raw: Any) -> Iterator[tuple[float, float, str]]:  # noqa: ANN401
    """Yield MNE's annotations: seconds after the first sample in the file, their length, and their text."""
    # Onsets are counted from the file's start where the recording has a date, and from its first sample else.
    first_s = float(raw.first_time) if raw.annotations.orig_time is not None else 0.0
    found = raw.annotations
    for onset_s, duration_s, text in zip(found.onset, found.duration, found.description, strict=True):
        yield float(onset_s) - first_s, float(duration_s), str(text)


def _annotations(raw: Any, recorded: Sequence[stretches.Stretch]) -> tuple[Annotation, ...]:  # noqa: ANN401
    rate_hz = float(raw.info["sfreq"])
    return tuple(
        Annotation(at_s + stretches.shift(recorded, at_s * rate_hz) / rate_hz, duration_s, text.strip())
        for at_s, duration_s, text in _marks(raw)
        if text != SKIPPED
    )


def _skipped(raw: Any) -> list[tuple[int, int]]:  # noqa: ANN401
    """Return what stands in the file and was not recorded: (first sample, one past the last)."""
    rate_hz = float(raw.info["sfreq"])
    # A set, since MNE marks a skip again that its file has marked already.
    spans = {
        (round(at_s * rate_hz), round((at_s + duration_s) * rate_hz))
        for at_s, duration_s, text in _marks(raw)
        if text == SKIPPED
    }
    return sorted(spans)


def _start(raw: Any, *, knows_zone: bool) -> str:  # noqa: ANN401
    date: datetime | None = raw.info["meas_date"]
    if date is None:
        return ""
    # MNE calls the local time of most formats UTC, since these do not state a zone.
    return (date if knows_zone else date.replace(tzinfo=None)).isoformat()
