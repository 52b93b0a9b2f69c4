"""condition: raw chunks of one stream in, derivations at the model's rate out.

The arithmetic is `models.signal.conditioning`, the same that training data pass through; here it meets the absolute
index, the stream's unit and the gaps.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.signal.conditioning import Conditioner
from models.signal.electrode_check import ElectrodeCheck
from models.signal.montage import Montage
from models.signal.resampling import sample_ratio, whole_ratio
from stream.config.keys import Condition as Settings
from stream.records import Chunk, Gap


class Condition:
    """One bed's conditioning, with every filter state carried from chunk to chunk; `labels` are the stream's."""

    def __init__(
        self,
        montage: Montage,
        settings: Settings,
        *,
        labels: Sequence[str],
        rate_hz: float,
        model_rate_hz: float,
        scale_to_uv: float | NDArray[np.float64],
        known_unit: bool,
    ) -> None:
        self.montage = montage
        self._rate_hz = rate_hz
        self._ratio, self._multiple = sample_ratio(rate_hz, model_rate_hz), whole_ratio(rate_hz, model_rate_hz)
        self._channels = np.array(montage.channels)
        self._conditioner = Conditioner(
            montage,
            rate_hz,
            scale_to_uv=scale_to_uv,
            bandpass_hz=settings.bandpass_hz,
            notch_hz=settings.notch_hz,
            model_rate_hz=model_rate_hz,
            # In an unknown unit no jump can be called too large, so none is.
            **({} if known_unit else {"pop_uv": float("inf")}),
        )
        used = [labels[channel] for channel in montage.channels]
        self.electrodes = ElectrodeCheck(used, rate_hz, scale_to_uv, known_unit=known_unit)
        self.delay_s = self._conditioner.delay_s()
        self.delays_ms = self._conditioner.delays_ms
        self.settle_s = self._conditioner.settle_s

    def push(self, chunk: Chunk) -> Chunk:
        """Return the derivations (rows, n) at the model's rate that `chunk` completes; n may be 0."""
        samples, valid = chunk.samples.take(self._channels, axis=0), chunk.valid.take(self._channels, axis=0)
        self.electrodes.push(samples)
        done = self._conditioner.push(chunk.first, samples, valid)
        made = done.first + done.samples.shape[1]
        step, parts = self._ratio.numerator, self._ratio.denominator
        # How far the newest sample made stands behind the newest that came, in integers over `parts`: seconds counted
        # from sample 0 would lose digits by the hour, and at an odd rate drift from the resampler's grid.
        behind = (chunk.end - self._multiple) * parts - (made - 1) * step
        behind_s = behind / (parts * self._rate_hz)
        return Chunk(done.first, done.samples, done.valid, chunk.arrival_s, chunk.lsl_s - behind_s)

    def gap(self, gap: Gap) -> None:
        """Forget every state: nothing is filtered across samples that never came."""
        self.electrodes.gap()
        self._conditioner.gap(gap.first, gap.length)
