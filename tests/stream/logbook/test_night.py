"""A bed's last hours in the journal on one time line."""

from datetime import timedelta
from pathlib import Path

import pytest

from stream.logbook.journal import Journal, Outgoing
from stream.logbook.night import NOTHING, night
from stream.records import Coverage
from tests.stream.logbook.journals import SOURCE, START

RATE_HZ = round(SOURCE.rate_hz)


def outgoing(kind: str, seconds: float) -> Outgoing:
    """Make a message of something that happened so long after START."""
    payload = {"stage": "N2"}
    utc = START + timedelta(seconds=seconds)
    return Outgoing(f"{kind}-{seconds}", kind, f"x/{kind}", payload, retain=False, utc=utc)  # type: ignore[arg-type]


def test_recordings_lie_on_one_time_line(tmp_path: Path) -> None:
    """What was lost within one, and the time between two, is told; what was before is cut off, also of a loss."""
    journal = Journal(tmp_path / "journal.db")
    for number, (first_s, pieces) in enumerate({0: (40, 45, 100), 150: (0, 5, 20)}.items()):
        began = START + timedelta(seconds=first_s)
        ordinal = journal.open_recording("bed-1", f"uid-{number}", SOURCE, began, 0.0, began.timestamp())
        lost, again, end = (seconds * RATE_HZ for seconds in pieces)
        coverage = [
            Coverage(0, lost, "analysed", ""), Coverage(lost, again, "missing", "gap"),
            Coverage(again, end, "analysed", ""),
        ]  # fmt: skip
        found = [outgoing("ied", first_s + 12.5), outgoing("sleep", first_s + 15)]
        journal.commit("bed-1", ordinal, end, [one for one in coverage if one.end > one.first], found)
    whole = night(journal, "bed-1", START - timedelta(hours=1))
    assert whole.seconds == pytest.approx(170)
    assert list(whole.stages) == [(15.0, "N2"), (165.0, "N2")]
    assert list(whole.peaks_s) == [12.5, 162.5]
    assert [edge for lost in whole.lost for edge in lost] == pytest.approx([40, 45, 100, 150, 150, 155])
    late = night(journal, "bed-1", START + timedelta(seconds=20))
    assert [late.seconds, *late.peaks_s, *late.lost[0]] == pytest.approx([150, 142.5, 20, 25])
    within = night(journal, "bed-1", START + timedelta(seconds=42))
    assert [edge for lost in within.lost for edge in lost] == pytest.approx([0, 3, 58, 108, 108, 113])
    behind = night(journal, "bed-1", START + timedelta(seconds=50))
    assert [edge for lost in behind.lost for edge in lost] == pytest.approx([50, 100, 100, 105])
    assert night(journal, "bed-2", START) == NOTHING
    journal.close()
