"""Metrics: names that others rely on, counts that survive a restart, a page that Prometheus' own checker accepts."""

import math
import os
import shutil
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from stream.config.keys import Bed, Config, Infer
from stream.config.keys import Metrics as MetricsSection
from stream.errors import ConfigError
from stream.logbook.parent_journal import ParentJournal
from stream.schema.outgoing import audit_outgoing
from stream.schema.reports import AcquireReport, DetectReport, ReadyReport
from stream.supervise.metrics import Metrics
from tests.stream.failing_journal import FailingJournal
from tests.stream.hand_clock import HandClock

ACQUIRE = AcquireReport("bed-1", "streaming", "", "amp", 256.0, 255.9, 1000, 3, 1, 1000.0, 0.002)
DETECT = DetectReport(
    bed="bed-1", latency_s={"total": [0.2, 0.25, 0.2500001], "journal": [0.001]}, windows={"scored": 40, "rejected": 2},
    samples={"analysed": 900, "rejected": 30, "missing": 3}, detections={"ied": 2, "sleep": 1}, budget_misses=1,
    pending=32, stage="N2", alarms={"signal_lost": "no samples for 2 s"}, scored_s={}, groups={"left": "flat"},
    channels={"T3": "flat", "T5": "flat"}, fleet={"fleet": 30, "late": 12}, artefacts={"qrs": 5},
    second_look={"analysed": 32},
)  # fmt: skip
READY = ReadyReport(
    bed="bed-1", recording=1, engine="cpu", detector={"name": "sc", "sha256": "ab"},
    sleep={"name": "spectral", "sha256": "cd"}, channels=["Fp1"], groups={}, left_out={}, threshold=0.5, rate_hz=256.0,
    model_rate_hz=128.0, window_s=1.5, hop_s=0.125, settle_s=1.7, delay_ms={},
)  # fmt: skip


@pytest.fixture
def clock() -> HandClock:
    """Start at 990 s."""
    return HandClock(990.0)


@pytest.fixture
def metrics(free_port: int, clock: HandClock) -> Metrics:
    """Make the metrics of a site with two beds and a budget of 250 ms."""
    section = MetricsSection(port=free_port)
    beds = [Bed(id="bed-1"), Bed(id="bed-2")]
    return Metrics(Config(bed=beds, metrics=section, infer=Infer(budget_ms=250.0)), clock)


def value(metrics: Metrics, name: str, /, **labels: str) -> float | None:
    """Read one series as a scrape would."""
    return metrics.registry.get_sample_value(f"spikewatch_{name}", labels)


def test_a_detect_report_is_counted(metrics: Metrics) -> None:
    """Counts are since the report before, so two equal reports count twice."""
    metrics.observe(DETECT)
    metrics.observe(DETECT)
    assert value(metrics, "samples_total", bed="bed-1", fate="analysed") == 1800
    assert value(metrics, "second_look_samples_total", bed="bed-1", fate="analysed") == 64
    assert value(metrics, "second_look_samples_total", bed="bed-2", fate="rejected") == 0
    assert value(metrics, "windows_total", bed="bed-1", result="rejected") == 4
    assert value(metrics, "detections_total", bed="bed-1", kind="ied") == 4
    assert value(metrics, "budget_misses_total", bed="bed-1") == 2
    assert value(metrics, "fleet_windows_total", bed="bed-1", result="late") == 24
    assert value(metrics, "pending_samples", bed="bed-1") == 32
    assert value(metrics, "artefacts_total", bed="bed-1", kind="qrs") == 10
    assert value(metrics, "artefacts_total", bed="bed-1", kind="eyes") == 0
    assert (value(metrics, "impaired_groups", bed="bed-1"), value(metrics, "impaired_channels", bed="bed-1")) == (1, 2)
    assert value(metrics, "samples_total", bed="bed-2", fate="analysed") == 0


