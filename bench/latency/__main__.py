"""Question: where does the time go between a sample and an event, and how long after its peak is a spike on MQTT?

Method: the simulated sleeping patient of `spikewatch demo` (19 channels, 256 Hz, chunks of 20 ms), with more
discharges, over real LSL from a process of its own; `spikewatch run` as it is (`reported` only lets its reports be
read); mosquitto; a subscriber.
Counted for `--seconds` from the first second in which every window could be scored: a stage's latency of every hop,
the journal's of every hop with something to report, and MQTT's (journal's commit to the subscriber's receipt) of every
event. `acquire` runs from the LSL time of a window's newest sample, as its sender stamped it, to the arrival of the
chunk that it came in; `total` from that arrival to the result, in the journal where there is something to report, as
the budget has it. A spike's time runs from its peak, as the patient's process has put it in, to the event's receipt:
marked discharges only (`stream.demo.truth`), the delay of the filters and the wait for evidence included.
Command: python -m bench.latency [--seconds 300] [--detector NAME] [--hop-ms 125] [--json bench/results/latency.json]
"""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from bench.command_line import command_line
from bench.latency.event_times import EventTimes, times_of
from bench.latency.listener import Listener, listening
from bench.latency.place import Stage, staged, wait_for_line
from bench.latency.report_lines import STAGES, Report, reports, whole
from bench.machine import publish
from stream.config.keys import Config, Frame, Infer
from stream.demo.children import Child
from stream.demo.patient import SEED
from stream.demo.place import HOST, STREAM
from stream.demo.truth import DECIDED_S, SeenEvent, Span, TrueIed, count_matches, found_pairs

IEDS_PER_MIN: Final = 40.0
"""In N1; so many that five minutes have some 200 that a reader would mark."""
GOALS_MS: Final = {125.0: 300.0, 31.25: 200.0}
"""Peak of a spike to its event at a subscriber, p95, by the hop: aims of ours."""
ROWS: Final = (*STAGES, "journal", "publish", "total")
LABELS: Final = {"publish": "publish (MQTT)", "total": "total (budget)"}
PERCENTS: Final = (50, 95, 99)

Figures = dict[str, Any]


@dataclass(slots=True)
class Observed:
    """The detector's reports from `began_s` to `ended_s`, and the discharges that were put in."""

    began_s: float = 0.0
    ended_s: float = 0.0
    engine: str = ""
    reports: list[Report] = field(default_factory=list)
    ieds: list[TrueIed] = field(default_factory=list)

    def add_report(self, report: Report) -> None:
        """Add a report; the span begins with the first whole one of the detector's, which does not count itself."""
        if report["kind"] == "ReadyReport":
            self.engine = report["engine"]
        elif report["kind"] == "DetectReport" and self.began_s:
            self.reports.append(report)
            self.ended_s = report["at_s"]
        elif whole(report):
            self.began_s = self.ended_s = report["at_s"]

    def add_lines(self, lines: Iterable[dict[str, Any]]) -> None:
        """Add the discharges among the lines of the patient's process."""
        put_in = [line["ied"] for line in lines if "ied" in line]
        self.ieds += [TrueIed(ied["lsl_s"], ied["ratio"], ied["kind"]) for ied in put_in]


def observe(stage: Stage, seconds: float) -> Observed:
    """Start Spikewatch, then the patient, and watch both."""
    process, observed = stage.spikewatch(), Observed()
    wait_for_line(process, lambda line: line["kind"] == "DetectReport")
    patient = stage.start("the patient", "-m", "stream.demo.patient", STREAM, str(SEED), str(IEDS_PER_MIN))
    for report in reports(process):
        observed.add_report(report)
        _follow(patient, observed)
        if observed.ended_s - observed.began_s >= seconds:
            break
    return observed


def _follow(patient: Child, observed: Observed) -> None:
    patient.check()
    observed.add_lines(patient.lines())


