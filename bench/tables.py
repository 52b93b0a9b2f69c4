"""Question: what do the committed results say? Writes the README's table of figures from bench/results/*.json.

Command: python -m bench.tables
"""

import sys
from typing import Any

from bench.machine import ROOT
from bench.marked import committed, markdown, written

README = ROOT / "README.md"
COMMAND = "python -m bench.tables"

Row = tuple[str, str, str]


def page() -> str:
    """Return the README with its table of figures as the results have it now."""
    return written(README.read_text(encoding="utf-8"), "figures", COMMAND, table())


def table() -> str:
    """Return the table as Markdown."""
    scalp, shaft = committed("recordings_scalp"), committed("recordings_shaft")
    training = _training_rows(committed("training"))
    fast = [*_peer_rows(committed("peer")), *_throughput_rows(committed("throughput"))]
    rows = [*_demo_rows(committed("demo")), *_scalp_rows(scalp), *_shaft_rows(shaft), *fast, *training]
    return markdown(("measured", "figure", "on"), rows)


def _demo_rows(demo: dict[str, Any]) -> list[Row]:
    where = f"simulated patient, 19 channels, {demo['seconds']:.0f} s live over LSL, {_machine(demo)}"
    latency, spike = demo["latency_ms"]["events"], demo["spike_to_event_ms"]
    return [
        ("discharges found", f"{demo['found']} of {demo['ieds']}", where),
        ("false alarms a minute", f"{demo['false_positives_per_min']:.2f}", "the same"),
        ("last sample's arrival to the journal, p50 / p95", _pair(latency), "its events"),
        ("peak of a discharge to its event, p50 / p95", _pair(spike), "its events"),
        (f"results later than the budget of {demo['budget_ms']:.0f} ms", str(demo["budget_misses"]), "all its windows"),
    ]


def _scalp_rows(scalp: dict[str, Any]) -> list[Row]:
    overall = scalp["overall"]
    where = f"five recordings of healthy people (EEGMAT), {overall['minutes']:.1f} min, 19 channels"
    # The slowest file's rate: what every recording of these reaches.
    slowest = min(file["times_real_time"] for file in scalp["files"].values())
    return [
        ("false alarms a minute", f"{overall['events_per_min']:.2f}", where),
        ("times real time, one core", f"{slowest:.0f}", f"the slowest of them, {_machine(scalp)}"),
    ]


def _shaft_rows(shaft: dict[str, Any]) -> list[Row]:
    marks = shaft["marks"]
    counts = f"{marks['found']} of {marks['marked']}, {marks['others']}"
    return [("discharges found, others reported", counts, "a depth lead of a patient (Kleen lab), 10 s")]


def _peer_rows(peer: dict[str, Any]) -> list[Row]:
    """Rows of the paper's network at the usual hop, beside what one would write today."""
    rows = []
    # 125 ms is the default of `frame.hop_ms`; shorter hops are in docs/engines.md.
    for case in (case for case in peer["cases"] if "paper" in case["setting"] and case["hop_ms"] == 125.0):
        where = f"{case['setting']}; 512 Hz, 256 wide; the peer: {case['ways']['peer']['engine']}; {_machine(peer)}"
        ways = {"the peer": case["ways"]["peer"], "SC": case["ways"]["sc"], "streaming SC": case["ways"]["sc_stream"]}
        p99 = " / ".join(f"{of['newest_to_decision_ms']['p99']:.0f}" for of in ways.values())
        cpu = " / ".join(f"{of['cpu_ms_per_decision']:.0f}" for of in ways.values())
        names = " / ".join(ways)
        rows += [
            (f"newest sample to decision, p99: {names}", f"{p99} ms", where),
            (f"processor time a decision: {names}", f"{cpu} ms", "the same"),
        ]
    return rows


def _throughput_rows(found: dict[str, Any]) -> list[Row]:
    """Rows of one detecting process of streaming SC, one thread, fp32."""
    what, where = "beds in real time on one core, streaming SC", _machine(found)
    one = [row for row in found["processes"] if row["processes"] == 1 and row["engine"] == "openvino fp32"]
    return [(f"{what}, {row['size']}", f"{row['beds_in_real_time']:.0f}", where) for row in one]


def _training_rows(training: dict[str, Any]) -> list[Row]:
    # The first network is the shipped one's size; wider ones are in the result.
    small = training["speed"][0]
    speeds, where = small["windows_per_s"], f"{small['network']}, {_machine(training)}"
    ratio, bf16 = small["ours_over"]["plain, 0 workers"]["median"], speeds["ours, bf16"]["median"]
    memory = training["memory"]
    return [
        ("windows trained a second, fp32 / bf16", f"{speeds['ours']['median']:.0f} / {bf16:.0f}", where),
        ("times a plain PyTorch loop with a DataLoader", f"{ratio:.2f}", f"the same windows, fp32, {where}"),
        ("memory at most while training", f"{memory['peak_gb']:.2f} GB", f"a set of {memory['set_gb']:.0f} GB"),
    ]


def _pair(quantiles: dict[str, float]) -> str:
    return f"{quantiles['p50']:.0f} / {quantiles['p95']:.0f} ms"


def _machine(result: dict[str, Any]) -> str:
    return f"{result['machine']['cores']} cores of {result['machine']['cpu']}"


if __name__ == "__main__":
    README.write_text(page(), encoding="utf-8")
    sys.stdout.write(table())
