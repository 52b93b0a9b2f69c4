"""The two halves of a record, compared."""

import math
from datetime import UTC, datetime

import pytest

from stream.findings import Findings, Stretch
from stream.report.stability import stability

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def found(*events: tuple[float, str], lost: tuple[Stretch, ...] = (), recording: int = 1) -> Findings:
    """Make findings of 100 s with events at some seconds, of clusters and of channels of the same letter."""
    made = tuple({"time_s": at, "cluster": f"{recording}-{name}", "lead_channel": name} for at, name in events)
    return Findings("bed-1", BEGAN, 100.0, made, (), lost)


def test_halves_are_of_the_analysed_time() -> None:
    """60 s in the middle were lost: the halves are the first and the last 20 s."""
    answer = stability(found((10, "a"), (19, "a"), (81, "a"), (90, "b"), lost=(Stretch(20, 60, "missing", "gap"),)))
    assert answer.half_h == 20 / 3600
    assert answer.counts == {"1-a": (2, 1), "1-b": (0, 1)}


def test_the_rank_correlation_is_spearmans() -> None:
    """4, 2, 1 events and then 3, 1, 2: ranks 3 2 1 and 3 1 2, which correlate with 1 - 6 * 2 / 24."""
    first = [(k, name) for k, name in enumerate("aaaabbc")]
    second = [(60 + k, name) for k, name in enumerate("aaabcc")]
    answer = stability(found(*first, *second))
    assert answer.spearman == pytest.approx(0.5)
    assert answer.same_first


def test_of_two_foci_no_correlation_is_told() -> None:
    """They agree by chance every second time."""
    answer = stability(found((1, "a"), (2, "a"), (3, "b"), (60, "b"), (61, "b"), (62, "a")))
    assert math.isnan(answer.spearman)
    assert not answer.same_first
    assert answer.first_since_s is None


def test_since_when_the_first_one_is_the_first() -> None:
    """Who takes the lead, and keeps it: with its third event, or with its second where the other has one alone."""
    assert stability(found((1, "a"), (20, "b"), (30, "b"), (40, "a"), (50, "b"))).first_since_s == 50
    assert stability(found((1, "a"), (20, "b"), (30, "b"), (50, "b"))).first_since_s == 30


def test_clusters_of_two_recordings_are_compared_by_their_channels() -> None:
    """Cluster 1 of one recording is not cluster 1 of the next."""
    one, other = found((1, "a")), found((60, "a"), recording=2)
    answer = stability(Findings("bed-1", BEGAN, 100.0, one.events + other.events, (), ()))
    assert (answer.by, answer.counts) == ("lead channel", {"a": (1, 1)})


def test_no_event_is_no_ranking() -> None:
    """Nothing fails where nothing was found."""
    answer = stability(found())
    assert (answer.counts, answer.same_first, answer.first_since_s) == ({}, False, None)
