"""Commands from strangers: a schema, a size, no effect but a replay, and a line in the journal."""

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stream.logbook.journal import Journal, Outgoing
from stream.publish.commands import handle_command
from stream.publish.outbox import Outbox

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
async def feed(tmp_path: Path) -> AsyncIterator[Outbox]:
    """Give a bed with three acknowledged messages."""
    journal = Journal(tmp_path / "journal.db")
    journal.post("bed-1", [Outgoing(str(n), "ied", "event/ied", {"seq": 0}, False, NOW) for n in range(3)])
    journal.acknowledge([message.rowid for message in journal.pending("bed-1", 9)], 0)
    with ThreadPoolExecutor(1) as thread:
        yield Outbox("bed-1", journal, thread)
    journal.close()


async def told(feed: Outbox) -> dict[str, Any]:
    """Give the detail of the newest audit line."""
    audits = list(feed._journal.events("bed-1", datetime(2000, 1, 1, tzinfo=UTC), "audit"))
    detail: dict[str, Any] = audits[-1]["detail"]
    return detail


async def test_a_replay_brings_back_the_range_that_exists(feed: Outbox) -> None:
    """Numbers beyond the newest are not an error: a subscriber may not know it."""
    await handle_command(feed, "replay", b'{"from_seq": 2, "to_seq": 9}')
    pending = feed.pending(9)
    assert [(message.seq, message.topic) for message in pending] == [
        (2, "event/ied"), (3, "event/ied"), (4, "event/audit"),
    ]  # fmt: skip
    assert await told(feed) == {"command": "replay", "from_seq": "2", "to_seq": "9", "messages": "2"}


@pytest.mark.parametrize(
    ("name", "payload", "says"),
    [
        ("format_disk", b"{}", "no such command"),
        ("replay", b"not json", "Invalid JSON"),
        ("replay", b'{"from_seq": 1}', "Field required"),
        ("replay", b'{"from_seq": "1", "to_seq": 2}', "valid integer"),
        ("replay", b'{"from_seq": 3, "to_seq": 2}', "to_seq must be"),
        ("replay", b'{"from_seq": 1, "to_seq": 90000}', "to_seq must be"),
        ("replay", b'{"from_seq": 1, "to_seq": 2, "then": "x"}', "Extra inputs"),
        ("replay", b" " * 2000 + b'{"from_seq": 1, "to_seq": 2}', "longer than 1024 bytes"),
    ],
)
async def test_whatever_else_is_refused_with_its_reason(feed: Outbox, name: str, payload: bytes, says: str) -> None:
    """Nothing is sent again; the refusal is written down without the stranger's words."""
    await handle_command(feed, name, payload)
    assert says in (await told(feed))["refused"]
    assert [message.topic for message in feed.pending(9)] == ["event/audit"]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(), payload=st.binary(max_size=2000))
async def test_nothing_a_stranger_sends_raises(feed: Outbox, name: str, payload: bytes) -> None:
    """Any topic and any bytes end in one line of the journal."""
    before = feed._journal.last_seq("bed-1")
    await handle_command(feed, name, payload)
    assert feed._journal.last_seq("bed-1") == before + 1
