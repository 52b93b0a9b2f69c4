"""`events --summary`: a night in the journal, summed up."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stream.cli.summary import print_summary
from stream.logbook.journal import Journal, Outgoing
from stream.logbook.journal_reader import JournalReader
from stream.records import Coverage
from tests.stream.logbook.journals import SOURCE, START

EVER = datetime.min.replace(tzinfo=UTC)
RATE_HZ = round(SOURCE.rate_hz)


@pytest.fixture
def journal(tmp_path: Path) -> JournalReader:
    """Fill a journal: ten minutes awake, ten of N2 with a spike in every second second, 60 s of them lost."""
    writer = Journal(tmp_path / "journal.db")
    recording = writer.open_recording("bed-1", "uid-1", SOURCE, START, 0.0, START.timestamp())
    messages = [outgoing("sleep", 30.0 * (k + 1), "W" if k < 20 else "N2") for k in range(40)]
    messages += [outgoing("ied", second + 0.5) for second in range(600, 1200, 2) if not 900 <= second < 960]
    pieces = [
        Coverage(0, 900 * RATE_HZ, "analysed", ""),
        Coverage(900 * RATE_HZ, 960 * RATE_HZ, "missing", "gap"),
        Coverage(960 * RATE_HZ, 1200 * RATE_HZ, "analysed", ""),
    ]
    writer.commit("bed-1", recording, 1200 * RATE_HZ, pieces, messages)
    writer.close()
    return JournalReader(tmp_path / "journal.db")


def outgoing(kind: str, seconds: float, stage: str = "") -> Outgoing:
    """Make a message of something that happened so long after START."""
    utc = START + timedelta(seconds=seconds)
    payload = {"id": f"{kind}-{seconds}", "utc": utc.isoformat(), "epoch_end_utc": utc.isoformat(), "stage": stage}
    return Outgoing(f"{kind}-{seconds}", kind, f"x/{kind}", payload, retain=False, utc=utc)  # type: ignore[arg-type]


def test_a_night_is_summed_up(journal: JournalReader, capsys: pytest.CaptureFixture[str]) -> None:
    """Half of the analysed seconds of N2 have a spike; a program gets every figure."""
    print_summary(journal, ["bed-1", "bed-2"], EVER, as_json=True)
    one, other = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert one["stages"]["N2"] == {"seconds": 600, "analysed_s": 540, "spikes": 270, "per_h": 1800.0}
    assert one["stages"]["W"]["spikes"] == 0
    assert one["spike_wave_index"]["nrem"] == {"percent": 50.0, "analysed_s": 540, "coverage": 0.9}
    assert one["spike_wave_index"]["first_100_s_n2"] == {"percent": 50.0, "analysed_s": 100, "coverage": 1.0}
    assert other["spike_wave_index"]["nrem"] == {"percent": None, "analysed_s": 0, "coverage": 0.0}


def test_a_person_gets_two_tables(journal: JournalReader, capsys: pytest.CaptureFixture[str]) -> None:
    """Stages, and the index by each definition."""
    print_summary(journal, ["bed-1"], EVER, as_json=False)
    out = capsys.readouterr().out
    for words in ("N2", "1800.0", "first 100 s of N2", "first 10 min of NREM", "all NREM", "NREM of cycle 1", "90 %"):
        assert words in out
