"""Recordings from files: EDF, EDF+, BDF, XDF, npz and mat, what MNE-Python reads, and folders of MEF 3.

Whatever is wrong with a file, the answer is one `RecordingError` that names it and the remedy.
"""

import stat
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from models.errors import AGAIN, RecordingError
from models.readers import array_files, beginnings, complaints, edf, mef, vendor, xdf, xdf_channels
from models.readers.contract import PIECE_BYTES, Annotation, Opened, Recording, in_memory, whole

__all__ = ["Annotation", "Opened", "Recording", "open_recording", "read"]

AT_ONCE_BYTES: Final = 1_000_000_000
"""A larger file that cannot be read in pieces would take the memory of everything else."""
EXPORT: Final = "export it as EDF"
MOST_QUOTED: Final = 200


def read(path: Path | str, wanted: xdf.Wanted = xdf.ANY_EEG) -> Recording:
    """Read a recording.

    Parameters
    ----------
    path
        .edf and .bdf: the signals of the EEG's rate (`eeg_rate`); .xdf: its one EEG stream with samples; .npz: `x`
        (channels, n), `fs` and `labels`; .mat: `data` (n, channels) and `samplingfrequency`, with `labels`, or else
        contacts LA1, LA2, ... of one lead; both also by the other names of `array_files`; .mat of vEpiSet; .mefd
        (a folder); and the endings of `vendor`
    wanted
        which of several EEG streams of an .xdf is meant, for which montage, and which labels stand for electrodes

    Raises
    ------
    RecordingError
        if the file is absent, empty, cut off, damaged, of no known kind, or holds no EEG
    """
    try:
        opened = open_recording(path, wanted)
        recording = whole(opened)
        return replace(recording, remarks=(*recording.remarks, *opened.warned))
    except RecordingError as error:
        text = str(error)
        raise RecordingError(text if text.startswith(f"{path}: ") else f"{path}: {text}") from error


def open_recording(path: Path | str, wanted: xdf.Wanted = xdf.ANY_EEG, piece_bytes: int = PIECE_BYTES) -> Opened:
    """Open a recording to read it in pieces: .edf, .bdf and what MNE reads of any length; others at once.

    Raises
    ------
    RecordingError
        as `read` does
    """
    path = Path(path)
    size = _size(path)
    if size == 0:
        raise RecordingError(f"{path}: is empty; {AGAIN}")
    kind, renamed = _kind(path)
    if size > AT_ONCE_BYTES and kind in _AT_ONCE:
        limit = f"{AT_ONCE_BYTES / 1e6:g} MB"
        raise RecordingError(
            f"{path}: {size / 1e6:.0f} MB, and {kind} is read at once, up to {limit}; export it as EDF"
        )
    with complaints.one_line(path, kind):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            opened = _READERS[kind](path, wanted, piece_bytes)
        remarks = complaints.remarks_of(caught)
        head = _checked(opened.head, opened.length)
    head = replace(head, remarks=(*filter(None, [renamed]), *head.remarks, *remarks))
    return complaints.guarded(path, kind, replace(opened, head=head))


def _size(path: Path) -> int:
    """Return the bytes of a file, or of a folder that is a recording."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        # Also a name that is too long for one, or holds what no name can.
        raise RecordingError(f"{str(path)[:MOST_QUOTED]}: there is no such file; check the path") from None
    if stat.S_ISDIR(found.st_mode) and path.suffix.lower() not in _FOLDERS:
        raise RecordingError(f"{path}: is a folder, and of no kind that is read; name a recording in it, or {EXPORT}")
    return found.st_size


def _kind(path: Path) -> tuple[str, str]:
    """Return which reader a file is for, and a remark where its name says another."""
    if path.is_dir():
        return path.suffix.lower(), ""
    try:
        kind = beginnings.kind_of(path)
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read ({error.strerror}); check the path") from None
    except RecordingError as error:
        raise RecordingError(f"{path}: {error}") from None
    if kind not in _READERS:
        raise RecordingError(f"{path}: of no known kind; give one of {', '.join(_READERS)}, or {EXPORT}")
    called = path.suffix.lower()
    # An ending without a reader contradicts nothing: polygraphs call their EDF ".rec".
    is_contradiction = kind != called and called in _READERS
    return kind, f'is called "{called}" and begins as {kind[1:].upper()} does: read as that' if is_contradiction else ""


def _checked(recording: Recording, length: int) -> Recording:
    if recording.samples.ndim != 2 or not len(recording.samples) or not length:
        raise RecordingError("holds no samples as (channels, n); export the EEG with its channels")
    if not (np.isfinite(recording.rate_hz) and recording.rate_hz > 0):
        raise RecordingError(f"states a sampling rate of {recording.rate_hz:g} Hz; export it with its rate")
    channels = len(recording.samples)
    for name, stated in (("labels", recording.labels), ("units", recording.units), ("types", recording.types)):
        if len(stated) != channels:
            raise RecordingError(f"has {len(stated)} {name} for {channels} channels; give one each")
    return recording


def _read_xdf(path: Path, wanted: xdf.Wanted) -> Recording:
    streams, header, remarks = xdf.load(path)
    try:
        eeg, left_out = xdf.eeg_stream(streams, wanted)
    except RecordingError as problem:
        # What was left out of the file may be why it lacks an EEG.
        raise RecordingError("; ".join((str(problem), *remarks))) from None
    channels = xdf_channels.channels(eeg["info"])
    placed = xdf.placed(eeg)
    return Recording(
        samples=placed.samples,
        rate_hz=placed.rate_hz,
        labels=tuple(channel["label"].strip() for channel in channels),
        units=tuple(channel["unit"].strip() for channel in channels),
        types=tuple(channel["type"].strip() for channel in channels),
        start_utc=xdf.start_utc(header),
        left_out=left_out,
        remarks=(*remarks, *xdf.odd(eeg), *placed.remarks),
        gaps=placed.gaps,
    )


def _at_once(read_file: Callable[[Path], Recording]) -> "_Reader":
    return lambda path, _wanted, piece_bytes: in_memory(read_file(path), piece_bytes)


_FOLDERS: Final = frozenset({".mefd"})
"""Kinds of recordings that are folders."""
_AT_ONCE: Final = frozenset({".xdf", ".npz", ".mat"})
_Reader = Callable[[Path, xdf.Wanted, int], Opened]
_READERS: Final[dict[str, _Reader]] = {
    ".edf": lambda path, wanted, piece_bytes: edf.open_file(path, piece_bytes, wanted.montage, wanted.aliases),
    ".bdf": lambda path, wanted, piece_bytes: edf.open_file(path, piece_bytes, wanted.montage, wanted.aliases),
    ".xdf": lambda path, wanted, piece_bytes: in_memory(_read_xdf(path, wanted), piece_bytes),
    ".npz": _at_once(array_files.read_npz),
    ".mat": _at_once(array_files.read_mat),
    ".mefd": lambda path, wanted, piece_bytes: mef.open_file(path, piece_bytes, wanted.montage, wanted.aliases),
    **dict.fromkeys(vendor.READERS, lambda path, _wanted, piece_bytes: vendor.open_file(path, piece_bytes)),
}
