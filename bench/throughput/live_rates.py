"""What is left of an engine's rate inside the live stages, how cost grows with beds, and how many beds keep up."""

import json
import subprocess
import sys
from dataclasses import asdict
from typing import Any, Final

import numpy as np

from bench.machine import ROOT
from bench.throughput import beds
from bench.throughput.beds import Task, warmed
from bench.throughput.runners import runner, runners
from bench.throughput.timing import quantiles_ms
from bench.throughput.untrained import Kind, Size, untrained
from bench.throughput.ward import Ward

STEPS: Final = (1, 4, 16, 64)
"""Beds."""


def kept(kind: Kind, size: Size, count: int, rounds: int) -> list[dict[str, Any]]:
    """Set the stages from conditioned chunks to conclusions beside the engine alone, hop by hop, in turn."""
    rows = []
    for name, engine in runners(kind, size).items():
        ward = Ward(untrained(kind, size), engine, count)
        warmed(ward)
        before = ward.round().hops
        # Once unclocked: an engine that carries streams makes its own with the first push.
        engine.alone(before)
        live_s, alone_s = [], []
        for number in range(rounds):
            # Alternating, and with alternating order: a machine that slows down slows both.
            if number % 2:
                alone_s.append(engine.alone(before))
            one = ward.round()
            live_s.append(one.live_s)
            if not number % 2:
                alone_s.append(engine.alone(before))
            before = one.hops
        # Hop by hop, since the machine's speed wanders more than the share does.
        share = np.array(alone_s) / np.array(live_s)
        rows.append(
            {
                "network": kind,
                "size": size.name,
                "engine": name,
                "beds": count,
                "live_ms": quantiles_ms(live_s),
                "engine_alone_ms": quantiles_ms(alone_s),
                "live_of_engine": round(float(np.median(share)), 3),
            }
        )
    return rows


def growth(kind: Kind, size: Size, name: str, rounds: int) -> dict[str, Any]:
    """Return what a hop of a bed costs, from raw chunks to outcomes, alone and among others."""
    loaded, engine = runner(kind, size, name)
    per_bed = {}
    for count in STEPS:
        ward = Ward(loaded, engine, count)
        warmed(ward)
        figures = beds.summary([ward.round() for _ in range(rounds)], count)
        per_bed[count] = figures["hop_ms"]["p50"] / count
    return {
        "network": kind,
        "size": size.name,
        "engine": name,
        "ms_per_bed_and_hop": {str(count): round(ms, 4) for count, ms in per_bed.items()},
        "at_64_over_at_1": round(per_bed[STEPS[-1]] / per_bed[STEPS[0]], 3),
    }


def side_by_side(task: Task, processes: int) -> dict[str, Any]:
    """Run detecting processes at the same time, each with a ward of its own."""
    command = [sys.executable, "-m", "bench.throughput.beds", json.dumps(asdict(task))]
    pipe = subprocess.PIPE
    running = [subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) for _ in range(processes)]
    # All are ready before any begins, or the first would measure an idle machine.
    for one in running:
        _line(one)
    for one in running:
        assert one.stdin is not None  # noqa: S101  (a pipe was asked for)
        one.stdin.write("\n")
        one.stdin.flush()
    found = [json.loads(_line(one)) for one in running]
    for one in running:
        one.communicate()
    return {
        "network": task.kind,
        "size": task.size,
        "engine": task.engine,
        "processes": processes,
        "beds_in_real_time": round(sum(one["beds_in_real_time"] for one in found), 1),
        "each": found,
    }


def _line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None  # noqa: S101  (a pipe was asked for)
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"bench.throughput.beds ended with {process.wait()} before it answered")
    return line
