"""What a link needs of the network and the clock: the real ones of the process, or those of a test."""

from dataclasses import dataclass
from typing import Protocol

from stream.records import Samples, Source


class LinkLostError(Exception):
    """The sender's process is gone; a new inlet is needed."""

    # Not a SpikewatchError: the link deals with it by itself, and no user sees it.


@dataclass(frozen=True, slots=True)
class Pulled:
    """Samples (channels, n) just arrived, the newest stamped `stamp_s` by the sender's clock."""

    # float32 whatever the stream's type is: microvolts need no more, and half the memory is half the ring.

    samples: Samples
    stamp_s: float


class Inlet(Protocol):
    """An open subscription to one stream."""

    source: Source

    def pull(self, timeout_s: float) -> Pulled:
        """Wait for samples; none after the timeout. Raises LinkLostError."""

    def clock_offset_s(self) -> float:
        """Return what to add to a stamp to have this host's clock; NaN while unknown."""

    def clock_age_s(self) -> float:
        """Return how long ago the sender's clock was last compared with this host's; since the opening, if never."""

    def opened_s(self) -> float:
        """Return when the sender opened the stream, by this host's clock; NaN while its clock is not known."""

    def close(self) -> None:
        """Drop the subscription."""


class Network(Protocol):
    """What can be seen and subscribed to."""

    def visible(self) -> list[Source]:
        """List the streams that answer within a second or so."""

    def overheard(self, since_s: float) -> list[Source]:
        """List, without waiting, what a search in the background last found; none of one from before `since_s`."""

    def open(self, source: Source) -> Inlet:
        """Subscribe. Raises LinkLostError if it went, InputError if it cannot be described."""


class Clock(Protocol):
    """The time, and the only way to pass it."""

    def now_s(self) -> float:
        """Return the monotonic time."""

    def sleep(self, seconds: float) -> None:
        """Wait so many seconds."""
