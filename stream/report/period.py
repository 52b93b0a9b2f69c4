"""All numbers of a report on one bed between two instants, read once from the journal."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from models.evaluation.promise import Promise
from stream.config.keys import Bed
from stream.findings import Findings, StageSpan, Stretch
from stream.logbook.journal_reader import JournalReader
from stream.report.foci import Focus, foci
from stream.report.stability import Stability, stability
from stream.review.averages import averages
from stream.review.bed_review import BedReview
from stream.review.verdicts import Agreement
from stream.spike_wave import SpikeWave, spike_wave

EVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class AlarmSpell:
    """A technical alarm: when it began, and how long it lasted; None while it lasts, or where its end is not known."""

    name: str
    priority: str
    reason: str
    began: datetime
    lasted_s: float | None


@dataclass(frozen=True, slots=True)
class Period:
    """What a report is written from.

    Attributes
    ----------
    found
        events, stages and what was not analysed, cut to the period
    began
        where its seconds are counted from
    reviewers
        how many events each reviewer judged
    """

    found: Findings
    began: datetime
    sleep: SpikeWave
    foci: Sequence[Focus]
    stability: Stability
    reviewed: int
    reviewers: dict[str, int]
    agreements: Sequence[Agreement]
    promise: Promise | None
    alarms: Sequence[AlarmSpell]

    @property
    def lost_s(self) -> float:
        """Seconds that were not analysed."""
        return sum(one.duration_s for one in self.found.stretches)

    @property
    def analysed_h(self) -> float:
        """Hours that were analysed."""
        return max(0.0, self.found.seconds - self.lost_s) / 3600


def period(journal: JournalReader, settings: Bed, found: Findings, began: datetime) -> Period:
    """Sum up what was found on a bed since `began`; `found` is cut to the period already."""
    ends = began + timedelta(seconds=found.seconds)
    review = BedReview(journal, settings.id, began, ends)
    lost = [(one.onset_s, one.onset_s + one.duration_s) for one in found.stretches]
    judged: dict[str, int] = {}
    for said in review.verdicts.of.values():
        for reviewer in said:
            judged[reviewer] = judged.get(reviewer, 0) + 1
    return Period(
        found=found,
        began=began,
        sleep=spike_wave(found.stages, [event["time_s"] for event in found.events], lost, found.seconds),
        foci=foci(found, review.cards(), averages(journal, settings, found.events)),
        stability=stability(found),
        reviewed=len(review.verdicts.of),
        reviewers=judged,
        agreements=review.agreements(),
        promise=review.promise(),
        # From the journal's beginning: an alarm that began before the period may still last in it.
        alarms=alarm_spells(list(journal.events(settings.id, EVER, "alarm")), began, ends),
    )


def until(found: Findings, seconds: float) -> Findings:
    """Cut findings at an instant."""
    if seconds >= found.seconds:
        return found
    return replace(
        found,
        seconds=seconds,
        events=tuple(event for event in found.events if event["time_s"] < seconds),
        stages=tuple(
            StageSpan(one.onset_s, min(one.duration_s, seconds - one.onset_s), one.stage)
            for one in found.stages
            if one.onset_s < seconds
        ),
        stretches=tuple(
            Stretch(one.onset_s, min(one.duration_s, seconds - one.onset_s), one.fate, one.reason)
            for one in found.stretches
            if one.onset_s < seconds
        ),
    )


def alarm_spells(messages: Sequence[dict[str, Any]], began: datetime, ends: datetime) -> list[AlarmSpell]:
    """Join the beginnings and ends of alarms, and return those of a period.

    One that is told again with another reason is the same alarm.
    """
    spells: list[AlarmSpell] = []
    open_at: dict[str, int] = {}
    for message in messages:
        name, utc = message["name"], datetime.fromisoformat(message["utc"])
        if utc >= ends:
            break
        at = open_at.get(name)
        if message["on"] and at is None:
            open_at[name] = len(spells)
            spells.append(AlarmSpell(name, message["priority"], message["reason"], utc, None))
        elif at is not None and not message["on"]:
            spells[open_at.pop(name)] = replace(spells[at], lasted_s=(utc - spells[at].began).total_seconds())
    return [one for one in spells if one.lasted_s is None or one.began + timedelta(seconds=one.lasted_s) > began]
