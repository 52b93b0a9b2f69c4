"""The processes of a live ward: mosquitto, `spikewatch run`, and a sender for each bed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, TypeVar

from bench.latency.place import MOSQUITTO
from bench.machine import ROOT
from bench.ward.sender import Sender
from stream.config.keys import Acquire, Bed
from stream.config.load import load, to_toml
from stream.demo import place
from stream.demo.children import leashed
from stream.demo.place import HOST, RING_SUFFIXES, Place
from stream.logbook.journal_reader import JournalReader
from stream.logbook.samplelog import ring_path

BROKER_CONFIG: Final = """listener {port} 127.0.0.1
user root
allow_anonymous true
log_type error
"""
STOP_S: Final = 20.0
T = TypeVar("T")
Process = subprocess.Popen[bytes]


@dataclass(slots=True)
class Ward:
    """Everything that runs; a bench may kill any of it."""

    place: Place
    broker: Process | None = None
    running: Process | None = None
    senders: dict[str, Process] = field(default_factory=dict)

    @property
    def beds(self) -> list[str]:
        """The ids of the beds, each the name of its stream."""
        return [bed.id for bed in self.place.config.bed]

    def start_broker(self, more: str = "") -> None:
        """Start the broker, with more lines of configuration; it has forgotten everything."""
        port = self.place.config.publish.port
        path = self.place.folder / "mosquitto.conf"
        path.write_text(BROKER_CONFIG.format(port=port) + more, encoding="utf-8")
        self.broker = self._start([str(MOSQUITTO), "-c", str(path)], "mosquitto")

    def start_run(self) -> None:
        """Start `spikewatch run`."""
        words = ["-m", "stream.cli", "run", "--config", str(self.place.config_file)]
        self.running = self._start([sys.executable, *words], "run")

    def start_sender(self, bed: str) -> None:
        """Start a bed's sender."""
        argument = Sender(bed, 11 + self.beds.index(bed)).argument()
        self.senders[bed] = self._start([sys.executable, "-m", "bench.ward.sender", argument], f"sender-{bed}")

    def fault(self, bed: str, fault: str, seconds: float) -> None:
        """Have a sender spoil what it sends."""
        stdin = self.senders[bed].stdin
        assert stdin is not None  # noqa: S101  (a pipe was asked for)
        stdin.write(json.dumps({"fault": fault, "seconds": seconds}).encode() + b"\n")
        stdin.flush()

    def children(self, module: str = "") -> list[int]:
        """Return the ids of the processes of `run` that run a module; itself not among them."""
        assert self.running is not None  # noqa: S101  (asked once it runs)
        pid = self.running.pid
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        return [int(child) for child in listed if module in command(int(child))]

    def detector(self) -> int:
        """Return the id of the detector's process."""
        # Children are listed in order of their starts: behind it comes the spare one that waits for its end.
        return self.children("stream.detect")[0]

    def asked(self, question: Callable[[JournalReader], T]) -> T:
        """Ask the journal something."""
        journal = JournalReader(self.place.config.journal.path)
        try:
            return question(journal)
        finally:
            journal.close()

    def stop(self) -> None:
        """End everything, `run` first and in order."""
        for process in (self.running, *self.senders.values(), self.broker):
            end(process)

    def _start(self, words: list[str], name: str) -> Process:
        with (self.place.folder / f"{name}.log").open("ab") as log:
            # A bench that is killed leaves no sender behind, whose stream the next one would meet.
            return subprocess.Popen(
                leashed(words), cwd=ROOT, env=self.place.environment, stdin=subprocess.PIPE, stderr=log
            )


def end(process: Process | None, number: int = signal.SIGTERM) -> None:
    """End a process and wait for it; kill it if it takes too long."""
    if process is None or process.poll() is not None:
        return
    process.send_signal(number)
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def command(pid: int) -> str:
    """Return a process's command line, "" for one that is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except FileNotFoundError:
        return ""


@contextmanager
def live(beds: int, *, commands: bool = False) -> Iterator[Ward]:
    """Make a ward of so many beds, of which nothing runs yet; everything ends with the block, and nothing is left.

    `commands`: whether a subscriber may ask for messages again.
    """
    if MOSQUITTO is None:
        raise SystemExit("this bench needs the broker mosquitto: apt install mosquitto")
    with place.made() as made, ExitStack() as stack:
        names = [f"bed-{number}" for number in range(1, beds + 1)]
        table = [Bed(id=name, acquire=Acquire(name=name, source_id=name)) for name in names]
        publish = made.config.publish.model_copy(update={"protocol": "5", "host": HOST, "commands": commands})
        config = made.config.model_copy(update={"bed": table, "publish": publish})
        made.config_file.write_text(to_toml(config), encoding="utf-8")
        # Read back: what a model holds is not checked when it is copied.
        here = replace(made, config=load(made.config_file, environment={}))
        environment = {**here.environment, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        ward = Ward(replace(here, environment=environment))
        stack.callback(_forget, ward)
        stack.callback(ward.stop)
        yield ward


def until(true: Callable[[], object], within_s: float, what: str) -> float:
    """Wait for something that other processes bring about; return how long it took (s)."""
    began_s = time.monotonic()
    while not true():
        if time.monotonic() - began_s > within_s:
            raise SystemExit(f"not within {within_s:g} s: {what}")
        time.sleep(0.05)
    return time.monotonic() - began_s


def load_average() -> float:
    """Return the host's load over the last minute: what else it was busy with."""
    return round(os.getloadavg()[0], 1)


def _forget(ward: Ward) -> None:
    """Delete sample logs that a killed `run` left behind."""
    for bed in ward.beds:
        for suffix in RING_SUFFIXES:
            ring_path(ward.place.config, bed).with_suffix(suffix).unlink(missing_ok=True)
