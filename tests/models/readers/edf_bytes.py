"""EDF files with bytes of their header or records changed."""

from pathlib import Path

from models.readers.recording import Recording, read
from tests.models.datasets.edfplus import LIST_BYTES, SECONDS


def written(path: Path, content: bytes) -> Recording:
    """Write a file and read it."""
    path.write_bytes(content)
    return read(path)


def later(content: bytes, record: int, seconds: int) -> bytes:
    """Return a file whose records from `record` on say that they are so much later."""
    for k in range(SECONDS - 1, record - 1, -1):
        old, new = (f"+{time_s}\x14\x14\x00".encode() for time_s in (k, k + seconds))
        content = content.replace(old + b"\0" * (len(new) - len(old)), new, 1)
    return content


def stated(content: bytes, at: int, text: bytes) -> bytes:
    """Return a file with another text in its header."""
    return content[:at] + text + content[at + len(text) :]


def paced(content: bytes, step_s: float) -> bytes:
    """Return a file whose records say that they begin so far apart."""
    for record in range(SECONDS - 1, -1, -1):
        old, new = (f"+{time_s:g}\x14\x14\x00".encode() for time_s in (record, record * step_s))
        at = content.index(old)
        notes = (new + content[at + len(old) : at + LIST_BYTES]).ljust(LIST_BYTES, b"\0")[:LIST_BYTES]
        content = stated(content, at, notes)
    return content
