"""Everything Prometheus may know, from the children's reports and the parent's own counts. The only code that knows it.

Labels are beds, stages and the like; none identifies a patient.
"""

import time
from collections import defaultdict
from collections.abc import Callable
from importlib.metadata import version

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    start_http_server,
)

from stream.config.keys import Config
from stream.errors import ConfigError
from stream.schema.reports import AcquireReport, DetectReport, LinkState, ReadyReport, Report

STAGES = ("W", "N1", "N2", "N3", "R", "unknown")
FATES = ("analysed", "rejected", "missing", "shed")
LINK_STATES: tuple[LinkState, ...] = ("resolving", "streaming", "silent", "lost", "refused")
VERBS = ("acquire", "condition", "frame", "infer", "merge", "journal", "total")
OF_BUDGET = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 4.0)
"""Bucket edges as shares of the budget: the one at 1 makes the share of misses exact."""
SMALL_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025)


class Metrics:
    """The registry of one running Spikewatch; `clock` gives this host's monotonic seconds."""

    def __init__(self, config: Config, clock: Callable[[], float] = time.monotonic) -> None:
        self.registry = CollectorRegistry()
        self._config = config
        self._clock = clock
        self._totals: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._alarms: defaultdict[str, set[str]] = defaultdict(set)
        self._models: dict[str, set[tuple[str, str]]] = {}
        self._newest_s = {bed.id: clock() for bed in config.bed}
        ProcessCollector(registry=self.registry)
        self._make_build_info()
        self._make_acquire()
        self._make_detect()
        self._make_parent()
        for bed in config.bed:
            self._begin(bed.id)

    def observe(self, report: Report) -> None:
        """Count what a child reports."""
        match report:
            case AcquireReport():
                self._observe_acquire(report)
            case DetectReport():
                self._observe_detect(report)
            case ReadyReport():
                self._observe_ready(report)

    def observe_delivery(self, *, connected: bool, unheard: int) -> None:
        """Note how publishing stands; `unheard` counts messages that nobody had subscribed to."""
        self.mqtt_connected.set(connected)
        self._grow(self.unheard, ("", "unheard"), unheard)

    def count_at_scrapes(self, outbox: Callable[[], int], dead_letters: Callable[[], int]) -> None:
        """Have the journal's messages counted whenever somebody scrapes, and only then."""
        self.outbox.set_function(outbox)
        self.dead_letters.set_function(dead_letters)

    def observe_process(self, process: str, *, up: bool) -> None:
        """Note whether a child process lives."""
        self.process_up.labels(process).set(up)

    def observe_restart(self, process: str) -> None:
        """Count a child process that had to be started again."""
        self.restarts.labels(process).inc()

    def observe_lost_report(self, process: str) -> None:
        """Count a report that could not be read whole."""
        self.reports_dropped.labels(process).inc()

    def serve(self) -> Callable[[], None]:
        """Serve the scrape page on a thread of its own; the function given back ends it.

        Raises
        ------
        ConfigError
            if nothing can listen there
        """
        where = self._config.metrics
        try:
            server, thread = start_http_server(where.port, where.host, self.registry)
        except OSError as error:
            raise ConfigError(
                f'metrics.port = {where.port}: nothing can be served at "{where.host}:{where.port}" '
                f"({error.strerror}); set metrics.port to a free one"
            ) from error

        def stop() -> None:
            server.shutdown()
            server.server_close()
            thread.join()

        return stop

    # ---- what there is ----

    def _gauge(self, name: str, says: str, *labels: str) -> Gauge:
        return Gauge(f"spikewatch_{name}", says, labels, registry=self.registry)

    def _counter(self, name: str, says: str, *labels: str) -> Counter:
        return Counter(f"spikewatch_{name}", says, labels, registry=self.registry)

    def _make_build_info(self) -> None:
        build = Info(
            "spikewatch_build", "This software; research software, not a medical device.", registry=self.registry
        )
        build.info({"version": version("spikewatch")})
        self.model_info = self._gauge("model_info", "1 for every model in use.", "name", "sha256")
        budget = self._gauge(
            "budget_seconds", "Arrival of a window's last sample to its result in the journal, at most."
        )
        budget.set(self._config.infer.budget_ms / 1e3)

    def _make_acquire(self) -> None:
        self.data_age = self._gauge(
            "data_age_seconds", "Age of the newest sample; of the start, while none has come.", "bed"
        )
        self.link_state = self._gauge("link_state", "1 for the present state of the bed's stream.", "bed", "state")
        self.received = self._counter("received_samples_total", "Samples that came over LSL.", "bed")
        self.gap_samples = self._counter("gap_samples_total", "Samples that never came over LSL.", "bed")
        self.reconnects = self._counter("reconnects_total", "Times the bed's stream was bound anew.", "bed")
        self.nominal_rate = self._gauge("nominal_rate_hertz", "The stream's rate as its sender declares it.", "bed")
        self.measured_rate = self._gauge("measured_rate_hertz", "The stream's rate as it comes.", "bed")
        self.clock_offset = self._gauge("clock_offset_seconds", "The sender's clock to this host's.", "bed")

    def _make_detect(self) -> None:
        budget_s = self._config.infer.budget_ms / 1e3
        self.latency = Histogram(
            "spikewatch_latency_seconds",
            "From the arrival of a window's last sample: time spent in each stage, and in total.",
            ("bed", "stage"),
            buckets=sorted({round(share * budget_s, 6) for share in OF_BUDGET} | set(SMALL_S)),
            registry=self.registry,
        )
        self.samples = self._counter("samples_total", "What became of the stream's samples.", "bed", "fate")
        self.windows = self._counter("windows_total", "Windows by what became of them.", "bed", "result")
        self.detections = self._counter("detections_total", "Findings written to the journal.", "bed", "kind")
        self.budget_misses = self._counter("budget_misses_total", "Results later than the budget.", "bed")
        self.pending = self._gauge("pending_samples", "Samples that came and are not yet analysed.", "bed")
        self.sleep_stage = self._gauge("sleep_stage", "1 for the present sleep stage.", "bed", "stage")
        self.alarm = self._gauge("alarm", "1 while a technical alarm condition lasts.", "bed", "name")
        self.impaired = self._gauge("impaired_channels", "Channels with a quality fault.", "bed")

    def _make_parent(self) -> None:
        self.mqtt_connected = self._gauge("mqtt_connected", "1 while every bed has its connection to the broker.")
        self.outbox = self._gauge("outbox_messages", "Journalled messages that no broker has acknowledged.")
        self.dead_letters = self._gauge("dead_letter_messages", "Journalled messages that the broker refused.")
        self.unheard = self._counter("unheard_messages_total", "Messages that nobody had subscribed to.")
        self.process_up = self._gauge("process_up", "1 while a child process lives.", "process")
        self.restarts = self._counter("process_restarts_total", "Child processes started again.", "process")
        self.reports_dropped = self._counter(
            "reports_dropped_total", "Reports that did not arrive whole; the journal is not concerned.", "process"
        )

    def _begin(self, bed: str) -> None:
        """Show every series from the start, so that an absent one means something."""
        self.data_age.labels(bed).set_function(lambda: self._clock() - self._newest_s[bed])
        for fate in FATES:
            self.samples.labels(bed, fate)
        for verb in VERBS:
            self.latency.labels(bed, verb)
        for counter in (self.received, self.gap_samples, self.reconnects, self.budget_misses):
            counter.labels(bed)
        self.windows.labels(bed, "scored")
        self.detections.labels(bed, "ied")
        self._show_one(self.sleep_stage, bed, STAGES, "unknown")
        self._show_one(self.link_state, bed, LINK_STATES, "resolving")

    # ---- what is reported ----

    def _observe_acquire(self, report: AcquireReport) -> None:
        bed = report.bed
        self._newest_s[bed] = max(self._newest_s[bed], report.newest_arrival_s)
        self._show_one(self.link_state, bed, LINK_STATES, report.state)
        self._grow(self.received.labels(bed), (bed, "received"), report.samples)
        self._grow(self.gap_samples.labels(bed), (bed, "gap"), report.missing)
        self._grow(self.reconnects.labels(bed), (bed, "reconnects"), report.reconnects)
        self.nominal_rate.labels(bed).set(report.rate_hz)
        self.measured_rate.labels(bed).set(report.measured_rate_hz)
        self.clock_offset.labels(bed).set(report.clock_offset_s)

    def _observe_detect(self, report: DetectReport) -> None:
        bed = report.bed
        for stage, latencies in report.latency_s.items():
            histogram = self.latency.labels(bed, stage)
            for latency_s in latencies:
                histogram.observe(latency_s)
        for counter, counts in (
            (self.samples, report.samples),
            (self.windows, report.windows),
            (self.detections, report.detections),
        ):
            for label, count in counts.items():
                counter.labels(bed, label).inc(count)
        self.budget_misses.labels(bed).inc(report.budget_misses)
        self.pending.labels(bed).set(report.pending)
        self.impaired.labels(bed).set(len(report.channels))
        self._show_one(self.sleep_stage, bed, STAGES, report.stage)
        self._show_alarms(bed, report.alarms)

    def _observe_ready(self, report: ReadyReport) -> None:
        models = [model for model in (report.detector, report.sleep) if "sha256" in model]
        self._models[report.bed] = {(model["name"], model["sha256"]) for model in models}
        self.model_info.clear()
        for name, sha256 in set().union(*self._models.values()):
            self.model_info.labels(name, sha256).set(1)

    def _show_alarms(self, bed: str, alarms: dict[str, str]) -> None:
        known = self._alarms[bed] = self._alarms[bed] | alarms.keys()
        for name in known:
            self.alarm.labels(bed, name).set(name in alarms)

    def _show_one(self, gauge: Gauge, bed: str, labels: tuple[str, ...], present: str) -> None:
        for label in labels:
            gauge.labels(bed, label).set(label == present)

    def _grow(self, counter: Counter, key: tuple[str, str], total: int) -> None:
        """Add what a total grew by; a total that fell belongs to a process that began anew."""
        before = self._totals[key]
        counter.inc(total - before if total >= before else total)
        self._totals[key] = total
