"""What a format of exported files is, and what the formats share."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from stream.findings import Findings
from stream.printable import printable
from stream.schema.payload import NOTICE

SOFTWARE = f"Spikewatch ({NOTICE})"
SAID: Final = ("standing", "labels", "reviewers")
"""What people said of an event of the journal, beside the keys of its message; a file's events have none of these."""


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A format that `export` writes.

    Parameters
    ----------
    name
        what `--format` accepts
    about
        a few words for the help
    write
        writes findings into a folder, as files whose names begin with `Findings.name`; returns them
    """

    name: str
    about: str
    write: Callable[[Findings, Path], list[Path]]


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing on the time line: an event, a sleep stage or a stretch that was not analysed."""

    onset_s: float
    duration_s: float
    text: str
    channel: str = ""


def marks(findings: Findings) -> Iterator[Mark]:
    """Yield everything on the time line, in the order of time; an event begins at its onset, before its peak."""
    found = [
        *(
            Mark(
                event["time_s"] + event["onset_s"],
                event["duration_s"],
                f"ied {event['peak_channel']} ({event['group']}) p={event['probability']:.3f}{_said(event)}",
                event["peak_channel"],
            )
            for event in findings.events
        ),
        # These words are those of EDF+ (Kemp and Olivan, Clin. Neurophysiol. 2003), which every viewer knows.
        *(Mark(one.onset_s, one.duration_s, f"Sleep stage {one.stage}") for one in findings.stages),
        *(Mark(one.onset_s, one.duration_s, f"{one.fate}: {one.reason or 'start'}") for one in findings.stretches),
    ]
    # An onset may lie before the first sample, where a file begins within a discharge; no format knows such times.
    clipped = [
        Mark(max(0.0, one.onset_s), one.duration_s + min(0.0, one.onset_s), one.text, one.channel) for one in found
    ]
    yield from sorted(clipped, key=lambda mark: (mark.onset_s, mark.duration_s))


def _said(event: dict[str, Any]) -> str:
    """Return what people said of an event, in words behind its own; nothing where nobody has."""
    standing, labels = event.get("standing", ""), "; ".join(event.get("labels", ()))
    if standing in {"", "open"}:
        return ""
    # Labels are what somebody typed, and a control character ends an annotation of EDF+.
    return f", {standing}: {printable(labels)}" if labels else f", {standing}"
