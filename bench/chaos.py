"""Question: is anything lost, doubled or told wrongly when everything that can die or go wrong does so at random?

Method: beds of 32 channels over real LSL, mosquitto, `spikewatch run`, and every 5 to 15 s a fault drawn by a seed:
SIGKILL of the broker, of `run` with all its children, of the detector, of an acquire, of a sender; SIGSTOP of these;
gaps, no numbers, flat channels and stamps of a clock that was set. At the end all is healed, gaps in the numbers are
asked for again (`cmd/replay`), and the books are read: every journalled message received, one number per id, coverage
without a hole, no bed unwatched for 30 s after its last fault, none called watched of which nothing is analysed, no
traceback. The load of the host is printed: a start takes longer where others work.
Command: python -m bench.chaos --seconds N --seed N [--beds N] [--json bench/results/chaos.json]
"""

import json
import math
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from bench.command_line import command_line
from bench.latency.listener import Listener, listening
from bench.machine import publish
from bench.ward import books
from bench.ward.faults import FAULTS, Fault, Heal
from bench.ward.live import Ward, live, load_average, until
from bench.ward.witness import BedWatch

PAUSE_S: Final = (5.0, 15.0)
LOOK_EVERY_S: Final = 0.25
STARTS_WITHIN_S: Final = 300.0
HEALED_WITHIN_S: Final = 90.0
REPLAYED_WITHIN_S: Final = 120.0


@dataclass(slots=True)
class Chaos:
    """A ward in which something is always wrong, and what was seen of it."""

    ward: Ward
    listener: Listener
    draw: random.Random
    done: Counter[str] = field(default_factory=Counter)
    under_way: list[tuple[float, Heal, list[BedWatch]]] = field(default_factory=list)
    loads: list[float] = field(default_factory=list)

    def run(self, seconds: float) -> list[BedWatch]:
        """Draw faults for so long; return what was seen of each bed."""
        watches = [BedWatch(bed) for bed in self.ward.beds]
        ends_s = time.monotonic() + seconds
        due_s = time.monotonic()
        while time.monotonic() < ends_s:
            if time.monotonic() >= due_s:
                due_s = time.monotonic() + self.draw.uniform(*PAUSE_S)
                self._begin(watches)
            self._heal(time.monotonic())
            self._look(watches)
        self._heal(math.inf)
        # No error here: a bed that is not watched again is named in the verdict, as stuck.
        ends_s = time.monotonic() + HEALED_WITHIN_S
        while not self.all_watched(watches) and time.monotonic() < ends_s:
            pass
        return watches

    def _begin(self, watches: list[BedWatch]) -> None:
        """Begin one fault, unless one that would be in its way is under way."""
        fault: Fault = self.draw.choice(FAULTS)
        bed = self.draw.choice(self.ward.beds)
        lasts_s = self.draw.uniform(*fault.lasts_s)
        heal = fault.begin(self.ward, bed, lasts_s)
        if heal is None:
            return
        self.done[fault.name] += 1
        print(f"{fault.name} {bed} {lasts_s:.1f} s", file=sys.stderr, flush=True)
        ends_s = time.monotonic() + lasts_s
        touched = [watch for watch in watches if fault.everywhere or watch.bed == bed]
        self.under_way.append((ends_s, heal, touched))
        for watch in touched:
            watch.healed_s = max(watch.healed_s, ends_s)

    def _heal(self, now_s: float) -> None:
        """Heal the faults that have lasted for long enough."""
        for fault in list(self.under_way):
            ends_s, heal, touched = fault
            if ends_s <= now_s:
                heal()
                self.under_way.remove(fault)
                for watch in touched:
                    watch.healed_s = max(watch.healed_s, time.monotonic())

    def _look(self, watches: list[BedWatch]) -> None:
        self.loads.append(load_average())
        for watch in watches:
            watch.look(self.listener, time.monotonic())
        time.sleep(LOOK_EVERY_S)

    def all_watched(self, watches: list[BedWatch]) -> bool:
        """Check whether every bed is called watched."""
        self._look(watches)
        return all(watch.watched for watch in watches)


def replay_missing(ward: Ward, listener: Listener, ask: Callable[[str, str], object]) -> dict[str, int]:
    """Have what was acknowledged and not received sent again, as a subscriber does; return how many were missing."""
    missing = {bed: books.missing(ward, bed, listener) for bed in ward.beds}
    counts = {bed: len(numbers) for bed, numbers in missing.items()}
    for bed, numbers in missing.items():
        if numbers:
            ask(f"{bed}/cmd/replay", json.dumps({"from_seq": min(numbers), "to_seq": max(numbers)}))
    # What is journalled meanwhile is on its way, and is waited for as well.
    until(
        lambda: not any(books.missing(ward, bed, listener) for bed in ward.beds),
        REPLAYED_WITHIN_S,
        "every journalled message has been received",
    )
    return counts


def verdict(ward: Ward, listener: Listener, watches: list[BedWatch], missing: dict[str, int]) -> dict[str, Any]:
    """Return what the books say."""
    ended = ward.running is None or ward.running.poll() is not None
    found = {
        "run_ended": books.last_lines(ward) if ended else [],
        "lost_after_replay": sum(len(books.missing(ward, bed, listener)) for bed in ward.beds),
        "ids_clashing": sum(books.clashes(listener, bed) for bed in ward.beds),
        "coverage_holes": sum(books.holes(ward, bed) for bed in ward.beds),
        "stuck": [line for watch in watches for line in watch.stuck],
        "watched_without_analysis": [line for watch in watches for line in watch.empty],
        "tracebacks": books.tracebacks(ward),
    }
    return {
        "missing_before_replay": missing,
        "journalled": {bed: books.last_seq(ward, bed) for bed in ward.beds},
        "samples": {bed: books.fates(ward, bed) for bed in ward.beds},
        "longest_unwatched_after_a_fault_s": round(max(watch.longest_s for watch in watches), 1),
        **found,
        "passed": not any(found.values()),
    }


def main() -> None:
    """Run and print; exit code 1 if anything was lost, doubled or told wrongly."""
    parser = command_line("bench.chaos", __doc__)
    parser.add_argument("--seconds", type=float, default=1800.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--beds", type=int, default=4)
    options = parser.parse_args()
    with live(options.beds, commands=True) as ward:
        ward.start_broker()
        config = ward.place.config
        time.sleep(1.0)
        root = f"spikewatch/v1/{config.site}"
        with listening(config.publish.host, config.publish.port, f"{root}/#") as listener:
            for bed in ward.beds:
                ward.start_sender(bed)
            ward.start_run()
            chaos = Chaos(ward, listener, random.Random(options.seed))  # noqa: S311  (a seed, no secret)
            watches = [BedWatch(bed) for bed in ward.beds]
            until(lambda: chaos.all_watched(watches), STARTS_WITHIN_S, "beds are watched")
            watches = chaos.run(options.seconds)
            missing = replay_missing(ward, listener, lambda topic, text: listener.say(f"{root}/{topic}", text))
            found = verdict(ward, listener, watches, missing)
    load = {"least": min(chaos.loads), "most": max(chaos.loads)}
    result = {"seconds": options.seconds, "seed": options.seed, "beds": options.beds, "load": load}
    publish("chaos", {**result, "faults": dict(chaos.done), **found}, options.json)
    sys.exit(0 if found["passed"] else 1)


if __name__ == "__main__":
    main()
