"""Events an hour and hypnogram: exact rates, and what was not analysed in sight."""

from datetime import UTC, datetime

from stream.findings import Findings, StageSpan, Stretch
from stream.report.over_time import hypnogram, timeline

BEGAN = datetime(2026, 1, 1, 22, 0, tzinfo=UTC)
LOST = (Stretch(900.0, 450.0, "missing", "gap"), Stretch(1800.0, 900.0, "rejected", "signal"))
FOUND = Findings(
    "bed-1",
    BEGAN,
    30000.0,
    ({"time_s": 10.0}, {"time_s": 899.0}, {"time_s": 1400.0}),
    (StageSpan(0.0, 600.0, "W"), StageSpan(600.0, 300.0, "R")),
    LOST,
)


def test_pictures_show_gaps_and_times() -> None:
    """Two hatched stretches, hours under them, a line for each stage."""
    for picture, fill in ((timeline(BEGAN, FOUND), "lost-1"), (hypnogram(BEGAN, FOUND), "lost-2")):
        assert picture.count(f"url(#{fill})") == 2
        assert all(f">{hour}:00<" in picture for hour in ("22", "23", "00"))
    assert hypnogram(BEGAN, FOUND).count('stroke-width="3.0"') == 1


def test_thousands_of_short_gaps_make_no_large_page() -> None:
    """What touches on paper is drawn once."""
    gaps = tuple(Stretch(float(at), 0.5, "missing", "gap") for at in range(0, 30000, 10))
    assert timeline(BEGAN, Findings("bed-1", BEGAN, 30000.0, (), (), gaps)).count("<rect") < 10