def test_the_bucket_at_the_budget_makes_the_misses_exact(metrics: Metrics) -> None:
    """A result at the budget is in time, one just after it is not."""
    metrics.observe(DETECT)
    assert value(metrics, "latency_seconds_bucket", bed="bed-1", stage="total", le="0.25") == 2
    assert value(metrics, "latency_seconds_count", bed="bed-1", stage="total") == 3
    edges = {
        sample.labels["le"]
        for family in metrics.registry.collect()
        for sample in family.samples
        if sample.name == "spikewatch_latency_seconds_bucket"
    }
    assert {"0.0625", "0.125", "0.1875", "0.25", "0.3125", "0.375", "0.5", "1.0", "+Inf"} <= edges


def test_a_latency_below_nothing_is_counted_and_never_summed(metrics: Metrics) -> None:
    """A sender that stamps ahead, or a number that is none: the histogram's sum and count stay as they were."""
    metrics.observe(replace(DETECT, latency_s={"acquire": [0.01, -0.2, math.nan]}))
    assert value(metrics, "latency_seconds_sum", bed="bed-1", stage="acquire") == 0.01
    assert value(metrics, "latency_seconds_count", bed="bed-1", stage="acquire") == 1
    assert value(metrics, "unmeasured_latencies_total", bed="bed-1", stage="acquire") == 2


def test_a_negative_number_of_pending_samples_is_shown_as_none(metrics: Metrics) -> None:
    """A gauge could be negative; samples cannot."""
    metrics.observe(replace(DETECT, pending=-7))
    assert value(metrics, "pending_samples", bed="bed-1") == 0


def test_totals_go_on_over_a_restart_of_the_process_that_counts(metrics: Metrics) -> None:
    """A counter never falls, and the new process's own count is added."""
    for samples in (1000, 1500, 200, 300):
        metrics.observe(replace(ACQUIRE, samples=samples))
    assert value(metrics, "received_samples_total", bed="bed-1") == 1800


def test_the_data_grow_old_while_nothing_comes(metrics: Metrics, clock: HandClock) -> None:
    """Age counts from the newest sample, and before the first one from the start."""
    clock.now_s = 995.0
    assert value(metrics, "data_age_seconds", bed="bed-1") == 5.0
    metrics.observe(ACQUIRE)
    clock.now_s = 1002.5
    assert value(metrics, "data_age_seconds", bed="bed-1") == 2.5
    assert value(metrics, "data_age_seconds", bed="bed-2") == 12.5


def test_models_in_use_are_named_once(metrics: Metrics) -> None:
    """Two beds with one detector are one series; a model no longer used is gone."""
    metrics.observe(READY)
    metrics.observe(replace(READY, bed="bed-2", detector={"name": "sc", "sha256": "ef"}))
    assert value(metrics, "model_info", name="sc", sha256="ab") == 1
    assert value(metrics, "model_info", name="sc", sha256="ef") == 1
    metrics.observe(replace(READY, detector={"name": "sc", "sha256": "ef"}))
    assert value(metrics, "model_info", name="sc", sha256="ab") is None


def test_delivery_and_processes_are_shown(metrics: Metrics) -> None:
    """What only the parent knows."""
    metrics.observe_delivery(connected=True, unheard=5)
    metrics.observe_delivery(connected=False, unheard=6)
    metrics.observe_process("detect", up=False)
    metrics.observe_restart("detect")
    metrics.observe_lost_report("detect")
    assert (value(metrics, "mqtt_connected"), value(metrics, "unheard_messages_total")) == (0, 6)
    assert value(metrics, "process_up", process="detect") == 0
    assert value(metrics, "process_restarts_total", process="detect") == 1
    assert value(metrics, "reports_dropped_total", process="detect") == 1


def test_a_process_has_its_counters_before_anything_happens_to_it(metrics: Metrics) -> None:
    """Prometheus' increase() takes a series that begins with 1 for no increase."""
    assert value(metrics, "process_restarts_total", process="acquire-bed-1") is None
    metrics.begin_process("acquire-bed-1")
    assert value(metrics, "process_restarts_total", process="acquire-bed-1") == 0
    assert value(metrics, "reports_dropped_total", process="acquire-bed-1") == 0


