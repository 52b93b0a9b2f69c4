"""TimeNet, the recurrent network that iEDeaL is compared with.

Windows (n, channels, samples) go through three layers of 60 gated recurrent units; the last state of each, side by
side (180 numbers), goes to one linear unit. Source, stated: Malhotra et al. 2017 (arXiv 1706.08838), whose encoder
this is: three layers, their last states as the embedding. Not in the stored text, from the literature: 60 units,
dropout 0.4.

Ours: iEDeaL says "recurrent, default hyperparameters, binary cross entropy" and no more, so encoder and unit are
trained end to end and without an autoencoder before; several channels are read at once, where the original is
univariate; input is made free of scale by `models.networks.sc.normalise`. Checked against: the encoder's parameter
counts (tests/models/networks/test_timenet.py).
"""

import torch
from torch import Tensor, nn

from models.networks.sc import normalise


class TimeNet(nn.Module):
    """Scores windows of one group of derivations.

    Parameters
    ----------
    channels
        Derivations in a group.
    window_samples
        Window length; no weight depends on it.
    width, layers
        Units of a layer, and layers.
    dropout
        Probability of dropping a value between layers in training.
    """

    def __init__(
        self, channels: int = 5, window_samples: int = 768, width: int = 60, layers: int = 3, dropout: float = 0.4
    ) -> None:
        super().__init__()
        self.channels, self.window_samples = channels, window_samples
        self.encoder = nn.GRU(channels, width, layers, batch_first=True, dropout=dropout if layers > 1 else 0.0)
        self.head = nn.Linear(width * layers, 1)

    def forward(self, windows: Tensor) -> Tensor:
        """(n, channels, samples) to logits (n,)."""
        _, last = self.encoder(normalise(windows).transpose(1, 2))
        logits: Tensor = self.head(torch.cat(list(last), dim=1))
        return logits[:, 0]
