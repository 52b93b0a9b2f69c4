"""What an XDF file's streams say, as pyxdf hands them over: nested dictionaries of one-element lists."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.errors import RecordingError


def channels(info: dict[str, Any]) -> list[dict[str, str]]:
    """Return label, unit and type of each channel; channels that the file does not describe are numbered."""
    described: list[dict[str, Any]] = []
    if info.get("desc") and info["desc"][0] and info["desc"][0].get("channels"):
        described = (info["desc"][0]["channels"][0] or {}).get("channel", [])
    count = int(info["channel_count"][0])
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
