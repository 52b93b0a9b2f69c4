"""EDF+ and BDF+ files written byte by byte, to the rules of the format."""

from collections.abc import Sequence

import numpy as np

RATE_HZ = 128
SECONDS = 20
LABELS = ("EEG Fp1-REF", "EEG F7-REF", "EEG T3-REF", "EEG T5-REF", "EEG O1-REF")
# A multiple of 2 and of 3: annotations fill whole samples of EDF and of BDF alike.
LIST_BYTES = 120
"""Of the annotation signal, in each record of one second."""

Note = tuple[float, float, str]


def listed(onset_s: float, duration_s: float, text: str) -> bytes:
    """Return one time-stamped annotation list."""
    duration = f"\x15{duration_s:g}" if duration_s else ""
    return f"{onset_s:+g}{duration}\x14{text}\x14\x00".encode()


def annotation_bytes(notes: Sequence[Note], record: int, first_s: float = 0.0) -> bytes:
    """Return the annotation signal of one record: its own time, then the notes of this second."""
    own = f"{record + first_s:+g}\x14\x14\x00".encode()
    # A note behind the end goes into the last record, or no file could hold it.
    now = [(onset, duration, text) for onset, duration, text in notes if min(int(onset), SECONDS - 1) == record]
    content = own + b"".join(listed(onset + first_s, duration, text) for onset, duration, text in now)
    assert len(content) <= LIST_BYTES, "more notes than fit into one second"
    return content.ljust(LIST_BYTES, b"\0")


def edf_plus(
    notes: Sequence[Note], labels: Sequence[str] = LABELS, *, seed: int = 0, first_s: float = 0.0, bdf: bool = False
) -> bytes:
    """Return a file of 20 s of noise, one step a microvolt, with notes of (onset s, duration s, text).

    `first_s` is the fraction of a second at which the recording starts, by which EDF+ moves all times.
    """
    sample_bytes = 3 if bdf else 2
    names = [*labels, "BDF Annotations" if bdf else "EDF Annotations"]
    # Physical and digital range are the same, so that a step is a microvolt.
    limit = 2 ** (8 * sample_bytes - 1)
    spans = [(-limit, limit - 1)] * len(names)
    per_record = [RATE_HZ] * len(labels) + [LIST_BYTES // sample_bytes]
    columns = [
        (names, 16), ([""] * len(names), 80), (["uV"] * len(labels) + [""], 8), ([low for low, _ in spans], 8),
        ([high for _, high in spans], 8), ([low for low, _ in spans], 8), ([high for _, high in spans], 8),
        ([""] * len(names), 80), (per_record, 8), ([""] * len(names), 32),
    ]  # fmt: skip
    fixed = (
        b"\xffBIOSEMI" if bdf else b"0".ljust(8),
        b"X X X X".ljust(80),
        b"Startdate 02-JAN-2020 X X X".ljust(80),
        b"02.01.2000.00.00",
        str(256 * (len(names) + 1)).encode().ljust(8),
        (b"BDF+C" if bdf else b"EDF+C").ljust(44),
        str(SECONDS).encode().ljust(8),
        b"1".ljust(8),
        str(len(names)).encode().ljust(4),
    )
    header = b"".join(fixed)
    header += b"".join(str(value).encode().ljust(width) for values, width in columns for value in values)
    steps = np.random.default_rng(seed).normal(scale=20, size=(SECONDS, len(labels), RATE_HZ)).astype("<i4")
    # Little-endian: the low bytes come first, and are the number's two's complement in EDF and BDF alike.
    low_bytes = steps.view(np.uint8).reshape(*steps.shape, 4)[..., :sample_bytes]
    records = [low_bytes[k].tobytes() + annotation_bytes(notes, k, first_s) for k in range(SECONDS)]
    return header + b"".join(records)
