"""The report as one page: nothing fetched, no script, fit for paper; what it cannot show comes first."""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from models.reports.html import Command, Facts, Figures, Part, Section, Table, Tiles, page
from stream.account import WORDS
from stream.config.merge_keys import NAMED
from stream.report.focus_card import focus_section
from stream.report.over_time import hypnogram, timeline
from stream.report.period import Period
from stream.report.stability import FEWEST_FOCI

NOT_SHOWN: Final = (
    "These are events that a detector reported, not discharges that a person confirmed: in published studies of such "
    "detectors many reported events were false. Without a review nothing here says how many are.",
    "Discharges that the detector missed are not in it: a low rate, or none, does not show that there are few or none.",
    "Nobody may take a diagnosis, a kind of epilepsy, the place to operate on, or the effect of a treatment from this "
    "page alone. A focus here is a group of events that look alike on these electrodes, not a source in the brain.",
    "Rates count analysed time alone. Where much was not analysed, they may come from an unusual part of the record.",
    "Stages of sleep are a network's, seen while they came, without what followed; a person scores them otherwise.",
    "No raw EEG is on this page. Averages were summed while the events came.",
)
MOST_CARDS: Final = 12
MOST_ALARMS: Final = 200
STAGES: Final = ("W", "N1", "N2", "N3", "R")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a report comes from: the site, the software's version, when it was written, and by which command."""

    site: str
    version: str
    written: datetime
    command: str


def document(period: Period, origin: Origin) -> str:
    """Return the report of a period as a whole HTML document."""
    sections = [
        Section("What this page cannot tell", NOT_SHOWN),
        _over_time(period),
        _by_focus(period),
        _index(period),
        *(focus_section(focus, period.analysed_h) for focus in period.foci[:MOST_CARDS]),
        _sufficiency(period),
        _reviews(period),
        _alarms(period),
        _made(period, origin),
    ]
    return page(f"What was reported of {period.found.name}", sections, lead=_lead(period))


def _lead(period: Period) -> list[Part]:
    found, hours = period.found, period.analysed_h
    ends = period.began + timedelta(seconds=found.seconds)
    share = 3600 * hours / found.seconds
    tiles = {
        "events": str(len(found.events)),
        "an analysed hour": _number(len(found.events) / hours if hours else math.nan),
        "analysed": _length(3600 * hours),
        "of the period": f"{math.floor(100 * share)} %",
        "foci": str(len(period.foci)),
        "reviewed": f"{period.reviewed} of {len(found.events)}",
    }
    facts = {"period": f"{_time(period.began)} to {_time(ends)} UTC", **_detectors(found.events)}
    return [Tiles(tiles), Facts(facts)]


