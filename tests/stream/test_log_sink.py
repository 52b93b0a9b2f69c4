"""Whoever logs never waits for the reader: what is too much is dropped and counted, and the rest comes in order."""

import os
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from stream import log_sink
from stream.log_sink import LogSink


@pytest.mark.fault
def test_p2_a_reader_that_does_not_read_holds_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe that is full: every write returns, what fits in memory is kept, the rest is told once somebody reads."""
    monkeypatch.setattr(log_sink, "MOST_BYTES", 100_000)
    reads, writes = os.pipe()
    # Full from the start: what the thread could pass on before would depend on how quick it was.
    full = os.write(writes, b"-" * (1 << 16))
    told: list[int] = []
    sink = LogSink(writes, told.append)
    lines = [f"{number:09d}" for number in range(30_000)]
    for line in lines:
        sink.write(line + "\n")
    # Ten bytes each.
    assert sink.dropped == 20_000
    got = b""
    # The last bytes may be read before it is told what was dropped: a read that waits would wait for good.
    os.set_blocking(reads, False)
    until_s = time.monotonic() + 30
    while not told or len(got) < full + 100_000:
        assert time.monotonic() < until_s
        with suppress(BlockingIOError):
            got += os.read(reads, 1 << 16)
    assert told == [20_000]
    assert got[full:].decode().splitlines() == lines[:10_000]
    os.close(reads)
    sink.write("nobody is left\n")
    sink.drain(10)
    os.close(writes)


PROGRAM = """
import sys, time
from stream import logs
import structlog
logs.set_up()
for number in range(3000):
    structlog.get_logger().info("line" * 250, number=number)
print("done", flush=True)
"""


@pytest.mark.fault
def test_p2_a_process_goes_on_and_ends_while_nobody_reads_its_log() -> None:
    """Three thousand lines of 1 kB: neither the pipe nor the memory takes all of them."""
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"done\n"
        assert process.wait(10) == 0


def test_what_is_written_at_the_end_is_not_lost() -> None:
    """A process that ends at once still says why."""
    program = "from stream import logs; import structlog; logs.set_up(); structlog.get_logger().error('last words')"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "last words" in ended.stderr
