"""The streams of an XDF file, as pyxdf returns them: nested dictionaries of one-element lists.

The only code that knows pyxdf.
"""

import logging
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyxdf
from numpy.typing import NDArray

from models.errors import AGAIN, RecordingError
from models.signal.electrodes import may_be_eeg


class _Complaints(logging.Handler):
    """Collects what pyxdf only logs: that a file is damaged."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Collect one complaint."""
        self.texts.append(record.getMessage())


def load(path: Path) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return a file's streams and its header.

    Raises
    ------
    RecordingError
        if pyxdf complains of the file, which it only logs
    """
    # pyxdf goes on behind a damaged chunk as if nothing were missing, and only logs that it did.
    logger = logging.getLogger("pyxdf")
    complaints, propagates = _Complaints(), logger.propagate
    logger.addHandler(complaints)
    logger.propagate = False
    try:
        # Opened here, since pyxdf leaves a damaged file open.
        with path.open("rb") as file:
            streams, header = pyxdf.load_xdf(file)
    finally:
        logger.removeHandler(complaints)
        logger.propagate = propagates
    if complaints.texts:
        raise RecordingError(f"is cut off or damaged ({' '.join(complaints.texts[0].split())}); {AGAIN}")
    return streams, header


def eeg_stream(streams: list[dict[str, Any]]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the one stream with EEG in it, and by name why each other is left out.

    Raises
    ------
    RecordingError
        if no stream or several are EEG, or the file ends before the stream does
    """
    typed = [stream for stream in streams if _text(stream, "type").upper() == "EEG"]
    # Polygraphs send their ECG or EMG as a second stream of type "EEG", at a rate of its own.
    eeg = [stream for stream in typed if _has_electrodes(stream)] or typed
    if len(eeg) != 1:
        names = ", ".join(_text(stream, "name") for stream in eeg or streams)
        raise RecordingError(f"holds {len(eeg)} EEG streams (among {names or 'none'}); export exactly one")
    # The recorder writes a stream's footer when it stops: without one, the end of the recording is missing.
    if not eeg[0].get("footer"):
        raise RecordingError(f"ends before its EEG stream does: it was cut off; {AGAIN}")
    others = [stream for stream in streams if stream is not eeg[0] and _is_signal(stream)]
    return eeg[0], {f"stream {_text(other, 'name')}": _reason(other) for other in others}


def _is_signal(stream: dict[str, Any]) -> bool:
    """Whether samples come at a rate: markers come when something happens."""
    return float(_text(stream, "nominal_srate")) > 0


def _text(stream: dict[str, Any], key: str) -> str:
    return str(stream["info"][key][0])


def _has_electrodes(stream: dict[str, Any]) -> bool:
    return any(may_be_eeg(channel["label"], channel["type"]) for channel in channels(stream["info"]))


def _reason(stream: dict[str, Any]) -> str:
    kind = _text(stream, "type")
    return "none of its channels is EEG" if kind.upper() == "EEG" else f"of type {kind}, not EEG"


def channels(info: dict[str, Any]) -> list[dict[str, str]]:
    """Return label, unit and type of each channel; channels that the file does not describe are numbered."""
    described: list[dict[str, Any]] = []
    if info.get("desc") and info["desc"][0] and info["desc"][0].get("channels"):
        described = (info["desc"][0]["channels"][0] or {}).get("channel", [])
    count = int(info["channel_count"][0])
    # Some senders describe only their first channels, or none.
    padded = [*described, *[{}] * (count - len(described))]
    return [
        {
            key: str((channel.get(key) or [default])[0])
            for key, default in (("label", f"CH{number}"), ("unit", ""), ("type", ""))
        }
        for number, channel in enumerate(padded, 1)
    ]


def placed(stream: dict[str, Any], rate_hz: float) -> NDArray[np.float32]:
    """Return (channels, n) with NaN where the stream broke off and went on later.

    Raises
    ------
    RecordingError
        if the stream is irregular, empty, or its clock jumps back
    """
    # pyxdf has straightened the stamps within segments; between two, the clock is believed.
    samples, stamps_s = np.asarray(stream["time_series"]), np.asarray(stream["time_stamps"])
    segments = stream["info"].get("segments") or [(0, len(samples) - 1)]
    if rate_hz <= 0 or not len(samples):
        raise RecordingError("has an EEG stream without samples at a regular rate; record it again")
    if (np.diff(stamps_s) < 0).any():
        raise RecordingError("has a clock that jumps back; split the recording there")
    starts = [0]
    for (start, last), (following, _) in pairwise(segments):
        # A sender's clock may run fast by more than it paused: never onto samples that are there.
        elapsed = round((stamps_s[following] - stamps_s[0]) * rate_hz)
        starts.append(max(elapsed, starts[-1] + last + 1 - start))
    length = starts[-1] + segments[-1][1] + 1 - segments[-1][0]
    out = np.full((samples.shape[1], length), np.nan, np.float32)
    for (start, last), at in zip(segments, starts, strict=True):
        out[:, at : at + last + 1 - start] = samples[start : last + 1].T
    return out


def start_utc(header: dict[str, Any]) -> str:
    """Return the file's own start as ISO 8601 in UTC, or "" where it states none."""
    try:
        return datetime.fromisoformat(header["info"]["datetime"][0]).astimezone(UTC).isoformat()
    except (KeyError, IndexError, TypeError, ValueError):
        return ""
