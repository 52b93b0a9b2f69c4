"""A whole ward for tests: a broker, who listens to it, `spikewatch run`, and senders in an LSL session of their own."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import torch
from prometheus_client.parser import text_string_to_metric_families

from stream.cli.scoring import CHUNK_SAMPLES
from stream.config.keys import Bed, Config
from stream.config.load import load
from stream.logbook.journal_reader import JournalReader
from stream.logbook.samplelog import ring_path
from stream.score import score
from tests.ports import free_port
from tests.stream.acquire.acquire_process import LSL_CONFIG
from tests.stream.amplifier import Amplifier
from tests.stream.brokers import PATIENCE_S, Broker, Witness

ROOT = Path(__file__).parents[2]
SITE = "test"
T = TypeVar("T")
ENDS = """
[publish]
port = {mqtt}
[metrics]
port = {metrics}
[web]
port = {web}
[journal]
path = "{journal}"
"""


def bed(name: str, **acquire: str) -> str:
    """Write a [[bed]] that is bound to the stream of the same name."""
    keys = {"name": name, **acquire}
    lines = [f'{key} = "{value}"' for key, value in keys.items()]
    return "\n".join(["[[bed]]", f'id = "{name}"', "[bed.acquire]", *lines, ""])


def becomes(true: Callable[[], bool], within_s: float, what: str) -> None:
    """Wait for something that other processes bring about; PATIENCE_S unless the time itself is promised."""
    until_s = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < until_s, f"not within {within_s:g} s: {what}"
        time.sleep(0.05)


# Of a site's configuration only its name and the bed's settings decide what is found.
@cache
def scored(file: Path, bed_id: str) -> list[dict[str, Any]]:
    """Find the events of a file as `spikewatch score` does for a bed as `bed` writes it, on one thread as it does."""
    # The number of threads changes the order of sums, and with it the last bits of a probability.
    torch.set_num_threads(1)
    return score(Config(site=SITE, bed=[Bed(id=bed_id)]), file, CHUNK_SAMPLES, bed_id)


class LiveSystem:
    """Starts and ends everything; `beds` are [[bed]] tables as `bed` writes them."""

    def __init__(self, folder: Path, *beds: str) -> None:
        self.folder = folder
        self.broker = Broker(folder)
        self.metrics_port = free_port()
        self.journal_path = folder / "ward.db"
        ports = {"mqtt": self.broker.port, "metrics": self.metrics_port, "web": free_port()}
        text = "\n".join([f'site = "{SITE}"', *beds, ENDS.format(journal=self.journal_path, **ports)])
        self.config_path = folder / "config.toml"
        self.config_path.write_text(text, encoding="utf-8")
        self.config: Config = load(self.config_path, environment={})
        lsl = folder / "lsl_api.cfg"
        # A session of its own: streams of tests that run at the same time carry the same names.
        lsl.write_text(LSL_CONFIG.format(session=uuid.uuid4().hex), encoding="utf-8")
        # Such a variable of the developer's would override the test's configuration.
        clean = {key: value for key, value in os.environ.items() if not key.startswith("SPIKEWATCH_")}
        self.environment = {**clean, "LSLAPICFG": str(lsl), "PYTHONPATH": str(ROOT)}
        self._stack = ExitStack()

    def __enter__(self) -> "LiveSystem":
        """Start the broker, and somebody who listens."""
        self.broker.start()
        self._stack.callback(self.broker.kill)
        self.witness = self.listen()
        return self

    def __exit__(self, *_: object) -> None:
        """End every process and leave nothing in shared memory."""
        self._stack.close()
        for known in self.config.bed:
            # Rings lie in /dev/shm, where pytest removes nothing.
            for suffix in (".ring", ".lock", ".new"):
                ring_path(self.config, known.id).with_suffix(suffix).unlink(missing_ok=True)

    def listen(self) -> Witness:
        """Return a new subscriber, already subscribed."""
        witness = Witness(self.broker.port, f"witness-{uuid.uuid4().hex[:8]}")
        self._stack.callback(witness.close)
        return witness

    # ---- the processes ----

    def run(self, *words: str) -> "subprocess.Popen[bytes]":
        """Start `spikewatch run`; what it says on stderr stands in run.log."""
        log = self._stack.enter_context((self.folder / "run.log").open("wb"))
        command = ["-m", "stream.cli", "run", "--config", str(self.config_path), *words]
        self.running = self._start(command, stderr=log)
        return self.running

    def play(self, file: Path, name: str) -> "subprocess.Popen[bytes]":
        """Start `spikewatch replay`; it plays once somebody listens."""
        words = ["--name", name, "--source-id", name, "--wait", "120"]
        return self._start(["-m", "stream.cli", "replay", str(file), *words], stdout=subprocess.PIPE)

    def amplifier(self, **how: Any) -> None:  # noqa: ANN401 -- whatever an amplifier may be
        """Start a stand-in for an amplifier; return once it sends."""
        # LSL counts on the monotonic clock too, so sample 0 is due now.
        argument = Amplifier(epoch_s=time.monotonic(), **how).argument()
        process = self._start(["-m", "tests.stream.amplifier", argument], stdout=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline() == b"sending\n"

    def _start(self, words: list[str], **how: Any) -> "subprocess.Popen[bytes]":  # noqa: ANN401 -- as Popen has it
        process = subprocess.Popen([sys.executable, *words], cwd=ROOT, env=self.environment, **how)
        self._stack.callback(_end, process)
        return process

    def children(self, module: str = "stream.") -> list[int]:
        """Return the ids of the processes that `run` has started of a module."""
        pid = self.running.pid
        pids = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        return [int(child) for child in pids if module in _command(int(child))]

    def kill(self, module: str, bed_id: str = "") -> None:
        """Kill -9 a child of `run`; return when another stands in its place."""
        name = f"acquire-{bed_id}" if bed_id else "detect"
        # Read before the kill: the restart might be counted before the next look at the page.
        before = self.restarts(name)
        os.kill(self._child(module, bed_id), signal.SIGKILL)
        becomes(lambda: self.restarts(name) == before + 1, PATIENCE_S, f"{name} starts again")

    def _child(self, module: str, bed_id: str) -> int:
        """Find a child; of several acquires, the one that holds the lock of the bed's ring."""
        # All acquires have the same command line: what they do comes on stdin. Children stand in order of their starts:
        # behind the detector comes the one that waits for its end.
        return next(pid for pid in self.children(module) if not bed_id or _has_open(pid, f"-{bed_id}.lock"))

    # ---- what they say ----

    def scored(self, file: Path) -> list[dict[str, Any]]:
        """Find the events of a file as `spikewatch score` does for the first bed."""
        return scored(file, self.config.bed[0].id)

    def scrape(self) -> str:
        """Read the metrics page."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=PATIENCE_S) as answer:
            return str(answer.read().decode())

    def metric(self, name: str, **labels: str) -> float:
        """Read one sample of the metrics page."""
        for family in text_string_to_metric_families(self.scrape()):
            for sample in family.samples:
                if sample.name == name and labels.items() <= sample.labels.items():
                    return float(sample.value)
        raise AssertionError(f"no {name} {labels}")

    def judge(self, bed_id: str, target: str) -> str:
        """Accept an event or a cluster as the page does, and return the review's id."""
        click = json.dumps({"reviewer": "ann", "verdict": "accept", "target": target}).encode()
        page = f"http://127.0.0.1:{self.config.web.port}"
        request = urllib.request.Request(f"{page}/review/{bed_id}", click, {"Origin": page})
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            return str(json.load(answer)["id"])

    def restarts(self, process: str) -> float:
        """Count how often a child was started again."""
        pages = text_string_to_metric_families(self.scrape())
        found = [s for page in pages for s in page.samples if s.name == "spikewatch_process_restarts_total"]
        return sum(float(sample.value) for sample in found if sample.labels["process"] == process)

    def asked(self, question: Callable[[JournalReader], T]) -> T:
        """Ask the journal something."""
        journal = JournalReader(self.journal_path)
        try:
            return question(journal)
        finally:
            journal.close()

    def accounting(self, bed_id: str) -> dict[str, int]:
        """Count the samples of a bed's first recording by fate."""
        return self.asked(lambda journal: journal.accounting(bed_id, 1))

    def accounted(self) -> dict[str, int]:
        """Count the samples of every bed's first recording that have a fate."""
        return {known.id: sum(self.accounting(known.id).values()) for known in self.config.bed}

    def log(self) -> list[str]:
        """Return the lines that `run` wrote on stderr."""
        return (self.folder / "run.log").read_text(encoding="utf-8").splitlines()


def payloads(witness: Witness, bed_id: str, topic: str) -> list[dict[str, Any]]:
    """Return the payloads of one bed's topic, in the order in which they came."""
    return witness.on(f"{bed_id}/{topic}")


def journalled(witness: Witness, bed_id: str) -> list[int]:
    """Return the numbers of all journalled messages of a bed, in the order in which they came."""
    everything = [received.payload for received in list(witness.received) if f"/{bed_id}/" in received.topic]
    # Only what is journalled has an id; a heartbeat has a `seq` too, which counts on its own.
    return [payload["seq"] for payload in everything if "id" in payload]


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a process in order, so that its own children end too; insist if it does not."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except FileNotFoundError:
        return ""


def _has_open(pid: int, name: str) -> bool:
    return any(name in str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir())
