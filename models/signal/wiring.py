"""How a derivation is made of channels: each channel joins two electrodes, and a derivation is a way between two.

Of "Fp1" and "F7" against one reference, Fp1-F7 is the first less the second. Of a bipolar export it is a channel of its
own, and Fp1-O1 is the sum of the chain between them, exactly as if it had been computed of the electrodes: the
potential between two points is the same on every way.
"""

from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from models.signal.channels import Channel

Terms = tuple[tuple[int, float], ...]
"""Channels of which a derivation is the sum, each with +1 or -1; none where it cannot be made."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """Channels as joints between electrodes; of two that join the same ones, the first is used."""

    channels: tuple[Channel, ...]
    _joints: dict[str, dict[str, tuple[int, float]]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for channel in self.channels:
            self._joints.setdefault(channel.plus, {}).setdefault(channel.minus, (channel.index, 1.0))
            self._joints.setdefault(channel.minus, {}).setdefault(channel.plus, (channel.index, -1.0))

    @property
    def electrodes(self) -> tuple[str, ...]:
        """The electrodes that a channel names, in order of the channels."""
        named = (name for channel in self.channels for name in (channel.plus, channel.minus))
        return tuple(dict.fromkeys(name for name in named if name))

    @property
    def references(self) -> frozenset[str]:
        """What electrodes are measured against."""
        return frozenset(channel.minus for channel in self.channels if not channel.derivation)

    def terms(self, plus: str, minus: str, through: Collection[str]) -> Terms:
        """Return the shortest way from one electrode to another, over no other electrodes than `through`."""
        ways: dict[str, Terms] = {plus: ()}
        waiting = deque([plus])
        while waiting and minus not in ways:
            here = waiting.popleft()
            for there, (channel, sign) in self._joints.get(here, {}).items():
                if there not in ways and (there == minus or there in through):
                    ways[there] = (*ways[here], (channel, sign))
                    waiting.append(there)
        return ways.get(minus, ())


def electrodes_only(channels: Iterable[Channel]) -> Wiring:
    """Return the wiring of electrodes against their references, derivations left aside."""
    return Wiring(tuple(channel for channel in channels if not channel.derivation))
