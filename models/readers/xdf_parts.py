"""Streams of an XDF file that are one recording: parts of a sender that was started again, and copies."""

from itertools import pairwise
from typing import Any, Final

import numpy as np

from models.readers.xdf_channels import channels

Stream = dict[str, Any]
ARRAYS: Final = ("time_series", "time_stamps")
KEYS: Final = ("name", "source_id", "hostname")
"""What [bed.acquire] may say of a stream, besides its type."""
IDENTITY: Final = (*KEYS, "type", "channel_format", "nominal_srate")
MOST_SHARED: Final = 0.9
"""Share of the shorter of two copies that both have: a recorder subscribes to them one after the other."""


def text(stream: Stream, key: str) -> str:
    """Return a word of a stream's description, "" where it has none."""
    # Senders leave out what they do not know: a missing key is an empty one.
    return str((stream["info"].get(key) or [""])[0] or "")


def differing(streams: list[Stream]) -> list[str]:
    """Return the keys that tell streams apart."""
    return [key for key in KEYS if len({text(stream, key) for stream in streams}) > 1]


def _identity(stream: Stream) -> tuple[object, ...]:
    return (*(text(stream, key) for key in IDENTITY), channels(stream["info"]))


def without_copies(streams: list[Stream]) -> tuple[list[Stream], list[tuple[Stream, Stream]]]:
    """Return the streams without those that are others once more, and each of these behind the one that is kept.

    Of two that a recorder began to write at different moments, the longer one is kept.
    """
    kept: list[Stream] = []
    copies: list[tuple[Stream, Stream]] = []
    for stream in sorted(streams, key=lambda one: -len(one["time_stamps"])):
        original = next((one for one in kept if _is_copy(stream, one)), None)
        if original is None:
            kept.append(stream)
        else:
            copies.append((original, stream))
    return [stream for stream in streams if any(stream is one for one in kept)], copies


def _is_copy(short: Stream, long: Stream) -> bool:
    """Whether a stream is another one that is as long or longer, stamp for stamp and sample for sample."""
    if _identity(short) != _identity(long):
        return False
    # As the sender stamped them: the clocks are compared anew for each.
    stamps_s, others_s = (np.asarray(stream["time_stamps"]) for stream in (short, long))
    begins = int(np.argmax(others_s >= stamps_s[0]))
    skipped = int(np.argmax(stamps_s >= others_s[begins]))
    size = min(len(stamps_s) - skipped, len(others_s) - begins)
    mine, its = slice(skipped, skipped + size), slice(begins, begins + size)
    return size >= MOST_SHARED * len(stamps_s) and all(
        np.array_equal(np.asarray(short[key])[mine], np.asarray(long[key])[its], equal_nan=True) for key in ARRAYS
    )


def are_parts(streams: list[Stream]) -> bool:
    """Whether streams are one sender's, which was started again: of one id, and one behind the other."""
    if not text(streams[0], "source_id") or any(_identity(one) != _identity(streams[0]) for one in streams):
        return False
    spans = sorted((float(one["time_stamps"][0]), float(one["time_stamps"][-1])) for one in map(_moved, streams))
    return all(before[1] < after[0] for before, after in pairwise(spans))


def _moved(stream: Stream) -> Stream:
    """Return a stream with its stamps on the recorder's clock, by the middle one of all comparisons."""
    offsets_s = stream.get("clock_values") or [0.0]
    return {**stream, "time_stamps": np.asarray(stream["time_stamps"]) + float(np.median(offsets_s))}


def joined(parts: list[Stream], *, twice: bool = False) -> Stream:
    """Return the parts of a recording as one stream; `twice` if the file has copies of any."""
    remarks = ["is there more than once, sample for sample; it was read once"] if twice else []
    if len(parts) == 1:
        return {**parts[0], "own_remarks": remarks} if twice else parts[0]
    ordered = sorted(map(_moved, parts), key=lambda part: float(part["time_stamps"][0]))
    arrays = {key: np.concatenate([np.asarray(part[key]) for part in ordered]) for key in ARRAYS}
    remarks.insert(0, f"was started {len(parts)} times; its parts are one recording")
    # Its last part alone says whether the recorder closed the file.
    return {**ordered[-1], **arrays, "own_remarks": remarks}
