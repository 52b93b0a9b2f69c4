"""Causal filters as second-order sections, with what each costs in delay and how long it rings."""

from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from models.errors import ModelsError

Sections = NDArray[np.float64]
"""(sections, 6): second-order sections as scipy orders them."""

Notch = float | Literal["auto", "off"]

BANDPASS_ORDER: Final = 2
"""Per edge. Order 2 delays 10 to 30 Hz by 5 to 7 ms and settles within 2 s at 1 Hz; order 4 by 10 to 13 ms and 4 s."""

LOWEST_HZ: Final = 0.1
"""A lower edge below this settles in 17 s or more."""

MAINS_HZ: Final = (50.0, 60.0)
# 1.7 Hz wide at 50 Hz: mains wander by 0.2 Hz, and a narrower notch would ring longer.
NOTCH_Q: Final = 30.0
NYQUIST_MARGIN: Final = 0.45
"""A filter edge lies below this fraction of the sampling rate."""

ANTIALIAS_ORDER: Final = 6
ANTIALIAS_DB: Final = 40.0
TAIL: Final = 1e-6
"""A response has settled when this part of its energy is left: 0.1 % of its amplitude."""


def bandpass(band_hz: tuple[float, float], rate_hz: float, model_rate_hz: float) -> Sections:
    """Design the band-pass; an upper edge too high for the stream's rate is lowered to 0.45 of it.

    Raises
    ------
    ModelsError
        if the band is empty, or reaches below 0.1 Hz or above 0.45 of the model's rate
    """
    edges_hz = [band_hz[0], upper_edge_hz(band_hz, rate_hz)]
    limit_hz = NYQUIST_MARGIN * model_rate_hz
    if not LOWEST_HZ <= edges_hz[0] < edges_hz[1] <= limit_hz:
        raise ModelsError(
            f"bandpass_hz = [{band_hz[0]:g}, {band_hz[1]:g}]: the edges must rise, "
            f"from {LOWEST_HZ:g} to {limit_hz:g} Hz"
        )
    return signal.butter(BANDPASS_ORDER, edges_hz, "bandpass", fs=rate_hz, output="sos")


def of_differences(sections: Sections) -> Sections:
    """Return the cascade that makes of a signal's differences what `sections` make of the signal.

    It is `sections` without one zero at 0 Hz.

    The signal's level, which may be a million times its EEG, never enters the arithmetic then. The cascade must have
    no gain at 0 Hz.
    """
    # The section whose numerator sums to nearly 0 has the zero at 0 Hz; it is divided by 1 - 1/z.
    blocking = int(np.argmin(np.abs(sections[:, :3].sum(axis=1))))
    without = sections.copy()
    without[blocking, :3] = [*np.cumsum(sections[blocking, :2]), 0.0]
    return without


def upper_edge_hz(band_hz: tuple[float, float], rate_hz: float) -> float:
    """Return the upper edge that a stream of this rate can have."""
    return min(band_hz[1], NYQUIST_MARGIN * rate_hz)


def notch(notch_hz: Notch, rate_hz: float) -> Sections:
    """Design the notches that lie below 0.45 of the rate: both mains frequencies for "auto", none for "off"."""
    wanted_hz = {"auto": MAINS_HZ, "off": ()}[notch_hz] if isinstance(notch_hz, str) else (notch_hz,)
    sections = [
        signal.tf2sos(*signal.iirnotch(hz, NOTCH_Q, fs=rate_hz))
        for hz in wanted_hz
        if 0.0 < hz < NYQUIST_MARGIN * rate_hz
    ]
    return np.concatenate([np.zeros((0, 6)), *sections])


def antialias(band_hz: tuple[float, float], rate_hz: float, model_rate_hz: float) -> Sections:
    """Design what keeps the stream's high frequencies from folding into the model's band.

    Chebyshev II, flat in the band: 40 dB, beside the band-pass's own 11 dB, against all that would fold below 0.8 of
    the upper edge. A stream with nothing up there needs none.
    """
    # What folds to f came from the model's rate less f.
    edge_hz = model_rate_hz - 0.8 * upper_edge_hz(band_hz, rate_hz)
    if edge_hz >= rate_hz / 2:
        return np.zeros((0, 6))
    return signal.cheby2(ANTIALIAS_ORDER, ANTIALIAS_DB, edge_hz, fs=rate_hz, output="sos")


def group_delay_s(sections: Sections, frequency_hz: float, rate_hz: float) -> float:
    """Return the group delay at one frequency, from each section's phase slope."""
    powers = np.exp(-2j * np.pi * frequency_hz / rate_hz * np.arange(3))
    delay = 0.0
    for section in sections:
        for polynomial, sign in ((section[:3], 1.0), (section[3:], -1.0)):
            terms = polynomial * powers
            delay += sign * float((terms @ np.arange(3) / terms.sum()).real)
    return delay / rate_hz


def settling_s(sections: Sections, rate_hz: float) -> float:
    """Return how long the response to a step rings: until `TAIL` of its energy is left.

    A step, not an impulse: what a filter has to forget (an offset, a stretch it never saw) is mostly slow.
    """
    _, poles, _ = signal.sos2zpk(sections)
    # So long until the slowest pole is down to a thousandth of the tail: nothing of the response is cut off.
    longest = np.log(1e-3 * TAIL) / np.log(np.abs(poles).max())
    energy = signal.sosfilt(sections, np.ones(int(longest))) ** 2
    left = np.cumsum(energy[::-1])[::-1]
    return float(np.argmax(left <= TAIL * left[0])) / rate_hz
