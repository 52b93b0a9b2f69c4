"""The parent's end of a child's report pipe: whole lines, and a limit on the child's silence."""

import asyncio
import os
from types import TracebackType

import structlog

READ_BYTES = 1 << 16
LONGEST_LINE = 1 << 20

_log = structlog.get_logger()


class ReportPipe:
    """Reads lines from the reading end of a pipe; closes it when the block is left."""

    def __init__(self, read_fd: int) -> None:
        os.set_blocking(read_fd, False)
        self._fd = read_fd
        self._line = bytearray()
        self._readable = asyncio.Event()

    def __enter__(self) -> "ReportPipe":
        asyncio.get_running_loop().add_reader(self._fd, self._readable.set)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # The loop must forget the number before it is free: the next pipe may get the same one.
        asyncio.get_running_loop().remove_reader(self._fd)
        os.close(self._fd)

    async def lines(self, patience_s: float) -> list[bytes] | None:
        """Return the whole lines that came, perhaps none of them whole yet; None once the child closed its end.

        Raises
        ------
        TimeoutError
            if nothing lies in the pipe after `patience_s`
        """
        read = None
        try:
            async with asyncio.timeout(patience_s):
                while read is None:
                    await self._readable.wait()
                    read = self._read()
        except TimeoutError:
            # The kernel decides, not the timer: while the parent was held, reports waited here and the timer ran out.
            read = self._read()
            if read is None:
                raise
        return self._split(read) if read else None

    def _read(self) -> bytes | None:
        """Return what lies in the pipe, None if nothing does, an empty string if its writer is gone."""
        self._readable.clear()
        try:
            return os.read(self._fd, READ_BYTES)
        except BlockingIOError:
            # The loop may have seen bytes that the read before this one took.
            return None

    def _split(self, read: bytes) -> list[bytes]:
        *whole, rest = (bytes(self._line) + read).split(b"\n")
        if len(rest) > LONGEST_LINE:
            # A child that never ends its line must not fill the parent's memory.
            _log.error("a report without an end was dropped", bytes=len(rest))
            rest = b""
        self._line = bytearray(rest)
        return [line for line in whole if line]
