"""Question: what do the committed results say of speed? Writes the tables of docs/engines.md from bench/results.

Command: python -m bench.engines_tables
"""

import sys
from collections.abc import Iterable, Sequence
from typing import Any, Final

from bench.machine import ROOT
from bench.marked import committed, markdown, written

PAGE: Final = ROOT / "docs" / "engines.md"
COMMAND: Final = "python -m bench.engines_tables"
# One of each of the scalp montage's groups, as a bed has them at every hop.
A_BEDS_WINDOWS: Final = 5
FEW_MS: Final = 10.0
"""Figures below are given to a tenth."""

Row = dict[str, Any]


def tables() -> dict[str, str]:
    """Return every table of the page by the name of its part."""
    throughput = committed("throughput")
    return {
        "peer": peer([*_paper(committed("peer")), *committed("peer_small")["cases"]]),
        "peer on one thread": peer(_paper(committed("peer_one_thread"))),
        "rates": rates(throughput),
        "beds": beds(throughput),
        "growth": growth(throughput),
        "latency": latency([committed(name) for name in ("latency", "latency_62", "latency_stream")]),
        "stages": stages(committed("latency")),
        "hop": hop(committed("hotpath")),
        "pauses": pauses(committed("pauses")),
        "figure 5b": figure_5b(committed("seeds_speed")),
    }


def page() -> str:
    """Return the page with all tables as the results have them now."""
    text = PAGE.read_text(encoding="utf-8")
    for name, table in tables().items():
        text = written(text, name, COMMAND, table)
    return text


def _paper(result: Row) -> list[Row]:
    """Return the settings of the paper's network."""
    return [case for case in result["cases"] if case["setting"].startswith("paper")]


def peer(cases: Sequence[Row]) -> str:
    """Set every way beside the peer: p99 and processor time, how many times lower, and what was aimed at."""
    head = ("setting", "", "newest sample to decision, p99", "processor time a decision", "hops done")
    body = [_peer_row(case, way) for case in cases for way in case["ways"]]
    return markdown(head, body)


def _peer_row(case: Row, way: str) -> list[str]:
    of, ours = case["ways"][way], case["ours"].get(way)
    p99, cpu = (_ms(ms) for ms in (of["newest_to_decision_ms"]["p99"], of["cpu_ms_per_decision"]))
    if ours is not None:
        # Ratios are of one round with the peer: the machine's speed drifts by a quarter between hours.
        p99, cpu = (f"{ms}: {_times(ours[kind])}" for ms, kind in ((p99, "p99_times_lower"), (cpu, "cpu_times_lower")))
    name = f"the peer, {of['engine']}" if ours is None else _named(way)
    return [case["setting"] if ours is None else "", name, p99, cpu, f"{of['decisions']} of {of['due']}"]


def _times(ratio: Row) -> str:
    return f"{ratio['median']:.1f} times less, goal {ratio['goal']:g} {'reached' if ratio['reached'] else 'missed'}"


def rates(result: Row) -> str:
    """Set engines beside the machine's rate of products, and the live stages beside the bare engine."""
    live = {_key(row): row["live_of_engine"] for row in result["live"]}
    # Live stages were measured with one bed: only the engines' rates at its number of windows may stand beside them.
    rows = [row for row in result["engines"] if row["windows"] == A_BEDS_WINDOWS]
    head = ("network", "size", "engine", "windows a second", "of the machine's rate", "live, of the bare engine's rate")
    figures = [(f"{row['windows_per_s']:.0f}", f"{row['of_ceiling']:.2f}", f"{live[_key(row)]:.2f}") for row in rows]
    return markdown(head, [[*_key(row), *cells] for row, cells in zip(rows, figures, strict=True)])


def beds(result: Row) -> str:
    """Return the beds that streaming SC follows, in one detecting process and in two."""
    by_way: dict[tuple[str, str], dict[int, float]] = {}
    for row in result["processes"]:
        by_way.setdefault((row["size"], row["engine"]), {})[row["processes"]] = row["beds_in_real_time"]
    body = [[*way, f"{found[1]:.0f}", f"{found[2]:.0f}"] for way, found in by_way.items()]
    return markdown(("streaming SC", "engine", "beds, one process", "beds, two processes"), body)


