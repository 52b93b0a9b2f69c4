"""The spike-wave index of a bed's last hours, as a state: made of the journal, so that a restart changes nothing."""

import math
from collections.abc import Callable
from datetime import datetime
from typing import Final

from stream.findings import stage_spans
from stream.logbook.night import Night
from stream.schema.states import IndexPart, SpikeWaveIndex
from stream.spike_wave import Index, spike_wave

WINDOW_H: Final = 12.0
"""Of a night all, and of the one before nothing."""
EVERY_S: Final = 30.0
"""As often as an epoch ends; with the parent's tick of 10 s no value is older than 60 s."""


class NremIndex:
    """Decides when a bed's index is made anew; `clock` returns monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._due_s = -math.inf

    @property
    def is_due(self) -> bool:
        """True once in EVERY_S."""
        if self._clock() < self._due_s:
            return False
        self._due_s = self._clock() + EVERY_S
        return True


def spike_wave_index(bed: str, utc: datetime, night: Night) -> SpikeWaveIndex:
    """Return the index of what the journal holds."""
    found = spike_wave(stage_spans(list(night.stages)), night.peaks_s, night.lost, night.seconds)
    return SpikeWaveIndex(
        bed=bed,
        utc=utc,
        window_h=WINDOW_H,
        first_100_s_n2=_part(found.first_n2),
        first_10_min_nrem=_part(found.first_nrem),
        nrem=_part(found.nrem),
        cycles=tuple(_part(one) for one in found.cycles),
    )


def _part(index: Index) -> IndexPart:
    percent = None if math.isnan(index.percent) else index.percent
    return IndexPart(percent=percent, analysed_s=index.analysed_s, coverage=index.coverage)
