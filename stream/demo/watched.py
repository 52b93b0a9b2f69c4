"""All that the demo knows at a moment. Pure: lines, payloads, scrapes and the time are handed to it.

Times are seconds on this host's monotonic clock, which is LSL's.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from stream.demo.scrape import Histogram, Scrape
from stream.demo.truth import (
    DECIDED_S,
    DemoCounts,
    Outcome,
    SeenEvent,
    Span,
    TrueIed,
    classify,
    count_matches,
    found_pairs,
    missed,
)

UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True)
class Happening:
    """An event and what it is worth, or a marked discharge that was missed, which has no event."""

    lsl_s: float
    outcome: Outcome | Literal["missed"]
    event: SeenEvent | None = None


@dataclass(slots=True)
class Watched:
    """What the patient, the journal and the scrape page have reported since `began_s`.

    Discharges count from `settled_s` on, when the journal first showed analysed samples, and until `DECIDED_S` before
    now, because a younger one may not be decided yet. Events outside that span count neither.
    """

    began_s: float
    settled_s: float | None = None
    ieds: list[TrueIed] = field(default_factory=list)
    true_stage: str = UNKNOWN
    scrape: Scrape = field(default_factory=Scrape)
    start: Scrape | None = None
    """The first scrape after settling: what had come before the detector was ready is worked off by then."""
    stage_checks: int = 0
    stage_agreed: int = 0
    _events: dict[str, SeenEvent] = field(default_factory=dict)

    def observe_line(self, line: dict[str, Any]) -> None:
        """Keep a line of the patient."""
        if "ied" in line:
            ied = line["ied"]
            self.ieds.append(TrueIed(ied["lsl_s"], ied["ratio"], ied["kind"]))
        elif "stage" in line:
            self.true_stage = line["stage"]["name"]

    def observe_events(self, payloads: Iterable[dict[str, Any]], now_s: float) -> None:
        """Keep events of the journal, known ones too: their latency may be known only now."""
        for payload in payloads:
            known = self._events.get(payload["id"])
            # The newest payload with the first sight: delay is measured to when the event could first be seen.
            self._events[payload["id"]] = SeenEvent(payload, known.seen_s if known else now_s)

    def observe_analysed(self, analysed: int, now_s: float) -> None:
        """Keep when the first samples had been analysed."""
        if analysed and self.settled_s is None:
            self.settled_s = now_s

    def observe_scrape(self, scrape: Scrape) -> None:
        """Keep a scrape, once a second, and compare the stage shown with the true one."""
        self.scrape = scrape
        if self.start is None and self.settled_s is not None and self.latency("total").count:
            self.start = scrape
        # A stage that is not known yet is neither right nor wrong.
        if UNKNOWN not in {self.stage, self.true_stage}:
            self.stage_checks += 1
            self.stage_agreed += self.stage == self.true_stage

    @property
    def events(self) -> list[SeenEvent]:
        """The events, in the order in which they were seen."""
        return list(self._events.values())

    @property
    def stage(self) -> str:
        """The stage detected now."""
        return self.scrape.chosen("spikewatch_sleep_stage", "stage") or UNKNOWN

    @property
    def stage_agreement(self) -> float | None:
        """Share of the seconds, since a stage is known, in which the one shown was the true one, its delay included."""
        return self.stage_agreed / self.stage_checks if self.stage_checks else None

    @property
    def data_age_s(self) -> float | None:
        """Age of the newest sample, of the last scrape."""
        return self.scrape.value("spikewatch_data_age_seconds")

    @property
    def budget_s(self) -> float | None:
        """The latency budget."""
        return self.scrape.value("spikewatch_budget_seconds")

    def latency(self, verb: str) -> Histogram:
        """Return the histogram of a stage's latency."""
        return _latency(self.scrape, verb)

    @property
    def budget_misses(self) -> int | None:
        """Results later than the budget; None before the first scrape."""
        return _misses(self.scrape)

    @property
    def budget_misses_at_start(self) -> int | None:
        """Those among them that were waiting when the detector became ready; None until that is known."""
        return None if self.start is None else _misses(self.start)

    def latency_after_start(self, verb: str) -> Histogram:
        """Return the same without what was waiting when the detector became ready; empty until that is known."""
        return self.latency(verb).since(_latency(self.start or self.scrape, verb))

    def span(self, now_s: float) -> Span:
        """Return the span in which discharges and events count."""
        # Empty until the detector has settled: the span then begins where it ends.
        return Span(now_s if self.settled_s is None else self.settled_s, now_s - DECIDED_S)

    def counts(self, now_s: float) -> DemoCounts:
        """Return what was found and what was not."""
        return count_matches(self.ieds, self.events, self.span(now_s))

    def pairs(self, now_s: float) -> list[tuple[TrueIed, SeenEvent]]:
        """Return the marked discharges that were found, with their events."""
        return found_pairs(self.ieds, self.events, self.span(now_s))

    def latest(self, now_s: float, count: int) -> list[Happening]:
        """Return the last events and missed discharges, the newest first."""
        events, span = self.events[-count:], self.span(now_s)
        # Ten discharges for each row that is drawn are enough, and keep a drawing's cost flat over a night.
        recent = [ied for ied in self.ieds[-10 * count :] if span.first_s <= ied.lsl_s < span.end_s]
        happened = [
            Happening(event.lsl_s, outcome, event)
            for event, outcome in zip(events, classify(self.ieds, events), strict=True)
        ]
        happened += [Happening(ied.lsl_s, "missed") for ied in missed(recent, self.events)]
        return sorted(happened, key=lambda one: one.lsl_s, reverse=True)[:count]


def _latency(scrape: Scrape, verb: str) -> Histogram:
    return scrape.histogram("spikewatch_latency_seconds", "stage", verb)


def _misses(scrape: Scrape) -> int | None:
    misses = scrape.value("spikewatch_budget_misses_total")
    return None if misses is None else int(misses)
