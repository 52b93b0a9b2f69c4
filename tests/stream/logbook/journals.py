"""Journals to test with, and messages whose ids follow from a number."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from stream.logbook.journal import Outgoing
from stream.logbook.journal_file import JournalDatabase
from stream.logbook.journal_reader import Kind
from stream.records import Source

START: Final = datetime(2026, 1, 1, tzinfo=UTC)
SOURCE: Final = Source("eeg", "EEG", "amp-1", "host", "uid-1", 256.0, "float32", ("Fp1",), ("uV",), ("EEG",))


def message(number: int, kind: Kind = "ied", *, retain: bool = False) -> Outgoing:
    """Make a message that happened `number` seconds after START."""
    # The journal puts its own number in place of the 0.
    payload = {"id": f"{kind}-{number}", "seq": 0, "latency_ms": {"journal": None, "total": None}}
    topic = {"ied": "event/ied", "sleep": "state/sleep"}[kind]
    return Outgoing(f"{kind}-{number}", kind, topic, payload, retain, START + timedelta(seconds=number))


def large_message(size: int, message_id: str = "large") -> Outgoing:
    """Make a message of at least so many bytes."""
    return Outgoing(message_id, "audit", "event/audit", {"detail": "x" * size}, retain=False, utc=START)


def wal(path: Path) -> Path:
    """Name the write-ahead log of a journal."""
    return path.with_name(path.name + "-wal")


def sole_connection(path: Path) -> JournalDatabase:
    """Open the file of a journal to ask what `Journal` has no question for."""
    return JournalDatabase(path, create=False)
