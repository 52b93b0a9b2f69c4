"""A recording in a file as the stages meet it: chunks and gaps in their order, read in pieces."""

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np

from models.readers.contract import Opened, Recording
from models.readers.xdf import Wanted
from models.signal.dead import dead_channels
from models.signal.lost_electrodes import slot_samples
from stream.analysis import Analysis, Scored, analyse
from stream.config.keys import Bed, Config
from stream.detect.binding import Binding
from stream.detect.bridging import Bridging
from stream.detect.models import Detectors
from stream.records import Chunk, Gap, Source

NOT_RECORDED: Final = "not_recorded"
"""Why samples of a file are missing: its own times say that nothing was recorded there."""
BY_KEYS: Final = "name one by [bed.acquire] {keys}"
RESUME_S: Final = 600.0
"""So much before the place where a file is taken up again is conditioned once more: stages of sleep settle slowest."""
Make = Callable[[Binding, int], Analysis]
"""Makes the stages by a binding, everything before a sample index being reported already."""
Followed = tuple[Scored, tuple[str, ...]]
"""What is to be merged, and the labels of the electrodes that are bridged meanwhile."""


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
    keys, condition = bed.acquire, bed.condition
    return Wanted(
        keys.name, keys.type, keys.source_id, keys.hostname, condition.montage, BY_KEYS, condition.electrodes()
    )


def chunks(opened: Opened, chunk_samples: int, start: int = 0, grid_samples: int = 0) -> Iterator[Chunk | Gap]:
    """Yield a recording from sample `start` on, as acquire would hand it on; time (s) is counted from sample 0.

    No chunk reaches over a multiple of `grid_samples`, if these are given.
    """
    rate_hz, at = opened.head.rate_hz, start
    for begin, samples in opened.pieces(start):
        if begin > at:
            yield Gap(at, begin - at, "missing", NOT_RECORDED, arrival_s=(begin - 1) / rate_hz)
        at = begin + samples.shape[1]
        for first, end in pairwise(_edges(begin, at, chunk_samples, grid_samples)):
            chunk, end_s = samples[:, first - begin : end - begin], (end - 1) / rate_hz
            # A file has no clock of its own: its samples arrive, and are stamped, as they would be live at its rate.
            yield Chunk(first, chunk, np.isfinite(chunk), arrival_s=end_s, lsl_s=end_s)


def _edges(begin: int, end: int, chunk_samples: int, grid_samples: int) -> list[int]:
    """Return where the chunks of samples [begin, end) begin, and where the last one ends."""
    grid = range(begin // grid_samples * grid_samples, end, grid_samples) if grid_samples else ()
    return sorted({*range(begin, end, chunk_samples), *(edge for edge in grid if edge > begin), end})


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


def follow(binding: Binding, opened: Opened, chunk_samples: int, make: Make, cursor: int = 0) -> Iterator[Followed]:
    """Lead a file through stages from `cursor` on, made anew wherever other electrodes are bridged.

    What is yielded must be merged by the newest stages before the next is asked for.
    """
    rate_hz = binding.source.rate_hz
    resumed = round(RESUME_S * rate_hz)
    start = max(0, cursor - resumed)
    bridging = Bridging(binding, start)
    analysis = make(binding, cursor)
    while True:
        for record in chunks(opened, chunk_samples, start, slot_samples(rate_hz)):
            for scored in analyse(analysis, [record]):
                yield scored, bridging.bridged
            if bridging.push(record):
                break
        else:
            return
        start = max(0, record.end - resumed)
        analysis = make(bridging.binding, analysis.pipeline.cursor)