def growth(result: Row) -> str:
    """Return what a bed's hop costs among more and more beds."""
    numbers = list(result["growth"][0]["ms_per_bed_and_hop"])
    body = [
        [row["size"], *(f"{row['ms_per_bed_and_hop'][n]:.2f} ms" for n in numbers), f"{row['at_64_over_at_1']:.2f}"]
        for row in result["growth"]
    ]
    return markdown(("a bed's hop, streaming SC", *(f"of {n}" for n in numbers), f"of {numbers[-1]} over of 1"), body)


def latency(results: Iterable[Row]) -> str:
    """Set the ways to run at a bed beside each other."""
    head = ("", "spike to subscriber, p50 / p95", "arrival to journal, p50 / p99", "found", "false, in", "over budget")
    return markdown(head, [_latency_row(result) for result in results])


def _latency_row(result: Row) -> list[str]:
    spike, total, marks = result["spike_to_subscriber_ms"], result["latency_ms"]["total"], result["discharges"]
    return [
        f"`{'sc-small' if result['detector'] == 'auto' else result['detector']}` every {result['hop_ms']:g} ms",
        f"{spike['p50']:.0f} / {spike['p95']:.0f} ms",
        f"{total['p50']:.1f} / {total['p99']:.1f} ms",
        f"{marks['found']} of {marks['marked']}",
        f"{marks['false']}, {result['seconds'] / 60:.1f} min",
        str(result["budget_misses"]),
    ]


def stages(result: Row) -> str:
    """Return the verbs' latencies."""
    names = ("p50", "p95", "p99", "max")
    body = [[stage, *(f"{of[name]:.2f} ms" for name in names)] for stage, of in result["latency_ms"].items()]
    return markdown(("", *names), body)


def hop(result: Row) -> str:
    """Return what a bed's hop costs besides the network."""
    kinds = {name: of["us"] for name, of in result.items() if isinstance(of, dict) and "us" in of}
    verbs = list(next(iter(kinds.values())))
    body = [[name, *(f"{us[verb]['p50']:.0f} / {us[verb]['p99']:.0f}" for verb in verbs)] for name, us in kinds.items()]
    return markdown(("µs, p50 / p99", *verbs), body)


def pauses(result: Row) -> str:
    """Return the first answers after every pause, and how long what a pause costs is felt."""
    networks = {name: of["ms"] for name, of in result.items() if isinstance(of, dict) and "ms" in of}
    head = ("first answer", "at once", "100 ms asleep", "100 ms awake", "after reading", "2nd, 4th, 8th after sleep")
    body = [
        [_named(name.replace(" ", ", ")), *(f"{ms[0]:.1f} ms" for ms in of.values()), _later(of["asleep"])]
        for name, of in networks.items()
    ]
    return markdown(head, body)


def _later(ms: list[float]) -> str:
    # Doubling steps: most of a pause's cost is gone at the second answer, the rest by the eighth.
    return f"{', '.join(f'{ms[at]:.1f}' for at in (1, 3, 7))} ms"


def figure_5b(result: Row) -> str:
    """Return how long others take beside SC and beside a hop of streaming SC, on equal engines."""
    over: dict[tuple[str, str], dict[str, Row]] = {}
    for ratio in result["ratios"]:
        detector, engine = ratio["detector"].split("; ")
        network, beside = ratio["over"].split("; ")
        # Equal engines only; a spectrogram has no engine but SciPy, so it stands beside the fastest of ours.
        if beside == engine or (engine, beside) == ("scipy", "openvino fp32"):
            over.setdefault((detector, engine), {})[network] = ratio
    body = [
        [
            *way,
            *(f"{of['times']:g} ({of['least']:g} to {of['largest']:g})" for of in ratios.values()),
            _paper_figure(ratios),
        ]
        for way, ratios in over.items()
    ]
    return markdown(("takes as long", "engine", "times SC", "times a hop of streaming SC", "iEDeaL's figure"), body)


def _paper_figure(ratios: dict[str, Row]) -> str:
    """Return what the paper's figure has."""
    return str(next(iter(ratios.values()))["paper"])


def _key(row: Row) -> tuple[str, str, str]:
    return _named(row["network"]), row["size"], row["engine"]


def _named(way: str) -> str:
    """Name a network as people do: "sc_stream, bf16" is streaming SC in bf16."""
    kind, *how = way.split(", ")
    return ", ".join([{"sc": "SC", "sc_stream": "streaming SC"}[kind], *how])


def _ms(value: float) -> str:
    return f"{value:.0f} ms" if value >= FEW_MS else f"{value:.1f} ms"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write("".join(f"{name}\n{table}\n" for name, table in tables().items()))
