"""Question: which measured figures stand behind the decisions? Writes the tables of docs/decisions from bench/results.

Command: python -m bench.decisions_tables
"""

import sys
from collections.abc import Iterator
from typing import Any, Final

from bench.machine import ROOT
from bench.marked import committed, markdown, written

PAGES: Final = ROOT / "docs" / "decisions"
COMMAND: Final = "python -m bench.decisions_tables"
PAPER_SETTING: Final = "paper, 1 group, hop 125 ms"

Row = tuple[str, str, str]
"""What was measured, the figure, and the result that it comes from."""


def tables() -> dict[str, str]:
    """Return the table of each page that has one, by the page's name without its ending."""
    rows = {
        "two-logs": _two_logs(),
        "durable-journal": _durable_journal(),
        "openvino-one-thread": _openvino_one_thread(),
        "batch-statistics": _batch_statistics(),
        "one-detector": _one_detector(),
    }
    return {name: markdown(("measured", "figure", "result"), list(found)) for name, found in rows.items()}


def pages() -> dict[str, str]:
    """Return the text of each of those pages with its table as the results have it."""
    return {
        name: written((PAGES / f"{name}.md").read_text(encoding="utf-8"), name, COMMAND, table)
        for name, table in tables().items()
    }


def _two_logs() -> Iterator[Row]:
    latency = committed("latency")["latency_ms"]
    yield ("a sample's arrival to its result in the journal, p50 / p99", _pair(latency["total"]), "latency.json")


def _durable_journal() -> Iterator[Row]:
    journal = committed("latency")["latency_ms"]["journal"]
    yield ("an event's commit within the live system, p50 / p99", _pair(journal), "latency.json")


def _openvino_one_thread() -> Iterator[Row]:
    found = committed("throughput")["engines"]
    for network, size in (("sc", "small"), ("sc_stream", "small"), ("sc", "full"), ("sc_stream", "full")):
        rates = {
            row["engine"]: row["windows_per_s"]
            for row in found
            # Five windows are the groups of one bed.
            if (row["network"], row["size"], row["windows"]) == (network, size, 5)
        }
        ratio = rates["openvino fp32"] / rates["eager fp32"]
        yield (f"OpenVINO's windows a second over torch's, {network}, {size}", f"{ratio:.1f}", "throughput.json")
    [case] = [case for case in committed("peer")["cases"] if case["setting"] == PAPER_SETTING]
    for way in ("sc", "sc, 2 threads"):
        name = "two threads" if "2" in way else "one thread"
        p99, cpu = case["ways"][way]["newest_to_decision_ms"]["p99"], case["ways"][way]["cpu_ms_per_decision"]
        yield (
            f"the paper's SC on {name}: newest sample to decision, p99, and processor time",
            f"{p99:.0f} and {cpu:.0f} ms",
            "peer.json",
        )


def _batch_statistics() -> Iterator[Row]:
    for row in committed("streaming")["rows"]:
        gained = row["stream_minus_sc"]
        where = f"{row['montage']}, at most {row['at_most_alarms_per_h']:.0f} alarms an hour"
        yield (
            f"streaming SC's sensitivity less SC's, {where}",
            f"{gained['value']:+.3f} ({gained['low']:+.3f} to {gained['high']:+.3f})",
            "streaming.json",
        )


def _one_detector() -> Iterator[Row]:
    result = committed("throughput")
    for row in result["processes"]:
        if (row["processes"], row["engine"]) == (1, "openvino fp32"):
            what = f"beds in real time on one core, streaming SC, {row['size']}"
            yield (what, f"{row['beds_in_real_time']:.0f}", "throughput.json")
    for row in result["growth"]:
        yield (
            f"a bed's hop among 64 beds over alone, {row['size']}",
            f"{row['at_64_over_at_1']:.2f}",
            "throughput.json",
        )


def _pair(quantiles: dict[str, Any]) -> str:
    return f"{quantiles['p50']:.1f} / {quantiles['p99']:.1f} ms"


if __name__ == "__main__":
    for name, text in pages().items():
        (PAGES / f"{name}.md").write_text(text, encoding="utf-8")
    sys.stdout.write("\n".join(tables().values()))
