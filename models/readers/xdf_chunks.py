"""The chunks of an XDF file, looked through before pyxdf reads them: what is damaged and not the EEG's is left out.

pyxdf believes every length (a wrong one takes all memory) and gives up the whole file for one header that is no XML, be
it a marker stream's. So lengths are checked here, XML is mended where characters alone are wrong, and a recorder that
was ended in the middle of a chunk costs that chunk. Sizes and tags are those of the XDF 1.0 specification (sccn/xdf).
"""

import io
import math
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from models.errors import AGAIN, RecordingError
from models.readers.xdf_headers import Shape, declared, xml_of

MAGIC: Final = b"XDF:"
FILE_HEADER, STREAM_HEADER, SAMPLES, CLOCK_OFFSET, STREAM_FOOTER = 1, 2, 3, 4, 6
OF_STREAMS: Final = frozenset({STREAM_HEADER, SAMPLES, CLOCK_OFFSET, STREAM_FOOTER})
LENGTH_BYTES: Final = frozenset({1, 4, 8})
TAIL_CHUNKS: Final = 4
"""A last chunk that lacks its end is no longer than the longest before it, so many times; else a length is damaged."""
NOTHING: Final = b"<info></info>"
CUT: Final = "ends within a chunk: the recorder was ended, or the file was cut off; what came before was read"


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk: its tag, and where its content begins and ends in the file."""

    tag: int
    begin: int
    end: int


@dataclass(slots=True)
class _Sieve:
    """Keeps the sound chunks; `changed` once anything was left out or mended. `remarks` say what."""

    file: BinaryIO
    shapes: dict[int, Shape] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)
    kept: list[tuple[int, bytes | Chunk]] = field(default_factory=list)
    remarks: dict[str, None] = field(default_factory=dict)
    changed: bool = False

    def add(self, chunk: Chunk) -> None:
        """Keep a chunk, mended if need be, or leave it out."""
        number = self._number(chunk) if chunk.tag in OF_STREAMS else 0
        mended = _ADDED[chunk.tag](self, chunk, number) if chunk.tag in _ADDED else chunk
        self.changed |= mended is not chunk
        if mended is not None:
            self.kept.append((chunk.tag, mended))

    def content(self, chunk: Chunk, most: int | None = None) -> bytes:
        """Return what a chunk holds, or its first `most` bytes."""
        self.file.seek(chunk.begin)
        size = chunk.end - chunk.begin
        return self.file.read(size if most is None else min(size, most))

    def _number(self, chunk: Chunk) -> int:
        return int.from_bytes(self.content(chunk, 4), "little")

    def file_header(self, chunk: Chunk, _number: int) -> bytes | Chunk:
        """Keep the file's header, or one without a word in it."""
        content = self.content(chunk)
        mended = xml_of(content)
        return chunk if mended == content else mended or NOTHING

    def stream_header(self, chunk: Chunk, number: int) -> bytes | Chunk | None:
        """Keep a stream's header that says what its samples are."""
        content = self.content(chunk)
        mended = xml_of(content[4:])
        try:
            self.shapes[number], whole = declared(mended)
        except (ValueError, KeyError) as problem:
            self.refused[number] = f"stream {number} does not say what its samples are ({problem}) and was left out"
            self.remarks[self.refused[number]] = None
            return None
        return chunk if whole == content[4:] else content[:4] + whole

    def stream_footer(self, chunk: Chunk, number: int) -> bytes | Chunk | None:
        """Keep a footer; of one that is no XML, only that there is one is known."""
        content = self.content(chunk)
        mended = xml_of(content[4:]) or NOTHING
        if number not in self.shapes:
            return None
        return chunk if mended == content[4:] else content[:4] + mended

    def samples(self, chunk: Chunk, number: int) -> Chunk | None:
        """Keep samples that fill their chunk: pyxdf would look for the next chunk where they end."""
        content = self.content(chunk)[4:]
        width = content[0] if content else 0
        if number not in self.shapes:
            if number not in self.refused:
                self.remarks[f"samples of a stream {number} that has no header were left out"] = None
            return None
        count, body = int.from_bytes(content[1 : 1 + width], "little"), content[1 + width :]
        room, shape = len(body), self.shapes[number]
        if width not in LENGTH_BYTES or count * shape.fewest_bytes > room or shape.size(body, count) != room:
            raise RecordingError(f"is cut off or damaged (a chunk of {room} bytes claims {count} samples); {AGAIN}")
        return chunk

    def clock_offset(self, chunk: Chunk, number: int) -> Chunk | None:
        """Keep a measurement of the clocks that is one."""
        content = self.content(chunk)[4:]
        sound = len(content) == struct.calcsize("<dd") and all(map(math.isfinite, struct.unpack("<dd", content)))
        return chunk if sound and number in self.shapes else None


_ADDED: Final[Mapping[int, Callable[[_Sieve, Chunk, int], bytes | Chunk | None]]] = {
    FILE_HEADER: _Sieve.file_header,
    STREAM_HEADER: _Sieve.stream_header,
    SAMPLES: _Sieve.samples,
    CLOCK_OFFSET: _Sieve.clock_offset,
    STREAM_FOOTER: _Sieve.stream_footer,
}


def sound(path: Path, file: BinaryIO) -> tuple[BinaryIO, tuple[str, ...]]:
    """Return a file that pyxdf can read, and what was left out of it; the file itself where nothing has to be.

    Raises
    ------
    RecordingError
        if a length is damaged, so that nobody knows where the next chunk begins, or samples are not as long as they say
    """
    sieve = _Sieve(file)
    for chunk in _chunks(file, path.stat().st_size, sieve):
        sieve.add(chunk)
    file.seek(0)
    return (_copied(sieve) if sieve.changed else file), tuple(sieve.remarks)


def _chunks(file: BinaryIO, size: int, sieve: _Sieve) -> Iterator[Chunk]:
    at, longest = len(MAGIC), 0
    file.seek(0)
    if file.read(len(MAGIC)) != MAGIC:
        raise RecordingError(f"does not begin as an XDF file does; {AGAIN}")
    while at < size:
        file.seek(at)
        head = file.read(1 + 8)
        width = head[0]
        length = int.from_bytes(head[1 : 1 + width], "little")
        begin, end = at + 1 + width + 2, at + 1 + width + length
        whole = width in LENGTH_BYTES and length >= 2
        if (not whole or end > size) and 0 < size - at <= TAIL_CHUNKS * longest and (whole or size - at < 16):
            sieve.remarks[CUT], sieve.changed = None, True
            return
        if not whole or end > size:
            raise RecordingError(f"is cut off or damaged (no whole chunk at byte {at}); {AGAIN}")
        file.seek(begin - 2)
        yield Chunk(int.from_bytes(file.read(2), "little"), begin, end)
        longest, at = max(longest, end - at), end


def _copied(sieve: _Sieve) -> BinaryIO:
    out = io.BytesIO()
    out.write(MAGIC)
    for tag, kept in sieve.kept:
        content = kept if isinstance(kept, bytes) else sieve.content(kept)
        out.write(b"\x04" + struct.pack("<IH", len(content) + 2, tag) + content)
    out.seek(0)
    return out
