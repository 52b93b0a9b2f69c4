"""The bench on training compares round by round."""

from bench.training import Speeds, summary


def test_ratios_are_of_the_same_round() -> None:
    """Ours over plain in each round, then the median: not the ratio of medians."""
    speeds = Speeds()
    # Ratios 2, 0.5 and 3; the ratio of the medians would be 3.
    for ours, plain in ((100, 50), (10, 20), (90, 30)):
        speeds.add("ours", ours)
        speeds.add("plain, 0 workers", plain)
    found = speeds.summaries()
    assert found["windows_per_s"]["ours"] == {"median": 90.0, "least": 10.0, "largest": 100.0}
    assert found["ours_over"] == {"plain, 0 workers": {"median": 2.0, "least": 0.5, "largest": 3.0}}


def test_a_summary_rounds() -> None:
    """To as many digits as asked for."""
    # The median is 1.25, and a half is rounded to the even digit.
    assert summary([1.26, 1.24], 1) == {"median": 1.2, "least": 1.2, "largest": 1.3}
