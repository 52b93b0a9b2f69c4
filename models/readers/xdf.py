"""The streams of an XDF file, as pyxdf returns them: nested dictionaries of one-element lists.

The only code that knows pyxdf.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyxdf

from models.errors import AGAIN, RecordingError
from models.readers import xdf_chunks
from models.readers.timeline import average_hz, rough_rate_hz
from models.readers.xdf_channels import channels, odd_description
from models.readers.xdf_parts import KEYS, Stream, are_parts, differing, joined, text, without_copies
from models.readers.xdf_times import Placed, place
from models.signal.chains import Spec
from models.signal.electrodes import may_be_eeg

EEG: Final = "EEG"
OWN_FILE: Final = "write the one that is meant to a file of its own, such as .npz"
FEWEST_HZ: Final = 50.0
"""Fewer samples a second are no EEG, but impedances, band power or, where no rate is declared, events."""
SHORTEST_S: Final = 3.0
"""A shorter stream beside a longer one is what a sender left behind that was started again."""
NOT_APART: Final = f"no key tells them apart: {OWN_FILE}"
UNCLOSED: Final = "was never closed: its last samples may be missing, and all that are there were read"


class _Complaints(logging.Handler):
    """Collects what pyxdf only logs: that a file is damaged."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Collect one complaint."""
        self.texts.append(record.getMessage())


