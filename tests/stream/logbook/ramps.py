"""A recording whose every sample names its own index: written to a sample log, and read back."""

import numpy as np

from stream.logbook.samplelog import SampleLogWriter
from stream.records import Chunk, Gap, Samples, Source

SOURCE = Source(
    name="ward",
    type="EEG",
    source_id="amp-1",
    hostname="host",
    uid="u-1",
    rate_hz=100.0,
    format="float32",
    labels=("Fp1", "O2"),
    units=("uV", "uV"),
    types=("EEG", "EEG"),
)


def ramp(first: int, length: int) -> Samples:
    """Return two channels that name each sample: its index modulo 2**20, and that negated."""
    # Well below 2**24, up to which float32 holds every whole number.
    index = (np.arange(first, first + length) % 2**20).astype(np.float32)
    return np.stack([index, -index])


def feed(writer: SampleLogWriter, length: int) -> None:
    """Append the next `length` samples of the ramp, one sample a tick of both clocks."""
    end = writer.head + length
    # 1000 s apart, so that LSL time and arrival cannot be mixed up unnoticed.
    writer.append(ramp(writer.head, length), end / 100, 1000 + (end - 1) / 100)


def feed_all(writer: SampleLogWriter, lengths: list[int]) -> None:
    """Append samples, and a gap for each negative length."""
    for length in lengths:
        if length > 0:
            feed(writer, length)
        else:
            writer.gap(-length, "lost", 0.0)


def indices(records: list[Chunk | Gap]) -> list[int]:
    """List the sample indices that chunks hold, as the samples themselves name them."""
    return [int(x) for chunk in records if isinstance(chunk, Chunk) for x in chunk.samples[0]]
