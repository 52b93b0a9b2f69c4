"""Question: what does a fleet answer, how soon, how many beds together, and what is lost when it is slow or dies?

Method: `spikewatch fleet` with two replicas on this machine, a process of its own. Each bed is a thread that asks as a
bed's host does (`stream.fleet.engine`): the windows of a hop at a time, at the pace of live hops, each bed at its own
phase. Answers are counted by who gave them, and every one is compared with this process's engine. "growth" is from 1 to
64 beds; "deadlines" has one load under shorter and shorter deadlines; then one replica, and then every one, is killed
with SIGKILL in the middle of a run. Beds, replicas and fleet share the cores, which a ward's would not.
Command: python -m bench.fleet [--seconds 6] [--json FILE]
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from bench.archive import children
from bench.command_line import command_line
from bench.machine import publish
from bench.ward.live import load_average, until
from models.engines.engine import Answers, Engine, Floats
from models.engines.opening import open_engine, tune_process
from models.engines.parity import eeg_like
from models.zoo import store
from stream.fleet.engine import FleetEngine
from stream.fleet.link import HttpLink

MODEL: Final = "sc-small"
GROUPS: Final = 5
"""Windows of a hop: the five chains of the scalp."""
HOP_S: Final = 0.125
BEDS: Final = (1, 2, 4, 8, 16, 32, 64)
DEADLINES_MS: Final = (100.0, 50.0, 20.0, 10.0, 5.0)
MIDDLE: Final = 8
"""Beds under which deadlines and deaths are tried."""
LIVE_MS: Final = 250.0
READY_S: Final = 300.0
Figures = dict[str, Any]


def main() -> None:
    """Start a fleet, load it, kill it."""
    parser = command_line("bench.fleet", __doc__)
    parser.add_argument("--seconds", type=float, default=6.0)
    options = parser.parse_args()
    tune_process()
    loads = [load_average()]
    with fleet() as (pid, url):
        ward = Ward(url, options.seconds)
        ward.run(MIDDLE, LIVE_MS)  # what is slow the first time
        growth = [ward.run(beds, LIVE_MS) for beds in BEDS]
        loads.append(load_average())
        deadlines = [ward.run(MIDDLE, deadline_ms) for deadline_ms in DEADLINES_MS]
        killed = [ward.run(MIDDLE, LIVE_MS, partial(kill, pid, most)) for most in (1, 2)]
    loads.append(load_average())
    result = {
        "model": MODEL,
        "replicas": 2,
        "windows_of_a_hop": GROUPS,
        "hop_ms": 1e3 * HOP_S,
        "growth": growth,
        "deadlines": deadlines,
        "one_replica_killed": killed[0],
        "all_replicas_killed": killed[1],
        "load": {"least": min(loads), "most": max(loads)},
    }
    publish("fleet", result, options.json)


@contextmanager
def fleet() -> Iterator[tuple[int, str]]:
    """Yield process id and address of a fleet that is ready."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = ["fleet", "--port", str(port), "--set", f"infer.detector={MODEL}", "--set", "infer.device=cpu"]
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "told"
        with told.open("wb") as stderr:
            command = [sys.executable, "-m", "stream.cli", *words]
            process = subprocess.Popen(command, cwd=folder, stderr=stderr)
        try:
            until(lambda: b"serving" in told.read_bytes() or process.poll() is not None, READY_S, "the fleet is ready")
            if process.poll() is not None:
                raise SystemExit(told.read_text(encoding="utf-8")[-1000:])
            yield process.pid, f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


def kill(root: int, most: int) -> None:
    """Kill some replicas."""
    for pid in [pid for pid, name in children(root) if "ServeReplica" in name][:most]:
        os.kill(pid, signal.SIGKILL)


class OneAtATime:
    """The engine of this process, for whichever bed the fleet misses: engines are not made for two threads."""

    def __init__(self) -> None:
        self._engine: Engine = open_engine(store.load(MODEL), "cpu")
        self._turn = threading.Lock()
        self.name, self.context_samples = self._engine.name, self._engine.context_samples

    def score(self, windows: Floats) -> Answers:
        """Score; see Engine."""
        with self._turn:
            return self._engine.score(windows)


@dataclass(slots=True)
class Seen:
    """What one bed saw: seconds until each hop's answer, hops by who answered, windows scored together there."""

    took_s: list[float] = field(default_factory=list)
    by: Counter[str] = field(default_factory=Counter)
    together: list[int] = field(default_factory=list)
    worst: float = 0.0
    alarm: str = ""


class Ward:
    """Beds that ask one fleet."""

    def __init__(self, url: str, seconds: float) -> None:
        self._url, self._seconds = url, seconds
        self._loaded = store.load(MODEL)
        manifest = self._loaded.manifest
        self._windows = eeg_like(GROUPS, manifest.channels, manifest.window_samples)
        self._local = OneAtATime()
        self._expected = self._local.score(self._windows)[0]

    def run(self, beds: int, deadline_ms: float, midway: Callable[[], None] | None = None) -> Figures:
        """Let so many beds ask for a while; `midway` is done in the middle."""
        seen = [Seen() for _ in range(beds)]
        start_s = time.monotonic() + 0.1
        threads = [
            threading.Thread(target=self._bed, args=(one, start_s + HOP_S * number / beds, deadline_ms))
            for number, one in enumerate(seen)
        ]
        for thread in threads:
            thread.start()
        if midway:
            time.sleep(self._seconds / 2)
            midway()
        for thread in threads:
            thread.join()
        return {"beds": beds, "deadline_ms": deadline_ms, **figures(seen, time.monotonic() - start_s)}

    def _bed(self, seen: Seen, start_s: float, deadline_ms: float) -> None:
        link = HttpLink(self._url, self._loaded.manifest)
        engine = FleetEngine(link, self._local, deadline_ms / 1e3)
        for hop in range(round(self._seconds / HOP_S)):
            due_s = start_s + hop * HOP_S
            # A hop that came during the scoring of the one before has waited: its time counts from when it came.
            time.sleep(max(0.0, due_s - time.monotonic()))
            probabilities, _ = engine.score(self._windows)
            seen.took_s.append(time.monotonic() - due_s)
            seen.by[engine.by] += 1
            seen.worst = max(seen.worst, float(np.abs(probabilities - self._expected).max()))
            if engine.by == "fleet":
                seen.together.append(link.together)
        seen.alarm = engine.alarm
        link.close()


def figures(seen: list[Seen], seconds: float) -> Figures:
    """Sum up what beds saw in so many seconds."""
    took_ms = 1e3 * np.concatenate([one.took_s for one in seen])
    by = sum((one.by for one in seen), Counter[str]())
    together = [size for one in seen for size in one.together]
    return {
        "hops": len(took_ms),
        "windows_per_s": round(GROUPS * len(took_ms) / seconds),
        "p50_ms": round(float(np.percentile(took_ms, 50)), 1),
        "p99_ms": round(float(np.percentile(took_ms, 99)), 1),
        "most_ms": round(float(took_ms.max()), 1),
        "hops_by": dict(by),
        "asked": by.total() - by["not_asked"],
        "missed": by["late"] + by["failed"],
        "scored_here": by.total() - by["fleet"],
        "windows_together": {"mean": round(float(np.mean(together)), 1), "most": max(together)} if together else {},
        "alarms": sorted({one.alarm for one in seen} - {""}),
        "largest_difference": float(f"{max(one.worst for one in seen):.2g}"),
    }


if __name__ == "__main__":
    main()
