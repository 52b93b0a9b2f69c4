"""When samples were taken: true over days, whatever the sender's rate and the host's clock do."""

from datetime import UTC, datetime, timedelta

import pytest

from stream.logbook.journal import Journal
from stream.logbook.night import night
from stream.logbook.timeline import ASTRAY_S, Anchor, JournalRecording, Timeline, note
from stream.records import Coverage
from tests.stream.logbook.journals import SOURCE, START

DAY_S = 86_400
RATE_HZ = SOURCE.rate_hz
BEGAN_S = START.timestamp()


def opened(journal: Journal, first_utc_s: float = BEGAN_S) -> int:
    """Open a recording whose first sample the wall clock dates so."""
    return journal.open_recording("bed-1", "uid", SOURCE, datetime.fromtimestamp(first_utc_s, UTC), 0.0, first_utc_s)


def follow(journal: Journal, ordinal: int, anchors: list[Anchor]) -> Timeline:
    """Tell the journal of samples one by one, as commits do, and return what it makes of them."""
    with journal._file.transaction() as database:
        for anchor in anchors:
            note(database, "bed-1", ordinal, anchor)
    [recording] = journal.recordings("bed-1")
    return recording.timeline


@pytest.mark.parametrize(
    ("true_hz", "most"),
    [(RATE_HZ, 0), (RATE_HZ * (1 + 50e-6), 25), (RATE_HZ * 1.001, 450), (RATE_HZ * 0.999, 450)],
    ids=["as-declared", "50-ppm", "a-thousandth-fast", "a-thousandth-slow"],
)
def test_a_sender_that_is_fast_or_slow_is_dated_right_all_day(journal: Journal, true_hz: float, most: int) -> None:
    """Every sample to ASTRAY_S and a commit's second, with few anchors; none where the rate is as declared."""
    seconds = range(10, DAY_S, 10)
    told = follow(journal, opened(journal), [Anchor(round(s * true_hz), BEGAN_S + s) for s in seconds])
    wrong = [abs(told.utc_s(round(s * true_hz)) - BEGAN_S - s) for s in range(3, DAY_S, 7)]
    assert max(wrong) < ASTRAY_S + 0.02
    assert len(told.anchors) - 1 <= most


def test_a_clock_that_is_set_moves_what_comes_after_it_alone(journal: Journal) -> None:
    """What was dated before keeps its time, as its events do."""
    set_s = 3600
    told = follow(
        journal,
        opened(journal, BEGAN_S + set_s),
        [Anchor(round(s * RATE_HZ), BEGAN_S + s + (set_s if s < 500 else 0)) for s in range(1, 1000)],
    )
    assert [told.utc_s(round(s * RATE_HZ)) - BEGAN_S for s in (100, 499, 500, 900, 5000)] == [
        3700,
        4099,
        500,
        900,
        5000,
    ]
    assert len(told.anchors) == 2


def test_a_sample_is_found_by_its_time() -> None:
    """The later one where the clock was set back, the first one before there was any."""
    taken = Timeline([Anchor(0, 100.0), Anchor(1000, 150.0)], 10.0)
    assert [taken.sample_at(at) for at in (50.0, 100.0, 120.04, 149.0, 150.0, 175.0)] == [0, 0, 200, 490, 1000, 1250]


def test_an_older_anchor_changes_nothing(journal: Journal) -> None:
    """A commit that is made again after a restart tells of samples that are dated already."""
    ordinal = opened(journal)
    anchors = [Anchor(1000, BEGAN_S + 9.0), Anchor(500, BEGAN_S + 77.0), Anchor(1000, BEGAN_S + 77.0)]
    assert follow(journal, ordinal, anchors).anchors == [Anchor(0, BEGAN_S), anchors[0]]


def test_a_recording_has_the_times_of_its_ends() -> None:
    """By the anchors before them."""
    one = JournalRecording(1, "uid", 2560, Timeline([Anchor(0, 100.0), Anchor(256, 90.0)], 256.0))
    assert (one.began_s, one.ended_s) == (100.0, 99.0)


@pytest.mark.parametrize("first_error_s", [-DAY_S, -3600, 0, 3600])
def test_a_night_lies_right_after_a_week_with_a_fast_sender_and_a_clock_that_was_wrong_at_the_start(
    journal: Journal, first_error_s: int
) -> None:
    """What was not analysed is where it was, a night is as long as it is, and the newest sample is of now."""
    true_hz, week_s = RATE_HZ * 1.001, 7 * DAY_S
    ordinal = opened(journal, BEGAN_S + first_error_s)
    follow(journal, ordinal, [Anchor(round(s * true_hz), BEGAN_S + s) for s in range(60, week_s + 1, 60)])
    lost, back, end = (round(s * true_hz) for s in (week_s - 3600, week_s - 3000, week_s))
    pieces = [(0, lost, "analysed"), (lost, back, "rejected"), (back, end, "analysed")]
    journal.commit("bed-1", ordinal, end, [Coverage(first, last, fate, "") for first, last, fate in pieces])  # type: ignore[arg-type]
    now = START + timedelta(seconds=week_s)
    last_12_h = night(journal, "bed-1", now - timedelta(hours=12))
    assert last_12_h.seconds == pytest.approx(43_200, abs=0.3)
    [rejected] = last_12_h.lost
    assert rejected == pytest.approx((39_600, 40_200), abs=0.3)
    until = journal.watched_until("bed-1")
    assert until is not None
    assert (until - now).total_seconds() == pytest.approx(0, abs=0.3)
