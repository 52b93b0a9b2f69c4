"""Times of marks, as people and programs write them, are seconds from the recording's start, or refused."""

import pytest

from models.datasets.mark_times import Extent, duration_s, from_origin, onsets_s
from models.errors import DataError

EVENING = Extent("2020-01-01T22:00:00", 60.0)
NIGHT = Extent("2020-01-01T22:00:00", 9 * 3600.0)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("8", 8.0), ("8.25", 8.25), ("00:00:08", 8.0), ("0:00:08.250", 8.25), ("00:00:08,25", 8.25), ("00:08.5", 8.5),
        ("22:00:08", 8.0), ("22:00:08.250", 8.25), ("10:00:08 PM", 8.0), ("2020-01-01 22:00:08.250000", 8.25),
        ("2020-01-01T22:00:08Z", 8.0), ("2020/01/01 22:00:08", 8.0), ("01.01.2020 22:00:08", 8.0),
        ("1.1.2020 22:00:08,25", 8.25), ("1970-01-01 00:00:08.250", 8.25),
    ],
)  # fmt: skip
def test_a_time_is_seconds_from_the_start(text: str, seconds: float) -> None:
    """Elapsed, of the clock, with a date, and as MNE-Python counts where there is none."""
    assert onsets_s([text], EVENING) == [pytest.approx(seconds)]


def test_all_times_of_a_table_say_together_what_they_are() -> None:
    """The last one of the clock lies in no recording that counts from its start; the night has a midnight."""
    assert onsets_s(["01:00:00", "23:30:00"], NIGHT) == [3 * 3600.0, 1.5 * 3600]
    assert onsets_s(["01:00:00", "08:30:00"], NIGHT) == [3600.0, 8.5 * 3600]
    assert onsets_s(["21:59:50", "22:00:08"], EVENING) == [-10.0, 8.0]
    with pytest.raises(DataError, match=r'the first is 01:00:00\) may be of the clock .*began at 22:00:00.*"clock"'):
        onsets_s(["01:00:00"], NIGHT)


def test_the_name_of_the_column_decides() -> None:
    """Where times would be right either way."""
    assert onsets_s(["01:00:00"], NIGHT, "clock") == [3 * 3600.0]
    assert onsets_s(["01:00:00"], NIGHT, "elapsed") == [3600.0]


@pytest.mark.parametrize(
    ("text", "extent", "said"),
    [
        ("22:00:08", Extent("", 60.0), "does not say when it began; write seconds"),
        ("2020-01-01 22:00:08", Extent("", 60.0), "does not say when it began; write seconds"),
        ("2021-01-01 22:00:08", EVENING, r"dates \(the first is 2021-01-01 22:00:08\) lie outside of the recording"),
        ("22:00:08", Extent("2020-01-01T22:00:00", 90_000.0), r"more than a day|may be of the clock"),
        ("10:00:08 pm", Extent("2020-01-01T22:00:00", 90_000.0), "more than a day; write dates"),
        ("01/02/2020 22:00:08", EVENING, "is no number of seconds, hh:mm:ss or date"),
        ("00:61:00", EVENING, "is no number"),
        ("soon", EVENING, "is no number"),
        ("inf", EVENING, "is no number"),
        ("", EVENING, "is no number"),
    ],
)
def test_what_nobody_can_place_is_refused(text: str, extent: Extent, said: str) -> None:
    """With what to write instead."""
    with pytest.raises(DataError, match=said):
        onsets_s([text], extent)


def test_a_recording_without_a_date_takes_times_from_its_start() -> None:
    """If they lie in it."""
    assert onsets_s(["00:00:08"], Extent("", 60.0)) == [8.0]


def test_seconds_may_count_from_another_time_than_the_start() -> None:
    """A file of annotations of a recording that began a minute before; the second of the start is its first sample."""
    assert onsets_s([from_origin(8.0, "2020-01-01T22:00:10", EVENING)], EVENING) == [18.0]
    assert onsets_s([from_origin(8.0, "2020-01-01T22:00:00", Extent("2020-01-01T22:00:00.5", 60.0))], EVENING) == [8.5]
    assert from_origin(8.0, "2020-01-01T22:00:10", Extent()) == "8.0"


def test_durations() -> None:
    """Seconds or hh:mm:ss, not below 0."""
    assert (duration_s("0.1"), duration_s("00:00:02")) == (0.1, 2.0)
    for text in ("-1", "2020-01-01"):
        with pytest.raises(DataError, match="is no number"):
            duration_s(text)
