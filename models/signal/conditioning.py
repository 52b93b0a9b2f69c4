"""From raw electrodes to derivations at the model's rate: the one path that training and streaming share.

    scale -> differences, bad ones left out -> band-pass, notch, anti-alias -> montage -> resample

Everything is causal and carries its state, so any chunking of the same samples gives the same bits; every delay is
known; a sample that may not be trusted is marked for as long as the filters remember it.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.errors import ModelsError, RecordingError
from models.signal import filters
from models.signal.artifacts import POP_UV, BadSampleTracker
from models.signal.block_filter import BlockFilter
from models.signal.derivations import Derivations
from models.signal.filters import Notch
from models.signal.montage import Montage
from models.signal.rates import HIGHEST_RATE_HZ, LOWEST_RATE_HZ
from models.signal.resampling import Resampler, lead_s, whole_ratio

MODEL_RATE_HZ: Final = 128.0
REFERENCE_HZ: Final = 15.0
"""Delays are stated here, in the middle of a spike's spectrum."""


@dataclass(frozen=True, slots=True)
class Conditioned:
    """Consecutive samples of every derivation at the model's rate.

    `first` is the absolute index of the first sample, `samples` (rows, m) float32 microvolts,
    `valid` (rows, m): True where nothing bad is within reach of the filters.
    """

    first: int
    samples: NDArray[np.float32]
    valid: NDArray[np.bool_]


