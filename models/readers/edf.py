"""EDF, EDF+, BDF and BDF+ files. The only code that knows edfio."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import edfio
import numpy as np

from models.errors import AGAIN, DataError, RecordingError
from models.readers import edf_annotations, eeg_rate
from models.readers.contract import PIECE_BYTES, Opened, Piece, Recording
from models.readers.edf_layout import Layout, mended
from models.readers.edf_samples import EdfSamples, Signal
from models.readers.edf_times import Pace, pace, starts
from models.signal.chains import Spec
from models.signal.electrodes import may_be_eeg

EDF_TYPES: Final = frozenset({"EEG", "ECG", "EOG", "EMG", "ERG", "MEG", "MCG", "EP", "SEEG", "ECOG", "RESP", "TEMP"})
"""Words that, before a sensor's name, are its type: the labels that EDF+ prescribes."""
NO_SCALE: Final = "its header states no physical range, so that nobody knows what its numbers mean"
UNFINISHED: Final = "was never closed: the last data record is incomplete and was left out"
NOT_CLOSED: Final = "was never closed: its header does not count the data records, and all that are there were read"

ELSEWHERE: Final = "is not as long as its header says, and hardly a data record states its time: they do not lie"
DATE_AND_TIME: Final = slice(168, 184)
"""Of the header's bytes: dd.mm.yyhh.mm.ss."""

Scale = tuple[float, float]
"""Gain and offset: a sample is (digital + offset) * gain."""


def open_file(
    path: Path, piece_bytes: int = PIECE_BYTES, montage: Spec = "", aliases: Mapping[str, str] | None = None
) -> Opened:
    """Open a file: the signals of the EEG's rate, with gaps where the records' own times leave them.

    `montage` and `aliases` are as `eeg_rate.choose` takes them.

    Raises
    ------
    RecordingError
        if nothing says what the EEG's numbers mean, or the records' times contradict each other
    """
    timed = _timed(path)
    file = _header(path, timed.layout)
    if timed.layout.stated and timed.layout.annotations and timed.times_s.count(None) > timed.layout.records / 2:
        raise RecordingError(f"{ELSEWHERE} where its header says; {AGAIN}")
    may_have_gaps = file.reserved.startswith(("EDF+D", "BDF+D"))
    if may_have_gaps:
        _check_timed(timed)
    found = pace(timed.times_s, timed.layout.record_s, may_have_gaps=may_have_gaps)
    labels = [signal.label.strip(" \0") for signal in file.signals]
    types = [_type(label) for label in labels]
    scales = [_scale(signal) for signal in file.signals]
    known = [k for k, scale in enumerate(scales) if scale is not None]
    unknown = {labels[k] or f"signal {k + 1}": NO_SCALE for k, scale in enumerate(scales) if scale is None}
    if unknown and not any(may_be_eeg(labels[k], types[k]) for k in known):
        raise RecordingError(f"holds no EEG with a scale ({', '.join(unknown)}: {NO_SCALE}); export it with one")
    # By the records' own times where these contradict the header.
    slower = timed.layout.record_s / found.record_s
    rates_hz = [float(file.signals[k].sampling_frequency) * slower for k in known]
    chosen = eeg_rate.choose([labels[k] for k in known], [types[k] for k in known], rates_hz, montage, aliases)
    kept = [known[k] for k in chosen.kept]
    samples = _samples(
        path, [(timed.layout.ordinary[k], scales[k]) for k in kept], timed.layout, found, chosen.rate_hz, piece_bytes
    )
    head = Recording(
        samples=np.zeros((len(kept), 0), np.float32),
        rate_hz=chosen.rate_hz,
        labels=tuple(labels[k] for k in kept),
        units=tuple(file.signals[k].physical_dimension.strip(" \0") for k in kept),
        types=tuple(types[k] for k in kept),
        annotations=timed.annotations,
        start_utc=_start(file, path),
        left_out=unknown | chosen.left_out,
        remarks=(*found.remarks, *_unfinished(timed.layout)),
        gaps=samples.gaps if samples else (),
    )
    return Opened(head, samples.length if samples else 0, samples.pieces if samples else _nothing)


