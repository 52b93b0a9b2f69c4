"""The averaged waveform of each cluster of events, from the sums in the journal: no raw sample is needed for it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.detection.clusters import Cluster
from models.detection.shape import AFTER_S, BEFORE_S, LARGE, NEAR_S
from models.errors import MontageError
from models.signal.montage import ROWS, build
from stream.config.keys import Bed
from stream.logbook.journal_reader import JournalReader
from stream.records import Source

Floats = NDArray[np.float64]
GROUP_SIZES: Final = (ROWS, 1)
"""Derivations that one group of a built-in montage may have."""
MOSTLY: Final = 0.5
"""Of a cluster's events, the share that must have reached a moment for an average to be shown of it."""


@dataclass(frozen=True, slots=True)
class Average:
    """All events of one cluster, averaged around their peaks.

    Attributes
    ----------
    names
        of the derivations, one a row
    mean, spread
        (rows, samples) in microvolts, NaN where few events were known; `spread` is the standard deviation
    rate_hz
        samples a second
    count
        events in it: those of the whole recording
    """

    names: tuple[str, ...]
    mean: Floats
    spread: Floats
    rate_hz: float
    count: int

    @property
    def peak(self) -> int:
        """The sample at which the peaks lie."""
        return round(BEFORE_S * self.rate_hz)

    @property
    def field_uv(self) -> Floats:
        """(rows,): the deflection at the peak."""
        field: Floats = np.nan_to_num(self.mean[:, self.peak])
        return field

    def order(self) -> list[tuple[str, float]]:
        """Return which large derivations peak when (ms after the first), the first one first."""
        reach = round(NEAR_S * self.rate_hz)
        near = np.nan_to_num(np.abs(self.mean[:, self.peak - reach : self.peak + reach + 1]))
        heights = near.max(axis=1)
        large = np.flatnonzero((heights >= LARGE * heights.max()) & (heights > 0))
        found = sorted((float(near[row].argmax()), -float(heights[row]), row) for row in large)
        return [(self.names[row], 1000 * (at - found[0][0]) / self.rate_hz) for at, _, row in found]


def averages(journal: JournalReader, settings: Bed, events: Iterable[Mapping[str, Any]]) -> dict[str, Average]:
    """Return the averages of the clusters that some events belong to; of those whose derivations are known.

    Which derivation a row is does not stand in the journal: it follows from the stream's labels and the bed's montage,
    and is taken only if the derivation that leads most often is the one that the events name.
    """
    leads: dict[str, list[str]] = {}
    for event in events:
        if event.get("cluster"):
            leads.setdefault(event["cluster"], []).append(event.get("lead_channel", ""))
    found: dict[str, Average] = {}
    for recording in sorted({int(cluster.partition("-")[0]) for cluster in leads}):
        source, states = journal.source(settings.id, recording), journal.clusters(settings.id, recording)
        if source is None:
            continue
        for number, state in states.items():
            name = f"{recording}-{number}"
            if name in leads:
                average = _average(Cluster.unpacked(state), source, settings, set(leads[name]))
                found |= {name: average} if average else {}
    return found


def _average(cluster: Cluster, source: Source, settings: Bed, leads: set[str]) -> Average | None:
    names = _row_names(source, settings, len(cluster.leads))
    if not names or names[int(cluster.leads.argmax())] not in leads:
        return None
    # Events are decided while their last milliseconds are still to come: an average of the few that had them, beside
    # one of all, would look like a wave.
    mean = np.where(cluster.known >= MOSTLY * cluster.count, cluster.mean, np.nan)
    rate_hz = mean.shape[1] / (BEFORE_S + AFTER_S)
    return Average(names, mean, cluster.spread, rate_hz, cluster.count)


def _row_names(source: Source, settings: Bed, rows: int) -> tuple[str, ...]:
    """Return the derivations of a bed's montage, () where they cannot be those of so many rows."""
    aliases = settings.condition.electrodes()
    labels = [aliases.get(label, label) for label in source.labels]
    types = source.types if settings.acquire.channel_type == "auto" else ()
    for size in GROUP_SIZES:
        try:
            montage = build(settings.condition.montage, labels, types, size)
        except MontageError:
            continue
        names = tuple(name for group in montage.groups for name in group.derivations)
        if len(names) == rows:
            return names
    return ()
