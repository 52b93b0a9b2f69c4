"""The two logs together: which recording a sample log is, and the fate of samples that were never analysed."""

import math
from datetime import datetime
from pathlib import Path
from typing import Final

from stream.errors import RecordError
from stream.logbook.journal import Journal
from stream.logbook.samplelog import SampleLogReader
from stream.logbook.timeline import Anchor
from stream.records import Coverage, Gap
from stream.wallclock import utc_of

STOPPED: Final = "stopped"
"""Reason of samples that came and were not analysed before Spikewatch was stopped."""
_READ_AT_ONCE: Final = 10_000


def began_utc(reader: SampleLogReader) -> datetime:
    """Return when sample 0 came, by the wall clock."""
    # Counted back from the newest sample: the ring no longer has the first sample of a long recording.
    newest = reader.newest
    return utc_of(newest.arrival_s - (newest.end - 1) / reader.source.rate_hz)


def newest_anchor(reader: SampleLogReader) -> Anchor | None:
    """Return when the newest sample was taken, None where a gap is the newest: it has no time of its own."""
    newest = reader.newest
    return None if math.isnan(newest.lsl_s) else Anchor(newest.end - 1, utc_of(newest.lsl_s).timestamp())


def open_recording(journal: Journal, bed: str, reader: SampleLogReader) -> int:
    """Return the number that the journal gives the recording in a sample log, which holds a sample at least."""
    newest, began = reader.newest, began_utc(reader)
    # A gap has no LSL time of its own: it ends when it is noticed.
    newest_lsl_s = newest.arrival_s if math.isnan(newest.lsl_s) else newest.lsl_s
    first_lsl_s = newest_lsl_s - (newest.end - 1) / reader.source.rate_hz
    return journal.open_recording(bed, reader.recording, reader.source, began, first_lsl_s, began.timestamp())


def close_account(journal: Journal, bed: str, path: Path) -> int:
    """Give every sample in the bed's log that has no fate one, and count these; 0 where there is no log.

    Its writer must have ended, and so must the detector.

    Raises
    ------
    RecordError
        if the journal cannot be written
    """
    try:
        reader = SampleLogReader.open(path)
    except RecordError:
        return 0
    if not reader.head:
        return 0
    recording = open_recording(journal, bed, reader)
    first = journal.cursor(bed, recording)
    reached = first
    while reached < reader.head:
        # In pieces: a ring may hold gigabytes of a fast stream, and only its gaps matter here.
        fates = [
            Coverage(piece.first, piece.end, piece.fate, piece.reason)
            if isinstance(piece, Gap)
            else Coverage(piece.first, piece.end, "rejected", STOPPED)
            for piece in reader.read(reached, _READ_AT_ONCE)
        ]
        reached = fates[-1].end
        journal.commit(bed, recording, reached, fates)
    return reached - first
