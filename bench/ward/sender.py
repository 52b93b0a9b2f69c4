"""A stand-in for one bed's amplifier: a simulated patient over LSL, and faults on request.

Started with one JSON argument, see `Sender`. It prints {"sending": NAME}, and then reads faults from stdin, one JSON
line each: {"fault": "gap", "seconds": 2.0}. "gap" sends nothing and leaves the samples out, "nan" sends no numbers,
"flat" sends zeros, "back" and "ahead" stamp the samples so many seconds too early or late.
"""

import json
import select
import sys
import time
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
import pylsl
from numpy.typing import NDArray

from models.simulate import simulate

CHUNK: Final = 32
LOOP_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Sender:
    """What it declares and whose EEG it sends."""

    name: str
    seed: int
    channels: int = 32
    rate_hz: float = 256.0
    ied_rate_per_min: float = 20.0

    def argument(self) -> str:
        """Write it as the process's argument."""
        return json.dumps(asdict(self))


def signal(sender: Sender) -> tuple[NDArray[np.float32], list[str]]:
    """Return LOOP_S of EEG (samples, channels) and the labels; channels beyond the scalp's repeat it."""
    made = simulate(sender.seed, LOOP_S, rate_hz=sender.rate_hz, ied_rate_per_min=sender.ied_rate_per_min)
    labels = [*made.labels, *(f"X{extra}" for extra in range(sender.channels))][: sender.channels]
    rows = [made.samples[channel % len(made.labels)] for channel in range(sender.channels)]
    return np.ascontiguousarray(np.stack(rows).T), labels


def spoiled(samples: NDArray[np.float32], fault: str) -> NDArray[np.float32]:
    """Return what a fault makes of samples."""
    return np.full_like(samples, {"nan": np.nan, "flat": 0.0}[fault]) if fault in {"nan", "flat"} else samples


def main() -> None:
    """Send without end at the declared rate; pass over what was not sent in time, as an amplifier does."""
    sender = Sender(**json.loads(sys.argv[1]))
    samples, labels = signal(sender)
    info = pylsl.StreamInfo(sender.name, "EEG", sender.channels, sender.rate_hz, "float32", sender.name)
    info.set_channel_labels(labels)
    info.set_channel_units("microvolts")
    outlet = pylsl.StreamOutlet(info, max_buffered=360)
    print(json.dumps({"sending": sender.name}), flush=True)
    epoch_s, number, fault, until_s = pylsl.local_clock(), 0, "", 0.0
    while True:
        due_s = epoch_s + (number + CHUNK - 1) / sender.rate_hz
        time.sleep(max(0.0, due_s - pylsl.local_clock()))
        if select.select([sys.stdin], [], [], 0.0)[0] and (line := sys.stdin.readline()):
            asked = json.loads(line)
            fault, until_s = asked["fault"], pylsl.local_clock() + asked["seconds"]
        if pylsl.local_clock() > until_s:
            fault = ""
        at = np.arange(number, number + CHUNK) % len(samples)
        moved_s = {"back": -5.0, "ahead": 5.0}.get(fault, 0.0)
        if fault != "gap":
            outlet.push_chunk(spoiled(samples[at], fault), due_s + moved_s)
        number += CHUNK


if __name__ == "__main__":
    main()