def load(path: Path) -> tuple[list[Stream], dict[str, Any], tuple[str, ...]]:
    """Return a file's streams, its header, and what is odd about the file.

    Raises
    ------
    RecordingError
        if pyxdf complains of the file, which it only logs
    """
    # pyxdf continues after a damaged chunk as if nothing were missing, and only logs it.
    logger = logging.getLogger("pyxdf")
    complaints, propagates = _Complaints(), logger.propagate
    logger.addHandler(complaints)
    logger.propagate = False
    try:
        # Opened here, since pyxdf leaves a damaged file open.
        with path.open("rb") as file, np.errstate(divide="ignore", invalid="ignore"):
            readable, remarks = xdf_chunks.sound(path, file)
            # Not straightened by pyxdf: it believes the declared rate, and a pause of 499 samples disappears.
            # Nor are clocks compared: one measurement that is off bends the stamps; one stream needs no other's time.
            streams, header = pyxdf.load_xdf(readable, dejitter_timestamps=False, synchronize_clocks=False)
    finally:
        logger.removeHandler(complaints)
        logger.propagate = propagates
    if complaints.texts:
        raise RecordingError(f"is cut off or damaged ({' '.join(complaints.texts[0].split())}); {AGAIN}")
    return streams, header or {}, remarks


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is meant of a file with more than one recording in it.

    Keys name one of several streams, as [bed.acquire] does live: those that are "" match any stream. `montage` says
    which electrodes decide, where these have rates of their own, and `aliases` which labels stand for electrodes.
    `remedy` is what to do where several streams are left; "{keys}" in it stands for those that differ.
    """

    name: str = ""
    type: str = EEG
    source_id: str = ""
    hostname: str = ""
    montage: Spec = ""
    remedy: str = OWN_FILE
    aliases: Mapping[str, str] = field(default_factory=dict)


ANY_EEG: Final = Wanted()


def eeg_stream(streams: list[Stream], wanted: Wanted = ANY_EEG) -> tuple[Stream, dict[str, str]]:
    """Return the one stream with EEG in it, and by name why each other is left out.

    Raises
    ------
    RecordingError
        if no stream or several are EEG
    """
    signals = [stream for stream in streams if _is_signal(stream)]
    filled, copies = without_copies([stream for stream in signals if len(stream["time_series"])])
    parts = _chosen(_lasting(_typed(filled, wanted)), wanted)
    known = [*parts, *(copy for _, copy in copies)]
    others = [other for other in signals if all(other is not one for one in known)]
    twice = any(kept is part for kept, _ in copies for part in parts)
    return joined(parts, twice=twice), {f"stream {text(other, 'name')}": _reason(other) for other in others}


def _lasting(streams: list[Stream]) -> list[Stream]:
    """Return the streams that last, and are as fast as EEG; all of them where none is."""
    lengths_s = [len(stream["time_series"]) / _rate_hz(stream) for stream in streams]
    lasting = [one for one, length_s in zip(streams, lengths_s, strict=True) if length_s >= SHORTEST_S] or streams
    return [one for one in lasting if _rate_hz(one) >= FEWEST_HZ] or lasting


def _typed(filled: list[Stream], wanted: Wanted) -> list[Stream]:
    """Return the streams of the type that is wanted, or else of EEG; where some have electrodes, only those."""
    of_type = [
        [stream for stream in filled if same_type(text(stream, "type"), kind)] for kind in (wanted.type or EEG, EEG)
    ]
    typed = of_type[0] or of_type[1] or ([] if wanted.type else filled)
    if not typed and not filled:
        raise RecordingError(f"holds no stream of numbers with samples in it; {AGAIN}")
    if not typed:
        others = ", ".join(f'"{text(other, "name")}" is of type "{text(other, "type")}"' for other in filled)
        remedy = f'set bed.acquire.type = "{text(filled[0], "type")}" if that is the EEG'
        raise RecordingError(f'holds no stream of type "{wanted.type}": {others}; {remedy}')
    # Polygraphs send their ECG or EMG as a second stream of type "EEG", at a rate of its own.
    return [stream for stream in typed if _has_electrodes(stream)] or typed


def _chosen(typed: list[Stream], wanted: Wanted) -> list[Stream]:
    """Return the only stream, or of several the one that the keys name; of one that was started again every part."""
    keys = {key: value for key in KEYS if (value := getattr(wanted, key))}
    # A single stream needs no name: whoever scores a file of another amplifier does not write a configuration for it.
    if len(typed) == 1 or (typed and are_parts(typed)):
        return typed
    named = [stream for stream in typed if all(text(stream, key) == keys[key] for key in keys)]
    if len(named) == 1 or (named and are_parts(named)):
        return named
    asked = ", ".join(f'{key} = "{value}"' for key, value in keys.items())
    which = f", {len(named) or 'none'} of them with {asked}" if keys else ""
    listed = ", ".join(map(_described, typed))
    apart = differing(named or typed)
    remedy = wanted.remedy.replace("{keys}", " or ".join(apart)) if apart else NOT_APART
    raise RecordingError(f"holds {len(typed)} EEG streams ({listed}){which}; {remedy}")


def same_type(one: str, other: str) -> bool:
    """Check whether two types of a stream are the same word: senders write "eeg" and "EEG " as well."""
    return one.strip().casefold() == other.strip().casefold()


def _described(stream: Stream) -> str:
    about = f"{len(stream['time_series'])} samples, type {text(stream, 'type')}"
    return f'"{text(stream, "name")}" with source_id "{text(stream, "source_id")}" ({about})'


def _is_signal(stream: Stream) -> bool:
    """Whether samples are numbers that come at a rate: markers come when something happens."""
    return text(stream, "channel_format") != "string" and _rate_hz(stream) > 0


def _declared_hz(stream: Stream) -> float:
    return float(text(stream, "nominal_srate") or 0)


def _rate_hz(stream: Stream) -> float:
    """Return the rate that a stream declares; where it declares none, the one that its samples have, or 0."""
    if _declared_hz(stream) > 0:
        return _declared_hz(stream)
    stamps_s = np.asarray(stream.get("time_stamps", ()), np.float64)
    known_s = stamps_s[np.isfinite(stamps_s)]
    # Not over all of them: a pause is part of no rate.
    shown_hz = rough_rate_hz(known_s, average_hz(known_s))
    return shown_hz if shown_hz >= FEWEST_HZ else 0.0


def _has_electrodes(stream: Stream) -> bool:
    return any(may_be_eeg(channel["label"], channel["type"]) for channel in channels(stream["info"]))


def _reason(stream: Stream) -> str:
    kind = text(stream, "type")
    if not len(stream["time_series"]):
        return "holds no samples"
    if len(stream["time_series"]) < SHORTEST_S * _rate_hz(stream):
        return f"lasts {len(stream['time_series']) / _rate_hz(stream):.1f} s only"
    if not same_type(kind, EEG):
        return f"of type {kind}, not EEG"
    if _rate_hz(stream) < FEWEST_HZ:
        return f"{_rate_hz(stream):g} samples a second are no EEG"
    return "another stream is meant" if _has_electrodes(stream) else "none of its channels is EEG"


def placed(stream: Stream) -> Placed:
    """Return a stream's samples where their time stamps put them."""
    series, stamps_s = np.asarray(stream["time_series"]), np.asarray(stream["time_stamps"], np.float64)
    found = place(series, stamps_s, _declared_hz(stream))
    own = stream.get("own_remarks", [])
    # The recorder writes a stream's footer when it stops.
    unclosed = [] if stream.get("footer") else [UNCLOSED]
    remarks = (*own, *found.remarks, *unclosed)
    return replace(found, remarks=tuple(f'stream "{text(stream, "name")}" {remark}' for remark in remarks))


def odd(stream: Stream) -> tuple[str, ...]:
    """Return what is odd about a stream's description of its channels."""
    return tuple(f'stream "{text(stream, "name")}" {remark}' for remark in odd_description(stream["info"]))


def start_utc(header: dict[str, Any]) -> str:
    """Return the file's own start as ISO 8601 in UTC, or "" where it states none."""
    try:
        return datetime.fromisoformat(header["info"]["datetime"][0]).astimezone(UTC).isoformat()
    except (KeyError, IndexError, TypeError, ValueError):
        return ""
