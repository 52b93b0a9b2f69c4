"""Question: how soon does a ward go on after a kill or an outage, and is anything lost on the way?

Method: two beds of 32 channels at 256 Hz over real LSL, mosquitto, `spikewatch run`. Three times the detector is sent
SIGKILL, and three times `run` with all its children, which is started again at once: clocked until the journal has
samples of each bed as analysed that came after the kill. Then a sender is stopped for 60 s and sends all that it held
at once: clocked until no second of it waits. Samples without an analysis, shed or missing, are counted by the journal.
At last, apart from all this, 100 events a second are journalled for 100 s while their publisher is sent SIGKILL 14
times and the broker 10 times (`bench.recovery.kill_loop`). The load of the host is printed: a start takes longer where
others work.
Command: python -m bench.recovery [--json bench/results/recovery.json]
"""

import sys
import time
from typing import Any, Final

from bench.command_line import command_line
from bench.latency.listener import listening
from bench.machine import publish
from bench.recovery.kill_loop import kill_loop
from bench.recovery.outages import backlog, detector_killed, tree_killed
from bench.ward.live import live, load_average, until
from bench.ward.witness import BedWatch

TIMES: Final = 3
STARTS_WITHIN_S: Final = 300.0
GOALS: Final = {"detector_s": 5.0, "tree_s": 10.0, "backlog_s": 15.0, "lost": 0}


def met(found: dict[str, Any]) -> dict[str, bool]:
    """Return which goals were met."""
    return {
        "detector_s": max(found["detector_killed_s"]) <= GOALS["detector_s"],
        "tree_s": max(found["tree_killed_s"]) <= GOALS["tree_s"],
        "backlog_s": found["backlog"]["cleared_s"] <= GOALS["backlog_s"] and found["backlog"]["in_order"],
        "samples_lost": found["samples_lost_to_the_detector"] == GOALS["lost"],
        "messages_lost": found["kill_loop"]["lost"] == GOALS["lost"] and found["kill_loop"]["ids_clashing"] == 0,
    }


def outages() -> dict[str, Any]:
    """Return how long each outage of a live ward lasted."""
    with live(2) as ward:
        ward.start_broker()
        time.sleep(1.0)
        publishing = ward.place.config.publish
        root = f"spikewatch/v1/{ward.place.config.site}"
        with listening(publishing.host, publishing.port, f"{root}/#") as listener:
            for bed in ward.beds:
                ward.start_sender(bed)
            ward.start_run()
            watches = [BedWatch(bed) for bed in ward.beds]

            def watched() -> bool:
                for watch in watches:
                    watch.look(listener, time.monotonic())
                return all(watch.watched for watch in watches)

            until(watched, STARTS_WITHIN_S, "beds are watched")
            detectors, lost = [], 0
            for _ in range(TIMES):
                took_s, gone = detector_killed(ward)
                detectors.append(took_s)
                lost += gone
            cleared = backlog(ward, listener)
            trees = [tree_killed(ward) for _ in range(TIMES)]
    return {
        "detector_killed_s": detectors,
        "samples_lost_to_the_detector": lost,
        "tree_killed_s": trees,
        "backlog": cleared,
    }


def main() -> None:
    """Run and print; exit code 1 if a goal was missed."""
    parser = command_line("bench.recovery", __doc__)
    options = parser.parse_args()
    before = load_average()
    found: dict[str, Any] = {**outages(), "kill_loop": kill_loop()}
    verdict = met(found)
    load = {"before": before, "after": load_average()}
    publish("recovery", {"load": load, **found, "goals": GOALS, "met": verdict}, options.json)
    sys.exit(0 if all(verdict.values()) else 1)


if __name__ == "__main__":
    main()
