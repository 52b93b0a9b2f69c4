"""Question: what grows while a ward is watched for hours: memory, descriptors, threads, or the time a result takes?

Method: four beds of 32 channels at 256 Hz over real LSL, mosquitto, `spikewatch run` as it is, at real speed.
Every 10 s the private memory (anonymous pages, /proc/PID/smaps_rollup), descriptors and threads of each process, and
the p99 of the last minute's latencies (`state/latency`). The slope is the least squares line through private memory
after the first half hour (or the first half of a shorter run); p99: medians of the first and of the last tenth after
the start. The load of the host is printed: other work slows results.
Command: python -m bench.soak --seconds N [--beds N] [--json bench/results/soak.json]
"""

import math
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from bench.command_line import command_line
from bench.latency.listener import Listener, listening
from bench.machine import publish
from bench.ward.live import Ward, command, live, load_average, until

LOOK_EVERY_S: Final = 10.0
SETTLED_S: Final = 1800.0
STARTS_WITHIN_S: Final = 300.0
GOALS: Final = {"slope_mb_h": 0.5, "p99_last_of_first": 1.2}


@dataclass(frozen=True, slots=True)
class Look:
    """One process at one moment."""

    at_s: float
    process: str
    private_kb: int
    descriptors: int
    threads: int


def look(pid: int, process: str, at_s: float) -> Look:
    """Look at a process."""
    proc = Path(f"/proc/{pid}")
    rows = (proc / "smaps_rollup").read_text(encoding="ascii").splitlines()
    # Not the rows "Private_": Linux 6.18 calls pages so by an estimate of who maps them, which moved from 3 to 150 MB
    # when the process started another one, with not a page more.
    private_kb = sum(int(row.split()[1]) for row in rows if row.startswith("Anonymous:"))
    return Look(at_s, process, private_kb, len(list((proc / "fd").iterdir())), len(list((proc / "task").iterdir())))


def slope_mb_h(looks: list[Look], from_s: float) -> float:
    """Return how fast private memory grows (MB an hour) after `from_s`, by least squares; NaN for fewer than two."""
    later = [one for one in looks if one.at_s >= from_s]
    if len(later) < 2:
        return float("nan")
    slope_kb_s = np.polyfit([one.at_s for one in later], [one.private_kb for one in later], 1)[0]
    return round(float(slope_kb_s) * 3600 / 1024, 2)


def tenths(p99_ms: list[tuple[float, float]], seconds: float) -> dict[str, float]:
    """Return the median p99 of the first and of the last tenth of the time, from (when, p99)."""
    first = [ms for at_s, ms in p99_ms if at_s < seconds / 10]
    last = [ms for at_s, ms in p99_ms if at_s >= seconds * 0.9]
    first_ms, last_ms = (round(float(np.median(part)), 1) if part else float("nan") for part in (first, last))
    return {"first_tenth_ms": first_ms, "last_tenth_ms": last_ms, "last_of_first": round(last_ms / first_ms, 2)}


def judged(looks: list[Look], p99: dict[str, float], seconds: float) -> dict[str, Any]:
    """Return what each process came to, and whether the goals were met."""
    from_s = min(SETTLED_S, seconds / 2)
    processes, steepest = {}, -math.inf
    for name in sorted({one.process for one in looks}):
        own = [one for one in looks if one.process == name]
        settled = [one for one in own if one.at_s >= from_s]
        slope = slope_mb_h(own, from_s)
        steepest = max(steepest, slope)
        processes[name] = {
            "private_mb": [round(own[0].private_kb / 1024, 1), round(own[-1].private_kb / 1024, 1)],
            "slope_mb_h": slope,
            "descriptors": sorted({one.descriptors for one in settled}),
            "threads": sorted({one.threads for one in settled}),
        }
    return {
        "slope_from_s": from_s,
        "processes": processes,
        "p99": p99,
        "met": {
            "slope": steepest <= GOALS["slope_mb_h"],
            "p99": p99["last_of_first"] <= GOALS["p99_last_of_first"],
        },
    }


def watched(ward: Ward, listener: Listener, seconds: float) -> dict[str, Any]:
    """Look at everything for so long."""
    assert ward.running is not None  # noqa: S101  (it was started)
    pids = {ward.running.pid: "parent"}
    acquires = 0
    for pid in ward.children("stream."):
        is_detect = "stream.detect" in command(pid)
        acquires += not is_detect
        # The detector's spare comes behind it.
        name = "spare" if "detect" in pids.values() else "detect"
        pids[pid] = name if is_detect else f"acquire-{acquires}"
    began_s, looks, loads, seen = time.monotonic(), [], [], 0
    p99_ms: list[tuple[float, float]] = []
    while (at_s := time.monotonic() - began_s) < seconds:
        looks += [look(pid, name, at_s) for pid, name in pids.items()]
        loads.append(load_average())
        told = listener.on("state/latency")
        stages = [message.payload["stages_ms"].get("total") for message in told[seen:]]
        p99_ms += [(at_s, stage["p99"]) for stage in stages if stage]
        seen = len(told)
        time.sleep(LOOK_EVERY_S)
    online = [bed for bed in ward.beds if listener.on(f"{bed}/status")[-1].payload["state"] in {"online", "degraded"}]
    return {
        "load": {"least": min(loads), "median": round(float(np.median(loads)), 1), "most": max(loads)},
        "events": len(listener.on("event/ied")),
        "alarms": sorted({message.payload["name"] for message in listener.on("event/alarm")}),
        "watched_at_the_end": online,
        **judged(looks, tenths(p99_ms, seconds), seconds),
    }


def main() -> None:
    """Run and print."""
    parser = command_line("bench.soak", __doc__)
    parser.add_argument("--seconds", type=float, default=5400.0)
    parser.add_argument("--beds", type=int, default=4)
    options = parser.parse_args()
    with live(options.beds) as ward:
        ward.start_broker()
        config = ward.place.config
        time.sleep(1.0)
        with listening(config.publish.host, config.publish.port, f"spikewatch/v1/{config.site}/#") as listener:
            for bed in ward.beds:
                ward.start_sender(bed)
            ward.start_run()
            until(lambda: len(listener.on("state/latency")) >= 2 * len(ward.beds), STARTS_WITHIN_S, "beds are watched")
            # The parent tells latencies before a process for each bed has begun: those would not be looked at.
            everyone = len(ward.beds) + 1
            until(lambda: len(ward.children("stream.")) == everyone, STARTS_WITHIN_S, "every process runs")
            print("watching", file=sys.stderr, flush=True)
            found = watched(ward, listener, options.seconds)
    publish("soak", {"seconds": options.seconds, "beds": options.beds, "channels": 32, **found}, options.json)


if __name__ == "__main__":
    main()
