"""A recording in a file as the stages meet it: chunks and gaps in their order, read in pieces."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np

from models.readers.contract import Opened, Recording
from models.readers.xdf import Wanted
from models.signal.dead import dead_channels
from stream.config.keys import Bed, Config
from stream.detect.binding import Binding
from stream.detect.models import Detectors
from stream.records import Chunk, Gap, Source

NOT_RECORDED: Final = "not_recorded"
"""Why samples of a file are missing: its own times say that nothing was recorded there."""


def bind(
    config: Config,
    bed: Bed,
    path: Path,
    opened: Opened,
    detectors: Detectors,
    dead: Mapping[int, str] | None = None,
) -> Binding:
    """Bind a bed's settings to a file; chains are bridged over electrodes that are dead throughout.

    Which those are is found by reading the file once, unless it is given.
    """
    if dead is None:
        dead = dead_channels((samples for _, samples in opened.pieces(0)), opened.head.rate_hz)
    return Binding(config, bed, source_of(path, opened.head), detectors, dead)


def stream_wanted(bed: Bed) -> Wanted:
    """Return which of a file's streams is the bed's, and which of its electrodes."""
    keys, montage = bed.acquire, bed.condition.montage
    return Wanted(keys.name, keys.type, keys.source_id, keys.hostname, montage if isinstance(montage, str) else "")


def chunks(opened: Opened, chunk_samples: int, start: int = 0) -> Iterator[Chunk | Gap]:
    """Yield a recording from sample `start` on, as acquire would hand it on; time (s) is counted from sample 0."""
    rate_hz, at = opened.head.rate_hz, start
    for begin, samples in opened.pieces(start):
        if begin > at:
            yield Gap(at, begin - at, "missing", NOT_RECORDED, arrival_s=(begin - 1) / rate_hz)
        at = begin + samples.shape[1]
        for first in range(0, samples.shape[1], chunk_samples):
            chunk = samples[:, first : first + chunk_samples]
            end_s = (begin + first + chunk.shape[1] - 1) / rate_hz
            # A file has no clock of its own: its samples arrive, and are stamped, as they would be live at its rate.
            yield Chunk(begin + first, chunk, np.isfinite(chunk), arrival_s=end_s, lsl_s=end_s)


def source_of(path: Path, recording: Recording) -> Source:
    """Describe a file as a stream would be."""
    return Source(
        name=path.name,
        type="EEG",
        source_id="",
        hostname="",
        uid="",
        rate_hz=recording.rate_hz,
        format="float32",
        labels=tuple(recording.labels),
        units=tuple(recording.units),
        types=tuple(recording.types),
    )