def summary(observed: Observed, events: Sequence[SeenEvent], times: Sequence[EventTimes], config: Config) -> Figures:
    """Sum up what was observed; `events` as the subscriber had them, `times` of those whose times are known."""
    counted = [one for one in times if observed.began_s <= one.received_s < observed.ended_s]
    latencies = latencies_ms(observed.reports) | {"publish": [one.published_ms for one in counted]}
    # A discharge right before the end may still be undecided when the bench ends: it counts neither way.
    span = Span(observed.began_s, observed.ended_s - DECIDED_S)
    counts, pairs = count_matches(observed.ieds, events, span), found_pairs(observed.ieds, events, span)
    spike = [1e3 * (event.seen_s - ied.lsl_s) for ied, event in pairs]
    return {
        "seconds": round(observed.ended_s - observed.began_s, 1),
        "detector": config.infer.detector,
        "engine": observed.engine,
        "hop_ms": config.frame.hop_ms,
        "budget_ms": config.infer.budget_ms,
        "budget_misses": sum(report["budget_misses"] for report in observed.reports),
        "latency_ms": {row: spread(latencies.get(row, [])) for row in ROWS},
        "spike_to_subscriber_ms": spread(spike) | _judged(spike, config.frame.hop_ms),
        "discharges": {"marked": counts.marked, "found": counts.found, "false": counts.false},
    }


def latencies_ms(reports_of: Sequence[Report]) -> dict[str, list[float]]:
    """Return the latencies of all reports, by stage."""
    return {row: [1e3 * one for report in reports_of for one in report["latency_s"].get(row, ())] for row in ROWS}


def spread(values_ms: Sequence[float]) -> Figures:
    """Return quantiles, the largest, and the number of values; of none, the number alone."""
    if not values_ms:
        return {"n": 0}
    found = zip(PERCENTS, np.percentile(values_ms, PERCENTS), strict=True)
    quantiles = {f"p{percent}": round(float(value), 2) for percent, value in found}
    return {**quantiles, "max": round(max(values_ms), 2), "n": len(values_ms)}


def _judged(spike_ms: Sequence[float], hop_ms: float) -> Figures:
    # Between two hops the aim of the longer one holds.
    goal_ms = GOALS_MS[min((hop for hop in GOALS_MS if hop >= hop_ms), default=max(GOALS_MS))]
    return {"goal_p95": goal_ms, "reached": bool(spike_ms) and float(np.percentile(spike_ms, 95)) <= goal_ms}


def table(result: Figures) -> str:
    """Return the result as a table for a terminal."""
    columns = (*(f"p{percent}" for percent in PERCENTS), "max", "n")
    lines = [f"{'ms':16}" + "".join(f"{column:>9}" for column in columns)]
    rows = {LABELS.get(row, row): of for row, of in result["latency_ms"].items()}
    spike = result["spike_to_subscriber_ms"]
    for name, of in (rows | {"spike to MQTT": spike}).items():
        lines.append(f"{name:16}" + "".join(f"{of.get(column, '-'):>9}" for column in columns))
    outcome = "reached" if spike["reached"] else "missed"
    lines.append(f"later than the budget of {result['budget_ms']:g} ms: {result['budget_misses']}")
    lines.append(f"goal, spike to MQTT p95 at most {spike['goal_p95']:g} ms: {outcome}")
    return "\n".join(lines) + "\n"


def _events(listener: Listener) -> tuple[list[SeenEvent], list[EventTimes]]:
    info = listener.on("/info")[-1].payload
    found = listener.on("/event/ied")
    times = [times_of(event.payload, info, event.at_s) for event in found]
    return [SeenEvent(event.payload, event.at_s) for event in found], [one for one in times if one is not None]


def measured(seconds: float, frame: Frame, infer: Infer) -> Figures:
    """Run everything and sum it up."""
    with staged(frame, infer) as stage, listening(HOST, stage.port, "spikewatch/#") as listener:
        observed = observe(stage, seconds)
        events, times = _events(listener)
        return summary(observed, events, times, stage.place.config)


def main() -> None:
    """Measure, print a table and keep the figures."""
    parser = command_line("bench.latency", __doc__)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--detector", default=Infer().detector)
    parser.add_argument("--hop-ms", type=float, default=Frame().hop_ms)
    given = parser.parse_args()
    result = measured(given.seconds, Frame(hop_ms=given.hop_ms), Infer(detector=given.detector))
    sys.stderr.write(table(result))
    publish("latency", result, given.json)


if __name__ == "__main__":
    main()