def _timed(path: Path) -> edf_annotations.Readable:
    try:
        timed = edf_annotations.readable(path)
    except DataError as problem:
        raise RecordingError(str(problem)) from None
    if not timed.layout.records:
        raise RecordingError(f"holds no data record; {AGAIN}")
    if not timed.layout.ordinary:
        raise RecordingError("holds annotations alone, no EEG; name the file of the signals")
    return timed


def _unfinished(layout: Layout) -> Iterator[str]:
    if layout.zero_bytes:
        yield f"holds {layout.zero_bytes} bytes of zeros behind its last data record, which were left out"
    if layout.stated > layout.records:
        yield f"its header counts {layout.stated} data records, {layout.records} are there, its end is missing; {AGAIN}"
    elif layout.stated:
        yield f"its header counts {layout.stated} data records, {layout.records} are there, and all were read"
    elif layout.counted and layout.lost_bytes:
        yield f"holds {layout.lost_bytes} bytes behind its last data record, which are none and were left out"
    elif layout.lost_bytes:
        yield UNFINISHED
    elif not layout.counted:
        yield NOT_CLOSED


def _check_timed(timed: edf_annotations.Readable) -> None:
    if None in timed.times_s:
        record = timed.times_s.index(None) + 1
        raise RecordingError(f"has gaps (EDF+D), but data record {record} has no time of its own; export it as EDF+C")


def _header(path: Path, layout: Layout) -> edfio.Edf | edfio.Bdf:
    """Return what edfio makes of the header; of the samples it is shown one record, however long the file is."""
    with path.open("rb") as content:
        first = mended(content.read(layout.header_bytes + layout.record_bytes), layout)
    # EDF prescribes ASCII; Latin-1 reads every byte, so that an umlaut or a degree sign in a name costs no recording.
    if layout.kind == ".bdf":
        return edfio.read_bdf(first, header_encoding="latin-1")
    return edfio.read_edf(first, header_encoding="latin-1")


def _type(label: str) -> str:
    """Return the type that EDF+ puts before a sensor's name: of "EEG Fp1" it is "EEG", of "Fp1" nothing."""
    word, _, name = label.partition(" ")
    return word.upper() if name and word.upper() in EDF_TYPES else ""


def _scale(signal: edfio.EdfSignal | edfio.BdfSignal) -> Scale | None:
    """Return gain and offset, None where the header's range is no number or has no width.

    edfio would return the digits instead, of the first kind without a warning.
    """
    try:
        low, high = signal.physical_min, signal.physical_max
        digits = signal.digital_max - signal.digital_min
    except ValueError:
        return None
    if not np.isfinite(high - low) or high == low or not digits:
        return None
    # As edfio computes it, so that the samples have the same bits.
    gain = (high - low) / digits
    return gain, high / gain - signal.digital_max


def _samples(
    path: Path,
    signals: Sequence[tuple[int, Scale | None]],
    layout: Layout,
    found: Pace,
    rate_hz: float,
    piece_bytes: int,
) -> EdfSamples | None:
    """Return what reads the signals, None where there are none; each record stands where its time puts it."""
    if not signals:
        return None
    scaled = [Signal(index, *scale) for index, scale in signals if scale is not None]
    size = layout.signals[scaled[0].index][1] // layout.sample_bytes
    begins = starts(found.times_s, found.record_s, rate_hz, size)
    return EdfSamples(path, layout, scaled, np.array(begins, np.int64), piece_bytes)


def _nothing(_first: int) -> Iterator[Piece]:
    return iter(())


def _start(file: edfio.Edf | edfio.Bdf, path: Path) -> str:
    try:
        return datetime.combine(file.startdate, file.starttime).isoformat()
    except (ValueError, IndexError, KeyError):
        pass
    # EDF+ may say "Startdate X" where the fields of EDF state a day, true or shifted, and the time of that day.
    with path.open("rb") as content:
        stated = content.read(DATE_AND_TIME.stop)[DATE_AND_TIME]
    try:
        return datetime.strptime(stated.decode("latin-1"), "%d.%m.%y%H.%M.%S").isoformat()
    except ValueError:
        return ""  # no date at all; nothing of the EEG depends on it