def _detectors(events: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Return models, thresholds, contracts and engines of the events, with how many each."""
    if not events:
        return {"detector": "made no event, and only events name it"}
    models = Counter(f"{event['model']['name']} {event['model']['sha256']}" for event in events)
    thresholds = Counter(f"{event['threshold']:g}" for event in events)
    engines = Counter(str(event["engine"]) for event in events)
    contracts = Counter(str(event.get("contract") or "none") for event in events)
    return {
        "detector": _listed(models),
        "threshold": _listed(thresholds),
        "contract": _listed(contracts),
        "engine": _listed(engines),
    }


def _listed(counts: Counter[str]) -> str:
    if len(counts) == 1:
        return next(iter(counts))
    return "; ".join(f"{name} ({count} events)" for name, count in counts.most_common())


def _over_time(period: Period) -> Section:
    found = period.found
    lost: defaultdict[str, float] = defaultdict(float)
    for one in found.stretches:
        reason = WORDS.get(one.reason, one.reason) if one.fate == "rejected" else one.reason
        lost[f"{one.fate}: {reason}" if reason else one.fate] += one.duration_s
    rows = [
        [why, _length(s), f"{100 * s / found.seconds:.1f} %"] for why, s in sorted(lost.items(), key=lambda x: -x[1])
    ]
    parts: list[Part] = [Figures([timeline(period.began, found), hypnogram(period.began, found)], whole=True)]
    if not found.stages:
        parts.append("No stage of sleep is known of this period.")
    parts.append(Table(["not analysed", "time", "of the period"], rows) if rows else "All of the period was analysed.")
    return Section("Over time", parts)


def _by_focus(period: Period) -> Section:
    known = [stage for stage in STAGES if stage in period.sleep.stages]
    columns = ["focus", "first channel", "events", "an hour", *(f"{stage}, an hour" for stage in known), "no stage"]
    rows = []
    for focus in period.foci:
        times = [focus.stages[stage] for stage in known]
        staged = sum(time.spikes for time in times)
        rate = focus.card.count / period.analysed_h if period.analysed_h else math.nan
        cells = [f"{time.spikes} ({_number(time.per_h)})" for time in times]
        rows.append(
            [focus.name, focus.lead, str(focus.card.count), _number(rate), *cells, str(focus.card.count - staged)]
        )
    hours = [_length(period.sleep.stages[stage].analysed_s) for stage in known]
    rows.append(["analysed", "", "", _length(3600 * period.analysed_h), *hours, ""])
    text = "Events, and in brackets events an analysed hour of that stage. Foci have the names of the review page."
    return Section("By focus and stage", [text, Table(columns, rows, texts=["first channel"])])


def _index(period: Period) -> Section:
    rows = [
        [name, f"{_number(one.percent)} %", f"{one.analysed_s} s", f"{100 * one.coverage:.0f} %"]
        for name, one in period.sleep.named.items()
        if one.analysed_s
    ]
    if not rows:
        return Section("Spike-wave index", ["There is none: no second of NREM sleep was seen and analysed."])
    text = "Share of seconds of NREM sleep with an event. Too low where the detector misses small discharges."
    return Section("Spike-wave index", [text, Table(["of", "index", "analysed", "of the seconds wanted"], rows)])


def _sufficiency(period: Period) -> Section:
    found = period.stability
    if not found.counts:
        return Section("Is the record long enough?", ["There are no events to compare."])
    rows = [[name, str(first), str(second)] for name, (first, second) in list(found.counts.items())[:MOST_CARDS]]
    same = "The same one" if found.same_first else "Not the same one"
    parts: list[Part] = [
        f"The analysed time in two halves of {found.half_h:.1f} h each. {same} has most events in both.",
        Table([found.by, "first half", "second half"], rows),
    ]
    if math.isnan(found.spearman):
        parts.append(f"Fewer than {FEWEST_FOCI} to rank, or all alike: a correlation of ranks would say nothing.")
    else:
        parts.append(f"Rank correlation of the halves (Spearman): {found.spearman:.2f}; 1 is the same order.")
    if found.first_since_s is None:
        parts.append("At the end two have equally many events: none of them is the first.")
    else:
        since = period.began + timedelta(seconds=found.first_since_s)
        parts.append(f"Counted from the beginning, the first one has been the first since {_time(since)} UTC.")
    if found.by == "lead channel":
        parts.append("Compared by the channel that peaks first: clusters of several recordings have no common names.")
    return Section("Is the record long enough?", parts)


def _reviews(period: Period) -> Section:
    events = len(period.found.events)
    parts: list[Part] = [f"{period.reviewed} of {events} events were judged by a person."]
    if period.reviewers:
        standings = Counter[str]()
        for focus in period.foci:
            standings.update(focus.card.standings)
        parts.append(Facts({name: str(standings[name]) for name in ("accepted", "rejected", "disputed", "open")}))
        parts.append(Table(["reviewer", "events"], [[who, str(count)] for who, count in period.reviewers.items()]))
    for one in period.agreements:
        kappa = "" if math.isnan(one.kappa) else f", Cohen's kappa {one.kappa:.2f}"
        parts.append(f"{' and '.join(one.reviewers)} judged {one.events} both, {one.same} of them alike{kappa}.")
    kept = period.promise
    if kept is None:
        parts.append(
            "No share of true events is promised: too few events drawn by chance were judged, or too few true."
        )
    else:
        parts.append(
            f"From threshold {kept.threshold:.3f} on, at least {kept.share:.0%} of the events are true, at 95 % "
            f"({kept.true} of {kept.reviews} events drawn by chance, of model "
            f"{period.found.events[-1]['model']['sha256'][:NAMED]}). The threshold is proposed, not set."
        )
    return Section("What people said", parts)


def _alarms(period: Period) -> Section:
    rows = [
        [one.name.replace("_", " "), one.priority.replace("_", " "), _time(one.began),
         "no end is told" if one.lasted_s is None else _length(one.lasted_s), one.reason]
        for one in period.alarms[-MOST_ALARMS:]
    ]  # fmt: skip
    if not rows:
        return Section("Technical alarms", ["There was none."])
    columns = ["alarm", "priority", "began (UTC)", "lasted", "reason"]
    table = Table(columns, rows, texts=["priority", "began (UTC)", "lasted", "reason"])
    more = len(period.alarms) - len(rows)
    return Section(
        "Technical alarms", [*([f"The last {MOST_ALARMS}; {more} came before them."] if more else []), table]
    )


def _made(period: Period, origin: Origin) -> Section:
    facts = {
        "site, bed": f"{origin.site}, {period.found.name}",
        "written": f"{_time(origin.written)} UTC, Spikewatch {origin.version}",
    }
    return Section("How this page was made", [Facts(facts), Command(origin.command)])


def _time(utc: datetime) -> str:
    return f"{utc:%Y-%m-%d %H:%M:%S}"


def _length(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _number(number: float) -> str:
    return "-" if math.isnan(number) else f"{number:.1f}"
