"""A recording of Nihon Kohden, byte by byte, as MNE reads it: 19 electrodes and a mark."""

import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np

DEVICE = b"EEG-1100A V01.00"
NAMES = "FP1 FP2 F3 F4 C3 C4 P3 P4 O1 O2 F7 F8 T3 T4 T5 T6 FZ CZ PZ"
"""By their places in a list that every such device has."""
ELECTRODES = NAMES.split()
RATE_HZ = 200
STEP_UV = 6399.902 / 65535
COUNTS = np.rint(np.random.default_rng(5).normal(scale=900, size=(len(ELECTRODES), 2000))).astype(np.int64)


def nihon(path: Path, blocks: Sequence[tuple[int, str]]) -> Path:
    """Write blocks of so many seconds, each with the twelve digits of the time at which it began (yymmddhhmmss)."""
    content = bytearray(0x1800)
    content[0:16] = content[0x81:0x91] = DEVICE
    content[0x91] = content[0x17FE] = 1
    struct.pack_into("<I", content, 0x92, 0x400)
    content[0x400 + 17] = len(blocks)
    first = 0
    for block, (seconds, began) in enumerate(blocks):
        struct.pack_into("<I", content, 0x400 + 18 + 20 * block, len(content))
        header = bytearray(0x27 + 10 * len(ELECTRODES))
        header[0x14:0x1A] = bytes.fromhex(began)
        struct.pack_into("<HI", header, 0x1A, RATE_HZ | 0xC000, 10 * seconds)
        header[0x26] = len(ELECTRODES)
        header[0x27 : 0x27 + 10 * len(ELECTRODES) : 10] = bytes(range(len(ELECTRODES)))
        counts = COUNTS[:, first : first + seconds * RATE_HZ]
        first += seconds * RATE_HZ
        # Behind the electrodes stands a channel of marks.
        rows = np.vstack([counts + 0x8000, np.zeros((1, counts.shape[1]))]).astype("<u2")
        content += header + np.ascontiguousarray(rows.T).tobytes()
    path.write_bytes(content)
    return path
