"""Question: how much sooner, and with how much less work, does Spikewatch decide than what one would write today?

The peer (`bench.peer.pipeline`, written from the documentation of its libraries) takes the stream with MNE-LSL, filters
all channels, takes the newest 1.5 s every hop, applies SC in eager PyTorch and publishes every decision with paho.
Spikewatch is `spikewatch run` with its processes, journal, metrics and page (`bench.latency.reported` only lets the
reports be read), on the same weights, and again with a streaming SC. Both analyse one stream of 32 channels at 512 Hz,
sent over LSL by a third process in chunks of 16 samples, through one kind of broker (mosquitto), one side at a time.

Method: rounds; in each the peer and then Spikewatch with every network, each run in processes started for it, and
counted for `--seconds` once warm. Weights are random and seeded (time does not depend on them): SC of the paper, width
256, windows of 768 samples; "small" are the shipped networks at 128 Hz. What is measured, on one clock, that of LSL:
- newest sample to decision: from the LSL time of a window's newest sample (stamped by the sender) to its probability
  being there; with Spikewatch, merged as well. Every hop counts, on both sides. The goals are about its p99.
- newest sample to subscriber: the same until an MQTT subscriber has it, QoS 1. The peer publishes every decision;
  Spikewatch journals (on disk) and publishes events only, so fewer count.
- CPU per decision: user and system time of all processes of a side, over its hops; one decision is all groups of a hop.
  Sender, broker and subscriber are left out on both sides.
- done of due: hops decided of those in the time counted. A hop that Spikewatch could not score in time is worked off
  later and counts as late; the peer, which takes the newest data there is, leaves it out.
- probabilities: largest difference on windows that Spikewatch has conditioned; correlation of the peer's live ones with
  Spikewatch's of windows that end with the same sample (filters differ).
The peer's hops are those of a clock, so the newest sample it finds is up to a chunk old; Spikewatch decides when the
last chunk of a hop arrives. It filters the electrodes of its groups, the peer all 32. Neither stages sleep. A ratio is
a round's; its median is judged.
Command: python -m bench.peer [--network paper|small] [--seconds 5] [--rounds 3] [--quick] [--json FILE]
"""

import importlib.metadata
import importlib.util
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.command_line import command_line
from bench.machine import publish
from bench.peer.figures import PEER, figures, table
from bench.peer.networks import save
from bench.peer.probabilities import live_correlation, same_windows
from bench.peer.runs import Run, Setting, peer, spikewatch
from models.zoo import store


@dataclass(frozen=True, slots=True)
class Case:
    """A setting, and the ways of Spikewatch that are measured in it."""

    setting: Setting
    ways: tuple[str, ...]


CASES: Final = (
    Case(
        Setting("paper", 1, 125.0),
        ("sc", "sc, 2 threads", "sc, bf16", "sc_stream", "sc_stream, 2 threads", "sc_stream, bf16"),
    ),
    Case(Setting("paper", 1, 31.25), ("sc", "sc_stream", "sc_stream, bf16")),
    Case(Setting("paper", 6, 125.0), ("sc", "sc, 2 threads", "sc, bf16", "sc_stream", "sc_stream, bf16")),
    Case(Setting("paper", 6, 31.25), ("sc_stream", "sc_stream, bf16")),
    Case(Setting("small", 6, 62.5), ("sc", "sc_stream")),
)
QUICK: Final = (Case(Setting("paper", 1, 125.0), ("sc",)),)
# What follows a network's kind in the name of a way, as keys of the configuration.
INFER: Final[Mapping[str, dict[str, Any]]] = {"bf16": {"precision": "bf16"}, "2 threads": {"threads": 2}}
# By their import names and by those under which they are installed.
LIBRARIES: Final = ("mne_lsl", "paho")
DISTRIBUTIONS: Final = ("mne-lsl", "mne", "paho-mqtt")

Models = Mapping[tuple[str, str], Path]
"""Model folders, by a setting's network and a kind of it."""


def networks(folder: Path) -> Models:
    """Make or find the networks of all cases: of the paper's size, and those that are shipped."""
    paper: dict[tuple[str, str], Path] = {("paper", kind): save(folder, kind) for kind in ("sc", "sc_stream")}
    shipped = [store.load(name).manifest for name in store.names()]
    # Only detectors: the zoo holds a sleep stager as well.
    return paper | {("small", found.architecture): store.locate(found.name) for found in shipped if found.task == "ied"}


def measured(case: Case, models: Models, seconds: float, rounds: int) -> dict[str, list[Run]]:
    """Run all ways of which there is a network in turn, round by round."""
    ways = [way for way in case.ways if (case.setting.network, _kind(way)) in models]
    if left_out := sorted(set(case.ways) - set(ways)):
        sys.stderr.write(f"{case.setting.name}: no network is shipped for {', '.join(left_out)}\n")
    runs: dict[str, list[Run]] = {way: [] for way in (PEER, *ways)}
    for number in range(rounds):
        # In turn within a round: a ratio is one of neighbours in time, which the machine's drift spares.
        for way, mine in runs.items():
            sys.stderr.write(f"round {number + 1} of {rounds}: {case.setting.name}: {way}\n")
            mine.append(_run(way, case.setting, models, seconds))
    return runs


def _kind(way: str) -> str:
    """Name the architecture of a way such as "sc, bf16"."""
    return way.split(", ", maxsplit=1)[0]


def _run(way: str, setting: Setting, models: Models, seconds: float) -> Run:
    if way == PEER:
        return peer(setting, models[setting.network, "sc"], seconds)
    kind, *options = way.split(", ")
    infer = {key: value for option in options for key, value in INFER[option].items()}
    return spikewatch(setting, models[setting.network, kind], seconds, infer)


def compared(cases: Sequence[Case], seconds: float, rounds: int) -> list[dict[str, Any]]:
    """Measure all cases, then compare probabilities, when nothing is being timed any more."""
    with tempfile.TemporaryDirectory() as folder:
        models = networks(Path(folder))
        runs = [measured(case, models, seconds, rounds) for case in cases]
        return [
            figures(case.setting, mine) | {"probabilities": _probabilities(case.setting, models, mine[PEER][0])}
            for case, mine in zip(cases, runs, strict=True)
        ]


def _probabilities(setting: Setting, models: Models, run: Run) -> dict[str, Any]:
    model = models[setting.network, "sc"]
    return {
        "same_windows": same_windows(model, setting.groups),
        "live": live_correlation(model, setting.groups, run),
    }


def _check_libraries() -> None:
    if missing := [name for name in LIBRARIES if importlib.util.find_spec(name) is None]:
        raise SystemExit(f"{' and '.join(missing)} not installed; pip install 'spikewatch[bench]'")


def main() -> None:
    """Measure, print a table and keep the figures."""
    parser = command_line("bench.peer", __doc__)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="one setting, one round")
    parser.add_argument("--network", choices=("paper", "small"), help="the settings of one of both alone")
    given = parser.parse_args()
    _check_libraries()
    cases, rounds = (QUICK, 1) if given.quick else (CASES, given.rounds)
    asked = [case for case in cases if given.network in (None, case.setting.network)]
    results = compared(asked, given.seconds, rounds)
    sys.stderr.write(table(results))
    libraries = {name: importlib.metadata.version(name) for name in DISTRIBUTIONS}
    result = {"seconds": given.seconds, "rounds": rounds, "peer": libraries, "cases": results}
    publish("peer", result, given.json)


if __name__ == "__main__":
    main()
