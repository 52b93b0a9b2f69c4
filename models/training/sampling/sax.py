"""Sort keys of windows by shape: iSAX symbols whose bits are interleaved.

A window's channels are cut into 16 segments of floor(L / 16) samples (the tail is dropped), a segment's mean becomes
one of 256 symbols that are equally likely under N(0, 1), and the symbols' bits are taken in turn, most significant
first, so that keys which agree in their first bytes belong to windows that look alike.

Source: Wang & Palpanas, KDD 2021 (SEAsam); qtwang/SEAsam `src/seasam.c`; 'invSAX' of Kondylakis et al., VLDB 2018.
Differs from the released code: that has one channel and expects z-normalised rows; here every channel is z-normalised
and the bits of all its symbols are interleaved with those of the others.

Checked against: the same rule in whole numbers, bit by bit (tests/models/training/sampling/test_sax.py).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from models.errors import ModelsError

# Word length and cardinality 2**8 of the released code: a key of 16 bytes a channel.
SEGMENTS: Final = 16
SYMBOLS: Final = 256
# (255,) Phi^-1(i / 256), i = 1 .. 255: upper edges of all symbols but the last; an edge belongs to the symbol below it.
BREAKPOINTS: Final = np.asarray(ndtri(np.arange(1, SYMBOLS) / SYMBOLS), np.float32)
# Of a channel's largest value: a smaller standard deviation is what rounding in float32 leaves of a constant.
FLAT_STD: Final = 1e-6

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]


def shape_keys(windows: Floats) -> Bytes:
    """Return keys (n, channels x 16) of windows (n, channels, L) float32 in any unit; compare them byte by byte."""
    return interleave(symbols(z_normalised(windows)))


def z_normalised(windows: Floats) -> Floats:
    """Return (x - mean) / std of every channel of windows (n, channels, L); flat channels are zero."""
    centred = windows - windows.mean(axis=2, keepdims=True)
    # `std` centres once more: a constant far from zero still holds the rounding error of its mean.
    std = centred.std(axis=2, keepdims=True)
    flat = std <= FLAT_STD * np.abs(windows).max(axis=2, keepdims=True)
    scaled: Floats = np.where(flat, np.float32(0), centred / np.where(flat, np.float32(1), std))
    return scaled


def symbols(windows: Floats) -> Bytes:
    """Return symbols (n, channels x 16) of z-normalised windows: i where edge i < segment mean <= edge i + 1."""
    n, channels, length = windows.shape
    each = length // SEGMENTS
    if each == 0:
        raise ModelsError(f"windows of {length} samples have no {SEGMENTS} segments: use at least {SEGMENTS} samples")
    # The tail that fills no segment is dropped, as in the released code.
    segments = windows[:, :, : each * SEGMENTS].reshape(n, channels * SEGMENTS, each)
    found: Bytes = np.searchsorted(BREAKPOINTS, segments.mean(axis=2), side="left").astype(np.uint8)
    return found


def interleave(symbols: Bytes) -> Bytes:
    """Return keys (n, s) of symbols (n, s): bit 7 of each symbol in turn, then bit 6 of each, ..., packed to bytes."""
    # (n, 8, s): one plane for each significance, so that reading row by row interleaves the symbols.
    planes = np.unpackbits(symbols[:, :, None], axis=2).transpose(0, 2, 1)
    keys: Bytes = np.packbits(planes.reshape(len(symbols), -1), axis=1)
    return keys
