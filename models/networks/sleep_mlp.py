"""A small perceptron on features of sleep; `models.sleep.forward` turns its answers into beliefs over time."""

import torch
from torch import Tensor, nn

from models.sleep_stages import STAGES

STEP_S = 5.0
"""From one set of features to the next."""
FEATURES = 60
"""As many as `models.sleep.features` makes."""
# In standard deviations. Real recordings lie farther out than simulated sleepers, which teach nothing there.
FARTHEST = 5.0


class SleepMLP(nn.Module):
    """Two hidden layers; a missing feature (NaN) counts as an ordinary one.

    Parameters
    ----------
    features, hidden, stages : int
        Widths.
    weighting : float
        The power that an epoch's likelihood is raised to: epochs of 30 s come every 5 s and overlap.
    temperature : float
        What the logarithms of a belief are divided by before it is published: neighbouring epochs err alike, so the
        filter believes more than comes true (`models.sleep.calibration`).
    """

    mean: Tensor
    std: Tensor
    prior: Tensor
    transition: Tensor

    def __init__(
        self,
        features: int = FEATURES,
        hidden: int = 32,
        stages: int = len(STAGES),
        weighting: float = 0.5,
        dropout: float = 0.2,
        temperature: float = 1.0,
    ) -> None:
        super().__init__()
        self.weighting, self.temperature = weighting, temperature
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("std", torch.ones(features))
        self.register_buffer("prior", torch.full((stages,), 1 / stages))
        self.register_buffer("transition", torch.eye(stages))
        self.layers = nn.Sequential(
            nn.Linear(features, hidden),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, stages),
        )

    def standardised(self, features: Tensor) -> Tensor:
        """Return features (n, features) as the layers take them."""
        return ((features - self.mean) / self.std).nan_to_num(0.0).clamp(-FARTHEST, FARTHEST)

    def forward(self, features: Tensor) -> Tensor:
        """(n, features) to logits (n, stages)."""
        logits: Tensor = self.layers(self.standardised(features))
        return logits
