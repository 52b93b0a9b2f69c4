"""The last hours of a bed in the journal on one time line: stages, spikes and what was not analysed, in seconds."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from stream.logbook.journal_reader import JournalReader
from stream.logbook.timeline import JournalRecording
from stream.terms import Stage


@dataclass(frozen=True, slots=True)
class Night:
    """What the journal holds: `stages` by the ends of their epochs, `lost` as (begin, end).

    Seconds are counted from `began_s`, a Unix time.
    """

    seconds: float
    stages: Sequence[tuple[float, Stage]]
    peaks_s: Sequence[float]
    lost: Sequence[tuple[float, float]]
    began_s: float = 0.0


NOTHING = Night(0.0, (), (), ())


def night(journal: JournalReader, bed: str, since_utc: datetime) -> Night:
    """Return what the journal holds of a bed since then, counted from the first recording or from then."""
    recordings = [one for one in journal.recordings(bed) if one.ended_s > since_utc.timestamp()]
    if not recordings:
        return NOTHING
    began_s = max(since_utc.timestamp(), recordings[0].began_s)
    began = datetime.fromtimestamp(began_s, UTC)
    ends_s, stages = journal.stages(bed, began)
    return Night(
        seconds=recordings[-1].ended_s - began_s,
        stages=[(end_s - began_s, stage) for end_s, stage in zip(ends_s, stages, strict=True)],
        peaks_s=array("d", (peak_s - began_s for peak_s in journal.peaks_s(bed, began))),
        lost=list(_lost(journal, bed, recordings, began_s)),
        began_s=began_s,
    )


def _lost(
    journal: JournalReader, bed: str, recordings: Sequence[JournalRecording], began_s: float
) -> Iterator[tuple[float, float]]:
    before_s = began_s
    for one in recordings:
        if one.began_s > before_s:
            yield before_s - began_s, one.began_s - began_s
        # A recording may be weeks old: what lies before the night is neither read nor counted.
        for piece in journal.not_analysed(bed, one.ordinal, one.timeline.sample_at(began_s)):
            first_s, end_s = (max(0.0, one.timeline.utc_s(at) - began_s) for at in (piece.first, piece.end))
            # An anchor between its ends may leave nothing of a piece that is shorter than a blink.
            if end_s > first_s:
                yield first_s, end_s
        before_s = max(before_s, one.ended_s)
