"""What the demo knows after a minute written by hand, and the figures and the drawing made of it."""

from pathlib import Path

from rich.console import Console

from stream.demo.place import Place, settings
from stream.demo.scrape import Scrape, parse
from stream.demo.summary import machine, summary
from stream.demo.truth import DemoCounts, Span
from stream.demo.view import draw
from stream.demo.watched import Watched
from stream.schema.payload import NOTICE
from tests.stream.demo.watched_minute import PAGE, a_minute, payload


def test_discharges_count_once_the_detector_has_settled_and_while_they_can_be_decided() -> None:
    """Neither the one at 104 s nor the one 1 s ago; of the others one is found, one is missed."""
    watched = a_minute()
    # Not 103: the journal then showed 0 samples analysed.
    assert watched.settled_s == 105.0
    assert watched.span(160.0) == Span(105.0, 158.0)
    assert watched.counts(160.0) == DemoCounts(marked=2, found=1, faint=1, false=1)
    assert watched.counts(162.0).marked == 3


def test_nothing_counts_before_the_detector_has_settled() -> None:
    """Whatever was put in or found."""
    watched = Watched(began_s=0.0)
    watched.observe_line({"ied": {"sample": 1, "lsl_s": 3.0, "ratio": 9.0, "kind": "spike"}})
    watched.observe_events([payload("a", 9.0)], 9.1)
    assert watched.counts(20.0) == DemoCounts()


def test_an_event_is_known_once_with_its_first_sight_and_its_last_latency() -> None:
    """The journal learns the total latency after the commit."""
    # Shown twice: at 130.3 s without its latency, at 130.4 s with it.
    event = a_minute().events[1]
    assert (event.seen_s, event.total_ms) == (130.3, 20.0)


def test_the_latest_are_events_and_misses_newest_first() -> None:
    """Cut to as many as are asked for."""
    watched = a_minute()
    latest = [(round(one.lsl_s, 2), one.outcome) for one in watched.latest(160.0, 10)]
    assert latest == [(150.0, "false"), (130.1, "faint"), (120.0, "missed"), (110.02, "found")]
    assert [one.outcome for one in watched.latest(160.0, 2)] == ["false", "faint"]


def test_stage_agreement_is_the_share_of_seconds_in_which_both_are_known() -> None:
    """An unknown stage is not compared."""
    watched = a_minute()
    # An empty page: no stage is known, so this second does not count.
    watched.observe_scrape(Scrape())
    watched.observe_line({"stage": {"name": "N3", "sample": 0, "lsl_s": 1.0}})
    watched.observe_scrape(parse(PAGE))
    assert (watched.stage_checks, watched.stage_agreement) == (2, 0.5)
    assert Watched(began_s=0.0).stage_agreement is None


def two_windows_later() -> Watched:
    """Scrape once more after `a_minute`: two more windows, both below 10 ms."""
    watched = a_minute()
    watched.observe_scrape(
        parse(PAGE.replace("} 40.0", "} 42.0").replace("} 90.0", "} 92.0").replace("} 100.0", "} 102.0"))
    )
    return watched


def test_the_summary_has_every_figure() -> None:
    """All of a minute, worked out by hand."""
    assert summary(two_windows_later(), 160.0) == {
        "seconds": 60.0,
        "counted_s": 53.0,
        "ieds": 2,
        "found": 1,
        "missed": 1,
        "sensitivity": 0.5,
        "false_positives": 1,
        # One in the 53 s counted: 60 / 53.
        "false_positives_per_min": 1.132,
        "faint": 1,
        "latency_ms": {
            "windows": {
                # The 51st of 102, 9th of 50 in the bucket from 10 to 25 ms: 10 + 15 * 9 / 50.
                "p50": 12.7,
                "p95": 135.25,
                "p99": 227.05,
                "max": 250.0,
                "n": 102,
                "method": "interpolated between histogram edges; max is the highest edge reached",
            },
            "windows_after_start": {
                "p50": 5.0,
                "p95": 9.5,
                "p99": 9.9,
                "max": 10.0,
                "n": 2,
                "method": "interpolated between histogram edges; max is the highest edge reached",
            },
            "events": {"p50": 16.0, "p95": 19.6, "p99": 19.92, "max": 20.0, "n": 3, "method": "exact"},
        },
        "budget_ms": 250.0,
        "budget_misses": 1,
        "budget_misses_at_start": 1,
        "windows": {"scored": 2000},
        "samples": {"analysed": 12800, "rejected": 3},
        "spike_to_event_ms": {"p50": 270.0, "p95": 270.0},
        "stage_agreement": 1.0,
        "startup_s": 5.0,
        "first_detection_s": 10.27,
        "undecided_s": 2.0,
        "machine": machine(),
    }


def test_what_is_not_known_is_null() -> None:
    """Nothing came of it: no figure is made up."""
    figures = summary(Watched(began_s=0.0), 5.0)
    for name in ("sensitivity", "false_positives_per_min", "startup_s", "first_detection_s", "stage_agreement"):
        assert figures[name] is None
    assert figures["latency_ms"]["events"]["max"] is None
    assert figures["budget_misses"] is figures["budget_misses_at_start"] is None
    assert figures["latency_ms"]["windows_after_start"]["n"] == 0


def text_of(watched: Watched, folder: Path, now_s: float) -> tuple[str, Place]:
    """Draw it on a console without colours."""
    place = Place(folder, settings(folder), {})
    # Wide enough that no cell is folded: a folded word would not be found in the text.
    console = Console(width=140, height=60)
    with console.capture() as captured:
        console.print(draw(watched, place, now_s))
    return captured.get(), place


def test_the_drawing_shows_what_is_known(tmp_path: Path) -> None:
    """Stages, counts, events against the truth, latencies against the budget, and where else to look."""
    text, place = text_of(two_windows_later(), tmp_path, 160.0)
    for text_shown in (
        "running", "60 s", "newest sample 0.3 s old", "N2 detected, N2 in truth", "2 in truth", "1 found (50%)",
        "1 missed", "1 false", "1 beside faint ones", "F7-T7", "0.97", "-123", "250", "12.0", "5.0", "9.5", "0 missed",
        place.page, place.metrics, f"127.0.0.1 port {place.config.publish.port}", "spikewatch/v1/demo/bed-1/#", NOTICE,
    ):  # fmt: skip
        assert text_shown in text, text_shown


def test_the_first_drawing_shows_that_nothing_is_known(tmp_path: Path) -> None:
    """Before the first scrape."""
    text, _ = text_of(Watched(began_s=0.0), tmp_path, 1.0)
    assert "the detector is getting ready" in text
    assert "not yet known detected" in text
