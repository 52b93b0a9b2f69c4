"""Findings of one bed, read from the journal: all its recordings since an instant on one time line."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from stream.findings import Findings, Stretch, joined, stage_spans
from stream.logbook.journal_reader import JournalReader, JournalRecording
from stream.review.verdicts import Verdicts, verdicts

SWITCHED_OFF = "no recording"
"""Why nothing was looked at between two recordings: no stream, or no Spikewatch."""


def findings_of(journal: JournalReader, bed: str, since_utc: datetime) -> Findings:
    """Return what the journal holds of one bed since then."""
    recordings = [one for one in journal.recordings(bed) if _end_utc(one) > since_utc]
    if not recordings:
        return Findings(bed, None, 0.0, (), (), ())
    began = max(since_utc, _utc(recordings[0], 0))
    events = list(journal.events(bed, began))
    said = verdicts(events, journal.events(bed, began, "review"))
    stages = [
        (_seconds(_instant(message["epoch_end_utc"]), began), message["stage"])
        for message in journal.events(bed, began, "sleep")
    ]
    return Findings(
        name=bed,
        began=began,
        seconds=_seconds(_end_utc(recordings[-1]), began),
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
        start_s = _seconds(_utc(recording, 0), began)
        if start_s > before_s:
            yield Stretch(before_s, start_s - before_s, "missing", SWITCHED_OFF)
        for piece in journal.not_analysed(bed, recording.ordinal):
            first_s = max(0.0, start_s + piece.first / recording.rate_hz)
            end_s = start_s + piece.end / recording.rate_hz
            if end_s > first_s:
                yield Stretch(first_s, end_s - first_s, piece.fate, piece.reason)
        before_s = max(before_s, _seconds(_end_utc(recording), began))


def _utc(recording: JournalRecording, sample: int) -> datetime:
    return datetime.fromtimestamp(recording.first_utc_s, UTC) + timedelta(seconds=sample / recording.rate_hz)


def _end_utc(recording: JournalRecording) -> datetime:
    return _utc(recording, recording.cursor)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _seconds(instant: datetime, began: datetime) -> float:
    return (instant - began).total_seconds()
