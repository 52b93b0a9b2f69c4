"""Question: how near is inference on two cores to what the machine can do, and how many beds does that follow?

Method: SC and streaming SC, small (width 48, 192 samples at 128 Hz) and full (256; the same, and 768 samples at
512 Hz as in the paper), weights as drawn, in plain torch and in OpenVINO (fp32, and bf16 where the CPU has it), every
process on one thread, as the detector runs. Three questions, each a module: `engine_rates` sets engines in turn beside
the best rate of large matrix products in the same round; `live_rates` sets the stages from conditioned chunks to
conclusions beside the engine alone, hop by hop, gives the cost of a bed among 1 to 64, and runs one and two whole
processes side by side (`beds`). Medians; p99 over calls and hops. Products are counted as plain convolutions need
them; the wide SC's fp32 graph does with fewer (`models.engines.winograd`), so its rate can pass the machine's. Not in
it: LSL, sample log, journal, MQTT.
Command: python -m bench.throughput [--json bench/results/throughput.json] [--quick]; --quick only shows that it runs.
"""

import json
import sys
from dataclasses import dataclass
from typing import Any, Final

from bench.command_line import command_line
from bench.machine import machine, publish
from bench.throughput import ceiling, engine_rates, live_rates
from bench.throughput.beds import Task
from bench.throughput.runners import PLAIN
from bench.throughput.untrained import FULL, PAPER, SMALL, Kind, Size
from models.engines.opening import tune_process

Rows = list[dict[str, Any]]
Measured = dict[str, Any]

BEST: Final = "openvino fp32"
GOALS: Final = {
    "of_ceiling": 0.85,
    "live_of_engine": 0.80,
    "beds_in_real_time": 20,
    "at_64_over_at_1": 1.0,
}


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is run."""

    sizes: tuple[Size, ...] = (SMALL, FULL, PAPER)
    rounds: int = 4
    calls: int = 9
    hops: int = 30
    process_hops: int = 40
    beds: int = 20


QUICK: Final = Extent((SMALL,), 1, 3, 3, 5, 2)
KINDS: Final[tuple[Kind, ...]] = ("sc", "sc_stream")


def measured(extent: Extent) -> Measured:
    """Measure everything."""
    engines: Rows = []
    live: Rows = []
    for size in extent.sizes:
        for kind in KINDS:
            say(f"{kind}, {size.name}: engines")
            # Its windows have four times the samples of the others.
            calls = extent.calls if size != PAPER else max(3, extent.calls // 3)
            engines += engine_rates.rates(kind, size, extent.rounds, calls)
            say(f"{kind}, {size.name}: live")
            count = 1 if kind == "sc" else 4
            live += live_rates.kept(kind, size, count, extent.hops if kind == "sc_stream" else extent.hops // 2)
    say("growth")
    sizes = [size for size in extent.sizes if size != PAPER]
    growth = [live_rates.growth("sc_stream", size, BEST, max(3, extent.hops // 4)) for size in sizes]
    return {"engines": engines, "live": live, "growth": growth, "processes": processes(extent, engines)}


def processes(extent: Extent, engines: Rows) -> Rows:
    """Run one and two detecting processes of streaming SC, with each engine but plain torch."""
    found = []
    for size in extent.sizes:
        for name in sorted({row["engine"] for row in engines} - {PLAIN}, reverse=True):
            for count in (1, 2):
                say(f"sc_stream, {size.name}: {count} process(es) of {name}")
                task = Task("sc_stream", size.name, name, extent.beds, extent.process_hops)
                found.append(live_rates.side_by_side(task, count))
    return found


def goals(found: Measured) -> dict[str, Any]:
    """Set beside every goal what came out."""
    largest = found["engines"][-1]["size"]
    # A quick run has neither: its own size stands in, so that the goals can be shown all the same.
    full = {FULL.name, PAPER.name} & {row["size"] for row in found["engines"]} or {largest}
    sc = [row for row in found["engines"] if row["network"] == "sc" and row["engine"] == BEST and row["size"] in full]
    live = [row for row in found["live"] if row["engine"] != PLAIN]
    beds = [row for row in found["processes"] if row["size"] in full and row["engine"] == BEST]
    came_out = {
        "of_ceiling": {f"{row['size']}, {row['windows']} windows": row["of_ceiling"] for row in sc},
        "live_of_engine": {f"{r['network']}, {r['size']}, {r['engine']}": r["live_of_engine"] for r in live},
        "beds_in_real_time": {
            f"{row['size']}, {row['processes']} process(es)": row["beds_in_real_time"] for row in beds
        },
        "at_64_over_at_1": {row["size"]: row["at_64_over_at_1"] for row in found["growth"]},
    }
    return {name: _judged(name, figures) for name, figures in came_out.items()}


def _judged(name: str, figures: dict[str, float]) -> dict[str, Any]:
    # Growth is the one goal that is an upper limit.
    most = name == "at_64_over_at_1"
    met = all(figure <= GOALS[name] if most else figure >= GOALS[name] for figure in figures.values())
    return {"goal": f"{'at most' if most else 'at least'} {GOALS[name]:g}", "came_out": figures, "met": met}


def say(text: str) -> None:
    """Print progress, on stderr: stdout is the result."""
    print(text, file=sys.stderr, flush=True)


def main() -> None:
    """Measure and print, the machine first."""
    parser = command_line("bench.throughput", __doc__)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    tune_process()
    say(json.dumps(machine(), indent=2))
    # Before any engine is opened, whose threads and caches would be in the way.
    before = {precision: round(ceiling.gflops(precision), 1) for precision in ("fp32", "bf16")}
    found = measured(QUICK if options.quick else Extent())
    result = {"quick": options.quick, "threads_a_process": 1, "ceiling_gflops": before}
    publish("throughput", {**result, "goals": goals(found), **found}, options.json)


if __name__ == "__main__":
    main()
