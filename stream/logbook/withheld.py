"""Candidates that did not become events, in a table of their own: they are neither published nor counted."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Connection
from typing import Final

from stream.logbook.journal_file import iso_utc
from stream.logbook.journal_reader import Payload

MOST_PER_H: Final = 600
"""Of one bed: some 250 MB a month at the most. At `journal.max_mb` they go before any message."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """Something below the bed's threshold: the id that its event would have had, when, and what is known of it."""

    id: str
    utc: datetime
    payload: Payload


def keep(database: Connection, bed: str, age_s: float, withheld: Sequence[Withheld]) -> None:
    """Write rows, each once; `age_s` is the journal's age, by which they are deleted again."""
    database.executemany(
        "INSERT INTO withheld (id, bed, at_utc, age_s, payload) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
        [(one.id, bed, iso_utc(one.utc), age_s, json.dumps(one.payload)) for one in withheld],
    )
