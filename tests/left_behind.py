"""What a run of the tests must not leave behind: processes, samples in shared memory, ports on which it listens."""

import os
import sys
import time
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from stream.logbook.samplelog import SHARED_MEMORY

MARK: Final = "PYTEST_RUN_MARK"
"""Environment variable by which every process that a run starts, and what that starts in turn, is known.

Not SPIKEWATCH_ANYTHING: that would be a key of the configuration.
"""

PATIENCE_S: Final = 10.0
"""What was told to end at the very end may still be ending."""

LISTENS: Final = "0A"
"""The state of a listening socket in /proc/net/tcp."""


def mark() -> None:
    """Give this run a mark of its own, which its workers and all that they start inherit."""
    os.environ[MARK] = uuid.uuid4().hex


def rings() -> set[Path]:
    """Return the sample logs in shared memory, of whichever run."""
    # Not the locks: they hold no samples, and a run beside this one may have ended and not yet taken its lock away.
    return {path for path in SHARED_MEMORY.glob("spikewatch-*") if path.suffix != ".lock"}


def left_behind(known: set[Path]) -> list[str]:
    """Describe processes and shared memory that this run left, a line each; wait for what is still ending.

    `known` rings were there before the run.
    """
    until_s = time.monotonic() + PATIENCE_S
    while (found := [*_processes(), *_unused(rings() - known)]) and time.monotonic() < until_s:
        time.sleep(0.1)
    return found


def listening() -> list[str]:
    """Describe the TCP ports on which this very process listens; those of other processes end with them."""
    own = set(_targets(Path("/proc/self/fd")))
    rows = [line.split() for line in Path("/proc/self/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
    ports = [int(row[1].split(":")[1], 16) for row in rows if row[3] == LISTENS and f"socket:[{row[9]}]" in own]
    return [f"port {port} is still listened on" for port in ports]


def listeners(pids: Iterable[int]) -> set[str]:
    """Return the addresses on which some processes listen: IPv4 like "127.0.0.1:80", IPv6 as the kernel has them."""
    own = {target for pid in pids for target in _targets(Path(f"/proc/{pid}/fd"))}
    found = set[str]()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/self/net/{table}").read_text(encoding="ascii").splitlines()[1:]:
            row = line.split()
            if row[3] == LISTENS and f"socket:[{row[9]}]" in own:
                host, _, port = row[1].partition(":")
                # The kernel writes the four bytes as one number of this machine's own order.
                dotted = ".".join(map(str, int(host, 16).to_bytes(4, sys.byteorder))) if table == "tcp" else host
                found.add(f"{dotted}:{int(port, 16)}")
    return found


def _processes() -> Iterator[str]:
    wanted = f"{MARK}={os.environ[MARK]}".encode()
    for place in Path("/proc").glob("[0-9]*"):
        try:
            environment, words = (place / "environ").read_bytes(), (place / "cmdline").read_bytes().split(b"\0")
        except OSError:  # of another user, or gone meanwhile
            continue
        # The environment in /proc is that of the start: this process got its mark later, and is not found by it.
        if wanted in environment.split(b"\0") and not _is_of_pytest(words):
            yield f"process {place.name}: {b' '.join(words).decode(errors='replace').strip()}"


def _is_of_pytest(words: list[bytes]) -> bool:
    """Return whether it is a worker, which ends after this look, or what multiprocessing ends with its parent."""
    code = b" ".join(words)
    return b"exec(eval(sys.stdin.readline()))" in code or b"multiprocessing" in code


def _unused(paths: set[Path]) -> Iterator[str]:
    """Yield what no process holds: the rings of a demo or of tests beside this run are held by their own processes."""
    held = "\n".join(held for place in Path("/proc").glob("[0-9]*") for held in _held(place)) if paths else ""
    yield from (f"shared memory: {path}" for path in sorted(paths) if path.exists() and str(path) not in held)


def _held(place: Path) -> Iterator[str]:
    """Yield the files that a process has open, and, as text, those that it maps: a ring is closed once it is mapped."""
    yield from _targets(place / "fd")
    try:
        yield (place / "maps").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return


def _targets(place: Path) -> Iterator[str]:
    try:
        entries = list(place.iterdir())
    except OSError:
        return
    for entry in entries:
        try:
            yield str(entry.readlink())
        except OSError:
            continue
