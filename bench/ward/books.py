"""The books of a ward after a bench: what was journalled, received and accounted for."""

from collections import defaultdict

from bench.latency.listener import Listener
from bench.ward.live import Ward
from stream.logbook.journal_file import JournalDatabase


def rows(ward: Ward, query: str, *values: str) -> list[tuple]:  # type: ignore[type-arg]
    """Ask the journal's file itself."""
    file = JournalDatabase(ward.place.config.journal.path, create=False)
    try:
        return file.rows(query, *values)
    finally:
        file.close()


def received(listener: Listener, bed: str) -> dict[str, set[int]]:
    """Return the journalled messages that came of a bed: the numbers that each id had."""
    found: defaultdict[str, set[int]] = defaultdict(set)
    for message in list(listener.messages):
        # Only what is journalled has an id; a command has neither.
        if f"/{bed}/" in message.topic and "id" in message.payload:
            found[message.payload["id"]].add(int(message.payload["seq"]))
    return found


def last_seq(ward: Ward, bed: str) -> int:
    """Return the newest number of a bed."""
    return ward.asked(lambda journal: journal.last_seq(bed))


def missing(ward: Ward, bed: str, listener: Listener) -> list[int]:
    """Return the numbers of journalled messages that never came."""
    journalled = rows(ward, "SELECT seq, id FROM messages WHERE bed = ? ORDER BY seq", bed)
    came = received(listener, bed)
    return [seq for seq, message_id in journalled if message_id not in came]


def clashes(listener: Listener, bed: str) -> int:
    """Count ids that came with two numbers, and numbers that came with two ids."""
    came = received(listener, bed)
    numbers = [number for of_id in came.values() for number in of_id]
    return sum(len(of_id) > 1 for of_id in came.values()) + len(numbers) - len(set(numbers))


def holes(ward: Ward, bed: str) -> int:
    """Count places where a recording's coverage does not follow, from 0 to its cursor."""
    found = 0
    for ordinal, cursor in rows(ward, "SELECT recording, sample FROM cursors WHERE bed = ?", bed):
        query = 'SELECT first, "end" FROM coverage WHERE bed = ? AND recording = ? ORDER BY first'
        pieces = rows(ward, query, bed, str(ordinal))
        reached = 0
        for first, stop in pieces:
            found += first != reached
            reached = stop
        found += reached != cursor
    return found


def fates(ward: Ward, bed: str) -> dict[str, int]:
    """Count the samples of all recordings of a bed by fate."""
    query = 'SELECT fate, sum("end" - first) FROM coverage WHERE bed = ? GROUP BY fate'
    return {fate: int(samples) for fate, samples in rows(ward, query, bed)}


def tracebacks(ward: Ward) -> list[str]:
    """Return the lines of `run`'s log that tell of an exception that nobody handled."""
    lines = (ward.place.folder / "run.log").read_text(encoding="utf-8", errors="replace").splitlines()
    return [line[:300] for line in lines if "Traceback" in line or '"exception"' in line][:20]


def last_lines(ward: Ward) -> list[str]:
    """Return the last lines of `run`'s log: why it ended."""
    text = (ward.place.folder / "run.log").read_text(encoding="utf-8", errors="replace")
    return [line[:300] for line in text.splitlines()[-5:]]
