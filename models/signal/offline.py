"""A whole recording through the conditioning that streams."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.signal.artifacts import POP_UV
from models.signal.conditioning import MODEL_RATE_HZ, Conditioned, Conditioner
from models.signal.filters import Notch
from models.signal.montage import Montage

# Filters work in float64 on a copy: a night at once would need several times the recording's own memory.
BLOCK_S: Final = 60.0
"""`condition` works through a recording in pieces of this length."""


def condition(
    samples: NDArray[np.float32],
    rate_hz: float,
    montage: Montage,
    *,
    notch_hz: Notch = "auto",
    model_rate_hz: float = MODEL_RATE_HZ,
    pop_uv: float = POP_UV,
) -> Conditioned:
    """Condition a whole recording as `Conditioner` would condition it live, bit for bit.

    Parameters
    ----------
    samples
        (channels, n) float32: all channels of the recording, those the montage was built from
    rate_hz, montage, notch_hz, model_rate_hz, pop_uv
        as for `Conditioner`
    """
    conditioner = Conditioner(
        montage,
        rate_hz,
        notch_hz=notch_hz,
        model_rate_hz=model_rate_hz,
        pop_uv=pop_uv,
    )
    block_samples = int(BLOCK_S * rate_hz)
    blocks = []
    for first in range(0, max(1, samples.shape[1]), block_samples):
        block = samples[list(montage.channels), first : first + block_samples]
        blocks.append(conditioner.push(first, block, np.ones(block.shape, bool)))
    return Conditioned(
        0,
        np.concatenate([block.samples for block in blocks], axis=1),
        np.concatenate([block.valid for block in blocks], axis=1),
    )
