"""A scrape page read: the real one of the metrics, and histograms with answers worked out by hand."""

from datetime import UTC, datetime

from stream.config.keys import Bed, Config
from stream.config.keys import Metrics as MetricsSection
from stream.demo.scrape import Histogram, parse, scrape
from stream.schema.reports import DetectReport
from stream.supervise.account import Account
from stream.supervise.metrics import Metrics
from tests.stream.demo.watched_minute import PAGE

ACCOUNT = Account(
    state="online", since_utc=datetime(2026, 1, 1, tzinfo=UTC), reason="", alarms={}, groups={}, stage="N3",
    data_age_s=0.1, analysed_age_s=0.2,
)  # fmt: skip


def test_the_real_page_is_understood(free_port: int) -> None:
    """What the metrics count is what is read, over HTTP."""
    metrics = Metrics(Config(bed=[Bed(id="bed-1")], metrics=MetricsSection(port=free_port)))
    report = DetectReport(
        bed="bed-1", latency_s={"total": [0.012] * 3 + [0.2]}, windows={"scored": 4}, samples={"analysed": 128},
        detections={}, budget_misses=1, pending=0, stage="N3", alarms={}, scored_s={}, groups={}, channels={},
    )  # fmt: skip
    metrics.observe(report)
    metrics.observe_account("bed-1", ACCOUNT)
    stop = metrics.serve()
    page = scrape("127.0.0.1", free_port)
    stop()
    assert page is not None
    # Each name and label below is one that the demo asks for: a metric that is renamed fails here.
    assert page.chosen("spikewatch_sleep_stage", "stage") == "N3"
    assert page.by("spikewatch_samples_total", "fate") == {"analysed": 128, "missing": 0, "rejected": 0, "shed": 0}
    assert page.value("spikewatch_budget_seconds") == 0.25
    assert page.value("spikewatch_budget_misses_total") == 1
    total = page.histogram("spikewatch_latency_seconds", "stage", "total")
    assert (total.count, total.quantile(0.75), total.highest_edge) == (4, 0.025, 0.25)


def test_a_page_that_is_not_served_is_none(free_port: int) -> None:
    """Before `run` serves, there is nothing to show."""
    assert scrape("127.0.0.1", free_port) is None
    assert parse("").value("spikewatch_budget_seconds") is None
    assert parse("").chosen("spikewatch_sleep_stage", "stage") is None


def test_quantiles_are_linear_within_a_bucket() -> None:
    """As Prometheus reckons them; none where the bucket has no upper edge."""
    total = parse(PAGE).histogram("spikewatch_latency_seconds", "stage", "total")
    assert total == Histogram((0.01, 0.025, 0.25, float("inf")), (40, 90, 100, 100))
    assert (total.quantile(0.2), total.quantile(0.4), total.quantile(0.65)) == (0.005, 0.01, 0.0175)
    assert (total.quantile(1.0), total.highest_edge, total.count) == (0.25, 0.25, 100)
    # All four lie above the last edge: an estimate would be a guess.
    infer = parse(PAGE).histogram("spikewatch_latency_seconds", "stage", "infer")
    assert (infer.quantile(0.5), infer.highest_edge, infer.count) == (None, None, 4)


def test_two_scrapes_give_what_came_between() -> None:
    """Bucket by bucket."""
    edges = (0.1, float("inf"))
    assert Histogram(edges, (5, 7)).since(Histogram(edges, (3, 4))) == Histogram(edges, (2, 3))


def test_an_empty_histogram_says_nothing() -> None:
    """Neither one that is not there nor one without observations."""
    for histogram in (Histogram((), ()), Histogram((0.1, float("inf")), (0, 0))):
        assert (histogram.quantile(0.5), histogram.highest_edge, histogram.count) == (None, None, 0)
