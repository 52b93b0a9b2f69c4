"""Every metric that Prometheus may scrape: its name, its labels, its unit and its help. None identifies a patient."""

from importlib.metadata import version
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
)

# Bucket edges as shares of the budget: the one at 1 makes the share of misses exact.
OF_BUDGET: Final = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 4.0)
SMALL_S: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025)


class MetricFamilies:
    """The metrics of one running Spikewatch, in a registry of their own; `budget_s` is `infer.budget_ms` in seconds."""

    def __init__(self, budget_s: float) -> None:
        # A series beside each counter and histogram that no rule reads; `process_start_time_seconds` says the same.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        # Not the library's global registry: two of them in one process (tests, benches) would add up.
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._make_build(budget_s)
        self._make_acquire()
        self._make_detect(budget_s)
        self._make_parent()

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"spikewatch_{name}", text, labels, registry=self.registry)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"spikewatch_{name}", text, labels, registry=self.registry)

    def _make_build(self, budget_s: float) -> None:
        notice = "This software; research software, not a medical device."
        Info("spikewatch_build", notice, registry=self.registry).info({"version": version("spikewatch")})
        self.model_info = self._gauge("model_info", "1 for every model in use.", "name", "sha256")
        budget = self._gauge(
            "budget_seconds", "Arrival of a window's last sample to its result in the journal, at most."
        )
        budget.set(budget_s)

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
        self.stamp_delay = self._gauge("stamp_delay_seconds", "Age of the newest sample at arrival, by stamp.", "bed")
        self.clock_offset = self._gauge("clock_offset_seconds", "The sender's clock to this host's.", "bed")

    def _make_detect(self, budget_s: float) -> None:
        self.latency = Histogram(
            "spikewatch_latency_seconds",
            "From the arrival of a window's last sample: time spent in each stage, and in total.",
            ("bed", "stage"),
            buckets=sorted({round(share * budget_s, 6) for share in OF_BUDGET} | set(SMALL_S)),
            registry=self.registry,
        )
        self.unmeasured = self._counter(
            "unmeasured_latencies_total", "Latencies left out: below 0, for the sender stamps ahead.", "bed", "stage"
        )
        self.samples = self._counter("samples_total", "What became of the stream's samples.", "bed", "fate")
        self.second_look = self._counter(
            "second_look_samples_total",
            "Shed samples that were looked at again, by what became of them.",
            "bed",
            "fate",
        )
        self.windows = self._counter("windows_total", "Windows by what became of them.", "bed", "result")
        self.fleet = self._counter(
            "fleet_windows_total", "Windows by who scored them: the fleet, or this host and why.", "bed", "result"
        )
        self.detections = self._counter("detections_total", "Findings written to the journal.", "bed", "kind")
        self.artefacts = self._counter(
            "artefacts_total", "What was recognised, and would else have been an event.", "bed", "kind"
        )
        self.budget_misses = self._counter("budget_misses_total", "Results later than the budget.", "bed")
        self.pending = self._gauge("pending_samples", "Samples that came and are not yet analysed.", "bed")
        self.level = self._gauge("overload_level", "How much a host that is too slow leaves undone.", "bed")
        self.held = self._gauge("held_messages", "Findings that wait in memory because the journal fails.", "bed")
        self.sleep_stage = self._gauge("sleep_stage", "1 for the present sleep stage.", "bed", "stage")
        self.detecting = self._gauge("detecting", "1 while live samples of the bed are analysed.", "bed")
        self.analysed_age = self._gauge(
            "analysed_age_seconds", "Age of the newest analysed sample; of the start, while there is none.", "bed"
        )
        self.group_analysed = self._gauge("group_analysed", "1 while the group's windows are scored.", "bed", "group")
        self.impaired_groups = self._gauge("impaired_groups", "Groups whose newest window was not scored.", "bed")
        self.impaired_channels = self._gauge("impaired_channels", "Channels of these that may be at fault.", "bed")

    def _make_parent(self) -> None:
        self.alarm = self._gauge(
            "alarm", "1 while a technical alarm condition of this name lasts, else 0.", "bed", "name", "priority"
        )
        self.mqtt_connected = self._gauge("mqtt_connected", "1 while every bed has its connection to the broker.")
        self.outbox = self._gauge("outbox_messages", "Journalled messages that no broker has acknowledged.")
        self.dead_letters = self._gauge("dead_letter_messages", "Journalled messages that the broker refused.")
        self.unheard = self._counter("unheard_messages_total", "Messages to which no client had subscribed.")
        self.unjournalled = self._gauge("unjournalled_messages", "Alarms and audit lines that wait for the journal.")
        self.unjournalled_lost = self._gauge(
            "unjournalled_dropped_messages", "Of these, given up since the start because too many waited."
        )
        self.process_up = self._gauge("process_up", "1 while a child process lives.", "process")
        self.restarts = self._counter("process_restarts_total", "Child processes started again.", "process")
        self.reports_dropped = self._counter(
            "reports_dropped_total", "Reports that did not arrive whole; the journal is not concerned.", "process"
        )
