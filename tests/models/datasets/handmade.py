"""Files of clinical data sets written byte by byte, to the rules of their formats."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 250
ELECTRODES = (
    "FP1", "FP2", "F3", "F4", "C3", "C4", "P3", "P4", "O1", "O2", "F7", "F8", "T3", "T4", "T5", "T6", "A1", "A2",
    "FZ", "CZ", "PZ",
)  # fmt: skip
"""In the order in which TUH's files have them, which is not the order of derivations."""

Row = tuple[int, float, float, int]


def edf_bytes(labels: Sequence[str], samples: NDArray[np.int16], rate_hz: int = RATE_HZ) -> bytes:
    """Return an EDF file of one-second records, one digital step a microvolt; `samples` (channels, n)."""
    channels, records = len(labels), samples.shape[1] // rate_hz

    def field(value: object, width: int) -> bytes:
        return str(value).encode("ascii").ljust(width)[:width]

    fixed: list[tuple[object, int]] = [
        ("0", 8),
        ("X X X X", 80),
        ("Startdate 01-JAN-2010 X X X", 80),
        ("01.01.10", 8),
        ("00.00.00", 8),
    ]
    fixed += [(256 * (channels + 1), 8), ("", 44), (records, 8), (1, 8), (channels, 4)]
    each: list[tuple[object, int]] = [
        ("", 80),
        ("uV", 8),
        (-32768, 8),
        (32767, 8),
        (-32768, 8),
        (32767, 8),
        ("", 80),
        (rate_hz, 8),
        ("", 32),
    ]
    header = b"".join(field(*one) for one in fixed) + b"".join(field(label, 16) for label in labels)
    header += b"".join(field(*one) * channels for one in each)
    # Record by record, and in each record channel by channel.
    return header + samples.reshape(channels, records, rate_hz).swapaxes(0, 1).astype("<i2").tobytes()


def waves(seconds: int = 40, electrodes: Sequence[str] = ELECTRODES) -> NDArray[np.int16]:
    """Return (electrodes, n): electrode number k swings at k + 3 Hz, 400 uV high, and at no other frequency."""
    times_s = np.arange(seconds * RATE_HZ) / RATE_HZ
    # From 3 Hz on, above the high-pass; 23 Hz at most, below everything that the low-pass takes.
    frequencies_hz = np.arange(len(electrodes))[:, None] + 3
    swings: NDArray[np.int16] = np.rint(400 * np.sin(2 * np.pi * frequencies_hz * times_s)).astype(np.int16)
    return swings


def rec(rows: Iterable[Row]) -> str:
    """Return the text of a .rec file."""
    return "".join(f"{place},{start_s:g},{stop_s:g},{code}\n" for place, start_s, stop_s, code in rows)


def tuev_file(folder: Path, name: str, rows: Iterable[Row], *, seconds: int = 40, reference: str = "REF") -> Path:
    """Write a recording with its .rec into the corpus's tree; `name` like "train/aaaaaaar/aaaaaaar_00000001"."""
    path = folder / "edf" / f"{name}.edf"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(edf_bytes([f"EEG {name}-{reference}" for name in ELECTRODES], waves(seconds)))
    path.with_suffix(".rec").write_text(rec(rows), encoding="ascii")
    return path


TRAIN_1, TRAIN_2, EVAL_1 = (
    "train/aaaaaaar/aaaaaaar_00000001",
    "train/aaaaaabs/aaaaaabs_00000002",
    "eval/007/spsw_007_a_",
)


def tuev_tree(folder: Path) -> Path:
    """Write three recordings: train has 2 spsw, 1 gped, 1 pled, 1 eyem, 2 artf and 4 bckg, eval 1 spsw and 3 bckg."""
    first: list[Row] = [(0, 10, 11, 1), (21, 12, 13, 1), (5, 10, 11, 6), (5, 10, 11, 6), (13, 30.4, 31.4, 6)]
    second: list[Row] = [(2, 5, 6, 2), (2, 6, 7, 3), (3, 8, 9, 4), (4, 9, 10, 5), (4, 10, 11, 5), (8, 11, 12, 6)]
    third: list[Row] = [(1, 5, 6, 1), (1, 7, 8, 6), (1, 8, 9, 6), (2, 8, 9, 6)]
    tuev_file(folder, TRAIN_1, first)
    tuev_file(folder, TRAIN_2, second, reference="LE")
    tuev_file(folder, EVAL_1, third)
    return folder
