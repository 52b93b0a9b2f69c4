"""The doctor on the audit: whole, changed, not to be read."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from stream.config.keys import Bed, Config, JournalFile
from stream.doctor.audit import check_audit
from stream.logbook.audit_chain import hash_of
from stream.logbook.journal import Journal
from stream.schema.outgoing import audit_outgoing

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def verdicts(config: Config) -> list[tuple[str, str]]:
    """Return each check's verdict and what it found."""
    return [(check.verdict, check.found) for check in check_audit(config)]


def test_a_chain_is_followed_and_its_break_fails(tmp_path: Path) -> None:
    """Nothing without a journal; the newest hash is shown, for it is what to note; then the entry that was changed."""
    config = Config(bed=[Bed(id="bed-1"), Bed(id="bed-2")], journal=JournalFile(path=tmp_path / "journal.db"))
    assert verdicts(config) == []
    journal = Journal(config.journal.path)
    journal.post("bed-1", [audit_outgoing("bed-1", action, {}, NOW) for action in ("start", "reload", "stop")])
    newest = hash_of(journal.audit_texts("bed-1")[-1])
    journal.close()
    assert verdicts(config) == [
        ("ok", f"bed-1: 3 entries, the newest with sha256 {newest}"), ("ok", "bed-2: 0 entries"),
    ]  # fmt: skip
    for change, found in (
        ("DELETE FROM messages WHERE seq = 2", ("warn", "bed-1: 2 entries, missing in between: seq 2")),
        ("UPDATE messages SET payload = json_set(payload, '$.previous_seq', 1) WHERE seq = 3",
         ("fail", "bed-1: 2 entries, changed: seq 1")),
    ):  # fmt: skip
        with closing(sqlite3.connect(config.journal.path)) as file, file:
            file.execute(change)
        assert verdicts(config)[0] == found


def test_a_file_that_is_no_journal_fails(tmp_path: Path) -> None:
    """In one line, as everywhere."""
    (tmp_path / "journal.db").write_bytes(b"no journal" * 500)
    [(verdict, found)] = verdicts(Config(bed=[Bed(id="bed-1")], journal=JournalFile(path=tmp_path / "journal.db")))
    assert verdict == "fail"
    assert "journal.db" in found
