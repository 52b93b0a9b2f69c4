"""A stand-in for an amplifier, in a process of its own: channel 0 holds the number of each sample.

Run with one JSON argument, see `Amplifier`. Sample number k is due at `epoch_s` + k / rate on the LSL clock, also after
a restart, so that a receiver's index can be compared with time.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pylsl


@dataclass(frozen=True)
class Amplifier:
    """What the stand-in declares and how it sends.

    Attributes
    ----------
    pushed_in_ch1
        channel 1 holds the time of the push
    stamp_errors_s
        from which sample on stamps are off, and by how much, counted from when somebody takes them: a device with a
        clock of its own
    stamped_by_lsl
        liblsl stamps what is pushed, and the kernel paces it: where this process's clock is not the host's
    description_mb
        so large a description is declared besides
    buffer_s
        what is held for who does not take it
    """

    epoch_s: float
    name: str = "ward"
    source_id: str | None = "amp-1"
    rate_hz: float = 256.0
    channels: int = 8
    format: str = "float32"
    unit: str = "microvolts"
    chunk: int = 8
    pushed_in_ch1: bool = False
    stamp_errors_s: tuple[tuple[int, float], ...] = ()
    stamped_by_lsl: bool = False
    description_mb: int = 0
    buffer_s: int = 360

    def argument(self) -> str:
        """Write it as the process's argument."""
        return json.dumps(asdict(self))


def main() -> None:
    """Send without end, at the declared rate."""
    # Here and not above: tests import `Amplifier` for its argument alone, and liblsl would start its threads in them.
    import pylsl

    amplifier = Amplifier(**json.loads(sys.argv[1]))
    info = pylsl.StreamInfo(
        amplifier.name, "EEG", amplifier.channels, amplifier.rate_hz, amplifier.format, amplifier.source_id
    )
    info.set_channel_labels([f"E{channel}" for channel in range(amplifier.channels)])
    info.set_channel_units(amplifier.unit)
    for _ in range(amplifier.description_mb):
        info.desc().append_child_value("remark", "x" * 10**6)
    outlet = pylsl.StreamOutlet(info, max_buffered=amplifier.buffer_s)
    if amplifier.stamped_by_lsl:
        _send(amplifier, outlet, _uptime_s, _uptime_s())
    else:
        _send(amplifier, outlet, pylsl.local_clock, amplifier.epoch_s)


def _uptime_s() -> float:
    """Return the kernel's own time: a library that bends this process's clocks does not reach it."""
    return float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])


def _send(amplifier: Amplifier, outlet: "pylsl.StreamOutlet", now_s: Callable[[], float], epoch_s: float) -> None:
    import numpy as np

    # The number that is due now: after a restart, those in between were never sent.
    number = int((now_s() - epoch_s) * amplifier.rate_hz)
    print("sending", flush=True)  # noqa: T201 -- its parent waits for this line
    taken_from = -1
    while True:
        newest = number + amplifier.chunk - 1
        due_s = epoch_s + newest / amplifier.rate_hz
        time.sleep(max(0.0, due_s - now_s()))
        samples = np.zeros((amplifier.chunk, amplifier.channels))
        samples[:, 0] = np.arange(number, newest + 1)
        if amplifier.pushed_in_ch1:
            samples[:, 1] = now_s() - epoch_s
        if taken_from < 0 and outlet.have_consumers():
            taken_from = number
        begun = reversed(amplifier.stamp_errors_s)
        error_s = next((error_s for first, error_s in begun if newest - taken_from >= first), 0.0)
        stamp_s = 0.0 if amplifier.stamped_by_lsl else due_s + error_s
        # pylsl sends strings only from a list, numbers also from an array.
        outlet.push_chunk(samples.astype(str).tolist() if amplifier.format == "string" else samples, stamp_s)
        number = newest + 1


if __name__ == "__main__":
    main()
