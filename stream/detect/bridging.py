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
    f"flat, at a rail or without samples for {LOST_SLOTS * SLOT_S:g} s; left out until it is back for "
    f"{KEPT_SLOTS * SLOT_S / 60:g} min"
)


class Bridging:
    """Follows which electrodes of one recording are bridged, from sample `first` on.

    Attributes
    ----------
    binding
        the one given, with those electrodes among its dead channels
    bridged
        those electrodes, by the names that derivations have; of an export of derivations the channels' labels

    Raises
    ------
    MontageError
        if the stream's labels make no group
    """

    def __init__(self, binding: Binding, first: int = 0) -> None:
        self.binding = self._whole = binding
        self.bridged: tuple[str, ...] = ()
        montage = binding.montage()
        self._groups, self._electrodes = [group.name for group in montage.groups], _electrodes(montage)
        # Sleep is staged from other derivations than chains, and over minutes: a change would cost more than it gives.
        self._channels = [] if is_sleep_alone(binding.config, binding.bed) else list(montage.channels)
        self._lost = LostElectrodes(len(self._channels), binding.source.rate_hz, first)

    @property
    def edge(self) -> int:
        """Sample index at which other electrodes may be bridged next: no record should reach beyond it."""
        return self._lost.edge

    def push(self, record: Chunk | Gap) -> bool:
        """Take the next record, or one again; True if from its end on other electrodes are bridged than before."""
        before, lost = self.binding, self._lost.lost
        if isinstance(record, Gap):
            self._lost.skip_to(record.end)
        else:
            samples, valid = (of.take(self._channels, axis=0) for of in (record.samples, record.valid))
            self._lost.push(record.first, np.where(valid, samples, np.float32(np.nan)))
        if self._lost.lost != lost:
            self._bridge([self._channels[position] for position in self._lost.lost])
        return self.binding.dead != before.dead

    def _bridge(self, lost: Sequence[int]) -> None:
        """Do without channels, as far as every group stays: one that is gone would be an alarm no longer."""
        self.binding, self.bridged = self._whole, ()
        for channel in lost:
            tried = replace(self.binding, dead={**self.binding.dead, channel: LOST})
            try:
                montage = tried.montage()
            except MontageError:
                continue
            if [group.name for group in montage.groups] == self._groups:
                left, label = _electrodes(montage), tried.source.labels[channel]
                self.binding = tried
                self.bridged = tuple(name for name in self._electrodes if name not in left) or (*self.bridged, label)


def _electrodes(montage: Montage) -> list[str]:
    names = [name for group in montage.groups for name in group.derivations if name]
    return list(dict.fromkeys(electrode for name in names for electrode in name.split("-")))


def bridging_at(binding: Binding, reader: SampleLogReader, index: int) -> Bridging:
    """Return what is known at a sample of the log: the same as in a process that was there all along."""
    rate_hz = reader.source.rate_hz
    at = min(index, max(reader.tail, known_from(index, rate_hz)))
    bridging = Bridging(binding, at)
    while at < index:
        # Piece by piece: two minutes of many channels at a high rate are a hundred megabytes.
        for record in reader.read(at, min(slot_samples(rate_hz), index - at)):
            bridging.push(record)
            at = record.end
    return bridging
