"""Metrics for Prometheus: counts and states from the children's reports and the parent's own, and their page."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Final

from prometheus_client import Counter, Gauge

from stream.config.keys import Config
from stream.errors import ConfigError
from stream.logbook.parent_journal import ParentJournal
from stream.schema.alarms import ALARMS, condition
from stream.schema.reports import AcquireReport, DetectReport, LinkState, ReadyReport, Report
from stream.supervise.account import Account
from stream.supervise.metric_families import MetricFamilies
from stream.supervise.scrape_server import serve
from stream.terms import ARTEFACTS

STAGES: Final = ("W", "N1", "N2", "N3", "R", "unknown")
FATES: Final = ("analysed", "rejected", "missing", "shed")
LATER_FATES: Final = ("analysed", "rejected", "missing")
"""Of shed samples that are looked at again; those that are not stay shed."""
LINK_STATES: Final[tuple[LinkState, ...]] = ("starting", "resolving", "streaming", "silent", "lost", "refused")
VERBS: Final = ("acquire", "condition", "frame", "infer", "merge", "journal", "total")


class Metrics:
    """Keeps the metrics of one running Spikewatch; `clock` returns this host's monotonic seconds."""

    def __init__(self, config: Config, clock: Callable[[], float] = time.monotonic) -> None:
        self._families = MetricFamilies(config.infer.budget_ms / 1e3)
        self.registry = self._families.registry
        self._where = config.metrics
        self._clock = clock
        self._totals: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._alarms: dict[str, set[str]] = {}
        self._models: dict[str, set[tuple[str, str]]] = {}
        self._groups: defaultdict[str, set[str]] = defaultdict(set)
        self._newest_s = {bed.id: clock() for bed in config.bed}
        for bed in config.bed:
            self._begin(bed.id)

    def _begin(self, bed: str) -> None:
        """Show every series of a bed from the start."""
        # A rule cannot tell a series that is absent because all is well from one that is absent because nothing runs.
        families = self._families
        families.data_age.labels(bed).set_function(lambda: self._clock() - self._newest_s[bed])
        for fate in FATES:
            families.samples.labels(bed, fate)
        for fate in LATER_FATES:
            families.second_look.labels(bed, fate)
        for verb in VERBS:
            families.latency.labels(bed, verb)
            families.unmeasured.labels(bed, verb)
        for counter in (
            families.received,
            families.gap_samples,
            families.reconnects,
            families.budget_misses,
        ):
            counter.labels(bed)
        for gauge in (
            families.pending,
            families.held,
            families.level,
            families.impaired_groups,
            families.impaired_channels,
        ):
            gauge.labels(bed)
        families.detecting.labels(bed)
        families.windows.labels(bed, "scored")
        families.detections.labels(bed, "ied")
        for artefact in ARTEFACTS:
            families.artefacts.labels(bed, artefact)
        self._alarms[bed] = set(ALARMS)
        self.observe_alarms(bed, ())
        _show_one(families.sleep_stage, bed, STAGES, "unknown")
        _show_one(families.link_state, bed, LINK_STATES, "starting")

    def begin_process(self, process: str) -> None:
        """Show the counters of a child process from the start, at 0."""
        # increase() does not see a series that begins with 1: the first restart would be missing.
        self._families.restarts.labels(process)
        self._families.reports_dropped.labels(process)

    # ---- what is reported ----

    def observe(self, report: Report) -> None:
        """Count what a child reports."""
        match report:
            case AcquireReport():
                self._observe_acquire(report)
            case DetectReport():
                self._observe_detect(report)
            case ReadyReport():
                self._observe_ready(report)

    def observe_account(self, bed: str, account: Account) -> None:
        """Show whether a bed is watched, and what is not."""
        families = self._families
        families.detecting.labels(bed).set(account.detecting)
        families.analysed_age.labels(bed).set(account.analysed_age_s)
        _show_one(families.sleep_stage, bed, STAGES, account.stage)
        self.observe_alarms(bed, account.alarms)
        known = self._groups[bed] = self._groups[bed] | set(account.groups)
        for group in known:
            families.group_analysed.labels(bed, group).set(group not in account.groups)

    def observe_alarms(self, bed: str, names: Iterable[str]) -> None:
        """Show which alarm conditions hold on a bed; every other one is 0."""
        holding = set(names)
        known = self._alarms[bed] = self._alarms[bed] | holding
        for name in known:
            self._families.alarm.labels(bed, name, condition(name).priority).set(name in holding)

    def observe_delivery(self, *, connected: bool, unheard: int) -> None:
        """Show how publishing is going; `unheard` counts messages to which no client had subscribed."""
        self._families.mqtt_connected.set(connected)
        self._grow(self._families.unheard, ("", "unheard"), unheard)

    def observe_process(self, process: str, *, up: bool) -> None:
        """Show whether a child process lives."""
        self._families.process_up.labels(process).set(up)

    def observe_restart(self, process: str) -> None:
        """Count a child process that had to be started again."""
        self._families.restarts.labels(process).inc()

    def observe_lost_report(self, process: str) -> None:
        """Count a report that could not be read whole."""
        self._families.reports_dropped.labels(process).inc()

    def _observe_acquire(self, report: AcquireReport) -> None:
        bed, families = report.bed, self._families
        # max() also leaves out an arrival that is not a number: nothing has come yet.
        self._newest_s[bed] = max(self._newest_s[bed], report.newest_arrival_s)
        _show_one(families.link_state, bed, LINK_STATES, report.state)
        self._grow(families.received.labels(bed), (bed, "received"), report.samples)
        self._grow(families.gap_samples.labels(bed), (bed, "gap"), report.missing)
        self._grow(families.reconnects.labels(bed), (bed, "reconnects"), report.reconnects)
        families.nominal_rate.labels(bed).set(report.rate_hz)
        families.measured_rate.labels(bed).set(report.measured_rate_hz)
        families.stamp_delay.labels(bed).set(report.stamp_delay_s)
        families.clock_offset.labels(bed).set(report.clock_offset_s)

    def _observe_detect(self, report: DetectReport) -> None:
        bed, families = report.bed, self._families
        for stage, latencies in report.latency_s.items():
            histogram = families.latency.labels(bed, stage)
            for latency_s in latencies:
                # A histogram's sum must never fall: Prometheus would take it for a restart, and add it all again.
                if latency_s >= 0:
                    histogram.observe(latency_s)
                else:
                    families.unmeasured.labels(bed, stage).inc()
        for counter, counts in (
            (families.samples, report.samples),
            (families.second_look, report.second_look),
            (families.windows, report.windows),
            (families.detections, report.detections),
            (families.fleet, report.fleet),
            (families.artefacts, report.artefacts),
        ):
            for label, count in counts.items():
                counter.labels(bed, label).inc(count)
        families.budget_misses.labels(bed).inc(report.budget_misses)
        families.pending.labels(bed).set(max(0, report.pending))
        families.held.labels(bed).set(report.unjournalled)
        families.level.labels(bed).set(report.level)
        families.impaired_groups.labels(bed).set(len(report.groups))
        families.impaired_channels.labels(bed).set(len(report.channels))

    def _observe_ready(self, report: ReadyReport) -> None:
        models = [model for model in (report.detector, report.sleep) if "sha256" in model]
        for gone in self._groups[report.bed] - set(report.groups):
            self._families.group_analysed.remove(report.bed, gone)
        self._groups[report.bed] = set(report.groups)
        self._models[report.bed] = {(model["name"], model["sha256"]) for model in models}
        # A model that no bed uses any more must not look as if it ran.
        self._families.model_info.clear()
        for name, sha256 in set().union(*self._models.values()):
            self._families.model_info.labels(name, sha256).set(1)

    def _grow(self, counter: Counter, key: tuple[str, str], total: int) -> None:
        """Add what a total grew by; a total that fell belongs to a process that began anew."""
        before = self._totals[key]
        counter.inc(total - before if total >= before else total)
        self._totals[key] = total

    # ---- scrapes ----

    def count_at_scrapes(self, journal: ParentJournal) -> None:
        """Have the journal's messages counted at every scrape, and only then."""
        families = self._families
        families.outbox.set_function(journal.outbox_size)
        families.dead_letters.set_function(journal.dead_letters)
        families.unjournalled.set_function(lambda: journal.waiting)
        families.unjournalled_lost.set_function(lambda: journal.dropped)

    def serve(self) -> Callable[[], None]:
        """Serve the scrape page on a thread of its own; return what ends it.

        Raises
        ------
        ConfigError
            if nothing can listen there
        """
        where = self._where
        try:
            # The library's own default is every interface of the host; the configuration's is the loopback.
            return serve(where.host, where.port, self.registry)
        except OSError as error:
            raise ConfigError(
                f'metrics.port = {where.port}: nothing can be served at "{where.host}:{where.port}" '
                f"({error.strerror}); set metrics.port to a free one"
            ) from error


def _show_one(gauge: Gauge, bed: str, labels: tuple[str, ...], present: str) -> None:
    for label in labels:
        gauge.labels(bed, label).set(label == present)
