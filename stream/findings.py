"""All that was found in one recording, or on one bed over some time: what an export is made of."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from stream.terms import Stage

EPOCH_S: Final = 30.0
"""Length of a sleep epoch: what `state/sleep` speaks of ends at `epoch_end_utc` and began this long before."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch that was not analysed: `fate` is missing, rejected or shed. Times are in seconds of `Findings`."""

    onset_s: float
    duration_s: float
    fate: str
    reason: str


@dataclass(frozen=True, slots=True)
class StageSpan:
    """How long one sleep stage lasted, in seconds of `Findings`."""

    onset_s: float
    duration_s: float
    stage: Stage


@dataclass(frozen=True, slots=True)
class Findings:
    """Events, sleep stages and stretches that were not analysed, each list in the order of time.

    Attributes
    ----------
    name
        of the bed or, without its folder and ending, of the file
    began
        where the seconds are counted from; without a zone where a file states none, None where it states no time
    seconds
        how long the recording is
    events
        the payloads of `event/ied`, each with `time_s`, its peak
    """

    name: str
    began: datetime | None
    seconds: float
    events: tuple[dict[str, Any], ...]
    stages: tuple[StageSpan, ...]
    stretches: tuple[Stretch, ...]


def stage_spans(ends: list[tuple[float, Stage]]) -> tuple[StageSpan, ...]:
    """Join the stages of epochs, each told by its end in seconds, into spans; an unknown stage leaves a hole."""
    spans: list[StageSpan] = []
    told_s = 0.0
    for end_s, stage in ends:
        # A changed stage is reported before a whole epoch has passed: it holds since the last report.
        start_s = max(told_s, end_s - EPOCH_S)
        told_s = end_s
        last = spans[-1] if spans else None
        if stage == "unknown":
            continue
        if last and last.stage == stage and abs(last.onset_s + last.duration_s - start_s) < 1e-6:
            spans[-1] = StageSpan(last.onset_s, end_s - last.onset_s, stage)
        else:
            spans.append(StageSpan(start_s, end_s - start_s, stage))
    return tuple(spans)


def joined(stretches: list[Stretch]) -> tuple[Stretch, ...]:
    """Join stretches of one fate and reason that touch."""
    out: list[Stretch] = []
    for one in stretches:
        last = out[-1] if out else None
        touches = last is not None and abs(last.onset_s + last.duration_s - one.onset_s) < 1e-6
        if last and touches and (last.fate, last.reason) == (one.fate, one.reason):
            out[-1] = Stretch(last.onset_s, one.onset_s + one.duration_s - last.onset_s, one.fate, one.reason)
        else:
            out.append(one)
    return tuple(out)
