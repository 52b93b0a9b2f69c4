"""A real `acquire` process beside real LSL outlets, in a session of their own that no other test can see."""

import json
import os
import select
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from stream.config.keys import Acquire, Bed, Config, JournalFile
from stream.errors import RecordError
from stream.logbook.samplelog import SampleLogReader, ring_path
from stream.records import Chunk, Gap
from stream.schema.reports import AcquireReport, parse
from tests.stream.amplifier import Amplifier

# A session of its own and `machine` keep other outlets out of a test; level -3 leaves liblsl only fatal errors to log.
LSL_CONFIG = """[ports]
IPv6 = disable
[multicast]
ResolveScope = machine
[lab]
SessionID = {session}
[log]
level = -3
"""


class Acquiring:
    """Starts and ends the processes of one test; `follow` reads the sample log as a detector would."""

    def __init__(self, folder: Path) -> None:
        self.config_path = folder / "lsl_api.cfg"
        self.config_path.write_text(LSL_CONFIG.format(session=uuid.uuid4().hex))
        self.environment = {**os.environ, "LSLAPICFG": str(self.config_path)}
        self.folder = folder
        # One for all senders of a test: one that is started again goes on at the number that is due by then.
        self.epoch_s = time.monotonic()
        self.reports: list[AcquireReport] = []
        self.records: list[Chunk | Gap] = []
        self.samples = 0
        """Samples read from the log so far."""
        self.config = self.configured(Acquire(name="ward"))
        self._stack = ExitStack()
        self._pending = b""

    def __enter__(self) -> "Acquiring":
        """Open nothing yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """End every process and leave nothing in shared memory."""
        self._stack.close()
        # In /dev/shm, where pytest, which clears the test's own folder, would leave them.
        for suffix in (".ring", ".lock", ".new"):
            self.ring.with_suffix(suffix).unlink(missing_ok=True)

    @property
    def ring(self) -> Path:
        """Where the sample log is."""
        return ring_path(self.config, "bed-1")

    def configured(self, wanted: Acquire) -> Config:
        """Return a configuration of one bed that wants such a stream."""
        return Config(
            site="test", bed=[Bed(id="bed-1", acquire=wanted)], journal=JournalFile(path=self.folder / "j.db")
        )

    def amplifier(self, clock: Sequence[str] = (), ahead_s: float = 0.0, **how: object) -> "subprocess.Popen[bytes]":
        """Start an outlet; return once it sends. `clock` is a command that runs it with a clock that is `ahead_s`."""
        argument = Amplifier(epoch_s=self.epoch_s + ahead_s, **how).argument()  # type: ignore[arg-type]
        command = [*clock, sys.executable, "-m", "tests.stream.amplifier", argument]
        process = self._start(command, stdout=subprocess.PIPE)
        assert process.stdout is not None
        self._stack.callback(process.stdout.close)
        # Importing numpy and liblsl is not to count within the time that a test allows.
        # Behind what pylsl itself says of an id that it makes up.
        assert b"sending\n" in iter(process.stdout.readline, b"")
        return process

    def acquire(self, *, restarted: bool = False) -> "subprocess.Popen[bytes]":
        """Start the process under test."""
        report_fd, child_report_fd = os.pipe()
        wake_fd = os.eventfd(0, os.EFD_NONBLOCK)
        task = {
            "config": self.config.model_dump(mode="json"),
            "bed": "bed-1",
            "wake_fd": wake_fd,
            "report_fd": child_report_fd,
            "restarted": restarted,
        }
        command = [sys.executable, "-m", "stream.acquire"]
        process = self._start(command, stdin=subprocess.PIPE, pass_fds=(wake_fd, child_report_fd))
        # The child has its own; with this copy open the pipe would never end.
        os.close(child_report_fd)
        assert process.stdin is not None
        process.stdin.write(json.dumps(task).encode() + b"\n")
        process.stdin.close()
        self._stack.callback(os.close, report_fd)
        self._stack.callback(os.close, wake_fd)
        # Half a line of a killed process must not be put before the first report of the next.
        self.wake_fd, self._report_fd, self._pending = wake_fd, report_fd, b""
        return process

    def _start(self, command: list[str], **how: object) -> "subprocess.Popen[bytes]":
        process: subprocess.Popen[bytes] = subprocess.Popen(command, env=self.environment, **how)  # type: ignore[call-overload]
        # Called in reverse: killed first, then waited for.
        self._stack.callback(process.wait)
        self._stack.callback(process.kill)
        return process

    # 15 s: the longest pause between two searches (5 s), a search, and the start of a process on a busy host.
    def follow(self, enough: Callable[[], bool], within_s: float = 15.0) -> None:
        """Collect reports and read the log on each wake-up until `enough`; fail after `within_s`."""
        until_s = time.monotonic() + within_s
        while not enough():
            left_s = until_s - time.monotonic()
            assert left_s > 0, self.reports[-3:]
            ready, _, _ = select.select([self.wake_fd, self._report_fd], [], [], left_s)
            if self._report_fd in ready:
                self._take_reports()
            if self.wake_fd in ready:
                os.eventfd_read(self.wake_fd)
                self._take_records()

    def _take_reports(self) -> None:
        *lines, self._pending = (self._pending + os.read(self._report_fd, 65536)).split(b"\n")
        for line in lines:
            report = parse(line)
            assert isinstance(report, AcquireReport)
            self.reports.append(report)

    def _take_records(self) -> None:
        try:
            # Anew each time: a new recording is a new file at the same path.
            reader = SampleLogReader.open(self.ring)
        except RecordError:
            return
        end = self.records[-1].end if self.records else 0
        for record in reader.read(end, 100_000):
            # Whatever was done to the sender: each index of the log is a sample or in a gap, and none is both.
            assert record.first == end
            end = record.end
            self.records.append(record)
            # Counted here: a test asks at each of some thousand wake-ups.
            if isinstance(record, Chunk):
                assert record.samples.shape[1] == record.end - record.first
                self.samples += record.samples.shape[1]

    @property
    def state(self) -> str:
        """The state last reported."""
        return self.reports[-1].state if self.reports else ""

    @property
    def gaps(self) -> list[Gap]:
        """Gaps read from the log so far."""
        return [record for record in self.records if isinstance(record, Gap)]

    def numbers(self) -> list[tuple[int, int]]:
        """Pair the index of each sample with the number its sender gave it."""
        return [
            (record.first + offset, round(float(number)))
            for record in self.records
            if isinstance(record, Chunk)
            for offset, number in enumerate(record.samples[0])
        ]
