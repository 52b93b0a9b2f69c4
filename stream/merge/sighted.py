"""What the network's answer for one window says of discharges in it."""

from collections.abc import Iterator

from models.detection.sightings import Sighting, sightings
from stream.records import Score


def sighted(score: Score, rate_hz: float, lowest: float) -> Iterator[Sighting]:
    """Yield the sightings of a window's looks that reach the lowest probability that counts."""
    window, looks = score.window, ((look.probability, look.peak) for look in score.spans)
    return sightings(window.group, window.first, window.samples, looks, rate_hz, lowest)
