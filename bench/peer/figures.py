"""The figures of a comparison: what each side did, ours over the peer's round by round, and the goals beside them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from bench.peer.runs import Run, Setting

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Goal:
    """How many times lower than the peer's: p99 from the newest sample to its decision, and CPU per decision."""

    p99: float
    cpu: float


# Aims of ours. A threaded way has the goal of its network: threads may cost processor time and must earn it.
GOALS: Final[Mapping[str, Goal]] = {
    "sc": Goal(2.5, 2.5),
    "sc, 2 threads": Goal(2.5, 2.5),
    "sc, bf16": Goal(4, 4),
    "sc_stream": Goal(12, 20),
    "sc_stream, 2 threads": Goal(12, 20),
    "sc_stream, bf16": Goal(12, 20),
}
PEER: Final = "peer"
EDGE_HOPS: Final = 1  # hops that the edges of the time counted may cut off


def figures(setting: Setting, runs: Mapping[str, Sequence[Run]]) -> Figures:
    """Sum a setting up: all runs of each way, the peer's first among them."""
    peers = runs[PEER]
    ways = {way: _way(mine) for way, mine in runs.items()}
    ours = {way: _against(peers, mine, GOALS[way]) for way, mine in runs.items() if way != PEER}
    return {"setting": setting.name, "groups": setting.groups, "hop_ms": setting.hop_ms, "ways": ways, "ours": ours}


def _way(runs: Sequence[Run]) -> Figures:
    hops, due = sum(run.hops for run in runs), sum(run.due for run in runs)
    by_process_s = sum((run.cpu_by_process_s for run in runs), Counter[str]())
    return {
        "engine": runs[0].engine,
        "newest_to_decision_ms": quantiles([figure for run in runs for figure in run.decided_ms]),
        "newest_to_subscriber_ms": quantiles([figure for run in runs for figure in run.received_ms]),
        "cpu_ms_per_decision": round(1e3 * sum(run.cpu_s for run in runs) / hops, 2),
        "cpu_ms_by_process": {name: round(1e3 * used_s / hops, 2) for name, used_s in by_process_s.items()},
        "cpu_percent_of_a_core": round(100 * sum(run.cpu_s for run in runs) / sum(run.span_s for run in runs), 1),
        "decisions": hops,
        "due": due,
    }


def quantiles(values_ms: Sequence[float]) -> Figures:
    """Return p50, p99 and the number of values; of none, the number alone."""
    if not values_ms:
        return {"n": 0}
    p50, p99 = np.percentile(values_ms, (50, 99))
    return {"p50": round(float(p50), 2), "p99": round(float(p99), 2), "n": len(values_ms)}


def _against(peers: Sequence[Run], ours: Sequence[Run], goal: Goal) -> Figures:
    rounds = list(zip(peers, ours, strict=True))
    p99 = [_p99(peer) / _p99(mine) for peer, mine in rounds]
    # Per decision, not per second: the side that leaves hops out must not look cheaper for it.
    cpu = [(peer.cpu_s / peer.hops) / (mine.cpu_s / mine.hops) for peer, mine in rounds]
    return {
        "p99_times_lower": _judged(p99, goal.p99),
        "cpu_times_lower": _judged(cpu, goal.cpu),
        "every_window_done": all(mine.hops >= mine.due - EDGE_HOPS for mine in ours),
        "peer_fell_behind": any(peer.hops < peer.due - EDGE_HOPS for peer in peers),
    }


def _p99(run: Run) -> float:
    return float(np.percentile(run.decided_ms, 99))


def _judged(ratios: Sequence[float], goal: float) -> Figures:
    """Return a ratio's median and range over the rounds, and whether the median reaches the goal."""
    median = float(np.median(ratios))
    figures_of = {"median": median, "least": min(ratios), "largest": max(ratios)}
    return {**{name: round(value, 2) for name, value in figures_of.items()}, "goal": goal, "reached": median >= goal}


def table(results: Sequence[Figures]) -> str:
    """Return the results as a table for a terminal."""
    head = (
        f"{'':43} {'newest sample to decision':>25} {'to subscriber':>15} {'CPU per':>9} {'done / due':>11}\n"
        f"{'':43} {'p50 / p99 ms':>25} {'p50 / p99 ms':>15} {'decision':>9}"
    )
    lines = [head, *(line for result in results for line in _lines(result))]
    return "\n".join(lines) + "\n"


def _lines(result: Figures) -> list[str]:
    lines = ["", result["setting"]]
    for way, of in result["ways"].items():
        decided, received = _pair(of["newest_to_decision_ms"]), _pair(of["newest_to_subscriber_ms"])
        cpu, done = f"{of['cpu_ms_per_decision']:.1f} ms", f"{of['decisions']} / {of['due']}"
        lines.append(f"  {way:<21}{of['engine'][:20]:<20} {decided:>25} {received:>15} {cpu:>9} {done:>11}")
    lines += [f"  {way}: {_judgement(of)}" for way, of in result["ours"].items()]
    return lines


def _judgement(of: Figures) -> str:
    ratios = [
        f"{what} {ratio['median']:.1f} times lower ({ratio['least']:.1f} to {ratio['largest']:.1f}), "
        f"goal {ratio['goal']:g}: {'reached' if ratio['reached'] else 'missed'}"
        for what, ratio in (("p99", of["p99_times_lower"]), ("CPU", of["cpu_times_lower"]))
    ]
    done = "every window done" if of["every_window_done"] else "windows left undone"
    behind = ", the peer fell behind" if of["peer_fell_behind"] else ""
    return "; ".join([*ratios, done + behind])


def _pair(of: Figures) -> str:
    return f"{of['p50']:.1f} / {of['p99']:.1f}" if of["n"] else "none"
