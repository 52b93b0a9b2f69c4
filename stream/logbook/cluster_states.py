"""Rows of clusters: the states of those that events changed, in the transaction that journals the events."""

from collections.abc import Mapping
from sqlite3 import Connection
from typing import Final

KEPT_RECORDINGS: Final = 16
"""Clusters of so many recordings of a bed are kept: a stream that begins anew again and again fills no disk."""


def keep_states(database: Connection, bed: str, recording: int, states: Mapping[int, bytes]) -> None:
    """Write the states of clusters, by number, over those that they had."""
    rows = [(bed, recording, number, state) for number, state in states.items()]
    database.executemany("INSERT OR REPLACE INTO clusters VALUES (?, ?, ?, ?)", rows)


def forget_old_states(database: Connection, bed: str, newest: int) -> None:
    """Delete the clusters of recordings long before the newest one."""
    database.execute("DELETE FROM clusters WHERE bed = ? AND recording <= ?", (bed, newest - KEPT_RECORDINGS))
