"""A shaft of six contacts, noise on it, and its conditioning in one push or in pieces."""

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from models.signal.conditioning import Conditioned, Conditioner
from models.signal.montage import Montage, build

SHAFT: Final[Montage] = build("shaft", [f"LA{contact}" for contact in range(1, 7)])
RATES_HZ: Final = (100.0, 128.0, 200.0, 250.0, 256.0, 499.87, 500.0, 512.0, 1000.0, 2048.0)
Signal = NDArray[np.float32]


def noise(rate_hz: float, seconds: float, seed: int = 0) -> Signal:
    """Return (6, n) reddish noise of about 50 uV."""
    white = np.random.default_rng(seed).normal(size=(6, int(rate_hz * seconds)))
    return (50.0 * signal.lfilter([0.4], [1.0, -0.9], white)).astype(np.float32)


def everything(x: Signal, rate_hz: float, first: int = 0) -> Conditioned:
    """Condition in one push."""
    return Conditioner(SHAFT, rate_hz).push(first, x, np.ones(x.shape, bool))


def in_pieces(conditioner: Conditioner, x: Signal, cuts: list[int], first: int = 0) -> list[Conditioned]:
    """Push the pieces between those cuts that lie inside."""
    edges = [0, *sorted(cut for cut in cuts if cut < x.shape[1]), x.shape[1]]
    pieces = [(first + start, x[:, start:end]) for start, end in pairwise(edges)]
    return [conditioner.push(at, piece, np.ones(piece.shape, bool)) for at, piece in pieces]


def joined(parts: list[Conditioned]) -> tuple[Signal, NDArray[np.bool_], NDArray[np.int64]]:
    """Return samples, validity and absolute index of all parts."""
    index = [part.first + np.arange(part.samples.shape[1]) for part in parts]
    return (
        np.concatenate([part.samples for part in parts], axis=1),
        np.concatenate([part.valid for part in parts], axis=1),
        np.concatenate(index),
    )
