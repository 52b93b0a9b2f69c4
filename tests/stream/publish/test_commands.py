"""Commands from strangers: a schema, a size, no effect but a replay, and a line in the journal."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stream.logbook.journal import Outgoing
from stream.logbook.parent_journal import ParentJournal
from stream.publish.commands import handle_command
from stream.publish.outbox import Outbox
from tests.stream.failing_journal import FULL, FailingJournal

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Bed:
    """An outbox, and the journal behind it."""

    def __init__(self, journal: FailingJournal, parent_journal: ParentJournal) -> None:
        self.journal = journal
        self.outbox = Outbox("bed-1", parent_journal)
        self._parent_journal = parent_journal

    async def handle(self, name: str, payload: bytes) -> dict[str, Any]:
        """Handle a command; return the detail of the audit line that it leaves."""
        await handle_command(self.outbox, name, payload)
        await self._parent_journal.flush(10)
        detail: dict[str, Any] = self.journal.newest("bed-1", "audit", 1)[0]["detail"]
        return detail


@pytest.fixture
async def bed(tmp_path: Path) -> AsyncIterator[Bed]:
    """Make a bed with three acknowledged messages."""
    journal = FailingJournal(tmp_path / "journal.db")
    journal.post("bed-1", [Outgoing(str(n), "ied", "event/ied", {"seq": 0}, False, NOW) for n in range(3)])
    # Acknowledged, so that what is pending later is what the command brought.
    journal.acknowledge([message.rowid for message in journal.pending("bed-1", 9)], 0)
    posted_fd = os.eventfd(0, os.EFD_NONBLOCK)
    parent_journal = ParentJournal(journal, posted_fd)
    yield Bed(journal, parent_journal)
    parent_journal.stop()
    journal.close()
    os.close(posted_fd)


async def test_a_replay_brings_back_the_range_that_exists(bed: Bed) -> None:
    """Numbers beyond the newest are not an error: a subscriber may not know it."""
    detail = await bed.handle("replay", b'{"from_seq": 2, "to_seq": 9}')
    pending = bed.outbox.pending(9)
    assert [(message.seq, message.topic) for message in pending] == [
        (2, "event/ied"), (3, "event/ied"), (4, "event/audit"),
    ]  # fmt: skip
    assert detail == {"command": "replay", "from_seq": "2", "to_seq": "9", "messages": "2"}


@pytest.mark.parametrize(
    ("name", "payload", "reason"),
    [
        ("format_disk", b"{}", "no such command"),
        ("replay", b"not json", "Invalid JSON"),
        ("replay", b'{"from_seq": 1}', "Field required"),
        ("replay", b'{"from_seq": "1", "to_seq": 2}', "valid integer"),
        ("replay", b'{"from_seq": 3, "to_seq": 2}', "to_seq must be"),
        ("replay", b'{"from_seq": 1, "to_seq": 90000}', "to_seq must be"),
        ("replay", b'{"from_seq": 1, "to_seq": 2, "then": "x"}', "Extra inputs"),
        # Valid JSON behind the blanks: only the length can refuse it.
        ("replay", b" " * 2000 + b'{"from_seq": 1, "to_seq": 2}', "longer than 1024 bytes"),
    ],
)
async def test_m13_whatever_else_is_refused_with_its_reason(bed: Bed, name: str, payload: bytes, reason: str) -> None:
    """Nothing is sent again; the refusal is written down without the stranger's words."""
    assert reason in (await bed.handle(name, payload))["refused"]
    assert [message.topic for message in bed.outbox.pending(9)] == ["event/audit"]


# One bed serves all examples: each counts from where the one before ended.
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(), payload=st.binary(max_size=2000))
async def test_m13_nothing_a_stranger_sends_raises(bed: Bed, name: str, payload: bytes) -> None:
    """Any topic and any bytes end in one line of the journal."""
    before = bed.journal.last_seq("bed-1")
    await bed.handle(name, payload)
    assert bed.journal.last_seq("bed-1") == before + 1


async def test_a_replay_from_a_journal_that_is_full_is_refused(bed: Bed) -> None:
    """The asking is written down as soon as that can be done."""
    bed.journal.full = True
    await handle_command(bed.outbox, "replay", b'{"from_seq": 1, "to_seq": 2}')
    # The next command's audit line also brings this one's, which waited.
    bed.journal.full = False
    assert await bed.handle("other", b"") == {"command": "unknown", "refused": "there is no such command"}
    audits = [payload["detail"] for payload in bed.journal.newest("bed-1", "audit", 2)]
    assert audits[1] == {"command": "replay", "refused": FULL}
