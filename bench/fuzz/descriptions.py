"""Descriptions of LSL streams, as liblsl hands them on: whatever a sender put in, a bed is bound or refused."""

import ctypes
import random
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

import pylsl
from pylsl.lib import lib

from bench.fuzz import seeds
from bench.fuzz.mutation import damaged
from bench.fuzz.target import Target, broken
from models.errors import ModelsError
from stream.acquire import identity, lsl
from stream.config.keys import Acquire, Bed, Config, Infer
from stream.detect.binding import Binding
from stream.detect.models import Detectors
from stream.errors import InputError
from stream.records import Source

LONGEST_LINE: Final = 4_000
SHAFT: Final = tuple(f"LA{k}" for k in range(1, 9))
NUMBERED: Final = tuple(f"CH{k}" for k in range(300))


def _valid(draw: random.Random) -> bytes:
    labels = draw.choice((seeds.ELECTRODES, SHAFT, NUMBERED))
    return _written(draw.choice(("EEG", "eeg ", "")), labels, draw.choice((256.0, 0.0, 128.5, 1e4)))


@cache
def _written(kind: str, labels: tuple[str, ...], rate_hz: float) -> bytes:
    info = pylsl.StreamInfo("amp", kind, len(labels), rate_hz, "float32", "id-1")
    info.set_channel_labels(list(labels))
    info.set_channel_units(["microvolts"] * len(labels))
    info.set_channel_types(["EEG"] * len(labels))
    # Of an outlet: only then has a description the ids and ports without which liblsl takes none.
    written: str = pylsl.StreamOutlet(info).get_info().as_xml()
    return written.encode()


def _use(path: Path) -> None:
    info = _info(path.read_bytes())
    listed = lsl._listed(info)
    described = lsl._with_channels(info, listed)
    bed, detectors = _bed()
    lines = [identity.described(described), *identity.changes(listed, described)]
    match = identity.match(bed.acquire, [listed, replace(described, uid="other")])
    lines += [match.reason] if isinstance(match, identity.NoMatch) else []
    refusal = identity.unfit(described, bed.acquire.unit)
    lines += [refusal]
    if not refusal:
        lines += _bound(bed, described, detectors)
    if any(len(line) > LONGEST_LINE or "\n" in line for line in lines):
        raise broken("a line about a stream is as long, or has as many lines, as its sender likes")


def _bound(bed: Bed, source: Source, detectors: Detectors) -> list[str]:
    try:
        Binding(Config(bed=[bed]), bed, source, detectors).pipeline()
    except (InputError, ModelsError) as problem:
        return [str(problem)]
    return []


def _info(xml: bytes) -> pylsl.StreamInfo:
    # liblsl parses what comes over the network with the same function.
    from_xml = lib.lsl_streaminfo_from_xml
    from_xml.restype = ctypes.c_void_p
    handle = from_xml(xml.replace(b"\0", b""))
    if not handle:
        raise InputError("liblsl makes no description of it")
    return pylsl.StreamInfo(handle=handle)


@cache
def _bed() -> tuple[Bed, Detectors]:
    bed = Bed(id="bed-1", acquire=Acquire(unit="any"))
    return bed, Detectors(Config(bed=[bed], infer=Infer(device="cpu", sleep="off")))


TARGETS: Final = (Target("lsl", ".xml", lambda draw: damaged(draw, _valid(draw)), _use, _bed),)
