"""EDF, EDF+, BDF and BDF+ files. The only code that knows edfio."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Final

import edfio
import numpy as np
from numpy.typing import NDArray

from models.errors import DataError, RecordingError
from models.readers import edf_annotations, eeg_rate
from models.readers.contract import Recording
from models.readers.edf_times import starts
from models.signal.electrodes import may_be_eeg

EDF_TYPES: Final = frozenset({"EEG", "ECG", "EOG", "EMG", "ERG", "MEG", "MCG", "EP", "SEEG", "ECOG", "RESP", "TEMP"})
"""Words that, before a sensor's name, are its type: the labels that EDF+ prescribes."""
NO_SCALE: Final = "its header states no physical range, so that nobody knows what its numbers mean"

Signal = edfio.EdfSignal | edfio.BdfSignal
Scale = tuple[float, float]
"""Gain and offset: a sample is (digital + offset) * gain."""


def read(path: Path) -> Recording:
    """Read a file: the signals of the EEG's rate, NaN where the records' own times leave a gap.

    Raises
    ------
    RecordingError
        if nothing says what the EEG's numbers mean, or the records' times contradict each other
    """
    # EDF prescribes ASCII; Latin-1 reads every byte, so that an umlaut or a degree sign in a name costs no recording.
    of_suffix = edfio.read_bdf if path.suffix.lower() == ".bdf" else edfio.read_edf
    file: edfio.Edf | edfio.Bdf = of_suffix(path, header_encoding="latin-1")
    labels = [signal.label.strip(" \0") for signal in file.signals]
    types = [_type(label) for label in labels]
    scales = [_scale(signal) for signal in file.signals]
    known = [k for k, scale in enumerate(scales) if scale is not None]
    unknown = {labels[k] or f"signal {k + 1}": NO_SCALE for k, scale in enumerate(scales) if scale is None}
    if unknown and not any(may_be_eeg(labels[k], types[k]) for k in known):
        raise RecordingError(f"holds no EEG with a scale ({', '.join(unknown)}: {NO_SCALE}); export it with one")
    rates_hz = [float(file.signals[k].sampling_frequency) for k in known]
    chosen = eeg_rate.choose([labels[k] for k in known], [types[k] for k in known], rates_hz)
    kept = [known[k] for k in chosen.kept]
    timed = _timed(path, says_gaps=file.reserved.startswith(("EDF+D", "BDF+D")))
    return Recording(
        # Only what is kept is decoded: a trigger at 16 kHz would be most of the memory.
        samples=_placed([(file.signals[k], scales[k] or (1.0, 0.0)) for k in kept], timed, chosen.rate_hz),
        rate_hz=chosen.rate_hz,
        labels=tuple(labels[k] for k in kept),
        units=tuple(file.signals[k].physical_dimension.strip(" \0") for k in kept),
        types=tuple(types[k] for k in kept),
        annotations=timed.annotations,
        start_utc=_start(file),
        left_out=unknown | chosen.left_out,
    )


def _timed(path: Path, *, says_gaps: bool) -> edf_annotations.Readable:
    try:
        timed = edf_annotations.readable(path)
    except DataError as problem:
        raise RecordingError(str(problem)) from None
    if says_gaps and None in timed.times_s:
        record = timed.times_s.index(None) + 1
        raise RecordingError(f"has gaps (EDF+D), but data record {record} has no time of its own; export it as EDF+C")
    return timed


def _type(label: str) -> str:
    """Return the type that EDF+ puts before a sensor's name: of "EEG Fp1" it is "EEG", of "Fp1" nothing."""
    word, _, name = label.partition(" ")
    return word.upper() if name and word.upper() in EDF_TYPES else ""


def _scale(signal: Signal) -> Scale | None:
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


def _placed(
    signals: Sequence[tuple[Signal, Scale]], timed: edf_annotations.Readable, rate_hz: float
) -> NDArray[np.float32]:
    """Return (channels, n), each record where its time puts it."""
    if not signals:
        return np.zeros((0, 0), np.float32)
    size = signals[0][0].samples_per_data_record
    begins = np.array(starts(timed.times_s, timed.record_s, rate_hz, size))
    length = len(signals[0][0].digital)
    out = np.full((len(signals), length + int(begins[-1]) - size * (len(begins) - 1)), np.nan, np.float32)
    # Runs of records without a gap between them are copied at once.
    edges = [0, *(np.flatnonzero(np.diff(begins) != size) + 1).tolist(), len(begins)]
    for row, (signal, (gain, offset)) in zip(out, signals, strict=True):
        samples = (signal.digital + offset) * gain
        for first, last in pairwise(edges):
            piece = samples[first * size : last * size]
            row[begins[first] : begins[first] + len(piece)] = piece
    return out


def _start(file: edfio.Edf | edfio.Bdf) -> str:
    try:
        return datetime.combine(file.startdate, file.starttime).isoformat()
    except ValueError:
        return ""  # an anonymised date, which EDF+ allows
