"""What an XDF stream says of its channels."""

from typing import Any

from models.signal.units import of_counts


def channels(info: dict[str, Any]) -> list[dict[str, str]]:
    """Return label, unit and type of each channel; they are numbered unless the file describes as many as there are."""
    described, count = _described_channels(info), int(info["channel_count"][0])
    if len(described) != count:
        # Live, too, it is unknown then which of them is which.
        described = [{}] * count
    sample_format = str((info.get("channel_format") or [""])[0])
    return [
        {
            "label": _word(channel, "label") or f"CH{number}",
            "unit": of_counts(_word(channel, "unit"), _word(channel, "scaling_factor"), sample_format),
            "type": _word(channel, "type"),
        }
        for number, channel in enumerate(described, 1)
    ]


def odd_description(info: dict[str, Any]) -> tuple[str, ...]:
    """Return what is odd about a description: it has channels, and not as many as there are."""
    described, count = len(_described_channels(info)), int(info["channel_count"][0])
    return (f"describes {described} channels and has {count}: which is which nobody knows",) * (
        described not in (0, count)
    )


def _described_channels(info: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what a description holds of channels: an element that is empty, or a word, describes none."""
    found: Any = info
    for key in ("desc", "channels"):
        inner = found.get(key) or [None]
        found = inner[0] if isinstance(inner[0], dict) else {}
    return [channel if isinstance(channel, dict) else {} for channel in found.get("channel", [])]


def _word(channel: dict[str, Any], key: str) -> str:
    # An empty element is None, and one that holds others is no word.
    value = (channel.get(key) or [""])[0]
    return value if isinstance(value, str) else ""
