"""A bed's audit entries name each other, so that a later change shows."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from stream.logbook.audit_chain import Chain, chain_of
from stream.logbook.journal import Journal
from stream.logbook.purge import planned, purge
from stream.schema.outgoing import audit_outgoing
from tests.stream.logbook.journals import START, message, sole_connection

ACTIONS = ("start", "source_accepted", "command", "reload", "stop")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """Write five entries of a bed with an event between each two, so numbers 1, 3, 5, 7, 9; and one of another bed."""
    opened = Journal(tmp_path / "journal.db")
    for number, action in enumerate(ACTIONS):
        entry = audit_outgoing("bed-1", action, {"number": str(number)}, START + timedelta(days=number))
        opened.post("bed-1", [entry, message(number)])
        opened.post("bed-2", [audit_outgoing("bed-2", action, {}, START)][:1] if action == "start" else [])
    yield opened
    opened.close()


def tampered(journal: Journal, statement: str) -> Chain:
    """Change the file behind the journal's back, as another program would, and follow the chain."""
    with closing(sqlite3.connect(journal.path)) as file, file:
        assert file.execute(statement).rowcount == 1
    return chain_of(journal.audit_texts("bed-1"))


def test_each_entry_names_the_hash_of_the_one_before_it(journal: Journal) -> None:
    """As anyone computes it who has what was published; each bed has a chain of its own."""
    texts = [one.payload for one in journal.pending("bed-1", 99) if one.topic == "event/audit"]
    entries = [json.loads(text) for text in texts]
    assert [(entry["seq"], entry["previous_seq"]) for entry in entries] == [(1, 0), (3, 1), (5, 3), (7, 5), (9, 7)]
    assert [entry["previous_sha256"] for entry in entries] == [
        "", *(sha256(text.encode()).hexdigest() for text in texts[:-1])
    ]  # fmt: skip
    assert chain_of(texts) == Chain(5, sha256(texts[-1].encode()).hexdigest(), (), ())
    assert json.loads(journal.audit_texts("bed-2")[0])["previous_seq"] == 0
    assert chain_of([]) == Chain(0, "", (), ())


@pytest.mark.parametrize(
    ("statement", "changed", "missing"),
    [
        (
            "UPDATE messages SET payload = replace(payload, 'command', 'nothing') WHERE bed = 'bed-1' AND seq = 5",
            [5],
            [],
        ),
        # What an entry says of the one before it is part of its own text.
        (
            "UPDATE messages SET payload = json_set(payload, '$.previous_seq', 0) WHERE bed = 'bed-1' AND seq = 5",
            [5],
            [],
        ),
        ("DELETE FROM messages WHERE bed = 'bed-1' AND seq = 5", [], [5]),
        ("UPDATE messages SET kind = 'audit', payload = '{\"seq\": 6}' WHERE bed = 'bed-1' AND seq = 6", [6], []),
        # Where nothing stands before it, retention or a purge may have been there.
        ("DELETE FROM messages WHERE bed = 'bed-1' AND seq = 1", [], []),
    ],
)
def test_what_was_changed_taken_out_or_put_in_shows(
    journal: Journal, statement: str, changed: list[int], missing: list[int]
) -> None:
    """By the number of the entry."""
    chain = tampered(journal, statement)
    assert (list(chain.changed), list(chain.missing)) == (changed, missing)


def test_a_purge_leaves_a_whole_chain_that_names_what_it_took(journal: Journal) -> None:
    """Its own entry vouches for the newest one, the oldest that stays for the last one that went."""
    database = sole_connection(journal.path)
    gone = journal.audit_texts("bed-1")[1]
    plan = planned(journal, database, "bed-1", START + timedelta(days=1, hours=1))
    purge(journal, database, plan, audit_outgoing("bed-1", "purge", plan.detail, START + timedelta(days=9)))
    texts = journal.audit_texts("bed-1")
    assert [json.loads(text)["action"] for text in texts] == ["command", "reload", "stop", "purge"]
    assert json.loads(texts[0])["previous_sha256"] == sha256(gone.encode()).hexdigest()
    assert (chain_of(texts).changed, chain_of(texts).missing) == ((), ())
    database.close()


def test_entries_from_before_the_chain_are_no_break() -> None:
    """A journal of an earlier version has some that name none; the first that names one begins the chain."""
    old = ['{"seq": 1}', '{"seq": 4}']
    first = json.dumps({"seq": 6, "previous_seq": 4, "previous_sha256": sha256(old[1].encode()).hexdigest()})
    assert chain_of([*old, first]) == Chain(3, sha256(first.encode()).hexdigest(), (), ())
