"""Spectral features of 30-s epochs and the linear model that turns them into sleep stages.

Plain on purpose: relative band powers, as in hand-written stagers since the 1970s, scale-free, causal. Segments
of 2 s start every second at absolute multiples of one second, so any cutting of the signal into chunks gives the
same features.
"""

import numpy as np
import torch
from torch import Tensor, nn

from models.sleep_stages import STAGES

RATE_HZ = 128
SEGMENT_SAMPLES = 2 * RATE_HZ
STEP_SAMPLES = RATE_HZ
EPOCH_SAMPLES = 30 * RATE_HZ
# Segments of 2 s, one a second, that lie within 30 s.
EPOCH_SEGMENTS = 29

# Nothing above 30 Hz: what is there depends on the amplifier and the muscles more than on sleep.
BANDS_HZ = {
    "slow": (1.0, 2.0),
    "delta": (2.0, 4.0),
    "theta": (4.0, 8.0),
    "alpha": (8.0, 11.0),
    "sigma": (11.0, 16.0),
    "beta": (16.0, 30.0),
}
# Over the segments of an epoch: what comes in bursts (spindles, K-complexes) shows above the median.
BURST_QUANTILE = 0.85

FEATURES = len(BANDS_HZ) * 2
# So that a flat segment has a logarithm; far below the power of any amplifier's noise in any unit.
POWER_FLOOR = 1e-30

_HANN = torch.hann_window(SEGMENT_SAMPLES, periodic=True)
_HZ = torch.fft.rfftfreq(SEGMENT_SAMPLES, 1 / RATE_HZ)
# (frequencies, bands): 1 where a frequency belongs to a band.
_IN_BAND = torch.stack([(low <= _HZ) & (high > _HZ) for low, high in BANDS_HZ.values()], dim=1).float()


def band_powers(segments: Tensor) -> Tensor:
    """Log relative band powers of segments, with a Hann window.

    Parameters
    ----------
    segments
        (..., SEGMENT_SAMPLES) at RATE_HZ, any unit.

    Returns
    -------
    Tensor
        (..., bands): natural logarithm of each band's share of the power from 1 to 30 Hz.
    """
    # A standing offset would leak through the window into the slow band.
    centred = segments - segments.mean(dim=-1, keepdim=True)
    spectrum = torch.fft.rfft(centred * _HANN.to(segments.dtype))
    power: Tensor = (spectrum * spectrum.conj()).real @ _IN_BAND.to(segments.dtype) + POWER_FLOOR
    return (power / power.sum(dim=-1, keepdim=True)).log()


def epoch_features(shares: Tensor) -> Tensor:
    """Features of one epoch.

    Parameters
    ----------
    shares
        (segments, rows, bands) from `band_powers`; NaN where a row was not valid.

    Returns
    -------
    Tensor
        (FEATURES,): per band, the median over segments, and how far the burst quantile lies above it; both per
        row, then the median over rows, so that the number of rows does not matter.
    """
    # One sort, NaN last, for the median and the quantile of what is not NaN; numpy's takes a fifth of torch's time.
    ranked = torch.from_numpy(np.sort(shares.numpy(), axis=0))
    newest = (shares.isfinite().sum(dim=0, keepdim=True) - 1).clamp(min=0)
    middle = ranked.gather(0, newest // 2)[0]
    rank = BURST_QUANTILE * newest
    below, above = (ranked.gather(0, at.long())[0] for at in (rank.floor(), rank.ceil()))
    bursts = below.lerp(above, rank.frac()[0]) - middle
    return torch.cat([middle, bursts], dim=-1).nanmedian(dim=0).values


class SpectralClassifier(nn.Module):
    """Multinomial logistic regression on standardised epoch features, and a stage transition matrix.

    `weighting` is the power that an epoch's likelihood is raised to: epochs of 30 s come every 5 s and overlap.
    """

    mean: Tensor
    std: Tensor
    prior: Tensor
    transition: Tensor

    def __init__(self, features: int = FEATURES, stages: int = len(STAGES), weighting: float = 1 / 6) -> None:
        super().__init__()
        self.weighting = weighting
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("std", torch.ones(features))
        self.register_buffer("prior", torch.full((stages,), 1 / stages))
        self.register_buffer("transition", torch.eye(stages))
        self.linear = nn.Linear(features, stages)

    def forward(self, features: Tensor) -> Tensor:
        """(n, features) to logits (n, stages)."""
        logits: Tensor = self.linear((features - self.mean) / self.std)
        return logits

    def filter(self, belief: Tensor, features: Tensor) -> Tensor:
        """One step of the forward algorithm: belief (stages,) and epoch features (features,) to a new belief."""
        # The classifier's own prior is divided out, because the forward filter brings one.
        likelihood = torch.softmax(self(features[None])[0], dim=0) / self.prior
        posterior = (belief @ self.transition) * likelihood**self.weighting
        return posterior / posterior.sum()
