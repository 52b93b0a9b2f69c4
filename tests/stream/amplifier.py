"""A stand-in for an amplifier, in a process of its own: channel 0 holds the number of each sample.

Run with one JSON argument, see `Amplifier`. Sample number k is due at `epoch_s` + k / rate on the LSL clock, also after
a restart, so that a receiver's index can be compared with time.
"""

import json
import sys
import time
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Amplifier:
    """What the stand-in declares and how it sends; `pushed_in_ch1`: channel 1 holds the time of the push."""

    epoch_s: float
    name: str = "ward"
    source_id: str = "amp-1"
    rate_hz: float = 256.0
    channels: int = 8
    format: str = "float32"
    unit: str = "microvolts"
    chunk: int = 8
    pushed_in_ch1: bool = False

    def argument(self) -> str:
        """Write it as the process's argument."""
        return json.dumps(asdict(self))


def main() -> None:
    """Send without end, at the declared rate."""
    # Here and not above: tests import `Amplifier` for its argument alone, and liblsl would start its threads in them.
    import numpy as np
    import pylsl

    amplifier = Amplifier(**json.loads(sys.argv[1]))
    info = pylsl.StreamInfo(
        amplifier.name, "EEG", amplifier.channels, amplifier.rate_hz, amplifier.format, amplifier.source_id
    )
    info.set_channel_labels([f"E{channel}" for channel in range(amplifier.channels)])
    info.set_channel_units(amplifier.unit)
    outlet = pylsl.StreamOutlet(info, max_buffered=360)
    # The number that is due now: after a restart, those in between were never sent.
    number = int((pylsl.local_clock() - amplifier.epoch_s) * amplifier.rate_hz)
    print("sending", flush=True)  # noqa: T201 -- its parent waits for this line
    while True:
        newest = number + amplifier.chunk - 1
        due_s = amplifier.epoch_s + newest / amplifier.rate_hz
        time.sleep(max(0.0, due_s - pylsl.local_clock()))
        samples = np.zeros((amplifier.chunk, amplifier.channels))
        samples[:, 0] = np.arange(number, newest + 1)
        if amplifier.pushed_in_ch1:
            samples[:, 1] = pylsl.local_clock() - amplifier.epoch_s
        # pylsl sends strings only from a list, numbers also from an array.
        outlet.push_chunk(samples.astype(str).tolist() if amplifier.format == "string" else samples, due_s)
        number = newest + 1


if __name__ == "__main__":
    main()
