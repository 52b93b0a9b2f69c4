"""What MNE does not look at in Nihon Kohden's recordings: what is an electrode, and when each block began.

Places of blocks, rates and lengths are those of MNE's reader. A block's time, in BCD before its rate, is where nk2edf
has it; no recording with several blocks was at hand to check it. What is no date there counts as unknown.
"""

import re
import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, Final

from models.readers import joints
from models.signal.electrodes import may_be_eeg

CONTROL_AT: Final = 0x92
BLOCKS_AT: Final = 17
TIME_AT: Final = 0x14
RATE_BITS: Final = 0x3FFF
"""Of the two bytes of a block's rate."""
TENTHS: Final = 10
"""A block states its length in tenths of a second."""
CLOCK_S: Final = 1.0
"""Blocks state whole seconds."""

_AUXILIARY: Final = re.compile(r"Z|E|\$.*|(?:DC|NA|X|BN)\d+(?:/BP\d+)?|MARK\d*", re.IGNORECASE)
"""Inputs of the device that are no electrodes under the names that it gives them."""

DEVICES: Final = (b"EEG-1100", b"EEG-1200", b"EEG-2100", b"QI-403A", b"DAE-2100D")
"""How recordings of this maker begin."""


def why_refused(path: Path) -> str:
    """Return why a file cannot be opened and what to do, "" where it is of this maker."""
    with path.open("rb") as file:
        if file.read(max(map(len, DEVICES))).startswith(DEVICES):
            return ""
    header = f"put its header {path.with_suffix('.vhdr').name} beside it and name that"
    return f"is no recording of Nihon Kohden; if it is BrainVision's data, {header}, else export it as EDF"


def kind(label: str, guessed: str) -> str:
    """Return a channel's kind: MNE's guess, but "" for what is an electrode by its label.

    MNE takes every label with a "Z", an "X" or "NA" in it for something else, FZ, CZ and PZ too.
    """
    is_electrode = not _AUXILIARY.fullmatch(label.strip()) and may_be_eeg(label, "")
    return "" if is_electrode and guessed != "eeg" else guessed


def breaks(path: Path, rate_hz: float) -> list[joints.Joint]:
    """Return where each block but the first begins: samples of two blocks are never read at once.

    MNE cannot read over the end of a block.
    """
    with path.open("rb") as file:
        starts = list(_starts(file))
    found = {joint.at: joint for joint in joints.by_times(starts, rate_hz, CLOCK_S)}
    # What is missing within the second that the clock can tell is as good as nothing, but a break all the same.
    return [found.get(at, joints.Joint(at, 1 / rate_hz)) for (before, _), (at, _) in pairwise(starts) if at > before]


def _starts(file: BinaryIO) -> Iterator[tuple[int, float | None]]:
    """Yield the first sample of each block, and when it was recorded (s)."""
    [control] = _numbers(file, CONTROL_AT, "<I")
    [blocks] = _numbers(file, control + BLOCKS_AT, "<B")
    first = 0
    for block in range(blocks):
        [address] = _numbers(file, control + BLOCKS_AT + 1 + 20 * block, "<I")
        *date, rate, tenths = _numbers(file, address + TIME_AT, "<6BHI")
        yield first, _seconds(date)
        first += tenths * (rate & RATE_BITS) // TENTHS


def _numbers(file: BinaryIO, at: int, layout: str) -> tuple[int, ...]:
    file.seek(at)
    return struct.unpack(layout, file.read(struct.calcsize(layout)))


def _seconds(date: list[int]) -> float | None:
    """Return the time of a date in BCD, None where it is none: year, month, day, hour, minute, second."""
    try:
        return datetime.strptime(bytes(date).hex(), "%y%m%d%H%M%S").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None
