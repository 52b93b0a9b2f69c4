"""Findings of one bed, read from the journal: all its recordings since an instant on one time line."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from stream.findings import Findings, Stretch, joined, stage_spans
from stream.logbook.journal_reader import JournalReader
from stream.logbook.timeline import JournalRecording
from stream.review.verdicts import Verdicts, verdicts

SWITCHED_OFF = "no recording"
"""Why nothing was looked at between two recordings: no stream, or no Spikewatch."""


def findings_of(journal: JournalReader, bed: str, since_utc: datetime) -> Findings:
    """Return what the journal holds of one bed since then."""
    recordings = [one for one in journal.recordings(bed) if one.ended_s > since_utc.timestamp()]
    if not recordings:
        return Findings(bed, None, 0.0, (), (), ())
    began = max(since_utc, datetime.fromtimestamp(recordings[0].began_s, UTC))
    events = list(journal.events(bed, began))
    said = verdicts(events, journal.events(bed, began, "review"))
    stages = [
        (_seconds(_instant(message["epoch_end_utc"]), began), message["stage"])
        for message in journal.events(bed, began, "sleep")
    ]
    return Findings(
        name=bed,
        began=began,
        seconds=recordings[-1].ended_s - began.timestamp(),
        events=tuple({**_timed(event, began), **_said(event["id"], said)} for event in events),
        stages=stage_spans(stages),
        stretches=joined(list(_stretches(journal, bed, recordings, began))),
    )


def _said(event_id: str, said: Verdicts) -> dict[str, Any]:
    """Return what stands of an event, what reviewers called it, and who they are."""
    judgements = said.of.get(event_id, {})
    labels = sorted({judgement.label for judgement in judgements.values() if judgement.label})
    return {"standing": said.standing(event_id), "labels": labels, "reviewers": sorted(judgements)}


def _timed(event: dict[str, Any], began: datetime) -> dict[str, Any]:
    return {"time_s": _seconds(_instant(event["utc"]), began), **event}


def _stretches(
    journal: JournalReader, bed: str, recordings: list[JournalRecording], began: datetime
) -> Iterator[Stretch]:
    before_s = 0.0
    for recording in recordings:
        start_s, taken = recording.began_s - began.timestamp(), recording.timeline
        if start_s > before_s:
            yield Stretch(before_s, start_s - before_s, "missing", SWITCHED_OFF)
        for piece in journal.not_analysed(bed, recording.ordinal, taken.sample_at(began.timestamp())):
            first_s, end_s = (max(0.0, taken.utc_s(at) - began.timestamp()) for at in (piece.first, piece.end))
            if end_s > first_s:
                yield Stretch(first_s, end_s - first_s, piece.fate, piece.reason)
        before_s = max(before_s, recording.ended_s - began.timestamp())


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _seconds(instant: datetime, began: datetime) -> float:
    return (instant - began).total_seconds()