def test_the_journal_is_counted_at_a_scrape_and_only_then(metrics: Metrics, tmp_path: Path) -> None:
    """Each scrape has the counts of its moment; one that the journal does not answer has those of before."""
    disk, posted_fd = FailingJournal(tmp_path / "journal.db"), os.eventfd(0, os.EFD_NONBLOCK)
    journal = ParentJournal(disk, posted_fd)
    metrics.count_at_scrapes(journal)
    outbox = [value(metrics, "outbox_messages")]
    disk.post("bed-1", [audit_outgoing("bed-1", "start", {}, datetime.now(UTC))])
    outbox.append(value(metrics, "outbox_messages"))
    disk.unreadable = True
    outbox.append(value(metrics, "outbox_messages"))
    assert outbox == [0, 1, 1]
    assert journal.health.reason
    assert (value(metrics, "unjournalled_messages"), value(metrics, "unjournalled_dropped_messages")) == (0, 0)
    journal.stop()
    disk.close()
    os.close(posted_fd)


@pytest.fixture
def page(metrics: Metrics, free_port: int) -> Iterator[str]:
    """Return a live scrape after one report of each kind."""
    stop = metrics.serve()
    for report in (ACQUIRE, DETECT, READY):
        metrics.observe(report)
    metrics.observe_process("detect", up=True)
    metrics.observe_restart("detect")
    metrics.observe_lost_report("detect")
    with urllib.request.urlopen(f"http://127.0.0.1:{free_port}/metrics", timeout=5) as answer:
        yield answer.read().decode()
    stop()


CONTRACT = (
    "latency_seconds", "data_age_seconds", "samples_total", "windows_total", "detections_total", "sleep_stage",
    "budget_misses_total", "mqtt_connected", "outbox_messages", "build_info", "model_info",
)  # fmt: skip


def test_a_scrape_has_every_name_of_the_contract_and_help_on_each(page: str) -> None:
    """Dashboards and rules rely on these."""
    for name in CONTRACT:
        assert f"# HELP spikewatch_{name} " in page
        assert f"\nspikewatch_{name}" in page


def test_no_series_tells_when_a_counter_was_made(page: str) -> None:
    """They would be a third of all series."""
    assert "_created" not in page


def test_promtool_finds_nothing_to_object_to(page: str) -> None:
    """Base units, HELP, _total: as Prometheus' own linter wants them."""
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed")
    checked = subprocess.run([promtool, "check", "metrics"], input=page, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_no_label_could_name_a_patient(page: str) -> None:
    """Only these labels exist."""
    labels = {
        part.split("=")[0].lstrip("{")
        for line in page.splitlines()
        if line.startswith("spikewatch_") and "{" in line
        for part in line[line.index("{") : line.rindex("}")].split('",')
    }
    # No group has been scored yet.
    labels.add("group")
    assert labels == {"bed", "stage", "fate", "result", "kind", "name", "sha256", "le", "process", "state", "version",
                      "priority", "group"}  # fmt: skip


def test_only_this_machine_can_scrape_by_default(metrics: Metrics, free_port: int) -> None:
    """The library would listen on every interface; here it is the loopback alone."""
    stop = metrics.serve()
    with socket.socket() as probe:
        probe.settimeout(1)
        assert probe.connect_ex(("127.0.0.1", free_port)) == 0
    with socket.socket() as probe:
        probe.settimeout(1)
        assert probe.connect_ex(("127.0.0.2", free_port)) != 0
    stop()


def test_a_port_in_use_is_one_clear_line(metrics: Metrics, free_port: int) -> None:
    """It names the key, the address and the remedy."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", free_port))
        taken.listen()
        with pytest.raises(
            ConfigError, match=rf"^metrics\.port = {free_port}: .*in use\); set metrics\.port to a free"
        ):
            metrics.serve()