class Conditioner:
    """Conditions one stream, chunk by chunk.

    Parameters
    ----------
    montage
        which electrodes are subtracted from which
    rate_hz
        the stream's rate, 100 Hz or more; any ratio to the model's
    scale_to_uv
        microvolts per unit of the stream: one number, or one for each of the montage's channels
    bandpass_hz
        edges; below 111 Hz of rate the upper one is lowered to 0.45 of the rate
    notch_hz
        "auto": both 50 and 60 Hz; a frequency; or "off". A notch at 0.45 of the rate or above is left out
    model_rate_hz
        the rate of the output
    pop_uv
        a jump between two samples larger than this is an electrode pop; infinity where the unit is unknown

    Raises
    ------
    RecordingError
        if the rate is out of range
    ModelsError
        if the band does not fit the rates
    """

    def __init__(
        self,
        montage: Montage,
        rate_hz: float,
        *,
        scale_to_uv: float | NDArray[np.float64] = 1.0,
        bandpass_hz: tuple[float, float] = (1.0, 50.0),
        notch_hz: Notch = "auto",
        model_rate_hz: float = MODEL_RATE_HZ,
        pop_uv: float = POP_UV,
    ) -> None:
        _check(rate_hz, scale_to_uv)
        self.montage, self.rate_hz, self.model_rate_hz = montage, rate_hz, model_rate_hz
        # A column of scales, or a number in the shape of one: either is multiplied onto (channels, n).
        self.scale_to_uv = np.reshape(np.asarray(scale_to_uv, np.float64), (-1, 1))
        self._filters = {
            "bandpass": filters.bandpass(bandpass_hz, rate_hz, model_rate_hz),
            "notch": filters.notch(notch_hz, rate_hz),
            "antialias": filters.antialias(bandpass_hz, rate_hz, model_rate_hz),
        }
        # One cascade for all three, so that the samples are read once.
        sections = np.concatenate(list(self._filters.values()))
        self._derivations = Derivations(montage.matrix)
        self._live = self._derivations.live
        high_hz = filters.upper_edge_hz(bandpass_hz, rate_hz)
        self._bad_samples = BadSampleTracker(len(montage.channels), rate_hz, pop_uv=pop_uv)
        self._keep_every = whole_ratio(rate_hz, model_rate_hz)
        self._filter = BlockFilter(filters.of_differences(sections), len(montage.channels), self._keep_every)
        self._resampler = Resampler(len(self._live), rate_hz / self._keep_every, model_rate_hz, high_hz)
        ringing_samples = int(np.ceil(filters.settling_s(sections, rate_hz) * rate_hz))
        self._settle_samples = ringing_samples + self._resampler.taps
        self._restart(0)
        # A stream may begin at any index: only the first push says at which.
        self._started = False

    @property
    def settle_s(self) -> float:
        """How long after its last bad sample a channel stays invalid: the ringing of all filters, computed."""
        return self._settle_samples / self.rate_hz

    @property
    def delays_ms(self) -> dict[str, float]:
        """Each filter's delay at 15 Hz: bandpass, notch, antialias, resample."""
        return {name: 1e3 * delay for name, delay in self._delays_s(REFERENCE_HZ).items()}

    def delay_s(self, frequency_hz: float = REFERENCE_HZ) -> float:
        """Return how much later a rhythm of this frequency stands in the output than in the input.

        Output j stands at j / model_rate_hz, `models.signal.resampling.lead_s` before the newest sample that went into
        it.
        """
        return sum(self._delays_s(frequency_hz).values()) - lead_s(self.rate_hz, self.model_rate_hz)

    def _delays_s(self, frequency_hz: float) -> dict[str, float]:
        delays = {
            name: filters.group_delay_s(sections, frequency_hz, self.rate_hz)
            for name, sections in self._filters.items()
        }
        return {**delays, "resample": self._resampler.delay_s}

    def push(self, first: int, samples: NDArray[np.float32], valid: NDArray[np.bool_]) -> Conditioned:
        """Condition the next samples.

        Parameters
        ----------
        first
            absolute index of the first sample; any at the start or after a gap, else the next one
        samples
            (channels, n) float32: the stream's channels `montage.channels`, in its unit; may hold NaN and infinity
        valid
            (channels, n): False where a sample may not be used

        Returns
        -------
        Conditioned
            the outputs that stand from `first` on and before the next sample; possibly none

        Raises
        ------
        ValueError
            if `first` is not the next sample and no gap was declared
        """
        self._follow(first)
        if samples.shape[1] == 0:
            return self._nothing(first)
        self._next = first + samples.shape[1]
        samples_uv = np.multiply(samples, self.scale_to_uv, dtype=np.float64)
        # Channels are filtered and then subtracted: an electrode is part of several derivations.
        kept, filtered = self._filter.push(first, self._bad_samples.push(samples_uv, valid))
        begin, outputs, newest = self._resampler.push(kept, self._derivations.of(filtered))
        # Most of the time no sample was bad for minutes: then nothing need be checked.
        if first - self._bad_samples.newest_bad > self._settle_samples:
            return self._placed(begin, outputs, np.ones(outputs.shape, bool))
        # An output is as trustworthy as the newest sample that went into it, which is the last of its block.
        places = (kept + newest + 1) * self._keep_every - 1 - first
        settled = self._bad_samples.since_bad(places) > self._settle_samples
        return self._placed(begin, outputs, self._derivations.all_of(settled))

    def gap(self, first: int, length: int) -> None:
        """Forget all state: samples [first, first + length) never came, and the next is the one after them."""
        self._restart(first + length)

    def _follow(self, first: int) -> None:
        if not self._started:
            self._restart(first)
        elif first != self._next:
            raise ValueError(f"sample {first} was pushed where {self._next} is next and no gap was declared")

    def _restart(self, first: int) -> None:
        self._started, self._next = True, first
        self._bad_samples.restart(first)
        self._filter.restart()
        self._resampler.restart()

    def _nothing(self, first: int) -> Conditioned:
        rows = len(self.montage.matrix)
        empty = np.zeros((rows, 0), np.float32)
        begin = self._resampler.first_at(first // self._keep_every)
        return Conditioned(begin, empty, np.zeros((rows, 0), bool))

    def _placed(self, first: int, outputs: NDArray[np.float64], settled: NDArray[np.bool_]) -> Conditioned:
        """Put live rows among the empty ones, which are zero and, having nothing bad in them, valid."""
        if len(self._live) == len(self.montage.matrix):
            return Conditioned(first, outputs.astype(np.float32), settled)
        samples = np.zeros((len(self.montage.matrix), outputs.shape[1]), np.float32)
        valid = np.ones(samples.shape, bool)
        samples[self._live], valid[self._live] = outputs, settled
        return Conditioned(first, samples, valid)


def _check(rate_hz: float, scale_to_uv: float | NDArray[np.float64]) -> None:
    if not LOWEST_RATE_HZ <= rate_hz <= HIGHEST_RATE_HZ:
        raise RecordingError(
            f"a sampling rate of {rate_hz:g} Hz cannot be used: "
            f"give one between {LOWEST_RATE_HZ:g} and {HIGHEST_RATE_HZ:g} Hz"
        )
    if not np.all(np.isfinite(scale_to_uv) & (np.asarray(scale_to_uv) > 0)):
        raise ModelsError(f"scale_to_uv = {scale_to_uv}: give the microvolts per unit, a number above 0")
