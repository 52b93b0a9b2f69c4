"""What an amplifier sends whose clock, rate or chunks are not what they should be."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from stream.acquire.ports import Pulled
from tests.stream.acquire.fake_senders import Amplifier


def set_back(amplifier: Amplifier, behind_s: float) -> Callable[[float], Pulled]:
    """Return the amplifier's samples with stamps of a clock that is behind."""
    honest = amplifier.come

    def come(until_s: float) -> Pulled:
        pulled = honest(until_s)
        return replace(pulled, stamp_s=pulled.stamp_s - behind_s)

    return come


def slow(amplifier: Amplifier, rate_hz: float) -> Callable[[float], Pulled]:
    """Return zeros that come, and are stamped, at this rate."""

    def come(until_s: float) -> Pulled:
        count = int((until_s - amplifier.epoch_s) * rate_hz) - amplifier.number
        amplifier.number += max(count, 0)
        stamp_s = amplifier.epoch_s + (amplifier.number - 1) / rate_hz
        return Pulled(np.zeros((2, max(count, 0)), np.float32), stamp_s)

    return come


def drifting(amplifier: Amplifier, fast: float) -> Callable[[float], Pulled]:
    """Return the amplifier's samples with stamps of a clock that runs fast by this share, and was right at first."""
    honest, began_s = amplifier.come, amplifier.crank.now_s()

    def come(until_s: float) -> Pulled:
        pulled = honest(until_s)
        return replace(pulled, stamp_s=pulled.stamp_s + fast * (pulled.stamp_s - began_s))

    return come


def in_long_chunks(amplifier: Amplifier, length: int) -> Callable[[float], Pulled]:
    """Return the amplifier's samples as it sends them in chunks of this length, a second's worth to a pull."""
    piece = round(amplifier.source.rate_hz)

    def come(until_s: float) -> Pulled:
        sent = int((until_s - amplifier.epoch_s) * amplifier.source.rate_hz + 1e-6) // length * length
        numbers = np.arange(amplifier.number, min(amplifier.number + piece, sent))
        amplifier.number += len(numbers)
        stamp_s = amplifier.epoch_s + (amplifier.number - 1) / amplifier.source.rate_hz
        return Pulled(np.stack([numbers, numbers]).astype(np.float32), stamp_s if len(numbers) else math.nan)

    return come
