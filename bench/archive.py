"""Question: what does Ray bring to an archive on one machine, what does a kill cost, and what would a month cost?

Method: simulated patients in files, scored by `spikewatch score --engine`, each run a process of its own. "local" and
"ray" are timed from start to end, Ray's own start included; seconds of processor time are counted as well, for other
work on the host lengthens the one and hardly the other. Then a worker, and in another run the driver, is killed with
SIGKILL as soon as the first segment is done; the same command runs to its end (again). Every table must equal that of
"local". A month of 20 beds is the processor time of an hour of "local" times 20 x 30 x 24: computed, not run, and at
most, for the start of the process is in it. Ray's workers are not in its processor seconds: others await them.
Command: python -m bench.archive [--files 4] [--seconds 300] [--json FILE]
"""

import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from bench.command_line import command_line
from bench.machine import publish
from bench.ward.live import load_average, until
from models.simulate import simulate

RATE_HZ: Final = 256.0
BEDS: Final = 20
DAYS: Final = 30
SET: Final = ("--set", "infer.device=cpu")
ENDS_WITHIN_S: Final = 240.0
Figures = dict[str, Any]


def main() -> None:
    """Time both engines, kill, go on, compare."""
    parser = command_line("bench.archive", __doc__)
    parser.add_argument("--files", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--segment", type=float, default=60.0)
    options = parser.parse_args()
    loads = [load_average()]
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        recordings(folder, options.files, options.seconds)
        bench = Bench(folder, options.segment)
        local = bench.timed("local")
        wanted = tables(folder / "local")
        ray = bench.timed("ray")
        loads.append(load_average())
        result = {
            "recordings": {"files": options.files, "seconds": options.seconds, "channels": 19, "rate_hz": RATE_HZ},
            "segment_s": options.segment,
            "events": len(wanted),
            "local": local,
            "ray": ray | {"equal": tables(folder / "ray") == wanted},
            "speed_up": round(local["seconds"] / ray["seconds"], 2),
            "worker_killed": bench.worker_killed() | {"equal": tables(folder / "worker") == wanted},
            "driver_killed": bench.driver_killed() | {"equal": tables(folder / "driver") == wanted},
            "month_of_20_beds": month(local["processor_s"], options.files * options.seconds),
        }
    loads.append(load_average())
    publish("archive", {**result, "load": {"least": min(loads), "most": max(loads)}}, options.json)


def recordings(folder: Path, files: int, seconds: float) -> None:
    """Write patients of different seeds."""
    for seed in range(files):
        made = simulate(seed, seconds, rate_hz=RATE_HZ)
        units = np.array(["uV"] * len(made.labels))
        np.savez(folder / f"{seed}.npz", x=made.samples, fs=RATE_HZ, labels=np.array(made.labels), units=units)


def month(processor_s: float, recorded_s: float) -> Figures:
    """Compute hours of one processor for a month of 20 beds from what was measured."""
    recorded_h = BEDS * DAYS * 24
    per_hour_s = processor_s / recorded_s * 3600
    return {
        "recorded_hours": recorded_h,
        "processor_s_per_recorded_hour": round(per_hour_s, 1),
        "processor_hours": round(per_hour_s * recorded_h / 3600, 1),
    }


class Bench:
    """Runs the command on all recordings of a folder, into a folder of its own for each run."""

    def __init__(self, folder: Path, segment_s: float) -> None:
        self._folder, self._segment_s = folder, segment_s

    def timed(self, engine: str) -> Figures:
        """Run to the end; return seconds on the clock, of processors, and hops that were inferred twice."""
        before, began_s = _processor_s(), time.monotonic()
        _finish(self._start(engine, engine))
        seconds = time.monotonic() - began_s
        return {"seconds": round(seconds, 1), "processor_s": round(_processor_s() - before, 1)}

    def worker_killed(self) -> Figures:
        """Kill one of Ray's workers at the first segment; the run goes on."""
        driver = self._start("ray", "worker")
        self._first_segment("worker", driver)
        # Only those that carry a piece of work out: idle ones cost nothing.
        victims = [pid for pid, name in children(driver.pid) if name.startswith("ray::score_segment")]
        for pid in victims[:1]:
            os.kill(pid, signal.SIGKILL)
        _finish(driver)
        return {"killed": len(victims[:1])}

    def driver_killed(self) -> Figures:
        """Kill the run at the first segment, see its processes end, and give the same command again."""
        driver = self._start("ray", "driver")
        self._first_segment("driver", driver)
        left = [pid for pid, _ in children(driver.pid)]
        driver.kill()
        driver.wait()
        ended_s = until(lambda: not any(map(_is_alive, left)), ENDS_WITHIN_S, "the killed run's processes end")
        kept = len(self._segments("driver"))
        began_s = time.monotonic()
        _finish(self._start("ray", "driver"))
        return {
            "processes_left_s": round(ended_s, 1),
            "segments_kept": kept,
            "seconds_of_the_rest": round(time.monotonic() - began_s, 1),
        }

    def _segments(self, name: str) -> list[Path]:
        return [*(self._folder / name / "parts").glob("*.npz")]

    def _first_segment(self, name: str, driver: "subprocess.Popen[bytes]") -> None:
        until(lambda: self._segments(name) or driver.poll() is not None, 600.0, f"{name}: a segment is done")

    def _start(self, engine: str, out: str) -> "subprocess.Popen[bytes]":
        files = sorted(self._folder.glob("*.npz"))
        options = ("--engine", engine, "--out", out, "--segment", f"{self._segment_s:g}", *SET)
        words = [sys.executable, "-m", "stream.cli", "score", *map(str, files), *options]
        return subprocess.Popen(words, cwd=self._folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def tables(folder: Path) -> list[dict[str, Any]]:
    """Return the events of a run."""
    from pyarrow.parquet import read_table  # noqa: PLC0415  (an extra)

    found: list[dict[str, Any]] = read_table(folder / "events.parquet").to_pylist()
    return found


def _finish(process: "subprocess.Popen[bytes]") -> None:
    _, told = process.communicate()
    if process.returncode:
        raise SystemExit(f"score ended with {process.returncode}: {told.decode()[-1000:]}")


def _processor_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def children(root: int) -> Iterator[tuple[int, str]]:
    """Yield process id and name of every process below one."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        read = _text(stat)
        if read:
            parents.setdefault(int(read.rpartition(")")[2].split()[1]), []).append(int(stat.parent.name))
    waiting = [*parents.get(root, [])]
    while waiting:
        pid = waiting.pop()
        waiting += parents.get(pid, [])
        yield pid, _text(Path(f"/proc/{pid}/cmdline"))


def _is_alive(pid: int) -> bool:
    return _text(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()[:1] not in ([], ["Z"])


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""  # it has ended meanwhile


if __name__ == "__main__":
    main()
