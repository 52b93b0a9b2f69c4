"""The chain of a bed's audit: each entry names the entry before it and its SHA-256, so that a later change shows.

The hash is of the payload's text, byte by byte as `event/audit` has it on the broker. Whoever can write the journal can
also write the chain anew; not, however, so that it ends in a hash that somebody else has kept: each entry that a broker
or a person has noted vouches for all entries before it.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from sqlite3 import Connection
from typing import Any, Final

_NEWEST: Final = (
    "SELECT seq, payload FROM messages WHERE rowid = "
    "(SELECT rowid FROM messages WHERE bed = ? AND kind = 'audit' ORDER BY seq DESC LIMIT 1)"
)
TEXTS: Final = "SELECT payload FROM messages WHERE bed = ? AND kind = 'audit' ORDER BY seq"


def text_of(database: Connection, bed: str, kind: str, payload: dict[str, Any]) -> str:
    """Return a message's text as the journal keeps it; that of an audit entry names the bed's entry before it."""
    if kind == "audit":
        for seq, text in database.execute(_NEWEST, (bed,)):
            payload = payload | {"previous_seq": seq, "previous_sha256": hash_of(text)}
    return json.dumps(payload)


def hash_of(text: str) -> str:
    """Return the SHA-256 of an entry's text."""
    return sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Chain:
    """What a bed's entries say of each other.

    `changed` holds the numbers of entries that are not what the next one names, or that no later one leads to;
    `missing` those that an entry names and that are not there, though older ones are. Before the oldest entry there may
    have been others: retention and purges take away from there. Nobody vouches for the newest one yet.
    """

    entries: int
    newest_sha256: str
    changed: tuple[int, ...]
    missing: tuple[int, ...]


def chain_of(texts: Iterable[str]) -> Chain:
    """Follow a bed's audit entries from the oldest to the newest."""
    changed: set[int] = set()
    missing: list[int] = []
    entries, before, before_sha256, linked = 0, 0, "", False
    for text in texts:
        entry = json.loads(text)
        named = int(entry.get("previous_seq", 0))
        if entries and named == before and entry["previous_sha256"] != before_sha256:
            changed.add(before)
        elif entries and named > before:
            missing.append(named)
        elif entries and named < before and (named or linked):
            # The entry names another one than the one before it, or none although the chain has begun.
            changed.add(before if named else int(entry["seq"]))
        linked = linked or bool(named)
        entries, before, before_sha256 = entries + 1, int(entry["seq"]), hash_of(text)
    return Chain(entries, before_sha256, tuple(sorted(changed)), tuple(missing))
