"""Chains are bridged over electrodes that come off while a recording goes on, and not any more once they are back.

The stages know one montage. Where another is needed they are made anew and led through the samples of before, as behind
a restart: what they find from there on is what they would have found had the montage always been this one.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from models.errors import MontageError
from models.signal.lost_electrodes import KEPT_SLOTS, LOST_SLOTS, SLOT_S, LostElectrodes, known_from, slot_samples
from models.signal.montage import Montage
from stream.detect.bed_montage import is_sleep_alone
from stream.detect.binding import Binding
from stream.logbook.samplelog import SampleLogReader
from stream.records import Chunk, Gap

LOST: Final = (
    f"flat, at a rail or without samples, throughout or again and again, for {LOST_SLOTS * SLOT_S:g} s; left out until "
    f"good for {KEPT_SLOTS * SLOT_S / 60:g} min"
)


class Bridging:
    """Follows which electrodes of one recording are bridged, from sample `first` on.

    Attributes
    ----------
    binding
        the one given, with those electrodes among its dead channels

    Raises
    ------
    MontageError
        if the stream's labels make no group
    """

    def __init__(self, binding: Binding, first: int = 0) -> None:
        self.binding = self._whole = binding
        self._names: dict[int, str] = {}
        montage = binding.montage()
        self._groups, self._members = [group.name for group in montage.groups], _members(montage)
        # Sleep is staged from other derivations than chains, and over minutes: a change would cost more than it gives.
        self._channels = [] if is_sleep_alone(binding.config, binding.bed) else list(montage.channels)
        self._lost = LostElectrodes(len(self._channels), binding.source.rate_hz, first)

    @property
    def edge(self) -> int:
        """Sample index at which other electrodes may be bridged next: no record should reach beyond it."""
        return self._lost.edge

    @property
    def bridged(self) -> tuple[str, ...]:
        """The electrodes that are bridged, as derivations name them; of an export of derivations, channels' labels."""
        return tuple(self._names.values())

    @property
    def off(self) -> tuple[str, ...]:
        """Those of them that are still off: what is put on again is used later, and needs nobody."""
        off = [self._channels[position] for position in self._lost.off]
        return tuple(name for channel, name in self._names.items() if channel in off)

    def push(self, record: Chunk | Gap) -> bool:
        """Take the next record, or one again; True if from its end on other electrodes are bridged than before."""
        before, lost = self.binding, self._lost.lost
        if isinstance(record, Gap):
            self._lost.skip_to(record.end)
        else:
            samples, valid = (of.take(self._channels, axis=0) for of in (record.samples, record.valid))
            self._lost.push(record.first, np.where(valid, samples, np.float32(np.nan)))
        if self._lost.lost != lost:
            self._bridge(self._lost.lost)
        return self.binding.dead != before.dead

    def _bridge(self, lost: Sequence[int]) -> None:
        """Do without what each group has lost, as far as every group stays: one that is gone would be no alarm."""
        self.binding = self._whole
        for members in self._members:
            theirs = [self._channels[position] for position in lost if position in members]
            self.binding = self._without(theirs) or self.binding
        dead = [channel for channel in self.binding.dead if channel not in self._whole.dead]
        self._names = {channel: self._name(channel) for channel in dead}

    def _without(self, channels: Sequence[int]) -> Binding | None:
        """Return the present binding without some more channels, None if a group would be gone."""
        tried = replace(self.binding, dead={**self.binding.dead, **dict.fromkeys(channels, LOST)})
        try:
            groups = [group.name for group in tried.montage().groups]
        except MontageError:
            return None
        return tried if groups == self._groups else None

    def _name(self, channel: int) -> str:
        left = replace(self._whole, dead={**self._whole.dead, channel: LOST}).montage()
        gone = [name for name in _electrodes(self._whole.montage()) if name not in _electrodes(left)]
        return gone[0] if gone else self._whole.source.labels[channel]


def _members(montage: Montage) -> list[frozenset[int]]:
    """Return of each group the positions, among a montage's channels, of those that it is made of."""
    rows = montage.matrix.reshape(len(montage.groups), -1, len(montage.channels))
    return [frozenset(np.flatnonzero(of_group.any(axis=0)).tolist()) for of_group in rows]


def _electrodes(montage: Montage) -> list[str]:
    names = [name for group in montage.groups for name in group.derivations if name]
    return list(dict.fromkeys(electrode for name in names for electrode in name.split("-")))


def bridging_at(binding: Binding, reader: SampleLogReader, index: int) -> Bridging:
    """Return what is known at a sample of the log: the same as in a process that was there all along."""
    # What has not come cannot be waited for.
    rate_hz, index = reader.source.rate_hz, min(index, reader.head)
    at = min(index, max(reader.tail, known_from(index, rate_hz)))
    bridging = Bridging(binding, at)
    while at < index:
        # Piece by piece: two minutes of many channels at a high rate are a hundred megabytes.
        for record in reader.read(at, min(slot_samples(rate_hz), index - at)):
            bridging.push(record)
            at = record.end
    return bridging
