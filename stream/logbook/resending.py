"""The SQL by which journalled messages are published again: on request, and after a broker that refused them."""

from typing import Final

# Not authorized, quota exceeded: the broker may take the same message later. Messages at which it hung up are never
# sent again.
_REFUSED: Final = "old.state = 'dead' AND old.reason_code IN (135, 151)"
# Otherwise the broker would hold yesterday's sleep stage as today's.
_AGAIN: Final = (
    "UPDATE messages AS old SET state = 'pending', retain = retain AND NOT EXISTS (SELECT 1 FROM messages "
    "AS newer WHERE newer.bed = old.bed AND newer.topic = old.topic AND newer.seq > old.seq) WHERE "
)

REPLAY: Final = _AGAIN + "bed = ? AND seq BETWEEN ? AND ?"
"""Messages of a bed from one number to another."""
_OPENED: Final = (
    "bed = (SELECT bed FROM messages WHERE rowid = ?1) AND topic = (SELECT topic FROM messages WHERE rowid = ?1)"
)
SAME_TOPIC: Final = f"{_AGAIN}{_REFUSED} AND {_OPENED}"
"""What was refused on the topic of a message that was taken: the topic is open."""
_FIRST: Final = f"SELECT min(rowid) FROM messages AS old WHERE {_REFUSED} AND bed = ? GROUP BY topic"  # noqa: S608  (constants alone)
OLDEST: Final = f"{_AGAIN}rowid IN ({_FIRST})"
"""The first of what was refused on each topic of a bed: a test whether the topic is open."""
