"""The XML of an XDF file's headers and footers: mended where characters alone are wrong, and what a stream's says.

It is parsed before pyxdf does so, which gives up the whole file for one header that is none.
"""

import math
import re
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree as ET

ITEM_BYTES: Final = {"int8": 1, "int16": 2, "int32": 4, "int64": 8, "float32": 4, "double64": 8}
TEXT: Final = "string"
TAKEN_FOR_GRANTED: Final = {"name": " ", "nominal_srate": "0"}
"""What pyxdf needs of a header, and what says nothing there."""
# What XML 1.0 allows in no text, and an ampersand that begins no entity.
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BARE: Final = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);)")


@dataclass(frozen=True, slots=True)
class Shape:
    """What a stream's header says of its samples; the values of text have no `item_bytes` (0)."""

    channels: int
    item_bytes: int

    @property
    def fewest_bytes(self) -> int:
        """What a sample takes at the least: without a stamp, its texts empty."""
        return 1 + self.channels * (self.item_bytes or 2)

    def size(self, samples: bytes, count: int) -> int:
        """Return how many bytes so many samples take, as pyxdf will read them; perhaps more than there are."""
        at = 0
        for _ in range(count):
            # A byte says whether a stamp follows.
            at += 1 if samples[at : at + 1] == b"\0" else 9
            at = at + self.channels * self.item_bytes if self.item_bytes else self._behind_texts(samples, at)
        return at

    def _behind_texts(self, samples: bytes, at: int) -> int:
        for _ in range(self.channels):
            width = int.from_bytes(samples[at : at + 1], "little")
            at += 1 + width + int.from_bytes(samples[at + 1 : at + 1 + width], "little")
        return at


def xml_of(xml: bytes) -> bytes:
    """Return XML as it is, or without the characters that make it none; b"" where more is wrong."""
    for text in (xml, _plain(xml)):
        try:
            ET.fromstring(text)  # noqa: S314  (expat of today bounds what entities may grow to)
        except (ET.ParseError, ValueError, LookupError):
            continue
        return text
    return b""


def _plain(xml: bytes) -> bytes:
    text = xml.decode("utf-8", "replace")
    return _BARE.sub("&amp;", _FORBIDDEN.sub("?", text)).encode()


def declared(xml: bytes) -> tuple[Shape, bytes]:
    """Return what a stream's samples are, and its header with the keys that pyxdf takes for granted.

    Raises
    ------
    ValueError, KeyError
        if it does not say
    """
    if not xml:
        raise ValueError("its header is no XML")
    info = ET.fromstring(xml)  # noqa: S314  (it was parsed before)
    found = {key: (info.findtext(key) or "").strip() for key in ("channel_count", "channel_format", "nominal_srate")}
    kind, channels = found["channel_format"], int(found["channel_count"])
    if channels < 1:
        raise ValueError(f"{channels} channels")
    shape = Shape(channels, 0 if kind == TEXT else ITEM_BYTES[kind])
    lacking = [key for key in TAKEN_FOR_GRANTED if not info.findtext(key)]
    # "250 Hz" is no number for pyxdf; the time stamps show the rate.
    lacking += [] if _is_rate(found["nominal_srate"]) else ["nominal_srate"]
    for key in lacking:
        _set(info, key, TAKEN_FOR_GRANTED[key])
    return shape, ET.tostring(info) if lacking else xml


def _is_rate(text: str) -> bool:
    try:
        return math.isfinite(float(text or 0))
    except ValueError:
        return False


def _set(info: ET.Element, key: str, value: str) -> None:
    there = info.find(key)
    (ET.SubElement(info, key) if there is None else there).text = value
