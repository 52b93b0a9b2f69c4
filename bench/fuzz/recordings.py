"""Recordings of every kind: opened, read in pieces, bound to a bed, and the checks that hold for what came out."""

import random
import zipfile
from collections.abc import Callable
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from typing import Final

from bench.fuzz import seeds
from bench.fuzz.mutation import damaged
from bench.fuzz.target import Target, broken
from models.readers.contract import Opened
from models.readers.recording import open_recording
from models.readers.xdf import Wanted
from stream.config.keys import Acquire, Bed, Config, Infer
from stream.detect.binding import Binding
from stream.detect.models import Detectors
from stream.recorded import chunks, source_of

CHUNK_SAMPLES: Final = 512
CONDITIONED: Final = 4
"""Chunks of a file that are conditioned: what a header claims shows in the first ones."""
Make = Callable[[random.Random], bytes]


def use(path: Path) -> None:
    """Read a recording as `score` does."""
    opened = open_recording(path, Wanted())
    _check(opened)
    config, detectors = _bed()
    binding = Binding(config, config.bed[0], source_of(path, opened.head), detectors)
    pipeline = binding.pipeline()
    for number, item in enumerate(chunks(opened, CHUNK_SAMPLES)):
        if number < CONDITIONED:
            pipeline.condition(item)


@cache
def _bed() -> tuple[Config, Detectors]:
    config = Config(bed=[Bed(id="bed-1", acquire=Acquire())], infer=Infer(device="cpu", sleep="off"))
    return config, Detectors(config)


def _check(opened: Opened) -> None:
    """Check what every reader promises: pieces in order, none in a gap, together as long as the file without gaps."""
    head, at, total = opened.head, 0, 0
    for first, piece in opened.pieces(0):
        if first < at or piece.shape[0] != len(head.labels) or first + piece.shape[1] > opened.length:
            raise broken(f"a piece of {piece.shape} at {first}, behind {at} of {opened.length}")
        if any(begin < first + piece.shape[1] and first < end for begin, end in head.gaps):
            raise broken(f"a piece at {first} lies in a gap")
        at, total = first + piece.shape[1], total + piece.shape[1]
    if any(one[1] > other[0] for one, other in pairwise(head.gaps)) or any(end <= begin for begin, end in head.gaps):
        raise broken(f"gaps {head.gaps[:4]} are in no order")
    if total + sum(end - begin for begin, end in head.gaps) != opened.length:
        raise broken(f"{total} samples and gaps {head.gaps[:4]} make no length of {opened.length}")


def _bytes(valid: Callable[[], bytes]) -> Make:
    kept = cache(valid)
    return lambda draw: damaged(draw, kept())


def _npz(draw: random.Random) -> bytes:
    members = seeds.npz()
    # Within the archive: damage outside it would be caught by its check sums and end every attempt.
    if draw.random() < 0.9:
        name = draw.choice(sorted(members))
        members[name] = damaged(draw, members[name])
    if draw.random() < 0.2:
        del members[draw.choice(sorted(members))]
    content = seeds.zipped(members, draw.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED)))
    return damaged(draw, content) if draw.random() < 0.2 else content


def _one_of(*makes: Make) -> Make:
    return lambda draw: draw.choice(makes)(draw)


TARGETS: Final = (
    Target("edf", ".edf", _one_of(_bytes(seeds.edf), _bytes(seeds.bare_edf)), use, _bed),
    Target("bdf", ".bdf", _bytes(seeds.bdf), use, _bed),
    Target("xdf", ".xdf", _one_of(_bytes(seeds.xdf), _bytes(partial(seeds.xdf, 5.0))), use, _bed),
    Target("npz", ".npz", _npz, use, _bed),
    Target("mat", ".mat", _one_of(_bytes(seeds.mat), _bytes(partial(seeds.mat, compressed=True))), use, _bed),
)
